"""How far a figure could be off: intervals by redrawing the sample."""

from collections.abc import Callable

import torch
from torch import Tensor


def bootstrap_interval(
    statistic: Callable[..., float],
    *samples: Tensor,
    generator: torch.Generator,
    level: float = 0.95,
    repeats: int = 1000,
    method: str = "percentile",
) -> tuple[float, float]:
    """Interval of a statistic under resampling of its rows with replacement.

    Args:
        statistic: a function of the samples, such as ``torch.mean`` or
            ``frechet_distance``.
        samples: tensors; the rows of each are redrawn independently.
        generator: draws the rows.
        level: coverage, between 0 and 1.
        method: "percentile" takes quantiles of the redrawn figures. "basic"
            reflects them about the figure itself: use it for the Frechet
            distance, whose redrawn figures are all too large because redrawn
            sets hold duplicates.

    Returns:
        (low, high)

    Raises:
        ValueError: level, repeats or method; an empty sample.

    Source: Efron & Tibshirani 1993, chapters 13 and 5 (basic: Davison &
    Hinkley 1997, section 5.2).
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    if repeats < 2:
        raise ValueError(f"repeats must be at least 2, got {repeats}")
    if method not in ("percentile", "basic"):
        raise ValueError(
            f"method must be 'percentile' or 'basic', got {method!r}"
        )
    if not samples or any(len(sample) == 0 for sample in samples):
        raise ValueError("samples must hold at least 1 row each, got none")
    figures = []
    for _ in range(repeats):
        redrawn = [
            sample[
                torch.randint(len(sample), (len(sample),), generator=generator)
            ]
            for sample in samples
        ]
        figures.append(float(statistic(*redrawn)))
    tail = (1 - level) / 2
    low, high = torch.quantile(
        torch.tensor(figures, dtype=torch.float64),
        torch.tensor([tail, 1 - tail], dtype=torch.float64),
    ).tolist()
    if method == "basic":
        figure = float(statistic(*samples))
        low, high = 2 * figure - high, 2 * figure - low
    return low, high
