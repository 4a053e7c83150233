"""Video file to a COCO-17 keypoint track of one person."""

import math
import warnings
from array import array
from collections.abc import Iterator

import numpy as np
import torch
from tqdm.auto import tqdm

from mini_vimogen.formats.frame_times import at_constant_rate
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.formats.person import PersonFollower
from mini_vimogen.formats.pose_network import PoseNetwork
from mini_vimogen.formats.video_stream import (
    VideoFrame,
    VideoStream,
    video_path,
)

MAX_FRAMES = 36_000
"""10 minutes at 60 frames a second."""
MAX_SIDE = 1920
"""Larger frames are made smaller: the networks look through 256 pixels."""


class VideoWarning(UserWarning):
    """The video was read, but there is something to know about the result."""


def read_keypoints(
    path, *, weights=None, start=0, frames=None, person=None, progress=False
) -> KeypointTrack:
    """Follow one person through a video.

    The detector finds people in the first frame and wherever the person was
    lost; in between each frame's landmarks say where to look in the next. No
    smoothing is applied. Frames with uneven time stamps are brought to their
    usual rate (``frame_times``). Memory does not grow with the length, but for
    the keypoints themselves.

    Args:
        path: a video file (.mp4, .mov, .m4v, .avi, .webm, .mkv).
        weights: folder of the two network files; None takes the fetched ones,
            see ``PoseNetwork``.
        start: first frame.
        frames: how many frames; None is all of them.
        person: which one to follow, 1 the largest in the first frame that
            shows anybody. None takes the largest, with a ``VideoWarning`` if
            there are several.
        progress: show a progress bar on stderr.

    Returns:
        A track in pixels of the frames as the file shows them (upright, square
        pixels), with confidence 0 where the person was not found.

    Raises:
        FileNotFoundError: no such video or network file.
        ValueError: not a video, too long, nobody in it, or a package of the
            extra ``video`` is missing.

    Warns:
        VideoWarning: several people; a file damaged or cut short.
    """
    if frames is not None and frames < 2:
        raise ValueError(
            f"frames must be at least 2 to show a motion, got {frames}"
        )
    if person is not None and person < 1:
        raise ValueError(
            f"person must be at least 1 (the largest), got {person}"
        )
    path = video_path(path)
    follower = PersonFollower(PoseNetwork(weights), person=person)
    with VideoStream(
        path, start=start, frames=frames, max_side=MAX_SIDE
    ) as stream:
        seen = _follow(stream, follower, progress=progress)
        damage = stream.damage
    if follower.people == 0:
        raise ValueError(f"{path} shows nobody: no person was detected")
    if follower.people > 1 and person is None:
        _warn(
            f"{path} shows {follower.people} people; the largest is followed "
            "(person=2, or --person 2, takes the second largest, and so on)"
        )
    if damage:
        _warn(damage)
    try:
        keypoints, fps = at_constant_rate(*seen.timed())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if len(keypoints) > MAX_FRAMES:
        raise _too_long(path, len(keypoints))
    return KeypointTrack(keypoints, fps, seen.width, seen.height)


class _Seen:
    """Keypoints and time stamps as they come, in little memory."""

    def __init__(self):
        self.keypoints: list[np.ndarray] = []
        self.seconds = array("d")  # NaN: the file has none for this frame
        self.width = self.height = 0

    def add(self, frame: VideoFrame, keypoints: np.ndarray) -> None:
        """Keypoints are in pixels of the frame, which may be made smaller."""
        if not self.keypoints:
            self.width, self.height = frame.width, frame.height
        height, width = frame.pixels.shape[:2]
        scale = (frame.width / width, frame.height / height, 1.0)
        self.keypoints.append((keypoints * scale).astype(np.float32))
        seconds = math.nan if frame.seconds is None else frame.seconds
        self.seconds.append(seconds)

    def timed(self) -> tuple[torch.Tensor, np.ndarray]:
        """Those with a time stamp later than all before; and the stamps."""
        seconds = np.array(self.seconds)
        before = np.fmax.accumulate(np.concatenate([[-np.inf], seconds[:-1]]))
        later = seconds > before
        if len(later) > 1 and 2 * later.sum() <= len(later):
            raise ValueError(
                f"only {later.sum()} of {len(later)} frames have a time stamp "
                "that is later than the frame before"
            )
        return torch.from_numpy(np.stack(self.keypoints)[later]), seconds[later]


def _follow(stream: VideoStream, follower, *, progress: bool) -> _Seen:
    seen = _Seen()
    # The frame count is in the header, which is read with the first frame.
    with tqdm(
        desc=stream.path.name, unit=" frames", disable=not progress
    ) as bar:
        for frame in stream:
            if not seen.keypoints:
                expected = stream.expected_frames
                if (expected or 0) > MAX_FRAMES:
                    raise _too_long(stream.path, expected)
                bar.total = expected
            elif len(seen.keypoints) == MAX_FRAMES:
                raise _too_long(stream.path, f"over {MAX_FRAMES}")
            elif (frame.width, frame.height) != (seen.width, seen.height):
                raise ValueError(
                    f"{stream.path} changes its picture size from "
                    f"{seen.width}x{seen.height} to "
                    f"{frame.width}x{frame.height} after "
                    f"{len(seen.keypoints)} frames; convert it to one size"
                )
            seen.add(frame, follower.next(frame.pixels))
            bar.update()
    return seen


def _warn(sentence: str) -> None:
    warnings.warn(sentence, VideoWarning, stacklevel=3)


def _too_long(path, frames) -> ValueError:
    return ValueError(
        f"{path} has {frames} frames; at most {MAX_FRAMES} are read (10 "
        "minutes at 60 a second), so take a part of it with start and frames"
    )


def video_frames(path, *, start=0, frames=None) -> Iterator[np.ndarray]:
    """RGB frames [height, width, 3] uint8 of a video, in order, full size.

    Raises:
        FileNotFoundError, ValueError: see ``VideoStream``.
    """
    with VideoStream(path, start=start, frames=frames) as stream:
        for frame in stream:
            yield frame.pixels
