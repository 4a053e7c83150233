"""Figures of quality against network evaluations, seeds as bands."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

from mini_vimogen.render.palette import METHODS, SERIES, Style
from mini_vimogen.render.theme import Picture, figure, label, themed

Curve = dict[float, Sequence[float]]
"""Where on the axis -> the figure of each seed."""

STYLES = {
    "ancestral": Style("#8fb98f", ":", "D", "#b5d8b5"),
    "ddim": METHODS["baseline"],
    "midpoint, diffusion": Style("#117733", "-.", "P", "#7ccf8f"),
    "midpoint": METHODS["ours"],
    "midpoint, shift 3": METHODS["paper"],
    "euler": SERIES[0],
    "heun": SERIES[2],
    "ab2": SERIES[3],
    "diffusion": METHODS["baseline"],
    "flow": METHODS["ours"],
}
"""One style a way: diffusion's are green, flow's favourite is red."""

LEVELS = {
    "real against real": METHODS["truth"],
    "regressor": METHODS["mean"],
    "mean pose": METHODS["mean"],
}


@dataclass(frozen=True)
class Panel:
    """One set of axes.

    Args:
        title, unit: of what goes up.
        curves: way -> its figures over the evaluations.
        levels: name of a line without evaluations -> the figure of each seed.
        log: the upward axis is logarithmic.
    """

    title: str
    unit: str | None
    curves: dict[str, Curve]
    levels: dict[str, Sequence[float]] = field(default_factory=dict)
    log: bool = False


@themed
def evaluations_figure(
    panels: Sequence[Panel], *, columns: int = 2, description: str
) -> Picture:
    """Figures over evaluations of the network, each step twice the last.

    Args:
        panels: what is drawn, line by line.
        columns: of axes.
        description: alt text.

    Raises:
        ValueError: a panel without curves.
    """
    for panel in panels:
        if not any(panel.curves.values()):
            raise ValueError(f"panels must hold curves, got {panel}")
    lines = -(-len(panels) // columns)
    picture, axes = figure(
        height=2.6 * lines + 0.5,
        rows=lines,
        columns=columns,
        squeeze=False,
        description=description,
    )
    shown: dict[str, object] = {}
    for place, panel in zip(axes.flat, panels, strict=False):
        counts = sorted({n for own in panel.curves.values() for n in own})
        for way, own in panel.curves.items():
            draw_band(place, own, STYLES[way], way)
        for name, values in panel.levels.items():
            draw_level(place, values, LEVELS[name], name)
        place.set_xscale("log", base=2)
        powers = [n for n in counts if n & (n - 1) == 0]
        place.set_xticks(powers, [str(n) for n in powers])
        place.minorticks_off()
        if panel.log:
            plainly_log(place)
        place.set_xlabel(label("network evaluations", None))
        place.set_ylabel(label(panel.title.partition(",")[0], panel.unit))
        place.set_title(panel.title)
        handles, names = place.get_legend_handles_labels()
        shown |= dict(zip(names, handles, strict=True))
    for place in axes.flat[len(panels) :]:
        place.set_axis_off()
    picture.legend(
        shown.values(),
        shown.keys(),
        loc="outside lower center",
        ncols=min(len(shown), 5),
    )
    return picture


@themed
def level_figure(
    errors: dict[str, dict[str, Curve]],
    *,
    beside: dict[str, Sequence[float]],
    description: str,
) -> Picture:
    """Errors over the noise level: of the clean motion, and of the velocity.

    Args:
        errors: "joints_mm" and "velocity" -> network -> middle of a bin ->
            the error of each seed.
        beside: name -> error in mm of who sees no noisy motion, of each seed.
        description: alt text.
    """
    picture, (clean, velocity) = figure(
        height=3.2, columns=2, description=description
    )
    for place, key in ((clean, "joints_mm"), (velocity, "velocity")):
        for name, own in errors[key].items():
            draw_band(place, own, STYLES[name], name)
        place.set_xlabel(label("t on the straight path, 1 is noise", None))
        place.set_xlim(0, 1)
    for name, values in beside.items():
        draw_level(clean, values, LEVELS[name], name)
    clean.set_ylim(bottom=0)
    clean.set_ylabel(label("joints around the root", "mm"))
    clean.set_title("error of the clean motion")
    plainly_log(velocity)
    velocity.set_ylabel(label("squared, normalised features", None))
    velocity.set_title("error of the velocity")
    for place in (clean, velocity):
        if place.lines:
            place.legend()
    return picture


def plainly_log(axes) -> None:
    """A logarithmic axis upwards whose numbers are written out."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())


def draw_band(axes, curve: Curve, style: Style, name: str) -> None:
    """The mean of the seeds, and a band from the lowest to the highest."""
    if not curve:
        return
    at = sorted(curve)
    low, high = ([f(curve[x]) for x in at] for f in (min, max))
    axes.fill_between(at, low, high, color=style.colour, alpha=0.15, lw=0)
    middle = [np.mean(curve[x]) for x in at]
    axes.plot(at, middle, label=name, **style.line)


def draw_level(axes, values: Sequence[float], style: Style, name: str) -> None:
    """A line from side to side: the mean of the seeds."""
    if len(values):
        axes.axhline(
            np.mean(values),
            label=name,
            color=style.colour,
            linestyle=(0, (1, 1)) if name == "regressor" else "-",
            lw=1.2,
        )
