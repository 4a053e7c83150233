"""``data_small`` is what its manifest says, whole and small."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data_small"
WRITTEN_BY_HAND = {"README.md", "NOTICE", "manifest.json"}
MAX_BYTES = 40 * 2**20


def manifest() -> dict:
    return json.loads((DATA / "manifest.json").read_text("utf-8"))


def shipped() -> list[Path]:
    """Files that users get: no builders, nothing hidden."""
    return [
        path
        for path in sorted(DATA.rglob("*"))
        if path.is_file()
        and path.suffix not in (".py", ".pyc")
        and not path.name.startswith(".")
    ]


def test_manifest_lists_exactly_the_shipped_files():
    names = {str(path.relative_to(DATA)) for path in shipped()}
    assert names - WRITTEN_BY_HAND == set(manifest()["files"])


@pytest.mark.parametrize("name", sorted(manifest()["files"]))
def test_file_is_the_one_of_the_manifest(name):
    entry = manifest()["files"][name]
    content = (DATA / name).read_bytes()
    assert len(content) == entry["bytes"]
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("name", ["README.md", "NOTICE"])
def test_the_data_say_where_they_come_from(name):
    text = (DATA / name).read_text("utf-8")
    assert len(text) > 200 and "licen" in text.lower()


def test_the_data_are_small():
    assert sum(path.stat().st_size for path in shipped()) < MAX_BYTES
