"""Dance metrics against their loop twins, closed forms, and bad input."""

import math

import numpy as np
import pytest
import torch

from mini_vimogen.metrics import dance
from tests.benchmarks import metric_twins
from tests.metrics.motions import standing, tangle, wandering

LENGTHS = [3, 4, 5, 6, 41]


def close(found, wanted, rtol=1e-9):
    torch.testing.assert_close(
        torch.as_tensor(found, dtype=torch.float64),
        torch.as_tensor(wanted, dtype=torch.float64),
        rtol=rtol,
        atol=1e-12,
    )


# ----------------------------------------------------------------- features


@pytest.mark.parametrize("frames", LENGTHS)
@pytest.mark.parametrize("compat", [True, False])
def test_kinetic_features_equal_the_twin(frames, compat):
    joints = wandering(frames, seed=frames)
    wanted = metric_twins.kinetic_features(
        joints.numpy(), fps=25, compat=compat
    )
    close(dance.kinetic_features(joints, fps=25, compat=compat), wanted)


@pytest.mark.parametrize("frames", [2, *LENGTHS])
@pytest.mark.parametrize("compat", [True, False])
def test_geometric_features_of_short_clips_equal_the_twin(frames, compat):
    joints = tangle(frames, seed=frames)
    wanted = metric_twins.geometric_features(
        joints.numpy(), fps=25, compat=compat
    )
    close(dance.geometric_features(joints, fps=25, compat=compat), wanted)


TANGLES = (201, 202, 206)


@pytest.mark.parametrize("seed", TANGLES)
def test_geometric_features_equal_the_twin(seed):
    joints = tangle(200, seed=seed)
    wanted = metric_twins.geometric_features(joints.numpy())
    close(dance.geometric_features(joints), wanted)


def test_twins_answer_every_geometric_question_both_ways():
    """Else a wrong row of the table could hide behind a constant."""
    steps = [tangle(200, seed=s).unfold(0, 2, 1) for s in TANGLES]
    shares = dance.geometric_features(torch.cat(steps).movedim(3, 1))
    assert (shares.amax(0) > 0).all()
    assert (shares.amin(0) < 1).all()


@pytest.mark.parametrize(
    "metric",
    [
        dance.kinetic_features,
        dance.geometric_features,
        dance.physical_foot_contact,
    ],
)
def test_leading_dimensions(metric):
    clips = torch.stack([wandering(20, seed=s) for s in range(6)])
    alone = torch.stack([metric(clip) for clip in clips])
    close(metric(clips.reshape(2, 3, 20, 24, 3)).flatten(0, 1), alone)


@pytest.mark.parametrize(
    "metric", [dance.kinetic_features, dance.geometric_features]
)
def test_features_keep_dtype_and_take_arrays(metric):
    joints = wandering(12).float()
    found = metric(joints)
    assert found.dtype == torch.float32
    assert metric(joints.numpy()).equal(found)
    assert metric(joints.requires_grad_()).requires_grad is False


def test_the_published_bracket_measures_distance_from_the_origin():
    joints = wandering(30)
    far = joints + torch.tensor([5.0, 0.0, 0.0])
    expenditure = slice(2, 72, 3)
    right = dance.kinetic_features(joints, fps=30, compat=False)
    close(dance.kinetic_features(far, fps=30, compat=False), right, 1e-7)
    published = dance.kinetic_features(joints)[expenditure]
    moved = dance.kinetic_features(far)[expenditure]
    assert (moved > 2 * published).all()
    again = dance.kinetic_features(dance.zero_start(far))
    close(again, dance.kinetic_features(dance.zero_start(joints)), 1e-7)


def test_kinetic_closed_form():
    """A body on a parabola: v = 2 + 3 t up, a = 3, and 1 m/s to the side."""
    time = torch.arange(7, dtype=torch.float64) / 10
    joints = standing(7, 24)
    joints[..., 2] += (2 * time + 1.5 * time**2)[:, None]
    joints[..., 1] += time[:, None]
    features = dance.kinetic_features(joints, fps=10, compat=False)
    level, upward, expenditure = features.reshape(24, 3).unbind(-1)
    close(level, torch.ones(24))
    close(expenditure, torch.full((24,), 3.0))
    speed = [2 + 3 * (k - 0.5) / 10 for k in range(1, 7)]
    windows = [speed[max(0, i - 2) : i + 3] for i in range(6)]
    squares = [(sum(w) / len(w)) ** 2 for w in windows]
    close(upward, torch.full((24,), sum(squares) / 6, dtype=torch.float64))


@pytest.mark.parametrize(
    ("joint", "feature"), [(21, 2), (20, 3), (8, 16), (7, 17)]
)
def test_geometric_question_names_the_right_joint(joint, feature):
    joints = standing(5)
    before = dance.geometric_features(joints)
    joints[:, joint, 2] += 0.7  # hands over the neck, feet off the floor
    after = dance.geometric_features(joints)
    assert before[feature] == 0
    assert after[feature] == 1


def test_geometric_speeds_depend_on_the_frame_time():
    """0.3 m/s at 30 fps: too slow, but four times that as published."""
    joints = standing(10)
    joints[:, 21, 1] += 0.3 / 30 * torch.arange(10)
    fast_right_hand = 12
    assert dance.geometric_features(joints)[fast_right_hand] == 1
    right = dance.geometric_features(joints, fps=30, compat=False)
    assert right[fast_right_hand] == 0


def test_geometric_question_about_a_bone_of_length_0_is_answered_no():
    features = dance.geometric_features(torch.zeros(4, 24, 3))
    assert torch.isfinite(features).all()
    assert features[29:31].tolist() == [1, 1]  # hands as low as the floor
    assert features.sum() == 2


# ------------------------------------------------------------- foot contact


@pytest.mark.parametrize("frames", LENGTHS)
def test_foot_contact_equals_the_twin(frames):
    joints = wandering(frames, seed=frames)
    wanted = metric_twins.physical_foot_contact(joints.numpy())
    close(dance.physical_foot_contact(joints), wanted)


def test_foot_contact_closed_form():
    """The root is pushed once; both feet slide 2 cm and 3 cm in that frame."""
    joints = standing(4, 24)
    joints[2:, 0, 0] += 0.5
    joints[2:, [7, 10], 0] += 0.02
    joints[2:, [8, 11], 1] += 0.03
    # Second differences of the root are +0.5 and -0.5; the feet move in the
    # first of the two steps that count.
    close(dance.physical_foot_contact(joints), 0.02 * 0.03 / 2 * 10_000)
    joints[:, 10] = joints[0, 10]  # planted toes carry the body
    assert dance.physical_foot_contact(joints) == 0


def test_falling_is_free_but_rising_is_not():
    joints = standing(3, 24)
    joints[2, [7, 8, 10, 11], 0] += 0.1
    down, up = joints.clone(), joints.clone()
    down[2, 0, 2] -= 0.2
    up[2, 0, 2] += 0.2
    assert dance.physical_foot_contact(down) == 0
    close(dance.physical_foot_contact(up), 0.1 * 0.1 * 10_000)


def test_foot_contact_of_a_still_root_is_0():
    joints = standing(10, 24)
    joints[:, [7, 8, 10, 11], 0] += torch.arange(10)[:, None] * 0.1
    assert dance.physical_foot_contact(joints) == 0


def test_foot_contact_compared_across_frame_rates():
    joints = wandering(240)
    with pytest.warns(UserWarning, match="not comparable at 60 fps"):
        published = dance.physical_foot_contact(joints, fps=60)
    at_60 = dance.physical_foot_contact(joints, fps=60, compat=False)
    close(at_60, 4 * published)
    at_30 = dance.physical_foot_contact(joints[::2], fps=30, compat=False)
    close(at_30, at_60, rtol=0.25)


# -------------------------------------------------------------------- beats


@pytest.mark.parametrize("seed", range(4))
def test_beats_equal_the_twin(seed):
    joints = wandering(150, seed=seed)
    wanted = metric_twins.motion_beats(joints.numpy())
    assert dance.motion_beats(joints).tolist() == wanted
    music = [10, 47, 90, 140]
    alignment = dance.beat_alignment(joints, torch.tensor(music))
    close(alignment, metric_twins.beat_alignment(wanted, music))


def swinging(frames: int = 120, period: int = 30):
    """Every joint swings to and fro: it pauses every ``period`` frames."""
    joints = standing(frames, 24)
    swing = torch.cos(math.pi * torch.arange(frames) / period)
    joints[..., 0] += swing[:, None]
    return joints


def test_beats_of_a_swing():
    # Speed between frames i and i + 1 is least around i = 30, 60, 90, where
    # two steps are equal in exact arithmetic.
    beats = dance.motion_beats(swinging() + 0.0).tolist()
    assert len(beats) == 3
    for beat, pause in zip(beats, (30, 60, 90), strict=True):
        assert abs(beat - (pause - 0.5)) <= 1


def test_beat_alignment_closed_form():
    joints = swinging()
    beats = dance.motion_beats(joints)
    assert dance.beat_alignment(joints, beats) == 1
    close(dance.beat_alignment(joints, beats + 3), math.exp(-0.5), 1e-12)
    close(dance.beat_alignment(joints, beats + 3, sigma=6), math.exp(-1 / 8))


def test_beat_alignment_over_music_or_motion():
    joints = swinging()
    beats = dance.motion_beats(joints)
    one = beats[:1]
    assert dance.beat_alignment(joints, one) == 1
    assert dance.beat_alignment(joints, one, over="motion") < 0.4


def test_beats_of_a_batch_are_padded():
    joints = torch.stack([swinging(), standing(120, 24)])
    beats = dance.motion_beats(joints)
    assert beats.shape == (2, 3)
    assert beats[1].tolist() == [-1, -1, -1]
    music = torch.tensor([[*beats[0, :2].tolist(), -1], [5, -1, -1]])
    assert dance.beat_alignment(joints, music).tolist() == [1, 0]


def test_clips_without_a_beat_score_0():
    for joints in (standing(60, 24), standing(2, 24)):
        assert dance.motion_beats(joints).tolist() == []
        assert dance.beat_alignment(joints, torch.tensor([5])) == 0


# ---------------------------------------------------------------- bad input

FEATURES = [dance.kinetic_features, dance.geometric_features]
ALL = [*FEATURES, dance.physical_foot_contact, dance.motion_beats]


@pytest.mark.parametrize("metric", ALL)
def test_nan_is_named(metric):
    joints = standing(10, 24)
    joints[3, 5, 1] = math.nan
    with pytest.raises(ValueError, match=r"finite.*\[3, 5, 1\]"):
        metric(joints)


@pytest.mark.parametrize("metric", ALL)
def test_one_frame_is_refused(metric):
    with pytest.raises(ValueError, match="at least . frames, got 1"):
        metric(standing(1, 24))


@pytest.mark.parametrize("metric", FEATURES)
def test_wrong_joint_counts_are_refused(metric):
    with pytest.raises(ValueError, match="joints, got 17"):
        metric(torch.zeros(10, 17, 3))


def test_kinetic_features_need_24_joints():
    with pytest.raises(ValueError, match="must have 24 joints, got 22"):
        dance.kinetic_features(standing(10, 22))


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize("shape", [(24, 3), (10, 24, 2), (10, 0, 3)])
def test_wrong_shapes_are_refused(metric, shape):
    with pytest.raises(ValueError, match="must have shape"):
        metric(torch.zeros(shape))


@pytest.mark.parametrize("metric", FEATURES)
@pytest.mark.parametrize("fps", [None, 0, -30, math.nan, math.inf, "30"])
def test_fps_is_required_without_compat(metric, fps):
    with pytest.raises(ValueError, match="fps"):
        metric(standing(10, 24), fps=fps, compat=False)


@pytest.mark.parametrize("joints", [[[0.0]], np.array(["a"]), None])
def test_only_tensors_and_arrays(joints):
    with pytest.raises(ValueError, match="tensor or a numeric array"):
        dance.kinetic_features(joints)


def test_foot_contact_needs_feet():
    with pytest.raises(ValueError, match="at least 12 joints, got 9"):
        dance.physical_foot_contact(torch.zeros(10, 9, 3))


@pytest.mark.parametrize(
    ("music", "words"),
    [
        ([], "at least 1 beat"),
        ([-1, -1], "at least 1 beat"),
        ([math.nan], "finite"),
        ([[3, 4]], "must have shape"),
        (3, "must have shape"),
    ],
)
def test_bad_music_beats(music, words):
    with pytest.raises(ValueError, match=words):
        dance.beat_alignment(swinging(), music)


def test_unknown_average_is_refused():
    with pytest.raises(ValueError, match="'music' or 'motion', got 'both'"):
        dance.beat_alignment(swinging(), torch.tensor([3]), over="both")
