"""One truth about versions: pyproject.toml; the other files repeat it."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import mini_vimogen

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CONDA_NAMES = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}


def parse(requirements):
    """Name, as on the package index, to version range."""
    found = {}
    for requirement in map(Requirement, requirements):
        name = requirement.name.lower()
        found[CONDA_NAMES.get(name, name)] = requirement.specifier
    return found


def of_all() -> list[str]:
    """What the extra ``all`` installs, the package's own needs included."""
    extras = PROJECT["optional-dependencies"]
    (everything,) = map(Requirement, extras["all"])
    named = [r for extra in sorted(everything.extras) for r in extras[extra]]
    return PROJECT["dependencies"] + named


def test_environment_yml_matches_pyproject():
    text = (ROOT / "environment.yml").read_text("utf-8")
    conda = yaml.safe_load(text)["dependencies"]
    names = [item for item in conda if isinstance(item, str)]
    (pip,) = (item["pip"] for item in conda if isinstance(item, dict))
    have = parse(names + pip)
    assert len(have) == len(names) + len(pip), "something is listed twice"
    python = have.pop("python")
    assert python.contains("3.11") and not python.contains("3.10")
    have.pop("pip")
    assert have == parse(of_all())


def test_constraints_pin_torch_within_the_range():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = parse(line for line in lines if line and not line.startswith("#"))
    (pin,) = pins["torch"]
    assert pin.operator == "=="
    assert parse(PROJECT["dependencies"])["torch"].contains(pin.version)


def test_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    latest = re.search(r"^## (\d\S*)", changes, flags=re.MULTILINE)
    versions = {
        "pyproject.toml": PROJECT["version"],
        "__init__.py": mini_vimogen.__version__,
        "CITATION.cff": citation["version"],
        "CHANGELOG.md": latest and latest[1],
    }
    assert len(set(versions.values())) == 1, versions


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_make_commands_of_the_documents_exist(document):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    text = (ROOT / document).read_text("utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, flags=re.MULTILINE))
    assert {"lab", "test"} <= named <= targets


def test_every_pip_command_is_constrained():
    sources = ["README.md", "CONTRIBUTING.md", "Makefile", "book", ".github"]
    files = [
        file
        for source in sources
        for file in [ROOT / source, *(ROOT / source).rglob("*.md")]
        if file.is_file()
    ]
    commands = [
        (file.name, command)
        for file in files
        for command in re.findall(
            r"pip install((?:[^\n`]|\\\n)*)", file.read_text("utf-8")
        )
        if "mini" in command or "-e" in command
    ]
    assert commands
    assert [c for c in commands if "-c constraints.txt" not in c[1]] == []
