"""The training step of ``edge_twin``: EDGE's losses and its Adan, plainly.

What costs time here, and all of it is what EDGE's published code does: motions
go 6D -> matrix -> axis times angle -> quaternion and then joint by joint, the
joints at the ends of the chains not turned; Adan is a loop over tensors with
the temporaries of its formula. Left out: EDGE's average of the weights.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from mini_vimogen.geometry.rotations import (
    rot6d_to_rotmat,
    rotmat_to_axis_angle,
)
from mini_vimogen.geometry.skeleton import SMPL24
from tests.benchmarks.edge_twin import EdgeTwin, cosine_kept
from tests.oracles import quaternion_product, quaternion_rotate

FEET = [7, 8, 10, 11]


def loss(twin: EdgeTwin, clean, condition, step, noise, present) -> Tensor:
    """EDGE's four terms, joints and contacts of the normalised numbers."""
    kept = cosine_kept()[step][:, None, None]
    noisy = kept.sqrt() * clean + (1 - kept).sqrt() * noise
    predicted = twin(noisy, step, condition, present)
    simple = F.mse_loss(predicted, clean)
    contact, moving = predicted.split((4, predicted.shape[-1] - 4), dim=-1)
    true = clean[..., 4:]
    velocity = F.mse_loss(
        moving[:, 1:] - moving[:, :-1], true[:, 1:] - true[:, :-1]
    )
    joints, true_joints = edge_joints(moving), edge_joints(true)
    feet = joints[:, :, FEET]
    slide = torch.zeros_like(feet)
    slide[:, :-1] = feet[:, 1:] - feet[:, :-1]
    slide[~(contact > 0.95)] = 0
    return (
        0.636 * simple
        + 2.964 * velocity
        + 0.646 * F.mse_loss(joints, true_joints)
        + 10.942 * F.mse_loss(slide, torch.zeros_like(slide))
    )


def edge_joints(features: Tensor) -> Tensor:
    """Root 3 and 24 x 6 rotation numbers -> joints [b, n, 24, 3]."""
    rotmat = rot6d_to_rotmat(
        features[..., 3:].unflatten(-1, (24, 6)), layout="rows"
    )
    local = axis_angle_to_quaternion(rotmat_to_axis_angle(rotmat))
    lead = features.shape[:-1]
    parents = SMPL24.parents
    placed, turned = [features[..., :3]], [local[..., 0, :]]
    for joint in range(1, 24):
        above = turned[parents[joint]]
        arm = SMPL24.offsets[joint].expand(*lead, 3)
        placed.append(quaternion_rotate(above, arm) + placed[parents[joint]])
        end = joint not in parents
        turned.append(
            None if end else quaternion_product(above, local[..., joint, :])
        )
    return torch.stack(placed, dim=-2)


def axis_angle_to_quaternion(axis_angle: Tensor) -> Tensor:
    angle = axis_angle.norm(dim=-1, keepdim=True)
    half = angle / 2
    small = angle < 1e-6
    ratio = half.sin() / torch.where(small, 1.0, angle)
    ratio = torch.where(small, 0.5 - angle**2 / 48, ratio)
    return torch.cat((half.cos(), axis_angle * ratio), dim=-1)


class PlainAdan:
    """Adan as EDGE has it: betas are the shares of the new value."""

    def __init__(self, params, *, lr=1e-4, weight_decay=0.02):
        self.params, self.lr, self.decay = list(params), lr, weight_decay
        self.count = 0
        self.state = [
            [torch.zeros_like(weight) for _ in range(4)]
            for weight in self.params
        ]

    @torch.no_grad()
    def step(self, betas=(0.02, 0.08, 0.01), eps=1e-8) -> None:
        first = self.count == 0
        self.count += 1
        a, b, c = (1 / (1 - (1 - beta) ** self.count) for beta in betas)
        beta_m, beta_v, beta_n = betas
        for weight, (m, v, n, last) in zip(
            self.params, self.state, strict=True
        ):
            gradient = weight.grad
            if not first:
                m.mul_(1 - beta_m).add_(gradient, alpha=beta_m)
                change = gradient - last
                v.mul_(1 - beta_v).add_(change, alpha=beta_v)
                ahead = (gradient + (1 - beta_v) * change) ** 2
                n.mul_(1 - beta_n).add_(ahead, alpha=beta_n)
            size = self.lr / (n * c).sqrt().add_(eps)
            towards = m * a + (1 - beta_v) * v * b
            weight.addcmul_(size, towards, value=-1.0)
            weight.div_(1 + self.lr * self.decay)
            last.copy_(gradient)
