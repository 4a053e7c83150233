"""The choices differ in what they name; rows of tiny trainings."""

from dataclasses import asdict

import pytest

from mini_vimogen.studies import lifter_choices as study
from mini_vimogen.studies.rows import digest, read_rows
from mini_vimogen.studies.table1_motions import Extent
from mini_vimogen.training.presets import preset

EXTENT = Extent(cameras={}, other_cameras=1, takes=1)


def differences(one: dict, other: dict, path="") -> set[str]:
    """Names of the leaves in which two recipes differ."""
    found = set()
    for key in one.keys() | other.keys():
        mine, theirs = one.get(key), other.get(key)
        if isinstance(mine, dict) and isinstance(theirs, dict):
            found |= differences(mine, theirs, f"{path}{key}.")
        elif mine != theirs:
            found.add(f"{path}{key}")
    return found


@pytest.mark.parametrize(
    ("arm", "changed"),
    [
        ("simple only", {"loss.velocity", "loss.joints"}),
        ("simple and velocity", {"loss.joints"}),
        ("with contact", {"loss.contact"}),
        ("with joint velocity", {"loss.joint_velocity"}),
        ("box per clip", {"preset.scaling"}),
        ("casual cameras only", {"mix.rig", "film.rig"}),
        ("no filters", {"preset.condition_kernel", "preset.output_kernel"}),
    ],
)
def test_an_arm_changes_what_it_names_and_nothing_else(arm, changed):
    size = preset("laptop", steps=study.STEPS)
    ours, theirs = (
        study.arm_recipe(name, size, EXTENT) for name in ("ours", arm)
    )
    assert differences(ours, theirs) == changed | {"arm"}


def test_adan_is_the_papers_and_the_weights_are_edges():
    size = preset("laptop")
    adan = study.CHOICES["Adan"].preset(size)
    paper = preset("paper")
    for name in ("optimizer", "learning_rate", "weight_decay"):
        assert getattr(adan, name) == getattr(paper, name)
    weights = asdict(study.CHOICES["ViMo's weights"].weights)
    assert weights == dict(
        simple=0.636,
        velocity=2.964,
        joints=0.646,
        joint_velocity=0.0,
        contact=10.942,
    )


def test_a_row_is_measured_once(tmp_path):
    options = dict(
        seeds=1,
        arms=["ours", "box per clip"],
        folder=tmp_path,
        models=tmp_path / "models",
        extent=EXTENT,
        steps=1,
    )
    rows = list(study.run("laptop", **options))
    assert [row["arm"] for row in rows] == ["ours", "box per clip"]
    assert len({row["recipe"] for row in rows}) == 2
    for row in rows:
        assert row["figures"]["real"]["pa_mpjpe_mm"] > 1
        assert "jitter_ratio" in row["figures"]["walking"]
    wanted = study.arm_recipe("ours", preset("laptop", steps=1), EXTENT)
    assert rows[0]["recipe"] == digest(wanted)
    assert list(study.run("laptop", **options)) == []
    assert read_rows("lifter_choices", tmp_path) == rows


def test_unknown_arms_are_refused(tmp_path):
    with pytest.raises(ValueError, match="arms must be among ours, simple"):
        next(study.run("laptop", arms=["oracle"], folder=tmp_path))
