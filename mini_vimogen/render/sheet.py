"""Lay strips of poses out on a page, all at one scale."""

import textwrap
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle

from mini_vimogen.render.palette import FLOOR, GROUND, INK, PAPER, SIDES
from mini_vimogen.render.projection import View
from mini_vimogen.render.stickman import capsules
from mini_vimogen.render.theme import WIDTHS, Picture

LINE_INCHES = 0.17
"""Height of a line of text."""
MARGIN_INCHES = 0.12
FINEST = 0.72
"""Metres on an inch of paper when there is room: a person is 2.4 inches."""
GAP = 0.1
"""Metres between neighbours that fill their room."""


class Strip(Protocol):
    """A row of poses that knows its size and can draw itself."""

    label: str
    times: Sequence[str]
    box: np.ndarray  # [poses, 4] metres: left, bottom, right, top

    def draw(self, axes, *, places: np.ndarray, metres_per_point: float):
        """Draw each pose with the floor below its root at [poses, 2]."""


def lay_out(
    strips: Sequence[Strip],
    *,
    view: View,
    columns: int,
    title: str | None,
    width: str,
    key: bool = True,
) -> Picture:
    """A picture of all strips, filled row by row.

    Its single axes fills it and counts metres, so that the scale is the same
    everywhere and the bar of one metre holds.

    Args:
        strips: what to draw.
        view: shared by all; decides how deep the floor looks.
        columns: strips beside each other. With one column, poses of the same
            number stand exactly under each other.
        title: above everything.
        width: "page" or "half".
        key: say which colour is which side.

    Raises:
        ValueError: an unknown width.
    """
    if width not in WIDTHS:
        raise ValueError(
            f"width must be one of {', '.join(WIDTHS)}, got {width!r}"
        )
    sizes = _sizes(strips, aligned=columns == 1)
    room = (WIDTHS[width] - MARGIN_INCHES) / columns - MARGIN_INCHES
    scale = max(FINEST, max(size.sum() for size in sizes) / room)
    page = _Page(scale, room * scale, view)
    texts = [_lines(strip.label, int(room / 0.085)) for strip in strips]
    starts = range(0, len(strips), columns)
    rows = [slice(start, start + columns) for start in starts]
    heights = [page.row_height(strips[row], texts[row]) for row in rows]
    head = 1.6 * page.line if title else 0.0
    tall = sum(heights) + head + 2 * page.line + page.margin
    picture, axes = page.blank(WIDTHS[width], tall / scale)
    if title:
        at = tall - page.line
        axes.text(page.margin, at, title, va="center", fontsize=11)
    top = tall - head - page.margin / 2
    for row, height in zip(rows, heights, strict=True):
        floor = top - height + page.lift(strips[row])
        for column, strip in enumerate(strips[row]):
            number = row.start + column
            left = page.margin + column * (page.room + page.margin)
            page.caption(axes, texts[number], left, top)
            page.strip(axes, strip, sizes[number], left, floor)
        top -= height
    page.bar(axes)
    if key:
        page.key(axes, WIDTHS[width])
    return picture


class _Page:
    """Sizes in metres on the page, and the pieces drawn with them."""

    def __init__(self, scale: float, room: float, view: View):
        self.scale = scale  # metres an inch
        self.room = room  # metres across one strip
        self.line = LINE_INCHES * scale
        self.margin = MARGIN_INCHES * scale
        self.depth = 0.6 * np.hypot(*view.basis[1, :2])  # floor, 0.6 m

    def blank(self, inches_wide: float, inches_tall: float):
        picture = Picture(figsize=(inches_wide, inches_tall))
        axes = picture.add_axes((0, 0, 1, 1))
        wide, tall = inches_wide * self.scale, inches_tall * self.scale
        axes.set(xlim=(0, wide), ylim=(0, tall))
        axes.set_axis_off()
        return picture, axes

    def lift(self, strips) -> float:
        """How far the floor lies above the row's lower end."""
        low = min(strip.box[:, 1].min() for strip in strips)
        return 1.3 * self.line - min(low, -self.depth)

    def row_height(self, strips, texts) -> float:
        high = max(strip.box[:, 3].max() for strip in strips)
        lines = max(len(lines) for lines in texts)
        return self.lift(strips) + high + lines * self.line + self.margin

    def caption(self, axes, lines, left: float, top: float) -> None:
        words = "\n".join(lines)
        axes.text(left, top, words, va="top", fontsize=9, weight="bold")

    def strip(self, axes, strip, sizes, left: float, floor: float) -> None:
        """One strip on its floor, poses spread over the room, times below."""
        corner = (left, floor - self.depth)
        band = Rectangle(corner, self.room, 2 * self.depth, color=GROUND)
        axes.add_patch(band)
        axes.plot([left, left + self.room], [floor, floor], color=FLOOR, lw=0.8)
        poses = len(strip.times)
        slots = sizes + (self.room - sizes.sum()) / len(sizes)
        centres = left + (np.cumsum(slots) - slots / 2)[:poses]
        middle = (strip.box[:, 0] + strip.box[:, 2]) / 2
        places = np.stack([centres - middle, np.full(poses, floor)], axis=1)
        point = self.scale / 72
        strip.draw(axes, places=places, metres_per_point=point)
        low = floor - self.lift([strip]) + 1.2 * self.line
        for centre, time in zip(centres, strip.times, strict=True):
            axes.text(centre, low, time, ha="center", va="top", fontsize=8)

    def bar(self, axes) -> None:
        """One metre, at the lower left."""
        y = self.line
        start = np.array([[self.margin, y]])
        shape = capsules(start, start + [[1.0, 0.0]], 0.08 * self.line)
        axes.add_collection(PolyCollection(shape, facecolors=INK, linewidths=0))
        at = self.margin + 1.0 + 0.5 * self.line
        axes.text(at, y, "1 m", va="center", fontsize=8)

    def key(self, axes, inches_wide: float) -> None:
        """Which colour is which side, at the lower right."""
        y = self.line
        ends = {"left": 2.2, "right": 1.2}  # inches from the right edge
        words = {"left": "left, full", "right": "right, hollow"}
        for side, inches in ends.items():
            x = (inches_wide - inches) * self.scale
            start = np.array([[x, y]])
            end = start + [[1.6 * self.line, 0.0]]
            shapes = [capsules(start, end, 0.2 * self.line)[0]]
            colours = [SIDES[side]]
            if side == "right":
                shapes.append(capsules(start, end, 0.08 * self.line)[0])
                colours.append(PAPER)
            axes.add_collection(
                PolyCollection(shapes, facecolors=colours, linewidths=0)
            )
            at = x + 2.1 * self.line
            axes.text(at, y, words[side], va="center", fontsize=8)


def _sizes(strips, *, aligned: bool) -> list[np.ndarray]:
    """Metres across that each pose of each strip needs."""
    sizes = [strip.box[:, 2] - strip.box[:, 0] + GAP for strip in strips]
    if not aligned:
        return sizes
    widest = np.zeros(max(len(size) for size in sizes))
    for size in sizes:
        widest[: len(size)] = np.maximum(widest[: len(size)], size)
    return [widest] * len(strips)


def _lines(text: str, letters: int) -> list[str]:
    """A label on at most two lines, shortened if it must be."""
    lines = textwrap.wrap(text, letters)
    if len(lines) > 2:
        rest = " ".join(lines[1:])
        lines[1:] = [textwrap.shorten(rest, letters, placeholder=" ...")]
    return lines
