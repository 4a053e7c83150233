"""Answers that need no training: what a lifter has to beat."""

import torch
from torch import Tensor

from mini_vimogen.geometry.kinematics import forward_kinematics
from mini_vimogen.geometry.rotations import heading, rotation_about
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.training.batches import MotionPool, lifter_batch
from mini_vimogen.training.losses import joints_around_root


def mean_joints(
    pool: MotionPool, *, frames: int, generator: torch.Generator
) -> Tensor:
    """The mean pose [24, 3] of a pool: joints around the root, facing +Y."""
    windows = pool.draw(512, frames=frames, generator=generator)
    local = windows.local_rotmat[windows.valid]
    yaw = rotation_about("z", -heading(local[:, 0]))
    root = (yaw @ local[:, 0])[:, None]
    local = torch.cat([root, local[:, 1:]], dim=1)
    centre = torch.zeros_like(local[:, 0, 0])
    return forward_kinematics(local, centre, SMPL24).mean(dim=0)


class NearestFrame:
    """The 3D pose of the training frame whose 2D joints look most alike.

    Args:
        pool: training motions, filmed by casual cameras for the bank.
        frames: window length. size: frames in the bank.
        generator: of windows and cameras.
    """

    def __init__(
        self,
        pool: MotionPool,
        *,
        frames: int,
        generator: torch.Generator,
        size: int = 15_000,
    ):
        conditions, joints, found = [], [], 0
        while found < size:
            batch = lifter_batch(
                pool,
                64,
                frames=frames,
                condition_drop=0.0,
                generator=generator,
            )
            conditions.append(batch.condition[batch.valid])
            joints.append(joints_around_root(batch.clean)[batch.valid])
            found += len(joints[-1])
        self.condition = looks(torch.cat(conditions)[:size])
        self.joints = torch.cat(joints)[:size]

    def __call__(self, condition: Tensor) -> Tensor:
        """Joints [frames, 24, 3] around the root for conditions [frames, c]."""
        apart = torch.cdist(looks(condition), self.condition)
        return self.joints[apart.argmin(dim=1)]


def looks(condition: Tensor) -> Tensor:
    """The part of a condition that shows the pose: centred 2D joints."""
    return condition[..., :51].unflatten(-1, (17, 3))[..., :2].flatten(-2)
