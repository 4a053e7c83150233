"""The law of tensor functions: shapes, batches, dtype, nothing modified.

The package says shapes in docstrings; here they are written as jaxtyping
annotations and checked by beartype on every call, for any leading batch
dimensions and both precisions.
"""

from collections.abc import Callable

import pytest
import torch
from beartype import beartype
from jaxtyping import Float, jaxtyped
from torch import Tensor

from mini_vimogen.geometry import kinematics, rotations
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24

BATCHES = [(), (1,), (4,), (2, 3), (0,)]
Rotation = Float[Tensor, "*batch 3 3"]
Body = Float[Tensor, "*batch joints 3 3"]
Six = Float[Tensor, "*batch 6"]
Three = Float[Tensor, "*batch 3"]
Four = Float[Tensor, "*batch 4"]
One = Float[Tensor, "*batch"]
Joints = Float[Tensor, "*batch joints 3"]
Motion = Float[Tensor, "*batch frames joints 3"]
Contacts = Float[Tensor, "*batch frames 4"]

checked = jaxtyped(typechecker=beartype)
LAWS: list[Callable] = []


def law(function: Callable) -> Callable:
    """Check the annotations of a function, and enter it in the table."""
    LAWS.append(checked(function))
    return function


def rotmat(generator, *shape: int, dtype) -> Tensor:
    """Random rotations [*shape, 3, 3]."""
    raw = torch.randn((*shape, 3), generator=generator, dtype=dtype)
    return rotations.axis_angle_to_rotmat(raw)


@law
def rot6d_rows(x: Six) -> Rotation:
    return rotations.rot6d_to_rotmat(x, layout="rows")


@law
def rot6d_columns(x: Six) -> Rotation:
    return rotations.rot6d_to_rotmat(x, layout="columns")


@law
def rot6d_interleaved(x: Six) -> Rotation:
    return rotations.rot6d_to_rotmat(x, layout="interleaved")


@law
def to_rot6d(rotation: Rotation) -> Six:
    return rotations.rotmat_to_rot6d(rotation, layout="rows")


@law
def from_axis_angle(x: Three) -> Rotation:
    return rotations.axis_angle_to_rotmat(x)


@law
def to_axis_angle(rotation: Rotation) -> Three:
    return rotations.rotmat_to_axis_angle(rotation)


@law
def from_quaternion(x: Four) -> Rotation:
    return rotations.quaternion_to_rotmat(x)


@law
def to_quaternion(rotation: Rotation) -> Four:
    return rotations.rotmat_to_quaternion(rotation)


@law
def distance(rotation: Rotation, other: Rotation) -> One:
    return rotations.geodesic_distance(rotation, other)


@law
def facing(rotation: Rotation) -> One:
    return rotations.heading(rotation)


@law
def nearest(rotation: Rotation) -> Rotation:
    return rotations.nearest_rotation(rotation)


@law
def about(angle: One) -> Rotation:
    return rotations.rotation_about("z", angle)


@law
def joints24(body24: Body, place: Three) -> Joints:
    return kinematics.forward_kinematics(body24, place, SMPL24)


@law
def joints22(body22: Body, place: Three) -> Joints:
    return kinematics.forward_kinematics(body22, place, SMPL22)


@law
def world_rotations(body24: Body) -> Body:
    return kinematics.global_rotmat(body24, SMPL24)


@law
def local_rotations(body24: Body) -> Body:
    return kinematics.local_from_global(body24, SMPL24)


@law
def contacts(
    motion: Motion,
) -> Contacts:
    return kinematics.foot_contacts(motion, fps=30)


def inputs(function: Callable, batch: tuple[int, ...], dtype) -> list[Tensor]:
    """Random arguments for a law, by the names of its parameters."""
    generator = torch.Generator().manual_seed(1)

    def randn(*shape):
        return torch.randn((*batch, *shape), generator=generator, dtype=dtype)

    make = {
        "x": lambda: randn(_last_size(function)),
        "angle": randn,
        "place": lambda: randn(3),
        "motion": lambda: randn(7, 24, 3),
        "rotation": lambda: rotmat(generator, *batch, dtype=dtype),
        "other": lambda: rotmat(generator, *batch, dtype=dtype),
        "body24": lambda: rotmat(generator, *batch, 24, dtype=dtype),
        "body22": lambda: rotmat(generator, *batch, 22, dtype=dtype),
    }
    names = [n for n in function.__annotations__ if n != "return"]
    return [make[name]() for name in names]


def _last_size(function: Callable) -> int:
    return int(function.__annotations__["x"].dim_str.split()[-1])


every_law = pytest.mark.parametrize("law", LAWS, ids=lambda f: f.__name__)


@every_law
@pytest.mark.parametrize("batch", BATCHES, ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_shapes_hold_for_any_batch(law, batch, dtype):
    arguments = inputs(law, batch, dtype)
    before = [argument.clone() for argument in arguments]
    result = law(*arguments)
    assert result.dtype == dtype
    for argument, copy in zip(arguments, before, strict=True):
        assert torch.equal(argument, copy), "an argument was modified"


@every_law
def test_batches_are_computed_one_by_one(law):
    arguments = inputs(law, (2, 3), torch.float64)
    together = law(*arguments)
    for i in range(2):
        for j in range(3):
            alone = law(*(argument[i, j] for argument in arguments))
            torch.testing.assert_close(together[i, j], alone)


def test_a_wrong_shape_is_seen():
    @checked
    def drops_a_batch(x: Six) -> Rotation:
        return rotations.rot6d_to_rotmat(x[0], layout="rows")

    with pytest.raises(Exception, match="drops_a_batch"):
        drops_a_batch(torch.randn(2, 6))
