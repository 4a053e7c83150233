"""The colours of the course.

Left is blue and drawn full; right is orange and drawn hollow, so that the two
sides stay apart without colour. Methods likewise differ in colour, line style
and marker at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

INK = "#222222"
"""Text and axes."""
PAPER = "#ffffff"
"""Background of every figure."""
GROUND = "#f3f3f3"
"""The floor under a film strip."""
FLOOR = "#d9d9d9"
"""Floor line, grid and other furniture."""

SIDES = MappingProxyType(
    {"left": "#004f8c", "right": "#d96c00", "centre": "#5c5c5c"}
)
"""Colour of the body's left, right and middle, on a light background."""

SIDES_ON_DARK = MappingProxyType(
    {"left": "#4f9dff", "right": "#ffb566", "centre": "#c8c8c8"}
)
"""The same on a dark background (the player follows the reader's setting)."""


@dataclass(frozen=True)
class Style:
    """How one line is drawn, on light and on dark."""

    colour: str
    linestyle: str
    marker: str
    on_dark: str

    @property
    def line(self) -> dict[str, str]:
        """Keyword arguments for ``axes.plot``."""
        return {
            "color": self.colour,
            "linestyle": self.linestyle,
            "marker": self.marker,
        }


METHODS = MappingProxyType(
    {
        "ours": Style("#882255", "-", "o", "#e38ab9"),
        "baseline": Style("#117733", "--", "s", "#7ccf8f"),
        "truth": Style("#222222", "-", "D", "#f2f2f2"),
        "mean": Style("#8a8a8a", ":", "x", "#9a9a9a"),
        "paper": Style("#b07d00", "-.", "*", "#e8c35a"),
    }
)
"""One style a method through the whole course; ``truth`` also serves an oracle,
``mean`` any trivial baseline, ``paper`` a figure quoted from a paper."""

SERIES = (
    Style("#332288", "-", "o", "#a99cf0"),
    Style("#1f8a7d", "--", "s", "#6fd6c8"),
    Style("#77771f", "-.", "^", "#cfcf6b"),
    Style("#a0522d", ":", "v", "#e39b78"),
)
"""For things that are not methods, such as two clips beside each other."""


def method_styles(methods: Sequence[str] | None, number: int):
    """The styles of named methods, or those of a plain series.

    Args:
        methods: names from ``METHODS``; None where the things are not methods.
        number: how many styles are wanted.

    Raises:
        ValueError: an unknown name, or not as many names as wanted.

    >>> [style.marker for style in method_styles(["truth", "ours"], 2)]
    ['D', 'o']
    """
    if methods is None:
        return [SERIES[i % len(SERIES)] for i in range(number)]
    unknown = [name for name in methods if name not in METHODS]
    if unknown or len(methods) != number:
        raise ValueError(
            f"methods must name {number} of {', '.join(METHODS)}, got "
            f"{list(methods)}"
        )
    return [METHODS[name] for name in methods]
