"""Tables and figures of the page ``choose_a_sampler``, from rows of ``nfe``."""

# Over 250 lines: one short function for each table and figure of one page.

from collections.abc import Sequence

from mini_vimogen.render.nfe_charts import (
    Panel,
    evaluations_figure,
    level_figure,
)
from mini_vimogen.render.table1_tables import (
    aims_table,
    digits,
    markdown,
    spread,
    values,
)
from mini_vimogen.render.theme import Picture
from mini_vimogen.studies.nfe_aims import (
    CHOICES,
    ERROR,
    FEW,
    FID_K,
    FID_M,
    GUIDED,
    JITTER,
    QUALITIES,
    SLIDING,
    SPEED,
    USUAL,
    WALKING,
    Quality,
    aims,
    best_within,
    curve,
    enough,
    level,
    shared_seeds,
)
from mini_vimogen.studies.nfe_levels import BINS
from mini_vimogen.studies.nfe_ways import SAMPLED, named
from mini_vimogen.studies.table1_motions import CHOREOGRAPHED

FLOOR, PLAIN, TRIVIAL = "real against real", "regressor", "mean pose"
BUDGETS = (1, 2, 4, 8, 16, 32, 64)
FROM_END = Quality(
    CHOREOGRAPHED, "from_end_mm", "distance from the path's end", "mm"
)
JUDGED = (FID_M, ERROR, WALKING, JITTER)
"""What a choice is made by."""
DRAWN = (FID_M, FID_K, ERROR, WALKING, JITTER, SLIDING)
SEPARATED = ("ddim", "midpoint, diffusion", "midpoint", "midpoint, shift 3")
"""Sampler and training, told apart."""


def tables(rows: Sequence[dict]) -> dict[str, str]:
    """Name -> a table in markdown."""
    return {
        "aims": aims_table(aims(rows)),
        "quality": quality_table(rows),
        "enough": enough_table(rows),
        "budget": budget_table(rows),
        "speed": speed_table(rows),
        "paths": paths_table(rows),
        "verdicts": verdicts(rows),
    }


def pictures(rows: Sequence[dict]) -> dict[str, Picture]:
    """Name -> a figure."""
    return {
        "quality": quality_figure(rows),
        "separated": separated_figure(rows),
        "ends": ends_figure(rows),
        "levels": by_level_figure(rows),
    }


def quality_table(rows: Sequence[dict]) -> str:
    """Every way at few and at usual evaluations, and what stands beside."""
    lines = []
    for arm in (TRIVIAL, PLAIN):
        lines.append(
            [arm, "–", *(spread(level(rows, arm, q)) for q in QUALITIES)]
        )
    for arm in SAMPLED:
        for count in counts_shown(rows, arm) if arm != PLAIN else ():
            cells = [curve(rows, arm, q).get(count, []) for q in QUALITIES]
            lines.append([arm, str(count), *map(spread, cells)])
    floor = [spread(level(rows, FLOOR, quality)) for quality in QUALITIES]
    lines.append([FLOOR, "–", *floor])
    titles = [titled(quality) for quality in QUALITIES]
    return markdown(["who", "evaluations", *titles], lines)


def counts_shown(rows: Sequence[dict], arm: str) -> list[int]:
    """Of the evaluations of a way: one call, about 8, and the most."""
    counts = list(curve(rows, arm, FID_M))
    few = [count for count in counts if count <= FEW]
    shown = {*counts[:1], *few[-1:], *counts[-1:]}
    return sorted(shown | ({USUAL} & set(counts)))


def titled(quality: Quality) -> str:
    """A column's title."""
    if quality.unit is None:
        return quality.title
    return f"{quality.title} ({quality.unit})"


def enough_table(rows: Sequence[dict]) -> str:
    """From how many evaluations on each figure hardly gets better."""
    lines = []
    for way in CHOICES:
        counts = [enough(rows, way, quality) for quality in QUALITIES]
        lines.append([way, *(str(n) if n else "–" for n in counts)])
    return markdown(["way", *(q.title for q in QUALITIES)], lines)


def budget_table(rows: Sequence[dict]) -> str:
    """Who does best with so many evaluations at most, and who as well."""
    lines = []
    for budget in (1, 4, FEW, 16, 64):
        cells = []
        for quality in JUDGED:
            best = best_within(rows, budget, quality)
            cells.append(", ".join(told(*one) for one in best) or "–")
        lines.append([str(budget), *cells])
    return markdown(["at most", *(q.title for q in JUDGED)], lines)


def told(way: str, count: int) -> str:
    """A way and the evaluations it takes."""
    return f"{way} {count}"


def speed_table(rows: Sequence[dict]) -> str:
    """CPU milliseconds of a lift of two seconds."""
    lines = []
    for arm in ("ddim", GUIDED, "midpoint"):
        for count in sorted((*BUDGETS, USUAL, 2 * USUAL)):
            found = values(rows, SPEED, named(arm, count), "cpu_seconds")
            if found:
                own = spread([1000 * seconds for seconds in found])
                lines.append([arm, str(count), own])
    return markdown(["who", "evaluations", "CPU time of a lift (ms)"], lines)


def paths_table(rows: Sequence[dict]) -> str:
    """How far from straight the ways from noise to motion are."""
    lines = [
        [name, spread(values(rows, "paths", name, "bend"))]
        for name in ("diffusion", "flow")
    ]
    return markdown(["trained with", "bend (0 is straight)"], lines)


def verdicts(rows: Sequence[dict]) -> str:
    """What the rows say to who has to choose, one line each."""
    lines = []
    seeds = shared_seeds(rows, CHOICES)
    for budget in (1, 4, FEW, 64):
        parts = []
        for quality in JUDGED:
            best = best_within(rows, budget, quality)
            if best:
                way, count = best[0]
                own = curve(rows, way, quality, seeds=seeds)
                mean = average(own[count])
                parts.append(f"{quality.title} {digits(mean)} ({way})")
        calls = "One call" if budget == 1 else f"Up to {budget} calls"
        if parts:
            lines.append(f"- **{calls}**: {'; '.join(parts)}.")
    lines += compared(rows)
    return "\n".join(lines) + "\n"


def compared(rows: Sequence[dict]) -> list[str]:
    """Flow at few calls against DDIM at many, and what guidance costs."""
    lines = []
    seeds = shared_seeds(rows, ("midpoint", "ddim"))
    for quality in JUDGED:
        few = curve(rows, "midpoint", quality, seeds=seeds).get(FEW)
        many = curve(rows, "ddim", quality, seeds=seeds).get(USUAL)
        if few and many:
            ratio = average(few) / average(many)
            word = "better" if ratio < 1 else "worse"
            lines.append(
                f"- **{quality.title}**: midpoint at {FEW} is "
                f"{100 * abs(ratio - 1):.0f} % {word} than DDIM at {USUAL}."
            )
    alone = [level(rows, PLAIN, q) for q in (ERROR, WALKING, JITTER)]
    if all(alone):
        error, walking, calm = (digits(average(own)) for own in alone)
        lines.append(
            f"- **The regressor**, one call and no noise: {ERROR.title} "
            f"{error}; {WALKING.title} {walking}; {JITTER.title} {calm}."
        )
    plain = values(rows, SPEED, named("ddim", USUAL), "cpu_seconds")
    guided = values(rows, SPEED, named(GUIDED, 2 * USUAL), "cpu_seconds")
    lines += against_plain(rows)
    if plain and guided:
        times = average(guided) / average(plain)
        lines.append(
            f"- **Guidance** asks the network twice a step; both go through "
            f"it in one batch, which took {times:.2g} times the CPU time."
        )
    return lines


def against_plain(rows: Sequence[dict]) -> list[str]:
    """What it takes to be as accurate as plain DDIM, and what guidance does."""
    lines = []
    seeds = shared_seeds(rows, ("midpoint", "ddim", GUIDED))
    many = curve(rows, "ddim", ERROR, seeds=seeds).get(USUAL)
    if not many:
        return lines
    found = curve(rows, "midpoint", ERROR, seeds=seeds)
    means = {count: average(own) for count, own in found.items()}
    good = [n for n, mean in sorted(means.items()) if mean <= average(many)]
    least = f"with {good[0]} evaluations" if good else "at none of its numbers"
    if means:
        lines.append(
            f"- **As accurate on choreography as plain DDIM at {USUAL}**: "
            f"midpoint {least}."
        )
    guided = curve(rows, GUIDED, ERROR, seeds=seeds).get(2 * USUAL)
    if guided:
        more = 100 * (average(guided) / average(many) - 1)
        word = "larger" if more > 0 else "smaller"
        lines.append(
            f"- **Guidance of 2** makes {ERROR.title} {abs(more):.0f} % "
            f"{word}: to be faster than it at equal error is easy."
        )
    return lines


def average(found: Sequence[float]) -> float:
    """The mean of the seeds."""
    return sum(found) / len(found)


def panel(
    rows: Sequence[dict], quality: Quality, ways: Sequence[str], *, log=False
) -> Panel:
    """A figure's axes, with the floor and the regressor where they are."""
    beside = {name: level(rows, name, quality) for name in (FLOOR, PLAIN)}
    return Panel(
        quality.title,
        quality.unit,
        {way: curve(rows, way, quality) for way in ways},
        {name: found for name, found in beside.items() if found},
        log=log,
    )


def quality_figure(rows: Sequence[dict]) -> Picture:
    """What each way does with 1 to 64 evaluations."""
    return evaluations_figure(
        [panel(rows, quality, CHOICES) for quality in DRAWN],
        description=(
            "FID_m, FID_k, PA-MPJPE, jitter and sliding over 1 to 64 network "
            "evaluations for six samplers; the floor and the regressor are "
            "level lines."
        ),
    )


def separated_figure(rows: Sequence[dict]) -> Picture:
    """One sampler on both networks."""
    return evaluations_figure(
        [panel(rows, quality, SEPARATED) for quality in JUDGED],
        description=(
            "FID_m, PA-MPJPE and jitter over network evaluations: DDIM and "
            "midpoint on the network trained with diffusion, midpoint on the "
            "one trained with flow matching."
        ),
    )


def ends_figure(rows: Sequence[dict]) -> Picture:
    """How soon a sampler comes to where the path ends."""
    ways = (*CHOICES, "midpoint, diffusion")
    curves = {way: curve(rows, way, FROM_END) for way in ways}
    curves = {way: own for way, own in curves.items() if own}
    return evaluations_figure(
        [Panel(FROM_END.title, "mm", curves, log=True)],
        columns=1,
        description=(
            "Distance of a lifted window from where the same noise leads with "
            "64 evaluations of midpoint, over the number of evaluations, both "
            "axes logarithmic."
        ),
    )


def by_level_figure(rows: Sequence[dict]) -> Picture:
    """What the two networks learned at each noise level."""
    errors = {
        key: {name: levels(rows, name, key) for name in ("diffusion", "flow")}
        for key in ("joints_mm", "velocity")
    }
    beside = {PLAIN: values(rows, "loss by level", PLAIN, "joints_mm")}
    return level_figure(
        errors,
        beside=beside,
        description=(
            "Error of the clean motion, left, and of the velocity, right, in "
            "ten bins of the noise level, for the network trained with "
            "diffusion and the one trained with flow matching."
        ),
    )


def levels(
    rows: Sequence[dict], name: str, key: str
) -> dict[float, list[float]]:
    """Middle of a bin -> the error of each seed."""
    found = {}
    for low in range(BINS):
        group = f"{name}, t {low / BINS:.1f}-{(low + 1) / BINS:.1f}"
        own = values(rows, "loss by level", group, key)
        if own:
            found[(low + 0.5) / BINS] = own
    return found
