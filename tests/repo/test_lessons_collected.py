"""``pytest --nbmake notebooks`` sees every lesson, and the README lists it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.py"))


def test_nbmake_collects_every_lesson():
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbmake", "notebooks"]
        + ["--collect-only", "-q", "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    items = [line for line in run.stdout.splitlines() if "::" in line]
    assert LESSONS, "there are no lessons"
    assert len(items) == len(LESSONS), run.stdout + run.stderr


def test_lessons_are_listed_where_a_reader_looks():
    for document in ("README.md", "notebooks/README.md", "book/_toc.yml"):
        text = (ROOT / document).read_text(encoding="utf-8")
        missing = [p.stem for p in LESSONS if p.stem not in text]
        assert missing == [], f"{document} does not list {missing}"
