import pytest
import torch

from mini_vimogen.conditions.dropout import draw_present, drop_joints


def track(batch=50, frames=60):
    keypoints = torch.full((batch, frames, 17, 3), 300.0)
    keypoints[..., 2] = 0.9
    return keypoints


@pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
def test_the_condition_is_lost_as_often_as_asked(rate, generator):
    present = draw_present(4000, rate=rate, generator=generator)
    assert present.dtype == torch.bool
    share = 1 - present.float().mean().item()
    assert share == pytest.approx(rate, abs=0.03)
    if rate in (0.0, 1.0):
        assert share == rate


def test_joints_are_lost_to_zero_and_the_rest_is_unchanged(generator):
    keypoints = track()
    before = keypoints.clone()
    kept = drop_joints(keypoints, fps=30, generator=generator)
    lost = kept[..., 2] == 0
    assert 0.02 < lost.float().mean() < 0.2
    assert not kept[lost].any()
    assert torch.equal(kept[~lost], before[~lost])
    assert torch.equal(keypoints, before)


def test_each_kind_of_loss_can_be_had_alone(generator):
    off = {"joint_rate": 0, "limbs_per_second": 0, "absences_per_second": 0}

    def lost(**on):
        kept = drop_joints(track(), fps=30, generator=generator, **off | on)
        return kept[..., 2] == 0

    assert not lost().any()
    single = lost(joint_rate=0.1)
    assert single.float().mean().item() == pytest.approx(0.1, abs=0.01)
    absent = lost(absences_per_second=0.3)
    assert absent.any() and torch.equal(absent.any(-1), absent.all(-1))
    limbs = lost(limbs_per_second=1.0)
    assert limbs.any() and not limbs.all(-1).any()


def test_the_same_seed_loses_the_same_joints():
    first, again = (
        drop_joints(track(), fps=30, generator=torch.Generator().manual_seed(5))
        for _ in range(2)
    )
    assert torch.equal(first, again)


def test_a_track_is_never_emptied(generator):
    kept = drop_joints(
        track(20, 4), fps=30, generator=generator, joint_rate=1.0
    )
    assert torch.equal(kept, track(20, 4))


def test_any_leading_dimensions(generator):
    keypoints = track(6, 10)[None].reshape(2, 3, 10, 17, 3)
    kept = drop_joints(keypoints, fps=30, generator=generator)
    assert kept.shape == keypoints.shape
    assert drop_joints(keypoints[0, 0], fps=30, generator=generator).shape == (
        10,
        17,
        3,
    )


def test_bad_input_is_refused(generator):
    with pytest.raises(ValueError, match="rate must be between 0 and 1"):
        draw_present(3, rate=1.5, generator=generator)
    with pytest.raises(ValueError, match="joint_rate must be between"):
        drop_joints(track(), fps=30, generator=generator, joint_rate=-0.1)
    with pytest.raises(ValueError, match="fps must be positive"):
        drop_joints(track(), fps=0, generator=generator)
