"""Averaged weights: the network that samples, beside the one that learns."""

import copy

import torch
from torch import nn


class WeightAverage:
    """Exponential moving average of a network's weights.

    The decay grows with the updates, (1 + n) / (10 + n) up to ``decay``, so
    that a short run is not an average with its own random start.

    Args:
        model: the network that learns; it is copied, not kept.
        decay: weight of the past at each update.

    Attributes:
        model: the averaged copy, in eval mode.
        updates: how many there were.
    """

    def __init__(self, model: nn.Module, *, decay: float):
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the average towards the weights of ``model``."""
        self.updates += 1
        grown = (1 + self.updates) / (10 + self.updates)
        torch._foreach_lerp_(
            list(self.model.parameters()),
            list(model.parameters()),
            1 - min(self.decay, grown),
        )
        for ours, theirs in zip(
            self.model.buffers(), model.buffers(), strict=True
        ):
            ours.copy_(theirs)
