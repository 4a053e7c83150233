"""What the README shows, works as it stands there."""

import re
import shlex
from pathlib import Path

from mini_vimogen.cli import main
from mini_vimogen.formats import bvh

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_python_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    assert bvh.read("walk.bvh").frames > 1


def test_export_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"`python -m mini_vimogen (export [^`]+)`", README)
    assert commands
    for command in commands:
        assert main(shlex.split(command)) == 0
    assert {p.name for p in tmp_path.iterdir()} == {"walk.bvh", "walk.html"}


def test_the_two_commands_are_on_the_first_screen():
    first_screen = "\n".join(README.splitlines()[:25])
    assert "make lab" in first_screen and "make test" in first_screen
    assert "first_screen.png" in first_screen and "| lesson |" in first_screen
