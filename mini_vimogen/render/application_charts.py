"""Charts of what a lifter is used for: completion, gates, a harvest's worth.

They read rows of the studies ``completion``, ``gates`` and ``harvest``.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from mini_vimogen.render.palette import METHODS, SERIES, Style
from mini_vimogen.render.theme import Picture, figure, label, themed

GAP_FIGURES = {
    "mpjpe_mm": label("error in the hole", "mm"),
    "border_velocity_ratio": label("velocity jump / true", None),
    "sliding_m_s": label("speed of feet that stand", "m/s"),
}
"""What is drawn of a completion, and the names of the axes."""


def of_arm(rows: Sequence[dict], arm: str, group: str, key: str) -> list[float]:
    """One figure a row of an arm, in a group of test motions.

    Raises:
        ValueError: no row has it.
    """
    found = [
        row["figures"][group][key]
        for row in rows
        if row["arm"] == arm and key in row["figures"].get(group, {})
    ]
    if not found:
        raise ValueError(f"no row has {key} of {group!r} for the arm {arm!r}")
    return found


@themed
def gap_figure(
    rows: Sequence[dict],
    arms: Mapping[str, str],
    *,
    gaps: Sequence[int],
    live: Mapping[str, float] | None = None,
    live_gap: int = 30,
    live_name: str = "this page",
) -> Picture:
    """Error, jump at the border and sliding, over the length of the hole.

    Args:
        rows: of the study ``completion``.
        arms: name -> style of ``palette.METHODS``; bands are over seeds.
        gaps: lengths in frames.
        live: a figure of a run of one's own, by key, as one open marker.
        live_gap, live_name: of that marker.

    Raises:
        ValueError: an arm or a gap without rows.
    """
    picture, panels = figure(
        height=3.5,
        columns=len(GAP_FIGURES),
        description=(
            "Error, velocity jump at the border and speed of standing feet "
            f"over the length of a hole, for {', '.join(arms)}."
        ),
    )
    for axes, (key, name) in zip(panels, GAP_FIGURES.items(), strict=True):
        for arm, method in arms.items():
            curve = [of_arm(rows, arm, f"gap {gap}", key) for gap in gaps]
            _band(axes, gaps, curve, METHODS[method], arm)
        if live:
            style = METHODS["ours"]
            look = dict(mfc="none", ms=9, color=style.colour, label=live_name)
            axes.plot([live_gap], [live[key]], style.marker, **look)
        axes.set(xlabel=label("length of the hole", "frames"), ylabel=name)
        axes.set_xticks(gaps)
    panels[0].set_ylim(bottom=0)
    panels[2].set_ylim(bottom=0)
    panels[1].set_yscale("log")
    panels[1].set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    panels[1].minorticks_off()
    panels[1].axhline(1, color=METHODS["truth"].colour, lw=0.8)
    panels[1].set_ylim(bottom=0.7)
    under = dict(va="top", fontsize=8)
    panels[1].annotate("real motion", (gaps[0], 0.95), **under)
    handles, names = panels[0].get_legend_handles_labels()
    picture.legend(handles, names, loc="outside lower center", ncols=5)
    return picture


def _band(axes, at, curve, style: Style, name: str) -> None:
    """The mean of the seeds, and a band from the lowest to the highest."""
    low, middle, high = (
        [f(found) for found in curve] for f in (min, np.mean, max)
    )
    axes.fill_between(at, low, high, color=style.colour, alpha=0.18, lw=0)
    axes.plot(at, middle, label=name, **style.line)


@themed
def gate_figure(rows: Sequence[dict]) -> Picture:
    """How much of each planted defect the gates catch, by its strength.

    Args:
        rows: of the study ``gates``; an arm each is a panel, but for "clean".

    Raises:
        ValueError: no row of a defect.
    """
    arms = list(dict.fromkeys(r["arm"] for r in rows if r["arm"] != "clean"))
    if not arms:
        raise ValueError("rows must hold a planted defect, got none")
    columns = min(len(arms), 4)
    down = -(-len(arms) // columns)
    picture, panels = figure(
        height=2.2 * down,
        rows=down,
        columns=columns,
        sharey=True,
        squeeze=False,
        description=f"Share caught, by strength, of: {', '.join(arms)}.",
    )
    for axes, arm in zip(panels.flat, arms, strict=False):
        found = [row["figures"] for row in rows if row["arm"] == arm]
        shares = 100 * np.array([one["caught"] for one in found])
        middle = shares.mean(axis=0)
        reach = [middle - shares.min(axis=0), shares.max(axis=0) - middle]
        at = range(shares.shape[1])
        axes.errorbar(at, middle, yerr=reach, capsize=3, **SERIES[0].line)
        axes.set_xticks(at, [f"{x:g}" for x in found[0]["strengths"]])
        axes.set_xlabel(f"strength ({found[0]['unit']})")
        axes.set_title(arm)
    for axes in panels[:, 0]:
        axes.set_ylabel(label("caught", "%"))
    for axes in panels.flat[len(arms) :]:
        axes.set_axis_off()
    return picture


@themed
def learner_figure(
    rows: Sequence[dict],
    arms: Mapping[str, str],
    groups: Mapping[str, str],
    *,
    key: str = "pa_mpjpe_mm",
    name: str = "PA-MPJPE",
) -> Picture:
    """What models that learned from different sets make of test motions.

    Args:
        rows: of the study ``harvest``.
        arms: name -> style of ``palette.METHODS``; bars run over seeds.
        groups: group of test motions -> title of its panel.
        key, name: of the error in millimetres.

    Raises:
        ValueError: an arm or a group without rows.
    """
    picture, panels = figure(
        height=3.4,
        columns=len(groups),
        sharey=True,
        squeeze=False,
        description=(
            f"{name} on {', '.join(groups.values())} for {', '.join(arms)}."
        ),
    )
    for axes, (group, title) in zip(panels[0], groups.items(), strict=True):
        for place, (arm, method) in enumerate(arms.items()):
            found, style = of_arm(rows, arm, group, key), METHODS[method]
            middle = np.mean(found)
            reach = [[middle - min(found)], [max(found) - middle]]
            look = dict(color=style.colour, fmt=style.marker, capsize=4)
            axes.errorbar([place], [middle], yerr=reach, **look)
        axes.set_xticks(range(len(arms)), arms, rotation=30, ha="right")
        axes.set_xlim(-0.5, len(arms) - 0.5)
        axes.set_title(title)
    panels[0, 0].set_ylabel(label(name, "mm"))
    return picture
