"""First lift: the DDPM lifter on held-out motions, beside what it must beat.

Test motions are the real test families, and the choreographed actions with
seeds that no training uses. Each is filmed by casual cameras of its own; all
arms lift the same tracks. Errors are in millimetres: MPJPE around the root with
one best yaw a clip, and PA-MPJPE; wrists and ankles apart.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conditions.cuts import detect_cuts
from mini_vimogen.conditions.keypoints import condition_features
from mini_vimogen.data import library
from mini_vimogen.data.casual_video import VideoSettings, film_clip
from mini_vimogen.data.choreographer import choreograph
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.metrics.pose_error import (
    jitter,
    pa_mpjpe,
    root_yaw_aligned,
)
from mini_vimogen.models.lifter import Lifter
from mini_vimogen.studies.baselines import NearestFrame, mean_joints
from mini_vimogen.studies.rows import run_missing
from mini_vimogen.tasks.lift import Sampling, lift
from mini_vimogen.tasks.train import (
    Mix,
    motion_pool,
    recipe,
    seen_actions,
    train_model,
)
from mini_vimogen.training.batches import MotionPool
from mini_vimogen.training.losses import LossWeights
from mini_vimogen.training.presets import Preset, preset

WALKING = ("cmu_016", "cmu_056")
WRISTS, ANKLES = (20, 21), (7, 8)
CAMERAS = {"walking": 3, "acrobatics": 10, "acted": 1}
ACTED_CLIPS = 8
ACTED_SEED = 10_000
"""Far from any seed that a training's ``Mix`` draws its clips from."""

MIXES = {
    "ours": Mix(),
    "ours, real only": Mix(real=1.0, acted=0.0, babbled=0.0),
    "ours, no babble": Mix(real=0.5, acted=0.5, babbled=0.0),
}


@dataclass(frozen=True, eq=False)
class Shot:
    """One test motion and one video of it."""

    group: str
    truth: Clip
    track: KeypointTrack


def test_clips() -> dict[str, list[Clip]]:
    """Held-out clips by group: walking, acrobatics, acted."""
    groups: dict[str, list[Clip]] = {"walking": [], "acrobatics": []}
    for clip in library.real_motion("test"):
        walking = library.family(clip) in WALKING
        groups["walking" if walking else "acrobatics"].append(clip)
    generator = torch.Generator().manual_seed(ACTED_SEED)
    groups["acted"] = [
        choreograph(action, generator=generator)
        for action in seen_actions()
        for _ in range(ACTED_CLIPS)
    ]
    return groups


def film_tests(seed: int, *, cuts: int = 0) -> list[Shot]:
    """Every test clip through casual cameras drawn from ``seed``.

    Args:
        cuts: as many cuts in every video; a short clip gets what fits.
    """
    settings = VideoSettings(cuts=(0.0,) * cuts + (1.0,))
    generator = torch.Generator().manual_seed(seed)
    shots = []
    for group, clips in test_clips().items():
        for clip in clips:
            for _ in range(CAMERAS[group]):
                video = film_clip(clip, generator=generator, settings=settings)
                shots.append(Shot(group, clip, video.track()))
    return shots


Lift = Callable[[KeypointTrack], Tensor]
"""A track to joints [frames, 24, 3]; only what is around the root counts."""


def score(shots: list[Shot], lift_joints: Lift) -> dict[str, dict[str, float]]:
    """Figures for each group: clips are averaged, then nothing else."""
    found: dict[str, list[dict[str, float]]] = {}
    for shot in shots:
        true, guess = shot.truth.joints(), lift_joints(shot.track)
        turned, centred = root_yaw_aligned(guess, true)
        apart = 1000 * (turned - centred).norm(dim=-1)
        smooth = jitter(true, fps=shot.truth.fps)
        figures = {
            "mpjpe_mm": apart.mean(),
            "pa_mpjpe_mm": pa_mpjpe(guess, true).mean(),
            "wrists_mm": apart[:, WRISTS].mean(),
            "ankles_mm": apart[:, ANKLES].mean(),
            "jitter_ratio": jitter(guess, fps=shot.truth.fps) / smooth,
        }
        found.setdefault(shot.group, []).append(
            {name: float(value) for name, value in figures.items()}
        )
    return {
        group: {
            name: round(sum(row[name] for row in rows) / len(rows), 2)
            for name in rows[0]
        }
        for group, rows in found.items()
    }


def with_lifter(
    lifter: Lifter, sampling: Sampling, *, seed: int, samples: int = 1
) -> Lift:
    """One sample, or the mean of the joints of several."""
    generator = torch.Generator().manual_seed(seed)

    def lift_joints(track: KeypointTrack) -> Tensor:
        clips = lift(
            track,
            lifter=lifter,
            sampling=sampling,
            samples=samples,
            generator=generator,
        )
        around = [clip.joints() - clip.joints()[:, :1] for clip in clips]
        return torch.stack(around).mean(dim=0)

    return lift_joints


def with_mean(pool: MotionPool, *, frames: int, seed: int) -> Lift:
    """The mean pose in every frame."""
    generator = torch.Generator().manual_seed(seed)
    pose = mean_joints(pool, frames=frames, generator=generator)
    return lambda track: pose.expand(track.frames, -1, -1)


def with_nearest(pool: MotionPool, *, frames: int, seed: int) -> Lift:
    """The pose of the training frame that looks most alike."""
    generator = torch.Generator().manual_seed(seed)
    nearest = NearestFrame(pool, frames=frames, generator=generator)

    def lift_joints(track: KeypointTrack) -> Tensor:
        size = track.width, track.height
        cuts = detect_cuts(track.keypoints, *size)
        return nearest(condition_features(track.keypoints, *size, cuts=cuts))

    return lift_joints


def measure(arm: str, seed: int, *, size: Preset) -> dict:
    """All figures of one arm and seed."""
    pool = motion_pool(MIXES.get(arm, Mix()))
    shots = film_tests(seed)
    baselines = {"mean pose": with_mean, "nearest 2D frame": with_nearest}
    if arm in baselines:
        make = baselines[arm]
        return score(shots, make(pool, frames=size.frames, seed=seed))
    *_, state = train_model(
        "lifter", size, mix=MIXES[arm], seed=seed, pool=pool
    )
    use = functools.partial(with_lifter, state.average.model, seed=seed)
    figures = score(shots, use(Sampling()))
    if arm != "ours":  # an ablation of the mix: one way of sampling will do
        return figures
    ways = {
        "one call": use(Sampling(steps=1)),
        "50 steps": use(Sampling(steps=50)),
        "mean of 5": use(Sampling(), samples=5),
    }
    for name, way in ways.items():
        for group, values in score(shots, way).items():
            figures[f"{group}, {name}"] = values
    for group, values in score(
        film_tests(seed, cuts=4), use(Sampling())
    ).items():
        figures[f"{group}, 4 cuts"] = values
    return figures


ARMS = ("mean pose", "nearest 2D frame", *MIXES)


def run(
    size: str | None = None,
    *,
    seeds: int = 3,
    arms: Sequence[str] = ARMS,
    folder=None,
) -> Iterator[dict]:
    """Rows that do not exist yet, one by one as they are measured.

    Raises:
        ValueError: an arm that the study does not have.
    """
    if unknown := set(arms) - set(ARMS):
        raise ValueError(
            f"arms must be among {', '.join(ARMS)}, got "
            f"{', '.join(sorted(unknown))}"
        )
    chosen = preset(size)
    recipes = {
        arm: recipe(chosen, MIXES.get(arm, Mix()), LossWeights())
        | {"arm": arm, "cameras": CAMERAS, "acted": ACTED_CLIPS}
        for arm in arms
    }
    yield from run_missing(
        "first_lift",
        recipes,
        seeds=range(seeds),
        measure=lambda arm, _, seed: measure(arm, seed, size=chosen),
        size=chosen.size,
        device=chosen.device,
        folder=folder,
    )
