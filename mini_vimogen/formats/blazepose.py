"""BlazePose by hand: a person detector and a landmark network around two
TensorFlow Lite files, in numpy.

The networks see square crops; everything between a video frame and COCO-17 in
pixels is here. Source: Bazarevsky et al. 2020 ("BlazePose"), and the shapes of
the two published networks.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

DETECTOR_FILE = "pose_detection.tflite"
LANDMARK_FILE = "pose_landmark_full.tflite"

DETECTOR_SIDE = 224
LANDMARK_SIDE = 256
CROP_MARGIN = 1.25

COCO17_OF_BLAZEPOSE = (
    (0, 2, 5, 7, 8)  # nose, eyes, ears
    + (11, 12, 13, 14, 15, 16)  # shoulders, elbows, wrists
    + (23, 24, 25, 26, 27, 28)  # hips, knees, ankles
)
_CENTRE_POINT, _CIRCLE_POINT = 33, 34


@dataclass(frozen=True)
class Crop:
    """A turned square in the image that holds one person.

    Args:
        centre: [2] pixels.
        side: pixels.
        angle: radians by which the person is turned clockwise in the image;
            the crop turns the person upright.
    """

    centre: np.ndarray
    side: float
    angle: float

    @classmethod
    def around(cls, centre, circle_point) -> "Crop":
        """From the hip centre and a point on the circle around the person.

        The direction to the circle point is the person's upward direction,
        its distance is the circle's radius.
        """
        centre = np.asarray(centre, float)
        arm = np.asarray(circle_point, float) - centre
        side = 2 * float(np.hypot(*arm)) * CROP_MARGIN
        angle = float(np.arctan2(arm[0], -arm[1]))
        return cls(centre, side, angle)

    def to_image(self, points: np.ndarray) -> np.ndarray:
        """Crop coordinates [..., 2] in 0..1 to pixels of the image."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        turn = np.array([[cos, -sin], [sin, cos]])
        return self.centre + (points - 0.5) * self.side @ turn.T


@dataclass(frozen=True)
class Detection:
    """A person that the detector saw.

    Args:
        box: [4] x, y of the centre, width, height of the face box in pixels.
        crop: where the whole person is.
        score: 0..1.
    """

    box: np.ndarray
    crop: Crop
    score: float


def detector_anchors() -> np.ndarray:
    """Anchor centres [2254, 2] in 0..1 of the detector's input, row by row.

    >>> detector_anchors().shape
    (2254, 2)
    """
    layers = []
    for stride, per_cell in ((8, 2), (16, 2), (32, 6)):
        cells = DETECTOR_SIDE // stride
        line = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(line, line, indexing="ij")
        centres = np.stack([x.ravel(), y.ravel()], axis=-1)
        layers.append(np.repeat(centres, per_cell, axis=0))
    return np.concatenate(layers)


def sigmoid(logit: np.ndarray) -> np.ndarray:
    """Logistic function without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(logit, float)))


def decode_detections(
    boxes: np.ndarray,
    logits: np.ndarray,
    *,
    scale: float,
    shift: np.ndarray,
    min_score: float = 0.5,
) -> list[Detection]:
    """Raw detector outputs to people, best first, duplicates removed.

    Args:
        boxes: [2254, 12] box x, y, width, height and four points, in pixels of
            the detector's input, relative to the anchor centre.
        logits: [2254] score logits.
        scale, shift: image pixels = (input pixels) * scale + shift [2].
        min_score: weaker detections are dropped.
    """
    score = sigmoid(logits)
    order = np.argsort(-score)
    order = order[score[order] >= min_score]
    anchors = detector_anchors() * DETECTOR_SIDE
    people: list[Detection] = []
    for index in order:
        values = boxes[index].reshape(6, 2).astype(float)
        values[0] += anchors[index]
        values[2:] += anchors[index]
        points = values * scale
        points[[0, 2, 3, 4, 5]] += shift
        crop = Crop.around(points[2], points[3])
        known = (
            np.hypot(*(crop.centre - other.crop.centre)) < 0.25 * crop.side
            for other in people
        )
        if crop.side > 1 and not any(known):
            box = np.concatenate([points[0], points[1]])
            people.append(Detection(box, crop, float(score[index])))
    return people


class PoseNetwork:
    """The detector and the landmark network, ready to run.

    Args:
        weights: folder that holds ``pose_detection.tflite`` and
            ``pose_landmark_full.tflite`` (Apache-2.0, from the mediapipe
            wheels up to 0.10.21).

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: the packages of the extra ``video`` are not installed, or a
            file is not such a network.
    """

    def __init__(self, weights):
        self._detector = _interpreter(Path(weights) / DETECTOR_FILE)
        self._landmarker = _interpreter(Path(weights) / LANDMARK_FILE)

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
            and the score that a person is there, 0..1. The confidence is
            visibility times presence, as the network states them.
        """
        outputs = _run(
            self._landmarker, _cut(frame, crop, LANDMARK_SIDE) / 255.0
        )
        # Two outputs end in size 1: the score, and a picture of the person.
        points = next(o for o in outputs if o.shape == (1, 195))
        score = next(o for o in outputs if o.shape == (1, 1))
        points = points.reshape(39, 5).astype(float)
        place = crop.to_image(points[:, :2] / LANDMARK_SIDE)
        confidence = sigmoid(points[:, 3]) * sigmoid(points[:, 4])
        keypoints = np.concatenate([place, confidence[:, None]], axis=1)
        following = Crop.around(place[_CENTRE_POINT], place[_CIRCLE_POINT])
        chosen = keypoints[list(COCO17_OF_BLAZEPOSE)]
        return chosen, following, float(sigmoid(score[0, 0]))


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
