"""What ``nfe`` was to reach, and which way to choose: from its rows."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mini_vimogen.studies.nfe_ways import named
from mini_vimogen.studies.table1_aims import Aim, Figures
from mini_vimogen.studies.table1_motions import CHOREOGRAPHED

OURS, RIVAL, GUIDED, SPEED = "midpoint", "ddim", "ddim, guided 2", "speed"
FEW, USUAL = 8, 50
PA = "pa_mpjpe_mm"
CHOICES = ("ancestral", "ddim", "euler", "midpoint", "heun", "ab2")
"""The ways that a reader chooses from."""


@dataclass(frozen=True)
class Quality:
    """A figure to judge a sampler by; less is better.

    Args:
        group, key: where it stands in a row.
        title: for people. unit: None is none.
        alike: a figure this share above the least is as good.
    """

    group: str
    key: str
    title: str
    unit: str | None = None
    alike: float = 0.03


FID_M = Quality(CHOREOGRAPHED, "fid_m", "FID_m, choreographed", alike=0.1)
FID_K = Quality(CHOREOGRAPHED, "fid_k", "FID_k, choreographed", alike=0.1)
ERROR = Quality(CHOREOGRAPHED, PA, "PA-MPJPE, choreographed", "mm")
WALKING = Quality("walking", PA, "PA-MPJPE, walking", "mm")
ACROBATICS = Quality("acrobatics", PA, "PA-MPJPE, acrobatics", "mm")
JITTER = Quality("real", "jitter_ratio", "jitter / true, recordings")
SLIDING = Quality("real", "sliding_m_s", "sliding, recordings", "m/s")
"""FID differs by some per cent from one number of evaluations to the next."""
QUALITIES = (FID_M, FID_K, ERROR, WALKING, ACROBATICS, JITTER, SLIDING)


def aims(rows: Iterable[dict]) -> list[Aim]:
    """Every aim of the study, from the newest rows of each arm."""
    figures = Figures(rows)
    return [*quality_aims(figures), *speed_aims(figures)]


def quality_aims(figures: Figures) -> list[Aim]:
    """Midpoint at 8 evaluations against DDIM at 50; means of the seeds."""
    found = []
    for quality in (FID_M, ERROR, WALKING, ACROBATICS):
        name = f"{quality.title}: midpoint at {FEW} over DDIM at {USUAL}"
        few, many = (named(quality.group, n) for n in (FEW, USUAL))
        ratios = figures.each(
            lambda ours, theirs, f=few, m=many, k=quality.key: (
                ours[f][k] / theirs[m][k]
            ),
            OURS,
            RIVAL,
        )
        found.append(Aim(name, 1.0, ratios))
    return found


def speed_aims(figures: Figures) -> list[Aim]:
    """A lift's CPU time; and that against guided DDIM at equal error."""
    own = named(OURS, FEW)
    seconds = figures.each(lambda speed: speed[own]["cpu_seconds"], SPEED)
    name = f"CPU seconds of a lift of 2 s, midpoint at {FEW}"
    found = [Aim(name, 0.5, seconds, below=True)]
    for quality in (ERROR, FID_M):
        pairs = figures.each(
            lambda *three, q=quality: at_equal_error(*three, quality=q),
            OURS,
            GUIDED,
            SPEED,
        )
        name = (
            f"CPU time of midpoint over DDIM guided at {USUAL} steps, where "
            f"its {quality.title} is no worse; beside: evaluations"
        )
        shares = tuple(share for share, _ in pairs)
        counts = tuple(count for _, count in pairs)
        found.append(Aim(name, 0.2, shares, beside=counts))
    return found


def at_equal_error(
    ours: dict, guided: dict, speed: dict, *, quality: Quality
) -> tuple[float, float]:
    """Share of guided DDIM's time, and evaluations, that are as good.

    Infinity twice where no number of evaluations is.
    """
    bar_name = named(quality.group, 2 * USUAL)
    bar = guided[bar_name][quality.key]
    slow = speed[named(GUIDED, 2 * USUAL)]["cpu_seconds"]
    for count, value in sorted(by_count(ours, quality).items()):
        if value <= bar:
            return speed[named(OURS, count)]["cpu_seconds"] / slow, count
    return math.inf, math.inf


def by_count(figures: dict, quality: Quality) -> dict[int, float]:
    """Evaluations -> the figure, of one row."""
    found = {}
    for name, own in figures.items():
        group, _, rest = name.partition(", ")
        count, _, unit = rest.partition(" ")
        if group == quality.group and unit.startswith("evaluation"):
            if quality.key in own:
                found[int(count)] = own[quality.key]
    return dict(sorted(found.items()))


def curve(
    rows: Iterable[dict],
    arm: str,
    quality: Quality,
    *,
    seeds: Sequence[int] | None = None,
) -> dict[int, list[float]]:
    """Evaluations -> the figure of each seed; None is all that there are."""
    found: dict[int, list[float]] = {}
    for seed, own in Figures(rows).by_arm.get(arm, {}).items():
        if seeds is not None and seed not in seeds:
            continue
        for count, value in by_count(own, quality).items():
            found.setdefault(count, []).append(value)
    return dict(sorted(found.items()))


def shared_seeds(rows: Iterable[dict], ways: Sequence[str]) -> list[int]:
    """The seeds of those ways that have rows at all, as far as all have them.

    Means of other seeds are not compared: seeds differ more than ways do.
    """
    figures = Figures(rows)
    there = [way for way in ways if way in figures.by_arm]
    return figures.seeds(*there) if there else []


def level(rows: Iterable[dict], arm: str, quality: Quality) -> list[float]:
    """The one figure of each seed that an arm without samplings has."""
    of_all = Figures(rows).by_arm.get(arm, {}).values()
    groups = (quality.group, named(quality.group, 1))
    return [
        own[group][quality.key]
        for own in of_all
        for group in groups
        if quality.key in own.get(group, {})
    ]


def enough(rows: Iterable[dict], arm: str, quality: Quality) -> int | None:
    """The least evaluations after which a figure hardly falls any more.

    Its mean over the seeds is as good as the way's least, and stays so. None
    where the last is not, or there are no rows.
    """
    means = {
        count: sum(values) / len(values)
        for count, values in curve(rows, arm, quality).items()
    }
    if not means:
        return None
    bar = (1 + quality.alike) * min(means.values())
    found = None
    for count in sorted(means, reverse=True):
        if means[count] > bar:
            break
        found = count
    return found


def best_within(
    rows: Sequence[dict],
    evaluations: int,
    quality: Quality,
    *,
    ways: Sequence[str] = CHOICES,
) -> list[tuple[str, int]]:
    """Who does best with so many evaluations, and who as well; best first.

    A way may take fewer. Only seeds that all of the ways have count.

    Returns:
        (way, evaluations it takes) of each.
    """
    found = []
    seeds = shared_seeds(rows, ways)
    for way in ways:
        own = curve(rows, way, quality, seeds=seeds)
        means = [
            (sum(values) / len(values), count)
            for count, values in own.items()
            if count <= evaluations
        ]
        if means:
            mean, count = min(means)
            found.append((mean, way, count))
    found.sort()
    bar = (1 + quality.alike) * found[0][0] if found else 0.0
    return [(way, count) for mean, way, count in found if mean <= bar]
