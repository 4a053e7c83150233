"""What is forgiven before two motions are compared: place, heading, size.

Joints are [..., frames, joints, 3] in metres, Z up. ``valid`` [..., frames]
leaves padding out.
"""

import torch
from torch import Tensor

from mini_vimogen.conventions import UP_AXIS
from mini_vimogen.geometry.rotations import nearest_rotation
from mini_vimogen.metrics.joint_input import batch_of_clips

ALIGNMENTS = ("none", "root", "yaw")


def same_shape(pred, true, least_frames: int = 1) -> tuple[Tensor, Tensor]:
    """Check two motions and that they have one shape.

    Raises:
        ValueError: not joints, NaN, too few frames, or different shapes.
    """
    pred = batch_of_clips(pred, least_frames=least_frames, name="pred")
    true = batch_of_clips(true, least_frames=least_frames, name="true")
    if pred.shape != true.shape:
        raise ValueError(
            f"pred and true must have the same shape, got {list(pred.shape)} "
            f"and {list(true.shape)}"
        )
    return pred, true


def frame_weights(joints: Tensor, valid, order: int = 0) -> Tensor:
    """1 for each frame that counts, else 0: [..., frames - order].

    A difference of ``order`` counts if all its frames are valid.

    Raises:
        ValueError: ``valid`` is not boolean, has another shape, or leaves a
            clip with nothing to count.
    """
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


def root_relative(joints: Tensor, *, root: int = 0) -> Tensor:
    """Joints seen from the root joint of the same frame."""
    return joints - joints[..., root : root + 1, :]


def best_yaw(pred, true, *, root: int = 0, valid=None) -> Tensor:
    """The turn [...] about the vertical, in radians, that best fits a clip.

    It brings the joints of ``pred`` around its root nearest to those of
    ``true``; where the roots go has no say. See ``root_yaw_aligned``.
    """
    pred, true = same_shape(pred, true)
    weights = frame_weights(pred, valid)[..., None]
    pred, true = root_relative(pred, root=root), root_relative(true, root=root)
    (px, py), (tx, ty) = (x[..., :UP_AXIS].unbind(-1) for x in (pred, true))
    sine = ((px * ty - py * tx) * weights).sum((-1, -2))
    cosine = ((px * tx + py * ty) * weights).sum((-1, -2))
    return torch.atan2(sine, cosine)


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
    yaw = best_yaw(pred, true, root=root, valid=valid)[..., None, None]
    pred, true = root_relative(pred, root=root), root_relative(true, root=root)
    px, py = pred[..., :UP_AXIS].unbind(-1)
    turned = torch.stack(
        [
            yaw.cos() * px - yaw.sin() * py,
            yaw.sin() * px + yaw.cos() * py,
            pred[..., UP_AXIS],
        ],
        dim=-1,
    )
    return turned, true


def aligned(pred, true, align: str, root: int, valid) -> tuple[Tensor, Tensor]:
    """Both motions after "none", "root" or "yaw" alignment, checked."""
    if align not in ALIGNMENTS:
        raise ValueError(
            f"align must be one of {', '.join(ALIGNMENTS)}, got {align!r}"
        )
    pred, true = same_shape(pred, true)
    if align == "yaw":
        return root_yaw_aligned(pred, true, root=root, valid=valid)
    if align == "root":
        return root_relative(pred, root=root), root_relative(true, root=root)
    return pred, true


def similarity_aligned(pred: Tensor, true: Tensor) -> Tensor:
    """``pred`` scaled, turned and shifted onto ``true``, frame by frame.

    The rotation has determinant +1: a mirrored body is not turned into a
    match. A prediction whose joints all coincide stays at the true centroid.

    Source: Procrustes analysis (Kabsch 1976, Umeyama 1991).
    """
    pred, true = same_shape(pred, true)
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
