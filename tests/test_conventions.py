"""One test for each row of the table of conventions."""

import torch

from mini_vimogen import conventions
from mini_vimogen.geometry.rotations import rotation_about, rotmat_to_rot6d
from mini_vimogen.geometry.skeleton import SMPL24
from tests.oracles import standing_clip


def test_world_is_z_up_and_right_handed():
    x, y, z = torch.eye(3)
    assert torch.equal(torch.linalg.cross(x, y), z)
    assert conventions.UP_AXIS == 2
    joints = standing_clip().joints()[0]
    assert joints[SMPL24.index("head"), 2] > joints[0, 2] > 0.8


def test_canonical_start_has_the_right_hand_at_plus_x_and_looks_along_plus_y():
    joints = standing_clip().joints()[0]
    assert joints[SMPL24.index("right_hand"), 0] > 0.5
    assert joints[SMPL24.index("left_hand"), 0] < -0.5
    toes, ankles = joints[[10, 11]], joints[[7, 8]]
    assert ((toes - ankles)[:, 1] > 0.1).all()


def test_feet_of_the_standing_clip_are_on_the_floor():
    assert abs(standing_clip().joints()[..., 2].min()) < 1e-6


def test_y_up_files_are_turned_both_ways():
    up_in_file = torch.tensor([0.0, 1.0, 0.0])
    up = conventions.Y_UP_TO_Z_UP @ up_in_file
    assert up.tolist() == [0.0, 0.0, 1.0]
    back = conventions.Z_UP_TO_Y_UP @ conventions.Y_UP_TO_Z_UP
    assert torch.equal(back, torch.eye(3))
    for turn in (conventions.Y_UP_TO_Z_UP, conventions.STANDING_ROOT):
        assert torch.linalg.det(turn) == 1


def test_a_worked_example_of_each_6d_layout():
    quarter = rotation_about("z", torch.tensor(torch.pi / 2))
    for layout in conventions.ROT6D_LAYOUTS:
        wanted = torch.tensor(conventions.ROT6D_EXAMPLE[layout])
        got = rotmat_to_rot6d(quarter, layout=layout)
        assert torch.allclose(got, wanted, atol=1e-6), layout


def test_frame_rates_and_keypoint_names():
    assert (conventions.VIMO_FPS, conventions.VIMOGEN_FPS) == (30.0, 20.0)
    assert len(conventions.COCO17) == 17
    assert conventions.COCO17.index("left_wrist") == 9
