"""One look for every picture: colours, sizes, labels with units, alt text.

Left is blue and drawn full; right is orange and drawn hollow, so that the two
sides stay apart without colour. Methods likewise differ in colour, line style
and marker at once.
"""

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from io import BytesIO
from types import MappingProxyType

import matplotlib
from matplotlib.category import StrCategoryFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, NullFormatter

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
    {"left": "#6db6ff", "right": "#ffa24d", "centre": "#c8c8c8"}
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

WIDTHS = MappingProxyType({"page": 8.0, "half": 4.0})
"""Figure widths in inches; at 100 dpi a page is 800 pixels wide."""
DPI = 100

UNITS = (
    "m",
    "mm",
    "s",
    "m/s",
    "m/s^2",
    "rad",
    "rad/s",
    "degrees",
    "px",
    "Hz",
    "%",
    "frames",
    "CPU s",
)
"""Units that ``label`` knows; None means a number without a unit."""

SETTINGS = MappingProxyType(
    {
        "figure.dpi": DPI,
        "savefig.dpi": DPI,
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "axes.facecolor": PAPER,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.labelsize": 9,
        "legend.fontsize": 8,
        "legend.frameon": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": FLOOR,
        "grid.linewidth": 0.6,
        "lines.linewidth": 1.6,
        "lines.markersize": 4,
    }
)


class Picture(Figure):
    """A matplotlib figure that carries its alt text and shows itself.

    It never enters pyplot's list of open figures: a notebook shows it once,
    as the value of a cell, and nothing has to be closed. The alt text and the
    axes that lack a unit travel in the metadata of the notebook's output.
    """

    description = ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=DPI)
        png = b64encode(buffer.getvalue()).decode("ascii")
        # A page shows the HTML, as only there an image can carry alt text.
        image = (
            f'<img alt="{escape(self.description)}" style="max-width:100%" '
            f'src="data:image/png;base64,{png}">'
        )
        metadata = {
            "image/png": {"alt": self.description},
            "mini_vimogen": {"missing_labels": missing_labels(self)},
        }
        return {
            "image/png": png,
            "text/html": image,
            "text/plain": f"Picture: {self.description or 'no description'}",
        }, metadata


def show(picture: Picture, *, alt: str) -> None:
    """Display a picture in a notebook with a description for who cannot see it.

    Raises:
        ValueError: the description is shorter than 20 characters.
    """
    if len(alt) < 20:
        raise ValueError(f"alt must describe the picture, got {alt!r}")
    from IPython.display import display

    picture.description = alt
    display(picture)


def use_theme() -> None:
    """Give everything drawn from now on the look of the course."""
    matplotlib.rcParams.update(SETTINGS)


themed = matplotlib.rc_context(dict(SETTINGS))
"""Decorator: the look of the course inside one function only."""


@themed
def figure(
    *,
    width: str = "page",
    height: float = 3.0,
    rows: int = 1,
    columns: int = 1,
    description: str = "",
    **subplots,
):
    """A picture and its axes, in one of two widths.

    ``use_theme()`` once before, so that titles and legends match too.

    Args:
        width: "page" (800 pixels) or "half" (400 pixels).
        height: inches; 1 inch is 100 pixels.
        rows, columns: of axes; further arguments go to ``Figure.subplots``.
        description: alt text, one sentence.

    Returns:
        The picture, and one axes or an array of them.

    Raises:
        ValueError: an unknown width or a height that is not positive.
    """
    if width not in WIDTHS:
        raise ValueError(
            f"width must be one of {', '.join(WIDTHS)}, got {width!r}"
        )
    if not 0 < height < 100:
        raise ValueError(f"height must be within 0..100 inches, got {height}")
    with matplotlib.rc_context(dict(SETTINGS)):
        picture = Picture(figsize=(WIDTHS[width], height), layout="constrained")
        axes = picture.subplots(rows, columns, **subplots)
    picture.description = description
    return picture, axes


def label(quantity: str, unit: str | None) -> str:
    """Axis label with its unit.

    >>> label("height", "m")
    'height (m)'
    >>> label("share of frames", None)
    'share of frames (no unit)'
    """
    if unit is not None and unit not in UNITS:
        raise ValueError(
            f"unit must be None or one of {', '.join(UNITS)}, got {unit!r}"
        )
    return f"{quantity} ({unit or 'no unit'})"


def missing_labels(picture: Figure) -> list[str]:
    """Names the axes of a figure whose label has no unit in brackets.

    Axes that are switched off, without tick labels, or whose ticks are names
    rather than numbers need none.
    """
    missing = []
    for number, axes in enumerate(picture.axes):
        if not axes.axison:
            continue
        for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
            if not _has_numbers(axis):
                continue
            text = axis.get_label().get_text()
            if not (text.endswith(")") and "(" in text):
                missing.append(f"axes {number}: {name} {text!r}")
    return missing


def _has_numbers(axis) -> bool:
    if not axis.get_visible() or len(axis.get_ticklocs()) == 0:
        return False
    named = isinstance(
        axis.get_major_formatter(),
        (FixedFormatter, NullFormatter, StrCategoryFormatter),
    )
    labelled = any(
        tick.label1.get_visible() or tick.label2.get_visible()
        for tick in axis.get_major_ticks()
    )
    return labelled and not named
