"""What Table 1 was to reach: for each aim the figure, the bar, met or not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mini_vimogen.studies.table1_motions import CALIBRATED, CHOREOGRAPHED

OURS, RIVAL, STILL = "ViMo", "regressor", "mean pose"
REAL_GROUPS = ("walking", "acrobatics")
PA = "pa_mpjpe_mm"


@dataclass(frozen=True)
class Aim:
    """One aim, and how far each seed came.

    Args:
        name: what is compared with what.
        bar: the figure is to be at most this, or below it.
        figures: one a seed, in order; none where a row is missing.
        below: the bar itself does not do.
        all_seeds: every seed must do it, not their mean.
        beside: another figure that is shown with it, one a seed.
    """

    name: str
    bar: float
    figures: tuple[float, ...]
    below: bool = False
    all_seeds: bool = False
    beside: tuple[float, ...] = ()

    @property
    def figure(self) -> float | None:
        """The mean of the seeds, or the worst where all must do it."""
        if not self.figures:
            return None
        if self.all_seeds:
            return max(self.figures)
        return sum(self.figures) / len(self.figures)

    @property
    def met(self) -> bool | None:
        """Whether the bar is reached; None where nothing was measured."""
        if self.figure is None:
            return None
        return self.figure < self.bar if self.below else self.figure <= self.bar


def newest(rows: Iterable[dict]) -> list[dict]:
    """The rows of each arm's last recipe and size, in their order."""
    rows = list(rows)
    last = {row["arm"]: (row["recipe"], row["size"]) for row in rows}
    return [row for row in rows if last[row["arm"]] == identity(row)]


def identity(row: dict) -> tuple[str, str]:
    """What rows of one arm must share to be three seeds of one thing."""
    return row["recipe"], row["size"]


class Figures:
    """The figures of a study's newest rows, by arm and seed."""

    def __init__(self, rows: Iterable[dict]):
        self.by_arm: dict[str, dict[int, dict]] = {}
        for row in newest(rows):
            own = self.by_arm.setdefault(row["arm"], {})
            own[row["seed"]] = row["figures"]

    def seeds(self, *arms: str) -> list[int]:
        """Seeds that all the arms have."""
        have = [set(self.by_arm.get(arm, {})) for arm in arms]
        return sorted(set.intersection(*have))

    def each(
        self, compute: Callable[..., float], *arms: str
    ) -> tuple[float, ...]:
        """``compute`` of the arms' figures, for each seed they share."""
        return tuple(
            compute(*(self.by_arm[arm][seed] for arm in arms))
            for seed in self.seeds(*arms)
        )


def aims(rows: Iterable[dict]) -> list[Aim]:
    """Every aim of the table, from the newest rows of each arm.

    A mean of seeds is held against the bar, unless the aim asks for all seeds.
    """
    figures = Figures(rows)
    return [
        *accuracy_aims(figures),
        *several_aims(figures),
        *motion_aims(figures),
        *distribution_aims(figures),
        *calibrated_aims(figures),
    ]


def accuracy_aims(figures: Figures) -> list[Aim]:
    """One sample against the mean pose; four cuts against none."""
    found = []
    for group, bar in zip(REAL_GROUPS, (0.6, 0.75), strict=True):
        name = f"{group}: PA-MPJPE of one sample over the mean pose's"
        ratio = ratio_of(group, group)
        found.append(Aim(name, bar, figures.each(ratio, OURS, STILL)))
    for group in REAL_GROUPS:
        name = f"{group}: PA-MPJPE at 4 cuts over that at 0 cuts"
        ratio = ratio_of(f"{group}, 4 cuts", f"{group}, 0 cuts")
        own = figures.each(lambda ours, r=ratio: r(ours, ours), OURS)
        found.append(Aim(name, 1.25, own))
    return found


def several_aims(figures: Figures) -> list[Aim]:
    """Ten samples: is the spread alternatives, or noise?

    "The mean of 10" is read both ways: the errors' average, and the motion
    that is the samples' mean.
    """
    found = []
    for group in REAL_GROUPS:
        best = f"{group}, best of 10"
        for way in ("average of 10", "mean of 10"):
            ratio = ratio_of(best, f"{group}, {way}")
            own = figures.each(lambda ours, r=ratio: r(ours, ours), OURS)
            name = f"{group}: PA-MPJPE of the best of 10 over the {way}"
            found.append(Aim(name, 1.0, own, below=True))
        own = figures.each(ratio_of(best, group), OURS, RIVAL)
        name = f"{group}: PA-MPJPE of the best of 10 over the regressor's"
        found.append(Aim(name, 1.0, own))
    return found


def motion_aims(figures: Figures) -> list[Aim]:
    """The root's path, and jitter before and after smoothing."""
    share = figures.each(lambda own: own["walking"]["path_end_share"], OURS)
    name = "walking: end of the root's path, off by this share of the distance"
    found = [Aim(name, 0.15, share)]
    for group in REAL_GROUPS:
        raw, calm = (
            figures.each(lambda own, g=group, k=key: own[g][k], OURS)
            for key in ("jitter_ratio", "smoothed_jitter_ratio")
        )
        name = f"{group}: jitter, unsmoothed, over the true one"
        found.append(Aim(name, 2.0, raw, beside=calm))
    return found


def distribution_aims(figures: Figures) -> list[Aim]:
    """FID below the regressor's in every seed, in both modes."""
    found = []
    for key in ("k", "m", "k_corrected", "m_corrected"):
        ratio = ratio_of(CHOREOGRAPHED, CHOREOGRAPHED, f"fid_{key}")
        name = f"choreographed: FID_{key} over the regressor's"
        own = figures.each(ratio, OURS, RIVAL)
        found.append(Aim(name, 1.0, own, below=True, all_seeds=True))
    return found


def calibrated_aims(figures: Figures) -> list[Aim]:
    """The real video with 3D truth.

    There are two mean poses: the study's own, whose frames all face one way
    before they are averaged, and the demonstration's, which is blurred.
    """
    views = figures.each(lambda own: own[CALIBRATED][PA], OURS)
    blurred = figures.each(
        lambda ours, still: (
            ours[CALIBRATED][PA] / still[CALIBRATED]["demonstration_pa_mm"]
        ),
        OURS,
        STILL,
    )
    ratio = ratio_of(CALIBRATED, CALIBRATED)
    agree = figures.each(
        lambda own: own[CALIBRATED]["agreement_mm"] / own[CALIBRATED][PA], OURS
    )
    name = f"{CALIBRATED}: PA-MPJPE over"
    return [
        Aim(
            f"{name} the mean pose's",
            0.6,
            figures.each(ratio, OURS, STILL),
            beside=views,
        ),
        Aim(f"{name} the demonstration's mean pose's", 0.6, blurred),
        Aim(f"{CALIBRATED}: views' agreement over PA-MPJPE", 1.0, agree),
    ]


def ratio_of(top: str, bottom: str, key: str = PA) -> Callable[..., float]:
    """(figures, others' figures) -> one group's over another group's."""
    return lambda own, other: own[top][key] / other[bottom][key]


def best_evaluations(
    rows: Iterable[dict], *, group: str = "real", key: str = PA
) -> int:
    """The number of network evaluations with the least error, over seeds.

    Raises:
        ValueError: no row of ours.
    """
    curve = evaluation_curve(rows, group=group, key=key)
    if not curve:
        raise ValueError(f"rows must hold some of {OURS!r}, got none")
    return min(curve, key=lambda count: sum(curve[count]))


def evaluation_curve(
    rows: Iterable[dict], *, group: str, key: str = PA
) -> dict[int, list[float]]:
    """Number of evaluations -> the figure of each seed."""
    curve: dict[int, list[float]] = {}
    for own in Figures(rows).by_arm.get(OURS, {}).values():
        for name, values in own.items():
            start, _, rest = name.partition(", ")
            count, _, unit = rest.partition(" ")
            if start == group and unit.startswith("evaluation"):
                curve.setdefault(int(count), []).append(values[key])
    return dict(sorted(curve.items()))
