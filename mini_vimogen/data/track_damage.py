"""How damaged a keypoint track is: confidence, jitter, gaps.

The same three measures for real and for simulated tracks, so that the simulated
detector can be held against a real one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.data.occlusion import joints_named
from mini_vimogen.formats.keypoint_file import KeypointTrack

LOST = 0.1
"""Below this confidence a joint is treated as unseen, as ``complete`` does."""

GUESSED = 0.5
"""Below this the detector says that it rather does not see the joint."""

WELL_SEEN = 0.9
"""Jitter is measured on joints that stay above this."""

LIMITS = (LOST, GUESSED, WELL_SEEN)

JITTER_FPS = 30.0

JOINT_GROUPS = {
    "face": joints_named("nose", "eye", "ear"),
    "shoulders": joints_named("shoulder"),
    "elbows": joints_named("elbow"),
    "wrists": joints_named("wrist"),
    "hips": joints_named("hip"),
    "knees": joints_named("knee"),
    "ankles": joints_named("ankle"),
}

_FOURTH = (1.0, -4.0, 6.0, -4.0, 1.0)


@dataclass(frozen=True, eq=False)
class TrackDamage:
    """The damage of some tracks taken together.

    Args:
        confidence: [n] of every joint in every frame; 0 below ``LOST``.
        jitter: joint group -> [n] pixels for a person 600 pixels tall.
        spans: limit -> [n] seconds, the runs of frames in which a joint stays
            below it, for each of ``LIMITS``.
        joint_seconds: how long all joints were watched, lost or not.
    """

    confidence: Tensor
    jitter: dict[str, Tensor]
    spans: dict[float, Tensor]
    joint_seconds: float

    def spans_per_joint_minute(self, limit: float) -> float:
        """How often a joint falls below a limit."""
        return 60 * len(self.spans[limit]) / self.joint_seconds


def track_damage(tracks: Sequence[KeypointTrack]) -> TrackDamage:
    """Measure tracks of one person each, without cuts.

    Raises:
        ValueError: no track.
    """
    if not tracks:
        raise ValueError("tracks must hold at least one track, got none")
    tracks = [at_jitter_fps(track) for track in tracks]
    confidence = [track.keypoints[..., 2] for track in tracks]
    jitter = [jitter_px(track.keypoints) for track in tracks]
    seen = torch.cat([c.flatten() for c in confidence])
    return TrackDamage(
        confidence=torch.where(seen < LOST, 0.0, seen),
        jitter={
            name: torch.cat([_numbers(j[:, list(joints)]) for j in jitter])
            for name, joints in JOINT_GROUPS.items()
        },
        spans={
            limit: torch.cat([spans_below(c, limit) for c in confidence])
            / JITTER_FPS
            for limit in LIMITS
        },
        joint_seconds=seen.numel() / JITTER_FPS,
    )


def at_jitter_fps(track: KeypointTrack) -> KeypointTrack:
    """Every n-th frame, so that 30 frames a second are left.

    Raises:
        ValueError: the rate is no multiple of 30.
    """
    every = round(track.fps / JITTER_FPS)
    if every < 1 or abs(track.fps - every * JITTER_FPS) > 0.01:
        raise ValueError(
            f"track must have a multiple of {JITTER_FPS:g} frames per second, "
            f"got {track.fps}"
        )
    return KeypointTrack(
        track.keypoints[::every], JITTER_FPS, track.width, track.height
    )


def body_height_px(keypoints: Tensor) -> Tensor:
    """Height of the person in the picture, as ``detector`` reckons it.

    Args:
        keypoints: [frames, 17, 3]; lost joints are left out.

    Nose to ankles is about nine tenths of a body's height.
    """
    place, seen = keypoints[..., :2], keypoints[..., 2:] >= LOST
    low = torch.where(seen, place, torch.inf).amin(dim=1)
    high = torch.where(seen, place, -torch.inf).amax(dim=1)
    diagonal = (high - low)[seen.any(dim=1)[:, 0]].norm(dim=-1)
    return diagonal.median() / 0.9


def jitter_px(keypoints: Tensor) -> Tensor:
    """How far points tremble from frame to frame, motion taken away.

    The fourth difference over five frames: it is what a parabola fitted to them
    leaves over, and takes motion of 3 Hz down to 2 %. Divided by the square
    root of 70 it has the size of the error itself where that is white.

    Args:
        keypoints: [frames, 17, 3] at 30 frames per second.

    Returns:
        [frames - 4, 17] pixels for a person 600 pixels tall; NaN where the
        joint is not well seen in all five frames.
    """
    windows = keypoints.unfold(0, 5, 1)  # [frames - 4, 17, 3, 5]
    weights = keypoints.new_tensor(_FOURTH)
    trembling = (windows[:, :, :2] @ weights).norm(dim=-1) / 70**0.5
    trembling = trembling * (600 / body_height_px(keypoints))
    well_seen = (windows[:, :, 2] >= WELL_SEEN).all(dim=-1)
    return torch.where(well_seen, trembling, torch.nan)


def spans_below(confidence: Tensor, limit: float) -> Tensor:
    """Lengths in frames of the runs below a limit.

    Args:
        confidence: [frames, joints]

    >>> spans_below(torch.tensor([[0.0], [0.2], [0.9], [0.3]]), 0.5)
    tensor([2., 1.])
    """
    below = (confidence < limit).T.to(torch.int8)  # joints first
    step = torch.nn.functional.pad(below, (1, 1)).diff(dim=1)
    begins, ends = ((step == sign).nonzero()[:, 1] for sign in (1, -1))
    return (ends - begins).to(confidence)


def wasserstein(first: Tensor, second: Tensor) -> float:
    """Mean distance that probability has to travel between two samples.

    >>> wasserstein(torch.tensor([0.0, 1.0]), torch.tensor([0.5, 0.5]))
    0.5
    """
    share = (torch.arange(2000, dtype=torch.float64) + 0.5) / 2000
    first, second = (
        torch.quantile(x.double(), share, interpolation="nearest")
        for x in (first, second)
    )
    return float((first - second).abs().mean())


def _numbers(values: Tensor) -> Tensor:
    return values[~values.isnan()]
