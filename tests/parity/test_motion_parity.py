"""Equal to EDGE: kinematics, the 151 numbers, the scaler, rotations."""

import pytest
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import Y_UP_TO_Z_UP
from mini_vimogen.geometry import rotations as rot
from mini_vimogen.geometry.kinematics import forward_kinematics
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.representation import vimo151
from mini_vimogen.representation.normalizer import Normalizer


def close(ours, theirs, tolerance):
    assert (ours - theirs).abs().max() < tolerance


@pytest.fixture
def motion(golden):
    return golden("edge_motion")


@pytest.fixture
def rotations(golden):
    return golden("edge_rotations")


def test_skeleton(motion):
    close(SMPL24.offsets, motion["smpl_offsets"], 1e-8)
    assert list(SMPL24.parents) == motion["smpl_parents"].tolist()


@pytest.mark.parametrize("up", ["yup", "zup"])
def test_forward_kinematics(motion, up):
    tail = "" if up == "yup" else "_zup"
    local = rot.axis_angle_to_rotmat(motion[f"poses{tail}"])
    joints = forward_kinematics(local, motion[f"trans{tail}"], SMPL24)
    close(joints, motion[f"joints_{up}"], 1e-5)


def test_y_up_to_z_up(motion):
    close(motion["joints_yup"] @ Y_UP_TO_Z_UP.T, motion["joints_zup"], 1e-5)


def test_151_numbers(motion):
    local = rot.axis_angle_to_rotmat(motion["poses_zup"])
    for index, theirs in enumerate(motion["vec151"]):
        clip = Clip(motion["trans_zup"][index], local[index], fps=30.0)
        ours = vimo151.encode(clip)
        # Here the figures are a piece of a longer motion, whose last frame is
        # not the last; only its contacts depend on the frame after it.
        close(ours[:-1], theirs[:-1], 1e-5)
        close(ours[-1, 4:], theirs[-1, 4:], 1e-5)
        joints = motion["joints_zup"][index]
        close(vimo151.decode(theirs).joints(), joints, 1e-5)


def test_scaler(motion):
    low, high = motion["scaler_data_min"], motion["scaler_data_max"]
    scaler = Normalizer.fit_range(torch.stack([low, high]))
    close(scaler.scale, motion["scaler_scale"], 1e-5)
    close(scaler.shift, motion["scaler_min"], 1e-5)
    close(scaler.apply(motion["vec151"]), motion["normalized"], 1e-5)
    close(scaler.undo(motion["normalized"]), motion["vec151"], 1e-5)


def test_axis_angle_and_quaternions(rotations):
    rotmat = rotations["matrix"]
    close(rot.axis_angle_to_rotmat(rotations["axis_angle"]), rotmat, 1e-12)
    back = rot.rotmat_to_axis_angle(rotmat)
    close(rot.axis_angle_to_rotmat(back), rotmat, 1e-12)
    close(rot.quaternion_to_rotmat(rotations["quat_wxyz"]), rotmat, 1e-12)
    ours = rot.rotmat_to_quaternion(rotations["matrix_from_noisy"])
    theirs = rotations["quat_from_noisy"]
    same_side = (ours * theirs).sum(-1, keepdim=True).sign()
    close(ours, same_side * theirs, 1e-12)


def test_rot6d(rotations):
    ours = rot.rotmat_to_rot6d(rotations["matrix"], layout="rows")
    close(ours, rotations["rot6d"], 1e-12)
    noisy = rot.rot6d_to_rotmat(rotations["rot6d_noisy"], layout="rows")
    close(noisy, rotations["matrix_from_noisy"], 1e-12)


def test_slerp(rotations):
    ours = rot.slerp_rotmat(
        rot.quaternion_to_rotmat(rotations["slerp_q1"]),
        rot.quaternion_to_rotmat(rotations["slerp_q2"]),
        rotations["slerp_w"].expand(2, 15, 24),
    )
    # Theirs blends linearly between near rotations: equal to 1e-4 there.
    close(ours, rot.quaternion_to_rotmat(rotations["slerp_out"]), 1e-4)
