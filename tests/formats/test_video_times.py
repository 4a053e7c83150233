"""Uneven time stamps, brought to a constant rate."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mini_vimogen.formats.frame_times import (
    at_constant_rate,
    constant_rate,
    standard_rate,
)


def track(seconds) -> torch.Tensor:
    """x is the time, y twice the time: any resampling must keep that."""
    times = torch.as_tensor(np.asarray(seconds, dtype=np.float64))
    keypoints = torch.full((len(times), 17, 3), 0.8, dtype=torch.float64)
    keypoints[..., 0] = times[:, None]
    keypoints[..., 1] = 2 * times[:, None]
    return keypoints


@pytest.mark.parametrize(
    ("measured", "standard"),
    [
        (29.9999, 30),
        (29.97, 30000 / 1001),
        (23.976, 24000 / 1001),
        (59.94, 60000 / 1001),
        (25.002, 25),
        (17.3, 17.3),
        (30.05, 30.05),
    ],
)
def test_standard_rates_are_recognised(measured, standard):
    assert standard_rate(measured) == pytest.approx(standard, rel=1e-12)


@given(
    fps=st.sampled_from([10.0, 24.0, 30000 / 1001, 30.0, 60.0]),
    frames=st.integers(20, 400),
    start=st.floats(0, 100),
)
def test_rounded_time_stamps_of_an_even_film_are_even(fps, frames, start):
    """WebM keeps thousandths; nothing must be interpolated for that."""
    times = np.round(start + np.arange(frames) / fps, 3)
    times = times[np.concatenate([[True], np.diff(times) > 0])]
    found, places = constant_rate(times)
    assert places is None
    assert found == pytest.approx(fps, rel=3e-3)


def test_a_dropped_frame_is_filled_in_and_the_rest_is_kept():
    times = np.delete(np.arange(20) / 30, 7)
    keypoints = track(times)
    even, fps = at_constant_rate(keypoints, times)
    assert fps == 30 and len(even) == 20
    expected = torch.arange(20, dtype=torch.float64)[:, None] / 30
    torch.testing.assert_close(even[..., 0], expected.expand(-1, 17))
    torch.testing.assert_close(even[8:], keypoints[7:])  # bit for bit
    assert (even[..., 2] == 0.8).all()


def test_jittered_times_keep_the_motion_in_time(generator):
    offsets = 0.008 * torch.rand(60, generator=generator).double()
    times = (torch.arange(60).double() / 30 + offsets).numpy()
    even, fps = at_constant_rate(track(times), times)
    assert fps == pytest.approx(30, rel=0.02)
    expected = times[0] + torch.arange(len(even)).double() / fps
    assert (even[:, 0, 0] - expected).abs().max() < 0.05 / fps
    torch.testing.assert_close(even[..., 1], 2 * even[..., 0])


def test_nothing_is_invented_in_a_long_gap():
    times = np.concatenate([np.arange(10) / 30, 2 + np.arange(10) / 30])
    even, _ = at_constant_rate(track(times), times)
    seen = even[..., 2].amax(dim=1) > 0
    assert seen[:10].all() and seen[60:].all() and not seen[10:60].any()
    assert len(even) == 70


def test_a_joint_unseen_on_one_side_stays_where_it_was_seen():
    times = np.array([0, 1, 2, 4, 5, 6, 7, 8]) / 30
    keypoints = track(times)
    keypoints[3, 5, :] = 0  # not seen after the gap
    even, _ = at_constant_rate(keypoints, times)
    assert even[3, 5].tolist() == pytest.approx([2 / 30, 4 / 30, 0])
    assert even[3, 6].tolist() == pytest.approx([3 / 30, 6 / 30, 0.8])


@pytest.mark.parametrize("times", [[0.0, 1e-5, 2e-5], [0.0, 10.0, 20.0]])
def test_rates_that_no_camera_has_are_refused(times):
    with pytest.raises(ValueError, match="frames per second; between 1 and"):
        constant_rate(times)


def test_one_frame_is_no_motion():
    with pytest.raises(ValueError, match="at least 2 frames.* got 1"):
        constant_rate([0.5])


@given(st.lists(st.floats(0.002, 0.4), min_size=3, max_size=40))
def test_any_rising_times_give_a_track_that_spans_them(steps):
    times = np.concatenate([[0.0], np.cumsum(steps)])
    try:
        fps, places = constant_rate(times)
    except ValueError:
        return  # slower than a frame a second
    if places is not None:
        assert places[0] == 0 and (np.diff(places) >= 0).all()
        assert places[-1] <= len(times) - 1
        count = math.floor(times[-1] * fps + 1e-3) + 1
        assert len(places) == count
