"""MBench's five: loop twins, closed forms, what fools them, bad input."""

import math

import numpy as np
import pytest
import torch

from mini_vimogen.metrics import mbench
from tests.benchmarks import metric_twins
from tests.metrics.motions import random_walkers, standing

SCORES = {d.score.__name__: d.score for d in mbench.DIMENSIONS.values()}
WALKERS = random_walkers(40, 60, seed=3)


def twin_inputs(up_axis: int):
    """Turn Z-up walkers so that ``up_axis`` is height, hands kept."""
    order = {0: [2, 0, 1], 1: [1, 2, 0], 2: [0, 1, 2]}[up_axis]
    return WALKERS[..., order]


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("up_axis", [0, 1, 2])
def test_scores_equal_the_twins(name, up_axis):
    for z_up, clip in zip(WALKERS, twin_inputs(up_axis), strict=True):
        wanted = metric_twins.MBENCH[name](z_up.astype(np.float64))
        found = SCORES[name](torch.from_numpy(clip), up_axis=up_axis)
        assert isinstance(found, float)
        assert found == pytest.approx(wanted, rel=1e-4, abs=1e-7)


def test_walkers_reach_every_rule():
    """Else the twins would agree about zeros."""
    for name, score in SCORES.items():
        values = [score(clip) for clip in WALKERS]
        assert max(values) > 0, name
    contact = [metric_twins.foot_contact(clip) for clip in WALKERS]
    both = sum(left and right for clip in contact for left, right in clip)
    one = sum(left != right for clip in contact for left, right in clip)
    none = sum(not (left or right) for clip in contact for left, right in clip)
    assert min(both, one, none) > 100


def test_known_jitter_and_dynamic_degree():
    """One joint of 22 moves by 1, 0, 1, 0 cm; the root rests."""
    joints = standing(5)
    joints[1::2, 7, 0] += 0.01
    steps = 4 * 0.01 / (4 * 22)
    assert mbench.dynamic_degree(joints) == pytest.approx(2 * steps, rel=1e-4)
    turns = 3 * 0.02 / (3 * 22)
    assert mbench.jitter_degree(joints) == pytest.approx(2 * turns, rel=1e-4)


def test_a_body_that_glides_moves_in_the_world_only():
    joints = standing(10)
    joints[..., 1] += 0.05 * torch.arange(10)[:, None]
    assert mbench.dynamic_degree(joints) == pytest.approx(0.05, rel=1e-4)
    assert mbench.jitter_degree(joints) == pytest.approx(0, abs=1e-6)


def test_penetration_is_a_mean_of_the_deep_samples_only():
    joints = standing(10)
    joints[:, 10, 2] = 0.0
    joints[:, 11, 2] = -0.004  # within 5 mm: forgiven
    assert mbench.ground_penetration(joints) == 0
    joints[4, 11, 2] = -0.1
    assert mbench.ground_penetration(joints) == pytest.approx(0.1)
    joints[5, 10, 2] = -0.3
    assert mbench.ground_penetration(joints) == pytest.approx(0.2)


def test_sliding_closed_form():
    """The left foot slides 3 and 4 cm a frame, the right one stands."""
    joints = standing(11)
    joints[:, 10, 0] += 0.03 * torch.arange(11)
    joints[:, 10, 1] += 0.04 * torch.arange(11)
    joints[:, [10, 11], 2] = 0.01
    assert mbench.foot_sliding(joints) == pytest.approx(0.05 / 2, rel=1e-4)
    joints[:, 10, 2] = 0.5  # in the air, moving: it does not slide
    assert mbench.foot_sliding(joints) == 0


def test_contact_is_slow_or_low():
    joints = standing(6)
    joints[:, [10, 11], 2] = 0.5
    assert mbench.foot_contact(joints).all()  # still, half a metre up
    joints[:, 10, 0] += 0.2 * torch.arange(6)
    assert mbench.foot_contact(joints)[:, 0].tolist() == [False] * 6
    joints[:, 10, 2] = 0.019
    assert mbench.foot_contact(joints)[:, 0].all()  # fast, 2 cm up


def gliding(frames: int = 20, height: float = 0.0):
    """The whole body glides: the feet move exactly as the root does."""
    joints = standing(frames)
    joints[:, :, 2] -= joints[:, [10, 11], 2].min() - height
    joints[:, :, 1] += 0.05 * torch.arange(frames)[:, None]
    return joints


def test_floating_of_a_glide():
    assert mbench.foot_floating(gliding()) == 1.0  # in contact, as the root
    still = standing(20)
    assert mbench.foot_floating(still) == 0.0


def test_one_honest_foot_excuses_the_other():
    joints = gliding()
    joints[:, 11] = joints[0, 11]  # planted: its speed is 0
    assert mbench.foot_floating(joints) == 0.0


def test_floating_in_the_air_counts_half_for_each_foot():
    joints = gliding(height=0.5)
    joints[:, 10, 2] += 0.004 * torch.sin(torch.arange(20) * 0.3)
    found = mbench.foot_floating(joints)
    twin = metric_twins.foot_floating(joints.numpy())
    assert found >= 1.0  # both feet, all frames; zigzags may add
    assert twin >= 1.0


@pytest.mark.parametrize(("still", "floats"), [(6, True), (12, False)])
def test_flights_with_a_root_that_mostly_rests_are_excused(still, floats):
    """The body is carried through the air; then the root rests, feet go on."""
    joints = gliding(20, height=0.5)
    steps = torch.arange(20)
    joints[..., 0] += 0.002 * (steps**2)[:, None]  # a bend: no zigzag
    moving = 20 - still
    rest = [j for j in range(22) if j not in (10, 11)]
    joints[moving:, rest] = joints[moving, rest]
    found = mbench.foot_floating(joints)
    assert found == (pytest.approx(moving / 20) if floats else 0)
    assert metric_twins.foot_floating(joints.numpy()) == pytest.approx(found)


def test_floating_exceeds_1_where_counts_overlap():
    values = [mbench.foot_floating(zigzag(seed)) for seed in range(5)]
    assert max(values) > 1


def zigzag(seed: int):
    """A body carried through the air, its left foot swinging to and fro."""
    joints = gliding(60, height=0.5)
    frames = torch.arange(60)
    joints[:, 10, 0] += 0.012 * torch.sin(1.1 * frames + seed)
    return joints


@pytest.mark.parametrize("name", SCORES)
def test_turning_about_the_vertical_changes_nothing(name):
    angle = 0.7
    turn = torch.tensor(
        [
            [math.cos(angle), -math.sin(angle), 0],
            [math.sin(angle), math.cos(angle), 0],
            [0, 0, 1],
        ]
    )
    for clip in torch.from_numpy(WALKERS[:10]):
        moved = clip @ turn.T + torch.tensor([1.0, -2.0, 0.0])
        assert SCORES[name](moved) == pytest.approx(
            SCORES[name](clip), rel=1e-3, abs=1e-6
        )


def test_reading_y_up_files_as_z_up_changes_the_ground_metrics():
    """The release converts joints Y up and then reads axis 2 as height."""
    convert = torch.tensor([[-1.0, 0, 0], [0, 0, 1], [0, 1, 0]])
    clip = torch.from_numpy(WALKERS[0])
    y_up = clip @ convert.T
    for name in ("jitter_degree", "dynamic_degree"):
        assert SCORES[name](y_up) == pytest.approx(SCORES[name](clip))
    for name in ("ground_penetration", "foot_sliding", "foot_floating"):
        assert SCORES[name](y_up, up_axis=1) == pytest.approx(
            SCORES[name](clip), rel=1e-5
        )
    assert mbench.foot_sliding(y_up) != pytest.approx(
        mbench.foot_sliding(clip), rel=0.01
    )


def test_per_frame_numbers_depend_on_the_frame_rate():
    clip = torch.from_numpy(random_walkers(1, 120)[0])
    fast, slow = mbench.dynamic_degree(clip), mbench.dynamic_degree(clip[::2])
    assert slow / fast == pytest.approx(2, rel=0.05)


def test_arguments_are_not_modified():
    clip = torch.from_numpy(WALKERS[0].copy())
    for score in SCORES.values():
        score(clip)
    assert clip.numpy().tobytes() == WALKERS[0].tobytes()


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("joints", [17, 21, 52])
def test_other_joint_counts_are_refused(name, joints):
    with pytest.raises(ValueError, match=f"22 or 24 joints, got {joints}"):
        SCORES[name](torch.zeros(10, joints, 3))


@pytest.mark.parametrize("name", SCORES)
def test_24_joints_are_taken(name):
    assert SCORES[name](standing(10, 24)) >= 0


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_that_are_not_finite_are_refused(name, value):
    joints = standing(10)
    joints[7, 0, 0] = value
    with pytest.raises(ValueError, match=r"index \[7, 0, 0\]"):
        SCORES[name](joints)


def test_too_few_frames_are_refused():
    for name, dimension in mbench.DIMENSIONS.items():
        least = dimension.least_frames
        assert dimension.score(standing(least)) >= 0, name
        with pytest.raises(ValueError, match=f"at least {least} frames"):
            dimension.score(standing(least - 1))


@pytest.mark.parametrize("name", SCORES)
def test_a_batch_is_refused(name):
    with pytest.raises(ValueError, match="one clip"):
        SCORES[name](torch.zeros(2, 10, 22, 3))


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("up_axis", [3, -1, "z", None])
def test_unknown_up_axis_is_refused(name, up_axis):
    with pytest.raises(ValueError, match="up_axis must be 0, 1 or 2"):
        SCORES[name](standing(10), up_axis=up_axis)
