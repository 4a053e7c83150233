"""What voters preferred: CSVs and the key in, win rates with intervals out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from mini_vimogen.formats.vote_files import Key, Vote, read_key, read_votes
from mini_vimogen.metrics.win_rate import (
    clustered_interval,
    even_odds_p,
    wilson_interval,
)

FEW_VOTERS = 10
"""Redrawing fewer gives an interval that is too narrow, and is said so."""

Interval = tuple[float, float]


@dataclass(frozen=True)
class ArmRate:
    """How often one arm was preferred to another.

    Args:
        arm, against: their names.
        wins, votes: counts.
        wilson: interval of the win rate if every vote were independent.
        over_voters: of other voters like these; None with one voter.
        over_motions: of other motions like these; None with one motion.
    """

    arm: str
    against: str
    wins: int
    votes: int
    wilson: Interval
    over_voters: Interval | None
    over_motions: Interval | None

    @property
    def win_rate(self) -> float:
        """Share of the votes."""
        return self.wins / self.votes


@dataclass(frozen=True)
class Count:
    """Everything counted.

    Args:
        key: of the page.
        rates: two for each two arms that anybody voted on.
        voters, votes: how many.
        left: votes for the motion on the left.
        left_p: how surprising that is if sides do not matter.
        hasty: votes cast before the motion had been played once.
        level: coverage of the intervals.
    """

    key: Key
    rates: tuple[ArmRate, ...]
    voters: int
    votes: int
    left: int
    left_p: float
    hasty: int
    level: float

    def table(self) -> str:
        """Win rates, one line an arm, and what to know about the votes."""
        level = f"{self.level:.0%}"
        width = max(len(rate.arm) for rate in self.rates) + 2
        lines = [
            f"question: {self.key.question}",
            f"page {self.key.page}: {_many(len(self.key.pairs), 'pair')}, "
            f"{_many(self.voters, 'voter')}, {_many(self.votes, 'vote')} of "
            f"{len(self.key.pairs) * self.voters}",
        ]
        for number, rate in enumerate(self.rates):
            if number % 2 == 0:
                lines += [
                    "",
                    f"{'arm':<{width}}{'wins':>11}{'win rate':>10}"
                    f"{level + ' Wilson':>17}{'over voters':>17}"
                    f"{'over motions':>17}",
                ]
            intervals = (rate.wilson, rate.over_voters, rate.over_motions)
            lines.append(
                f"{rate.arm:<{width}}{f'{rate.wins} of {rate.votes}':>11}"
                f"{rate.win_rate:>10.2%}"
                + "".join(f"{_shown(interval):>17}" for interval in intervals)
            )
        return "\n".join([*lines, "", *self._notes()])

    def _notes(self) -> list[str]:
        notes = [
            f"left was chosen in {self.left} of {self.votes} votes "
            f"({self.left / self.votes:.1%}); p = {self.left_p:.2g} if sides "
            "do not matter",
            "Wilson takes all votes as independent; over voters redraws whole "
            "voters, over motions whole motions: quote the widest",
        ]
        if self.voters < FEW_VOTERS:
            notes.append(
                f"{_many(self.voters, 'voter')}: too few to say how others "
                f"would vote ({FEW_VOTERS} or more are wanted)"
            )
        if self.hasty:
            notes.append(
                f"{_many(self.hasty, 'vote')} of {self.votes} cast before the "
                "motions had played once"
            )
        return notes


def count(paths: Sequence, key, *, level: float = 0.95, seed: int = 0) -> Count:
    """Count the votes of one page.

    Args:
        paths: CSV files, each with the votes of one voter or more.
        key: path of ``votes_key.json``.
        level: coverage of the intervals.
        seed: of the bootstrap.

    Raises:
        FileNotFoundError: no such file.
        ValueError: no files; what ``read_key`` and ``read_votes`` refuse; a
            voter who votes on a pair in two files.
    """
    if not paths:
        raise ValueError("paths must name at least one CSV of votes, got none")
    known = read_key(key)
    votes = _gathered(paths, known)
    pairs = {pair.id: pair for pair in known.pairs}
    left = sum(vote.chosen == pairs[vote.pair].left.id for vote in votes)
    generator = torch.Generator().manual_seed(seed)
    rates: list[ArmRate] = []
    for arms in combinations(known.arms, 2):
        theirs = [v for v in votes if set(pairs[v.pair].arms) == set(arms)]
        if theirs:
            rates += _contest(arms, theirs, known, level, generator)
    return Count(
        key=known,
        rates=tuple(rates),
        voters=len({vote.voter for vote in votes}),
        votes=len(votes),
        left=left,
        left_p=even_odds_p(left, len(votes)),
        hasty=sum(vote.seconds < pairs[vote.pair].seconds for vote in votes),
        level=level,
    )


def _gathered(paths: Sequence, key: Key) -> list[Vote]:
    """All votes, none of them twice."""
    votes: list[Vote] = []
    seen: dict[tuple[str, str], object] = {}
    for path in paths:
        for vote in read_votes(path, key):
            if (vote.voter, vote.pair) in seen:
                raise ValueError(
                    f"voter {vote.voter!r} votes on pair {vote.pair} in both "
                    f"{seen[vote.voter, vote.pair]} and {path}: give one file "
                    "of theirs, or name two people differently"
                )
            seen[vote.voter, vote.pair] = path
            votes.append(vote)
    return votes


def _contest(
    arms: tuple[str, str],
    votes: Sequence[Vote],
    key: Key,
    level: float,
    generator: torch.Generator,
) -> list[ArmRate]:
    """Both arms' rates; the second arm's are the first's turned round."""
    arm_of = {s.id: s.arm for p in key.pairs for s in (p.left, p.right)}
    won = torch.tensor([arm_of[vote.chosen] == arms[0] for vote in votes])
    wins, total = int(won.sum()), len(votes)
    wilson = wilson_interval(wins, total, level=level)
    over_voters, over_motions = (
        clustered_interval(won, cluster, generator=generator, level=level)
        for cluster in (
            _numbered([vote.voter for vote in votes]),
            _numbered([vote.pair for vote in votes]),  # one a motion
        )
    )
    first = ArmRate(
        arms[0], arms[1], wins, total, wilson, over_voters, over_motions
    )
    second = ArmRate(
        arms[1],
        arms[0],
        total - wins,
        total,
        _turned(wilson),
        _turned(over_voters),
        _turned(over_motions),
    )
    return [first, second]


def _numbered(names: Sequence[str]) -> Tensor:
    """Whole numbers [votes], equal for equal names."""
    numbers = {name: number for number, name in enumerate(sorted(set(names)))}
    return torch.tensor([numbers[name] for name in names])


def _turned(interval: Interval | None) -> Interval | None:
    return interval and (1 - interval[1], 1 - interval[0])


def _shown(interval: Interval | None) -> str:
    if interval is None:
        return "-"
    low, high = interval
    return f"{low:.1%} .. {high:.1%}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
