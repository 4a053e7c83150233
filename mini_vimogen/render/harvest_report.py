"""A harvest as one HTML page: funnel, kept and rejected motions to play.

Self-contained: pictures and players are inside, and nothing is fetched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from mini_vimogen.clip import Clip
from mini_vimogen.data.curation import Stage
from mini_vimogen.files import written_whole
from mini_vimogen.render.palette import FLOOR, INK, SERIES
from mini_vimogen.render.player import Player
from mini_vimogen.render.report import STYLE
from mini_vimogen.render.theme import Picture, figure, themed


@dataclass(frozen=True)
class HarvestReport:
    """A page about a harvest.

    Args:
        title: of the page.
        funnel: stages in order.
        kept: label -> motion, to play.
        rejected: gate -> label -> motion, to play.
        lists: heading -> lines; empty ones are left out.
    """

    title: str
    funnel: Sequence[Stage]
    kept: Mapping[str, Clip]
    rejected: Mapping[str, Mapping[str, Clip]]
    lists: Mapping[str, Sequence[str]]

    def html(self) -> str:
        """The whole page."""
        title = escape(self.title)
        parts = [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{title}</title><style>{STYLE}</style></head><body>",
            f"<h1>{title}</h1>",
            funnel_figure(self.funnel)._repr_mimebundle_()[0]["text/html"],
            self._table(),
            *_players("Kept", self.kept),
        ]
        for gate, motions in self.rejected.items():
            parts += _players(f"Rejected: {gate}", motions)
        for heading, lines in self.lists.items():
            if lines:
                items = "".join(f"<li>{escape(line)}</li>" for line in lines)
                parts.append(f"<h2>{escape(heading)}</h2><ul>{items}</ul>")
        return "\n".join([*parts, "</body></html>\n"])

    def save(self, path) -> Path:
        """Write the page; an older file is replaced whole or not at all."""
        path = Path(path)
        with written_whole(path) as partial:
            partial.write_text(self.html(), encoding="utf-8")
        return path

    def _table(self) -> str:
        heads = ("gate", "turned away", "left")
        head = "".join(f'<th scope="col">{h}</th>' for h in heads)
        rows = "".join(
            f"<tr><td>{escape(stage.gate)}</td><td>{stage.lost}</td>"
            f"<td>{stage.left}</td></tr>"
            for stage in self.funnel
        )
        head = f"<thead><tr>{head}</tr></thead>"
        return f"<table>{head}<tbody>{rows}</tbody></table>"


def _players(heading: str, motions: Mapping[str, Clip]) -> list[str]:
    """A heading and one player; nothing where there is no motion."""
    if not motions:
        return []
    player = Player(list(motions.values()), labels=list(motions), title=heading)
    bundle = player._repr_mimebundle_()
    return [f"<h2>{escape(heading)}</h2>", bundle["text/html"]]


@themed
def funnel_figure(funnel: Sequence[Stage]) -> Picture:
    """How many motions are left after each gate, and how many it turned away.

    Args:
        funnel: stages in order; the first has all.
    """
    names = [stage.gate for stage in funnel]
    left = [stage.left for stage in funnel]
    lost = [stage.lost for stage in funnel]
    told = ", ".join(f"{s.gate} {s.left}" for s in funnel)
    picture, axes = figure(
        height=0.6 + 0.32 * len(names),
        description=f"Funnel of a harvest, motions left after each: {told}.",
    )
    axes.barh(names, left, color=SERIES[0].colour, label="left")
    axes.barh(
        names,
        lost,
        left=left,
        color=FLOOR,
        edgecolor=INK,
        hatch="///",
        linewidth=0.6,
        label="turned away here",
    )
    for row, stage in enumerate(funnel):
        text = f" {stage.left}"
        text += f" (-{stage.lost})" if stage.lost else ""
        axes.text(stage.left + stage.lost, row, text, va="center", fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12 * max(1, left[0]))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("motions (count)")
    axes.legend(loc="lower right")
    return picture
