"""A function that a lesson builds equals the package's function of its name.

The lesson asserts this on its own inputs; here the definitions are lifted out
of the file and compared again on inputs the lesson never saw. A function
defined under a "From scratch" heading whose name is a public function of the
package must be registered in ``TWINS``.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch

import mini_vimogen
from mini_vimogen.clip import Clip
from mini_vimogen.conventions import ROT6D_LAYOUTS
from mini_vimogen.data import library
from mini_vimogen.geometry.rotations import nearest_rotation
from mini_vimogen.geometry.skeleton import SMPL24
from tests.notebooks.contract import SCRATCH
from tests.notebooks.lifting import LESSONS, functions_under, lift, read_lesson

Inputs = Callable[[torch.Generator], tuple[tuple, dict]]


@dataclass(frozen=True)
class Twin:
    """One function in two versions.

    Args:
        lesson: the lesson's two digits.
        package: module of the package's version.
        name: of both functions.
        inputs: gives fresh (args, kwargs) from a generator.
        atol: largest absolute difference allowed.
    """

    lesson: str
    package: str
    name: str
    inputs: Inputs
    atol: float = 1e-5

    def versions(self) -> tuple[Callable, Callable]:
        """The lesson's function and the package's."""
        path = next(p for p in LESSONS if p.stem.startswith(self.lesson))
        scratch = lift(read_lesson(path), [self.name])[self.name]
        module = importlib.import_module(self.package)
        return scratch, getattr(module, self.name)


def some_rotations(generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Rotations [7, 24, 3, 3] and root positions [7, 3]."""
    matrices = torch.randn(7, 24, 3, 3, generator=generator)
    return nearest_rotation(matrices), torch.randn(7, 3, generator=generator)


def some_clip(generator) -> Clip:
    local, root = some_rotations(generator)
    return Clip(root, local, fps=25.0)


def axis_angle_inputs(generator):
    return (torch.randn(50, 3, generator=generator),), {}


def to_rot6d_inputs(layout):
    return lambda g: ((some_rotations(g)[0],), {"layout": layout})


def from_rot6d_inputs(layout):
    return lambda g: (
        (torch.randn(50, 6, generator=g),),
        {"layout": layout},
    )


def kinematics_inputs(generator):
    return (*some_rotations(generator), SMPL24), {}


def body_inputs(generator):
    return (library.baked_body(), *some_rotations(generator)), {}


def walking_joints(generator, joints: int = 22) -> torch.Tensor:
    """A body that drifts, its toes now in contact and now not."""
    steps = 0.006 * torch.randn(60, joints, 3, generator=generator)
    steps += 0.01 * torch.randn(60, 1, 3, generator=generator)
    return steps.cumsum(0) + 0.02


def mbench_inputs(**options):
    return lambda g: ((walking_joints(g),), options)


def airborne_inputs(generator):
    """Fourteen frames of a body that zigzags through the air."""
    ways = 0.05 * torch.randn(14, 1, 3, generator=generator)
    return (1 + walking_joints(generator)[:14] + ways.cumsum(0),), {}


def kinetic_inputs(**options):
    return lambda g: ((walking_joints(g, 24)[:15],), options)


def frechet_inputs(standardize):
    def inputs(g):
        pred = torch.randn(40, 6, generator=g) * 1.5 + 0.3
        true = torch.randn(50, 6, generator=g).exp()
        return (pred, true), {"standardize": standardize}

    return inputs


MBENCH = "mini_vimogen.metrics.mbench"
DANCE = "mini_vimogen.metrics.dance"
ROTATIONS = "mini_vimogen.geometry.rotations"
VIMO151 = "mini_vimogen.representation.vimo151"
TWINS: tuple[Twin, ...] = (
    Twin("00", ROTATIONS, "axis_angle_to_rotmat", axis_angle_inputs),
    *(
        Twin("00", ROTATIONS, "rotmat_to_rot6d", to_rot6d_inputs(layout))
        for layout in ROT6D_LAYOUTS
    ),
    *(
        Twin("00", ROTATIONS, "rot6d_to_rotmat", from_rot6d_inputs(layout))
        for layout in ROT6D_LAYOUTS
    ),
    Twin(
        "00",
        "mini_vimogen.geometry.kinematics",
        "forward_kinematics",
        kinematics_inputs,
    ),
    Twin("00", "mini_vimogen.geometry.body", "pose_body", body_inputs),
    Twin("00", VIMO151, "encode", lambda g: ((some_clip(g),), {})),
    Twin(
        "00",
        VIMO151,
        "decode",
        lambda g: ((torch.randn(9, 151, generator=g),), {"fps": 24.0}),
    ),
    *(
        Twin("11", MBENCH, name, mbench_inputs(), atol=1e-7)
        for name in ("jitter_degree", "dynamic_degree")
    ),
    *(
        Twin("11", MBENCH, name, mbench_inputs(up_axis=axis), atol=1e-7)
        for name in (
            "foot_contact",
            "foot_floating",
            "foot_sliding",
            "ground_penetration",
        )
        for axis in (1, 2)
    ),
    Twin("11", MBENCH, "foot_floating", airborne_inputs, atol=1e-7),
    Twin(
        "11",
        DANCE,
        "physical_foot_contact",
        lambda g: ((walking_joints(g, 24),), {}),
        atol=1e-6,
    ),
    *(
        Twin("11", DANCE + "_kinetic", "kinetic_features", inputs, atol=1e-6)
        for inputs in (
            kinetic_inputs(compat=True),
            kinetic_inputs(compat=False, fps=25.0),
        )
    ),
    *(
        Twin(
            "11",
            "mini_vimogen.metrics.distribution",
            "frechet_distance",
            frechet_inputs(standardize),
        )
        for standardize in (True, False)
    ),
)

every_twin = pytest.mark.parametrize(
    "twin", TWINS, ids=[f"{t.lesson}-{t.name}" for t in TWINS]
)


def public_functions() -> dict[str, set[str]]:
    """Names of the package's functions, and the modules that define them."""
    found: dict[str, set[str]] = {}
    prefix = mini_vimogen.__name__ + "."
    for info in pkgutil.walk_packages(mini_vimogen.__path__, prefix):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        for name, value in inspect.getmembers(module, inspect.isfunction):
            if value.__module__ == info.name and not name.startswith("_"):
                found.setdefault(name, set()).add(info.name)
    return found


@pytest.mark.parametrize("path", LESSONS, ids=[p.stem for p in LESSONS])
def test_every_twin_of_a_lesson_is_registered(path):
    built = set(functions_under(read_lesson(path), SCRATCH))
    twins = built & set(public_functions())
    assert twins, f"{path.stem} builds no function that the package has too"
    registered = {t.name for t in TWINS if path.stem.startswith(t.lesson)}
    assert twins == registered


def as_tensor(result):
    """What is compared of a result: a clip's joints, else the result."""
    return result.joints() if isinstance(result, Clip) else result


@every_twin
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_lesson_and_package_agree_on_unseen_inputs(twin, seed):
    scratch, package = twin.versions()
    args, kwargs = twin.inputs(torch.Generator().manual_seed(seed))
    torch.testing.assert_close(
        as_tensor(scratch(*args, **kwargs)),
        as_tensor(package(*args, **kwargs)),
        atol=twin.atol,
        rtol=1e-5,
    )


@every_twin
def test_lesson_and_package_take_the_same_arguments(twin):
    scratch, package = (inspect.signature(f) for f in twin.versions())
    shared = list(scratch.parameters)
    assert shared == list(package.parameters)[: len(shared)]
