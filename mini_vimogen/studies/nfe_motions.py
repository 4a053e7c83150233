"""What quality against network evaluations is measured on, lifted in batches.

Choreography comes as windows of the length that the networks were trained on,
so that no window meets another: what is seen is the sampler. Real clips are
lifted whole, as ``tasks.lift.lift`` does it.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conditions.cuts import detect_cuts
from mini_vimogen.conditions.keypoints import condition_features
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.data.choreographer import choreograph
from mini_vimogen.models.lifter import ScaledModel
from mini_vimogen.representation.shots import decode_camera_form
from mini_vimogen.studies.table1_figures import dance_features
from mini_vimogen.studies.table1_motions import (
    CHOREOGRAPHED,
    CHOREOGRAPHED_SEED,
    REFERENCE_SEED,
    Video,
    film,
    generator_of,
)
from mini_vimogen.tasks.lift import sample_features
from mini_vimogen.tasks.motion_mix import seen_actions
from mini_vimogen.tasks.sampling import FlowSampling, Sampling

WINDOW = 60
"""Frames of a choreographed window, two seconds."""


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Args:
        cameras: videos a real clip, by family; ``other_cameras`` elsewhere.
        takes: real clips a family at most; None is all.
        clips: choreographed windows an action.
        evaluations: of the network; each method takes the nearest numbers that
            it can.
        usual: steps of DDIM that the others are held against, plain and
            guided.
        paths: windows whose way from noise to motion is walked in full.
    """

    cameras: dict[str, int] = field(
        default_factory=lambda: {"cmu_016": 1, "cmu_056": 2}
    )
    other_cameras: int = 4
    takes: int | None = None
    clips: int = 42
    evaluations: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)
    usual: int = 50
    paths: int = 96


def window_clips(seed: int, clips: int) -> list[Clip]:
    """Windows of choreography, as many an action, an action after another.

    A clip shorter than a window is left out, and another one drawn.
    """
    generator = torch.Generator().manual_seed(seed)
    return [
        window_of(action, generator)
        for _ in range(clips)
        for action in seen_actions()
    ]


def window_of(action: str, generator: torch.Generator) -> Clip:
    """A random window of the next clip that is long enough."""
    while True:
        clip = choreograph(action, generator=generator)
        room = clip.frames - WINDOW + 1
        if room > 0:
            start = int(torch.randint(room, (), generator=generator))
            return clip.slice(start, start + WINDOW)


@functools.lru_cache(maxsize=1)
def window_videos(seed: int, clips: int) -> tuple[Video, ...]:
    """Held-out windows, one camera with one cut each."""
    made = window_clips(CHOREOGRAPHED_SEED + seed, clips)
    return tuple(
        film(clip, group=CHOREOGRAPHED, number=300_000 + number, seed=seed)
        for number, clip in enumerate(made)
    )


@functools.lru_cache(maxsize=1)
def reference_features(clips: int) -> dict[str, Tensor]:
    """Features of the windows that all distributions are compared with."""
    made = window_clips(REFERENCE_SEED, clips)
    return dance_features([clip.joints() for clip in made], fps=VIMO_FPS)


def lift_together(
    model: ScaledModel,
    videos: Sequence[Video],
    *,
    seed: int,
    sampling: Sampling | FlowSampling | None = None,
) -> list[Tensor]:
    """Joints [frames, 24, 3] of each video, those of a length in one batch.

    The noise where sampling starts depends on seed and videos alone: it is the
    same for every model and way of sampling.

    Args:
        model: a lifter or regressor for the videos' frame rate.
        videos: at that rate.
        seed: of the noise.
        sampling: None for a regressor.

    Raises:
        ValueError: a video at another rate.
    """
    by_length: dict[int, list[int]] = {}
    for at, video in enumerate(videos):
        if not video.fps == video.track.fps == model.fps:
            raise ValueError(
                f"videos must be at {model.fps:g} frames per second, got "
                f"{video.track.fps:g}"
            )
        by_length.setdefault(video.track.frames, []).append(at)
    joints: list[Tensor] = [torch.empty(0)] * len(videos)
    for places in by_length.values():
        group = [videos[at] for at in places]
        told = [seen(video, scaling=model.scaling) for video in group]
        features = sample_features(
            model,
            torch.stack([condition for condition, _ in told]),
            sampling=sampling or Sampling(),
            generator=generator_of(seed, group[0].number),
        )
        for at, one, (_, cuts) in zip(places, features, told, strict=True):
            clip = decode_camera_form(one, fps=model.fps, cuts=cuts)
            joints[at] = clip.joints()
    return joints


@functools.lru_cache(maxsize=2048)
def seen(video: Video, *, scaling: str) -> tuple[Tensor, tuple[int, ...]]:
    """The condition [frames, c] of a video, and first frames of new shots."""
    track = video.track
    size = track.width, track.height
    cuts = detect_cuts(track.keypoints, *size)
    condition = condition_features(
        track.keypoints, *size, cuts=cuts, scaling=scaling
    )
    return condition, tuple(torch.nonzero(cuts)[:, 0].tolist())
