"""What completion was to reach: each aim with its figure and its bar."""

from collections.abc import Iterable

from mini_vimogen.studies.table1_aims import Aim, Figures

OURS, STRAIGHT = "kriged", ("slerp", "linear")
LONG, PIECEWISE = "overlap", "no overlap"
GUIDED = "video-guided"
GAPS, GUIDED_GAPS = (5, 15, 30, 45), (30, 45)
KINDS = ("gap", "choreographed gap")
"""Real clips, and choreographed ones."""
FLOAT_ERROR = 1e-5
"""Metres: what float32 leaves of positions some metres from the origin."""


def aims(rows: Iterable[dict]) -> list[Aim]:
    """Every aim, from the newest rows of each arm; means of seeds are held
    against the bars, but the known part must be right in every seed."""
    figures = Figures(rows)
    return [
        *known_aims(figures),
        *border_aims(figures),
        *rival_aims(figures),
        *long_aims(figures),
    ]


def known_aims(figures: Figures) -> list[Aim]:
    """Known frames and joints are those of the request."""
    found = []
    for arm in (OURS, GUIDED, "joints"):
        worst = figures.each(
            lambda own: max(
                group["known_error_m"]
                for name, group in own.items()
                if not name.startswith("arms, ")
            ),
            arm,
        )
        name = f"{arm}: largest error of what is known, metres"
        found.append(Aim(name, FLOAT_ERROR, worst, all_seeds=True))
    return found


def border_aims(figures: Figures) -> list[Aim]:
    """The velocity jump at the border over that of the real motion; slerp's is
    beside it."""
    return [
        Aim(
            f"{front}{kind} {gap}: velocity jump at the border over the real "
            "one",
            1.5,
            border_ratios(figures, f"{kind} {gap}", arm),
            beside=border_ratios(figures, f"{kind} {gap}", STRAIGHT[0]),
        )
        for front, arm, gaps in (
            ("", OURS, GAPS),
            (f"{GUIDED}, ", GUIDED, GUIDED_GAPS),
        )
        for kind in KINDS
        for gap in gaps
    ]


def border_ratios(figures: Figures, group: str, arm: str) -> tuple[float, ...]:
    """An arm's velocity jumps over the real ones, one a seed."""
    return figures.each(lambda own: own[group]["border_velocity_ratio"], arm)


def rival_aims(figures: Figures) -> list[Aim]:
    """The error inside the gap over that of what needs no network."""
    return [
        Aim(
            f"{kind} {gap}: MPJPE over {rival}'s",
            1.0,
            error_ratios(figures, f"{kind} {gap}", rival),
            below=True,
        )
        for rival in STRAIGHT
        for kind in KINDS
        for gap in GAPS
    ]


def long_aims(figures: Figures) -> list[Aim]:
    """Seams, and the time of a lift of one minute."""
    seams = {
        arm: figures.each(lambda own: own["seams"]["seam_ratio"], arm)
        for arm in (LONG, PIECEWISE)
    }
    seconds = figures.each(lambda own: own["60 s"]["cpu_seconds"], LONG)
    return [
        Aim(
            "long lifts: jitter at seams over that inside",
            1.2,
            seams[LONG],
            beside=seams[PIECEWISE],
        ),
        Aim("60 s lifted, CPU seconds", 60.0, seconds, below=True),
    ]


def error_ratios(figures: Figures, group: str, rival: str) -> tuple[float, ...]:
    """Ours over the rival's, one a seed."""
    return figures.each(
        lambda own, other: own[group]["mpjpe_mm"] / other[group]["mpjpe_mm"],
        OURS,
        rival,
    )


def wins_from(
    rows: Iterable[dict], rival: str, *, kind: str = "gap"
) -> int | None:
    """The shortest gap from which on ours is nearer to the truth than a rival.

    Args:
        rows: of the study.
        rival: "slerp" or "linear".
        kind: of ``KINDS``.

    Returns:
        Frames; that gap and all longer ones are won, in the mean of the seeds.
        None where the longest is lost.

    Raises:
        ValueError: rows without ours or the rival.
    """
    figures = Figures(rows)
    best = None
    for gap in reversed(GAPS):
        ratios = error_ratios(figures, f"{kind} {gap}", rival)
        if not ratios:
            raise ValueError(
                f"rows must hold {OURS!r} and {rival!r}, got "
                f"{', '.join(figures.by_arm) or 'none'}"
            )
        if sum(ratios) / len(ratios) >= 1:
            break
        best = gap
    return best
