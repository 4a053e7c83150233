"""One person out of the several that a keypoint file shows."""

import numpy as np

from mini_vimogen.formats.keypoint_people import Found, Malformed, Person

_GATE = 0.5
"""Between frames a person moves less than this share of the longer side of
the box around the joints."""
_LOST_FRAMES = 10
"""After so many frames without the person, the nearest one is taken: the
camera has cut, or the detector had lost the person."""


def follow(found: Found, *, person: int | None = None) -> np.ndarray:
    """The points of one person in every frame.

    Where everybody has a track number, a track is followed, and people are
    ranked by the sizes of their boxes, summed over all frames. Else people are
    ranked by size in the first frame that shows somebody, and each next frame
    gives the nearest of its people, if that is near enough to be the same one.

    Args:
        found: the frames.
        person: 1 is the largest, as is None.

    Returns:
        [frames, joints, 3]; zeros where the person was not found.

    Raises:
        ValueError: nobody is seen at all, or there are not as many people.
    """
    people = [one for frame in found.frames for one in frame if one.seen]
    if not people:
        raise Malformed(
            "it must show somebody, got confidence 0 for every joint in every "
            "frame"
        )
    if all(one.track is not None for one in people):
        chosen = _by_track(found.frames, people, person)
    else:
        chosen = _by_place(found.frames, person)
    nobody = np.zeros((found.joints, 3))
    return np.stack([nobody if one is None else one.points for one in chosen])


def _ranked(ranking: list, person: int | None, where: str):
    rank = 1 if person is None else person
    if isinstance(rank, bool) or rank != int(rank) or rank < 1:
        raise Malformed(f"person must be 1 (the largest) or more, got {person}")
    if rank > len(ranking):
        raise Malformed(
            f"person must be 1 to {len(ranking)}, the people {where}, got "
            f"{person}"
        )
    return ranking[int(rank) - 1]


def _by_track(frames, people, person) -> list[Person | None]:
    size: dict[int | str, float] = {}
    for one in people:
        size[one.track] = size.get(one.track, 0.0) + one.side
    ranking = sorted(size, key=lambda track: -size[track])
    track = _ranked(ranking, person, "with a track number of their own")
    found = []
    for frame in frames:
        same = [one for one in frame if one.track == track]
        found.append(max(same, key=lambda one: one.side, default=None))
    return found


def _by_place(frames, person) -> list[Person | None]:
    first = next(
        index
        for index, frame in enumerate(frames)
        if any(one.seen for one in frame)
    )
    ranking = sorted(frames[first], key=lambda one: (-one.side, -one.score))
    last = _ranked(ranking, person, f"in frame {first}, the first with any")
    if max(len(frame) for frame in frames) == 1:
        return [frame[0] if frame else None for frame in frames]
    chosen: list[Person | None] = [None] * first + [last]
    missing = 0
    for frame in frames[first + 1 :]:
        nearest = min(frame, key=last.distance, default=None)
        if nearest is not None and missing < _LOST_FRAMES:
            reach = _GATE * max(last.side, nearest.side)
            if last.distance(nearest) > reach:
                nearest = None
        chosen.append(nearest)
        missing = missing + 1 if nearest is None else 0
        last = last if nearest is None else nearest
    return chosen
