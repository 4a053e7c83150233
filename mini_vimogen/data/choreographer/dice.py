"""Seeded draws: everything random in the choreographer comes through here."""

import torch


def seeded(generator: torch.Generator | int) -> torch.Generator:
    """The generator itself, or a new one from a whole-number seed.

    Raises:
        ValueError: neither a torch.Generator nor a whole number.
    """
    if isinstance(generator, torch.Generator):
        return generator
    if isinstance(generator, bool) or not isinstance(generator, int):
        raise ValueError(
            "generator must be a torch.Generator or a whole-number seed, got "
            f"{generator!r}"
        )
    return torch.Generator().manual_seed(generator)


class Dice:
    """Plain Python numbers drawn from a torch.Generator.

    >>> Dice(0).uniform(1, 2) == Dice(0).uniform(1, 2)
    True
    """

    def __init__(self, generator: torch.Generator | int):
        self.generator = seeded(generator)

    def uniform(self, low: float, high: float) -> float:
        """One number between ``low`` and ``high``, every one as likely."""
        share = torch.rand((), generator=self.generator, dtype=torch.float64)
        return low + (high - low) * float(share)

    def normal(self, spread: float) -> float:
        """One number around zero; cut off at twice the spread."""
        draw = torch.randn((), generator=self.generator, dtype=torch.float64)
        return spread * min(max(float(draw), -2.0), 2.0)

    def choose(self, options, weights=None):
        """One of the options; ``weights`` need not add up to 1."""
        options = list(options)
        if weights is None:
            weights = [1.0] * len(options)
        point = self.uniform(0.0, sum(weights))
        for option, weight in zip(options, weights, strict=True):
            point -= weight
            if point < 0:
                return option
        return options[-1]

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.uniform(0.0, 1.0) < probability

    def seed(self) -> int:
        """A whole number that seeds something else."""
        high = 2**31 - 1
        return int(torch.randint(high, (), generator=self.generator))
