"""The two figures of Table 1: what cuts, hidden joints and haste cost."""

from collections.abc import Sequence

import numpy as np

from mini_vimogen.render.palette import INK, METHODS, SERIES, Style
from mini_vimogen.render.table1_tables import ERRORS, PA, arms_of, values
from mini_vimogen.render.theme import Picture, figure, label, themed

GROUPS = ("walking", "acrobatics")
STYLES = {
    "ViMo": METHODS["ours"],
    "regressor": METHODS["baseline"],
    "frame MLP": SERIES[2],
    "nearest 2D frame": SERIES[3],
    "mean pose": METHODS["mean"],
}


@themed
def condition_figure(rows: Sequence[dict], *, key: str = PA) -> Picture:
    """Error against cuts and against hidden joints, seeds as a band."""
    rows = list(rows)
    picture, axes = figure(
        height=5.6,
        rows=2,
        columns=2,
        sharey="row",
        description=(
            "Error over the number of cuts, left, and over the share of hidden "
            "joints, right, for walking, above, and acrobatics, below."
        ),
    )
    arms = [arm for arm in arms_of(rows) if arm in STYLES]
    sides = (
        ("cuts", 1.0, label("cuts, as many as fit", None)),
        ("% hidden", 0.0, label("joints hidden beside the detector's", "%")),
    )
    for line, group in zip(axes, GROUPS, strict=True):
        for panel, (ending, base, name) in zip(line, sides, strict=True):
            ticks = {base}
            for arm in arms:
                curve = _conditions(rows, arm, group, ending, base, key)
                _draw_band(panel, curve, STYLES[arm], arm)
                ticks |= curve.keys()
            panel.set_title(group)
            panel.set_xticks(sorted(ticks))
            panel.set_xlabel(name)
        line[0].set_ylabel(label(ERRORS[key].split(" (")[0], "mm"))
        line[0].set_ylim(bottom=0)
    handles, names = axes[0, 0].get_legend_handles_labels()
    picture.legend(handles, names, loc="outside lower center", ncols=len(names))
    return picture


def _conditions(rows, arm, group, ending, base, key) -> dict[float, list]:
    """Cuts or per cent -> the figure of each seed."""
    curve = {base: values(rows, arm, group, key)}
    for row in rows:
        for name in row["figures"]:
            start, _, rest = name.partition(", ")
            number, _, unit = rest.partition(" ")
            if start == group and unit == ending:
                curve[float(number)] = values(rows, arm, name, key)
    return {at: found for at, found in sorted(curve.items()) if found}


def _draw_band(axes, curve: dict, style: Style, name: str | None) -> None:
    """The mean of the seeds, and a band from the lowest to the highest."""
    if not curve:
        return
    at = list(curve)
    low, high = ([f(curve[x]) for x in at] for f in (min, max))
    axes.fill_between(at, low, high, color=style.colour, alpha=0.18, lw=0)
    middle = [np.mean(curve[x]) for x in at]
    axes.plot(at, middle, label=name, **style.line)


@themed
def evaluation_figure(
    curves: dict[str, dict[int, list[float]]],
    *,
    beside: dict[str, Sequence[float]] | None = None,
    name: str = "PA-MPJPE",
) -> Picture:
    """Error against network evaluations, the best of them named.

    Args:
        curves: group -> number of evaluations -> the error of each seed
            (``studies.table1_aims.evaluation_curve``).
        beside: group -> the regressor's error, of each seed.
        name: of the error, in millimetres.

    Raises:
        ValueError: nothing to draw.
    """
    if not curves or not all(curves.values()):
        raise ValueError(f"curves must hold evaluations, got {curves}")
    picture, panels = figure(height=3.0, columns=len(curves), squeeze=False)
    told = []
    for axes, (group, curve) in zip(panels[0], curves.items(), strict=True):
        _draw_band(axes, curve, METHODS["ours"], "ViMo")
        rival = (beside or {}).get(group)
        if rival:
            edges = dict.fromkeys((min(curve), max(curve)), list(rival))
            name_beside = "regressor, 1 evaluation"
            _draw_band(axes, edges, METHODS["baseline"], name_beside)
        best = min(curve, key=lambda count: np.mean(curve[count]))
        axes.plot(best, np.mean(curve[best]), "*", color=INK, ms=11)
        axes.annotate(
            f"best: {best}",
            (best, np.mean(curve[best])),
            xytext=(0, -14),
            textcoords="offset points",
            ha="center",
        )
        told.append(f"{group}: least at {best}")
        axes.set_xscale("log")
        axes.set_xticks(list(curve), [str(count) for count in curve])
        axes.minorticks_off()
        axes.set_xlabel(label("network evaluations", None))
        axes.set_ylabel(label(name, "mm"))
        axes.set_title(group)
        axes.legend()
    picture.description = (
        f"{name} over the number of network evaluations. {'; '.join(told)}."
    )
    return picture
