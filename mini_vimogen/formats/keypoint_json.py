"""Keypoints in json: what AlphaPose, OpenPose, MMPose and others write.

Each reader turns one kind of file into the people of numbered frames. Which
kind it is shows in the file's own names; ``book/keypoint_layouts.md`` lists
them with the commands that write them.
"""

from pathlib import Path

import numpy as np

from mini_vimogen.formats import keypoint_coco
from mini_vimogen.formats.keypoint_json_fields import (
    field,
    frame_number,
    listed,
    loaded,
    numbers,
    outline,
    positive,
    score,
    track,
    triples,
)
from mini_vimogen.formats.keypoint_people import (
    MAX_FRAMES,
    Found,
    Malformed,
    Person,
    checked_points,
    found_in,
)

_LANDMARKS = ("landmarks", "pose_landmarks", "poseLandmarks")
_MMPOSE_LAYOUTS = {"coco": "coco17", "halpe26": "halpe26", "h36m": "h36m17"}


def read_json(path: Path) -> Found:
    """A json file of any kind that is known.

    Raises:
        Malformed: not json, too large, too deep, of no known kind, or with
            something in it that its kind does not allow.
    """
    content = loaded(path)
    if isinstance(content, dict):
        if "annotations" in content:
            return keypoint_coco.read_annotations(content)
        if "instance_info" in content:
            return _mmpose(content["instance_info"], _mmpose_layout(content))
        if "frames" in content:
            return _blazepose(content["frames"], content)
        if "people" in content:
            raise Malformed(
                "it is one frame of OpenPose; give the folder that holds the "
                "files of all frames"
            )
    if isinstance(content, list) and content:
        some = next((entry for entry in content if entry), None)
        if not isinstance(some, dict):
            return _blazepose(content, {})
        for name, reader in (
            ("instances", _mmpose),
            ("people", _openpose_frames),
            ("image_id", keypoint_coco.read_results),
            *((name, _blazepose) for name in _LANDMARKS),
        ):
            if name in some:
                return reader(content)
    raise Malformed(
        "it must be json of COCO, AlphaPose, OpenPose, MMPose or BlazePose "
        f"keypoints, got {outline(content)}"
    )


def read_folder(path: Path) -> Found:
    """A folder of OpenPose's json files, one a frame, numbered in their names.

    Raises:
        Malformed: no json files, two of one number, or as ``read_json``.
    """
    files = sorted(path.glob("*.json"))
    if not files:
        raise Malformed("the folder must hold OpenPose's json files, got none")
    if len(files) > MAX_FRAMES:
        raise Malformed(f"it has {len(files):,} files, above {MAX_FRAMES:,}")
    numbered: dict[int, list[Person]] = {}
    for file in files:
        number = frame_number(file.stem.removesuffix("_keypoints"))
        if number in numbered:
            raise Malformed(
                f"two of its files are of frame {number}; keep the videos in "
                "folders of their own"
            )
        content = loaded(file)
        if not isinstance(content, dict) or "people" not in content:
            raise Malformed(
                f"{file.name} must be a frame of OpenPose, got "
                f"{outline(content)}"
            )
        numbered[number] = _openpose_people(content, number)
    return found_in(numbered)


def _openpose_people(content: dict, number: int) -> list[Person]:
    where = f"pose_keypoints_2d of frame {number}"
    people = []
    for one in listed(content["people"], f"people of frame {number}"):
        values = field(one, "pose_keypoints_2d", f"frame {number}")
        if values:  # a person of whom only a hand or the face was found has []
            points = checked_points(triples(values, where), where=where)
            people.append(Person(points))
    return people


def _openpose_frames(content: list) -> Found:
    """Several frames of OpenPose in one list."""
    numbered = {}
    for number, frame in enumerate(content):
        field(frame, "people", f"frame {number}")
        numbered[number] = _openpose_people(frame, number)
    return found_in(numbered)


def _mmpose_layout(content: dict) -> str | None:
    meta = content.get("meta_info")
    name = meta.get("dataset_name") if isinstance(meta, dict) else None
    return _MMPOSE_LAYOUTS.get(name) if isinstance(name, str) else None


def _mmpose(content, layout: str | None = None) -> Found:
    """MMPose: frames with instances, each with keypoints and their scores."""
    numbered: dict[int, list[Person]] = {}
    for rank, frame in enumerate(listed(content, "instance_info")):
        instances = field(frame, "instances", f"entry {rank}")
        number = frame_number(frame.get("frame_id", rank))
        if number in numbered:
            raise Malformed(f"frame_id must differ, got {number} twice")
        numbered[number] = [
            _mmpose_person(one, f"keypoints of frame {number}")
            for one in listed(instances, f"instances of frame {number}")
        ]
    return found_in(numbered, layout=layout)


def _mmpose_person(one, where: str) -> Person:
    place = numbers(field(one, "keypoints", where), width=2, where=where)
    scores = numbers(
        field(one, "keypoint_scores", where), width=None, where=f"{where}"
    )
    if len(place) != len(scores):
        raise Malformed(
            f"{where} must be as many as keypoint_scores, got {len(place)} and "
            f"{len(scores)}"
        )
    # Its decoder gives a score of 0 or less to a joint that it did not find.
    points = np.column_stack([place, scores.clip(min=0.0)])
    return Person(
        checked_points(points, where=where),
        track(one),
        score(one, "bbox_score"),
    )


def _blazepose(content, head: dict | None = None) -> Found:
    """BlazePose: frames of 33 landmarks in shares of the picture."""
    head = head or {}
    numbered = {
        number: _blazepose_people(frame, f"frame {number}")
        for number, frame in enumerate(listed(content, "frames"))
    }
    known = [name for name in ("fps", "width", "height") if name in head]
    more = {name: positive(head, name) for name in known}
    return found_in(numbered, layout="blazepose33", shares=True, **more)


def _blazepose_people(frame, where: str) -> list[Person]:
    if isinstance(frame, dict):
        name = next((name for name in _LANDMARKS if name in frame), "landmarks")
        frame = field(frame, name, where)
    if not frame:  # null or []: nobody
        return []
    several = isinstance(listed(frame, where)[0], list) and (
        not frame[0] or isinstance(frame[0][0], (dict, list))
    )
    people = frame if several else [frame]
    return [Person(_landmarks(one, where)) for one in people if one]


def _landmarks(landmarks, where: str) -> np.ndarray:
    """x, y, visibility (times presence, where it is given) as [33, 3]."""
    rows = []
    for landmark in listed(landmarks, where):
        if isinstance(landmark, dict):
            rows.append(
                [field(landmark, name, where) for name in ("x", "y")]
                + [field(landmark, "visibility", where)]
                + [landmark.get("presence", 1.0)]
            )
        else:  # x, y, z, visibility
            row = numbers(landmark, width=None, where=where)
            if len(row) != 4:
                raise Malformed(
                    f"{where} must have landmarks of x, y, z, visibility, got "
                    f"{len(row)} numbers"
                )
            rows.append([row[0], row[1], row[3], 1.0])
    points = numbers(rows, width=4, where=where)
    points[:, 2] *= points[:, 3]
    return checked_points(points[:, :3], where=where, highest=1.0)
