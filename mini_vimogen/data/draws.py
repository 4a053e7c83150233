"""Seeded draws for a whole batch at once."""

import torch
from torch import Tensor


class BatchDraws:
    """Tensors of random numbers, all from one generator.

    Args:
        like: gives dtype and device.
        generator: a torch.Generator on that device.
    """

    def __init__(self, like: Tensor, generator: torch.Generator):
        self.generator = generator
        self._kind = {"dtype": like.dtype, "device": like.device}

    def even(self, *shape, low=0.0, high=1.0) -> Tensor:
        """Evenly from low to high (numbers, or tensors that broadcast)."""
        drawn = torch.rand(shape, generator=self.generator, **self._kind)
        return drawn * (high - low) + low

    def normal(self, *shape) -> Tensor:
        """From the standard normal distribution."""
        return torch.randn(shape, generator=self.generator, **self._kind)

    def chance(self, *shape, share) -> Tensor:
        """True with probability ``share``."""
        return self.even(*shape) < share

    def sign(self, *shape) -> Tensor:
        """-1 or +1."""
        return 1 - 2 * self.chance(*shape, share=0.5).to(self._kind["dtype"])

    def which(self, *shape, shares) -> Tensor:
        """Indices int64, drawn with the given shares (need not add up to 1)."""
        bounds = torch.as_tensor(shares, **self._kind).cumsum(0)
        drawn = self.even(*shape) * bounds[-1]
        return torch.bucketize(drawn, bounds[:-1], right=True)
