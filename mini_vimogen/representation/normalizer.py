"""Bring every feature to a like size, and back."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Normalizer:
    """``features * scale + shift`` for each of the last axis's channels.

    Build it with ``fit_range`` (EDGE: to [-1, 1]) or ``fit_spread`` (zero mean,
    unit spread). ``clip`` tells whether values outside [-1, 1] are cut off, as
    EDGE does both ways.
    """

    scale: Tensor
    shift: Tensor
    clip: bool = False

    def __post_init__(self):
        if self.scale.ndim != 1 or self.scale.shape != self.shift.shape:
            raise ValueError(
                "scale and shift must both have shape [channels], got "
                f"{list(self.scale.shape)} and {list(self.shift.shape)}"
            )
        if not bool((self.scale > 0).all()):
            raise ValueError("scale must be positive in every channel")

    @classmethod
    def fit_range(
        cls, features: Tensor, *, clip: bool = True, min_extent: float = 0.0
    ) -> "Normalizer":
        """Minimum to -1 and maximum to 1, over all but the last axis.

        Args:
            clip: cut off values outside that range, both ways, as EDGE does.
            min_extent: a channel that covers less counts as covering this
                much around its middle, so that a joint that hardly moves is
                not blown up to noise. With 0 a constant channel keeps its unit
                and goes to -1, as in EDGE.
        """
        flat = _flat(features)
        low, high = flat.amin(0), flat.amax(0)
        missing = (min_extent - (high - low)).clamp(min=0.0)
        low, high = low - missing / 2, high + missing / 2
        extent = torch.where(high > low, high - low, torch.ones_like(low))
        scale = 2.0 / extent
        return cls(scale, -1.0 - low * scale, clip)

    @classmethod
    def fit_spread(
        cls, features: Tensor, *, min_spread: float = 0.1
    ) -> "Normalizer":
        """Zero mean and unit standard deviation, over all but the last axis.

        Args:
            min_spread: a smaller standard deviation counts as this one, so
                that a nearly constant channel is not blown up to noise.
        """
        flat = _flat(features)
        scale = 1.0 / flat.std(0, unbiased=False).clamp(min=min_spread)
        return cls(scale, -flat.mean(0) * scale)

    def apply(self, features: Tensor) -> Tensor:
        """To normalised values; any leading axes."""
        self._check(features)
        scaled = features * self.scale.to(features) + self.shift.to(features)
        return scaled.clamp(-1.0, 1.0) if self.clip else scaled

    def undo(self, normalized: Tensor) -> Tensor:
        """Back to features; with ``clip``, cut to [-1, 1] first, as EDGE."""
        self._check(normalized)
        if self.clip:
            normalized = normalized.clamp(-1.0, 1.0)
        shift = self.shift.to(normalized)
        return (normalized - shift) / self.scale.to(normalized)

    def _check(self, features: Tensor) -> None:
        if features.shape[-1:] != self.scale.shape:
            raise ValueError(
                f"features must have shape [..., {len(self.scale)}], got "
                f"{list(features.shape)}"
            )


def _flat(features: Tensor) -> Tensor:
    flat = features.reshape(-1, features.shape[-1])
    if len(flat) == 0:
        raise ValueError("features must have at least one frame, got none")
    if not torch.isfinite(flat).all():
        raise ValueError("features must be finite, got NaN or infinity")
    return flat
