"""How an arm of Table 1 answers, and what its answers are worth.

An arm is a function from a video to motions. Of several motions for one video
three things are told: the mean of them, joint by joint; the best, which only
an oracle finds (least PA-MPJPE); and what one is worth on average.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from mini_vimogen.conditions.cuts import detect_cuts
from mini_vimogen.conditions.keypoints import condition_features
from mini_vimogen.geometry.coco17 import coco17_points
from mini_vimogen.metrics.alignment import root_relative
from mini_vimogen.metrics.pose_error import pa_mpjpe
from mini_vimogen.models.lifter import ScaledModel
from mini_vimogen.studies.baselines import NearestFrame, mean_joints
from mini_vimogen.studies.table1_figures import (
    Figures,
    clip_figures,
    macro,
    mean_figures,
)
from mini_vimogen.studies.table1_motions import (
    CALIBRATED,
    Video,
    calibrated_videos,
    generator_of,
    is_walking,
)
from mini_vimogen.tasks.demo import with_hips_first
from mini_vimogen.tasks.lift import lift
from mini_vimogen.tasks.sampling import Sampling
from mini_vimogen.training.batches import MotionPool

Answer = Callable[[Video, int], list[Tensor]]
"""(video, samples) -> joints [frames, 24, 3] of each; fewer where an arm has
but one answer."""

Ways = dict[str, list[tuple[str, Figures]]]
"""By way of answering: the group and the figures of each clip. "" is one
sample."""

MACROS = ("real", "walking", "acrobatics")
"""Groups of real families."""

ANKLES = (11, 12)
"""Of the 13 points in which the calibrated video's truth is known."""


def lifted(
    model: ScaledModel, *, seed: int, sampling: Sampling | None = None
) -> Answer:
    """A trained model; the noise of each video is its own."""

    def answer(video: Video, samples: int) -> list[Tensor]:
        clips = lift(
            video.track,
            lifter=model,
            samples=samples,
            sampling=sampling,
            generator=generator_of(seed, video.number),
        )
        return [clip.joints() for clip in clips]

    return answer


def mean_pose(pool: MotionPool, *, frames: int, seed: int) -> Answer:
    """The mean training pose, on the spot."""
    generator = torch.Generator().manual_seed(seed)
    held = mean_joints(pool, frames=frames, generator=generator)
    return lambda video, samples: [held.expand(len(video.truth), -1, -1)]


def nearest_frame(pool: MotionPool, *, frames: int, seed: int) -> Answer:
    """The training pose that looks most alike, frame by frame, on the spot."""
    generator = torch.Generator().manual_seed(seed)
    nearest = NearestFrame(pool, frames=frames, generator=generator)

    def answer(video: Video, samples: int) -> list[Tensor]:
        track = video.track.resample(video.fps)
        size = track.width, track.height
        cuts = detect_cuts(track.keypoints, *size)
        seen = condition_features(track.keypoints, *size, cuts=cuts)
        return [nearest(seen)]

    return answer


def compare(
    motions: list[Tensor], truth: Tensor, *, fps: float, **feet
) -> dict[str, Figures]:
    """The figures of one video's motions, by way; see the module.

    ``spread_mm`` is the mean distance of the motions' joints from their mean,
    around the root.
    """
    ways = {"": clip_figures(motions[0], truth, fps=fps, **feet)}
    if len(motions) == 1:
        return ways
    stacked = torch.stack(motions)
    mean = stacked.mean(dim=0)
    each = [clip_figures(one, truth, fps=fps, **feet) for one in motions]
    best = min(each, key=lambda figures: figures["pa_mpjpe_mm"])
    apart = root_relative(stacked) - root_relative(mean)
    spread = {"spread_mm": 1000 * float(apart.norm(dim=-1).mean())}
    count = len(motions)
    return ways | {
        f"mean of {count}": clip_figures(mean, truth, fps=fps, **feet),
        f"best of {count}": best,
        f"average of {count}": mean_figures(each) | spread,
    }


def answer_videos(
    answer: Answer, videos: Iterable[Video], *, samples: int = 1
) -> Ways:
    """Every way's figures on every video."""
    ways: Ways = {}
    for video in videos:
        motions = answer(video, samples)
        found = compare(motions, video.truth, fps=video.fps)
        for way, figures in found.items():
            ways.setdefault(way, []).append((video.group, figures))
    return ways


def named(group: str, *rest: str) -> str:
    """The name of a group's figures in a row.

    >>> named("walking", "", "4 cuts"), named("walking")
    ('walking, 4 cuts', 'walking')
    """
    return ", ".join([group, *filter(None, rest)])


def by_family(
    found: list[tuple[str, Figures]], *rest: str
) -> dict[str, Figures]:
    """Figures of each real family, and of all, walking and acrobatic ones.

    Clips are averaged in their family, and families count alike. ``rest`` is
    way and condition, for the names.
    """
    own: dict[str, list[Figures]] = {}
    for family, figures in found:
        own.setdefault(family, []).append(figures)
    means = {family: mean_figures(clips) for family, clips in own.items()}
    walking = [means[name] for name in means if is_walking(name)]
    others = [means[name] for name in means if not is_walking(name)]
    groups = zip(MACROS, ([*walking, *others], walking, others), strict=True)
    figures = means | {name: macro(group) for name, group in groups if group}
    return {named(name, *rest): values for name, values in figures.items()}


def calibrated(
    answer: Answer, *, fps: float, samples: int = 1
) -> dict[str, Figures]:
    """Errors on the calibrated video, views averaged; and whether they agree.

    ``agreement_mm`` is the PA-MPJPE between the lifts of two views, over all
    ordered pairs.
    """
    videos = calibrated_videos(fps)
    views: dict[str, list[Figures]] = {}
    motions = []
    for video in videos:
        frames = len(video.truth)
        motions.append([points(one)[:frames] for one in answer(video, samples)])
        truth = video.truth[: len(motions[-1][0])]
        found = compare(motions[-1], truth, fps=fps, feet=ANKLES)
        for way, figures in found.items():
            views.setdefault(way, []).append(figures)
    figures = {
        named(CALIBRATED, way): mean_figures(own) for way, own in views.items()
    }
    one = agreement([view[0] for view in motions])
    figures[CALIBRATED]["agreement_mm"] = one
    if (count := len(motions[0])) > 1:
        means = [torch.stack(view).mean(dim=0) for view in motions]
        figures[named(CALIBRATED, f"mean of {count}")]["agreement_mm"] = (
            agreement(means)
        )
    return figures


def points(joints: Tensor) -> Tensor:
    """[frames, 13, 3] hips' middle and body points of joints [..., 24, 3]."""
    head = torch.eye(3).expand(len(joints), 3, 3)  # the face is not compared
    return with_hips_first(coco17_points(joints, head))


def agreement(motions: list[Tensor]) -> float:
    """Mean PA-MPJPE in mm between motions [frames, 13, 3] of one person."""
    pairs = [
        pa_mpjpe(one, other)
        for one in motions
        for other in motions
        if one is not other
    ]
    return float(torch.stack(pairs).mean())
