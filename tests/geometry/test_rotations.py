import pytest
import torch
from hypothesis import given

from mini_vimogen.conventions import ROT6D_LAYOUTS, STANDING_ROOT
from mini_vimogen.geometry import rotations as rot
from tests import strategies


def close(a, b, tolerance=1e-9):
    assert torch.allclose(a, b, rtol=0, atol=tolerance), (a - b).abs().max()


@given(strategies.rotations(), strategies.layouts)
def test_rot6d_there_and_back(rotmat, layout):
    six = rot.rotmat_to_rot6d(rotmat, layout=layout)
    assert six.shape == (*rotmat.shape[:-2], 6)
    close(rot.rot6d_to_rotmat(six, layout=layout), rotmat)


@given(strategies.rotations())
def test_axis_angle_and_quaternion_there_and_back(rotmat):
    vector = rot.rotmat_to_axis_angle(rotmat)
    close(rot.axis_angle_to_rotmat(vector), rotmat, 1e-7)
    quaternion = rot.rotmat_to_quaternion(rotmat)
    assert (quaternion[..., 0] >= 0).all()
    close(rot.quaternion_to_rotmat(3 * quaternion), rotmat, 1e-7)


@given(strategies.rotations(), strategies.rotations())
def test_geodesic_distance_is_a_distance(a, b):
    a, b = a.reshape(-1, 3, 3)[0], b.reshape(-1, 3, 3)[0]
    close(rot.geodesic_distance(a, b), rot.geodesic_distance(b, a), 1e-7)
    close(rot.geodesic_distance(a, a), torch.zeros(()).double(), 1e-7)
    close(
        rot.geodesic_distance(a @ b, a),
        rot.geodesic_distance(b, torch.eye(3).double()),
        1e-6,
    )


@pytest.mark.parametrize("written", ROT6D_LAYOUTS)
@pytest.mark.parametrize("read", ROT6D_LAYOUTS)
def test_wrong_layout_is_valid_and_about_100_degrees_off(written, read):
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(2000, 3, 3, generator=generator)
    rotmat = rot.nearest_rotation(matrix)
    six = rot.rotmat_to_rot6d(rotmat, layout=written)
    wrong = rot.rot6d_to_rotmat(six, layout=read)
    close(wrong @ wrong.mT, torch.eye(3).expand_as(wrong), 1e-5)
    degrees = rot.geodesic_distance(wrong, rotmat).rad2deg().mean()
    assert degrees < 0.1 if written == read else 85 < degrees < 112


def test_gram_schmidt_keeps_the_first_vector_and_the_plane():
    six = torch.tensor([2.0, 0, 0, 5.0, 3.0, 0])
    close(rot.rot6d_to_rotmat(six, layout="columns"), torch.eye(3))


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-6, torch.pi - 1e-6])
def test_values_and_gradients_are_finite_at_degenerate_points(angle):
    vector = torch.tensor([angle, 0.0, 0.0], dtype=torch.float64)
    vector.requires_grad_()
    rotmat = rot.axis_angle_to_rotmat(vector)
    back = rot.rotmat_to_axis_angle(rotmat)
    (rotmat.sum() + back.sum()).backward()
    assert torch.isfinite(back).all() and torch.isfinite(vector.grad).all()


def test_gradient_at_rest_is_the_true_one():
    vector = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    rot.axis_angle_to_rotmat(vector)[1, 0].backward()
    assert vector.grad.tolist() == [0.0, 0.0, 1.0]


@given(strategies.rotations())
def test_slerp_has_constant_speed(rotmat):
    rotmat = rotmat.reshape(-1, 3, 3)[0]
    start = rot.rotation_about("y", torch.tensor(0.3).double())
    whole = rot.geodesic_distance(start, rotmat)
    for weight in (0.0, 0.25, 1.0):
        turned = rot.slerp_rotmat(start, rotmat, torch.tensor(weight).double())
        close(rot.geodesic_distance(start, turned), weight * whole, 1e-6)


@pytest.mark.parametrize("degrees", [-170, -90, 0, 45, 179])
@pytest.mark.parametrize(
    "tilt", ["standing", "bent", "on the back", "cartwheel"]
)
def test_heading_survives_bending_lying_and_cartwheels(degrees, tilt):
    body = {
        "standing": torch.eye(3),
        "bent": rot.rotation_about("x", torch.tensor(torch.pi / 2)),
        "on the back": rot.rotation_about("x", torch.tensor(-torch.pi / 2)),
        "cartwheel": rot.rotation_about("z", torch.tensor(3.0)),
    }[tilt]
    yaw = rot.rotation_about("z", torch.tensor(degrees).deg2rad())
    got = rot.heading(yaw @ STANDING_ROOT @ body).rad2deg()
    assert abs(got - degrees) < 1e-3


def test_nearest_rotation_has_no_reflection():
    matrix = torch.diag(torch.tensor([1.0, 1.0, -0.1]))
    assert torch.linalg.det(rot.nearest_rotation(matrix)) > 0


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: rot.rot6d_to_rotmat(torch.zeros(5), layout="rows"),
            r"x must have shape \[..., 6\], got \[5\]",
        ),
        (
            lambda: rot.rot6d_to_rotmat(torch.zeros(6), layout="row"),
            "layout must be one of rows, columns, interleaved, got 'row'",
        ),
        (
            lambda: rot.rotmat_to_rot6d(torch.zeros(3, 2), layout="rows"),
            r"rotmat must have shape \[..., 3, 3\]",
        ),
        (
            lambda: rot.axis_angle_to_rotmat(torch.zeros(4)),
            "axis_angle must have shape",
        ),
        (
            lambda: rot.quaternion_to_rotmat(torch.zeros(3)),
            "quaternion must have shape",
        ),
        (
            lambda: rot.rotation_about("w", torch.zeros(())),
            "axis must be 'x', 'y' or 'z', got 'w'",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
