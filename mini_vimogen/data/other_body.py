"""The same motion in somebody else's body, as a 2D detector would see it.

All training motions share one skeleton; people do not, and a detector's hips
are not SMPL's hips: COCO's annotators click wider apart and higher.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.data.draws import BatchDraws

_SHOULDERS, _HIPS = (5, 6), (11, 12)
_ARM = ((5, 7, 9), (6, 8, 10))
_LEG = ((11, 13, 15), (12, 14, 16))


@dataclass(frozen=True)
class BodySettings:
    """How bodies differ. Pairs are (low, high), drawn evenly for each clip.

    Args:
        bones: relative spread (standard deviation) of the length of torso,
            head, upper arms, forearms, thighs and shins, each drawn by itself,
            left and right alike; cut off at twice the spread.
        hips_apart, shoulders_apart: factor on the distance between them. SMPL's
            hips lie 0.12 m apart, those of a detector about 0.2 m.
    """

    bones: float = 0.06
    hips_apart: tuple[float, float] = (1.0, 1.8)
    shoulders_apart: tuple[float, float] = (0.9, 1.05)


SAME_BODY = BodySettings(
    bones=0.0, hips_apart=(1.0, 1.0), shoulders_apart=(1.0, 1.0)
)
"""The skeleton's own body, with SMPL's hips."""


def other_body(
    points: Tensor,
    *,
    generator: torch.Generator,
    settings: BodySettings | None = None,
) -> Tensor:
    """COCO points [batch, frames, 17, 3] with other bone lengths.

    Directions of bones stay; the middle of the hips stays. Feet are therefore
    no longer exactly planted (a few centimetres, seen in 2D only).
    """
    settings = settings or BodySettings()
    if settings == SAME_BODY:
        return points
    draws = BatchDraws(points, generator)
    batch = len(points)
    scale = draws.normal(6, batch, 1, 1).clamp(-2, 2) * settings.bones + 1
    torso, head, upper_arm, forearm, thigh, shin = scale
    apart = [
        draws.even(batch, 1, 1, low=low, high=high)
        for low, high in (settings.hips_apart, settings.shoulders_apart)
    ]
    new = points.clone()
    pelvis = points[:, :, _HIPS].mean(dim=2)
    chest = points[:, :, _SHOULDERS].mean(dim=2)
    raised = pelvis + torso * (chest - pelvis)
    for joint in _HIPS:
        new[:, :, joint] = pelvis + apart[0] * (points[:, :, joint] - pelvis)
    for joint in _SHOULDERS:
        new[:, :, joint] = raised + apart[1] * (points[:, :, joint] - chest)
    face = points[:, :, :5] - chest[:, :, None]
    new[:, :, :5] = raised[:, :, None] + head[..., None] * face
    for chains, lengths in (
        (_ARM, (upper_arm, forearm)),
        (_LEG, (thigh, shin)),
    ):
        for chain in chains:
            for above, below, length in zip(
                chain[:-1], chain[1:], lengths, strict=True
            ):
                bone = points[:, :, below] - points[:, :, above]
                new[:, :, below] = new[:, :, above] + length * bone
    return new
