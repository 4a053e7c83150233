"""BlazePose's bookkeeping in numpy: crops, anchors, detections, landmarks.

The networks (``pose_network``) see square crops; what lies between them and
COCO-17 in pixels of the frame is here. Source: Bazarevsky et al. 2020
("BlazePose"), and the shapes of the two published networks.
"""

import math
from dataclasses import dataclass

import numpy as np

DETECTOR_SIDE = 224
LANDMARK_SIDE = 256
CROP_MARGIN = 1.25
MAX_WINDOWS, WINDOW_SHARE = 12, 0.6

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


def windows(height: int, width: int) -> list[Crop]:
    """Where the detector looks: the whole frame, then squares all over it.

    The squares overlap by half or more. Of a very long frame, which would
    need too many, only the whole is looked at.

    >>> [(window.centre.tolist(), window.side) for window in windows(100, 170)]
    [([85.0, 50.0], 170.0), ([50.0, 50.0], 100.0), ([85.0, 50.0], 100.0), \
([120.0, 50.0], 100.0)]
    """
    longer = max(height, width)
    side = min(float(height), float(width), WINDOW_SHARE * longer)
    whole = Crop(np.array([width, height]) / 2, float(longer), 0.0)
    xs, ys = (
        np.linspace(side / 2, size - side / 2, math.ceil(2 * size / side) - 1)
        for size in (width, height)
    )
    if len(xs) * len(ys) > MAX_WINDOWS:
        return [whole]
    return [whole] + [Crop(np.array([x, y]), side, 0.0) for y in ys for x in xs]


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
    """Raw detector outputs to people, best first, without doubles.

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
        if crop.side > 1:
            box = np.concatenate([points[0], points[1]])
            people.append(Detection(box, crop, float(score[index])))
    return without_doubles(people)


def without_doubles(people: list[Detection]) -> list[Detection]:
    """Best first; of detections of one person only the best is kept."""
    kept: list[Detection] = []
    for person in sorted(people, key=lambda person: -person.score):
        known = (
            np.hypot(*(person.crop.centre - other.crop.centre))
            < 0.25 * person.crop.side
            for other in kept
        )
        if not any(known):
            kept.append(person)
    return kept


def decode_landmarks(points: np.ndarray, crop: Crop):
    """Raw landmarks to COCO-17 and to where to look next.

    Args:
        points: [39, 5] x, y, z in pixels of the network's input, logits of
            visibility and presence.
        crop: where the network looked.

    Returns:
        keypoints [17, 3] (pixels of the frame; confidence is visibility times
        presence) and the crop for the next frame.
    """
    points = points.astype(float)
    place = crop.to_image(points[:, :2] / LANDMARK_SIDE)
    confidence = sigmoid(points[:, 3]) * sigmoid(points[:, 4])
    keypoints = np.concatenate([place, confidence[:, None]], axis=1)
    following = Crop.around(place[_CENTRE_POINT], place[_CIRCLE_POINT])
    return keypoints[list(COCO17_OF_BLAZEPOSE)], following
