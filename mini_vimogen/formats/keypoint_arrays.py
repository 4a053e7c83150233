"""Keypoints in numpy arrays: ``.npz`` and ``.npy``, never a pickle."""

import tokenize
from pathlib import Path

import numpy as np

from mini_vimogen.files import MAX_UNPACKED_BYTES, read_npz
from mini_vimogen.formats.keypoint_people import (
    MAX_FRAMES,
    Found,
    Malformed,
    Person,
    checked_points,
)

NUMBERS = ("fps", "width", "height")


def read_archive(path: Path) -> Found:
    """An ``.npz`` with ``keypoints`` and perhaps fps, width and height.

    With all of them it is a file as ``keypoint_file.write`` makes it, and 17
    joints are COCO-17.
    """
    stored = read_npz(path, wanted={"keypoints"}, what="keypoint file")
    numbers = {}
    for name in NUMBERS:
        if name not in stored:
            continue
        value = stored[name]
        if value.size != 1 or value.dtype.kind not in "iuf":
            raise ValueError(
                f"{name} in {path} must be one number, got {value.dtype} of "
                f"shape {list(value.shape)}"
            )
        numbers[name] = float(value.item())
    points = stored["keypoints"]
    ours = len(numbers) == len(NUMBERS) and points.shape[1:2] == (17,)
    return _found(points, layout="coco17" if ours else None, **numbers)


def read_array(path: Path) -> Found:
    """An ``.npy`` of shape [frames, joints, 2 or 3]."""
    if path.stat().st_size > MAX_UNPACKED_BYTES:
        raise Malformed(f"it has {path.stat().st_size:,} bytes, too many")
    try:
        # Mapped, so that a header cannot ask for more than the file holds.
        array = np.load(path, allow_pickle=False, mmap_mode="r")
    except (
        *(ValueError, OSError, EOFError),
        *(OverflowError, tokenize.TokenError),
    ) as error:
        raise Malformed(
            f"it is not a readable .npy without pickled objects: {error}"
        ) from error
    if not isinstance(array, np.ndarray):
        array.close()
        raise Malformed("it is an .npz that is named .npy")
    return _found(np.asarray(array))


def _found(points: np.ndarray, **more) -> Found:
    if points.dtype.kind not in "iuf":
        raise Malformed(f"keypoints must hold numbers, got {points.dtype}")
    if points.ndim != 3 or points.shape[2] not in (2, 3) or 0 in points.shape:
        raise Malformed(
            "keypoints must have shape [frames, joints, 2 or 3] (x, y and "
            f"perhaps confidence), got {list(points.shape)}"
        )
    points = points.astype(float)
    if points.shape[2] == 2:
        points = _with_confidence(points)
    if len(points) > MAX_FRAMES:
        raise Malformed(
            f"it has {len(points):,} frames; at most {MAX_FRAMES:,} are read"
        )
    # Frames without a seen joint stay as they are: reading changes nothing.
    frames = [
        [Person(checked_points(own, where=f"frame {frame}", highest=1.0))]
        for frame, own in enumerate(points)
    ]
    return Found(frames, points.shape[1], **more)


def _with_confidence(place: np.ndarray) -> np.ndarray:
    """Confidence 1 for [frames, joints, 2]; 0 where it is NaN or exactly 0, 0.

    Without a confidence there is no other way to write an unseen joint.
    """
    unseen = np.isnan(place).any(axis=2) | (place == 0).all(axis=2)
    place = np.where(unseen[..., None], 0.0, place)
    confidence = np.where(unseen, 0.0, 1.0)
    return np.concatenate([place, confidence[..., None]], axis=2)
