"""What ``nfe`` measures of one way, of what needs no sampling, and of time."""

import functools
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mini_vimogen.models.lifter import FlowLifter, ScaledModel
from mini_vimogen.studies.model_folder import trained
from mini_vimogen.studies.nfe_figures import (
    apart_mm,
    distances,
    window_figures,
)
from mini_vimogen.studies.nfe_levels import Straightened
from mini_vimogen.studies.nfe_motions import (
    Extent,
    lift_together,
    reference_features,
    window_videos,
)
from mini_vimogen.studies.nfe_ways import (
    SAMPLED,
    STRAIGHTENED,
    Way,
    named,
    samplings,
)
from mini_vimogen.studies.table1_figures import Figures
from mini_vimogen.studies.table1_measure import in_short
from mini_vimogen.studies.table1_motions import CHOREOGRAPHED, real_videos
from mini_vimogen.studies.table1_ways import (
    answer_videos,
    by_family,
    mean_pose,
)
from mini_vimogen.tasks.lift import lift
from mini_vimogen.tasks.motion_mix import Mix, motion_pool
from mini_vimogen.tasks.sampling import FlowSampling, Sampling
from mini_vimogen.training.presets import Preset

TIMED = 7
"""How often a lift is timed; the least counts."""


@dataclass(frozen=True)
class Models:
    """Where the trained models of one seed are.

    Args:
        size, seed: of the trainings. folder: see ``model_folder``.
    """

    size: Preset
    seed: int
    folder: Path

    def pair(self) -> dict[str, FlowLifter]:
        """Both lifters, on the straight path."""
        return {
            "diffusion": model_of(self, STRAIGHTENED),
            "flow": model_of(self, "flow"),
        }


@functools.lru_cache(maxsize=4)
def model_of(models: Models, name: str) -> ScaledModel:
    """A trained model: "lifter", "flow", "regressor" or ``STRAIGHTENED``."""
    if name == STRAIGHTENED:
        return Straightened(model_of(models, "lifter"))
    return trained(name, models.size, models.seed, models.folder)


@functools.lru_cache(maxsize=4)
def lifted_windows(
    models: Models,
    name: str,
    sampling: Sampling | FlowSampling | None,
    clips: int,
) -> Tensor:
    """Joints [windows, frames, 24, 3] that a model makes of the windows."""
    joints = lift_together(
        model_of(models, name),
        window_videos(models.seed, clips),
        seed=models.seed,
        sampling=sampling,
    )
    return torch.stack(joints)


def measure(
    models: Models,
    way: Way,
    sampling: Sampling | FlowSampling | None,
    extent: Extent,
) -> dict[str, Figures]:
    """Figures of one way with one number of evaluations, on all motions.

    ``from_end_mm`` says how far joints are from where the model's paths end,
    walked from the same noise with the most evaluations of the midpoint method.
    """
    seed = models.seed
    joints = lifted_windows(models, way.model, sampling, extent.clips)
    own = window_figures(
        joints,
        truths(window_videos(seed, extent.clips)),
        reference=reference_features(extent.clips),
    )
    finest = FlowSampling(evaluations=max(extent.evaluations))
    if way.follows_paths and sampling != finest:
        name = "flow" if way.model == "flow" else STRAIGHTENED
        end = lifted_windows(models, name, finest, extent.clips)
        own["from_end_mm"] = apart_mm(joints, end)
    real = real_videos(seed, extent)
    lifted = lift_together(
        model_of(models, way.model), real, seed=seed, sampling=sampling
    )
    answers = dict(zip(real, lifted, strict=True))
    found = answer_videos(lambda video, _: [answers[video]], real)[""]
    return {CHOREOGRAPHED: own} | in_short(by_family(found))


def truths(videos) -> Tensor:
    """Joints [windows, frames, 24, 3] of windows."""
    return torch.stack([video.truth for video in videos])


def floor_figures(seed: int, extent: Extent) -> Figures:
    """The true windows of the row against the reference."""
    true = truths(window_videos(seed, extent.clips))
    return distances(true, reference_features(extent.clips))


def trivial_figures(
    size: Preset, seed: int, extent: Extent
) -> dict[str, Figures]:
    """The mean training pose, on the spot."""
    answer = mean_pose(motion_pool(Mix()), frames=size.frames, seed=seed)
    videos = window_videos(seed, extent.clips)
    joints = torch.stack([answer(video, 1)[0] for video in videos])
    own = window_figures(
        joints, truths(videos), reference=reference_features(extent.clips)
    )
    found = answer_videos(answer, real_videos(seed, extent))[""]
    return {CHOREOGRAPHED: own} | in_short(by_family(found))


def speeds(models: Models, extent: Extent) -> dict[str, Figures]:
    """CPU seconds of a lift of two seconds, keypoints to clip.

    The ways take turns, and the least of several times counts: what others do
    on the machine then weighs little.
    """
    track = window_videos(models.seed, extent.clips)[0].track
    timed = {}
    for arm in ("ddim", "ddim, guided 2", "midpoint"):
        model = model_of(models, SAMPLED[arm].model)
        for count, sampling in samplings(SAMPLED[arm], extent).items():
            name = named(arm, count)
            timed[name] = functools.partial(
                lift, track, lifter=model, sampling=sampling
            )
    least: dict[str, float] = {}
    for _ in range(TIMED):
        for name, work in timed.items():
            start = time.process_time()
            work()
            spent = time.process_time() - start
            least[name] = min(spent, least.get(name, spent))
    return {name: {"cpu_seconds": spent} for name, spent in least.items()}
