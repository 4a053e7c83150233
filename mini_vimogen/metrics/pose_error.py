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

import math

import torch
from torch import Tensor

from mini_vimogen.conventions import UP_AXIS
from mini_vimogen.geometry.rotations import nearest_rotation
from mini_vimogen.metrics.joint_input import batch_of_clips, require_fps

MILLIMETRES = 1000.0
ALIGNMENTS = ("none", "root", "yaw")


def _pair(pred, true, least_frames: int = 1) -> tuple[Tensor, Tensor]:
    pred = batch_of_clips(pred, least_frames=least_frames, name="pred")
    true = batch_of_clips(true, least_frames=least_frames, name="true")
    if pred.shape != true.shape:
        raise ValueError(
            f"pred and true must have the same shape, got {list(pred.shape)} "
            f"and {list(true.shape)}"
        )
    return pred, true


def _weights(joints: Tensor, valid, order: int = 0) -> Tensor:
    """1 for each frame (or difference of ``order``) that counts, else 0."""
    frames = joints.shape[-3]
    if valid is None:
        return joints.new_ones(*joints.shape[:-3], frames - order)
    valid = torch.as_tensor(valid, device=joints.device)
    if valid.dtype != torch.bool:
        raise ValueError(f"valid must hold True and False, got {valid.dtype}")
    if valid.shape != joints.shape[:-2]:
        raise ValueError(
            f"valid must have shape {list(joints.shape[:-2])} to go with the "
            f"joints, got {list(valid.shape)}"
        )
    counted = valid.unfold(-1, order + 1, 1).all(-1)
    if not counted.any(-1).all():
        raise ValueError(
            f"valid must keep at least {order + 1} frames in a row of every "
            "clip"
        )
    return counted.to(joints.dtype)


def _mean(per_frame: Tensor, weights: Tensor) -> Tensor:
    """Mean over the frames that count."""
    return (per_frame * weights).sum(-1) / weights.sum(-1)


def root_relative(joints: Tensor, *, root: int = 0) -> Tensor:
    """Joints seen from the root joint of the same frame."""
    return joints - joints[..., root : root + 1, :]


def root_yaw_aligned(
    pred: Tensor, true: Tensor, *, root: int = 0, valid=None
) -> tuple[Tensor, Tensor]:
    """Both motions seen from their roots, ``pred`` turned by one best yaw.

    One turn about the vertical for each clip: what a single casual camera
    cannot know. The yaw has a closed form, atan2 of the summed cross and dot
    products of the level coordinates.

    Args:
        pred, true: [..., frames, joints, 3], Z up.
        root: the root joint.
        valid: [..., frames] bool; other frames do not vote.

    Returns:
        pred and true, same shapes.
    """
    pred, true = _pair(pred, true)
    weights = _weights(pred, valid)[..., None]
    pred, true = root_relative(pred, root=root), root_relative(true, root=root)
    (px, py), (tx, ty) = (x[..., :UP_AXIS].unbind(-1) for x in (pred, true))
    sine = ((px * ty - py * tx) * weights).sum((-1, -2))
    cosine = ((px * tx + py * ty) * weights).sum((-1, -2))
    yaw = torch.atan2(sine, cosine)[..., None, None]
    turned = torch.stack(
        [
            yaw.cos() * px - yaw.sin() * py,
            yaw.sin() * px + yaw.cos() * py,
            pred[..., UP_AXIS],
        ],
        dim=-1,
    )
    return turned, true


def _aligned(pred, true, align: str, root: int, valid) -> tuple[Tensor, Tensor]:
    if align not in ALIGNMENTS:
        raise ValueError(
            f"align must be one of {', '.join(ALIGNMENTS)}, got {align!r}"
        )
    pred, true = _pair(pred, true)
    if align == "yaw":
        return root_yaw_aligned(pred, true, root=root, valid=valid)
    if align == "root":
        return root_relative(pred, root=root), root_relative(true, root=root)
    return pred, true


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
    pred, true = _aligned(pred, true, align, root, valid)
    error = (pred - true).norm(dim=-1).mean(-1)
    return MILLIMETRES * _mean(error, _weights(pred, valid))


def similarity_aligned(pred: Tensor, true: Tensor) -> Tensor:
    """``pred`` scaled, turned and shifted onto ``true``, frame by frame.

    The rotation has determinant +1: a mirrored body is not turned into a
    match. A prediction whose joints all coincide stays at the true centroid.

    Source: Procrustes analysis (Kabsch 1976, Umeyama 1991).
    """
    pred, true = _pair(pred, true)
    centre = true.mean(-2, keepdim=True)
    source = pred - pred.mean(-2, keepdim=True)
    target = true - centre
    covariance = target.transpose(-1, -2) @ source  # [..., frames, 3, 3]
    rotation = nearest_rotation(covariance)
    turned = source @ rotation.transpose(-1, -2)
    agreement = (turned * target).sum((-1, -2), keepdim=True)
    size = source.square().sum((-1, -2), keepdim=True)
    scale = agreement / torch.where(size > 0, size, torch.ones_like(size))
    return scale * turned + centre


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
    pred, true = _pair(pred, true)
    aligned = similarity_aligned(pred, true)
    error = (aligned - true).norm(dim=-1).mean(-1)
    return MILLIMETRES * _mean(error, _weights(pred, valid))


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
    pred, true = _aligned(pred, true, align, root, valid)
    size = pred.square().sum((-1, -2), keepdim=True)
    agreement = (pred * true).sum((-1, -2), keepdim=True)
    scale = agreement / torch.where(size > 0, size, torch.ones_like(size))
    error = (scale * pred - true).norm(dim=-1).mean(-1)
    return MILLIMETRES * _mean(error, _weights(pred, valid))


def _difference_error(
    pred: Tensor, true: Tensor, order: int, fps: float | None, valid
) -> Tensor:
    pred, true = _pair(pred, true, least_frames=order + 1)
    change = (pred - true).diff(n=order, dim=-3).norm(dim=-1).mean(-1)
    rate = 1.0 if fps is None else require_fps(fps) ** order
    return MILLIMETRES * rate * _mean(change, _weights(pred, valid, order))


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
    return rate * _mean(third, _weights(joints, valid, 3))


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
    pred, true = _aligned(pred, true, align, root, valid)
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
    pred, true = _aligned(pred, true, align, root, valid)
    return _shares(pred, true, range(0, 151, 5), valid).mean(-1)


def _shares(pred: Tensor, true: Tensor, thresholds_mm, valid) -> Tensor:
    """Share of joints within each threshold, [..., thresholds]."""
    error = MILLIMETRES * (pred - true).norm(dim=-1)
    weights = _weights(pred, valid)
    return torch.stack(
        [
            _mean((error <= limit).to(error.dtype).mean(-1), weights)
            for limit in thresholds_mm
        ],
        dim=-1,
    )
