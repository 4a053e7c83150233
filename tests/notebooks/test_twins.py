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
from mini_vimogen.geometry.camera import Camera, look_at, project
from mini_vimogen.geometry.rotations import nearest_rotation
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.models.regressor import Regressor
from mini_vimogen.models.vimo import ViMoDenoiser
from mini_vimogen.paths import flow, schedules
from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.samplers import guidance, ode
from mini_vimogen.training.batches import LifterBatch
from mini_vimogen.training.flow_loss import FlowObjective
from mini_vimogen.training.losses import LossWeights
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
        read: makes something to compare out of what a function returns.
    """

    lesson: str
    package: str
    name: str
    inputs: Inputs
    atol: float = 1e-5
    read: Callable = lambda result: result

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


def some_levels(generator, count=6) -> torch.Tensor:
    """Noise levels [count], the lowest and the highest among them."""
    drawn = torch.rand(count - 2, generator=generator)
    return torch.cat([torch.tensor([0.0, 0.999]), drawn])


def some_cameras(generator, count: int, dtype=torch.float32) -> Camera:
    """Cameras some 4 m away, that look at the origin; each its own lens."""
    drawn = dict(generator=generator, dtype=dtype)
    way = torch.nn.functional.normalize(torch.randn(count, 3, **drawn), dim=1)
    focal = 800 + 1000 * torch.rand(count, **drawn)
    lens = 0.05 * torch.randn(count, 5, **drawn)
    camera = look_at(4 * way, torch.zeros(3), focal=focal)
    return camera.with_(distortion=lens)


def projected_inputs(*, lens: bool):
    """Points [2, 9, 3] in front of two cameras, with lenses or without."""

    def inputs(g):
        camera = some_cameras(g, 2)
        camera = camera if lens else camera.with_(distortion=None)
        return (torch.randn(2, 9, 3, generator=g).clamp(-2, 2), camera), {}

    return inputs


def views_inputs(views):
    """Points as several cameras see them, a little wrong, some unseen."""

    def inputs(g):
        drawn = dict(generator=g, dtype=torch.float64)
        cameras = some_cameras(g, views, torch.float64)
        points = torch.rand(5, 4, 3, **drawn) - 0.5
        pixels, _ = project(points, cameras.reshape(views, 1))
        pixels = pixels + torch.randn(pixels.shape, **drawn)
        confidence = 0.1 + 0.9 * torch.rand(pixels.shape[:-1], **drawn)
        if views > 2:
            confidence[0, 0] = 0.0
        return (pixels, confidence, cameras), {}

    return inputs


def track_inputs(*, seen: int):
    """A track [20, 17, 3] in pixels, of which so many points are seen."""

    def inputs(g):
        track = torch.rand(20, 17, 3, generator=g) + 0.1
        track = track * torch.tensor([900.0, 500.0, 0.9])
        unseen = torch.randperm(20 * 17, generator=g)[seen:]
        track.view(-1, 3)[unseen] = 0.0
        return (track,), {}

    return inputs


def noise_inputs(generator):
    """Two motions [6, 10, 3] and levels short of the last."""
    pair = torch.randn(2, 6, 10, 3, generator=generator)
    return (*pair, 0.9 * some_levels(generator)), {}


def joints_inputs(generator):
    return (torch.randn(4, 9, 151, generator=generator),), {}


def turned_level_inputs(generator):
    vectors = torch.randn(6, 8, 2, generator=generator)
    return (vectors, 9 * torch.randn(6, 1, generator=generator)), {}


def camera_form_inputs(generator):
    """Two motions at an odd rate, each with a camera that turns."""
    local, root = some_rotations(generator)
    both = root.expand(2, -1, -1), local.expand(2, -1, -1, -1, -1)
    yaw = 9 * torch.randn(2, 7, generator=generator)
    return both, {"camera_yaw": yaw, "fps": 23.0}


def some_batch(generator) -> LifterBatch:
    """Motions with padding, about half of whose contacts say planted."""
    b, frames = 5, 12
    length = torch.randint(2, frames + 1, (b, 1), generator=generator)
    return LifterBatch(
        clean=0.95 + torch.randn(b, frames, 151, generator=generator),
        condition=torch.randn(b, frames, 7, generator=generator),
        present=torch.rand(b, generator=generator) < 0.5,
        valid=torch.arange(frames) < length,
        sight_yaw=9 * torch.randn(b, frames, generator=generator),
    )


def planted_inputs(generator):
    batch = some_batch(generator)
    joints = torch.randn(5, 12, 24, 3, generator=generator)
    return (batch.clean, joints, batch.sight_yaw), {"fps": 25.0}


LOSS_OPTIONS = dict(
    normalizer=Normalizer(torch.full((151,), 0.7), torch.ones(151)),
    weights=LossWeights(simple=0.5, velocity=2.0, joints=7.0, contact=3.0),
)


def motion_loss_inputs(generator):
    batch = some_batch(generator)
    predicted = torch.randn(batch.clean.shape, generator=generator) + 1.7
    return (predicted, batch), LOSS_OPTIONS | {"fps": 25.0}


def regression_inputs(generator):
    """A network that knows padding."""
    batch = some_batch(generator)
    seen = torch.randn(7, 151, generator=generator)

    def network(condition, *, valid):
        return (condition @ seen) * valid[..., None]

    return (network, batch, generator), LOSS_OPTIONS


def loss_inputs(generator):
    """A network that uses all it is given, and a batch with padding."""
    batch = some_batch(generator)
    layer = torch.randn(151, 151, generator=generator) / 12
    seen = torch.randn(7, 151, generator=generator)

    def network(noisy, t, condition, *, present, valid):
        told = present[:, None, None] * (condition @ seen)
        return (noisy @ layer + told + t[:, None, None]) * valid[..., None]

    seed = int(torch.randint(1000, (), generator=generator))

    def draw_levels(count, generator):
        return torch.rand(count, generator=generator)

    options = LOSS_OPTIONS | {"draw_levels": draw_levels}
    return (network, batch, seeded(seed)), options


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def update_inputs(eta):
    """A step down of random size."""

    def inputs(generator):
        noisy, clean, fresh = torch.randn(3, 4, 5, 6, generator=generator)
        low, high = torch.rand(2, generator=generator).double().sort().values
        now, then = schedules.cosine(high), schedules.cosine(low)
        told = {"eta": eta, "fresh": fresh} if eta else {}
        return (noisy, clean, now, then), told

    return inputs


def bent(noisy, t):
    """Some denoiser."""
    return torch.tanh(2 * noisy) * (1 - t[:, None, None]) + 0.1


def sample_inputs(eta):
    def inputs(generator):
        noise = torch.randn(4, 5, 6, generator=generator)
        steps = int(torch.randint(1, 30, (), generator=generator))
        told = dict(steps=steps, schedule=schedules.cosine, eta=eta)
        return (bent, noise), told | {"generator": seeded(steps)}

    return inputs


def guided_inputs(generator):
    def halves(noisy, t):
        first = torch.arange(len(t)) < len(t) // 2
        return bent(noisy, t) + first[:, None, None] * noisy.cos()

    return (halves, float(3 * torch.rand((), generator=generator))), {}


def partly_known(generator) -> dict[str, torch.Tensor]:
    """Numbers [4, 12, 6] known here and there; in one channel, none at all."""
    numbers = torch.randn(4, 12, 6, generator=generator)
    known = torch.rand(numbers.shape, generator=generator) < 0.4
    known[1, :, 2] = False
    return {"known": known, "values": numbers.where(known, torch.nan)}


def completed_inputs(**options):
    def inputs(generator):
        noise = torch.randn(4, 12, 6, generator=generator)
        told = partly_known(generator) | {"steps": 9} | options
        told |= {"schedule": schedules.cosine, "generator": seeded(3)}
        return (bent, noise), told

    return inputs


def eased_inputs(generator):
    """A motion's frames 0, 2 and 3 are known, of all in a batch."""
    known = torch.tensor([True, False, True, True])[:, None]
    values = torch.randn(4, 5, generator=generator).where(known, torch.nan)
    return (bent,), {"known": known, "values": values}


def interpolated_inputs(generator):
    told = partly_known(generator)
    return (told["values"], told["known"]), {}


def windows_inputs(frames, window, **options):
    return lambda g: ((frames, window), options)


def starts_of(plan) -> torch.Tensor:
    """Where windows start, of a plan or as a list."""
    return torch.tensor(getattr(plan, "starts", plan))


def crossfade_inputs(starts, window):
    """Windows [windows, window, 5]."""
    return lambda g: (
        (torch.randn(len(starts), window, 5, generator=g), list(starts)),
        {},
    )


def line_inputs(generator):
    """Two motions [6, 10, 3] and levels of the straight path."""
    pair = torch.randn(2, 6, 10, 3, generator=generator)
    return (*pair, torch.rand(6, generator=generator)), {}


def converted_inputs(schedule):
    """Two motions and levels that are not too near the motion."""

    def inputs(generator):
        noisy, known, t = line_inputs(generator)[0]
        return (noisy, known, 0.1 + 0.89 * t), {"schedule": schedule}

    return inputs


def exact_inputs(schedule):
    def inputs(generator):
        noisy, _, t = line_inputs(generator)[0]
        points = torch.randn(4, 10, 3, generator=generator)
        told = {"points": points, "spread": 0.4, "schedule": schedule}
        return (noisy, t), told

    return inputs


def step_inputs(first: bool):
    """A step down a bent field, the first of a walk or a later one."""

    def inputs(generator):
        noisy, velocity = torch.randn(2, 4, 5, 6, generator=generator)
        then, t, above = torch.rand(3, generator=generator).sort().values
        before = None if first else (float(above), velocity)

        def ask(noisy, level):
            return bent(noisy, torch.full((len(noisy),), level))

        return (ask, noisy, float(t), float(then), before), {}

    return inputs


def last_step_inputs(generator):
    ask, noisy, t, _, before = step_inputs(True)(generator)[0]
    return (ask, noisy, t, 0.0, before), {}


def trail_inputs(generator):
    """A walk in uneven strides that stops short of the motion."""
    noise = torch.randn(4, 5, 6, generator=generator)
    shares = 0.1 + torch.rand(9, generator=generator).double()
    levels = 1 - shares.cumsum(0) / (1.2 * shares.sum())
    trail = ode.states(bent, noise, method="heun", levels=levels)
    return (list(trail), noise), {}


def flow_loss_inputs(**objective):
    def inputs(generator):
        given, options = loss_inputs(generator)
        options = options | {"objective": FlowObjective(**objective)}
        del options["draw_levels"]
        return given, options | {"shift": 2.0}

    return inputs


def guided_in_band_inputs(generator):
    (halves, weight), _ = guided_inputs(generator)
    return (halves, guidance.only_within(weight, low=0.3, high=0.7)), {}


def asked_once(denoise) -> torch.Tensor:
    """What a denoiser says to a fixed question."""
    noisy = torch.linspace(-2, 2, 60).reshape(3, 4, 5)
    return denoise(noisy, torch.tensor([0.1, 0.5, 0.9]))


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


CAMERA = "mini_vimogen.geometry.camera"
TRIANGULATION = "mini_vimogen.geometry.triangulation"
MBENCH = "mini_vimogen.metrics.mbench"
DANCE = "mini_vimogen.metrics.dance"
ROTATIONS = "mini_vimogen.geometry.rotations"
VIMO151 = "mini_vimogen.representation.vimo151"
EMBEDDINGS = "mini_vimogen.models.embeddings"
PREDICTIONS = "mini_vimogen.paths.predictions"
LOSSES = "mini_vimogen.training.losses"
DDIM = "mini_vimogen.samplers.ddim"
FLOW = "mini_vimogen.paths.flow"
EXACT = "mini_vimogen.paths.exact"
STEPS = "mini_vimogen.samplers.steps"
STRAIGHTNESS = "mini_vimogen.samplers.straightness"
FLOW_LOSS = "mini_vimogen.training.flow_loss"
GUIDANCE = "mini_vimogen.samplers.guidance"
COMPLETION = "mini_vimogen.samplers.completion"
KEYWORD = inspect.Parameter.KEYWORD_ONLY
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
    Twin(
        "01",
        CAMERA,
        "viewing_rotation",
        lambda g: ((torch.randn(7, 3, generator=g),), {}),
    ),
    Twin("01", CAMERA, "to_camera", projected_inputs(lens=False)),
    *(
        # Pixels up to some thousands, in single precision.
        Twin("01", CAMERA, "project", projected_inputs(lens=lens), atol=1e-2)
        for lens in (False, True)
    ),
    Twin(
        "01",
        "mini_vimogen.geometry.lens",
        "distort",
        lambda g: (
            (
                torch.randn(3, 8, 2, generator=g),
                0.1 * torch.randn(3, 5, generator=g),
            ),
            {},
        ),
    ),
    *(
        Twin("01", TRIANGULATION, "triangulate", views_inputs(views))
        for views in (2, 3, 4)
    ),
    *(
        Twin(
            "01",
            "mini_vimogen.conditions.keypoints",
            "crop_scale",
            track_inputs(seen=seen),
        )
        for seen in (200, 4, 3, 0)
    ),
    Twin(
        "02",
        "mini_vimogen.paths.schedules",
        "cosine",
        lambda g: ((some_levels(g),), {}),
    ),
    Twin("02", "mini_vimogen.paths.diffusion", "add_noise", noise_inputs),
    Twin("02", PREDICTIONS, "clean_to_noise", noise_inputs, atol=1e-4),
    Twin("02", PREDICTIONS, "noise_to_clean", noise_inputs, atol=1e-4),
    Twin("02", EMBEDDINGS, "sinusoid", lambda g: ((some_levels(g), 32), {})),
    Twin(
        "02",
        EMBEDDINGS,
        "rotary_table",
        lambda g: ((torch.randint(200, (9,), generator=g), 32), {}),
    ),
    Twin(
        "02",
        EMBEDDINGS,
        "rotate",
        lambda g: (
            (
                torch.randn(2, 9, 32, generator=g),
                torch.randn(9, 16, generator=g, dtype=torch.complex64),
            ),
            {},
        ),
    ),
    Twin("02", VIMO151, "turned_level", turned_level_inputs),
    Twin("02", VIMO151, "encode_camera_form", camera_form_inputs, atol=1e-4),
    Twin("02", LOSSES, "joints_around_root", joints_inputs),
    Twin("02", LOSSES, "planted_steps", planted_inputs, atol=1e-4),
    Twin("02", LOSSES, "motion_loss", motion_loss_inputs, atol=1e-4),
    Twin("02", LOSSES, "lifter_loss", loss_inputs, atol=1e-4),
    Twin("02", LOSSES, "regression_loss", regression_inputs, atol=1e-4),
    *(
        Twin("02", DDIM, "levels", lambda g, steps=steps: ((steps,), {}))
        for steps in (1, 7, 50, 1000)
    ),
    *(
        Twin("02", DDIM, name, make(eta))
        for eta in (0.0, 0.4, 1.0)
        for name, make in (("update", update_inputs), ("sample", sample_inputs))
    ),
    Twin(
        "02",
        "mini_vimogen.samplers.guidance",
        "guided",
        guided_inputs,
        read=asked_once,
    ),
    *(
        Twin("03", COMPLETION, "sample", completed_inputs(**options))
        for options in ({}, {"eta": 0.7}, {"eta": 1.0, "exact": False})
    ),
    Twin("03", COMPLETION, "interpolated", interpolated_inputs),
    Twin("03", COMPLETION, "eased", eased_inputs, read=asked_once),
    *(
        Twin(
            "03",
            "mini_vimogen.samplers.long_form",
            "plan_windows",
            windows_inputs(frames, 60, **options),
            read=starts_of,
        )
        for frames in (20, 60, 61, 130, 1800)
        for options in ({}, {"overlap": 0}, {"overlap": 59}, {"overlap": 7})
    ),
    *(
        Twin(
            "03",
            "mini_vimogen.representation.stitch",
            "crossfade",
            crossfade_inputs(starts, 8),
        )
        for starts in ((0,), (0, 8), (0, 4, 8, 9), (0, 7, 8))
    ),
    Twin("05", FLOW, "straight", lambda g: ((some_levels(g),), {})),
    Twin("05", FLOW, "interpolate", line_inputs),
    Twin("05", FLOW, "velocity_target", lambda g: (line_inputs(g)[0][:2], {})),
    *(
        Twin(
            "05", FLOW, "velocity_weight", lambda g, o=o: ((some_levels(g),), o)
        )
        for o in ({}, {"least": 0.2})
    ),
    *(
        Twin("05", PREDICTIONS, name, converted_inputs(schedule), atol=1e-4)
        for name in ("velocity_to_clean", "clean_to_velocity")
        for schedule in (flow.straight, schedules.cosine)
    ),
    *(
        Twin("05", EXACT, "exact_velocity", exact_inputs(schedule), atol=1e-4)
        for schedule in (flow.straight, schedules.cosine)
    ),
    *(
        Twin("05", STEPS, name, make)
        for name in ("euler", "midpoint", "heun", "adams_bashforth_2")
        for make in (step_inputs(True), step_inputs(False), last_step_inputs)
    ),
    Twin("05", STRAIGHTNESS, "straightness", trail_inputs, atol=1e-4),
    *(
        Twin("05", FLOW_LOSS, "flow_loss", flow_loss_inputs(**o), atol=1e-4)
        for o in ({"error": "clean"}, {"error": "velocity", "levels": "mixed"})
    ),
    *(
        Twin("05", GUIDANCE, "guided", inputs, read=asked_once)
        for inputs in (guided_inputs, guided_in_band_inputs)
    ),
    Twin(
        "05",
        GUIDANCE,
        "only_within",
        lambda g: ((2.5,), {"low": 0.2, "high": 0.7}),
        read=lambda weight: weight(torch.linspace(0, 1, 11)),
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
    results = []
    for function in (scratch, package):
        # Made twice: a generator among the inputs is used up.
        args, kwargs = twin.inputs(torch.Generator().manual_seed(seed))
        results.append(as_tensor(twin.read(function(*args, **kwargs))))
    torch.testing.assert_close(*results, atol=twin.atol, rtol=1e-5)


@every_twin
def test_lesson_and_package_take_the_same_arguments(twin):
    scratch, package = (
        inspect.signature(f).parameters for f in twin.versions()
    )
    shared = [name for name, one in scratch.items() if one.kind != KEYWORD]
    assert shared == list(package)[: len(shared)]
    # Keywords have no order; the package may pass them on as options.
    kinds = [one.kind for one in package.values()]
    named = [name for name in scratch if name not in shared]
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        assert named == [name for name in package if name in named]


SMALL = dict(
    condition_features=5,
    width=24,
    layers=2,
    heads=3,
    feed_forward=40,
    frames_per_token=2,
)


def test_network_of_lesson_02_is_the_packages():
    path = next(p for p in LESSONS if p.stem.startswith("02"))
    built = lift(read_lesson(path), ["ViMoDenoiser"])["ViMoDenoiser"]
    package = ViMoDenoiser(features=11, **SMALL)
    scratch = built(package.settings)
    scratch.load_state_dict(package.state_dict())
    generator = torch.Generator().manual_seed(4)
    noisy = torch.randn(6, 14, 11, generator=generator)
    condition = torch.randn(6, 14, 5, generator=generator)
    t = torch.rand(6, generator=generator)
    present = torch.arange(6) % 2 > 0
    torch.testing.assert_close(
        scratch(noisy, t, condition, present),
        package(noisy, t, condition, present=present),
    )


def test_regressor_of_lesson_02_is_the_packages():
    path = next(p for p in LESSONS if p.stem.startswith("02"))
    built = lift(read_lesson(path), ["Regressor"])["Regressor"]
    package = Regressor(network=SMALL, fps=30.0, frames=14)
    scratch = built(package.denoiser.settings)
    scratch.denoiser.load_state_dict(package.denoiser.state_dict())
    generator = torch.Generator().manual_seed(4)
    condition = torch.randn(6, 14, 5, generator=generator)
    torch.testing.assert_close(scratch(condition), package(condition))
