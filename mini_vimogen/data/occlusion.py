"""Spans of time in which some joints are hidden, or exchanged, at random."""

import math

import torch
from torch import Tensor

from mini_vimogen.conventions import COCO17
from mini_vimogen.data.draws import BatchDraws


def joints_named(*parts: str) -> tuple[int, ...]:
    """Indices of the COCO-17 points whose name holds one of the parts.

    >>> joints_named("wrist")
    (9, 10)
    """
    return tuple(
        index
        for index, name in enumerate(COCO17)
        if any(part in name for part in parts)
    )


_FACE = joints_named("nose", "eye", "ear")
LIMBS = (
    joints_named("left_elbow", "left_wrist"),
    joints_named("right_elbow", "right_wrist"),
    joints_named("left_knee", "left_ankle"),
    joints_named("right_knee", "right_ankle"),
    joints_named("knee", "ankle"),
    joints_named("hip", "knee", "ankle"),
    joints_named("elbow", "wrist"),
    _FACE,
    joints_named("left_shoulder", "left_elbow", "left_wrist"),
    joints_named("right_shoulder", "right_elbow", "right_wrist"),
)
"""Groups of joints that furniture, people and the body itself hide together."""

SINGLE_JOINTS = tuple((joint,) for joint in range(len(COCO17)))

SIDED_GROUPS = (
    tuple(range(len(COCO17))),
    joints_named("hip", "knee", "ankle"),
    joints_named("shoulder", "elbow", "wrist"),
)
"""Groups in which a detector takes left for right: all, the legs, the arms."""

_OTHER_SIDE = {"left": "right", "right": "left"}
MIRRORED = tuple(
    COCO17.index("_".join(_OTHER_SIDE.get(p, p) for p in name.split("_")))
    for name in COCO17
)
"""COCO-17 order with left and right exchanged."""


def random_spans(
    draws: BatchDraws,
    batch: int,
    seconds: Tensor,
    *,
    groups,
    per_second: float,
    length: tuple[float, float],
) -> Tensor:
    """Which joints are hit, when.

    Args:
        draws: source of randomness.
        batch: how many clips.
        seconds: [frames] times, from 0.
        groups: each a tuple of joint indices that are hit together.
        per_second: how many spans are to be expected in a second.
        length: shortest and longest span in seconds.

    Returns:
        bool [batch, frames, 17]
    """
    frames = len(seconds)
    if per_second == 0 or frames == 0:
        shape = (batch, frames, len(COCO17))
        return torch.zeros(shape, dtype=torch.bool, device=seconds.device)
    duration = float(seconds[-1]) + float(seconds[-1]) / max(frames - 1, 1)
    expected = per_second * duration
    slots = max(1, math.ceil(2 * expected))
    happens = draws.chance(batch, slots, share=expected / slots)
    group = draws.which(batch, slots, shares=[1.0] * len(groups))
    lasts = draws.even(batch, slots, low=length[0], high=length[1])
    # A span may have begun before the clip does.
    start = draws.even(batch, slots) * (duration + lasts) - lasts
    during = (seconds >= start[..., None]) & (
        seconds < (start + lasts)[..., None]
    )
    during = during & happens[..., None]  # [batch, slots, frames]
    members = torch.zeros(len(groups), len(COCO17)).to(seconds)
    for row, joints in enumerate(groups):
        members[row, list(joints)] = 1.0
    hits = during.to(seconds).transpose(1, 2) @ members[group]
    return hits > 0
