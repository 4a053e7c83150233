"""The people that a keypoint file shows, frame by frame."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Real

import numpy as np

from mini_vimogen.formats.keypoint_layouts import layout_named, layout_of

MAX_FRAMES = 20_000
"""A track with more is refused; at 30 frames a second this is 11 minutes."""
HIGHEST_CONFIDENCE = 6.0
"""Detectors write their heat map's peak, often a little above 1 (1.41 and 1.28
are reported for OpenPose and MMPose); AlphaPose documents 0 to 6 for COCO."""

_FARTHEST_PIXEL = 1e6
_LARGEST_SHARE = 10.0
_LEAST_PIXELS = 2.0


class Malformed(ValueError):
    """What is wrong with a file, without the file's name."""


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody in one frame.

    Args:
        points: [joints, 3] x, y, confidence in 0..1, 0 where not seen.
        track: the same for one person through the file; None is unknown.
        score: of the detection; decides between people of one size.
    """

    points: np.ndarray
    track: int | str | None = None
    score: float = 0.0

    @property
    def seen(self) -> bool:
        """Whether any joint was seen; without one there is no box."""
        return bool((self.points[:, 2] > 0).any())

    @cached_property
    def box(self) -> np.ndarray:
        """[2, 2] lowest and highest x, y of the joints that were seen."""
        place = self.points[self.points[:, 2] > 0, :2]
        return np.stack([place.min(axis=0), place.max(axis=0)])

    @property
    def side(self) -> float:
        """Longer side of the box."""
        return float((self.box[1] - self.box[0]).max())

    def distance(self, other: "Person") -> float:
        """Between the middles of two boxes."""
        return float(math.hypot(*(self.box - other.box).mean(axis=0)))


@dataclass(frozen=True, eq=False)
class Found:
    """What a file holds.

    Args:
        frames: the people of each frame.
        joints: how many points a person has.
        layout: name, where the file says it; None leaves it to the number.
        fps, width, height: None where the file does not say.
        shares: x and y are shares of width and height, not pixels.
    """

    frames: Sequence[Sequence[Person]]
    joints: int
    layout: str | None = None
    fps: float | None = None
    width: float | None = None
    height: float | None = None
    shares: bool = False

    def settings(self, fps, size) -> tuple[float, float, float]:
        """fps, width and height: the file's, or else those given.

        Raises:
            Malformed: neither says, both say and differ, or not positive.
        """
        if size is not None and (
            not isinstance(size, (tuple, list)) or len(size) != 2
        ):
            raise Malformed(f"size must be (width, height), got {size!r}")
        width, height = (None, None) if size is None else size
        given = {"fps": fps, "width": width, "height": height}
        own = {name: getattr(self, name) for name in given}
        lacking = [n for n in given if own[n] is None and given[n] is None]
        if lacking:
            wanted = ["fps="] * ("fps" in lacking)
            wanted += ["size=(width, height)"] * (lacking != ["fps"])
            options = " ".join(f"--{name}" for name in lacking)
            raise Malformed(
                f"it lacks {', '.join(lacking)}; give {' and '.join(wanted)} "
                f"(on the command line {options})"
            )
        for name, value in given.items():
            both = [one for one in (own[name], value) if one is not None]
            for one in both:
                if not (isinstance(one, Real) and 0 < one < math.inf):
                    raise Malformed(
                        f"{name} must be positive and finite, got {one}"
                    )
            if max(both) > 1.001 * min(both):
                raise Malformed(
                    f"its {name} is {own[name]:g}, but {value:g} was given"
                )
        settled = [
            given[name] if own[name] is None else own[name] for name in given
        ]
        return float(settled[0]), float(settled[1]), float(settled[2])

    def layout_or(self, layout: str | None) -> str:
        """The layout that is given, or the file's, or the only fitting one."""
        layout = layout or self.layout
        if layout is None:
            try:
                return layout_of(self.joints)
            except ValueError as error:
                raise Malformed(str(error)) from error
        if len(layout_named(layout)) != self.joints:
            raise Malformed(
                f"layout {layout} has {len(layout_named(layout))} joints, but "
                f"people here have {self.joints}"
            )
        return layout

    def in_pixels(self, width: float, height: float) -> "Found":
        """The same with x and y in pixels.

        Raises:
            Malformed: numbers that cannot be what the file should hold.
        """
        seen = [
            np.abs(person.box).max()
            for people in self.frames
            for person in people
            if person.seen
        ]
        farthest = float(max(seen, default=0.0))
        if not self.shares:
            if seen and farthest < _LEAST_PIXELS:
                raise Malformed(
                    "x and y must be in pixels, got none beyond "
                    f"{farthest:.3g}; are they shares of the picture?"
                )
            return self
        if farthest > _LARGEST_SHARE:
            raise Malformed(
                "x and y must be shares of the picture's width and height "
                f"(0..1), got {farthest:.4g}"
            )
        scale = np.array([width, height, 1.0])
        frames = [
            [replace(one, points=one.points * scale) for one in people]
            for people in self.frames
        ]
        return replace(self, frames=frames, shares=False)


def checked_points(
    points: np.ndarray, *, where: str, highest: float = HIGHEST_CONFIDENCE
) -> np.ndarray:
    """Points [joints, 3] whose numbers are sound, confidence cut off at 1.

    Raises:
        Malformed: NaN, infinity, a place far outside any picture, a confidence
            that is negative or above ``highest``.
    """
    finite = np.isfinite(points).all(axis=1)
    if not finite.all():
        raise Malformed(
            f"{where} must be finite, got NaN or infinity at joint "
            f"{int(np.argmin(finite))} (write confidence 0 for a joint that "
            "was not seen)"
        )
    if np.abs(points[:, :2]).max(initial=0) > _FARTHEST_PIXEL:
        raise Malformed(
            f"{where} must lie within {_FARTHEST_PIXEL:,.0f} pixels, got "
            f"{np.abs(points[:, :2]).max():.3g}"
        )
    low, high = points[:, 2].min(initial=0), points[:, 2].max(initial=0)
    if low < 0 or high > highest:
        raise Malformed(
            f"{where} must have confidence between 0 and {highest:g}, got "
            f"{low if low < 0 else high:.3g}"
        )
    return np.concatenate(
        [points[:, :2], points[:, 2:].clip(max=1.0)], axis=1, dtype=float
    )


def frames_in_order(
    numbered: Mapping[int, Sequence[Person]],
) -> list[list[Person]]:
    """One list of people a frame, from the first to the last frame number.

    Frames that are not listed show nobody; so do people without a seen joint.

    Raises:
        Malformed: no frame, more than ``MAX_FRAMES``, or people whose numbers
            of joints differ.
    """
    if not numbered:
        raise Malformed("it must hold at least one frame, got none")
    first, last = min(numbered), max(numbered)
    if last - first >= MAX_FRAMES:
        raise Malformed(
            f"frames are numbered {first} to {last}; at most {MAX_FRAMES:,} "
            "are read"
        )
    joints = _number_of_joints(numbered)
    frames = [[] for _ in range(first, last + 1)]
    for number, people in numbered.items():
        for person in people:
            if len(person.points) != joints:
                raise Malformed(
                    f"frame {number} has a person with {len(person.points)} "
                    f"joints, where others have {joints}"
                )
            if person.seen:
                frames[number - first].append(person)
    return frames


def _number_of_joints(numbered: Mapping[int, Sequence[Person]]) -> int:
    for people in numbered.values():
        if people:
            return len(people[0].points)
    raise Malformed("it must show somebody, got no person in any frame")


def found_in(numbered: Mapping[int, Sequence[Person]], **more) -> Found:
    """A ``Found`` of numbered frames; see ``frames_in_order``."""
    frames = frames_in_order(numbered)
    return Found(frames, _number_of_joints(numbered), **more)
