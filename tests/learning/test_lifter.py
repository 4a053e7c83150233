"""Does it learn? A tiny network on one clip; the shipped one on held-out ones.

The bounds leave room: the figures with their spread are in the book's results.
"""

import pytest
import torch

from mini_vimogen.data.library import data_path, real_motion
from mini_vimogen.data.real_video import laboratory_video
from mini_vimogen.metrics.pose_error import mpjpe
from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.studies.table1_motions import Extent, real_videos
from mini_vimogen.studies.table1_ways import answer_videos, by_family, lifted
from mini_vimogen.tasks.demo import lift_laboratory, mean_pose_error
from mini_vimogen.tasks.lift import (
    DEFAULT_LIFTER,
    FLOW_LIFTER,
    denoiser,
    lift,
    load_lifter,
)
from mini_vimogen.tasks.sampling import SCHEDULES, FlowSampling, Sampling
from mini_vimogen.tasks.train import draw_levels, model_loss, new_model
from mini_vimogen.training.batches import MotionPool, lifter_batch
from mini_vimogen.training.loop import train
from mini_vimogen.training.losses import (
    LossWeights,
    joints_around_root,
    lifter_loss,
)
from mini_vimogen.training.presets import preset


@pytest.fixture(scope="module")
def shipped():
    return load_lifter()


@pytest.fixture(scope="module")
def walks():
    """Held-out walks, without cuts: six takes of one family, one of another."""
    cameras = {"cmu_016": 1, "cmu_056": 3}
    extent = Extent(cameras=cameras, other_cameras=0, takes=6)
    return real_videos(123, extent, cuts=0)


def errors_on(walks, lifter, sampling=None):
    """Figures of one sample of each walk."""
    answer = lifted(lifter, seed=0, sampling=sampling)
    return by_family(answer_videos(answer, walks)[""])["walking"]


@pytest.mark.parametrize("kind", ["lifter", "flow"])
def test_a_few_windows_are_learned_by_heart(kind):
    """The smallest sign of life: network, loss, loop and sampler together."""
    pool = MotionPool(
        {"real": real_motion("train")}, weights={"real": 1.0}, fps=30.0
    )
    generator = torch.Generator().manual_seed(1)
    batch = lifter_batch(
        pool, 4, frames=60, condition_drop=0.0, generator=generator
    )
    normalizer = Normalizer.fit_range(batch.clean, clip=False, min_extent=0.1)
    recipe = preset("laptop", width=64, layers=2, batch=4, steps=400)
    *_, state = train(
        new_model(kind, recipe, normalizer),
        lambda _: batch,
        model_loss(kind, recipe, normalizer, LossWeights()),
        preset=recipe,
        generator=generator,
    )
    learned = state.average.model
    denoise = denoiser(learned, batch.condition)
    way = FlowSampling() if kind == "flow" else Sampling(eta=0.0)
    with torch.no_grad():
        *_, end = way.sampler()(
            denoise, torch.randn(4, 60, 151), schedule=SCHEDULES[learned.path]
        )
    sampled = end.noisy
    apart = joints_around_root(normalizer.undo(sampled))
    apart = apart - joints_around_root(batch.clean)
    mean = joints_around_root(batch.clean)[batch.valid].mean(dim=0)
    spread = joints_around_root(batch.clean) - mean
    error, guess = (
        1000 * gap.norm(dim=-1)[batch.valid].mean() for gap in (apart, spread)
    )
    assert error < 0.2 * guess


@pytest.mark.parametrize("file", [DEFAULT_LIFTER, FLOW_LIFTER])
def test_the_shipped_lifters_beat_the_mean_pose_on_held_out_walks(file, walks):
    figures = errors_on(walks, load_lifter(data_path(file)))
    # The mean pose has 150 and 91 mm on these videos.
    assert figures["mpjpe_mm"] < 0.7 * 150
    assert figures["pa_mpjpe_mm"] < 0.7 * 91


def test_ten_steps_lose_nothing_against_one_call(shipped, walks):
    ten, one = (
        errors_on(walks, shipped),
        errors_on(walks, shipped, Sampling(steps=1)),
    )
    assert ten["mpjpe_mm"] <= 1.1 * one["mpjpe_mm"]


def test_somebody_elses_keypoints_hurt(shipped, walks):
    """The lifter reads its condition: another walk's track is far worse."""
    own, other = [], []
    for walk, stranger in zip(walks, walks[1:] + walks[:1], strict=True):
        frames = min(len(walk.truth), len(stranger.truth))
        truth = walk.truth[:frames]
        for errors, track in ((own, walk.track), (other, stranger.track)):
            (clip,) = lift(track, lifter=shipped)
            guess = clip.joints()[:frames]
            errors.append(float(mpjpe(guess, truth, align="yaw")))
    assert sum(own) < 0.8 * sum(other)


def test_a_real_video_is_lifted_better_than_by_the_mean_pose(shipped):
    views = lift_laboratory(shipped)
    _, still = mean_pose_error(laboratory_video(), fps=shipped.fps)
    for view in views:
        assert view.pa_mpjpe_mm < 0.75 * still


def test_the_loss_of_the_shipped_lifter_is_far_below_a_guess(shipped):
    """At every noise level, on batches it never saw."""
    pool = MotionPool(
        {"test": real_motion("test")}, weights={"test": 1.0}, fps=30.0
    )
    generator = torch.Generator().manual_seed(5)
    batch = lifter_batch(
        pool, 64, frames=60, condition_drop=0.0, generator=generator
    )

    def loss(network):
        value, _ = lifter_loss(
            network,
            batch,
            torch.Generator().manual_seed(0),
            normalizer=shipped.normalizer,
            weights=LossWeights(),
            draw_levels=lambda n, g: draw_levels(n, g, shift=3.0),
        )
        return float(value)

    normalized = shipped.normalizer.apply(batch.clean)
    mean = normalized[batch.valid].mean(dim=0)
    guess = loss(lambda noisy, *_, **__: mean.expand_as(noisy))
    with torch.no_grad():
        assert loss(shipped) < 0.5 * guess
