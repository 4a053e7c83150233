"""A 2D keypoint track out of whatever shows one person: a video or a file."""

from pathlib import Path

import torch

from mini_vimogen.conditions.cuts import detect_cuts
from mini_vimogen.formats import keypoint_file, video
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.formats.video_faults import SUFFIXES as VIDEO_SUFFIXES

KEYPOINT_SUFFIXES = (".npz", ".npy", ".json")
_CUTS_LISTED = 6


def read_track(
    path,
    *,
    person: int | None = None,
    start: int = 0,
    frames: int | None = None,
    layout: str | None = None,
    fps: float | None = None,
    size: tuple[float, float] | None = None,
    progress: bool = False,
) -> KeypointTrack:
    """Read the track of one person; the suffix says what the file is.

    Args:
        path: a video, a keypoint file, or a folder of OpenPose's json files.
        person: which one of several, 1 is the largest; None takes the largest.
        start: first frame.
        frames: how many frames; None is all of them.
        layout, fps, size: what a keypoint file does not say about itself; see
            ``keypoint_file.read``.
        progress: show a progress bar on stderr while a video is read.

    Raises:
        FileNotFoundError: there is no such file or folder.
        ValueError: another suffix; a layout, fps or size for a video; or as
            ``video.read_keypoints`` and ``keypoint_file.read``.

    Warns:
        VideoWarning: see ``video.read_keypoints``.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"FILE: there is no file or folder {path}")
    if not path.is_dir() and path.suffix.lower() in VIDEO_SUFFIXES:
        given = {"layout": layout, "fps": fps, "size": size}
        given = [name for name, value in given.items() if value is not None]
        if given:
            raise ValueError(
                f"{', '.join(given)} can be given for keypoint files only, and "
                f"{path} is a video, which says it itself"
            )
        return video.read_keypoints(
            path, start=start, frames=frames, person=person, progress=progress
        )
    if not path.is_dir() and path.suffix.lower() not in KEYPOINT_SUFFIXES:
        raise ValueError(
            f"FILE must be a video ({', '.join(VIDEO_SUFFIXES)}), a keypoint "
            f"file ({', '.join(KEYPOINT_SUFFIXES)}) or a folder of OpenPose's "
            f"json files, got {str(path)!r}"
        )
    track = keypoint_file.read(
        path, layout=layout, fps=fps, size=size, person=person
    )
    return _part(track, start, frames, path)


def _part(track: KeypointTrack, start: int, frames, path) -> KeypointTrack:
    if (start, frames) == (0, None):
        return track
    left = track.frames - start
    if start < 0 or left < 2:
        raise ValueError(
            f"start must leave 2 of the {track.frames} frames of {path}, got "
            f"{start}"
        )
    if frames is not None and frames < 2:
        raise ValueError(
            f"frames must be at least 2 to show a motion, got {frames}"
        )
    stop = None if frames is None else start + frames
    return KeypointTrack(
        track.keypoints[start:stop], track.fps, track.width, track.height
    )


def describe_track(track: KeypointTrack, *, fps: float) -> str:
    """One line: length, rate, size, share of joints seen, cuts.

    Args:
        track: as it was read.
        fps: the rate at which a lifter will see it, and look for cuts.
    """
    seen = float((track.keypoints[..., 2] > 0).float().mean())
    return (
        f"{track.frames} frames at {track.fps:.4g} fps, {track.width:g} x "
        f"{track.height:g}, {100 * seen:.0f} % of joints seen, "
        f"{_cuts(track, fps)}"
    )


def cut_frames(track: KeypointTrack, *, fps: float) -> list[int]:
    """First frames of new shots, as a lifter of that frame rate finds them."""
    track = track.resample(fps)
    cuts = detect_cuts(track.keypoints, track.width, track.height)
    return torch.nonzero(cuts)[:, 0].tolist()


def _cuts(track: KeypointTrack, fps: float) -> str:
    times = [f"{at / fps:.2f} s" for at in cut_frames(track, fps=fps)]
    if not times:
        return "no cuts"
    listed = ", ".join(times[:_CUTS_LISTED])
    more = ", ..." if len(times) > _CUTS_LISTED else ""
    return f"{len(times)} cut{'s' * (len(times) > 1)} (at {listed}{more})"
