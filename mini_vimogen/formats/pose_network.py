"""The two BlazePose networks: a person detector and a landmark network.

TensorFlow Lite files, run by ai-edge-litert; the mediapipe package that
published them is neither installed nor imported.
"""

from pathlib import Path

import numpy as np

from mini_vimogen.formats.blazepose import (
    DETECTOR_SIDE,
    LANDMARK_SIDE,
    Crop,
    Detection,
    decode_detections,
    decode_landmarks,
    sigmoid,
)
from mini_vimogen.formats.parts import Part, fetch

DETECTOR_FILE = "pose_detection/pose_detection.tflite"
LANDMARK_FILE = "pose_landmark/pose_landmark_full.tflite"
POSE_NETWORK = Part(
    package="mediapipe",
    version="0.10.21",  # the last one with the weights inside
    folder="mediapipe/modules",
    licence="Apache-2.0",
    pip_options=(
        "--platform=manylinux_2_28_x86_64",
        "--python-version=3.11",
        "--implementation=cp",
        "--abi=cp311",
    ),
    members={
        DETECTOR_FILE: "9ba9dd3d42efaaba86b4ff0122b06f29"
        "c4122e756b329d89dca1e297fd8f866c",
        LANDMARK_FILE: "e9a5c5cb17f736fafd4c2ec1da3b3d33"
        "1d6edbe8a0d32395855aeb2cdfd64b9f",
    },
)
"""The two network files, as ``formats.parts.fetch`` gets them."""


class PoseNetwork:
    """The detector and the landmark network, ready to run.

    Args:
        weights: folder that holds ``pose_detection/pose_detection.tflite`` and
            ``pose_landmark/pose_landmark_full.tflite``; None takes the cache,
            or fetches them (``POSE_NETWORK``, 9 MB out of a wheel of 36 MB).

    Raises:
        FileNotFoundError: a file is missing, or could not be fetched.
        ValueError: the packages of the extra ``video`` are not installed, or a
            file is not such a network.
    """

    def __init__(self, weights=None):
        if weights is None:
            paths = fetch("pose_network", parts={"pose_network": POSE_NETWORK})
        else:
            names = (DETECTOR_FILE, LANDMARK_FILE)
            paths = {name: Path(weights) / name for name in names}
        self._detector = _interpreter(paths[DETECTOR_FILE])
        self._landmarker = _interpreter(paths[LANDMARK_FILE])

    def detect(self, frame: np.ndarray) -> list[Detection]:
        """People in an RGB frame [height, width, 3] uint8, best first."""
        height, width = frame.shape[:2]
        side = max(height, width)
        whole = Crop(np.array([width, height]) / 2, side, 0.0)
        image = _cut(frame, whole, DETECTOR_SIDE)
        outputs = _run(self._detector, image / 127.5 - 1)
        by_width = {out.shape[-1]: out[0] for out in outputs}
        return decode_detections(
            by_width[12],
            by_width[1][:, 0],
            scale=side / DETECTOR_SIDE,
            shift=whole.to_image(np.zeros(2)),
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
        return keypoints, following, float(sigmoid(score[0, 0]))


def _interpreter(path: Path):
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no pose network file {path}; it is part of the "
            "mediapipe 0.10.21 wheel"
        )
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise ValueError(
            "reading a video needs the package ai-edge-litert: install "
            "mini_vimogen[video]"
        ) from error
    try:
        interpreter = Interpreter(str(path), num_threads=1)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"{path} is not a pose network: {error}") from error
    return interpreter


def _run(interpreter, image: np.ndarray) -> list[np.ndarray]:
    entry = interpreter.get_input_details()[0]["index"]
    interpreter.set_tensor(entry, image[None].astype(np.float32))
    interpreter.invoke()
    details = interpreter.get_output_details()
    return [interpreter.get_tensor(d["index"]) for d in details]


def _cut(frame: np.ndarray, crop: Crop, side: int) -> np.ndarray:
    """The crop as an upright picture [side, side, 3]; black outside."""
    import cv2

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
