"""Confidence, jitter and spans of tracks whose damage is known."""

import math

import pytest
import torch

from mini_vimogen.data.track_damage import (
    GUESSED,
    JOINT_GROUPS,
    LOST,
    WELL_SEEN,
    at_jitter_fps,
    body_height_px,
    jitter_px,
    spans_below,
    track_damage,
    wasserstein,
)
from mini_vimogen.formats.keypoint_file import KeypointTrack


def standing(frames=60):
    """[frames, 17, 3]: a box 540 pixels high and of no width."""
    keypoints = torch.zeros(frames, 17, 3)
    keypoints[..., 0] = 300.0
    keypoints[..., 1] = torch.linspace(100, 640, 17)
    keypoints[..., 2] = 1.0
    return keypoints


def as_track(keypoints, fps=30.0):
    return KeypointTrack(keypoints, fps, 1080, 1920)


def test_every_joint_is_in_one_group():
    joints = [joint for group in JOINT_GROUPS.values() for joint in group]
    assert sorted(joints) == list(range(17))


def test_the_height_leaves_lost_joints_out():
    keypoints = standing()
    assert body_height_px(keypoints).item() == pytest.approx(600)
    keypoints[:20, 0] = 0.0
    keypoints[30, :] = 0.0
    assert body_height_px(keypoints).item() == pytest.approx(600)


def test_white_noise_is_its_own_jitter():
    generator = torch.Generator().manual_seed(0)
    keypoints = standing(400)
    noise = torch.randn(400, 17, 2, generator=generator, dtype=torch.float64)
    keypoints = torch.cat([keypoints[..., :2] + noise, keypoints[..., 2:]], -1)
    jitter = jitter_px(keypoints)
    # The norm of two numbers of variance 1; the box is a little larger.
    assert jitter.square().mean().sqrt().item() == pytest.approx(2**0.5, 0.03)
    assert jitter.median().item() == pytest.approx(
        (2 * math.log(2)) ** 0.5, 0.03
    )


def test_jitter_is_measured_on_the_person_not_the_picture():
    keypoints = standing()
    keypoints[::2, 9, 0] += 5
    twice = keypoints * torch.tensor([2.0, 2.0, 1.0])
    # 5 pixels to and fro: the fourth difference is 8 times as much.
    wanted = 8 * 5 / 70**0.5
    for one in (keypoints, twice):
        jitter = jitter_px(one)
        assert jitter[:, 9].median().item() == pytest.approx(wanted, 1e-4)
        assert jitter[:, 5].max() < 1e-3


def test_motion_is_hardly_jitter():
    seconds = torch.arange(60, dtype=torch.float64)[:, None] / 30
    keypoints = standing().double()
    keypoints[..., 0] += 100 * seconds.square() + 300 * seconds
    assert jitter_px(keypoints).max() < 1e-6
    keypoints[..., 0] += 100 * torch.sin(2 * math.pi * 3 * seconds)
    assert jitter_px(keypoints).median() < 0.02 * 100
    fast = standing().double()
    fast[..., 0] += 100 * torch.sin(2 * math.pi * 10 * seconds)
    assert jitter_px(fast).median() > 50


def test_jitter_skips_joints_that_are_not_well_seen():
    keypoints = standing()
    keypoints[10, 9, 2] = WELL_SEEN - 0.01
    unknown = jitter_px(keypoints).isnan()
    assert unknown[6:11, 9].all() and unknown.sum() == 5


def test_spans_are_counted_joint_by_joint_and_at_the_ends():
    confidence = torch.ones(10, 3)
    confidence[:2, 0] = 0.0
    confidence[9, 0] = 0.3
    confidence[4:8, 1] = 0.05
    assert sorted(spans_below(confidence, GUESSED).tolist()) == [1, 2, 4]
    assert sorted(spans_below(confidence, LOST).tolist()) == [2, 4]
    assert spans_below(torch.zeros(7, 2), LOST).tolist() == [7, 7]
    assert spans_below(torch.ones(7, 2), LOST).tolist() == []


def test_wasserstein_of_shifted_and_unequal_samples():
    generator = torch.Generator().manual_seed(0)
    first = torch.rand(5000, generator=generator)
    assert wasserstein(first, first) == 0
    assert wasserstein(first, first + 0.25) == pytest.approx(0.25, 1e-4)
    second = torch.rand(700, generator=generator)
    assert wasserstein(first, second) < 0.03
    ones = torch.ones(30)
    assert wasserstein(ones, first) == pytest.approx(0.5, abs=0.01)
    assert wasserstein(first, ones) == wasserstein(ones, first)


def test_damage_of_two_tracks_is_that_of_both():
    first, second = standing(60), standing(120)
    first[10:13, 9, 2] = 0.05
    found = track_damage([as_track(first), as_track(second, fps=60.0)])
    assert found.joint_seconds == pytest.approx(17 * (60 + 60) / 30)
    assert found.spans[LOST].tolist() == pytest.approx([0.1])
    assert found.spans_per_joint_minute(LOST) == pytest.approx(60 / 68)
    assert (found.confidence == 0).sum() == 3  # below LOST is 0
    assert len(found.jitter["wrists"]) == 2 * 56 * 2 - 7


def test_other_frame_rates_are_thinned_or_refused():
    assert at_jitter_fps(as_track(standing(60), fps=60.0)).frames == 30
    with pytest.raises(ValueError, match="multiple of 30 .* got 25"):
        at_jitter_fps(as_track(standing(), fps=25.0))
    with pytest.raises(ValueError, match="at least one track"):
        track_damage([])
