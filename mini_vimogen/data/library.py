"""The shipped data: real motion, splits, the baked body."""

import json
import re
from pathlib import Path

import numpy as np
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.files import data_path, read_npz
from mini_vimogen.geometry.body import Body
from mini_vimogen.geometry.rotations import quaternion_to_rotmat
from mini_vimogen.geometry.skeleton import SMPL24

REAL_SPLITS = ("train", "validation", "test")
_REAL_FIELDS = {
    "name",
    "caption",
    "licence",
    "first_frame",
    "fps",
    "root_position",
    "quaternion",
}


def splits() -> dict[str, dict[str, list[str]]]:
    """What is trained on and what is not, fixed once and for all.

    ``splits()["real"]`` has the families of real clips for ``train``,
    ``validation`` and ``test``; ``splits()["choreographed"]`` has the actions
    that are ``seen``, ``held_out`` and ``video_only``.
    """
    stored = json.loads(data_path("splits.json").read_text(encoding="utf-8"))
    return {kind: stored[kind] for kind in ("real", "choreographed")}


def family(clip: Clip) -> str:
    """The take family of a real clip: what is split, and reported, together.

    CMU takes of one subject are one family, and so are the five DeepMimic
    walkers; every other clip is its own.

    Raises:
        ValueError: the clip's source is not the name of a real clip.

    >>> import torch
    >>> rest = torch.eye(3).repeat(1, 24, 1, 1)
    >>> family(Clip(torch.zeros(1, 3), rest, fps=30, source="cmu_016_22"))
    'cmu_016'
    """
    name = clip.source
    found = re.fullmatch(
        r"(cmu_\d{3})_\d+|(deepmimic_walker)_\w+|(deepmimic_\w+)", name
    )
    if not found:
        raise ValueError(
            "clip.source must be the name of a real clip such as cmu_016_22 "
            f"or deepmimic_kick, got {name!r}"
        )
    return next(group for group in found.groups() if group)


def real_motion(split: str | None = None) -> list[Clip]:
    """The 57 real clips, or those of one split, sorted by name.

    SMPL-24 at 30 frames a second, on the floor, captioned; ``clip.source`` is
    the clip's name. Headings are the recording's own: see ``Clip.canonical``.

    Args:
        split: None, "train", "validation" or "test".

    Raises:
        ValueError: another split.
        FileNotFoundError: the shipped data are not there.
    """
    if split is not None and split not in REAL_SPLITS:
        raise ValueError(
            f"split must be one of {', '.join(REAL_SPLITS)}, got {split!r}"
        )
    clips = _real_clips(data_path("real_motion.npz"))
    if split is None:
        return clips
    families = set(splits()["real"][split])
    return [clip for clip in clips if family(clip) in families]


def _real_clips(path: Path) -> list[Clip]:
    stored = read_npz(path, wanted=_REAL_FIELDS, what="real motion file")
    root = torch.from_numpy(stored["root_position"])
    # int16 to unit quaternions: normalised by quaternion_to_rotmat.
    steps = torch.from_numpy(stored["quaternion"].astype(np.float32))
    local = quaternion_to_rotmat(steps)
    clips = []
    for number, name in enumerate(stored["name"]):
        start, stop = stored["first_frame"][number : number + 2]
        clips.append(
            Clip(
                root[start:stop],
                local[start:stop],
                fps=float(stored["fps"]),
                caption=str(stored["caption"][number]),
                source=str(name),
                licence=str(stored["licence"][number]),
                skeleton=SMPL24,
            )
        )
    return clips


def baked_body() -> Body:
    """The shipped CC0 body whose rest joints are those of SMPL24.

    Raises:
        FileNotFoundError: the shipped data are not there.
    """
    return Body.load(data_path("body.npz"))
