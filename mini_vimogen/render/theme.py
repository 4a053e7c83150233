"""One look for every picture: sizes, labels with units, alt text."""

from base64 import b64encode
from html import escape
from io import BytesIO
from types import MappingProxyType

import matplotlib
from matplotlib.category import StrCategoryFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FixedFormatter,
    FixedLocator,
    FuncFormatter,
    NullFormatter,
)

from mini_vimogen.render.palette import FLOOR, INK, PAPER

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
    formatter = axis.get_major_formatter()
    named = isinstance(
        formatter, (FixedFormatter, NullFormatter, StrCategoryFormatter)
    )
    # set_xticks(places, labels) formats by a function over fixed places.
    fixed = isinstance(axis.get_major_locator(), FixedLocator)
    named = named or (fixed and isinstance(formatter, FuncFormatter))
    labelled = any(
        tick.label1.get_visible() or tick.label2.get_visible()
        for tick in axis.get_major_ticks()
    )
    return labelled and not named
