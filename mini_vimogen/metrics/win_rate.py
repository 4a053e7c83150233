"""How often one of two was preferred, and how far that could be off.

A vote is a Bernoulli trial. Votes of one person are alike, and so are votes on
one motion: an interval that takes every vote as independent is then too
narrow, and one that redraws whole people, or whole motions, is the honest one.
"""

import math

import torch
from scipy.stats import binomtest, norm
from torch import Tensor

from mini_vimogen.metrics.intervals import bootstrap_interval


def wilson_interval(
    wins: int, votes: int, *, level: float = 0.95
) -> tuple[float, float]:
    """Interval of a share when all votes are independent.

    Unlike the plain normal interval it stays within 0..1 and has a length
    when everybody voted alike.

    Args:
        wins, votes: counts; at least 1 vote.
        level: coverage, between 0 and 1.

    Returns:
        (low, high)

    Raises:
        ValueError: no votes, wins outside 0..votes, or the level.

    Source: Wilson 1927.

    >>> [round(end, 3) for end in wilson_interval(8, 10)]
    [0.49, 0.943]
    """
    _check_counts(wins, votes)
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    z = float(norm.ppf((1 + level) / 2))
    share = wins / votes
    shrink = 1 + z**2 / votes
    middle = (share + z**2 / (2 * votes)) / shrink
    variance = share * (1 - share) / votes + z**2 / (4 * votes**2)
    reach = z * math.sqrt(variance) / shrink
    return max(0.0, middle - reach), min(1.0, middle + reach)


def clustered_interval(
    won: Tensor,
    cluster: Tensor,
    *,
    generator: torch.Generator,
    level: float = 0.95,
    repeats: int = 2000,
) -> tuple[float, float] | None:
    """Interval of a share when whole groups of votes are redrawn.

    Args:
        won: bool [votes].
        cluster: whole numbers [votes], equal for votes that belong together:
            those of one voter, or those on one motion.
        generator: draws the groups.
        level: coverage, between 0 and 1.

    Returns:
        (low, high), or None where there is only one group, which says nothing
        about others.

    Raises:
        ValueError: no votes, or other shapes.

    Source: Davison & Hinkley 1997, section 3.8 (hierarchical data).
    """
    if won.ndim != 1 or won.shape != cluster.shape or len(won) == 0:
        raise ValueError(
            "won and cluster must both have shape [votes] with at least one "
            f"vote, got {list(won.shape)} and {list(cluster.shape)}"
        )
    groups, member = torch.unique(cluster, return_inverse=True)
    if len(groups) < 2:
        return None
    counts = torch.zeros(len(groups), 2, dtype=torch.float64)
    counts[:, 0].index_add_(0, member, won.double())
    counts[:, 1].index_add_(0, member, torch.ones_like(won).double())

    def share(rows: Tensor) -> float:
        wins, votes = rows.sum(dim=0)
        return float(wins / votes)

    return bootstrap_interval(
        share, counts, generator=generator, level=level, repeats=repeats
    )


def even_odds_p(wins: int, votes: int) -> float:
    """How surprising a share is if both were equally likely: exact, two-sided.

    Args:
        wins, votes: counts; at least 1 vote, all independent.

    Raises:
        ValueError: no votes, or wins outside 0..votes.

    >>> even_odds_p(5, 10), even_odds_p(0, 4)
    (1.0, 0.125)
    """
    _check_counts(wins, votes)
    return float(binomtest(wins, votes).pvalue)


def _check_counts(wins: int, votes: int) -> None:
    if votes < 1 or not 0 <= wins <= votes:
        raise ValueError(
            "wins must be within 0..votes and votes at least 1, got "
            f"{wins} of {votes}"
        )
