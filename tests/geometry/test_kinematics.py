import pytest
import torch
from hypothesis import given, settings

from mini_vimogen.geometry.kinematics import (
    foot_contacts,
    forward_kinematics,
    global_rotmat,
    local_from_global,
)
from mini_vimogen.geometry.rotations import nearest_rotation, rotmat_to_rot6d
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24
from tests import strategies
from tests.oracles import naive_forward_kinematics, wandering_clip


def random_motion(seed, shape, skeleton=SMPL24):
    generator = torch.Generator().manual_seed(seed)
    local = torch.randn(*shape, len(skeleton), 3, 3, generator=generator)
    root = torch.randn(*shape, 3, generator=generator)
    return nearest_rotation(local), root


@settings(deadline=None, max_examples=25)
@given(strategies.seeds, strategies.lead_shapes)
def test_agrees_with_the_naive_twin(seed, shape):
    local, root = random_motion(seed, shape)
    six = rotmat_to_rot6d(local, layout="rows")
    naive = naive_forward_kinematics(six, root, SMPL24)
    joints = forward_kinematics(local, root, SMPL24)
    assert torch.allclose(joints, naive, rtol=0, atol=1e-5)


def test_bones_keep_their_length_and_the_root_its_place():
    local, root = random_motion(0, (5,), SMPL22)
    joints = forward_kinematics(local, root, SMPL22)
    assert torch.equal(joints[:, 0], root)
    bones = joints[:, 1:] - joints[:, list(SMPL22.parents[1:])]
    wanted = SMPL22.offsets[1:].norm(dim=-1).expand(5, -1)
    assert torch.allclose(bones.norm(dim=-1), wanted, atol=1e-5)


def test_turning_and_moving_the_root_turns_and_moves_all_joints():
    clip = wandering_clip()
    turned = clip.moved(yaw=1.0, by=(1.0, 2.0, 3.0)).joints()
    cos, sin = torch.tensor(1.0).cos(), torch.tensor(1.0).sin()
    turn = torch.tensor([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    wanted = clip.joints() @ turn.T + torch.tensor([1.0, 2.0, 3.0])
    assert torch.allclose(turned, wanted, atol=1e-5)


def test_the_argument_is_left_alone_and_gradients_flow():
    local, root = random_motion(1, (3,))
    before = local.clone()
    local.requires_grad_()
    forward_kinematics(local, root, SMPL24).square().sum().backward()
    assert torch.equal(local.detach(), before)
    moved = local.grad.abs().sum(dim=(0, 2, 3)) > 0
    leaves = {10, 11, 15, 22, 23}  # a leaf's own rotation moves no joint
    assert {j for j in range(24) if not moved[j]} == leaves


def test_local_and_global_rotations_there_and_back():
    local, _ = random_motion(2, (2, 3))
    back = local_from_global(global_rotmat(local, SMPL24), SMPL24)
    assert torch.allclose(back, local, atol=1e-5)


def test_foot_contacts_follow_the_frame_rate():
    joints = torch.zeros(4, 24, 3)
    joints[:, 7, 1] = torch.arange(4) * 0.011  # 0.33 m/s at 30 fps
    at_30 = foot_contacts(joints, fps=30.0)
    assert at_30[:, 0].tolist() == [0, 0, 0, 1]
    assert at_30[:, 1:].all()
    assert foot_contacts(joints, fps=25.0)[:, 0].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: forward_kinematics(
                torch.eye(3).repeat(17, 1, 1), torch.zeros(3), SMPL24
            ),
            r"\[..., 24, 3, 3\] for skeleton SMPL24, got \[17, 3, 3\]",
        ),
        (
            lambda: forward_kinematics(
                torch.eye(3).repeat(5, 24, 1, 1), torch.zeros(4, 3), SMPL24
            ),
            r"root_position must have shape \[5, 3\]",
        ),
        (
            lambda: foot_contacts(torch.zeros(2, 24, 3), fps=0),
            "fps must be positive, got 0",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
