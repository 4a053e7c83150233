"""What a harvest finds in a folder: files, their tracks, pieces of tracks."""

import hashlib
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from mini_vimogen.conditions.cuts import detect_cuts
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.formats.video_faults import SUFFIXES as VIDEO_SUFFIXES
from mini_vimogen.tasks.track_source import KEYPOINT_SUFFIXES, read_track

SUFFIXES = (*VIDEO_SUFFIXES, *KEYPOINT_SUFFIXES)


def source_files(folder) -> tuple[list[Path], list[str]]:
    """Videos and keypoint files of a folder, and the names of what else is.

    Hidden files are passed over; folders inside are not entered.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: a file, or a folder without a video or keypoint file.
    """
    folder = Path(folder)
    if not folder.exists():
        raise FileNotFoundError(f"FOLDER: there is no folder {folder}")
    if not folder.is_dir():
        raise ValueError(f"FOLDER must be a folder, got the file {folder}")
    seen = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    files = [p for p in seen if _is_source(p)]
    if not files:
        raise ValueError(
            f"FOLDER {folder} holds no video ({', '.join(VIDEO_SUFFIXES)}) and "
            f"no keypoint file ({', '.join(KEYPOINT_SUFFIXES)})"
        )
    return files, [p.name for p in seen if not _is_source(p)]


def _is_source(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in SUFFIXES


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def track_digest(track: KeypointTrack) -> str:
    """SHA-256 of what a track shows, whatever file it came from."""
    found = hashlib.sha256()
    found.update(track.keypoints.float().contiguous().numpy().tobytes())
    found.update(repr((track.fps, track.width, track.height)).encode())
    return found.hexdigest()


def noise_seed(seed: int, source_sha256: str, start: int) -> int:
    """The seed of a piece's noise: the same whatever else is in the folder.

    With it, ``lift --seed`` makes the same motions again.
    """
    text = f"{seed}:{source_sha256}:{start}"
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def read_noting(path: Path) -> tuple[KeypointTrack, list[str]]:
    """A track, and what there is to know about it, a sentence each.

    Raises:
        FileNotFoundError, ValueError: as ``read_track``.
    """
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        track = read_track(path)
    return track, [sentence(one.message, path) for one in noted]


def sentence(message, path: Path) -> str:
    """What was said about a file, in one line, with its name alone."""
    said = " ".join(str(message).split()).replace(str(path), path.name)
    return said if path.name in said else f"{path.name}: {said}"


@dataclass(frozen=True, eq=False)
class Piece:
    """Part of a track: the whole of it, or one shot.

    Args:
        shot: from 1; 0 is the whole track.
        start, stop: frames of the track.
        cuts: first frames of shots after the first, inside the piece.
    """

    shot: int
    start: int
    stop: int
    cuts: tuple[int, ...] = ()

    def of(self, track: KeypointTrack) -> KeypointTrack:
        """This part of its track.

        Raises:
            ValueError: it has one frame, or shows nobody.
        """
        keypoints = track.keypoints[self.start : self.stop]
        return KeypointTrack(keypoints, track.fps, track.width, track.height)


def pieces(track: KeypointTrack, *, fps: float, split: bool) -> list[Piece]:
    """The whole track as one piece, or each shot as one.

    Cuts are looked for at the lifter's rate. Where the track has another one,
    frames that were mixed across a cut belong to no shot.

    Args:
        fps: the lifter's rate.
        split: at cuts.
    """
    slow = track.resample(fps)
    found = detect_cuts(slow.keypoints, slow.width, slow.height)
    cuts: Sequence[int] = torch.nonzero(found)[:, 0].tolist()
    step = track.fps / fps  # frames of the track a frame of the lifter
    starts = [0, *(math.ceil(cut * step - 1e-6) for cut in cuts)]
    stops = [math.floor((cut - 1) * step + 1e-6) + 1 for cut in cuts]
    if not split:
        return [Piece(0, 0, track.frames, tuple(starts[1:]))]
    return [
        Piece(shot, start, stop)
        for shot, (start, stop) in enumerate(
            zip(starts, [*stops, track.frames], strict=True), start=1
        )
    ]


def sample_names(file: str, shot: int, samples: int) -> list[str]:
    """File names of the motions of a piece of a source; shot 0 is all of it.

    >>> sample_names("walk.mp4", 0, 2), sample_names("walk.mp4", 3, 1)
    (['walk.mp4_1.npz', 'walk.mp4_2.npz'], ['walk.mp4_shot3_1.npz'])
    """
    part = f"_shot{shot}" if shot else ""
    return [f"{file}{part}_{k}.npz" for k in range(1, samples + 1)]
