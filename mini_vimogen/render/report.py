"""An evaluation as one HTML page: table, histograms, best and worst motions.

Self-contained: pictures and players are inside, and nothing is fetched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from torch import Tensor

from mini_vimogen.files import written_whole
from mini_vimogen.render.palette import FLOOR, INK, PAPER, SERIES
from mini_vimogen.render.player import Player
from mini_vimogen.render.theme import Picture, figure, themed

BETTER = {"low": "lower is better", "high": "higher is better"}

STYLE = f"""
body {{ background: {PAPER}; color: {INK}; max-width: 52rem;
  margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ padding: .3rem .6rem; border-bottom: 1px solid {FLOOR};
  text-align: right; font-variant-numeric: tabular-nums; }}
th:first-child, td:first-child {{ text-align: left; }}
img {{ max-width: 100%; height: auto; }}
"""
"""CSS of a report."""


@dataclass(frozen=True)
class Section:
    """One dimension of the report.

    Args:
        name, unit: what was measured.
        better: "low" or "high".
        mean, interval: of the values.
        values: one for each motion.
        motions: label -> joints [frames, joints, 3], metres, Z up, to play.
    """

    name: str
    unit: str
    better: str
    mean: float
    interval: tuple[float, float]
    values: Sequence[float]
    motions: Mapping[str, Tensor]


@dataclass(frozen=True)
class Report:
    """A page about several dimensions.

    Args:
        title: of the page.
        level: coverage of the intervals.
        sections: in order.
        lists: heading -> lines; empty ones are left out.
        fps: of the motions.
    """

    title: str
    level: float
    sections: Sequence[Section]
    lists: Mapping[str, Sequence[str]]
    fps: float

    def html(self) -> str:
        """The whole page."""
        title = escape(self.title)
        parts = [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{title}</title><style>{STYLE}</style></head><body>",
            f"<h1>{title}</h1>",
            self._table(),
        ]
        for heading, lines in self.lists.items():
            if lines:
                items = "".join(f"<li>{escape(line)}</li>" for line in lines)
                parts.append(f"<h2>{escape(heading)}</h2><ul>{items}</ul>")
        parts += [self._section(section) for section in self.sections]
        return "\n".join([*parts, "</body></html>\n"])

    def save(self, path) -> Path:
        """Write the page; an older file is replaced whole or not at all."""
        path = Path(path)
        with written_whole(path) as partial:
            partial.write_text(self.html(), encoding="utf-8")
        return path

    def _table(self) -> str:
        rows = []
        for section in self.sections:
            low, high = section.interval
            cells = (
                section.name,
                f"{section.mean:.5f}",
                f"{low:.5f} to {high:.5f}",
                section.unit,
                BETTER[section.better],
                str(len(section.values)),
            )
            rows.append("".join(f"<td>{escape(cell)}</td>" for cell in cells))
        heads = ("dimension", "mean", f"{self.level:.0%} interval of the mean")
        heads += ("unit", "", "motions")
        head = "".join(f'<th scope="col">{h}</th>' for h in heads)
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        head = f"<thead><tr>{head}</tr></thead>"
        return f"<table>{head}<tbody>{body}</tbody></table>"

    def _section(self, section: Section) -> str:
        picture = histogram(section)
        parts = [
            f"<h2>{escape(section.name)}</h2>",
            picture._repr_mimebundle_()[0]["text/html"],
        ]
        if section.motions:
            player = Player(
                list(section.motions.values()),
                labels=list(section.motions),
                fps=self.fps,
                title=section.name,
            )
            parts.append(player._repr_mimebundle_()["text/html"])
        return "\n".join(parts)


@themed
def histogram(section: Section) -> Picture:
    """How the motions are spread on one dimension, with mean and interval.

    Args:
        section: at least one value.
    """
    values = np.asarray(section.values, dtype=float)
    low, high = section.interval
    picture, axes = figure(
        height=2.4,
        description=(
            f"Histogram of {section.name} over {len(values)} motions, from "
            f"{values.min():.4g} to {values.max():.4g} {section.unit}; the "
            f"mean is {section.mean:.4g}."
        ),
    )
    bins = min(30, max(5, round(len(values) ** 0.5)))
    axes.hist(values, bins=bins, color=SERIES[0].colour, alpha=0.7)
    axes.axvspan(low, high, color=SERIES[1].colour, alpha=0.3, lw=0)
    axes.axvline(section.mean, color=INK, label="mean and its interval")
    axes.legend(loc="best")
    axes.set_xlabel(
        f"{section.name}, {BETTER[section.better]} ({section.unit})"
    )
    axes.set_ylabel("motions (count)")
    axes.yaxis.get_major_locator().set_params(integer=True)
    return picture
