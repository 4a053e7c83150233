"""What a lifter is punished for."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.geometry.kinematics import forward_kinematics
from mini_vimogen.geometry.rotations import rot6d_to_rotmat
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.paths.diffusion import add_noise
from mini_vimogen.paths.schedules import Schedule, cosine
from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.representation.vimo151 import CAMERA_LAYOUT, ROT6D_LAYOUT
from mini_vimogen.training.batches import LifterBatch


@dataclass(frozen=True)
class LossWeights:
    """How much each term counts.

    simple: squared error of the normalised features. velocity: of their frame
    differences. joints: of joint positions around the root, square metres.
    """

    simple: float = 1.0
    velocity: float = 3.0
    joints: float = 10.0


def lifter_loss(
    network: Callable[..., Tensor],
    batch: LifterBatch,
    generator: torch.Generator,
    *,
    normalizer: Normalizer,
    weights: LossWeights,
    draw_levels: Callable[[int, torch.Generator], Tensor],
    schedule: Schedule = cosine,
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

    Source: ViMo equations 3 to 6; x_0 prediction.
    """
    clean = normalizer.apply(batch.clean)
    t = draw_levels(len(clean), generator).to(clean)
    noise = torch.randn(clean.shape, generator=generator).to(clean)
    noisy = add_noise(clean, noise, t, schedule=schedule)
    predicted = network(
        noisy, t, batch.condition, present=batch.present, valid=batch.valid
    )
    features = normalizer.undo(predicted)
    parts = {
        "simple": masked_mean((predicted - clean).square(), batch.valid),
        "velocity": masked_mean(
            (predicted - clean).diff(dim=1).square(),
            batch.valid[:, 1:] & batch.valid[:, :-1],
        ),
        "joints": masked_mean(
            (joints_around_root(features) - joints_around_root(batch.clean))
            .square()
            .sum(dim=-1),
            batch.valid,
        ),
    }
    total = sum(getattr(weights, name) * part for name, part in parts.items())
    return total, parts


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
