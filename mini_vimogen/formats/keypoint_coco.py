"""Keypoints in COCO's json: annotations, and results as AlphaPose writes."""

import numpy as np

from mini_vimogen.conventions import COCO17
from mini_vimogen.formats.keypoint_json_fields import (
    field,
    frame_number,
    listed,
    positive,
    score,
    track,
    triples,
)
from mini_vimogen.formats.keypoint_people import (
    Found,
    Malformed,
    Person,
    checked_points,
    found_in,
)

_HIDDEN = 0.5
"""Confidence of COCO's flag 1: a person marked the joint, but it is covered."""


def read_results(content: list) -> Found:
    """AlphaPose, and COCO's results: one entry a person and frame."""
    numbered: dict[int, list[Person]] = {}
    for entry in content:
        number = frame_number(field(entry, "image_id", "each entry"))
        where = f"keypoints of frame {number}"
        points = triples(field(entry, "keypoints", f"frame {number}"), where)
        numbered.setdefault(number, []).append(
            Person(
                checked_points(points, where=where),
                track(entry),
                score(entry),
            )
        )
    return _coco_by_number(numbered)


def _coco_by_number(numbered, **more) -> Found:
    found = found_in(numbered, **more)
    if found.joints != len(COCO17):
        return found
    return found_in(numbered, layout="coco17", **more)


def read_annotations(content: dict) -> Found:
    """COCO's annotations, with its list of images where there is one."""
    entries = [
        entry
        for entry in listed(content["annotations"], "annotations")
        if not isinstance(entry, dict)
        or ("keypoints" in entry and not entry.get("iscrowd"))
    ]
    detected = []
    for entry in entries:
        image = field(entry, "image_id", "each annotation")
        where = f"keypoints of image {image}"
        points = triples(field(entry, "keypoints", where), where)
        detected.append((entry, image, where, points))
    _flags_to_confidence([points for *_, points in detected])
    ranks, size = _coco_images(content)
    numbered = {rank: [] for rank in ranks.values()}
    for entry, image, where, points in detected:
        number = frame_number(image)
        if ranks:
            if image not in ranks:
                raise Malformed(f"image {image} must be in the list of images")
            number = ranks[image]
        points = checked_points(points, where=where)
        found = Person(points, track(entry), score(entry))
        numbered.setdefault(number, []).append(found)
    return _coco_by_number(numbered, **size)


def _flags_to_confidence(people: list[np.ndarray]) -> None:
    """COCO's flags 0, 1, 2 of hand-made annotations, in place.

    A file that holds nothing else, and some 2, has flags and no confidences.
    """
    values = {value for own in people for value in np.unique(own[:, 2])}
    if values <= {0.0, 1.0, 2.0} and 2.0 in values:
        for own in people:
            own[:, 2] = np.choose(own[:, 2].astype(int), (0.0, _HIDDEN, 1.0))


def _coco_images(content: dict) -> tuple[dict[int | str, int], dict]:
    """The frame of each image's id (its rank), and the images' size."""
    images = listed(content.get("images", []), "images")
    ids = [field(image, "id", "each image") for image in images]
    if not all(isinstance(one, (int, str)) for one in ids):
        raise Malformed("the id of each image must be a number or a text")
    numbers = {
        one: rank for rank, one in enumerate(sorted(ids, key=frame_number))
    }
    if len(numbers) != len(images):
        raise Malformed("the ids of images must differ, got one twice")
    sizes = {
        (positive(image, "width"), positive(image, "height"))
        for image in images
        if "width" in image and "height" in image
    }
    if len(sizes) > 1:
        raise Malformed(
            f"images must be of one size, got {len(sizes)} different ones"
        )
    if not sizes:
        return numbers, {}
    return numbers, dict(zip(("width", "height"), *sizes, strict=True))
