"""Frames with time stamps of their own to frames at a constant rate.

Telephones and screen recorders write a frame when they have one; the models
want the same time between any two.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch

from mini_vimogen.formats.keypoint_file import between_frames

MIN_FPS, MAX_FPS = 1.0, 1000.0
ROUNDED_SECONDS = 0.0011
"""WebM and Matroska round time stamps to a thousandth of a second."""
UNEVEN_SHARE = 0.1
"""Stamps off by less than this share of a frame are taken as even."""
EXACT_SHARE = 0.05
"""A frame this near to where one is wanted, as a share, is taken as it is."""
LONGEST_GAP_SECONDS = 0.25
"""Nothing is known of a motion during a longer gap (or of 3 usual frames)."""


def standard_rate(fps: float, *, seconds: float = math.inf) -> float:
    """The usual frame rate that a measured one stands for, if there is one.

    Args:
        fps: measured.
        seconds: over this time; a short one leaves more doubt.

    >>> standard_rate(29.9999), standard_rate(17.3)
    (30.0, 17.3)
    >>> standard_rate(29.97) == 30000 / 1001
    True
    """
    whole, television = round(fps), round(fps * 1.001) * 1000 / 1001
    nearest = min((whole, television), key=lambda rate: abs(rate - fps))
    doubt = max(4e-4, ROUNDED_SECONDS / seconds)
    return float(nearest if abs(nearest / fps - 1) < doubt else fps)


def constant_rate(seconds: Sequence[float]) -> tuple[float, np.ndarray | None]:
    """Frame rate of rising time stamps, and where its frames lie among them.

    Args:
        seconds: [frames] strictly rising.

    Returns:
        frames per second; and float64 [new frames] places for
        ``between_frames``, or None where the frames are evenly spaced already.

    Raises:
        ValueError: fewer than 2 frames, or a rate that no camera has.
    """
    times = np.asarray(seconds, float)
    if len(times) < 2:
        raise ValueError(
            f"a motion needs at least 2 frames at different times, got "
            f"{len(times)}"
        )
    spacing, lasts = np.diff(times), float(times[-1] - times[0])
    fps = standard_rate(len(spacing) / lasts, seconds=lasts)
    grid = times[0] + np.arange(len(times)) / fps
    tolerance = max(UNEVEN_SHARE / fps, ROUNDED_SECONDS)
    if np.abs(times - grid).max() <= tolerance:
        return _possible(fps), None
    usual = _usual(spacing)
    near = np.abs(spacing - usual) <= max(0.2 * usual, ROUNDED_SECONDS)
    fps = 1 / float(spacing[near].mean())
    fps = _possible(standard_rate(fps, seconds=near.sum() / fps))
    count = math.floor(lasts * fps + 1e-3) + 1
    grid = times[0] + np.arange(count) / fps
    places = np.interp(grid, times, np.arange(len(times), dtype=float))
    nearest = np.round(places)
    off = np.abs(times[nearest.astype(int)] - grid)
    return fps, np.where(off < EXACT_SHARE / fps, nearest, places)


def at_constant_rate(
    keypoints: torch.Tensor, seconds: Sequence[float]
) -> tuple[torch.Tensor, float]:
    """Keypoints [frames, 17, 3] as a camera with a constant rate gives them.

    Between frames that are further apart than ``LONGEST_GAP_SECONDS`` (and
    than 3 usual frames) the confidence is 0.

    Args:
        seconds: [frames] strictly rising.

    Returns:
        keypoints [new frames, 17, 3] and frames per second.

    Raises:
        ValueError: as ``constant_rate``.
    """
    fps, places = constant_rate(seconds)
    if places is None:
        return keypoints, fps
    even = between_frames(keypoints, torch.from_numpy(places))
    spacing = np.diff(np.asarray(seconds, float))
    too_long = spacing > max(LONGEST_GAP_SECONDS, 3 * _usual(spacing))
    before = np.minimum(places.astype(int), len(spacing) - 1)
    unknown = too_long[before] & (places % 1 > 0)
    even[torch.from_numpy(unknown), :, 2] = 0
    return even, fps


def _usual(spacing: np.ndarray) -> float:
    """The median; of an even number the lower one, which does occur."""
    return float(np.sort(spacing)[(len(spacing) - 1) // 2])


def _possible(fps: float) -> float:
    if not MIN_FPS <= fps <= MAX_FPS:
        raise ValueError(
            f"the time stamps give {fps:.4g} frames per second; between "
            f"{MIN_FPS:.0f} and {MAX_FPS:.0f} are wanted"
        )
    return fps
