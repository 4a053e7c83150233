"""Short films made with ffmpeg at test time, and networks that see in them.

A film shows a white square, the "person", on a dark ground.
"""

import importlib.util
import subprocess

import numpy as np
import pytest

from mini_vimogen.formats.blazepose import Crop, Detection
from mini_vimogen.formats.parts import kept

_PACKAGES = ("imageio_ffmpeg", "cv2", "ai_edge_litert")


def _lacks_packages() -> bool:
    return not all(map(importlib.util.find_spec, _PACKAGES))


def _lacks(*parts: str) -> bool:
    try:
        for part in parts:
            kept(part)
    except (FileNotFoundError, ValueError):
        return True
    return False


needs_video = pytest.mark.skipif(
    _lacks_packages(), reason="needs the packages of the extra video"
)
needs_network_files = pytest.mark.skipif(
    _lacks_packages() or _lacks("pose_network"),
    reason="needs the pose network: check --fetch --part pose_network",
)
needs_laboratory = pytest.mark.skipif(
    _lacks_packages() or _lacks("pose_network", "laboratory"),
    reason="needs the laboratory's videos: check --fetch --part laboratory",
)

GROUND, WHITE = 30, 255
SIDE = 16


def ffmpeg(*words, stdin: bytes | None = None) -> None:
    """Run the ffmpeg that imageio-ffmpeg brings; it must succeed."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error"]
    command += [str(word) for word in words]
    done = subprocess.run(command, input=stdin, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def pictures(places, *, width=128, height=96) -> np.ndarray:
    """uint8 [frames, height, width, 3]: the square's centre at each place."""
    film = np.full((len(places), height, width, 3), GROUND, np.uint8)
    for picture, place in zip(film, places, strict=True):
        if place is not None:
            x, y = (round(p - SIDE / 2) for p in place)
            picture[y : y + SIDE, x : x + SIDE] = WHITE
    return film


def film(path, places, *options, fps=30, width=128, height=96):
    """Encode ``pictures``; options are ffmpeg's for the output."""
    raw = pictures(places, width=width, height=height)
    shape = ("-s", f"{width}x{height}", "-r", str(fps), "-i", "-")
    entry = ("-f", "rawvideo", "-pix_fmt", "rgb24", *shape)
    options = options or ("-pix_fmt", "yuv420p")
    ffmpeg(*entry, *options, path, stdin=raw.tobytes())
    return path


class SquareNetwork:
    """Sees the white square; every keypoint is its centre."""

    def __init__(self, weights=None):
        self.frames: list[np.ndarray] = []

    def detect(self, frame):
        crop = self._crop(frame)
        return [] if crop is None else [Detection(np.zeros(4), crop, 0.9)]

    def landmarks(self, frame, crop):
        found = self._crop(frame)
        if found is None:
            return np.zeros((17, 3)), crop, 0.0
        keypoints = np.tile([*found.centre, 0.9], (17, 1))
        return keypoints, found, 0.99

    @staticmethod
    def _crop(frame):
        rows, columns = np.nonzero(frame[..., 1] > (GROUND + WHITE) / 2)
        if len(rows) == 0:
            return None
        centre = np.array([columns.mean(), rows.mean()]) + 0.5
        # Wide enough for the square to be followed across the picture.
        return Crop(centre, 4.0 * max(frame.shape[:2]), 0.0)
