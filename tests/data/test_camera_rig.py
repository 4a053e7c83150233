import math

import pytest
import torch

from mini_vimogen.conventions import STANDING_ROOT
from mini_vimogen.data.camera_rig import either, rig_cameras
from mini_vimogen.geometry.camera import in_view, look_at, project
from mini_vimogen.geometry.camera_rigs import Rig
from mini_vimogen.geometry.coco17 import coco17_points
from mini_vimogen.geometry.kinematics import global_rotmat
from mini_vimogen.geometry.rotations import rotation_about
from tests.oracles import standing_clip, wandering_clip

NOSE, LEFT_WRIST, RIGHT_WRIST, LEFT_ANKLE = 0, 9, 10, 15
FRONT, RIGHT_SIDE, BEHIND, LEFT_SIDE = 0, 2, 4, 6


def standing(*, at=(0.0, 0.0)):
    """COCO points [1, 17, 3] of a person who faces +Y."""
    clip = standing_clip(1)
    head = global_rotmat(clip.local_rotmat, clip.skeleton)[:, 15]
    return coco17_points(clip.joints(), head) + torch.tensor([*at, 0.0])


def all_views(path, **changes):
    """Every camera of a rig on the same path [frames, 3]."""
    rig = Rig(**changes)
    each = path.expand(rig.count, -1, -1)
    return rig_cameras(each, torch.arange(rig.count), rig=rig)


def seen_by_all(points, path=None):
    """Pixels [cameras, 17, 2] and depth of one frame's points [1, 17, 3]."""
    path = points[:, (11, 12)].mean(dim=1) if path is None else path
    pixels, depth = project(points, all_views(path))
    return pixels[:, 0], depth[:, 0]


def test_cameras_stand_where_aists_calibration_starts():
    # R = Ry(180 - 45 i) Rz(180), t = (0, 180, 500) cm; the ninth in front.
    position = all_views(torch.zeros(1, 3)).position[:, 0]
    for camera in range(9):
        angle = torch.tensor(math.radians(180 - 45 * (camera % 8)))
        rotation = rotation_about("y", angle)
        rotation = rotation @ rotation_about("z", torch.tensor(math.pi))
        height = 1.8 if camera < 8 else 1.7
        there = -rotation.mT @ torch.tensor([0.0, height, 5.0])
        # That dancer faces +Z with Y up: ours is turned as a body is.
        wanted = STANDING_ROOT @ there
        assert torch.allclose(position[camera], wanted, atol=1e-5)


def test_the_middle_of_the_path_is_in_the_middle_of_every_picture():
    path = wandering_clip(40).root_position.clone()
    path[:25] = path[0]  # lingers: the mean is not half-way
    cameras = all_views(path)
    middle = (path.amin(dim=0) + path.amax(dim=0)) / 2
    aim = torch.tensor([middle[0], middle[1], 1.0]).expand(9, 40, 1, 3)
    pixels, depth = project(aim, cameras)
    wanted = torch.tensor([960.0, 540.0]).expand_as(pixels)
    assert torch.allclose(pixels, wanted, atol=1e-2)
    assert torch.allclose(depth[:8], torch.tensor(math.hypot(5, 0.8)))
    assert torch.allclose(depth[8], torch.tensor(math.hypot(5, 0.7)))
    assert torch.equal(cameras.focal, torch.full((9, 40, 2), 1600.0))
    assert cameras.size.shape == (9, 40, 2) and cameras.lead == (9, 40)


def test_cameras_stand_still_while_the_person_moves():
    cameras = all_views(wandering_clip(40).root_position)
    for name in ("rotation", "translation", "focal", "centre", "size"):
        value = getattr(cameras, name)
        assert torch.equal(value, value[:, :1].expand_as(value))


def test_cameras_are_the_same_wherever_and_however_high_the_path_is():
    path = wandering_clip(40).root_position
    here = all_views(path)
    moved = all_views(path + torch.tensor([3.0, -2.0, 0.4]))
    assert torch.allclose(here.rotation, moved.rotation, atol=1e-6)
    step = moved.position - here.position
    wanted = torch.tensor([3.0, -2.0, 0.0]).expand_as(step)
    assert torch.allclose(step, wanted, atol=1e-4)


def test_a_standing_person_is_upright_and_whole_in_every_picture():
    pixels, depth = seen_by_all(standing())
    assert (depth > 4).all()
    ankles, nose = pixels[:, (15, 16)].mean(dim=1), pixels[:, NOSE]
    assert (ankles[:, 1] - nose[:, 1] > 350).all()
    lean = (nose - ankles)[:, 0].abs() / (ankles - nose)[:, 1]
    assert lean.max() < 0.15  # the nose is 0.1 m before the ankles
    # By similar triangles the picture shows 5 / 1600 m to a pixel at 5 m.
    points = standing()[0]
    tall = (points[NOSE] - points[LEFT_ANKLE])[2] * 1600 / 5
    assert torch.allclose((ankles - nose)[:, 1], tall.expand(9), rtol=0.1)


def test_left_is_left_in_every_picture():
    pixels, depth = seen_by_all(standing())
    left_to_right = (pixels[:, RIGHT_WRIST] - pixels[:, LEFT_WRIST])[:, 0]
    nearer_right = (depth[:, LEFT_WRIST] - depth[:, RIGHT_WRIST]) > 0.1
    for front in (FRONT, 1, 7, 8):
        assert left_to_right[front] < -100  # the left hand is on the right
    for back in (3, BEHIND, 5):
        assert left_to_right[back] > 100
    assert nearer_right[[1, RIGHT_SIDE, 3]].all()
    assert not nearer_right[[5, LEFT_SIDE, 7]].any()
    nose = (pixels[:, NOSE] - pixels[:, (3, 4)].mean(dim=1))[:, 0]
    assert nose[RIGHT_SIDE] > 10 and nose[LEFT_SIDE] < -10


def test_the_ninth_camera_is_the_first_one_lowered():
    cameras = all_views(torch.zeros(2, 3))
    step = cameras.position[8, 0] - cameras.position[0, 0]
    assert torch.allclose(step, torch.tensor([0.0, 0.0, -0.1]), atol=1e-5)


def test_up_to_one_and_a_half_metres_off_a_person_is_whole():
    cameras = all_views(torch.zeros(1, 3))
    around = torch.linspace(0, 2 * math.pi, 33)
    ring = 1.5 * torch.stack([around.cos(), around.sin()], dim=-1)
    sole, hands = torch.zeros(33, 1), torch.full((33, 1), 2.2)
    for height in (sole, hands):
        points = torch.cat([ring, height], dim=-1)
        assert in_view(points, cameras).all()
    # The picture's lower edge meets the floor 1.578 m from the middle.
    assert in_view(torch.tensor([[0.0, 1.57, 0.0]]), cameras)[FRONT].all()
    assert not in_view(torch.tensor([[0.0, 1.59, 0.0]]), cameras)[FRONT].any()


@pytest.mark.parametrize("aside", [-50.0, 50.0])
def test_padding_does_not_move_the_stage(aside):
    path = wandering_clip(40).root_position + aside
    far = torch.cat([path, torch.full((20, 3), 100.0)])[None]
    valid = (torch.arange(60) < 40)[None]
    which = torch.tensor([3])
    padded = rig_cameras(far, which, valid=valid)
    plain = rig_cameras(path[None], which)
    assert torch.equal(padded.position[:, :40], plain.position)
    nobody = rig_cameras(far, which, valid=torch.zeros_like(valid))
    assert torch.isfinite(nobody.rotation).all()


def test_another_rig_is_built_as_asked():
    four = {"count": 4, "angles": 4, "radius": 3.0, "height": 1.0}
    position = all_views(torch.zeros(1, 3), **four).position[:, 0]
    wanted = [[0, 3, 1], [3, 0, 1], [0, -3, 1], [-3, 0, 1]]
    assert torch.allclose(position, torch.tensor(wanted).float(), atol=1e-5)
    small = all_views(torch.zeros(1, 3), focal=500.0, size=(640, 480))
    assert (small.focal == 500).all()
    assert torch.equal(small.centre[0, 0], torch.tensor([320.0, 240.0]))
    double = rig_cameras(torch.zeros(1, 1, 3).double(), torch.tensor([8]))
    assert double.rotation.dtype == torch.float64
    assert double.position[0, 0, 2].item() == pytest.approx(1.7, abs=1e-12)


def test_arguments_are_not_modified():
    path = wandering_clip(5).root_position[None]
    before = path.clone()
    rig_cameras(path, torch.tensor([1]))
    assert torch.equal(path, before)


def test_either_takes_every_field_from_the_chosen_camera():
    first = look_at([[[0.0, -3, 1]]] * 2, [0.0, 0, 1], focal=1000.0)
    second = look_at([[[4.0, 0, 2]]] * 2, [0.0, 0, 1], focal=9.0, size=(8, 6))
    mixed = either(torch.tensor([True, False]), first, second)
    for name in ("rotation", "translation", "focal", "centre", "size"):
        whole = [getattr(c.reshape(2, 1), name) for c in (first, second)]
        value = getattr(mixed.reshape(2, 1), name)
        assert torch.equal(value[0], whole[0][0])
        assert torch.equal(value[1], whole[1][1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"count": 0}, "count must be positive"),
        ({"angles": 0}, "angles must be positive"),
        ({"radius": 0.0}, "radius must be positive"),
        ({"focal": math.inf}, "focal must be positive"),
        ({"radius": math.nan}, "radius must be positive"),
        ({"size": (1920, 0)}, "size must be a width and a height"),
        ({"size": (1920,)}, "size must be a width and a height"),
    ],
)
def test_impossible_rigs_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Rig(**changes)


@pytest.mark.parametrize(
    ("path", "which", "message"),
    [
        ((4, 3), [0], "must have shapes"),
        ((2, 4, 2), [0, 0], "must have shapes"),
        ((2, 4, 3), [0], "must have shapes"),
        ((2, 4, 3), [0, 9], "numbers from 0 to 8"),
        ((2, 4, 3), [-1, 0], "numbers from 0 to 8"),
    ],
)
def test_bad_input_is_refused(path, which, message):
    with pytest.raises(ValueError, match=message):
        rig_cameras(torch.zeros(path), torch.tensor(which))
