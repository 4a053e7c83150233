"""Table 1 as tables in markdown, for a page or a lesson.

They take a study's rows as they stand in its file, of one recipe an arm: the
mean of the seeds, with the lowest and the highest of them.
"""

from collections.abc import Iterable, Sequence

PA = "pa_mpjpe_mm"
ORDER = (
    "ViMo",
    "regressor",
    "frame MLP",
    "nearest 2D frame",
    "mean pose",
    "real against real",
)
PAPER = {
    "MotionBERT": (19.22, 9.03, 5.27, 5.02),
    "ViMo": (15.70, 8.25, 4.85, 5.77),
}
"""FID_k, FID_m, Div_k, Div_m on AIST++ (ViMo, arXiv 2408.06614, Table 1)."""

ERRORS = {
    "mpjpe_mm": "MPJPE (mm)",
    PA: "PA-MPJPE (mm)",
    "acceleration_m_s2": "acceleration error (m/s²)",
    "jitter_ratio": "jitter / true",
    "smoothed_jitter_ratio": "the same, smoothed",
    "sliding_m_s": "sliding (m/s)",
    "path_end_share": "path's end / distance",
    "agreement_mm": "between views (mm)",
}
DISTANCES = {"fid_k": "FID_k", "fid_m": "FID_m", "div_k": "Div_k"} | {
    "div_m": "Div_m"
}


def values(rows: Iterable[dict], arm: str, group: str, key: str) -> list[float]:
    """A figure of every seed that has it."""
    own = [row["figures"].get(group, {}) for row in rows if row["arm"] == arm]
    return [figures[key] for figures in own if key in figures]


def spread(found: Sequence[float]) -> str:
    """Mean (lowest-highest), to three digits; a dash for nothing.

    >>> spread([1.0, 2.0, 6.0])
    '3 (1-6)'
    """
    if not found:
        return "–"
    mean = sum(found) / len(found)
    if len(found) == 1:
        return digits(mean)
    return f"{digits(mean)} ({digits(min(found))}-{digits(max(found))})"


def digits(value: float) -> str:
    """Three digits, and all that are before the point; 0 below 0.0005.

    >>> digits(1234.5), digits(0.01234), digits(12.34)
    ('1234', '0.0123', '12.3')
    """
    if abs(value) < 5e-4:
        return "0"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def markdown(titles: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table."""
    cells = [titles, ["---"] * len(titles), *lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


def arms_of(rows: Iterable[dict]) -> list[str]:
    """Arms in the order of the table; ablations are last."""
    found = dict.fromkeys(row["arm"] for row in rows)
    others = [arm for arm in found if arm not in ORDER]
    return [*(arm for arm in ORDER if arm in found), *others]


def error_table(rows: Sequence[dict], group: str) -> str:
    """Every arm and way on one group of motions.

    Columns that nobody has are left out.
    """
    ways = {}
    for row in rows:
        for name in row["figures"]:
            start, _, way = name.partition(", ")
            if start == group and not _is_condition(way):
                ways.setdefault(way, None)
    lines, keys = (
        [],
        [
            key
            for key in ERRORS
            if any(values(rows, arm, group, key) for arm in arms_of(rows))
        ],
    )
    for arm in arms_of(rows):
        for way in ways:
            name = f"{group}, {way}" if way else group
            cells = [values(rows, arm, name, key) for key in keys]
            if any(cells):
                who = f"{arm}, {way}" if way else arm
                lines.append([who, *map(spread, cells)])
    lines.append(
        ["the truth itself", *(_of_truth(rows, group, k) for k in keys)]
    )
    return markdown(["who", *(ERRORS[key] for key in keys)], lines)


def _of_truth(rows: Sequence[dict], group: str, key: str) -> str:
    """What the true motions have in a column, where that is not 0."""
    if key == "jitter_ratio":
        return "1"
    if key == "sliding_m_s":
        return spread(values(rows, "ViMo", group, "true_sliding_m_s"))
    return "–"


def _is_condition(way: str) -> bool:
    last = way.rpartition(", ")[2]
    return last.endswith(("cuts", "hidden", "evaluation", "evaluations"))


def condition_table(rows: Sequence[dict], group: str, *, key: str = PA) -> str:
    """One error of every arm at all cuts and shares of hidden joints."""
    names = {}
    for row in rows:
        for name in row["figures"]:
            start, _, rest = name.partition(", ")
            if start == group and rest.endswith(("cuts", "hidden")):
                names.setdefault(rest.rpartition(", ")[2], None)
    names = sorted(names, key=lambda name: ("hidden" in name, _number(name)))
    names.insert(int("0 cuts" in names), "")  # 1 cut
    titles = [name or "1 cut, none hidden" for name in names]
    lines = []
    for arm in arms_of(rows):
        cells = [
            values(rows, arm, f"{group}, {name}" if name else group, key)
            for name in names
        ]
        if any(cells):
            lines.append([arm, *map(spread, cells)])
    return markdown([f"{ERRORS[key]}, {group}", *titles], lines)


def _number(name: str) -> float:
    return float(name.split()[0])


def distribution_table(rows: Sequence[dict], *, corrected: bool = False) -> str:
    """FID and Div of every arm on the choreographed motions.

    Args:
        corrected: features without the published slips.
    """
    ending = "_corrected" if corrected else ""
    lines = []
    for arm in arms_of(rows):
        cells = [
            values(rows, arm, "choreographed", key + ending)
            for key in DISTANCES
        ]
        if any(cells):
            lines.append([arm, *map(spread, cells)])
    return markdown(["who", *DISTANCES.values()], lines)


def paper_table() -> str:
    """The paper's own rows: other motions, so not in one ranking with ours."""
    lines = [
        [f"{who} (paper, AIST++)", *(f"{value:.2f}" for value in row)]
        for who, row in PAPER.items()
    ]
    return markdown(["who", *DISTANCES.values()], lines)


def aims_table(aims: Iterable) -> str:
    """What was to be reached (``studies.table1_aims.Aim``)."""
    words = {True: "yes", False: "**no**", None: "not measured"}
    lines = []
    for aim in aims:
        own = spread(aim.figures)
        if aim.beside:
            own += f"; beside: {spread(aim.beside)}"
        sign = "<" if aim.below else "≤"
        every = ", every seed" if aim.all_seeds else ""
        bar = f"{sign} {aim.bar:g}{every}"
        lines.append([aim.name, own, bar, words[aim.met]])
    return markdown(["aim", "measured", "bar", "met"], lines)
