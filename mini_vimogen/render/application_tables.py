"""Tables of what a lifter is used for: completion, gates, a harvest's worth.

Markdown, out of rows of the studies ``completion``, ``gates`` and ``harvest``.
"""

from collections.abc import Mapping, Sequence

from mini_vimogen.render.table1_tables import markdown, spread, values


def figures_table(
    rows: Sequence[dict],
    columns: Mapping[str, str],
    *,
    key: str,
    title: str,
    arms: Sequence[str] | None = None,
) -> str:
    """One figure: an arm a line, a group of test motions a column.

    Args:
        rows: of a study.
        columns: title -> group of the rows.
        key: of the figure.
        title: of the first column.
        arms: lines, in this order; None is all that have one of the groups.

    Returns:
        Mean and range over seeds; a dash where an arm has no such figure.
    """
    arms = arms or list(dict.fromkeys(row["arm"] for row in rows))
    lines = []
    for arm in arms:
        found = [values(rows, arm, group, key) for group in columns.values()]
        if any(found):
            cells = (spread(one) if one else "–" for one in found)
            lines.append([arm, *cells])
    return markdown([title, *columns], lines)


def gates_table(rows: Sequence[dict]) -> str:
    """Share of clean clips that the gates lose, by kind of clip."""
    clean = [row["figures"] for row in rows if row["arm"] == "clean"]
    lines = [
        [kind, spread([100 * figures[kind]["lost"] for figures in clean])]
        for kind in clean[0]
    ]
    return markdown(["clean clips", "lost, %"], lines)


SAMPLES = {
    "lifted": "motions lifted",
    "kept": "kept",
    "pa_mpjpe_mm": "off the truth (mm)",
    "apart_mm": "samples apart (mm)",
    "coverage_mm": "a new motion's nearest (mm)",
}


def samples_table(rows: Sequence[dict], *, arm: str) -> str:
    """Sets out of more videos or more samples: fidelity and diversity.

    Args:
        rows: of the study ``harvest``.
        arm: the one with a group for each set.
    """
    own = [row["figures"] for row in rows if row["arm"] == arm]
    groups = dict.fromkeys(group for figures in own for group in figures)
    lines = [
        [group, *(spread(values(rows, arm, group, key)) for key in SAMPLES)]
        for group in groups
    ]
    return markdown(["set", *SAMPLES.values()], lines)
