"""``data_small`` is what its manifest says, whole and small."""

import hashlib
import json
from pathlib import Path

import pytest

from mini_vimogen.tasks.motion_mix import Mix
from mini_vimogen.tasks.train import recipe
from mini_vimogen.training.checkpoint import read_card
from mini_vimogen.training.losses import LossWeights
from mini_vimogen.training.presets import preset

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data_small"
WRITTEN_BY_HAND = {"README.md", "NOTICE", "manifest.json"}
CHECKPOINTS = DATA / "checkpoints"
MAX_BYTES = 40 * 2**20
MAX_CHECKPOINT_BYTES = 2 * 2**20


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
    names = {
        str(path.relative_to(DATA))
        for path in shipped()
        if path.parent != CHECKPOINTS
    }
    assert names - WRITTEN_BY_HAND == set(manifest()["files"])


@pytest.mark.parametrize("name", sorted(manifest()["files"]))
def test_file_is_the_one_of_the_manifest(name):
    entry = manifest()["files"][name]
    content = (DATA / name).read_bytes()
    assert len(content) == entry["bytes"]
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_every_checkpoint_has_a_card_that_tells_its_recipe():
    weights = sorted(CHECKPOINTS.glob("*.safetensors"))
    cards = sorted(CHECKPOINTS.glob("*.json"))
    assert weights and [w.stem for w in weights] == [c.stem for c in cards]
    for path in weights:
        card = read_card(path)
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        assert digest == card["weights_sha256"]
        assert len(content) <= MAX_CHECKPOINT_BYTES
        wanted = {"preset", "mix", "loss", "seed", "data", "commit"}
        assert wanted <= card.keys()


@pytest.mark.parametrize("name", ["README.md", "NOTICE"])
def test_the_data_say_where_they_come_from(name):
    text = (DATA / name).read_text("utf-8")
    assert len(text) > 200 and "licen" in text.lower()


def test_the_data_are_small():
    assert sum(path.stat().st_size for path in shipped()) < MAX_BYTES


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("vimo_desk", "lifter"),
        ("vimo_flow_desk", "flow"),
        ("regressor_desk", "regressor"),
    ],
)
def test_a_checkpoint_is_of_the_recipe_that_would_train_it_today(name, kind):
    card = read_card(CHECKPOINTS / f"{name}.safetensors")
    wanted = recipe(preset("desk"), Mix(), LossWeights(), kind=kind)
    wanted = json.loads(json.dumps(wanted))  # a card knows lists only
    assert {key: card[key] for key in wanted} == wanted
    assert card["seed"] == 0
    assert card["cpu_seconds"] < 40 * 60
