"""Motions of several folders, made alike in all that is not the motion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.formats import keypoint_file, motion_file
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.geometry.skeleton import SMPL22, Skeleton

SHORTENED = 0.1
"""A motion that loses more than this share of its length is worth a note."""


@dataclass(frozen=True, eq=False)
class Matched:
    """The same motions by several arms.

    Args:
        motions: arm -> name of the motion -> joints [frames, joints, 3],
            metres, from the canonical start; of one length for one name.
        tracks: name -> 2D keypoints, or None.
        fps, skeleton: of all motions.
        notes: what was found out about the input and done about it.
    """

    motions: dict[str, dict[str, Tensor]]
    tracks: dict[str, KeypointTrack | None]
    fps: float
    skeleton: Skeleton
    notes: tuple[str, ...]


def match(arms: Mapping[str, Path], *, tracks=None) -> Matched:
    """Read what all arms have, and take away what could tell them apart.

    Start, heading and floor become the canonical ones; the frame rate the
    lowest of all; the length of each motion that of the shortest arm; the
    skeleton SMPL's first 22 joints where skeletons differ.

    Args:
        arms: name -> folder of motions.
        tracks: folder of keypoint files (.npz) with the motions' names.

    Raises:
        FileNotFoundError: no such folder, or no track for a motion.
        ValueError: fewer than two arms, an empty or repeated one, no motion
            that all have, a file that cannot be read, skeletons that differ.
    """
    _check_arms(arms)
    files = {arm: _files(Path(folder)) for arm, folder in arms.items()}
    names, notes = _common(files)
    found_tracks = _read_tracks(tracks, names)
    clips = {
        arm: {name: _read(files[arm][name]) for name in names} for arm in arms
    }
    everyone = [clip for by_name in clips.values() for clip in by_name.values()]
    skeleton = _skeleton(everyone)
    rates = sorted({clip.fps for clip in everyone})
    if len(rates) > 1:
        listed = ", ".join(f"{rate:g}" for rate in rates)
        notes.append(
            f"frame rates differ ({listed}): all shown at {rates[0]:g}"
        )
    motions = {
        arm: {
            name: _shown_joints(clip, fps=rates[0], joints=len(skeleton))
            for name, clip in by_name.items()
        }
        for arm, by_name in clips.items()
    }
    notes += _cut_to_one_length(motions, names)
    return Matched(motions, found_tracks, rates[0], skeleton, tuple(notes))


def _check_arms(arms: Mapping[str, Path]) -> None:
    if len(arms) < 2:
        raise ValueError(
            f"arms must be two or more, got {', '.join(arms) or 'none'}"
        )
    folders: dict[Path, str] = {}
    for arm, folder in arms.items():
        if not arm.strip():
            raise ValueError(f"the arm of folder {folder} needs a name")
        twin = folders.setdefault(Path(folder).resolve(), arm)
        if twin != arm:
            raise ValueError(
                f"arms {twin} and {arm} are the same folder {folder}"
            )


def _files(folder: Path) -> dict[str, Path]:
    """Motion files by name."""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        # A name that starts with a dot is a file still being written.
        if path.suffix in motion_file.SUFFIXES and path.name[0] != ".":
            other = files.setdefault(motion_file.motion_name(path), path)
            if other != path:
                raise ValueError(
                    f"folder {folder} holds one motion twice: {other.name} "
                    f"and {path.name}"
                )
    if not files:
        raise ValueError(
            f"folder {folder} holds no motion "
            f"({', '.join(motion_file.SUFFIXES)})"
        )
    return files


def _common(
    files: Mapping[str, Mapping[str, Path]],
) -> tuple[list[str], list[str]]:
    """Names that every arm has, and a note on the others."""
    everywhere = set.intersection(*(set(by) for by in files.values()))
    if not everywhere:
        shown = "; ".join(f"{arm} has {min(by)}" for arm, by in files.items())
        raise ValueError(f"no motion has the same name in all arms: {shown}")
    others = sorted(set().union(*files.values()) - everywhere)
    notes = []
    if others:
        listed = ", ".join(others[:5]) + (", ..." if len(others) > 5 else "")
        notes = [f"{len(others)} left out, not in every arm: {listed}"]
    return sorted(everywhere), notes


def _read(path: Path) -> Clip:
    try:
        return motion_file.read(path)
    except (ValueError, OSError) as error:
        sentence = " ".join(str(error).split())
        if str(path) in sentence:
            raise
        raise ValueError(f"cannot read {path}: {sentence}") from error


def _read_tracks(folder, names: Sequence[str]):
    """Track by name of the motion; None where none is wanted."""
    if folder is None:
        return dict.fromkeys(names)
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    return {name: keypoint_file.read(folder / f"{name}.npz") for name in names}


def _skeleton(clips: Sequence[Clip]) -> Skeleton:
    """What all can be drawn with: their own, or SMPL's first 22 joints."""
    first = clips[0].skeleton
    same = all(
        (clip.skeleton.names, clip.skeleton.parents)
        == (first.names, first.parents)
        for clip in clips
    )
    if same:
        return first
    for clip in clips:
        if clip.skeleton.names[: len(SMPL22)] != SMPL22.names:
            raise ValueError(
                "motions must all have one skeleton, or all have SMPL's "
                f"joints, got {first.name} and {clip.skeleton.name}"
            )
    return SMPL22


def _shown_joints(clip: Clip, *, fps: float, joints: int) -> Tensor:
    """[frames, joints, 3] from a canonical start, at the common rate."""
    if clip.fps != fps:
        clip = clip.resample(fps)
    return clip.canonical().joints()[:, :joints].detach()


def _cut_to_one_length(
    motions: dict[str, dict[str, Tensor]], names: Sequence[str]
) -> list[str]:
    """Cut each motion to its shortest arm; a note where that is much."""
    much = []
    for name in names:
        frames = [len(by_name[name]) for by_name in motions.values()]
        for by_name in motions.values():
            by_name[name] = by_name[name][: min(frames)]
        if min(frames) < (1 - SHORTENED) * max(frames):
            much.append(name)
    if not much:
        return []
    return [
        f"{len(much)} cut by more than {SHORTENED:.0%} to the shortest arm's "
        f"length, such as {much[0]}"
    ]
