"""The import law, read from the source of every module, old or new.

import-linter enforces the same law for the rooms that exist; this scan also
holds for a room from its first day, and checks import-linter's own contract.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mini_vimogen"
# From top to bottom. Rooms on one level: "|" may not import each other.
LEVELS = (
    "__main__",
    "cli",
    "studies",
    "tasks",
    "training : render",
    "samplers | paths",
    "models",
    "conditions",
    "data",
    "formats",
    "representation",
    "clip",
    "metrics",
    "geometry",
    "conventions | files",
)
TENSORS_ONLY = {"paths", "samplers"}
NOT_FOR_THEM = {"models", "conditions", "data", "representation", "formats"}
ONLY_IN = {"matplotlib": "render", "smplx": "geometry.body"}
BANNED = {"pytorch3d", "chumpy", "flash_attn", "torchcfm", "flow_matching"}
VAGUE = {"utils", "util", "common", "helpers", "helper", "base", "misc"}
RANK = {
    room.strip(): rank
    for rank, level in enumerate(LEVELS)
    for room in level.replace("|", ":").split(":")
}
APART = {
    room.strip(): {other.strip() for other in level.split("|")}
    for level in LEVELS
    if "|" in level
    for room in level.split("|")
}


def imports(source: str, module: str) -> Iterator[str]:
    """Full names that a module imports, also inside functions."""
    package = module.split(".")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level] if node.level else []
            name = ".".join([*start, *filter(None, [node.module])])
            if name == "mini_vimogen":
                yield from (f"{name}.{alias.name}" for alias in node.names)
            else:
                yield name


def law_broken(source: str, module: str) -> Iterator[str]:
    """One sentence for each import that the law forbids."""
    here = module.removeprefix("mini_vimogen.")
    room = here.split(".")[0]
    if room not in RANK:
        yield f"{module}: there is no room {room!r}; see tests/repo"
        return
    if vague := VAGUE & set(here.split(".")):
        yield f"{module}: {vague.pop()!r} says nothing about what is inside"
    for name in imports(source, module):
        first, _, inside = name.partition(".")
        if first in BANNED:
            yield f"{module} imports {first}, which is never used here"
        only = ONLY_IN.get(first)
        if only and not f"{here}.".startswith(f"{only}."):
            yield f"{module} imports {first}; only {only} may"
        other = inside.split(".")[0]
        if first != "mini_vimogen" or other not in RANK or other == room:
            continue
        upwards = RANK[other] < RANK[room]
        if upwards or other in APART.get(room, ()):
            yield f"{module} imports {name}, which is not below it"
        if room in TENSORS_ONLY and other in NOT_FOR_THEM:
            yield f"{module} imports {name}; it may see only tensors"


def modules() -> list[tuple[str, Path]]:
    """(name, file) of every module of the package but the package itself."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        if name != "mini_vimogen":
            found.append((name, path))
    return found


def test_every_module_keeps_the_law():
    broken = [
        sentence
        for name, path in modules()
        for sentence in law_broken(path.read_text(encoding="utf-8"), name)
    ]
    assert not broken, "\n".join(broken)


def test_every_room_is_a_package():
    folders = {path.parent for _, path in modules()}
    lacks = [f for f in folders if not (f / "__init__.py").is_file()]
    assert lacks == []


def test_import_linter_has_the_same_law():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = {
        c["id"]: c for c in config["tool"]["importlinter"]["contracts"]
    }
    layers = [
        layer.replace("(", "").replace(")", "")
        for layer in contracts["rooms"]["layers"]
    ]
    assert layers == list(LEVELS)
    assert contracts["rooms"]["exhaustive"]
    apart = contracts["tensors-and-callables"]
    assert {s.split(".")[1] for s in apart["source_modules"]} == TENSORS_ONLY
    assert {s.split(".")[1] for s in apart["forbidden_modules"]} == NOT_FOR_THEM


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("mini_vimogen.geometry.x", "from mini_vimogen.clip import Clip"),
        ("mini_vimogen.metrics.x", "from mini_vimogen import clip"),
        ("mini_vimogen.metrics.x", "from ..models import vimo"),
        ("mini_vimogen.paths.x", "import mini_vimogen.models.vimo"),
        ("mini_vimogen.paths.x", "import mini_vimogen.samplers.ddim"),
        ("mini_vimogen.samplers.x", "from mini_vimogen.formats import bvh"),
        ("mini_vimogen.models.x", "def f():\n    import matplotlib.pyplot"),
        ("mini_vimogen.geometry.bodysuit", "import smplx"),
        ("mini_vimogen.render_all.x", ""),
        ("mini_vimogen.geometry.utils", ""),
        ("mini_vimogen.models.x", "from flash_attn import attention"),
    ],
)
def test_a_broken_law_is_seen(module, source):
    assert len(list(law_broken(source, module))) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("mini_vimogen.cli.export", "from mini_vimogen.render import player"),
        ("mini_vimogen.training.x", "from mini_vimogen.render import charts"),
        ("mini_vimogen.render.theme", "import matplotlib"),
        ("mini_vimogen.geometry.body", "from smplx.lbs import lbs"),
        ("mini_vimogen.samplers.x", "import torch"),
        ("mini_vimogen.clip", "from mini_vimogen.geometry import skeleton"),
        ("mini_vimogen.metrics.x", "from .readings import y"),
        ("mini_vimogen.cli.check", "from mini_vimogen import __version__"),
    ],
)
def test_a_kept_law_is_no_trouble(module, source):
    assert list(law_broken(source, module)) == []
