"""Quality against evaluations: batches, levels, and rows that are sound."""

import dataclasses
import math

import pytest
import torch

from mini_vimogen.conditions.keypoints import FEATURES
from mini_vimogen.models.lifter import FlowLifter, Lifter
from mini_vimogen.models.regressor import Regressor
from mini_vimogen.paths.diffusion import add_noise
from mini_vimogen.paths.flow import interpolate, velocity_weight
from mini_vimogen.paths.schedules import cosine
from mini_vimogen.samplers import ddim, ddpm
from mini_vimogen.studies import nfe as study
from mini_vimogen.studies import nfe_levels as levels
from mini_vimogen.studies import nfe_motions as motions
from mini_vimogen.studies import nfe_ways as ways
from mini_vimogen.studies.nfe_figures import (
    apart_mm,
    distances,
    window_figures,
)
from mini_vimogen.studies.rows import read_rows
from mini_vimogen.studies.table1_figures import (
    clip_figures,
    dance_features,
    mean_figures,
)
from mini_vimogen.studies.table1_motions import (
    CHOREOGRAPHED_SEED,
    REFERENCE_SEED,
    generator_of,
    real_videos,
)
from mini_vimogen.tasks.lift import denoiser, lift
from mini_vimogen.tasks.motion_mix import seen_actions
from mini_vimogen.tasks.sampling import FlowSampling, Sampling, flow_states
from mini_vimogen.training.presets import preset

SMALL = dict(width=16, layers=1, heads=2, feed_forward=32)
EXTENT = motions.Extent(
    cameras={},
    other_cameras=1,
    takes=1,
    clips=1,
    evaluations=(1, 2, 4),
    usual=3,
    paths=3,
)

# Twelve windows do for a test, and not for a covariance.
pytestmark = pytest.mark.filterwarnings("ignore:.*covariance is singular")


def restless(model):
    """Weights at which every input counts (a network starts at zero)."""
    torch.manual_seed(3)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    return model.eval()


def options():
    network = preset("laptop", **SMALL).network()
    network |= {"condition_features": FEATURES}
    return dict(network=network, fps=30.0, frames=60)


@pytest.fixture(scope="module")
def diffusion():
    return restless(Lifter(**options()))


@pytest.fixture(scope="module")
def flow():
    return restless(FlowLifter(**options()))


@pytest.fixture(scope="module")
def videos():
    return motions.window_videos(0, 1)


# What is lifted.


def test_windows_are_whole_balanced_and_held_out():
    clips = motions.window_clips(CHOREOGRAPHED_SEED, 3)
    assert len(clips) == 3 * len(seen_actions())
    assert {clip.frames for clip in clips} == {motions.WINDOW}
    again = motions.window_clips(CHOREOGRAPHED_SEED, 3)
    other = motions.window_clips(REFERENCE_SEED, 3)
    for one, same, others in zip(clips, again, other, strict=True):
        assert torch.equal(one.root_position, same.root_position)
        assert not torch.equal(one.root_position, others.root_position)
    # Not always the beginning: who walks has often set off.
    walks = [clip.joints()[:, 0] for clip in clips[:: len(seen_actions())]]
    assert len({float(path[0, 1]) for path in walks}) == 3


def test_the_full_extent_has_more_than_500_windows():
    assert motions.Extent().clips * len(seen_actions()) >= 500


def test_who_is_too_short_gives_way(monkeypatch):
    made = iter([30, 59, 75])
    whole = motions.window_clips(1, 1)[0]
    monkeypatch.setattr(
        motions,
        "choreograph",
        lambda action, generator: torch_clip(whole, next(made)),
    )
    clip = motions.window_of("walk", torch.Generator().manual_seed(0))
    assert clip.frames == motions.WINDOW
    assert next(made, None) is None


def torch_clip(clip, frames):
    """The clip, still at its end until it has so many frames."""
    at = torch.arange(frames).clamp(max=clip.frames - 1)
    return clip.with_(
        root_position=clip.root_position[at],
        local_rotmat=clip.local_rotmat[at],
    )


WAYS = (
    ("flow", FlowSampling(evaluations=4)),
    ("diffusion", Sampling(steps=3, eta=0.0)),
    ("diffusion", Sampling(steps=3, eta=0.0, guidance=2.0)),
)


@pytest.mark.parametrize(("name", "sampling"), WAYS)
def test_a_window_is_lifted_as_any_track_is(name, sampling, videos, request):
    told = dict(sampling=sampling)
    model = request.getfixturevalue(name)
    (one,) = motions.lift_together(model, videos[3:4], seed=1, **told)
    noise = generator_of(1, videos[3].number)
    (clip,) = lift(videos[3].track, lifter=model, generator=noise, **told)
    assert torch.equal(one, clip.joints())


@pytest.mark.parametrize(("name", "sampling"), WAYS)
def test_who_else_is_in_a_batch_changes_nothing(
    name, sampling, videos, request
):
    """Four windows, as torch fills memory with noise by sixteen numbers."""
    model = request.getfixturevalue(name)
    told = dict(seed=1, sampling=sampling)
    four = motions.lift_together(model, videos[:4], **told)
    twelve = motions.lift_together(model, videos, **told)
    for one, same in zip(four, twelve, strict=False):
        torch.testing.assert_close(one, same, atol=1e-3, rtol=0)
    assert not torch.allclose(four[0], four[1], atol=0.1)


def test_answers_come_back_in_the_order_of_the_videos(diffusion):
    """Real clips have many lengths, one batch each."""
    real = real_videos(0, EXTENT)
    model = restless(Regressor(**options()))
    together = motions.lift_together(model, real, seed=0)
    for video, joints in zip(real, together, strict=True):
        (alone,) = lift(video.track, lifter=model)
        torch.testing.assert_close(joints, alone.joints(), atol=1e-4, rtol=0)


def test_noise_is_the_same_whoever_asks(flow, videos, monkeypatch):
    """One step of Euler on a network that answers 0 gives back the noise."""
    started = []
    plain = flow_states

    def spied(denoise, noise, **told):
        started.append(noise.clone())
        return plain(denoise, noise, **told)

    monkeypatch.setattr("mini_vimogen.tasks.sampling.flow_states", spied)
    for method, count in (("euler", 1), ("midpoint", 4), ("heun", 3)):
        sampling = FlowSampling(method=method, evaluations=count)
        motions.lift_together(flow, videos, seed=2, sampling=sampling)
    assert len(started) == 3
    assert all(torch.equal(noise, started[0]) for noise in started)


def test_another_frame_rate_is_refused(flow, videos):
    slow = dataclasses.replace(videos[0], fps=20.0)
    with pytest.raises(ValueError, match="videos must be at 30 frames"):
        motions.lift_together(flow, [slow], seed=0)


# Figures.


def test_windows_have_the_figures_of_table_1(videos):
    truth = torch.stack([video.truth for video in videos])
    guess = truth + 0.02 * torch.randn_like(truth)
    reference = dance_features(truth, fps=30.0)
    found = window_figures(guess, truth, reference=reference)
    one_by_one = mean_figures(
        clip_figures(one, true, fps=30.0)
        for one, true in zip(guess, truth, strict=True)
    )
    shared = found.keys() & one_by_one.keys()
    assert shared >= {"mpjpe_mm", "pa_mpjpe_mm", "jitter_ratio", "sliding_m_s"}
    for name in shared:
        assert found[name] == pytest.approx(one_by_one[name], rel=1e-3), name
    assert found["windows"] == len(truth)
    perfect = window_figures(truth, truth, reference=reference)
    assert perfect["pa_mpjpe_mm"] < 0.01
    assert perfect["jitter_ratio"] == pytest.approx(1)
    assert perfect["fid_m"] == pytest.approx(0, abs=1e-3)
    assert found["fid_m"] == distances(guess, reference)["fid_m"] > 0.1


def test_feet_that_never_stand_leave_a_window_out(videos):
    truth = torch.stack([video.truth for video in videos[:2]])
    truth[0, :, (7, 8, 10, 11), 0] += torch.arange(60.0)[:, None]  # 30 m/s
    reference = dance_features(truth, fps=30.0)
    found = window_figures(truth, truth, reference=reference)
    alone = clip_figures(truth[1], truth[1], fps=30.0)
    assert math.isfinite(found["sliding_m_s"])
    assert found["sliding_m_s"] == pytest.approx(alone["sliding_m_s"], rel=1e-3)


def test_joints_apart_are_measured_around_the_root():
    one = torch.randn(2, 5, 24, 3)
    moved = one + torch.tensor([3.0, 0.0, 1.0])
    assert apart_mm(one, moved) == pytest.approx(0, abs=1e-3)
    bent = one.clone()
    bent[..., 5, 2] += 0.24
    assert apart_mm(one, bent) == pytest.approx(10, rel=1e-4)


# The two paths.


def test_levels_there_and_back():
    t = torch.cat([torch.rand(200).double() * 0.999, torch.tensor([0, 0.999])])
    straight = levels.straight_level(t)
    alpha, sigma = cosine(t)
    torch.testing.assert_close(straight * alpha, (1 - straight) * sigma)
    # The schedule is a curve between two of its thousand steps.
    torch.testing.assert_close(
        levels.diffusion_level(straight), t, atol=2e-5, rtol=0
    )
    ends = levels.diffusion_level(torch.tensor([0.0, 1.0]))
    torch.testing.assert_close(ends, torch.tensor([0.0, 0.999]))


def test_the_two_paths_are_one_motion_in_two_sizes():
    clean, noise = torch.randn(2, 4, 6, 5).double()
    t = torch.tensor([0.05, 0.3, 0.7, 0.999]).double()
    alpha, sigma = cosine(t)
    shrunk = add_noise(clean, noise, t) / (alpha + sigma)[:, None, None]
    on_line = interpolate(clean, noise, levels.straight_level(t))
    torch.testing.assert_close(shrunk, on_line)


@pytest.mark.parametrize("steps", [1, 4, 50])
def test_ddim_is_eulers_method_on_the_straight_path(diffusion, steps):
    condition = torch.randn(2, 60, FEATURES)
    noise = torch.randn(2, 60, 151)
    model = levels.Straightened(diffusion)
    with torch.no_grad():
        wanted = ddim.sample(
            denoiser(diffusion, condition), noise, steps=steps, schedule=cosine
        )
        for state in flow_states(
            denoiser(model, condition),
            noise / sum(cosine(ddim.levels(1)[0].float())),
            method="euler",
            levels=levels.ddim_grid(steps),
        ):
            end = state.noisy
    torch.testing.assert_close(end, wanted, atol=2e-3, rtol=1e-3)


def test_the_ancestral_arm_is_ddpm_at_its_levels(diffusion):
    arm = ways.samplings(ways.SAMPLED["ancestral"], EXTENT)[4]
    noise, fresh = torch.randn(2, 60, 151), torch.randn(4, 2, 60, 151)
    told = dict(schedule=cosine, fresh_noise=lambda step: fresh[step - 1])
    ask = denoiser(diffusion, torch.randn(2, 60, FEATURES))
    with torch.no_grad():
        (*_, ours) = arm.sampler()(ask, noise, **told)
        theirs = ddpm.sample(ask, noise, levels=ddim.levels(4), **told)
    torch.testing.assert_close(ours.noisy, theirs, atol=1e-4, rtol=1e-4)


# Levels and paths.


def test_errors_by_level_are_those_of_a_known_answer(flow, monkeypatch):
    """A network that is off by 0.5 everywhere, at every level."""
    regressor = restless(Regressor(**options()))
    batch = levels.held_out_batch(0, EXTENT, scaling="frame")
    assert batch.clean.shape == (12, 60, 151) and bool(batch.present.all())
    at = {}

    def off(lifter, batch, noise, t, some):
        at.setdefault(round(float(t.min()), 1), t)
        return lifter.normalizer.apply(batch.clean[some]) + 0.5

    monkeypatch.setattr(levels, "at_levels", off)
    found = levels.by_level({"flow": flow}, regressor, 0, EXTENT)
    assert list(found)[0] == "regressor" and len(found) == 11
    assert list(found)[1:3] == ["flow, t 0.0-0.1", "flow, t 0.1-0.2"]
    for name, own in list(found.items())[1:]:
        assert own["clean"] == pytest.approx(0.25, rel=1e-4), name
    low, high = (found[f"flow, t {t}"] for t in ("0.0-0.1", "0.9-1.0"))
    assert 1 < high["velocity"] / 0.25 < 1 / 0.9**2
    assert (
        100 < low["velocity"] / 0.25 <= float(velocity_weight(torch.zeros(())))
    )
    bins = [t for _, t in sorted(at.items())]
    for number, t in enumerate(bins):
        assert bool((t >= number / 10).all() and (t <= number / 10 + 0.1).all())


def test_levels_are_asked_with_noise_of_their_height(flow):
    batch = levels.held_out_batch(0, EXTENT, scaling="frame")
    seen = {}

    class Spied(FlowLifter):
        def forward(self, noisy, t, condition, **told):
            seen.update(noisy=noisy, t=t, condition=condition, **told)
            return super().forward(noisy, t, condition, **told)

    lifter = Spied(**options())
    lifter.load_state_dict(flow.state_dict())
    noise = torch.randn(batch.clean.shape)
    t, some = torch.linspace(0, 1, 12), torch.tensor([2, 11])
    levels.at_levels(lifter, batch, noise, t, some)
    clean = lifter.normalizer.apply(batch.clean)
    wanted = interpolate(clean, noise, t)[some]
    assert torch.equal(seen["noisy"], wanted)
    assert torch.equal(seen["condition"], batch.condition[some])
    assert torch.equal(seen["valid"], batch.valid[some])


class OneMotion(FlowLifter):
    """Answers one motion whatever it is asked: all its paths are straight."""

    def forward(self, noisy, t, condition, **told):
        return torch.full_like(noisy, 0.3)


def test_a_network_that_knows_the_answer_has_straight_paths(flow):
    straight = OneMotion(**options())
    found = levels.bends({"flow": flow, "known": straight}, 0, EXTENT)
    assert found["known"]["bend"] == pytest.approx(0, abs=1e-5)
    assert found["flow"]["bend"] > 100 * found["known"]["bend"]
    assert found["flow"]["windows"] == EXTENT.paths


# Arms.


def test_methods_take_what_they_can():
    counts = {
        arm: list(ways.samplings(way, motions.Extent()))
        for arm, way in ways.SAMPLED.items()
    }
    powers = [1, 2, 4, 8, 16, 32, 64]
    assert counts["ancestral"] == counts["euler"] == counts["ab2"] == powers
    assert counts["ddim"] == [1, 2, 4, 8, 16, 32, 50, 64]
    assert counts["midpoint"] == counts["midpoint, diffusion"] == powers[1:]
    assert counts["midpoint, shift 3"] == [2, 4, 8, 16]
    assert counts["heun"] == [1, 3, 7, 15, 31, 63]
    assert counts["ddim, guided 2"] == [100]
    assert counts["regressor"] == [1]
    (guided,) = ways.samplings(
        ways.SAMPLED["ddim, guided 2"], motions.Extent()
    ).values()
    assert guided == Sampling(steps=50, eta=0.0, guidance=2.0)
    shifted = ways.samplings(ways.SAMPLED["midpoint, shift 3"], EXTENT)
    assert shifted[2] == FlowSampling(evaluations=2, shift=3.0)


@pytest.mark.parametrize("arm", list(ways.SAMPLED))
def test_an_arm_calls_its_network_as_often_as_it_says(arm, flow, diffusion):
    """A guided call sees twice the batch, and counts twice."""
    way, calls = ways.SAMPLED[arm], []
    if not way.method:
        return
    model = {"lifter": diffusion, "flow": flow}.get(way.model)
    model = model or levels.Straightened(diffusion)
    hook = model.denoiser.register_forward_pre_hook(
        lambda _, given: calls.append(len(given[0]))
    )
    videos = motions.window_videos(0, 1)[:2]
    for count, sampling in ways.samplings(way, EXTENT).items():
        calls.clear()
        motions.lift_together(model, videos, seed=0, sampling=sampling)
        assert sum(calls) == len(videos) * count
    hook.remove()


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """All arms of tiny trainings."""
    folder = tmp_path_factory.mktemp("nfe")
    size = preset("laptop", **SMALL, steps=2, batch=4)
    told = dict(seeds=1, folder=folder, models=folder / "models", extent=EXTENT)
    patch = pytest.MonkeyPatch()
    patch.setattr(study, "preset", lambda name: size)
    with patch.context():
        found = list(study.run("laptop", **told))
        assert list(study.run("laptop", **told)) == []
    patch.undo()
    assert read_rows("nfe", folder) == found
    return {row["arm"]: row for row in found}


def test_every_arm_has_its_figures(rows):
    assert tuple(rows) == study.ARMS
    assert len({row["recipe"] for row in rows.values()}) == len(rows)
    for arm, way in ways.SAMPLED.items():
        figures = rows[arm]["figures"]
        counts = ways.samplings(way, EXTENT)
        names = {
            ways.named(group, count)
            for group in ("choreographed", "real", "walking", "acrobatics")
            for count in counts
        }
        assert set(figures) == names
        for count in counts:
            own = figures[ways.named("choreographed", count)]
            assert own["pa_mpjpe_mm"] > 1 and own["fid_m"] > 0
            walking = figures[ways.named("walking", count)]
            assert walking["pa_mpjpe_mm"] > 1 and "jitter_ratio" in walking
    floor = rows["real against real"]["figures"]["choreographed"]
    assert set(floor) >= {"fid_k", "fid_m"} and "pa_mpjpe_mm" not in floor
    still = rows["mean pose"]["figures"]
    assert still["choreographed"]["jitter_ratio"] < 1e-3
    assert still["walking"]["pa_mpjpe_mm"] > 50


def test_one_evaluation_is_one_call_whatever_the_method(rows):
    name = ways.named("choreographed", 1)
    first = rows["euler"]["figures"][name]
    for arm in ("heun", "ab2"):
        assert rows[arm]["figures"][name] == first
    of_diffusion = rows["ddim"]["figures"][name]
    ancestral = rows["ancestral"]["figures"][name]
    assert of_diffusion.items() >= ancestral.items()
    assert of_diffusion["pa_mpjpe_mm"] != first["pa_mpjpe_mm"]


def test_the_way_to_the_end_is_told_of_who_follows_paths(rows):
    def far(arm, count):
        name = ways.named("choreographed", count)
        return rows[arm]["figures"][name].get("from_end_mm")

    for arm in ("euler", "ab2"):
        assert far(arm, 1) > far(arm, 4) > 0
    assert far("midpoint", 2) > 0 and far("midpoint", 4) is None
    assert far("midpoint, diffusion", 4) is None and far("ddim", 4) > 0
    assert far("ancestral", 2) is far("regressor", 1) is None
    assert far("ddim, guided 2", 6) is None


def test_lifts_are_timed(rows):
    times = rows["speed"]["figures"]
    assert set(times) == {
        *(ways.named("ddim", n) for n in (1, 2, 3, 4)),
        ways.named("ddim, guided 2", 6),
        *(ways.named("midpoint", n) for n in (2, 4)),
    }
    assert all(0 < own["cpu_seconds"] < 5 for own in times.values())
    slow, quick = (times[ways.named("ddim", n)] for n in (4, 1))
    assert slow["cpu_seconds"] > quick["cpu_seconds"]


def test_recipes_tell_what_figures_depend_on():
    size, full = preset("laptop"), motions.Extent()
    made = {arm: study.arm_recipe(arm, size, full) for arm in study.ARMS}
    assert set(made["ddim"]["trainings"]) == {"lifter"}
    assert set(made["midpoint, diffusion"]["trainings"]) == {"lifter"}
    assert set(made["midpoint"]["trainings"]) == {"flow"}
    assert made["real against real"]["trainings"] == {}
    for arm in ("loss by level", "paths", "speed"):
        trainings = made[arm]["trainings"]
        assert set(trainings) == {"flow", "lifter", "regressor"}
    assert made["midpoint"]["sampling"]["8"]["method"] == "midpoint"
    assert made["ddim"]["sampling"]["50"] == dict(
        steps=50, eta=0.0, guidance=1.0
    )


def test_unknown_arms_are_refused(tmp_path):
    with pytest.raises(ValueError, match="arms must be among real against"):
        next(study.run("laptop", arms=["oracle"], folder=tmp_path))
