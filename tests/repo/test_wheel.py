"""The wheel is complete on its own: code and shipped data, no builders."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FETCH_NOTHING = ["--no-deps", "--no-index", "--no-build-isolation"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *FETCH_NOTHING, "--quiet"]
        + ["--wheel-dir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel) -> set[str]:
    """Names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Run a command of the package as it lies in an installed wheel."""
    site = tmp_path_factory.mktemp("site").resolve()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)

    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "mini_vimogen", *words],
            cwd=site,
            env=os.environ | {"PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
        )

    run.site = site
    return run


def test_wheel_has_every_module(names):
    modules = (ROOT / "mini_vimogen").rglob("*.py")
    assert {str(m.relative_to(ROOT)) for m in modules} <= names


def test_wheel_has_the_shipped_data(names):
    assert "mini_vimogen/data_small/real_motion.npz" in names
    shipped = [p for p in (ROOT / "data_small").rglob("*") if p.is_file()]
    wanted = {
        f"mini_vimogen/{path.relative_to(ROOT)}"
        for path in shipped
        if path.suffix not in (".py", ".pyc")
    }
    assert wanted <= names
    assert not [n for n in names if "data_small" in n and n.endswith(".py")]


def test_wheel_has_nothing_else(names):
    tops = {name.split("/")[0] for name in names}
    assert tops - {"mini_vimogen"} == {
        top for top in tops if top.endswith(".dist-info")
    }
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_an_installed_wheel_finds_its_data(installed):
    said = installed("check")
    data = installed.site / "mini_vimogen" / "data_small"
    assert said.returncode == 0, said.stderr
    assert f"{data} (57 real clips" in said.stdout
    assert "they come with the repository" in said.stdout


def test_an_installed_wheel_makes_a_player(installed):
    """The player's page, style and script are in the wheel."""
    out = installed.site / "walk.html"
    said = installed("export", "cmu_016_22", "--out", str(out))
    assert said.returncode == 0, said.stderr
    assert "<canvas" in out.read_text("utf-8")


def test_an_installed_wheel_has_no_lab(installed):
    said = installed("lab")
    assert said.returncode == 2
    assert "clone the repository" in said.stderr
    assert "Traceback" not in said.stderr
