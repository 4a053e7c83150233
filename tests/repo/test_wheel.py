"""The wheel is complete on its own: code and shipped data, no builders."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FETCH_NOTHING = ["--no-deps", "--no-index", "--no-build-isolation"]


@pytest.fixture(scope="module")
def names(tmp_path_factory) -> set[str]:
    """Names of the files in a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *FETCH_NOTHING, "--quiet"]
        + ["--wheel-dir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


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
