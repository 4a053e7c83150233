"""The two BlazePose networks: a person detector and a landmark network.

TensorFlow Lite files, run by ai-edge-litert; the mediapipe package that
published them is neither installed nor imported.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from mini_vimogen.formats.blazepose import (
    DETECTOR_SIDE,
    LANDMARK_SIDE,
    Crop,
    Detection,
    decode_detections,
    decode_landmarks,
    windows,
    without_doubles,
)
from mini_vimogen.formats.parts import PARTS, is_whole, kept

DETECTOR_FILE = "pose_detection/pose_detection.tflite"
LANDMARK_FILE = "pose_landmark/pose_landmark_full.tflite"


class PoseNetwork:
    """The detector and the landmark network, ready to run.

    Args:
        weights: folder that holds ``pose_detection/pose_detection.tflite`` and
            ``pose_landmark/pose_landmark_full.tflite``; None takes them from
            where ``check --fetch`` puts them.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file was altered, or the packages of the extra ``video``
            are not installed.
    """

    def __init__(self, weights=None):
        _opencv()
        if weights is None:
            paths = kept("pose_network")
        else:
            paths = _in_folder(Path(weights))
        self._detector = _interpreter(paths[DETECTOR_FILE])
        self._landmarker = _interpreter(paths[LANDMARK_FILE])

    def detect(self, frame: np.ndarray) -> list[Detection]:
        """People in an RGB frame [height, width, 3] uint8, best first.

        The detector is made for one person who fills its picture: it looks at
        the whole frame, then through ``windows``, where several people or a
        small one are found more surely.
        """
        found: list[Detection] = []
        for window in windows(*frame.shape[:2]):
            found += self._detect_in(frame, window)
        return without_doubles(found)

    def _detect_in(self, frame: np.ndarray, window: Crop) -> list[Detection]:
        image = _cut(frame, window, DETECTOR_SIDE)
        outputs = _run(self._detector, image / 127.5 - 1)
        by_width = {out.shape[-1]: out[0] for out in outputs}
        return decode_detections(
            by_width[12],
            by_width[1][:, 0],
            scale=window.side / DETECTOR_SIDE,
            shift=window.to_image(np.zeros(2)),
        )

    def landmarks(self, frame: np.ndarray, crop: Crop):
        """Landmarks of the person in a crop.

        Returns:
            keypoints [17, 3] (pixels and confidence), the next frame's crop,
            and the score that a person is there, 0..1.
        """
        outputs = _run(
            self._landmarker, _cut(frame, crop, LANDMARK_SIDE) / 255.0
        )
        # Two outputs end in size 1: the score, and a picture of the person.
        points = next(o for o in outputs if o.shape == (1, 195))
        score = next(o for o in outputs if o.shape == (1, 1))
        keypoints, following = decode_landmarks(points.reshape(39, 5), crop)
        # The score is a probability already, unlike the detector's.
        return keypoints, following, float(score[0, 0])


def _in_folder(folder: Path) -> dict[str, Path]:
    """The two files in a folder of the user's."""
    part = PARTS["pose_network"]
    paths = {name: folder / name for name in part.members}
    what = f"{part.package} {part.version}"
    for name, path in paths.items():
        if not path.is_file():
            raise FileNotFoundError(
                f"there is no pose network file {path}; without weights= the "
                "one is taken that this command fetches: python -m "
                "mini_vimogen check --fetch --part pose_network"
            )
        if not is_whole(path, part.members[name]):
            raise ValueError(
                f"{path} is not the file of {what}: its SHA-256 differs"
            )
    return paths


def _interpreter(path: Path):
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise ValueError(
            "reading a video needs the package ai-edge-litert: install "
            "mini_vimogen[video]"
        ) from error
    with _quiet_stderr():
        interpreter = Interpreter(str(path), num_threads=1)
        interpreter.allocate_tensors()
    return interpreter


def _opencv():
    try:
        import cv2
    except ImportError as error:
        raise ValueError(
            "reading a video needs the package opencv-python-headless: "
            "install mini_vimogen[video]"
        ) from error
    return cv2


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Without what compiled code writes to stderr past Python.

    LiteRT announces there how it computes, and has no switch for it.
    """
    sys.stderr.flush()
    before = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)


def _run(interpreter, image: np.ndarray) -> list[np.ndarray]:
    entry = interpreter.get_input_details()[0]["index"]
    interpreter.set_tensor(entry, image[None].astype(np.float32))
    interpreter.invoke()
    details = interpreter.get_output_details()
    return [interpreter.get_tensor(d["index"]) for d in details]


def _cut(frame: np.ndarray, crop: Crop, side: int) -> np.ndarray:
    """The crop as an upright picture [side, side, 3]; black outside."""
    cv2 = _opencv()
    # A large crop is averaged down first; plain sampling would alias.
    shrink = max(int(crop.side // (2 * side)), 1)
    if shrink > 1:
        height, width = frame.shape[:2]
        frame = frame[: height - height % shrink, : width - width % shrink]
        frame = cv2.resize(
            frame,
            (width // shrink, height // shrink),
            interpolation=cv2.INTER_AREA,
        )
    corners = np.array([[0, 0], [1, 0], [0, 1]], float)
    # Crop and image are measured from the corner of the first pixel, OpenCV's
    # warp from its centre: hence the halves.
    affine = cv2.getAffineTransform(
        (crop.to_image(corners) / shrink - 0.5).astype(np.float32),
        (corners * side - 0.5).astype(np.float32),
    )
    return cv2.warpAffine(frame, affine, (side, side), flags=cv2.INTER_LINEAR)
