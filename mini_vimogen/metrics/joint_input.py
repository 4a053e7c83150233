"""What every metric asks of its input, in one place: shape, joints, values."""

import math

import numpy as np
import torch
from torch import Tensor


def as_float(values, *, name: str = "joints") -> Tensor:
    """A floating-point tensor: a tensor as it is, an array shared.

    Raises:
        ValueError: not a tensor or numeric array, or it holds NaN or infinity.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu":
        values = torch.from_numpy(np.ascontiguousarray(values))
    if not isinstance(values, Tensor):
        kind = getattr(values, "dtype", type(values).__name__)
        raise ValueError(
            f"{name} must be a tensor or a numeric array, got {kind}"
        )
    if not values.is_floating_point():
        values = values.double()
    if not torch.isfinite(values).all():
        bad = torch.nonzero(~torch.isfinite(values))[0].tolist()
        raise ValueError(
            f"{name} must be finite, got NaN or infinity at index {bad}"
        )
    return values


def batch_of_clips(
    joints, *, joint_counts=None, least_frames: int = 1, name: str = "joints"
) -> Tensor:
    """Check joints [..., frames, joints, 3] and return them as a tensor.

    Args:
        joint_counts: the numbers of joints that will do; None takes any.
        least_frames: the fewest frames the metric is defined on.

    Raises:
        ValueError: another shape or number of joints, too few frames, or
            values that are not finite.
    """
    joints = as_float(joints, name=name)
    if joints.ndim < 3 or joints.shape[-1] != 3 or joints.shape[-2] == 0:
        raise ValueError(
            f"{name} must have shape [..., frames, joints, 3], got "
            f"{list(joints.shape)}"
        )
    if joint_counts is not None and joints.shape[-2] not in joint_counts:
        wanted = " or ".join(map(str, joint_counts))
        raise ValueError(
            f"{name} must have {wanted} joints, got {joints.shape[-2]}"
        )
    if joints.shape[-3] < least_frames:
        raise ValueError(
            f"{name} must have at least {least_frames} frames, got "
            f"{joints.shape[-3]}"
        )
    return joints


def one_clip(
    joints, *, joint_counts=None, least_frames: int = 1, name: str = "joints"
) -> Tensor:
    """Like ``batch_of_clips`` for exactly one clip [frames, joints, 3]."""
    if getattr(joints, "ndim", 3) != 3:
        raise ValueError(
            f"{name} must be one clip [frames, joints, 3], got "
            f"{list(joints.shape)}"
        )
    return batch_of_clips(
        joints, joint_counts=joint_counts, least_frames=least_frames, name=name
    )


def require_fps(fps) -> float:
    """A positive, finite frame rate.

    Raises:
        ValueError: anything else.
    """
    if not isinstance(fps, (int, float)) or not (
        fps > 0 and math.isfinite(fps)
    ):
        raise ValueError(f"fps must be positive and finite, got {fps}")
    return float(fps)
