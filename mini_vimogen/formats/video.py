"""Video file to a COCO-17 keypoint track of one person."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from mini_vimogen.formats.blazepose import Detection
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.formats.pose_network import PoseNetwork

MAX_FRAMES = 20_000
MIN_PERSON_SCORE = 0.5


def read_keypoints(
    path, *, weights=None, start=0, frames=None, near=None
) -> KeypointTrack:
    """Follow one person through a video.

    The detector finds people in the first frame and wherever the person was
    lost; in between each frame's landmarks say where to look in the next. No
    smoothing is applied.

    Args:
        path: a video file that OpenCV can decode.
        weights: folder of the two network files; None fetches them, see
            ``PoseNetwork``.
        start: first frame.
        frames: how many frames; None is all of them.
        near: (x, y) in pixels; with several people in the picture, the one
            whose hips are nearest is followed. None takes the largest.

    Returns:
        A track with confidence 0 in the frames where nobody was found.

    Raises:
        FileNotFoundError: no such video or network file.
        ValueError: not a video, too long, nobody in it, or a package of the
            extra ``video`` is missing.
    """
    fps, width, height = video_size(path)
    network = PoseNetwork(weights)
    person = PersonFollower(network, near=near)
    track = [
        person.next(frame)
        for frame in video_frames(path, start=start, frames=frames)
    ]
    if not track:
        raise ValueError(
            f"{path} has no frame {start} to start from; give a smaller start"
        )
    keypoints = torch.from_numpy(np.stack(track).astype(np.float32))
    if not bool((keypoints[..., 2] > 0).any()):
        raise ValueError(f"{path} shows nobody: no person was detected")
    return KeypointTrack(keypoints, fps, width, height)


class PersonFollower:
    """Keeps to one person from frame to frame.

    Args:
        network: finds people, and landmarks in a crop.
        near: (x, y) pixels; the person nearest to it is followed. None takes
            the largest.
    """

    def __init__(self, network: PoseNetwork, *, near=None):
        self._network = network
        self._near = None if near is None else np.asarray(near, float)
        self._crop = None

    def next(self, frame: np.ndarray) -> np.ndarray:
        """Keypoints [17, 3] in the next frame; zeros when nobody is there."""
        if self._crop is not None:
            keypoints = self._look(frame, self._crop, passes=2)
            if keypoints is not None:
                return keypoints
        chosen = self._choose(self._network.detect(frame))
        if chosen is not None:
            keypoints = self._look(frame, chosen.crop, passes=4)
            if keypoints is not None:
                return keypoints
        self._crop = None
        return np.zeros((17, 3))

    def _look(self, frame, crop, *, passes: int) -> np.ndarray | None:
        """Keypoints, after moving the crop onto the person; None if lost.

        The last frame's crop lags behind a fast person, and the detector's is
        rough: each pass looks again through the crop that the pass before
        proposed.
        """
        for _ in range(passes):
            keypoints, crop, score = self._network.landmarks(frame, crop)
            if score < MIN_PERSON_SCORE:
                return None
        self._crop = crop
        self._near = crop.centre
        return keypoints

    def _choose(self, people: list[Detection]) -> Detection | None:
        if not people:
            return None
        if self._near is None:
            return max(people, key=lambda person: person.crop.side)
        return min(
            people,
            key=lambda person: float(
                np.hypot(*(person.crop.centre - self._near))
            ),
        )


def video_size(path) -> tuple[float, int, int]:
    """Frames per second, width and height of a video.

    Raises:
        FileNotFoundError, ValueError: as ``read_keypoints``.
    """
    cv2 = _opencv()
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no video file {path}")
    video = cv2.VideoCapture(str(path))
    try:
        fps = video.get(cv2.CAP_PROP_FPS)
        count = video.get(cv2.CAP_PROP_FRAME_COUNT)
        # A decoded frame knows of a rotation flag; the header need not.
        read, frame = video.read()
    finally:
        video.release()
    if not read or not (math.isfinite(fps) and fps > 0):
        raise ValueError(f"{path} is not a video that OpenCV can decode")
    if count > MAX_FRAMES:
        raise ValueError(
            f"{path} has {count:.0f} frames; at most {MAX_FRAMES} are read, "
            "so cut it first"
        )
    return float(fps), frame.shape[1], frame.shape[0]


def video_frames(path, *, start=0, frames=None) -> Iterator[np.ndarray]:
    """RGB frames [height, width, 3] uint8 of a video, in order."""
    cv2 = _opencv()
    if start < 0 or (frames is not None and frames < 1):
        raise ValueError(
            f"start must be at least 0 and frames at least 1, got {start} "
            f"and {frames}"
        )
    limit = MAX_FRAMES if frames is None else min(frames, MAX_FRAMES)
    video = cv2.VideoCapture(str(path))
    try:
        for index in range(start + limit):
            read, frame = video.read()
            if not read:
                return
            if index >= start:
                yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
    finally:
        video.release()


def _opencv():
    try:
        import cv2
    except ImportError as error:
        raise ValueError(
            "reading a video needs the package opencv-python-headless: "
            "install mini_vimogen[video]"
        ) from error
    return cv2
