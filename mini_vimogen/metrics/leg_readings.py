"""Readings of legs: high steps and lunges, in plain numbers.

One clip, ``joints`` [frames, 22 or 24, 3] in SMPL order, Z up, metres, and
``fps``; sides are the body's own.
"""

import torch
from torch import Tensor

from mini_vimogen.metrics.body_signals import (
    ANKLE,
    HIP,
    KNEE,
    ON_FLOOR,
    SIDES,
    body_axes,
    excursions,
    foot_clearance,
    pelvis_height_ratio,
    steady,
)
from mini_vimogen.metrics.lowering import KNEELING, knee_height

KNEE_UP, KNEE_DOWN = 0.35, 0.15
"""Rise of a knee from hanging straight down, in lengths of the thigh."""

SPLIT = 0.35
"""Metres from ankle to ankle, fore and aft, that a lunge is longer than."""


def knee_rise(joints: Tensor, *, fps: float) -> Tensor:
    """How far each thigh is raised [frames, 2]: 0 hangs, 1 is level."""
    smooth = steady(joints, fps)
    rises = []
    for side in SIDES:
        thigh = smooth[:, KNEE[side]] - smooth[:, HIP[side]]
        rises.append(1 + thigh[:, 2] / thigh.norm(dim=-1).clamp(min=1e-6))
    return torch.stack(rises, dim=1)


def feet_split(joints: Tensor, *, fps: float) -> Tensor:
    """Metres by which the left ankle is ahead of the right one [frames]."""
    smooth = steady(joints, fps)
    _, front = body_axes(smooth)
    apart = smooth[:, ANKLE["left"], :2] - smooth[:, ANKLE["right"], :2]
    return (apart * front).sum(-1)


def march_steps(joints: Tensor, *, fps: float) -> int:
    """High steps, left and right in turn, one foot always on the floor.

    A high step brings the thigh to 50 degrees or more while the other leg
    stands. 0 if a foot repeats itself.
    """
    rise = knee_rise(joints, fps=fps)
    clearance = foot_clearance(joints, fps=fps)
    steps = []
    for at, side in enumerate(SIDES):
        for up in excursions(rise[:, at], enter=KNEE_UP, leave=KNEE_DOWN):
            inside = slice(up.start, up.stop)
            stands = bool((clearance[inside, 1 - at] < 2 * ON_FLOOR).all())
            lower = bool((rise[inside, 1 - at] < rise[inside, at]).any())
            if stands and lower and clearance[inside, at].max() > 0.12:
                steps.append((up.start, side))
    order = [side for _, side in sorted(steps)]
    alternate = all(a != b for a, b in zip(order[:-1], order[1:], strict=True))
    return len(order) if alternate else 0


def lunge_counts(joints: Tensor, *, fps: float) -> dict[str, int]:
    """Lunges with each foot ahead: a long step, hips low over both feet, back.

    The hips sink by 14 percent, the ankles are 0.35 m apart, fore and aft,
    with neither foot in the air as long as the hips are low (0.2 s at least),
    and the hips come up again. A knee on the floor kneels.
    """
    low = 1 - pelvis_height_ratio(joints, fps=fps)
    split = feet_split(joints, fps=fps)
    clearance = foot_clearance(joints, fps=fps).amax(1)
    knee = knee_height(joints, fps=fps).amin(1)
    counts = dict.fromkeys(SIDES, 0)
    for dip in excursions(low, enter=0.14, leave=0.08):
        inside = slice(dip.start, dip.stop)
        lowest = low[inside] > 0.8 * low[inside].max()
        held = int(lowest.sum()) >= 0.2 * fps  # a runner's is a moment
        ahead = split[inside][lowest]
        stands = bool((clearance[inside][lowest] < 2 * ON_FLOOR).all())
        kneels = knee[inside].min() < KNEELING
        if held and stands and not kneels and ahead.abs().min() > SPLIT:
            counts["left" if ahead[0] > 0 else "right"] += 1
    return counts
