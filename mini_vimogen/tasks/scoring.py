"""Score motion files one by one: read, convert, MBench's five, in parallel.

Nothing here keeps a motion: memory does not grow with the number of files. A
file that cannot be read becomes a record with the reason, and the rest goes on.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import UP_AXIS, VIMOGEN_FPS
from mini_vimogen.formats import bvh, joint_guess
from mini_vimogen.formats.mbench_files import motion_id, read_motion
from mini_vimogen.geometry.skeleton import SMPL22
from mini_vimogen.metrics import mbench

SUFFIXES = (".npy", ".npz", ".bvh")
CHUNK = 64
"""Files that a worker takes at a time."""


@dataclass(frozen=True)
class Settings:
    """How every file of a folder is read and what is computed.

    Args:
        dimensions: names out of ``mbench.DIMENSIONS``.
        up_axis: of the ``.npy`` files; clips and BVH files know their own.
        fps: of the ``.npy`` files.
    """

    dimensions: tuple[str, ...]
    up_axis: int = UP_AXIS
    fps: float = VIMOGEN_FPS


@dataclass(frozen=True)
class FileScore:
    """What one file scored.

    Args:
        path, id: the file, and the name of its motion.
        stamp: its size and time of change, to know it again.
        frames: at 20 fps.
        unit: in which the file's joints were; "" if no unit makes a person.
        values: score by dimension.
        unscored: reason by dimension, where a score is not defined.
        unreadable: why the file could not be read; "" if it could.
    """

    path: str
    id: str
    stamp: tuple[int, int]
    frames: int = 0
    unit: str = ""
    values: dict[str, float] = field(default_factory=dict)
    unscored: dict[str, str] = field(default_factory=dict)
    unreadable: str = ""


def stamp(path) -> tuple[int, int]:
    """Size and time of change of a file; (0, 0) if it has gone."""
    try:
        stat = os.stat(path)
    except OSError:
        return (0, 0)
    return stat.st_size, stat.st_mtime_ns


def resampled(joints: Tensor, fps: float, wanted: float) -> Tensor:
    """Joints [frames, joints, 3] at another frame rate, linear in between.

    The first frame stays; the last new frame does not lie beyond the old end.
    """
    if fps == wanted or len(joints) == 1:
        return joints
    frames = int((len(joints) - 1) * wanted / fps + 1e-6) + 1
    at = torch.arange(frames, dtype=torch.float64) * (fps / wanted)
    at = at.clamp(max=len(joints) - 1)
    before = at.long().clamp(max=len(joints) - 2)
    weight = (at - before).to(joints.dtype)[:, None, None]
    return torch.lerp(joints[before], joints[before + 1], weight)


def _clip_joints(path: Path) -> tuple[Tensor, float]:
    clip = Clip.load(path) if path.suffix == ".npz" else bvh.read(path)
    if clip.skeleton.names[:22] != SMPL22.names:
        raise ValueError(
            f"{path} must have the joints of SMPL, got skeleton "
            f"{clip.skeleton.name}"
        )
    return clip.joints()[:, :22], clip.fps


def read_joints(path, settings: Settings) -> tuple[Tensor, str, int]:
    """Joints [frames, 22, 3] of a motion file, in metres and at 20 fps.

    Returns:
        The joints in the file's own axes; the unit that the file had ("" if no
        unit makes a person: then nothing is converted); its up axis.

    Raises:
        FileNotFoundError, ValueError: see the readers of the formats.
    """
    path = Path(path)
    if path.suffix == ".npy":
        joints, fps, up_axis = read_motion(path), settings.fps, settings.up_axis
    else:
        (joints, fps), up_axis = _clip_joints(path), UP_AXIS
    unit = joint_guess.guess_unit(joints) or ""
    joints = joints * joint_guess.UNITS.get(unit, 1.0)
    return resampled(joints, fps, VIMOGEN_FPS), unit, up_axis


def score_file(path, settings: Settings) -> FileScore:
    """Score one file; a bad file gives a record that says why."""
    path = Path(path)
    known = {"path": str(path), "id": motion_id(path), "stamp": stamp(path)}
    try:
        joints, unit, up_axis = read_joints(path, settings)
    except (ValueError, OSError) as error:
        return FileScore(**known, unreadable=" ".join(str(error).split()))
    values, unscored = {}, {}
    for name in settings.dimensions:
        dimension = mbench.DIMENSIONS[name]
        if len(joints) < dimension.least_frames:
            unscored[name] = (
                f"needs {dimension.least_frames} frames at {VIMOGEN_FPS:g} "
                f"fps, has {len(joints)}"
            )
        else:
            values[name] = dimension.score(joints, up_axis=up_axis)
    return FileScore(
        **known,
        frames=len(joints),
        unit=unit,
        values=values,
        unscored=unscored,
    )


def _one_thread() -> None:
    torch.set_num_threads(1)


def _score_task(task: tuple[Path, Settings]) -> FileScore:
    return score_file(*task)


def score_files(
    paths: Sequence[Path], settings: Settings, *, workers: int = 1
) -> Iterator[FileScore]:
    """Score files in order, in this process or in several.

    Raises:
        ValueError: fewer than 1 worker.
    """
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    tasks = [(path, settings) for path in paths]
    if workers == 1:
        yield from map(_score_task, tasks)
        return
    # Forking a process that has used torch's threads may hang: start afresh.
    context = get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_one_thread
    ) as pool:
        yield from pool.map(_score_task, tasks, chunksize=CHUNK)
