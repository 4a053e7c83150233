"""The 17 COCO points of a body: what a 2D detector looks for."""

import torch
from torch import Tensor

_BODY_FROM_SMPL = (16, 17, 18, 19, 20, 21, 1, 2, 4, 5, 7, 8)
HEAD_JOINT = 15

FACE_POINTS = (
    (0.0, 0.05, 0.13),
    (0.03, 0.08, 0.11),
    (-0.03, 0.08, 0.11),
    (0.07, 0.06, 0.02),
    (-0.07, 0.06, 0.02),
)
"""Nose, left eye, right eye, left ear, right ear in the axes of the SMPL head
joint (x left, y up, z forward), metres. SMPL has no face joints, so this is an
approximation that fits an adult head."""


def coco17_points(joints: Tensor, head_rotmat: Tensor) -> Tensor:
    """The 17 COCO points of a body.

    Args:
        joints: [..., 22 or 24, 3] SMPL joints in the world, metres.
        head_rotmat: [..., 3, 3] world rotation of the head joint.

    Returns:
        [..., 17, 3] metres: five face points fixed to the head
        (``FACE_POINTS``), then shoulders, elbows, wrists, hips, knees, ankles.

    Raises:
        ValueError: another number of joints.
    """
    if joints.shape[-2] not in (22, 24) or joints.shape[-1] != 3:
        raise ValueError(
            "joints must have shape [..., 22 or 24, 3] (SMPL), got "
            f"{list(joints.shape)}"
        )
    face = joints.new_tensor(FACE_POINTS) @ head_rotmat.transpose(-1, -2)
    face = face + joints[..., HEAD_JOINT : HEAD_JOINT + 1, :]
    return torch.cat([face, joints[..., _BODY_FROM_SMPL, :]], dim=-2)
