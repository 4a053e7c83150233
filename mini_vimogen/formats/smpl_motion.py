"""What AMASS and AIST++ share: SMPL's angles and its translation.

SMPL's ``transl`` is not where the pelvis is. The body turns about its rest
pelvis, and is then shifted: pelvis joint = rest pelvis + transl, whatever the
rotations. A ``Clip`` keeps the pelvis joint, so readers add the rest pelvis
and writers subtract it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.geometry.rotations import (
    axis_angle_to_rotmat,
    rotmat_to_axis_angle,
)
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24

SMPL_REST_PELVIS = (-0.00217, -0.24079, 0.02858)
"""Pelvis of the neutral SMPL body of mean shape, body axes, metres: the body
whose rest offsets SMPL24 has. SMPL+H's and the male body's are up to 2 cm
higher."""

SMPLX_REST_PELVIS = (0.0031, -0.3514, 0.0120)
"""Pelvis of the neutral SMPL-X body of mean shape, body axes, metres."""


def rest_pelvis_of(
    model: Mapping[str, np.ndarray], *, shape: Sequence[float] | None = None
) -> tuple[float, float, float]:
    """Rest pelvis of a user's own body model, for its shape.

    Args:
        model: what ``formats.smpl_model.read_smpl_model`` returns.
        shape: shape coefficients (betas); those that the model has no
            direction for are left out. None is the mean shape.

    Returns:
        x (left), y (up), z (forward) in metres.

    Raises:
        ValueError: shape is not a list of finite numbers.
    """
    template, directions = model["v_template"], model["shapedirs"]
    betas = np.asarray([] if shape is None else shape, dtype=np.float64)
    if betas.ndim != 1 or not np.isfinite(betas).all():
        raise ValueError(
            "shape must be a list of finite numbers, got an array of shape "
            f"{list(betas.shape)}"
        )
    count = min(len(betas), directions.shape[2])
    vertices = template + directions[:, :, :count] @ betas[:count]
    x, y, z = model["J_regressor"][0] @ vertices
    return float(x), float(y), float(z)


def checked_rest_pelvis(rest_pelvis) -> Tensor:
    """Three finite metres as a float64 tensor [3], or a ValueError."""
    pelvis = torch.as_tensor(rest_pelvis, dtype=torch.float64)
    if pelvis.shape != (3,) or not torch.isfinite(pelvis).all():
        raise ValueError(
            f"rest_pelvis must be three finite metres, got {rest_pelvis}"
        )
    return pelvis


def numbers(path: Path, name: str, value) -> np.ndarray:
    """A stored array of finite real numbers as float64, or a ValueError."""
    if not isinstance(value, np.ndarray | np.number) or (
        value.dtype.kind not in "iuf"
    ):
        kind = getattr(value, "dtype", type(value).__name__)
        raise ValueError(
            f"{path}: {name} must be an array of numbers, got {kind}"
        )
    value = np.asarray(value, dtype=np.float64)
    if not np.isfinite(value).all():
        where = np.argwhere(~np.isfinite(value))[0]
        at = f" at row {where[0]}" if value.ndim > 1 else ""
        raise ValueError(
            f"{path}: {name} must be finite, got NaN or infinity{at}"
        )
    return value


def one_positive(path: Path, name: str, value) -> float:
    """A stored array of one positive number as a float, or a ValueError."""
    value = numbers(path, name, value)
    if value.size != 1:
        raise ValueError(
            f"{path}: {name} must be one number, got shape {list(value.shape)}"
        )
    number = float(value.reshape(()))
    if not number > 0:
        raise ValueError(f"{path}: {name} must be positive, got {number:g}")
    return number


def frames_of_three(
    path: Path, name: str, value, *, frames: int
) -> torch.Tensor:
    """A stored array [frames, 3] as a float64 tensor, or a ValueError."""
    value = numbers(path, name, value)
    if value.shape != (frames, 3):
        raise ValueError(
            f"{path}: {name} must have shape [{frames}, 3], one row for each "
            f"row of the angles, got {list(value.shape)}"
        )
    return torch.from_numpy(value)


def clip_from_angles(
    axis_angle: Tensor, pelvis: Tensor, *, fps: float, **texts: str
) -> Clip:
    """A float32 clip on SMPL24.

    Args:
        axis_angle: [frames, 22 or 24, 3] radians, the root's in the world; of
            22 joints the two hands stay straight.
        pelvis: [frames, 3] metres in the Z-up world.
        fps: frames per second.
        texts: caption, source, licence.
    """
    local = axis_angle_to_rotmat(axis_angle)
    if local.shape[1] == len(SMPL22):
        straight = torch.eye(3).to(local).repeat(len(local), 2, 1, 1)
        local = torch.cat([local, straight], dim=1)
    return Clip(pelvis.float(), local.float(), fps=fps, **texts)


def angles_and_pelvis(clip: Clip) -> tuple[Tensor, Tensor]:
    """Axis times angle [frames, joints, 3] and pelvis [frames, 3] of a clip.

    Both float64, in the Z-up world.

    Raises:
        ValueError: a skeleton that is not SMPL's.
    """
    if not any(clip.skeleton.same_as(known) for known in (SMPL22, SMPL24)):
        raise ValueError(
            "clip must be on skeleton SMPL22 or SMPL24 to be written as SMPL, "
            f"got {clip.skeleton.name}"
        )
    local = clip.local_rotmat.detach().cpu().double()
    pelvis = clip.root_position.detach().cpu().double()
    return rotmat_to_axis_angle(local), pelvis
