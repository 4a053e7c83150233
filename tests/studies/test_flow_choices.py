"""The forms of flow matching differ as they say; rows of tiny trainings."""

import pytest

from mini_vimogen.studies import flow_choices as study
from mini_vimogen.studies import lifter_choices
from mini_vimogen.studies.rows import digest, read_rows
from mini_vimogen.studies.table1_motions import Extent
from mini_vimogen.training.presets import preset

EXTENT = Extent(cameras={}, other_cameras=1, takes=1)
FIRST = study.ARMS[0]


@pytest.mark.parametrize(
    ("arm", "changed"),
    [
        ("clean answer, velocity error", {"error"}),
        ("clean answer, velocity error, mixed levels", {"error", "levels"}),
        ("velocity answer", {"answers", "error"}),
        ("velocity answer, mixed levels", {"answers", "error", "levels"}),
    ],
)
def test_an_arm_changes_what_it_names_and_nothing_else(arm, changed):
    ours, theirs = (
        study.arm_recipe(name, preset("laptop"), EXTENT)
        for name in (FIRST, arm)
    )
    differ = {key for key in ours if ours[key] != theirs[key]}
    assert differ == {"arm", "objective"}
    one, other = ours["objective"], theirs["objective"]
    assert {key for key in one if one[key] != other[key]} == changed


def test_the_diffusion_twin_is_the_choices_own():
    """Data, network, steps and cameras; only the path is another."""
    size = preset("laptop", steps=study.STEPS)
    flow = study.arm_recipe(FIRST, size, EXTENT)
    twin = lifter_choices.arm_recipe("ours", size, EXTENT)
    assert study.STEPS == lifter_choices.STEPS
    differ = {key for key in flow if flow[key] != twin.get(key)}
    assert differ == {"kind", "objective", "arm", "sampling"}


def test_a_row_is_measured_once(tmp_path):
    options = dict(
        seeds=1,
        arms=[FIRST, "velocity answer"],
        folder=tmp_path,
        models=tmp_path / "models",
        extent=EXTENT,
        steps=1,
    )
    rows = list(study.run("laptop", **options))
    assert [row["arm"] for row in rows] == options["arms"]
    for row in rows:
        for group in ("real", "walking, euler, 1", "acrobatics, euler, 50"):
            assert row["figures"][group]["pa_mpjpe_mm"] > 1
    wanted = study.arm_recipe(FIRST, preset("laptop", steps=1), EXTENT)
    assert rows[0]["recipe"] == digest(wanted)
    assert list(study.run("laptop", **options)) == []
    assert read_rows("flow_choices", tmp_path) == rows


def test_other_sizes_train_for_their_own_steps(tmp_path, monkeypatch):
    asked = {}

    def missing(study_name, arms, **options):
        asked.update(arms, size=options["size"])
        return iter(())

    monkeypatch.setattr(study, "run_missing", missing)
    for size, steps in (("laptop", study.STEPS), ("desk", 6000)):
        list(study.run(size, arms=[FIRST], folder=tmp_path))
        assert asked["size"] == size
        assert asked[FIRST]["preset"]["steps"] == steps


def test_unknown_arms_are_refused(tmp_path):
    with pytest.raises(ValueError, match="arms must be among clean answer"):
        next(study.run("laptop", arms=["oracle"], folder=tmp_path))
