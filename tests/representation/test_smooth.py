"""Smoothing: what it takes out, what it leaves, and where it stops."""

import pytest
import torch

from mini_vimogen.conventions import STANDING_ROOT
from mini_vimogen.geometry.rotations import (
    axis_angle_to_rotmat,
    geodesic_distance,
    rotation_about,
    rotmat_to_axis_angle,
)
from mini_vimogen.metrics.pose_error import jitter
from mini_vimogen.representation.smooth import smoothed, window_frames
from mini_vimogen.studies import table1_figures
from tests.oracles import standing_clip, wandering_clip


def trembling(clip, size=0.03):
    """The clip with noise on every rotation and on the root."""
    generator = torch.Generator().manual_seed(0)
    turn = size * torch.randn(clip.frames, 24, 3, generator=generator)
    push = size / 3 * torch.randn(clip.frames, 3, generator=generator)
    return clip.with_(
        local_rotmat=clip.local_rotmat @ axis_angle_to_rotmat(turn),
        root_position=clip.root_position + push,
    )


def error(one, other):
    return float((one.joints() - other.joints()).norm(dim=-1).mean())


def test_trembling_goes_and_the_motion_stays():
    clip = wandering_clip(60)
    rough = trembling(clip)
    calm = smoothed(rough)
    before, after = (float(jitter(c.joints(), fps=30.0)) for c in (rough, calm))
    assert after < 0.15 * before
    assert error(calm, clip) < 0.6 * error(rough, clip)
    assert calm.frames == 60 and calm.fps == rough.fps
    assert calm.caption == rough.caption and calm.source == rough.source


def test_the_window_is_that_of_table_1():
    frames = table1_figures.SMOOTHING_FRAMES
    assert window_frames(0.3, fps=30.0) == frames
    rough = trembling(wandering_clip(40))
    expected = table1_figures.smoothed(rough.root_position[:, None])
    torch.testing.assert_close(
        smoothed(rough).root_position[:, None], expected, rtol=0, atol=1e-6
    )


def test_small_turns_are_filtered_like_plain_numbers():
    """Near the identity a quaternion is half the axis times angle."""
    clip = standing_clip(30)
    clip = clip.with_(local_rotmat=torch.eye(3).repeat(30, 24, 1, 1))
    rough = trembling(clip, size=1e-2)
    vectors = rotmat_to_axis_angle(rough.local_rotmat)
    expected = table1_figures.smoothed(vectors)
    ours = rotmat_to_axis_angle(smoothed(rough).local_rotmat)
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-5)


def test_a_body_that_spins_twice_is_not_torn():
    """Quaternions change their sign on the way; the filter must not see it."""
    angle = torch.linspace(0, 4 * torch.pi, 120)
    local = standing_clip(120).local_rotmat.clone()
    local[:, 0] = rotation_about("z", angle) @ STANDING_ROOT
    local[:, 5] = rotation_about("x", angle)
    clip = standing_clip(120).with_(local_rotmat=local)
    off = geodesic_distance(smoothed(clip).local_rotmat, local)
    # A parabola cannot follow the turn quite: far less than a frame's 6 deg.
    assert off.max() < 0.01


def test_nothing_is_filtered_across_a_cut():
    one, two = wandering_clip(20), wandering_clip(25, seed=1)
    both = one.with_(
        root_position=torch.cat([one.root_position, two.root_position]),
        local_rotmat=torch.cat([one.local_rotmat, two.local_rotmat]),
    )
    calm = smoothed(both, cuts=[20])
    for shot, alone in ((calm.slice(0, 20), one), (calm.slice(20, 45), two)):
        assert torch.equal(shot.root_position, smoothed(alone).root_position)
        assert torch.equal(shot.local_rotmat, smoothed(alone).local_rotmat)
    across = smoothed(both)
    assert not torch.equal(across.local_rotmat[19], calm.local_rotmat[19])


@pytest.mark.parametrize("frames", [1, 4])
def test_shots_that_are_too_short_stay(frames):
    clip = trembling(wandering_clip(frames + 20))
    calm = smoothed(clip, cuts=[frames])
    assert torch.equal(calm.local_rotmat[:frames], clip.local_rotmat[:frames])
    assert torch.equal(calm.root_position[:frames], clip.root_position[:frames])


def test_a_short_shot_takes_a_shorter_window():
    clip = trembling(wandering_clip(6))
    calm = smoothed(clip, seconds=0.5)
    assert torch.equal(
        calm.root_position, smoothed(clip, seconds=5 / 30).root_position
    )
    assert not torch.equal(calm.root_position, clip.root_position)


def test_arguments_are_not_modified():
    clip = trembling(wandering_clip(20))
    local, root = clip.local_rotmat.clone(), clip.root_position.clone()
    smoothed(clip, cuts=[2])
    assert torch.equal(clip.local_rotmat, local)
    assert torch.equal(clip.root_position, root)


@pytest.mark.parametrize(
    "options, message",
    [
        (
            dict(seconds=0.1),
            r"smooth must be within 0.13..2 seconds .* got 0.1",
        ),
        (dict(seconds=0.0), "got 0"),
        (dict(seconds=-0.3), "got -0.3"),
        (dict(seconds=2.1), "got 2.1"),
        (dict(seconds=float("nan")), "got nan"),
        (dict(cuts=[0]), r"within 1..19, got \[0\]"),
        (dict(cuts=[20]), r"got \[20\]"),
        (dict(cuts=[9, 4]), r"must rise .* got \[9, 4\]"),
    ],
)
def test_bad_requests_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        smoothed(wandering_clip(20), **options)


@pytest.mark.parametrize(
    ("seconds", "frames"), [(0.26, 7), (0.27, 9), (0.33, 9), (0.34, 11)]
)
def test_the_window_is_the_nearest_odd_number_of_frames(seconds, frames):
    assert window_frames(seconds, fps=30.0) == frames
