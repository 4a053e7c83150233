import math

import pytest
import torch
from hypothesis import given, settings

from mini_vimogen.conventions import Y_UP_TO_Z_UP
from mini_vimogen.geometry.camera import (
    Camera,
    image_plane,
    in_view,
    look_at,
    project,
    to_camera,
    unproject,
    viewing_rotation,
)
from mini_vimogen.geometry.camera_rigs import aist_rig
from mini_vimogen.geometry.lens import lens_grows
from mini_vimogen.geometry.rotations import nearest_rotation, rotation_about
from tests import strategies

BARREL = (-0.11, 0.05, 0.001, -0.002, -0.01)


def random_camera(generator, lead=(), distortion=True) -> Camera:
    """A camera about 5 m from the origin that looks at it."""
    position = torch.randn(*lead, 3, generator=generator, dtype=torch.float64)
    position = 5 * position / position.norm(dim=-1, keepdim=True)
    camera = look_at(position, torch.zeros(3), focal=1400.0)
    if distortion:
        lens = torch.tensor(BARREL, dtype=torch.float64)
        camera = camera.with_(distortion=lens.expand(*lead, 5))
    return camera


def naive_pixel(point, camera: Camera):
    """One point through one camera, number by number."""
    seen = [
        sum(float(camera.rotation[i, j]) * point[j] for j in range(3))
        + float(camera.translation[i])
        for i in range(3)
    ]
    x, y = seen[0] / seen[2], seen[1] / seen[2]
    if camera.distortion is not None:
        k1, k2, p1, p2, k3 = camera.distortion.tolist()
        r2 = x**2 + y**2
        radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
        x, y = (
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x**2),
            y * radial + p1 * (r2 + 2 * y**2) + 2 * p2 * x * y,
        )
    focal, centre = camera.focal.tolist(), camera.centre.tolist()
    return x * focal[0] + centre[0], y * focal[1] + centre[1], seen[2]


@settings(deadline=None, max_examples=25)
@given(strategies.seeds)
def test_agrees_with_the_naive_twin(seed):
    generator = torch.Generator().manual_seed(seed)
    camera = random_camera(generator, distortion=seed % 2 == 0)
    points = torch.rand(4, 3, generator=generator, dtype=torch.float64) * 2 - 1
    pixels, depth = project(points, camera)
    for point, pixel, far in zip(points, pixels, depth, strict=True):
        naive = naive_pixel(point.tolist(), camera)
        assert (*pixel.tolist(), far.item()) == pytest.approx(naive, abs=1e-9)


def test_right_is_right_and_up_is_up():
    camera = look_at([0.0, -4.0, 1.0], [0.0, 0.0, 1.0], focal=1000.0)
    points = torch.tensor([[0.0, 0, 1], [0.4, 0, 1], [0, 0, 1.4], [0, 4, 1]])
    pixels, depth = project(points, camera)
    assert pixels.tolist() == [[960, 540], [1060, 540], [960, 440], [960, 540]]
    assert depth.tolist() == [4, 4, 4, 8]


def test_batches_of_cameras_and_frames_broadcast(generator):
    camera = random_camera(generator, lead=(3, 1))
    points = torch.randn(5, 7, 3, generator=generator, dtype=torch.float64)
    pixels, depth = project(points, camera)
    assert pixels.shape == (3, 5, 7, 2) and depth.shape == (3, 5, 7)
    alone, _ = project(points[4], camera[1, 0])
    assert torch.equal(pixels[1, 4], alone)


def test_points_behind_the_camera_are_finite_and_not_in_view():
    camera = look_at([0.0, -4.0, 1.0], [0.0, 0.0, 1.0])
    points = torch.tensor([[0.3, -4.5, 1.2], [0.0, -4.0, 1.0], [0.0, 0.0, 1.0]])
    points.requires_grad_()
    pixels, depth = project(points, camera)
    assert depth.tolist() == [-0.5, 0.0, 4.0]
    assert torch.isfinite(pixels).all()
    assert in_view(points, camera).tolist() == [False, False, True]
    pixels.square().sum().backward()
    assert torch.isfinite(points.grad).all()


def test_the_edge_of_the_picture_is_the_edge_of_view():
    camera = look_at([0.0, -1.0, 0.0], [0.0, 0.0, 0.0], focal=960.0)
    across = torch.tensor([-1.0, -0.99, 0.99, 1.0, 1.01])
    points = torch.stack([across, 0 * across, 0 * across], dim=-1)
    seen = in_view(points, camera).tolist()
    assert seen == [True, True, True, False, False]


def test_a_barrel_lens_does_not_fold_far_points_into_view():
    camera = look_at([0.0, -1.0, 0.0], [0.0, 0.0, 0.0], focal=400.0)
    lens = torch.tensor([-0.3, 0.0, 0.0, 0.0, 0.0])
    camera = camera.with_(distortion=lens)
    # Radius 1.8 times the depth: the polynomial has turned round at 1.05.
    points = torch.tensor([[0.5, 0.0, 0.0], [1.8, 0.0, 0.0]])
    pixels, _ = project(points, camera)
    assert (pixels[:, 0] < 1920).all()  # folded back: the naive test is fooled
    assert in_view(points, camera).tolist() == [True, False]


def test_a_lens_holds_only_as_far_as_its_radius_has_grown_all_the_way():
    radius = torch.tensor([0.5, 1.04, 1.09, 1.42])
    plane = torch.stack([0 * radius, radius], dim=-1)
    # r + k3 r^7 turns round at (1 / 0.7)^(1/6) = 1.061.
    sixth = torch.tensor([0.0, 0.0, 0.0, 0.0, -0.1])
    assert lens_grows(plane, sixth).tolist() == [True, True, False, False]
    # This one turns round at 0.93 and back at 1.24: 1.42 is folded too.
    twice = torch.tensor([-0.6, 0.15, 0.0, 0.0, 0.0])
    assert lens_grows(plane, twice).tolist() == [True, False, False, False]


@settings(deadline=None, max_examples=25)
@given(strategies.seeds)
def test_pixels_and_depth_lead_back_to_the_point(seed):
    generator = torch.Generator().manual_seed(seed)
    camera = random_camera(generator, lead=(2,))
    points = torch.rand(2, 6, 3, generator=generator, dtype=torch.float64) - 0.5
    pixels, depth = project(points, camera)
    back = unproject(pixels, depth, camera)
    assert torch.allclose(back, points, atol=1e-9)
    plane = image_plane(pixels, camera)
    seen = to_camera(points, camera)
    assert torch.allclose(plane, seen[..., :2] / seen[..., 2:], atol=1e-9)


@settings(deadline=None, max_examples=25)
@given(strategies.seeds, strategies.lead_shapes)
def test_look_at_is_level_and_centred(seed, shape):
    generator = torch.Generator().manual_seed(seed)
    position = torch.randn(*shape, 3, generator=generator, dtype=torch.float64)
    target = torch.randn(*shape, 3, generator=generator, dtype=torch.float64)
    camera = look_at(position, target)
    pixels, depth = project(target[..., None, :], camera)
    assert torch.allclose(pixels, camera.centre[..., None, :], atol=1e-6)
    assert torch.allclose(depth[..., 0], (target - position).norm(dim=-1))
    assert torch.allclose(camera.position, position, atol=1e-12)
    rotation = camera.rotation
    assert torch.allclose(nearest_rotation(rotation), rotation, atol=1e-9)
    right, down = rotation[..., 0, :], rotation[..., 1, :]
    assert right[..., 2].abs().max() < 1e-9  # the horizon is level
    assert down[..., 2].max() < 0  # and the world's up is up in the picture


@pytest.mark.parametrize("up", [-1.0, 1.0])
def test_looking_straight_up_or_down_is_a_rotation(up):
    rotation = viewing_rotation(torch.tensor([0.0, 0.0, up]))
    assert torch.equal(rotation[0], torch.tensor([1.0, 0.0, 0.0]))
    assert torch.allclose(torch.linalg.det(rotation), torch.tensor(1.0))
    assert torch.equal(rotation @ rotation.T, torch.eye(3))


def test_a_clockwise_roll_turns_the_picture_counter_clockwise():
    camera = look_at([0.0, -1.0, 0.0], [0.0, 0.0, 0.0], roll=math.pi / 2)
    above, _ = project(torch.tensor([[0.0, 0.0, 0.1]]), camera)
    offset = (above[0] - camera.centre).tolist()
    assert offset == pytest.approx([-150.0, 0.0], abs=1e-3)  # up went left


@pytest.mark.parametrize(
    ("toward", "degrees"),
    [((0, 1, 0), 0), ((-1, 0, 0), 90), ((1, 0, 0), -90), ((-1, 1, -3), 45)],
)
def test_viewing_yaw(toward, degrees):
    camera = look_at(
        [1.0, 2.0, 3.0], torch.tensor([1.0, 2, 3]) + torch.tensor(toward)
    )
    yaw = camera.viewing_yaw().rad2deg().item()
    assert yaw == pytest.approx(degrees, abs=1e-3)


def test_viewing_yaw_does_not_jump_when_the_camera_tips_over():
    pitch = torch.linspace(0.0, 1.5707, 40)
    direction = torch.stack([0 * pitch, pitch.cos(), -pitch.sin()], dim=-1)
    camera = look_at(torch.zeros(3), direction)
    assert camera.viewing_yaw().abs().max() < 1e-3


def test_aist_rig_is_the_published_start_of_the_calibration():
    # Published: Y up, centimetres, dancer facing +Z; rotation
    # R_y(180 - 45 i) R_z(180) and translation (0, 180, 500), nine cameras.
    # Ours: Z up, metres, dancer facing +Y (a half turn about Z after Y-to-Z).
    half = rotation_about("z", torch.tensor(math.pi))
    world = half @ Y_UP_TO_Z_UP
    rig = aist_rig()
    assert rig.lead == (9,)
    for camera in range(8):
        angle = torch.tensor(math.radians(180 - 45 * camera))
        rotation = rotation_about("y", angle) @ half
        wanted = rotation @ world.T
        assert torch.allclose(rig.rotation[camera], wanted, atol=1e-5)
        there = rig.translation[camera]
        assert torch.allclose(there, torch.tensor([0.0, 1.8, 5.0]), atol=1e-5)
    front = rig.position[[0, 8]]
    wanted = torch.tensor([[0.0, 5.0, 1.8], [0.0, 5.0, 1.7]])
    assert torch.allclose(front, wanted, atol=1e-5)


def test_a_person_on_the_rig_is_upright_and_left_is_left():
    rig = aist_rig()
    # Head, left hand, right hand of a person facing +Y (left is -X).
    points = torch.tensor([[0.0, 0, 1.7], [-0.8, 0, 1.4], [0.8, 0, 1.4]])
    pixels, _ = project(points, rig)
    assert (pixels[:, 0, 1] < pixels[:, 1, 1]).all()
    assert pixels[0, 1, 0] > pixels[0, 2, 0]  # from the front: left hand right
    assert pixels[4, 1, 0] < pixels[4, 2, 0]  # from behind: left hand left


@pytest.mark.parametrize("field", ["translation", "focal", "centre", "size"])
def test_wrong_fields_are_refused_by_name(field):
    camera = look_at([0.0, -1.0, 0.0], [0.0, 0.0, 0.0])
    with pytest.raises(ValueError, match=f"{field} must have shape"):
        camera.with_(**{field: torch.zeros(4)})


def test_impossible_cameras_are_refused():
    camera = look_at([0.0, -1.0, 0.0], [0.0, 0.0, 0.0])
    with pytest.raises(ValueError, match="rotation must have shape"):
        camera.with_(rotation=torch.zeros(3))
    with pytest.raises(ValueError, match="distortion must have shape"):
        camera.with_(distortion=torch.zeros(4))
    with pytest.raises(ValueError, match="leading dimensions"):
        camera.with_(focal=torch.ones(3, 2), size=torch.ones(2, 2))
    with pytest.raises(ValueError, match="must differ"):
        look_at([0.0, 1.0, 2.0], [0.0, 1.0, 2.0])


def test_indexing_and_reshaping_keep_every_field(generator):
    camera = random_camera(generator, lead=(2, 3))
    again = camera.reshape(6).reshape(2, 3)
    point = torch.zeros(1, 3, dtype=torch.float64) + 0.1
    whole, _ = project(point, camera)
    assert torch.equal(project(point, again)[0], whole)
    assert torch.equal(project(point, camera[1, 2])[0], whole[1, 2])
    assert camera[1].lead == (3,) and camera.reshape(6).lead == (6,)
