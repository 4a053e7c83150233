"""From joint rotations to joint positions, and what the feet are doing."""

import torch
from torch import Tensor

from mini_vimogen.geometry.skeleton import Skeleton

FOOT_JOINTS = (7, 8, 10, 11)
"""Left ankle, right ankle, left foot (toes), right foot, in SMPL order."""


def _require_rotations(local_rotmat: Tensor, skeleton: Skeleton) -> None:
    if tuple(local_rotmat.shape[-3:]) != (len(skeleton), 3, 3):
        raise ValueError(
            f"local_rotmat must have shape [..., {len(skeleton)}, 3, 3] for "
            f"skeleton {skeleton.name}, got {list(local_rotmat.shape)}"
        )


def forward_kinematics(
    local_rotmat: Tensor, root_position: Tensor, skeleton: Skeleton
) -> Tensor:
    """Joint positions of a posed skeleton.

    Args:
        local_rotmat: [..., joints, 3, 3], each joint relative to its parent;
            joint 0 is the root in the world.
        root_position: [..., 3] metres.
        skeleton: names the joints; its offsets are used.

    Returns:
        [..., joints, 3] metres, in the world of the root.

    Raises:
        ValueError: shapes do not fit the skeleton or each other.

    Source: position = parent position + parent rotation @ offset, rotation =
    parent rotation @ local rotation; SMPL without shape (Loper et al. 2015).
    """
    _require_rotations(local_rotmat, skeleton)
    lead = local_rotmat.shape[:-3]
    if root_position.shape != (*lead, 3):
        raise ValueError(
            f"root_position must have shape {[*lead, 3]} to go with "
            f"local_rotmat, got {list(root_position.shape)}"
        )
    offsets = skeleton.offsets.to(local_rotmat)
    # The batch goes last: 3 x 3 products become a few long vector operations,
    # which is several times faster on a CPU than many tiny matrix products.
    local = local_rotmat.reshape(-1, len(skeleton), 3, 3)
    local = local.permute(2, 3, 1, 0).contiguous()  # [3, 3, joints, batch]
    rotation = [local[:, :, 0]]
    position = [root_position.reshape(-1, 3).T]
    for joint in range(1, len(skeleton)):
        above = rotation[skeleton.parents[joint]]  # [3, 3, batch]
        arm = (above * offsets[joint, None, :, None]).sum(1)
        position.append(position[skeleton.parents[joint]] + arm)
        turned = above[:, :, None] * local[None, :, :, joint]
        rotation.append(turned.sum(1))
    joints = torch.stack(position).permute(2, 0, 1)  # [batch, joints, 3]
    return joints.reshape(*lead, len(skeleton), 3)


def global_rotmat(local_rotmat: Tensor, skeleton: Skeleton) -> Tensor:
    """World rotation of every joint [..., joints, 3, 3] from local ones."""
    _require_rotations(local_rotmat, skeleton)
    rotation = [local_rotmat[..., 0, :, :]]
    for joint in range(1, len(skeleton)):
        above = rotation[skeleton.parents[joint]]
        rotation.append(above @ local_rotmat[..., joint, :, :])
    return torch.stack(rotation, dim=-3)


def local_from_global(global_rotation: Tensor, skeleton: Skeleton) -> Tensor:
    """Undo ``global_rotmat``: [..., joints, 3, 3] world to local rotations."""
    _require_rotations(global_rotation, skeleton)
    parents = list(skeleton.parents[1:])
    above = global_rotation[..., parents, :, :]
    local = above.transpose(-1, -2) @ global_rotation[..., 1:, :, :]
    return torch.cat([global_rotation[..., :1, :, :], local], dim=-3)


def mirrored(
    local_rotmat: Tensor, root_position: Tensor, skeleton: Skeleton
) -> tuple[Tensor, Tensor]:
    """Left and right exchanged, by reflection in the world's YZ plane.

    Rotations are reflected and joints swapped; with rest offsets that are not
    exactly symmetric, positions mirror to within that asymmetry.

    Args:
        local_rotmat: [..., joints, 3, 3].
        root_position: [..., 3] metres.
        skeleton: names the pairs.

    Returns:
        Rotations and root positions of the same shapes.
    """
    _require_rotations(local_rotmat, skeleton)
    flip = local_rotmat.new_tensor([-1.0, 1.0, 1.0])
    local = local_rotmat[..., list(skeleton.mirrored_order), :, :]
    # S R S negates the entries that mix x with y or z. The world side of the
    # root is reflected in x as well, so one rule serves all joints.
    return local * flip[:, None] * flip, root_position * flip.to(root_position)


def foot_contacts(
    joints: Tensor, *, fps: float, max_speed: float = 0.3
) -> Tensor:
    """Which feet stand still, as 0 or 1.

    Args:
        joints: [..., frames, joints, 3] metres, SMPL order.
        fps: frames per second.
        max_speed: a foot joint slower than this (metres per second) is in
            contact; 0.3 is EDGE's 0.01 metres per frame at 30 fps.

    Returns:
        [..., frames, 4] in the order of ``FOOT_JOINTS``. The last frame has no
        next frame; as in EDGE its speed counts as 0, so it is in contact.

    Raises:
        ValueError: fps is not positive.

    >>> joints = torch.zeros(3, 24, 3)
    >>> joints[1:, 8, 0] = 0.5  # the right ankle jumps half a metre
    >>> foot_contacts(joints, fps=30)[:, 1].tolist()
    [0.0, 1.0, 1.0]
    """
    if not fps > 0:
        raise ValueError(f"fps must be positive, got {fps}")
    feet = joints[..., FOOT_JOINTS, :]
    step = feet.diff(dim=-3).norm(dim=-1)  # [..., frames - 1, 4]
    step = torch.cat([step, torch.zeros_like(feet[..., :1, :, 0])], dim=-2)
    return (step < max_speed / fps).to(joints.dtype)
