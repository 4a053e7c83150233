"""A run between two steps: all that changes while a network learns."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from mini_vimogen.training.adan import Adan
from mini_vimogen.training.averaging import WeightAverage
from mini_vimogen.training.presets import Preset


@dataclass
class TrainingState:
    """A run between two steps.

    step: optimiser steps done. loss, parts: of the last step, its mean over
    the parts of the batch. gradient_norm: before it was cut. learning_rate:
    that was used.
    """

    model: nn.Module
    average: WeightAverage
    optimizer: torch.optim.Optimizer
    generator: torch.Generator
    preset: Preset
    device: torch.device
    step: int = 0
    loss: Tensor | None = None
    parts: dict[str, Tensor] = field(default_factory=dict)
    gradient_norm: Tensor | None = None
    learning_rate: float = 0.0


def begin(
    model: nn.Module, *, preset: Preset, generator: torch.Generator
) -> TrainingState:
    """A run before its first step."""
    device = resolve_device(preset.device)
    model = model.to(device)
    decayed = [w for w in model.parameters() if _is_matrix(w)]
    others = [w for w in model.parameters() if not _is_matrix(w)]
    groups = [
        {"params": decayed, "weight_decay": preset.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    optimizer = make_optimizer(groups, preset, device)
    average = WeightAverage(model, decay=preset.ema)
    return TrainingState(model, average, optimizer, generator, preset, device)


def make_optimizer(
    groups: list[dict], preset: Preset, device: torch.device
) -> torch.optim.Optimizer:
    """The preset's optimiser, with its default momenta."""
    if preset.optimizer == "adan":
        return Adan(groups, lr=preset.learning_rate)
    return torch.optim.AdamW(
        groups, lr=preset.learning_rate, fused=device.type != "meta"
    )


def resolve_device(name: str) -> torch.device:
    """The device of a preset: auto, cpu, cuda or meta.

    Raises:
        ValueError: cuda was asked for and is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError(
            "device must be one that is here, got 'cuda' and PyTorch sees no "
            "CUDA card: use auto or cpu"
        )
    return torch.device(name)


def _is_matrix(weight: Tensor) -> bool:
    return weight.ndim == 2 and weight.shape[0] > 1
