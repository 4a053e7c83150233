"""The four losses of ViMo, for motions in the world form.

``training.losses`` has the recipe of our own lifter, which works in the camera
form. This is the paper's: equations 4 to 7, with EDGE's weights, since ViMo
does not give its own.
"""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from mini_vimogen.geometry.kinematics import forward_kinematics
from mini_vimogen.geometry.rotations import rot6d_to_rotmat
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.representation.vimo151 import LAYOUT, ROT6D_LAYOUT
from mini_vimogen.training.losses import FEET, PLANTED


@dataclass(frozen=True)
class ViMoWeights:
    """How much each term counts; the defaults are those of EDGE's code.

    simple: all 151 normalised numbers. velocity: frame differences of all but
    the contacts. joints: joint positions. contact: steps of planted feet.
    """

    simple: float = 0.636
    velocity: float = 2.964
    joints: float = 0.646
    contact: float = 10.942


def vimo_terms(
    predicted: Tensor,
    clean: Tensor,
    *,
    valid: Tensor,
    normalizer: Normalizer | None,
    on_scaled: bool = False,
    soft: bool = False,
) -> dict[str, Tensor]:
    """The four terms of each motion.

    Args:
        predicted, clean: [b, frames, 151] normalised world form.
        valid: [b, frames] bool.
        normalizer: of the world form; None only with ``on_scaled``.
        on_scaled: take joints and contacts from the normalised numbers as if
            they were rotations and metres, as EDGE does. For comparison only:
            the skeleton that comes out is a false one.
        soft: weight a step by the predicted contact, as ViMo's equation 7 is
            written, instead of asking whether it is above ``PLANTED``.

    Returns:
        name of ``ViMoWeights`` -> [b], means over valid frames and numbers.

    Raises:
        ValueError: neither a normalizer nor on_scaled.

    Source: ViMo (arXiv 2408.06614), equations 4 to 7; EDGE's ``p_losses``.
    """
    if normalizer is None and not on_scaled:
        raise ValueError("a normalizer is needed unless on_scaled is True")
    features, true_features = predicted, clean
    if not on_scaled:
        features = normalizer.undo(predicted)
        true_features = normalizer.undo(clean)
    joints, true_joints = world_joints(features), world_joints(true_features)
    pairs = valid[:, 1:] & valid[:, :-1]
    moving = slice(LAYOUT.slice("contacts").stop, None)
    contacts = features[..., LAYOUT.slice("contacts")]
    if soft:
        planted = contacts[:, :-1].clamp(0, 1)
    else:
        planted = (contacts[:, :-1] > PLANTED).to(features)
    steps = joints[:, :, FEET].diff(dim=1) * planted[..., None]
    # EDGE's mean is over all frames; the last one has no step.
    steps = F.pad(steps * pairs[..., None, None], (0, 0, 0, 0, 0, 1))
    difference = predicted - clean
    return {
        "simple": each_mean(difference.square(), valid),
        "velocity": each_mean(
            difference[..., moving].diff(dim=1).square(), pairs
        ),
        "joints": each_mean((joints - true_joints).square(), valid),
        "contact": each_mean(steps.square(), valid),
    }


def vimo_loss(
    terms: dict[str, Tensor],
    *,
    weights: ViMoWeights | None = None,
    level_weight: Tensor | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The weighted sum of the terms, and its parts, already weighted.

    Args:
        terms: of ``vimo_terms``.
        weights: None is EDGE's.
        level_weight: [b], of each motion's noise level (see
            ``diffusion.step_weight``); as in EDGE it leaves the contact term
            alone.

    Returns:
        the loss (scalar), and name -> scalar; they add up to it.
    """
    weights = weights or ViMoWeights()
    parts = {}
    for name, values in terms.items():
        if level_weight is not None and name != "contact":
            values = values * level_weight
        parts[name] = getattr(weights, name) * values.mean()
    return sum(parts.values()), parts


def world_joints(features: Tensor) -> Tensor:
    """Joints [..., frames, 24, 3] in metres of world-form features."""
    parts = LAYOUT.split(features)
    local = rot6d_to_rotmat(parts["rot6d"], layout=ROT6D_LAYOUT)
    return forward_kinematics(local, parts["root_position"], SMPL24)


def each_mean(values: Tensor, valid: Tensor) -> Tensor:
    """Mean of each motion over its valid frames: [b, frames, ...] -> [b]."""
    weight = valid.to(values)
    per_frame = values.flatten(2).mean(dim=-1)
    return (per_frame * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)
