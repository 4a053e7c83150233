"""A set of candidates through the gates: kept, rejected, and how many where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.data.quality_gates import (
    DUPLICATES,
    LIFTING,
    MOTION_GATES,
    ORDER,
    TRACK_GATES,
    Figures,
    Rejection,
    Thresholds,
    apart_mm,
    duplicates,
    first_rejection,
    lengths_agree,
)


@dataclass(frozen=True, eq=False)
class Candidate:
    """One motion that may enter the set.

    Args:
        name: unlike any other's in the set.
        track: figures of its keypoint track, from ``track_figures``.
        motion: from ``motion_figures``; None where nothing was lifted.
        outline: from ``quality_gates.outline``; None where nothing was lifted.
        fault: why it could not be lifted although its track passes, or empty.
    """

    name: str
    track: Figures
    motion: Figures | None = None
    outline: Tensor | None = None
    fault: str = ""


@dataclass(frozen=True)
class Stage:
    """One gate of the funnel: how many came out, how many it turned away."""

    gate: str
    left: int
    lost: int


@dataclass(frozen=True)
class Curation:
    """What became of a set.

    Args:
        kept: names, in the set's order.
        rejected: name -> why.
        funnel: one stage a gate, in order; the first is ``candidates``.
    """

    kept: tuple[str, ...]
    rejected: Mapping[str, Rejection]
    funnel: tuple[Stage, ...]


def curate(
    candidates: Sequence[Candidate], thresholds: Thresholds | None = None
) -> Curation:
    """Send a set through the gates.

    Each motion meets the gates in ``quality_gates.ORDER``, and only the first
    that turns it away counts. Of near-equal motions the first one stays.

    Args:
        candidates: in the order in which they are preferred.
        thresholds: None takes ``Thresholds()``.

    Raises:
        ValueError: two candidates of one name, or one that was not lifted
            although its track passes.
    """
    thresholds = thresholds or Thresholds()
    rejected: dict[str, Rejection] = {}
    kept: list[Candidate] = []
    names: set[str] = set()
    for one in candidates:
        if one.name in names:
            raise ValueError(
                f"candidates must have names of their own, got {one.name!r} "
                "twice"
            )
        names.add(one.name)
        why = _own_rejection(one, thresholds)
        why = why or _duplicate(one, kept, thresholds)
        if why is None:
            kept.append(one)
        else:
            rejected[one.name] = why
    return Curation(
        tuple(one.name for one in kept),
        rejected,
        _funnel(len(candidates), rejected),
    )


def _own_rejection(one: Candidate, thresholds: Thresholds) -> Rejection | None:
    why = first_rejection(one.track, thresholds, TRACK_GATES)
    if why is not None:
        return why
    if one.fault:
        return Rejection(LIFTING, one.fault)
    if one.motion is None or one.outline is None:
        raise ValueError(
            f"candidate {one.name!r} must be lifted, as its track passes"
        )
    return first_rejection(one.motion, thresholds, MOTION_GATES)


def _duplicate(
    one: Candidate, kept: Sequence[Candidate], thresholds: Thresholds
) -> Rejection | None:
    """Near-equal to a kept one: the nearest of them is named."""
    seconds = one.track["seconds"]
    near = [k for k in kept if lengths_agree(seconds, k.track["seconds"])]
    if not near:
        return None
    apart = apart_mm(one.outline, torch.stack([k.outline for k in near]))
    at = int(apart.argmin())
    reason = duplicates(float(apart[at]), near[at].name, thresholds)
    return None if reason is None else Rejection(DUPLICATES, reason)


def _funnel(count: int, rejected: Mapping[str, Rejection]) -> tuple[Stage, ...]:
    stages = [Stage("candidates", count, 0)]
    for gate in ORDER:
        lost = sum(why.gate == gate for why in rejected.values())
        stages.append(Stage(gate, stages[-1].left - lost, lost))
    return tuple(stages)
