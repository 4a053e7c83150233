"""What the two objectives learned at each noise level, and how paths bend.

Both are looked at on the straight path, (1 - t) * clean + t * noise. A motion
on the path of diffusion, alpha * clean + sigma * noise, lies on it once it is
divided by alpha + sigma, at t = sigma / (alpha + sigma): the same motion, the
same noise, as hard to tell apart. In these coordinates DDIM without fresh noise
is Euler's method.
"""

import functools

import torch
from torch import Tensor

from mini_vimogen.models.lifter import FlowLifter, Lifter, ScaledModel
from mini_vimogen.models.regressor import Regressor
from mini_vimogen.paths.flow import interpolate, velocity_weight
from mini_vimogen.paths.schedules import STEPS, Schedule, cosine, like
from mini_vimogen.samplers import ddim
from mini_vimogen.samplers.straightness import straightness
from mini_vimogen.studies.nfe_motions import (
    WINDOW,
    Extent,
    seen,
    window_clips,
    window_videos,
)
from mini_vimogen.studies.table1_figures import Figures
from mini_vimogen.studies.table1_motions import CHOREOGRAPHED_SEED, generator_of
from mini_vimogen.tasks.lift import WINDOWS_AT_ONCE, denoiser
from mini_vimogen.tasks.sampling import FlowSampling
from mini_vimogen.training.batches import LifterBatch, MotionPool, lifter_batch
from mini_vimogen.training.losses import joints_around_root, masked_mean

BINS = 10
PATH_STEPS = 64


class Straightened(FlowLifter):
    """A diffusion lifter that is asked on the straight path.

    It takes the samplers of a flow lifter, and answers what the lifter does.

    Args:
        lifter: trained with diffusion; its weights are copied.
    """

    def __init__(self, lifter: Lifter):
        super().__init__(**lifter.settings, normalizer=lifter.normalizer)
        self.load_state_dict(lifter.state_dict())
        self.eval()

    def forward(self, noisy: Tensor, t: Tensor, condition, **options) -> Tensor:
        """The clean motion; see ``ViMoDenoiser.forward``."""
        level = diffusion_level(t)
        alpha, sigma = cosine(level)
        noisy = noisy * like(alpha + sigma, noisy)
        return super().forward(noisy, level, condition, **options)


def straight_level(t: Tensor, schedule: Schedule = cosine) -> Tensor:
    """The level on the straight path with as much noise per motion; [...].

    >>> straight_level(torch.tensor([0.0, 0.499, 0.999]))
    tensor([0.0064, 0.5031, 1.0000])
    """
    alpha, sigma = schedule(t)
    return sigma / (alpha + sigma)


def diffusion_level(t: Tensor, schedule: Schedule = cosine) -> Tensor:
    """The level 0..0.999 of diffusion for one of the straight path; [...].

    Turns ``straight_level`` round, by a straight line between two of the
    thousand steps.
    """
    steps = torch.arange(STEPS, dtype=torch.float64) / STEPS
    known = straight_level(steps, schedule)
    place = t.double().clamp(known[0], known[-1])
    above = torch.searchsorted(known, place).clamp(1, STEPS - 1)
    low, high = known[above - 1], known[above]
    share = (place - low) / (high - low)
    return torch.lerp(steps[above - 1], steps[above], share).to(t.dtype)


def ddim_grid(steps: int) -> Tensor:
    """DDIM's noise levels on the straight path, float64 [steps + 1], 0 last."""
    return torch.cat(
        [straight_level(ddim.levels(steps)), torch.zeros(1).double()]
    )


def held_out_batch(seed: int, extent: Extent, *, scaling: str) -> LifterBatch:
    """Windows of held-out choreography, cut and filmed as training does."""
    clips = window_clips(CHOREOGRAPHED_SEED + seed, extent.clips)
    pool = MotionPool(
        {"held out": clips}, weights={"held out": 1.0}, fps=clips[0].fps
    )
    return lifter_batch(
        pool,
        len(clips),
        frames=WINDOW,
        condition_drop=0.0,
        generator=generator_of(seed, 400_000),
        scaling=scaling,
    )


@torch.no_grad()
def by_level(
    lifters: dict[str, FlowLifter],
    regressor: Regressor,
    seed: int,
    extent: Extent,
) -> dict[str, Figures]:
    """The errors of each lifter in ten bins of the straight path's t.

    Motions, cameras, levels and noise are the same for all.

    Args:
        lifters: name -> one for the straight path.
        regressor: who is shown no noisy motion; his error is a level line.

    Returns:
        "NAME, t LOW-HIGH" -> errors of the clean motion (``clean``, of the
        normalised features, squared; ``joints_mm``) and of the velocity
        (``velocity``, squared, weighed as in training).
    """
    batch = held_out_batch(seed, extent, scaling=regressor.scaling)
    generator = generator_of(seed, 400_001)
    found = {
        "regressor": errors(
            regressor,
            batch,
            lambda some: regressor(
                batch.condition[some], valid=batch.valid[some]
            ),
        )
    }
    for low in range(BINS):
        shares = torch.rand(len(batch.clean), generator=generator)
        t = (low + shares) / BINS
        noise = torch.randn(batch.clean.shape, generator=generator)
        for name, lifter in lifters.items():
            told = f"{name}, t {low / BINS:.1f}-{(low + 1) / BINS:.1f}"
            answer = functools.partial(at_levels, lifter, batch, noise, t)
            found[told] = errors(lifter, batch, answer, t=t)
    return found


def at_levels(
    lifter: FlowLifter, batch: LifterBatch, noise: Tensor, t: Tensor, some
) -> Tensor:
    """What a lifter makes of some of a batch's windows, each at its level."""
    clean = lifter.normalizer.apply(batch.clean[some])
    return lifter(
        interpolate(clean, noise[some], t[some]),
        t[some],
        batch.condition[some],
        valid=batch.valid[some],
    )


def errors(
    model: ScaledModel, batch: LifterBatch, answer, *, t: Tensor | None = None
) -> Figures:
    """Errors of ``answer`` (windows -> normalised features) on a batch."""
    parts = torch.arange(len(batch.clean)).split(WINDOWS_AT_ONCE)
    predicted = torch.cat([answer(some) for some in parts])
    clean = model.normalizer.apply(batch.clean)
    error = (predicted - clean).square()
    joints, truth = (
        joints_around_root(features)
        for features in (model.normalizer.undo(predicted), batch.clean)
    )
    apart = (joints - truth).norm(dim=-1)
    figures = {
        "clean": float(masked_mean(error, batch.valid)),
        "joints_mm": 1000 * float(masked_mean(apart, batch.valid)),
    }
    if t is not None:
        weighed = error * velocity_weight(t)[:, None, None]
        figures["velocity"] = float(masked_mean(weighed, batch.valid))
    return figures


@torch.no_grad()
def bends(
    lifters: dict[str, FlowLifter], seed: int, extent: Extent
) -> dict[str, Figures]:
    """How far ways from noise to motion are from straight lines.

    ``bend`` is the mean squared distance of a path's velocity from its chord
    over the chord's own square, walked in 64 steps of Euler's method: 0 is
    straight.
    """
    found = {}
    videos = window_videos(seed, extent.clips)[: extent.paths]
    walk = FlowSampling(method="euler", evaluations=PATH_STEPS).sampler()
    for name, lifter in lifters.items():
        told = [seen(video, scaling=lifter.scaling)[0] for video in videos]
        generator = generator_of(seed, videos[0].number)
        shares = []
        for condition in torch.stack(told).split(WINDOWS_AT_ONCE):
            noise = torch.randn(
                *condition.shape[:2], lifter.features, generator=generator
            )
            trail = list(walk(denoiser(lifter, condition), noise))
            chord = (noise - trail[-1].noisy).square().sum((-2, -1))
            shares.append(straightness(trail, noise) / chord)
        mean = float(torch.cat(shares).mean())
        found[name] = {"bend": mean, "windows": len(videos)}
    return found
