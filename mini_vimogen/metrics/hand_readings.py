"""Readings of hands: claps and reaches, in plain numbers.

One clip, ``joints`` [frames, 22 or 24, 3] in SMPL order, Z up, metres, and
``fps``; sides are the body's own.
"""

import torch
from torch import Tensor

from mini_vimogen.metrics.body_signals import (
    SHOULDER,
    SIDES,
    WRIST,
    body_axes,
    excursions,
    steady,
)
from mini_vimogen.metrics.joint_input import one_clip, require_fps

ARM = 0.53  # metres from shoulder to wrist, SMPL's rest pose
TOGETHER, PARTED = 0.16, 0.19  # metres from wrist to wrist
IDLE = -0.7  # a hanging hand, in lengths of the arm from its shoulder
STRETCHED = {"up": 0.63, "forward": 0.75, "side": 0.75}
"""Lengths of an arm from shoulder to hand that make a reach; a raised arm
always leans ahead."""

PASSING = 0.45  # height over the shoulder of a hand that goes on to reach up
DIRECTIONS = tuple(STRETCHED)


def clap_count(joints: Tensor, *, fps: float) -> int:
    """Times the hands met: wrists within 16 cm, and parted again.

    Both wrists are above the pelvis and meet for 0.7 s at most: folded hands
    are no clap.
    """
    require_fps(fps)
    # Not averaged over time: three claps a second would be smoothed away.
    joints = one_clip(joints, joint_counts=(22, 24)).double()
    left, right = (joints[:, WRIST[side]] for side in SIDES)
    gap = (left - right).norm(dim=-1)
    high = torch.minimum(left[:, 2], right[:, 2]) > joints[:, 0, 2] + 0.1
    closed = torch.where(high, -gap, torch.full_like(gap, -1.0))
    meetings = excursions(closed, enter=-TOGETHER, leave=-PARTED)
    return sum(len(meeting) <= 0.7 * fps for meeting in meetings)


def _along(joints: Tensor, fps: float, side: str, direction: str) -> Tensor:
    """How far an arm points one way [frames], in lengths of the arm."""
    smooth = steady(joints, fps)
    right, front = body_axes(smooth)
    arm = smooth[:, WRIST[side]] - smooth[:, SHOULDER[side]]
    if direction == "up":
        return arm[:, 2] / ARM
    outward = -right if side == "left" else right
    axis = front if direction == "forward" else outward
    return (arm[:, :2] * axis).sum(-1) / ARM


def reach_counts(
    joints: Tensor, *, fps: float, direction: str
) -> dict[str, int]:
    """Times each arm was stretched "up", "forward" or to its own "side".

    The arm points that way with most of its length (``STRETCHED``) for 0.25 s
    or more while the other hand hangs, and comes back.
    """
    counts = {}
    for side, other in (SIDES, SIDES[::-1]):
        way = _along(joints, fps, side, direction)
        idle = _along(joints, fps, other, "up") < IDLE
        counts[side] = 0
        high = _along(joints, fps, side, "up")
        far = STRETCHED[direction]
        for up in excursions(way, enter=far, leave=0.5):
            inside = slice(up.start, up.stop)
            stretched = int((way[inside] > far).sum()) >= 0.25 * fps
            # On its way up a hand passes before the body.
            level = direction == "up" or bool(high[inside].max() < PASSING)
            counts[side] += bool(idle[inside].all() and stretched and level)
    return counts
