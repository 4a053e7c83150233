"""Plain reference versions and hand-made motions that tests compare with."""

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import STANDING_ROOT
from mini_vimogen.geometry.rotations import (
    axis_angle_to_rotmat,
    rot6d_to_rotmat,
    rotation_about,
    rotmat_to_axis_angle,
)
from mini_vimogen.geometry.skeleton import SMPL24, Skeleton


def standing_clip(frames: int = 4, *, fps: float = 30.0) -> Clip:
    """The rest pose standing still in the canonical start."""
    local = torch.eye(3).repeat(frames, 24, 1, 1)
    local[:, 0] = STANDING_ROOT
    root = torch.zeros(frames, 3)
    root[:, 2] = -SMPL24.rest_joints[:, 1].min()
    return Clip(root, local, fps=fps, caption="stand", source="oracle")


def wandering_clip(frames: int = 30, *, seed: int = 0, joints=24) -> Clip:
    """Random smooth joint angles while the body turns and travels."""
    generator = torch.Generator().manual_seed(seed)
    time = torch.linspace(0, 3, frames)[:, None, None]
    size = torch.randn(2, joints, 3, generator=generator) * 0.4
    local = axis_angle_to_rotmat(size[0] * time.sin() + size[1] * time.cos())
    yaw = rotation_about("z", 0.7 * time[:, 0, 0])
    local[:, 0] = yaw @ STANDING_ROOT @ local[:, 0]
    walk = torch.tensor([0.3, 1.1, 0.05])
    root = time[:, 0] * walk + torch.tensor([0.5, -1.0, 0.95])
    return Clip(root, local, fps=30.0, caption="wander", source="oracle")


def naive_forward_kinematics(
    rot6d: Tensor, root_position: Tensor, skeleton: Skeleton
) -> Tensor:
    """Joint by joint through axis-angle and quaternions, as in EDGE's chain.

    6D rows [..., joints, 6] -> matrix -> axis times angle -> quaternion, then
    one Hamilton product and one quaternion rotation a joint.
    """
    axis_angle = rotmat_to_axis_angle(rot6d_to_rotmat(rot6d, layout="rows"))
    angle = axis_angle.norm(dim=-1, keepdim=True)
    small = angle < 1e-8
    sine = torch.where(small, 0.5 - angle**2 / 48, (angle / 2).sin() / angle)
    local = torch.cat([(angle / 2).cos(), sine * axis_angle], dim=-1)
    turned, placed = [local[..., 0, :]], [root_position]
    for joint in range(1, len(skeleton)):
        parent = skeleton.parents[joint]
        above = turned[parent]
        arm = skeleton.offsets[joint].expand(*above.shape[:-1], 3)
        placed.append(placed[parent] + quaternion_rotate(above, arm))
        turned.append(quaternion_product(above, local[..., joint, :]))
    return torch.stack(placed, dim=-2)


def quaternion_product(a: Tensor, b: Tensor) -> Tensor:
    """Hamilton product of (w, x, y, z) quaternions."""
    aw, ax, ay, az = a.unbind(-1)
    bw, bx, by, bz = b.unbind(-1)
    return torch.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        dim=-1,
    )


def quaternion_rotate(quaternion: Tensor, vector: Tensor) -> Tensor:
    """q v q*, with the vector as a quaternion without real part."""
    pure = torch.cat([torch.zeros_like(vector[..., :1]), vector], dim=-1)
    flipped = quaternion * torch.tensor([1.0, -1, -1, -1]).to(quaternion)
    return quaternion_product(quaternion_product(quaternion, pure), flipped)[
        ..., 1:
    ]
