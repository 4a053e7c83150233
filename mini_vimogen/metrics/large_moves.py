"""Readings of moves of the whole body: stretches, sidesteps, throws.

Functions, arguments and units as in ``metrics.readings``.
"""

import math

import torch
from torch import Tensor

from mini_vimogen.metrics.body_signals import (
    ANKLE,
    NECK,
    PELVIS,
    SHOULDER,
    SIDES,
    WRIST,
    body_axes,
    excursions,
    runs,
    steady,
)

OVERHEAD = 0.36  # metres of a wrist over its shoulder, along the trunk
SIDE_BEND = math.radians(9)  # of the trunk; the hips shift against it
HAND_SPEED = 2.5  # metres per second of a hand that throws, past the body


def _side_lean(smooth: Tensor) -> Tensor:
    """Lean of the trunk to the side [frames], radians, left positive."""
    right, _ = body_axes(smooth)
    trunk = smooth[:, NECK] - smooth[:, PELVIS]
    return torch.atan2(-(trunk[:, :2] * right).sum(-1), trunk[:, 2])


def stretch_spans(
    joints: Tensor, *, fps: float, seconds: float = 0.3
) -> list[range]:
    """Frames with both arms stretched overhead, for at least ``seconds``."""
    smooth = steady(joints, fps)
    trunk = smooth[:, NECK] - smooth[:, PELVIS]
    trunk = torch.nn.functional.normalize(trunk, dim=-1)
    rise = [
        ((smooth[:, WRIST[side]] - smooth[:, SHOULDER[side]]) * trunk).sum(-1)
        for side in SIDES
    ]
    up = torch.stack(rise).amin(0) > OVERHEAD
    least = max(round(seconds * fps), 1)
    return runs(up, join=round(0.15 * fps), least=least)


def side_bend_counts(joints: Tensor, *, fps: float) -> dict[str, int]:
    """Bends to each side with both arms stretched overhead."""
    lean = _side_lean(steady(joints, fps))
    spans = stretch_spans(joints, fps=fps)
    counts = {}
    for side, sign in zip(SIDES, (1, -1), strict=True):
        bends = excursions(
            sign * lean, enter=SIDE_BEND, leave=SIDE_BEND / 2, begun=True
        )
        counts[side] = sum(
            any(s.start <= bend.start < s.stop for s in spans) for bend in bends
        )
    return counts


def sidestep_counts(joints: Tensor, *, fps: float) -> dict[str, int]:
    """Steps of each foot out to its own side, by at least 0.15 m.

    The other foot's closing up is not counted, nor are steps that lead ahead
    or back more than aside.
    """
    smooth = steady(joints, fps)
    right, front = body_axes(smooth)
    counts = {}
    for side, sign in zip(SIDES, (-1, 1), strict=True):
        foot = smooth[:, ANKLE[side], :2]
        speed = foot.diff(dim=0).norm(dim=-1) * fps
        counts[side] = 0
        for run in runs(speed > 0.4, join=1):
            way = foot[run.stop] - foot[run.start]
            aside = float((way * right[run.start]).sum()) * sign
            ahead = abs(float((way * front[run.start]).sum()))
            counts[side] += aside >= 0.15 and aside > ahead
    return counts


def throw_counts(joints: Tensor, *, fps: float) -> dict[str, int]:
    """Overarm throws of each hand.

    A hand over its shoulder that flies from beside or behind it to the front,
    faster than 2.5 m/s past the body.
    """
    smooth = steady(joints, fps)
    _, front = body_axes(smooth)
    counts = {}
    for side in SIDES:
        hand = smooth[:, WRIST[side]]
        arm = hand - smooth[:, SHOULDER[side]]
        ahead = (arm[:, :2] * front).sum(-1)
        past = (hand - smooth[:, PELVIS])[:, :2].diff(dim=0) * fps
        speed = (past * front[:-1]).sum(-1)
        flying = (speed > 1.2) & (arm[:-1, 2] > 0.05)
        counts[side] = sum(
            bool(
                ahead[run.start] < 0.15
                and ahead[run.stop] > 0.3
                and speed[run.start : run.stop].max() > HAND_SPEED
            )
            for run in runs(flying, join=1)
        )
    return counts
