"""What a lifter, and the regressor beside it, is punished for.

The four losses of ViMo (equations 4 to 7), in the camera form and in metres.
``training.vimo_loss`` has them as EDGE computes them, in the world form.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.geometry.kinematics import forward_kinematics
from mini_vimogen.geometry.rotations import heading, rot6d_to_rotmat
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.paths.diffusion import add_noise
from mini_vimogen.paths.schedules import Schedule, cosine
from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.representation.vimo151 import (
    CAMERA_LAYOUT,
    ROT6D_LAYOUT,
    turned_level,
)
from mini_vimogen.training.batches import LifterBatch

FEET = tuple(
    SMPL24.index(name)
    for name in ("left_ankle", "right_ankle", "left_foot", "right_foot")
)
PLANTED = 0.95
"""A foot whose contact is predicted above this is to stay where it is."""


@dataclass(frozen=True)
class LossWeights:
    """How much each term counts; a term of weight 0 is not computed.

    simple: squared error of the normalised features. velocity: of their frame
    differences. joints: of joint positions around the root, square metres.
    joint_velocity: of those positions' frame differences. contact: squared
    steps, over the floor, of feet that the model itself says are planted.
    """

    simple: float = 1.0
    velocity: float = 3.0
    joints: float = 10.0
    joint_velocity: float = 0.0
    contact: float = 0.0


def lifter_loss(
    network: Callable[..., Tensor],
    batch: LifterBatch,
    generator: torch.Generator,
    *,
    normalizer: Normalizer,
    weights: LossWeights,
    draw_levels: Callable[[int, torch.Generator], Tensor],
    schedule: Schedule = cosine,
    fps: float = VIMO_FPS,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Loss of one batch at random noise levels, and its parts.

    Args:
        network: (noisy, t, condition, present=, valid=) -> clean, normalised.
        batch: with ``clean`` in camera form, not yet normalised.
        generator: draws levels and noise.
        normalizer: of the camera form.
        weights: of the terms.
        draw_levels: (count, generator) -> noise levels [count].
        schedule: t -> (alpha, sigma).
        fps: frames per second of the motions.

    Source: ViMo equations 3 to 7; x_0 prediction.
    """
    clean = normalizer.apply(batch.clean)
    t = draw_levels(len(clean), generator).to(clean)
    noise = torch.randn(clean.shape, generator=generator).to(clean)
    noisy = add_noise(clean, noise, t, schedule=schedule)
    predicted = network(
        noisy, t, batch.condition, present=batch.present, valid=batch.valid
    )
    return motion_loss(
        predicted, batch, normalizer=normalizer, weights=weights, fps=fps
    )


def regression_loss(
    network: Callable[..., Tensor],
    batch: LifterBatch,
    generator: torch.Generator,
    *,
    normalizer: Normalizer,
    weights: LossWeights,
    fps: float = VIMO_FPS,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The same loss for a network that is only told the condition.

    Args:
        network: (condition, valid=) -> clean, normalised.
        batch: of which ``present`` is not looked at.
        generator: not drawn from; the training loop passes it.
        normalizer, weights, fps: see ``lifter_loss``.
    """
    predicted = network(batch.condition, valid=batch.valid)
    return motion_loss(
        predicted, batch, normalizer=normalizer, weights=weights, fps=fps
    )


def motion_loss(
    predicted: Tensor,
    batch: LifterBatch,
    *,
    normalizer: Normalizer,
    weights: LossWeights,
    fps: float = VIMO_FPS,
    level_weight: Tensor | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """How far a prediction is from the motion of its batch, and in what.

    Args:
        predicted: [b, frames, 151] normalised camera form.
        batch, normalizer, weights, fps: see ``lifter_loss``.
        level_weight: [b] of the term ``simple``; None is 1.

    Returns:
        the weighted sum (scalar), and name -> unweighted term (scalar).
    """
    clean, valid = normalizer.apply(batch.clean), batch.valid
    features = normalizer.undo(predicted)
    pairs = valid[:, 1:] & valid[:, :-1]
    joints = joints_around_root(features)
    apart = joints - joints_around_root(batch.clean)
    error = (predicted - clean).square()
    if level_weight is not None:
        error = error * level_weight[:, None, None]
    terms = {
        "simple": lambda: masked_mean(error, valid),
        "velocity": lambda: masked_mean(
            (predicted - clean).diff(dim=1).square(), pairs
        ),
        "joints": lambda: masked_mean(apart.square().sum(dim=-1), valid),
        "joint_velocity": lambda: masked_mean(
            apart.diff(dim=1).square().sum(dim=-1), pairs
        ),
        "contact": lambda: masked_mean(
            planted_steps(features, joints, batch.sight_yaw, fps=fps), pairs
        ),
    }
    parts = {
        name: term() for name, term in terms.items() if getattr(weights, name)
    }
    total = sum(getattr(weights, name) * part for name, part in parts.items())
    return total, parts


def planted_steps(
    features: Tensor, joints: Tensor, yaw: Tensor, *, fps: float = VIMO_FPS
) -> Tensor:
    """Squared steps of the feet that ``features`` says are planted.

    The camera form tells the rotation that the camera sees, the root's
    velocity along its own heading, and its height: with the direction of sight
    a foot's step over the floor follows.

    Args:
        features: [b, frames, 151] camera form.
        joints: [b, frames, 24, 3] metres around the root, of ``features``.
        yaw: [b, frames] radians, the direction of sight (which is known while
            training).
        fps: frames per second.

    Returns:
        [b, frames - 1, 4] square metres, 0 for feet that are not planted.

    Source: ViMo equation 7, with EDGE's threshold.
    """
    parts = CAMERA_LAYOUT.split(features)
    level = turned_level(joints[..., FEET, :2], yaw[..., None])
    feet = torch.cat([level, joints[..., FEET, 2:]], dim=-1)
    root = rot6d_to_rotmat(parts["rot6d"][..., 0, :], layout=ROT6D_LAYOUT)
    moved = turned_level(parts["root_velocity"], heading(root) + yaw) / fps
    moved = torch.cat([moved[:, :-1], parts["root_height"].diff(dim=1)], dim=-1)
    steps = feet.diff(dim=1) + moved[:, :, None]
    planted = parts["contacts"][:, :-1] > PLANTED
    return steps.square().sum(dim=-1) * planted


def joints_around_root(features: Tensor) -> Tensor:
    """Joints [..., frames, 24, 3] in metres of camera-form features.

    The root stands at the origin; its rotation is the one the camera sees.
    """
    rot6d = features[..., CAMERA_LAYOUT.slice("rot6d")].unflatten(-1, (24, 6))
    local = rot6d_to_rotmat(rot6d, layout=ROT6D_LAYOUT)
    return forward_kinematics(
        local, torch.zeros_like(local[..., 0, 0, :]), SMPL24
    )


def masked_mean(values: Tensor, valid: Tensor) -> Tensor:
    """Mean over valid frames: values [b, frames, ...], valid [b, frames]."""
    weight = valid.to(values)
    per_frame = values.flatten(2).mean(dim=-1)
    return (per_frame * weight).sum() / weight.sum().clamp(min=1)
