"""Gates that a lifted motion and its keypoint track must pass.

A gate is a function of figures that were measured before, so a set can be
judged again by other thresholds without lifting anything again:

    track -> track_figures -> TRACK_GATES
    clip -> motion_figures -> MOTION_GATES;   outline -> apart_mm -> duplicates
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import VIMOGEN_FPS
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.geometry.skeleton import SMPL22
from mini_vimogen.metrics import mbench
from mini_vimogen.metrics.floor import floor_gap
from mini_vimogen.metrics.pose_error import jitter, mpjpe

LEAST_FRAMES = 4
"""Jitter is a third difference."""
SEEN = 0.1
"""Confidence from which a joint counts as seen, as in ``complete``."""
OUTLINE_FRAMES = 32
LENGTHS_APART = 0.05
"""Near-equal motions differ in length by at most this share."""
MILLIMETRES = 1000.0


@dataclass(frozen=True)
class Thresholds:
    """What the gates let pass; the edge passes.

    The defaults lose at most 5 % of clean motions, real or choreographed, and
    of what a casual camera sees of them (study ``gates``).

    Args:
        least_seconds: of a track.
        least_seen: share of joints, 0 to 1, seen in the track.
        most_jitter: mean third derivative of the joints, metres per cubic
            second. White noise of 5 mm has 960, a run about 1000, a walk 100.
        most_sliding: metres per second of a foot in contact, by MBench's rule.
        most_penetration: metres under the floor, by MBench's rule.
        most_floating: metres over the floor, see ``floor_gap``.
        least_apart_mm: millimetres between two motions of a set, a joint.

    Raises:
        ValueError: a number out of range.
    """

    least_seconds: float = 0.75
    least_seen: float = 0.5
    most_jitter: float = 1300.0
    most_sliding: float = 0.6
    most_penetration: float = 0.04
    most_floating: float = 0.04
    least_apart_mm: float = 10.0

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if not (value >= 0 and math.isfinite(value)):
                raise ValueError(
                    f"{field.name} must be 0 or more and finite, got {value}"
                )
        if self.least_seen > 1:
            raise ValueError(
                f"least_seen must be a share, 0 to 1, got {self.least_seen}"
            )


Figures = Mapping[str, float]


@dataclass(frozen=True)
class Rejection:
    """Which gate turned a motion away, and why in words with the figure."""

    gate: str
    reason: str


# ------------------------------------------------------------------ figures


def track_figures(track: KeypointTrack) -> dict[str, float]:
    """``seconds`` and ``seen_share`` of a track, before it is completed."""
    seen = track.keypoints[..., 2] >= SEEN
    return {
        "seconds": track.frames / track.fps,
        "seen_share": float(seen.double().mean()),
    }


def motion_figures(clip: Clip) -> dict[str, float]:
    """What the motion gates ask of a clip, unit in the name.

    Jitter is measured at the clip's own rate; MBench's metrics at their 20
    frames per second.

    Raises:
        ValueError: fewer than 4 frames.
    """
    if clip.frames < LEAST_FRAMES:
        raise ValueError(
            f"clip must have at least {LEAST_FRAMES} frames, got {clip.frames}"
        )
    joints = clip.joints().double()
    slower = clip.resample(VIMOGEN_FPS).joints()
    trembling = float(jitter(joints, fps=clip.fps))
    return {
        "jitter_m_per_s3": trembling / MILLIMETRES,
        "sliding_m_per_s": mbench.foot_sliding(slower) * VIMOGEN_FPS,
        "penetration_m": mbench.ground_penetration(slower),
        "floating_m": floor_gap(joints),
    }


# -------------------------------------------------------------------- gates


def length(figures: Figures, thresholds: Thresholds) -> str | None:
    """Why the track is too short, or None."""
    seconds, least = figures["seconds"], thresholds.least_seconds
    if seconds >= least:
        return None
    return f"lasts {seconds:.3g} s, less than {least:.3g} s"


def confidence(figures: Figures, thresholds: Thresholds) -> str | None:
    """Why the track shows too little, or None."""
    seen, least = figures["seen_share"], thresholds.least_seen
    if seen >= least:
        return None
    return f"shows {seen:.1%} of the joints, less than {least:.1%}"


def steadiness(figures: Figures, thresholds: Thresholds) -> str | None:
    """Why the motion trembles too much, or None."""
    found, most = figures["jitter_m_per_s3"], thresholds.most_jitter
    if found <= most:
        return None
    return f"jitters by {found:.0f} m/s^3, more than {most:.0f} m/s^3"


def sliding(figures: Figures, thresholds: Thresholds) -> str | None:
    """Why the feet slide too much, or None."""
    found, most = figures["sliding_m_per_s"], thresholds.most_sliding
    if found <= most:
        return None
    return (
        f"its feet slide at {found:.2f} m/s on the floor, more than "
        f"{most:.2f} m/s"
    )


def floor(figures: Figures, thresholds: Thresholds) -> str | None:
    """Why the motion is under or over the floor, or None."""
    deep, most = figures["penetration_m"], thresholds.most_penetration
    if not deep <= most:
        return (
            f"its feet are {deep:.3f} m under the floor, more than {most:.3f} m"
        )
    high, most = figures["floating_m"], thresholds.most_floating
    if not high <= most:
        return f"floats {high:.3f} m over the floor, more than {most:.3f} m"
    return None


Gate = Callable[[Figures, Thresholds], str | None]

TRACK_GATES: dict[str, Gate] = {"length": length, "confidence": confidence}
"""Asked before anything is lifted."""
MOTION_GATES: dict[str, Gate] = {
    "jitter": steadiness,
    "floor": floor,
    "sliding": sliding,  # after the floor: low feet are taken to touch it
}
LIFTING, DUPLICATES = "lifting", "duplicates"
ORDER = (*TRACK_GATES, LIFTING, *MOTION_GATES, DUPLICATES)
"""The gates in the order in which a motion meets them. ``LIFTING`` is not for
figures: it turns away what a lifter refuses."""


def first_rejection(
    figures: Figures, thresholds: Thresholds, gates: Mapping[str, Gate]
) -> Rejection | None:
    """The first gate that turns a motion away; None if all let it pass."""
    for name, gate in gates.items():
        reason = gate(figures, thresholds)
        if reason is not None:
            return Rejection(name, reason)
    return None


# --------------------------------------------------------------- duplicates


def duplicates(
    nearest_mm: float, nearest: str, thresholds: Thresholds
) -> str | None:
    """Why a motion is one that the set has, or None.

    Args:
        nearest_mm: from ``apart_mm``, to the nearest kept motion.
        nearest: its name.
    """
    if nearest_mm >= thresholds.least_apart_mm:
        return None
    return (
        f"is {nearest_mm:.1f} mm a joint from {nearest}, less than "
        f"{thresholds.least_apart_mm:.1f} mm"
    )


def outline(clip: Clip) -> Tensor:
    """The course of a motion in 32 moments [32, 22, 3], for comparison.

    Metres; the moments are evenly spread over the clip, whatever its length.
    """
    joints = clip.joints()[:, : len(SMPL22)].float()
    at = torch.linspace(0, clip.frames - 1, OUTLINE_FRAMES)
    before = at.long().clamp(max=max(clip.frames - 2, 0))
    after = (before + 1).clamp(max=clip.frames - 1)
    weight = (at - before)[:, None, None]
    return torch.lerp(joints[before], joints[after], weight)


def apart_mm(one: Tensor, others: Tensor) -> Tensor:
    """Millimetres a joint between an outline and others [n, 32, 22, 3].

    Around the root, each other motion turned about the vertical as near as it
    can: where it happens, and in which direction, makes no other motion.
    """
    return mpjpe(others, one.expand_as(others), align="yaw")


def lengths_agree(seconds: float, other_seconds: float) -> bool:
    """Whether two motions last about as long, so that outlines compare."""
    longer = max(seconds, other_seconds)
    return abs(seconds - other_seconds) <= LENGTHS_APART * longer
