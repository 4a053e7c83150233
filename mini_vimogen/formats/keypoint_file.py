"""2D keypoint tracks of one person, and reading and writing their files."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mini_vimogen.conventions import COCO17
from mini_vimogen.files import written_whole
from mini_vimogen.formats.keypoint_arrays import read_archive, read_array
from mini_vimogen.formats.keypoint_follow import follow
from mini_vimogen.formats.keypoint_json import read_folder, read_json
from mini_vimogen.formats.keypoint_layouts import layout_named, to_coco17
from mini_vimogen.formats.keypoint_people import Found, Malformed


def check_track(
    keypoints: Tensor, *, fps=None, width=None, height=None
) -> None:
    """Refuse a track that cannot be worked with, in one sentence.

    Args:
        keypoints: [..., frames, 17, 3] x, y in pixels, confidence in 0..1.
        fps, width, height: None is not checked.

    Raises:
        ValueError: wrong shape or number type, fewer than 2 frames, NaN,
            confidence outside 0..1, nobody seen (in any track of a batch), or
            a frame rate or image size that is not positive.
    """
    _check_shape(keypoints)
    for name, value in (("fps", fps), ("width", width), ("height", height)):
        if value is not None:
            _check_positive(name, value)
    finite = torch.isfinite(keypoints)
    if not finite.all():
        *_, frame, joint, _ = torch.nonzero(~finite)[0].tolist()
        raise ValueError(
            "keypoints must be finite, got NaN or infinity at frame "
            f"{frame}, {COCO17[joint]} (write confidence 0 for a joint that "
            "was not seen)"
        )
    confidence = keypoints[..., 2]
    if bool((confidence < 0).any() or (confidence > 1).any()):
        raise ValueError(
            "keypoints must have confidence between 0 and 1, got "
            f"{float(confidence.min()):.3g} to {float(confidence.max()):.3g}"
        )
    seen = confidence.flatten(-2).amax(dim=-1) > 0
    if not seen.all():
        raise ValueError(
            "keypoints must show somebody, got confidence 0 for every joint "
            "in every frame"
        )


def _check_shape(keypoints: Tensor) -> None:
    shape = list(keypoints.shape)
    if len(shape) < 3 or shape[-2:] != [len(COCO17), 3]:
        raise ValueError(
            f"keypoints must have shape [frames, {len(COCO17)}, 3] (COCO-17; "
            f"x, y, confidence), got {shape}"
        )
    if not keypoints.is_floating_point():
        raise ValueError(
            f"keypoints must hold floating-point numbers, got {keypoints.dtype}"
        )
    if shape[-3] < 2:
        raise ValueError(
            "keypoints must have at least 2 frames to show a motion, got "
            f"{shape[-3]}"
        )


def _check_positive(name: str, value) -> None:
    if isinstance(value, Tensor):
        good = bool((torch.isfinite(value) & (value > 0)).all())
    else:
        good = math.isfinite(value) and value > 0
    if not good:
        raise ValueError(f"{name} must be positive and finite, got {value}")


@dataclass(frozen=True, eq=False)
class KeypointTrack:
    """One person's 2D keypoints through a video.

    Args:
        keypoints: [frames, 17, 3] COCO-17: x, y in pixels (y down), confidence
            in 0..1; 0 means not seen.
        fps: frames per second.
        width, height: image size in pixels.

    Raises:
        ValueError: as ``check_track``.
    """

    keypoints: Tensor
    fps: float
    width: float
    height: float

    def __post_init__(self):
        keypoints = torch.as_tensor(self.keypoints)
        object.__setattr__(self, "keypoints", keypoints)
        if keypoints.ndim != 3:
            raise ValueError(
                f"keypoints must have shape [frames, {len(COCO17)}, 3], got "
                f"{list(keypoints.shape)}"
            )
        check_track(
            keypoints, fps=self.fps, width=self.width, height=self.height
        )

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.keypoints.shape[0]

    def resample(self, fps: float) -> "KeypointTrack":
        """The same track at another frame rate.

        What lies between two frames is found by ``between_frames``.

        Raises:
            ValueError: fps is not positive.
        """
        _check_positive("fps", fps)
        frames = int((self.frames - 1) / self.fps * fps + 1e-6) + 1
        at = torch.arange(frames, dtype=torch.float64) * (self.fps / fps)
        keypoints = between_frames(self.keypoints, at)
        return KeypointTrack(keypoints, float(fps), self.width, self.height)


def between_frames(keypoints: Tensor, at: Tensor) -> Tensor:
    """Keypoints [times, 17, 3] at places between frames.

    Positions are interpolated where the joint is seen on both sides; else the
    side that is seen is taken. The confidence is that of the less certain
    side, so an unseen frame never becomes a seen one.

    Args:
        keypoints: [frames, 17, 3]
        at: float64 [times] in 0..frames - 1; 2.5 lies between frames 2 and 3.
    """
    last = len(keypoints) - 1
    before = at.long().clamp(max=last)
    after = (before + 1).clamp(max=last)
    weight = (at - before).to(keypoints)[:, None]  # [times, 1]
    left, right = keypoints[before], keypoints[after]
    weight = torch.where(left[..., 2] == 0, 1.0, weight)
    weight = torch.where(right[..., 2] == 0, 0.0, weight)
    place = torch.lerp(left[..., :2], right[..., :2], weight[..., None])
    exact = (at - before).abs()[:, None] < 1e-6
    confidence = torch.where(
        exact, left[..., 2], torch.minimum(left[..., 2], right[..., 2])
    )
    place = torch.where(exact[..., None], left[..., :2], place)
    return torch.cat([place, confidence[..., None]], dim=-1)


def write(track: KeypointTrack, path) -> Path:
    """Write a keypoint file; returns its path.

    The file holds ``keypoints`` [frames, 17, 3] float32, ``fps``, ``width``
    and ``height``. It appears whole or not at all.
    """
    path = Path(path)
    with written_whole(path) as partial, open(partial, "wb") as file:
        np.savez_compressed(
            file,
            keypoints=track.keypoints.cpu().numpy().astype(np.float32),
            fps=np.float64(track.fps),
            width=np.float64(track.width),
            height=np.float64(track.height),
        )
    return path


def read(
    path, *, layout=None, fps=None, size=None, person=None
) -> KeypointTrack:
    """Read keypoints of any known kind and layout as a COCO-17 track.

    Args:
        path: .npz (as ``write`` makes it, or with ``keypoints`` [frames,
            joints, 2 or 3] alone), .npy of that shape, .json (AlphaPose, COCO,
            MMPose, BlazePose), or a folder of OpenPose's json files.
        layout: a name in ``keypoint_layouts.LAYOUTS``. None takes what the
            file says, else the only layout of that many joints.
        fps, size: frames per second and (width, height) of the picture in
            pixels, where the file does not say.
        person: which one of several, 1 is the largest; see
            ``keypoint_follow.follow``. None takes the largest.

    Returns:
        The track; frames where the person was not found have confidence 0.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: of no known kind, damaged, pickled or too large; an unknown
            or ambiguous layout; fps or size missing, or not the file's; no
            such person; or refused by ``check_track``.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no keypoint file {path}")
    if layout is not None:
        layout_named(layout)
    try:
        found = _found(path)
        fps, width, height = found.settings(fps, size)
        layout = found.layout_or(layout)
        points = follow(found.in_pixels(width, height), person=person)
    except Malformed as error:
        raise ValueError(f"{path}: {error}") from error
    keypoints = torch.from_numpy(points.astype(np.float32))
    return KeypointTrack(to_coco17(keypoints, layout), fps, width, height)


def _found(path: Path) -> Found:
    if path.is_dir():
        return read_folder(path)
    readers = {".npz": read_archive, ".npy": read_array, ".json": read_json}
    if path.suffix.lower() not in readers:
        raise Malformed(
            f"a keypoint file must be {', '.join(readers)} or a folder of "
            f"OpenPose's json files, got {path.suffix or 'no'} suffix"
        )
    return readers[path.suffix.lower()](path)
