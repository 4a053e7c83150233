"""Readings of a body that comes to rest on something: it sits, or kneels.

Functions, arguments and units as in ``metrics.readings``.
"""

import math

import torch
from torch import Tensor

from mini_vimogen.metrics.body_signals import (
    ANKLE,
    HIP,
    KNEE,
    SIDES,
    TOES,
    body_axes,
    excursions,
    forward_lean,
    runs,
    steady,
)

BEHIND = 0.28  # metres; nobody keeps the balance farther behind the feet
KNEELING = 0.095  # metres of a knee joint over the resting toes


def pelvis_behind(joints: Tensor, *, fps: float) -> Tensor:
    """Metres of the pelvis behind the nearer ankle [frames], along the front.

    Negative when one foot at least is farther back than the pelvis.
    """
    smooth = steady(joints, fps)
    _, front = body_axes(smooth)
    away = [smooth[:, ANKLE[side], :2] - smooth[:, 0, :2] for side in SIDES]
    return torch.stack([(a * front).sum(-1) for a in away]).amin(0)


def sit_spans(
    joints: Tensor, *, fps: float, seconds: float = 0.3
) -> list[range]:
    """Frames in which somebody sits on something, for at least ``seconds``.

    Both thighs within 30 degrees of level, the pelvis so far behind both feet
    that they cannot carry it, the trunk at most 35 degrees from upright.
    """
    smooth = steady(joints, fps)
    level = torch.ones(len(smooth), dtype=torch.bool, device=smooth.device)
    for side in SIDES:
        thigh = smooth[:, KNEE[side]] - smooth[:, HIP[side]]
        level &= thigh[:, 2].abs() < 0.5 * thigh.norm(dim=-1)
    behind = pelvis_behind(joints, fps=fps) > BEHIND
    upright = forward_lean(joints, fps=fps).abs() < math.radians(35)
    sits = level & behind & upright
    return runs(
        sits,
        join=round(0.2 * fps),
        least=max(round(seconds * fps), 1),
    )


def sit_count(joints: Tensor, *, fps: float) -> int:
    """Times somebody who stood sat down."""
    high = _thigh_drop(joints, fps) > 0.7
    return sum(
        bool(high[: span.start].any()) for span in sit_spans(joints, fps=fps)
    )


def ends_seated(joints: Tensor, *, fps: float) -> bool:
    """True for somebody who still sits in the last frame."""
    spans = sit_spans(joints, fps=fps)
    return bool(spans) and spans[-1].stop == len(joints)


def ends_standing(joints: Tensor, *, fps: float) -> bool:
    """True for somebody whose thighs are upright in the last frame."""
    return bool(_thigh_drop(joints, fps)[-1] > 0.9)


def _thigh_drop(joints: Tensor, fps: float) -> Tensor:
    """How upright the less upright thigh is [frames]: 1 upright, 0 level."""
    smooth = steady(joints, fps)
    drops = []
    for side in SIDES:
        thigh = smooth[:, HIP[side]] - smooth[:, KNEE[side]]
        drops.append(thigh[:, 2] / thigh.norm(dim=-1).clamp(min=1e-6))
    return torch.stack(drops).amin(0)


def knee_height(joints: Tensor, *, fps: float) -> Tensor:
    """Metres of each knee [frames, 2] over the floor, where toes rest."""
    smooth = steady(joints, fps)
    toes = smooth[:, [TOES[side] for side in SIDES], 2].amin(1)
    knees = smooth[:, [KNEE[side] for side in SIDES], 2]
    return knees - torch.quantile(toes, 0.05)


def kneel_counts(
    joints: Tensor, *, fps: float, seconds: float = 0.2
) -> dict[str, int]:
    """Times each knee went down to the floor, alone, and up again.

    It stays there for ``seconds``, the other knee 0.25 m over the floor.
    """
    height = knee_height(joints, fps=fps)
    counts = {}
    for at, side in enumerate(SIDES):
        alone = height[:, 1 - at] > 0.25
        low = torch.where(alone, -height[:, at], -torch.ones_like(height[:, 0]))
        dips = excursions(low, enter=-KNEELING, leave=-2 * KNEELING)
        counts[side] = sum(
            int((low[d.start : d.stop] > -KNEELING).sum()) >= seconds * fps
            for d in dips
        )
    return counts
