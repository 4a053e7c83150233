"""Guesses about joints of unknown origin: which unit, and which axis is up.

Nothing in an array of joints says how it was meant. Bones give the unit away
(a leg is about 0.8 m long), and people mostly stand (the head is above the
feet).
"""

import torch
from torch import Tensor

UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001}
"""Metres in each unit."""

_LEG = (0.35, 2.0)
"""Metres from hip to ankle of a person, a child and a giant included."""

_LEGS = ((1, 4, 7), (2, 5, 8))
_HEAD, _ANKLES = 15, (7, 8)
_UPRIGHT = 0.35
"""Least height of the head over the feet, as a share of the body's length."""


def leg_length(joints: Tensor) -> float:
    """Median length of the legs of joints [frames, 22 or 24, 3], own unit."""
    legs = [
        (joints[:, knee] - joints[:, hip]).norm(dim=-1)
        + (joints[:, ankle] - joints[:, knee]).norm(dim=-1)
        for hip, knee, ankle in _LEGS
    ]
    return float(torch.stack(legs).median())


def guess_unit(joints: Tensor) -> str | None:
    """The unit of joints [frames, 22 or 24, 3], told by the length of a leg.

    Returns:
        "m", "cm", "mm", or None if no unit makes it a person.
    """
    leg = leg_length(joints)
    for unit, metres in UNITS.items():
        if _LEG[0] <= leg * metres <= _LEG[1]:
            return unit
    return None


def uprightness(joints: Tensor) -> Tensor:
    """How far the head is over the ankles along each axis [3], in legs.

    A person who stands has about 1.8 on the axis that is up (-1.8 if it points
    down) and about 0 on the others; one who lies has 0 on the axis that is up.
    """
    rise = joints[:, _HEAD] - joints[:, _ANKLES].mean(1)
    return rise.mean(0) / max(leg_length(joints), 1e-9)


def guess_up_axis(rises: list[Tensor]) -> tuple[int | None, bool]:
    """The axis along which most of the motions stand.

    Args:
        rises: ``uprightness`` of each motion.

    Returns:
        The axis, or None if they do not agree or nobody stands; and whether
        heads point down along it.
    """
    if not rises:
        return None, False
    mean = torch.stack(rises).mean(0)
    axis = int(mean.abs().argmax())
    if mean.abs()[axis] < _UPRIGHT:
        return None, False
    return axis, bool(mean[axis] < 0)
