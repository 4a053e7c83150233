"""Keeping to one person from frame to frame of a video."""

from dataclasses import dataclass

import numpy as np

from mini_vimogen.formats.blazepose import Crop
from mini_vimogen.formats.pose_network import PoseNetwork

MIN_PERSON_SCORE = 0.5
NEAR = 0.3
"""A lost person is looked for this far from its last place, in crop sides."""
FARTHEST_STEP = 0.5
"""Nobody moves further between two frames, in crop sides."""
NEW_SCENE = 25.0
"""Mean change of 16 x 16 averaged pixels (0..255) that makes another scene."""


@dataclass(frozen=True, eq=False)
class _Person:
    crop: Crop
    keypoints: np.ndarray


class PersonFollower:
    """Keeps to one person; the detector runs at first and after a loss.

    A lost person is found again near its last place, or as somebody who was
    not there before. Who is seen elsewhere at the moment of the loss is
    somebody else and stays so, unless the picture has become another scene (a
    cut): then the nearest person is taken.

    Args:
        network: finds people, and landmarks in a crop.
        person: which one to follow, 1 the largest in the first frame that
            shows anybody; None takes the largest.
    """

    def __init__(self, network: PoseNetwork, *, person: int | None = None):
        self.people = 0
        """How many people the first frame that shows anybody shows."""
        self._network = network
        self._person = person
        self._crop: Crop | None = None  # None while nobody is followed
        self._last: Crop | None = None  # where the person was last seen
        self._frame: np.ndarray | None = None  # the picture then
        self._others: list[Crop] | None = None  # None: not looked for yet

    def next(self, frame: np.ndarray) -> np.ndarray:
        """Keypoints [17, 3] in the next frame; zeros when nobody is there.

        Raises:
            ValueError: in the first frame that shows anybody: fewer people
                than ``person``.
        """
        found = None
        if self._crop is not None:
            found = self._look(frame, self._crop, passes=2)
            if found is None:
                self._crop, self._others = None, None
        if found is None:
            found = self._first(frame) if self._last is None else None
            if self._last is not None:
                found = self._again(frame)
        if found is None:
            return np.zeros((17, 3))
        self._crop = self._last = found.crop
        self._frame = frame
        return found.keypoints

    def _look(self, frame, crop: Crop, *, passes: int) -> _Person | None:
        """The person in a crop, after moving the crop onto it; None if lost.

        The last frame's crop lags behind a fast person, and the detector's is
        rough: each pass looks again through the crop that the pass before
        proposed.
        """
        start = crop
        for _ in range(passes):
            keypoints, crop, score = self._network.landmarks(frame, crop)
            if not score >= MIN_PERSON_SCORE:
                return None
        if _apart(crop, start) > FARTHEST_STEP * start.side:
            return None  # it slid onto somebody else
        return _Person(crop, keypoints)

    def _first(self, frame) -> _Person | None:
        """The person to follow, when nobody was seen so far."""
        people: list[_Person] = []
        for detection in self._network.detect(frame):
            seen = self._look(frame, detection.crop, passes=4)
            if seen is None:
                continue
            doubles = (
                _apart(seen.crop, other.crop) < 0.25 * other.crop.side
                for other in people
            )
            if not any(doubles):
                people.append(seen)
        if not people:
            return None
        people.sort(key=lambda seen: -seen.crop.side)
        self.people = len(people)
        number = 1 if self._person is None else self._person
        if not 1 <= number <= len(people):
            raise ValueError(
                f"person must be from 1 to {len(people)}, as many as are seen "
                f"(1 is the largest), got {number}"
            )
        return people[number - 1]

    def _again(self, frame) -> _Person | None:
        """The person followed before, among those seen now."""
        crops = [person.crop for person in self._network.detect(frame)]
        change = np.abs(_scene(frame) - _scene(self._frame)).mean()
        if change < NEW_SCENE:
            crops = self._without_others(crops)
        for crop in sorted(crops, key=lambda crop: _apart(crop, self._last)):
            found = self._look(frame, crop, passes=4)
            if found is not None:
                return found
        return None

    def _without_others(self, crops: list[Crop]) -> list[Crop]:
        """Those who may be the lost person; remembers who is not."""
        just_lost, known = self._others is None, self._others or []
        possible, others = [], []
        for crop in crops:
            near = _apart(crop, self._last) < NEAR * self._last.side
            if any(_apart(crop, o) < FARTHEST_STEP * o.side for o in known) or (
                just_lost and not near
            ):
                others.append(crop)
            else:
                possible.append(crop)
        hidden = [
            old
            for old in known
            if all(
                _apart(old, new) >= FARTHEST_STEP * old.side for new in others
            )
        ]
        self._others = others + hidden
        return possible


def _apart(one: Crop, other: Crop) -> float:
    return float(np.hypot(*(one.centre - other.centre)))


def _scene(frame: np.ndarray) -> np.ndarray:
    """The picture in 16 x 16 averaged pixels."""
    height, width = frame.shape[:2]
    rows = np.linspace(0, height - 1, 64).astype(int)
    columns = np.linspace(0, width - 1, 64).astype(int)
    few = frame[rows[:, None], columns].astype(np.float32)
    return few.reshape(16, 4, 16, 4, 3).mean(axis=(1, 3))
