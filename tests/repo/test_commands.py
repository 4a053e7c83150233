"""The commands of a newcomer and of CI are whole."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
needs_make = pytest.mark.skipif(not shutil.which("make"), reason="needs make")


def make(*words) -> subprocess.CompletedProcess:
    # Under `make test` the outer make's variables would be handed down.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    kept.pop("MFLAGS", None)
    return subprocess.run(
        ["make", *map(str, words)],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
    )


@needs_make
def test_make_alone_lists_what_there_is():
    said = make()
    assert said.returncode == 0
    for target in ("lab", "test", "book", "looks", "data", "clean"):
        assert re.search(rf"^  make {target} +\S", said.stdout, re.MULTILINE)


@needs_make
def test_an_old_python_is_refused_in_one_sentence(tmp_path):
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    said = make("install", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}")
    assert said.returncode == 2
    first = said.stderr.splitlines()[0]
    assert "needs Python 3.11 or newer" in first and str(old) in first
    assert not (tmp_path / "venv").exists()


@needs_make
def test_every_target_first_makes_the_environment(tmp_path):
    for target in ("lab", "test", "book", "looks", "data"):
        planned = make("-n", target, f"VENV={tmp_path / 'venv'}").stdout
        set_up = planned.find("-m pip install")
        uses = planned.find("/venv/bin/")
        assert 0 <= set_up and uses <= set_up + len("pip install"), target
        assert "-c constraints.txt" in planned


def test_ci_runs_the_readme_commands():
    script = ROOT / ".ci" / "run"
    text = script.read_text("utf-8")
    assert os.access(script, os.X_OK)
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert "\nmake test\nmake book\n" in text
    subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.parametrize("name", ["test", "book"])
def test_workflows_are_valid_and_call_the_same_commands(name):
    path = ROOT / ".github" / "workflows" / f"{name}.yml"
    workflow = yaml.safe_load(path.read_text("utf-8"))
    runs = [
        step.get("run", "")
        for job in workflow["jobs"].values()
        for step in job["steps"]
    ]
    assert {"test": ".ci/run", "book": "make book"}[name] in runs


def test_jupyterlab_opens_python_files_as_notebooks():
    settings = yaml.safe_load(
        (ROOT / ".jupyter/labconfig/default_setting_overrides.json").read_text()
    )
    manager = settings["@jupyterlab/docmanager-extension:plugin"]
    assert manager["defaultViewers"] == {"python": "Jupytext Notebook"}


def test_hooks_are_local():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert {repo["repo"] for repo in hooks["repos"]} == {"local"}
