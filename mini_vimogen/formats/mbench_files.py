"""Folders of motions as MBench scores them: ``ID.npy``, (frames, 22, 3).

Joints are in metres, SMPL order. The published converter writes them Y up, by
(x, y, z) -> (-x, z, y); ours writes them Z up unless asked. The prompt files
are read and written in ``formats.mbench_prompts``, and offered here too.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mini_vimogen.files import written_whole
from mini_vimogen.formats.mbench_prompts import (
    EvaluationPrompt,
    GenerationPrompt,
    evaluation_prompts,
    read_generation_prompts,
    read_prompts,
    write_generation_prompts,
    write_prompts,
)

__all__ = [
    "EvaluationPrompt",
    "GenerationPrompt",
    "RELEASE_AXES",
    "evaluation_prompts",
    "motion_files",
    "motion_id",
    "read_generation_prompts",
    "read_motion",
    "read_prompts",
    "write_generation_prompts",
    "write_motion",
    "write_prompts",
]

RELEASE_AXES = torch.tensor([[-1.0, 0, 0], [0, 0, 1], [0, 1, 0]])
"""World to the published files: (x, y, z) -> (-x, z, y); its own inverse."""

MAX_MOTION_BYTES = 256 * 2**20
"""A larger array is refused before it is read: over two days at 20 fps."""

JOINTS = 22


def motion_id(path) -> str:
    """The name of a motion, out of either published layout.

    >>> motion_id("results/7.npy"), motion_id("Motion_Quality/7/motion.npy")
    ('7', '7')
    """
    path = Path(path)
    return path.parent.name if path.stem == "motion" else path.stem


def motion_files(folder, *, suffixes: Sequence[str] = (".npy",)) -> list[Path]:
    """The motions of a folder, ordered by number and then by name.

    Both published layouts: ``ID.npy``, and ``GROUP/ID/motion.npy``.

    Args:
        folder: where they lie.
        suffixes: the kinds of file to list.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: it holds no motion, or two of one name.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    found = []
    for suffix in suffixes:
        found += folder.glob(f"*{suffix}")
        found += folder.glob(f"*/*/motion{suffix}")
    # A name that starts with a dot is a file that somebody is still writing.
    found = [path for path in found if not path.name.startswith(".")]
    if not found:
        raise ValueError(
            f"folder {folder} holds no motion ({', '.join(suffixes)})"
        )
    by_id: dict[str, Path] = {}
    for path in found:
        other = by_id.setdefault(motion_id(path), path)
        if other != path:
            raise ValueError(
                f"folder {folder} holds motion {motion_id(path)} twice: "
                f"{other} and {path}"
            )
    return sorted(found, key=_natural)


def _natural(path: Path) -> list:
    """Sort key that puts 9 before 10."""
    parts = re.split(r"(\d+)", motion_id(path))
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts]


def _header(file, path: Path) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of an ``.npy`` file, before any of its data are read."""
    try:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"version {version} of the format is not known")
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, dtype = read(file)
    except (ValueError, EOFError, SyntaxError, TypeError) as error:
        raise ValueError(f"{path} is not an .npy file: {error}") from error
    return shape, dtype


def read_motion(path) -> Tensor:
    """Joints of one motion file.

    Args:
        path: ``.npy`` of shape (frames, 22 or 24, 3) or (1, frames, 22 or 24,
            3), real numbers. Of 24 joints the two hands are left out.

    Returns:
        [frames, 22, 3] float32, in the file's own axes and unit.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not an ``.npy`` file, pickled objects, a size that does not
            fit the header or is beyond 256 MB, another shape or type, no
            frame, or values that are not finite.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no motion file {path}")
    with path.open("rb") as file:
        shape, dtype = _header(file, path)
        _check_header(shape, dtype, path.stat().st_size - file.tell(), path)
    try:
        joints = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    joints = joints[0] if joints.ndim == 4 else joints
    if not np.isfinite(joints).all():
        frame = int(np.argwhere(~np.isfinite(joints))[0][0])
        raise ValueError(
            f"{path} holds NaN or infinity, first at frame {frame}"
        )
    with np.errstate(over="ignore"):  # told in our own words below
        kept = np.ascontiguousarray(joints[:, :JOINTS], dtype=np.float32)
    if not np.isfinite(kept).all():
        raise ValueError(f"{path} holds numbers too large for float32")
    return torch.from_numpy(kept)


def _check_header(shape, dtype: np.dtype, data_bytes: int, path) -> None:
    if dtype.hasobject:
        raise ValueError(f"{path} holds pickled objects, which are not read")
    if dtype.kind not in "fiu":
        raise ValueError(f"{path} must hold real numbers, got {dtype}")
    claimed = dtype.itemsize
    for size in shape:  # plain integers: a product of int64 could wrap around
        claimed *= size
    if claimed > MAX_MOTION_BYTES:
        raise ValueError(
            f"{path} is too large: {claimed:,} bytes, {MAX_MOTION_BYTES:,} at "
            "most"
        )
    if claimed > data_bytes:
        raise ValueError(
            f"{path} is truncated: its header announces {claimed:,} bytes, "
            f"{data_bytes:,} are there"
        )
    if any(size < 0 for size in shape):
        raise ValueError(f"{path} has an impossible shape: {shape}")
    clip = shape[1:] if len(shape) == 4 and shape[0] == 1 else shape
    if len(clip) != 3 or clip[1] not in (22, 24) or clip[2] != 3 or not clip[0]:
        raise ValueError(
            f"{path} must have shape (frames, 22 or 24, 3), got {shape}"
        )


def write_motion(joints: Tensor, path, *, release_axes: bool = False) -> Path:
    """Write joints as a motion file that MBench scores.

    Args:
        joints: [frames, 22 or 24, 3] metres, Z up, 20 fps; the two hands of 24
            joints are left out.
        path: ends in ``.npy``; replaced only when the whole file is there.
        release_axes: turn to the Y-up axes of the published converter.

    Raises:
        ValueError: another shape, or values that are not finite.
    """
    path = Path(path)
    if joints.ndim != 3 or joints.shape[1] not in (22, 24):
        raise ValueError(
            "joints must have shape [frames, 22 or 24, 3], got "
            f"{list(joints.shape)}"
        )
    if len(joints) == 0 or joints.shape[2] != 3:
        raise ValueError(
            f"joints must have frames and 3 axes, got {list(joints.shape)}"
        )
    if not torch.isfinite(joints).all():
        raise ValueError("joints must be finite, got NaN or infinity")
    if path.suffix != ".npy":
        raise ValueError(f"path must end in .npy, got {path}")
    joints = joints[:, :JOINTS].detach().cpu().float()
    if release_axes:
        joints = joints @ RELEASE_AXES.T
    with written_whole(path) as partial:
        np.save(partial, joints.numpy())
    return path
