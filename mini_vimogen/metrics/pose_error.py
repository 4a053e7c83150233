"""How far a predicted motion is from the true one: the lifter's numbers.

Joints are [..., frames, joints, 3] in metres; errors come back in millimetres,
one number for each clip [...], and an average over clips is the caller's.
``valid`` [..., frames] leaves padding out. Differences over time count only
where all their frames are valid.

Nothing is aligned unless asked, as in the original functions (MotionBERT),
which are handed root-relative joints. ``align="root"`` subtracts each motion's
own root joint: the MPJPE of most tables. ``align="yaw"`` does that and gives
each predicted clip one best turn about the vertical, which a single casual
camera cannot know.
"""

# Over 250 lines: nine numbers of one family, mostly docstrings.

import math

import torch
from torch import Tensor

from mini_vimogen.metrics.alignment import (
    aligned,
    frame_weights,
    root_relative,
    root_yaw_aligned,
    same_shape,
    similarity_aligned,
)
from mini_vimogen.metrics.joint_input import batch_of_clips, require_fps

__all__ = [
    "acceleration_error",
    "auc",
    "jitter",
    "mpjpe",
    "n_mpjpe",
    "pa_mpjpe",
    "pck",
    "root_relative",
    "root_yaw_aligned",
    "similarity_aligned",
    "velocity_error",
]

MILLIMETRES = 1000.0


def _mean(per_frame: Tensor, weights: Tensor) -> Tensor:
    """Mean over the frames that count."""
    return (per_frame * weights).sum(-1) / weights.sum(-1)


def mpjpe(
    pred: Tensor,
    true: Tensor,
    *,
    align: str = "none",
    root: int = 0,
    valid=None,
) -> Tensor:
    """Mean per-joint position error in millimetres.

    Args:
        pred, true: [..., frames, joints, 3] metres.
        align: "none", "root" or "yaw"; see the module's docstring.
        root: the root joint.
        valid: [..., frames] bool, False is padding.

    Returns:
        [...] mm.

    Raises:
        ValueError: shapes, NaN, no valid frame, or an unknown alignment.

    >>> true = torch.zeros(1, 2, 3)
    >>> pred = true + torch.tensor([[[0.0, 0, 0], [0, 0.1, 0]]])
    >>> round(mpjpe(pred, true).item())
    50
    """
    pred, true = aligned(pred, true, align, root, valid)
    error = (pred - true).norm(dim=-1).mean(-1)
    return MILLIMETRES * _mean(error, frame_weights(pred, valid))


def pa_mpjpe(pred: Tensor, true: Tensor, *, valid=None) -> Tensor:
    """Position error in mm after the best similarity transform of each frame.

    Args:
        pred, true: [..., frames, joints, 3] metres.
        valid: [..., frames] bool.

    Returns:
        [...] mm. Blind to size, place and direction of the body.

    Raises:
        ValueError: shapes, NaN, no valid frame.
    """
    pred, true = same_shape(pred, true)
    moved = similarity_aligned(pred, true)
    error = (moved - true).norm(dim=-1).mean(-1)
    return MILLIMETRES * _mean(error, frame_weights(pred, valid))


def n_mpjpe(
    pred: Tensor,
    true: Tensor,
    *,
    align: str = "none",
    root: int = 0,
    valid=None,
) -> Tensor:
    """Position error in mm after the best scale of each frame.

    Args:
        pred, true: [..., frames, joints, 3] metres.
        align: done first; "none" scales about the origin.
        root: the root joint.
        valid: [..., frames] bool.

    Returns:
        [...] mm.

    Raises:
        ValueError: shapes, NaN, no valid frame.

    Source: Rhodin et al. 2018.
    """
    pred, true = aligned(pred, true, align, root, valid)
    size = pred.square().sum((-1, -2), keepdim=True)
    agreement = (pred * true).sum((-1, -2), keepdim=True)
    scale = agreement / torch.where(size > 0, size, torch.ones_like(size))
    error = (scale * pred - true).norm(dim=-1).mean(-1)
    return MILLIMETRES * _mean(error, frame_weights(pred, valid))


def _difference_error(
    pred: Tensor, true: Tensor, order: int, fps: float | None, valid
) -> Tensor:
    pred, true = same_shape(pred, true, least_frames=order + 1)
    change = (pred - true).diff(n=order, dim=-3).norm(dim=-1).mean(-1)
    rate = 1.0 if fps is None else require_fps(fps) ** order
    return MILLIMETRES * rate * _mean(change, frame_weights(pred, valid, order))


def velocity_error(
    pred: Tensor, true: Tensor, *, fps: float | None = None, valid=None
) -> Tensor:
    """Mean error of the joints' velocities (MPJVE).

    Args:
        pred, true: [..., frames, joints, 3] metres, at least 2 frames.
        fps: None gives mm per frame, as published; else mm per second.
        valid: [..., frames] bool.

    Returns:
        [...]

    Raises:
        ValueError: shapes, NaN, too few frames, fps.
    """
    return _difference_error(pred, true, 1, fps, valid)


def acceleration_error(
    pred: Tensor, true: Tensor, *, fps: float | None = None, valid=None
) -> Tensor:
    """Mean error of the joints' accelerations (ACCEL).

    Args:
        pred, true: [..., frames, joints, 3] metres, at least 3 frames.
        fps: None gives mm per square frame, else mm per square second.
        valid: [..., frames] bool.

    Returns:
        [...]

    Raises:
        ValueError: shapes, NaN, too few frames, fps.
    """
    return _difference_error(pred, true, 2, fps, valid)


def jitter(joints: Tensor, *, fps: float, valid=None) -> Tensor:
    """Mean size of the third derivative of the joints, in mm per cubic second.

    Args:
        joints: [..., frames, joints, 3] metres, at least 4 frames.
        fps: frames per second.
        valid: [..., frames] bool.

    Returns:
        [...]

    Raises:
        ValueError: shapes, NaN, too few frames, fps.
    """
    joints = batch_of_clips(joints, least_frames=4)
    third = joints.diff(n=3, dim=-3).norm(dim=-1).mean(-1)
    rate = MILLIMETRES * require_fps(fps) ** 3
    return rate * _mean(third, frame_weights(joints, valid, 3))


def pck(
    pred: Tensor,
    true: Tensor,
    *,
    threshold_mm: float = 150.0,
    align: str = "none",
    root: int = 0,
    valid=None,
) -> Tensor:
    """Share of joints within a distance of the truth (the edge counts).

    Args:
        pred, true: [..., frames, joints, 3] metres.
        threshold_mm: the distance in millimetres.
        align, root: as in ``mpjpe``.
        valid: [..., frames] bool.

    Returns:
        [...] in [0, 1].

    Raises:
        ValueError: shapes, NaN, a threshold that is negative or NaN.
    """
    if not (threshold_mm >= 0 and math.isfinite(threshold_mm)):
        raise ValueError(
            f"threshold_mm must be 0 or more and finite, got {threshold_mm}"
        )
    pred, true = aligned(pred, true, align, root, valid)
    return _shares(pred, true, [threshold_mm], valid)[..., 0]


def auc(
    pred: Tensor,
    true: Tensor,
    *,
    align: str = "none",
    root: int = 0,
    valid=None,
) -> Tensor:
    """Mean of ``pck`` over the thresholds 0, 5, ..., 150 mm.

    Args:
        pred, true: [..., frames, joints, 3] metres.
        align, root: as in ``mpjpe``.
        valid: [..., frames] bool.

    Returns:
        [...] in [0, 1].

    Source: MPI-INF-3DHP (Mehta et al. 2017).
    """
    pred, true = aligned(pred, true, align, root, valid)
    return _shares(pred, true, range(0, 151, 5), valid).mean(-1)


def _shares(pred: Tensor, true: Tensor, thresholds_mm, valid) -> Tensor:
    """Share of joints within each threshold, [..., thresholds]."""
    error = MILLIMETRES * (pred - true).norm(dim=-1)
    weights = frame_weights(pred, valid)
    return torch.stack(
        [
            _mean((error <= limit).to(error.dtype).mean(-1), weights)
            for limit in thresholds_mm
        ],
        dim=-1,
    )
