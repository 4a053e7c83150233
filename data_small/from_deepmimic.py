"""DeepMimic motions (inside the pybullet package) to SMPL-24.

A file is JSON: ``Loop`` and ``Frames`` of 44 numbers, in this order: seconds to
the next frame; root position; quaternions (w, x, y, z) of root, chest, neck,
right hip; right knee angle; quaternions of right ankle, right shoulder; right
elbow angle; then the left side in the same way. Axes: x forward, y up, z to
the person's right; in the rest pose the arms hang.
"""

import json
from pathlib import Path

import numpy as np
import torch
from retarget import rest_leg_length, root_from_hips, slerp_in_time
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.geometry.rotations import (
    axis_angle_to_rotmat,
    quaternion_to_rotmat,
    rotation_about,
    rotmat_to_axis_angle,
)
from mini_vimogen.geometry.skeleton import SMPL24

# Body axes of the source (x forward, y up, z right) in SMPL's (x left, y up,
# z forward), and the source's world in ours (Z up, facing +Y).
TO_SMPL_AXES = torch.tensor([[0.0, 0, -1], [0, 1, 0], [1, 0, 0]]).double()
TO_WORLD = torch.tensor([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]]).double()

# Lengths of the DeepMimic humanoid in metres (public numbers of its URDF).
THIGH, SHIN = 0.421546, 0.409870

QUATERNIONS = {
    "root": 4, "chest": 8, "neck": 12,
    "right_hip": 16, "right_ankle": 21, "right_shoulder": 25,
    "left_hip": 30, "left_ankle": 35, "left_shoulder": 39,
}  # fmt: skip
ANGLES = {
    "right_knee": 20,
    "right_elbow": 29,
    "left_knee": 34,
    "left_elbow": 43,
}


def read_frames(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Times [frames] in seconds and the 44 numbers [frames, 44] of a file."""
    frames = np.array(json.loads(path.read_text())["Frames"], dtype=np.float64)
    if frames.ndim != 2 or frames.shape[1] != 44:
        raise ValueError(
            f"{path.name} must hold frames of 44 numbers, got {frames.shape}"
        )
    # The last frame's step is an end mark (often 0), so it is left out.
    times = np.concatenate([[0.0], np.cumsum(frames[:-1, 0])])
    return times, frames


def _rotations(frames: np.ndarray) -> dict[str, Tensor]:
    """Local rotations [frames, 3, 3] by joint, in SMPL's body axes."""
    values = torch.from_numpy(frames)
    source = {
        name: quaternion_to_rotmat(values[:, at : at + 4])
        for name, at in QUATERNIONS.items()
    }
    for name, at in ANGLES.items():
        source[name] = rotation_about("z", values[:, at])
    turned = {}
    for name, rotation in source.items():
        from_body = TO_WORLD if name == "root" else TO_SMPL_AXES
        turned[name] = from_body @ rotation @ TO_SMPL_AXES.T
    return turned


def _share(rotation: Tensor, count: int) -> Tensor:
    """The ``count``-th part of a rotation, about the same axis."""
    return axis_angle_to_rotmat(rotmat_to_axis_angle(rotation) / count)


def _local_rotmat(source: dict[str, Tensor]) -> Tensor:
    """[frames, 24, 3, 3] SMPL rotations; collars, wrists, hands, toes stay."""
    frames = len(source["root"])
    local = torch.eye(3).double().repeat(frames, len(SMPL24), 1, 1)

    def put(joint: str, rotation: Tensor) -> None:
        local[:, SMPL24.index(joint)] = rotation

    put("pelvis", source["root"])
    for part in ("spine1", "spine2", "spine3"):
        put(part, _share(source["chest"], 3))
    for part in ("neck", "head"):
        put(part, _share(source["neck"], 2))
    for side, sign in (("left", -1.0), ("right", 1.0)):
        for part in ("hip", "knee", "ankle"):
            put(f"{side}_{part}", source[f"{side}_{part}"])
        # From SMPL's arm, held out to the side, to the source's hanging arm.
        hang = rotation_about("z", torch.tensor(sign * torch.pi / 2).double())
        put(f"{side}_shoulder", source[f"{side}_shoulder"] @ hang)
        put(f"{side}_elbow", hang.T @ source[f"{side}_elbow"] @ hang)
    return local


def read_clip(path: Path, *, fps: float) -> tuple[Clip, float]:
    """A clip at ``fps`` and the file's own frame rate.

    The pelvis is placed so that the middle of the hips follows the source's
    root (which lies between its hips), shrunk by the ratio of leg lengths.
    """
    times, frames = read_frames(path)
    native_fps = 1.0 / float(np.median(np.diff(times)))
    local = _local_rotmat(_rotations(frames))
    scale = rest_leg_length() / (THIGH + SHIN)
    hips = scale * torch.from_numpy(frames[:, 1:4]) @ TO_WORLD.T
    root = root_from_hips(hips, local[:, 0])
    return slerp_in_time(times, root, local, fps=fps), native_fps
