"""Lifting with a network trained by flow matching: short, long, guided."""

import pytest
import torch

from mini_vimogen.conditions.keypoints import FEATURES
from mini_vimogen.data.casual_video import PERFECT, film_clip
from mini_vimogen.models.lifter import FlowLifter, Lifter
from mini_vimogen.paths.flow import straight
from mini_vimogen.samplers.long_form import plan_windows
from mini_vimogen.tasks import lift as task
from mini_vimogen.tasks.lift import answers, denoiser, lift, sample_features
from mini_vimogen.tasks.sampling import FlowSampling, Sampling, flow_states
from tests.oracles import wandering_clip

WINDOW = 20


def options():
    network = dict(
        width=16,
        layers=1,
        heads=2,
        feed_forward=16,
        condition_features=FEATURES,
    )
    return dict(network=network, fps=30.0, frames=WINDOW)


def restless(model):
    torch.manual_seed(3)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    return model.eval()


@pytest.fixture
def lifter():
    return restless(FlowLifter(**options()))


def track(frames):
    generator = torch.Generator().manual_seed(0)
    video = film_clip(
        wandering_clip(frames).canonical(),
        generator=generator,
        settings=PERFECT,
    )
    return video.track()


def told(frames, b=1):
    generator = torch.Generator().manual_seed(3)
    return torch.randn(b, frames, FEATURES, generator=generator)


def noise_of(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("frames", [5, 20, 33, 40, 60])
@pytest.mark.parametrize(
    "sampling",
    [
        None,
        FlowSampling(method="heun", evaluations=3, guidance=2.0),
        FlowSampling(method="ab2", evaluations=3, shift=3.0),
    ],
)
def test_any_length_gives_a_clip_of_that_length(lifter, frames, sampling):
    (clip,) = lift(track(frames), lifter=lifter, sampling=sampling)
    assert clip.frames == frames and clip.fps == 30.0
    assert torch.isfinite(clip.joints()).all()


def test_the_default_is_midpoint_with_8_evaluations(lifter):
    (one,), (same,), (other,) = (
        lift(track(30), lifter=lifter, sampling=sampling)
        for sampling in (
            None,
            FlowSampling(method="midpoint", evaluations=8, guidance=1.0),
            FlowSampling(method="midpoint", evaluations=6),
        )
    )
    assert torch.equal(one.local_rotmat, same.local_rotmat)
    assert not torch.equal(one.local_rotmat, other.local_rotmat)


def test_samples_differ_and_the_seed_decides(lifter):
    def samples(seed):
        generator = torch.Generator().manual_seed(seed)
        return lift(track(30), lifter=lifter, samples=2, generator=generator)

    one, two = samples(0)
    again, _ = samples(0)
    assert torch.equal(one.local_rotmat, again.local_rotmat)
    assert not torch.equal(one.local_rotmat, two.local_rotmat)


@pytest.mark.parametrize("guidance", [0.0, 1.0, 2.0])
def test_one_window_is_the_sampler_alone(lifter, guidance):
    condition = told(WINDOW, b=2)
    sampling = FlowSampling(method="heun", evaluations=5, guidance=guidance)
    found = sample_features(
        lifter,
        condition,
        sampling=sampling,
        generator=torch.Generator().manual_seed(0),
    )
    with torch.no_grad():
        (*_, state) = flow_states(
            denoiser(lifter, condition, guidance=guidance),
            noise_of(2, WINDOW, 151),
            method="heun",
            levels=torch.tensor([1, 2 / 3, 1 / 3, 0]).double(),
        )
    wanted = lifter.normalizer.undo(state.noisy)
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_without_guidance_the_keypoints_say_nothing(lifter):
    nothing = FlowSampling(method="euler", evaluations=2, guidance=0.0)
    found = [
        sample_features(
            lifter,
            condition,
            sampling=nothing,
            generator=torch.Generator().manual_seed(0),
        )
        for condition in (told(WINDOW), -told(WINDOW))
    ]
    assert torch.equal(*found)


def test_of_a_long_motion_windows_agree_at_every_step(lifter):
    """Three windows of 40 frames; they are one motion when a step begins."""
    plan = plan_windows(40, WINDOW)
    assert plan.starts == (0, 10, 20)
    asked = []

    class Spied(FlowLifter):
        def forward(self, noisy, t, condition, **options):
            asked.append((noisy, t))
            return super().forward(noisy, t, condition, **options)

    model = Spied(**options())
    model.load_state_dict(lifter.state_dict())
    for method, count, at_start in (("euler", 3, 1), ("midpoint", 6, 2)):
        asked.clear()
        with torch.no_grad():
            ends = answers(
                model.eval(),
                told(40),
                plan,
                sampling=FlowSampling(method=method, evaluations=count),
                generator=torch.Generator().manual_seed(0),
            )
        assert len(asked) == count
        levels = [round(float(t[0]), 4) for _, t in asked[::at_start]]
        assert levels == [1.0, 0.6667, 0.3333]
        for noisy, t in asked[::at_start]:
            assert noisy.shape == (3, WINDOW, 151) and t.shape == (3,)
            assert torch.equal(noisy[0, 10:], noisy[1, :10])
            assert torch.equal(noisy[1, 10:], noisy[2, :10])
            assert not torch.allclose(noisy[0], noisy[1])
        # What the last call leaves of disagreement is blended, not hidden.
        assert not torch.allclose(ends[0, 0, 10:], ends[0, 1, :10])


def test_the_ends_of_a_long_motion_are_those_of_its_windows(lifter):
    """One step of Euler from pure noise: clean is what the network says."""
    condition = told(40)
    whole = sample_features(
        lifter,
        condition,
        sampling=FlowSampling(method="euler", evaluations=1),
        generator=torch.Generator().manual_seed(0),
    )
    noise = noise_of(1, 40, 151)
    for start, alone in ((0, slice(0, 10)), (20, slice(10, 20))):
        window = slice(start, start + WINDOW)
        with torch.no_grad():
            clean = lifter(
                noise[:, window], torch.ones(1), condition[:, window]
            )
        clean = lifter.normalizer.undo(clean)[:, alone]
        place = slice(start + alone.start, start + alone.stop)
        torch.testing.assert_close(whole[:, place], clean, atol=1e-5, rtol=1e-4)


def test_chunks_of_windows_change_nothing(lifter, monkeypatch):
    def found():
        return sample_features(
            lifter,
            told(95, b=2),
            sampling=FlowSampling(evaluations=4, guidance=2.0),
            generator=torch.Generator().manual_seed(0),
        )

    whole = found()
    monkeypatch.setattr(task, "WINDOWS_AT_ONCE", 3)
    torch.testing.assert_close(whole, found(), atol=1e-3, rtol=1e-3)


def test_who_answers_velocities_is_lifted_the_same():
    """A velocity network that says what a clean one says, in other words."""

    class Translated(FlowLifter):
        """Of a lifter that answers the clean motion, in velocities."""

        def __init__(self, inner):
            super().__init__(answers="velocity", **options())
            self.inner = inner
            self.denoiser.forward = self.velocity

        def velocity(self, noisy, t, condition, **told):
            clean = self.inner(noisy, t, condition, **told)
            return (noisy - clean) / t[:, None, None].clamp(min=1e-6)

        def encode_condition(self, condition, **told):
            return self.inner.encode_condition(condition, **told)

    plain = restless(FlowLifter(**options()))
    found = [
        sample_features(
            model,
            told(40),
            sampling=FlowSampling(evaluations=4),
            generator=torch.Generator().manual_seed(0),
        )
        for model in (plain, Translated(plain))
    ]
    torch.testing.assert_close(*found, atol=1e-3, rtol=1e-3)


def test_another_paths_sampling_is_refused(lifter):
    with pytest.raises(ValueError, match="must be a FlowSampling for a lifter"):
        lift(track(20), lifter=lifter, sampling=Sampling())
    diffusion = Lifter(**options()).eval()
    with pytest.raises(ValueError, match="must be a Sampling for a lifter"):
        lift(track(20), lifter=diffusion, sampling=FlowSampling())


@pytest.mark.parametrize("frames", [20, 40])
def test_a_network_that_answers_nan_is_stopped_where_it_did(lifter, frames):
    class Failing(FlowLifter):
        def forward(self, noisy, t, condition, **options):
            clean = super().forward(noisy, t, condition, **options)
            bad = t[:, None, None] < 0.6
            return torch.where(bad, torch.nan, clean)

    model = Failing(**options()).eval()
    model.load_state_dict(lifter.state_dict())
    sampling = FlowSampling(method="euler", evaluations=4)
    with pytest.raises(FloatingPointError, match=r"step 3 of 4, t = 0\.5"):
        lift(track(frames), lifter=model, sampling=sampling)


def test_straight_is_the_path_of_the_levels(lifter):
    """The first call is at pure noise, and is shown the noise itself."""
    asked = []

    class Spied(FlowLifter):
        def forward(self, noisy, t, condition, **options):
            asked.append((noisy, t))
            return torch.zeros_like(noisy)

    model = Spied(**options()).eval()
    sample_features(
        model,
        told(WINDOW),
        sampling=FlowSampling(method="euler", evaluations=4),
        generator=torch.Generator().manual_seed(0),
    )
    noise = noise_of(1, WINDOW, 151)
    for (noisy, t), level in zip(asked, (1, 0.75, 0.5, 0.25), strict=True):
        assert t.tolist() == [level]
        _, sigma = straight(t)
        torch.testing.assert_close(noisy, sigma * noise)
