"""The shipped real videos: keypoints, and the 3D truth of one of them."""

import io
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mini_vimogen.data.library import data_path
from mini_vimogen.files import read_npz
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.geometry.camera import Camera

_CAMERA_FIELDS = ("rotation", "translation", "focal", "centre", "distortion")
_WANTED = {
    *("keypoints", "fps", "width", "height", "points", "swapped"),
    *("triangulated", "views_used"),
    *("street_keypoints", "street_fps", "street_width", "street_height"),
    *("frame_number", "frame_view", "frame_box"),
    *("frame_jpeg", "frame_jpeg_start"),
    *(f"camera_{name}" for name in _CAMERA_FIELDS),
}


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture out of a video, made smaller.

    Args:
        number: which frame of the track.
        pixels: uint8 [height, width, 3] RGB.
        box: [4] left, top, right, bottom of the part of the video frame that
            the picture shows, in its pixels.
    """

    number: int
    pixels: np.ndarray
    box: np.ndarray

    def place(self, pixels: Tensor) -> Tensor:
        """Where pixels [..., 2] of the video frame are in the picture."""
        height, width = self.pixels.shape[:2]
        box = torch.as_tensor(self.box).to(pixels)
        scale = pixels.new_tensor([width, height]) / (box[2:] - box[:2])
        return (pixels - box[:2]) * scale


@dataclass(frozen=True, eq=False)
class LaboratoryVideo:
    """A man leaning and turning, filmed by four calibrated cameras at 60 fps.

    Args:
        tracks: one a view, as the detector reported them.
        cameras: leading dimensions [4], float64.
        points: [100, 17, 3] metres, Z up: 3D fitted to all four views. Good to
            about 2 cm: leaving one view out moves them by 10 to 23 mm.
        triangulated: [100, 17, 3] the same without smoothing and bones.
        swapped: bool [4, 100, 3] where a view took left for right: arms, legs,
            face.
        frame_view: the view that the frames are from.
        frames: small pictures, the face made unknowable by the publisher.
    """

    tracks: tuple[KeypointTrack, ...]
    cameras: Camera
    points: Tensor
    triangulated: Tensor
    swapped: Tensor
    frame_view: int
    frames: tuple[Frame, ...]


def _stored() -> dict[str, np.ndarray]:
    return read_npz(
        data_path("real_video.npz"), wanted=_WANTED, what="real video file"
    )


def laboratory_video() -> LaboratoryVideo:
    """The video with 3D truth (Pose2Sim's demonstration, BSD-3-Clause)."""
    stored = _stored()
    tracks = tuple(
        KeypointTrack(
            torch.from_numpy(keypoints),
            float(stored["fps"]),
            float(width),
            float(height),
        )
        for keypoints, width, height in zip(
            stored["keypoints"], stored["width"], stored["height"], strict=True
        )
    )
    size = np.stack([stored["width"], stored["height"]], axis=-1)
    cameras = Camera(
        size=torch.from_numpy(size).double(),
        **{
            name: torch.from_numpy(stored[f"camera_{name}"])
            for name in _CAMERA_FIELDS
        },
    )
    return LaboratoryVideo(
        tracks=tracks,
        cameras=cameras,
        points=torch.from_numpy(stored["points"]),
        triangulated=torch.from_numpy(stored["triangulated"]),
        swapped=torch.from_numpy(stored["swapped"]),
        frame_view=int(stored["frame_view"]),
        frames=_frames(stored),
    )


def street_track() -> KeypointTrack:
    """A man on a roof: jumping jacks, a walk, a somersault, a run.

    230 frames at 30 fps, no 3D truth (Sports2D's demonstration, BSD-3-Clause).
    In the somersault from the roof, frames 150 to 195, the detector mostly
    loses him; in frame 191 he has landed, and it has him upside down.
    """
    stored = _stored()
    return KeypointTrack(
        torch.from_numpy(stored["street_keypoints"]),
        float(stored["street_fps"]),
        float(stored["street_width"]),
        float(stored["street_height"]),
    )


def _frames(stored: dict[str, np.ndarray]) -> tuple[Frame, ...]:
    from PIL import Image

    starts = stored["frame_jpeg_start"]
    pictures = []
    for index, number in enumerate(stored["frame_number"]):
        jpeg = stored["frame_jpeg"][starts[index] : starts[index + 1]].tobytes()
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        pictures.append(Frame(int(number), pixels, stored["frame_box"]))
    return tuple(pictures)
