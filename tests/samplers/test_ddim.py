"""DDIM against closed forms: Gaussians, a handful of points, one point."""

import pytest
import torch

from mini_vimogen.paths.schedules import cosine, linear
from mini_vimogen.samplers import ddim

SCALE = 0.3


def gaussian(noisy, t):
    """The perfect denoiser of N(0, 0.3^2): a linear shrinkage."""
    alpha, sigma = (value[:, None, None] for value in cosine(t))
    return alpha * SCALE**2 * noisy / (alpha**2 * SCALE**2 + sigma**2)


POINTS = torch.tensor([[-1.0, 0.2], [0.4, 0.9], [1.0, -0.5]])[:, None]


def handful(noisy, t):
    """The perfect denoiser of three motions of one frame: a softmax."""
    alpha, sigma = (value[:, None, None] for value in cosine(t))
    gap = noisy[:, None] - alpha[..., None] * POINTS  # [b, 3, 1, 2]
    logits = -gap.square().sum((-1, -2)) / (2 * sigma[:, 0] ** 2)
    return torch.einsum("bp,pfc->bfc", logits.softmax(-1), POINTS)


@pytest.mark.parametrize("schedule", [cosine, linear])
@pytest.mark.parametrize("eta", [0.0, 1.0])
@pytest.mark.parametrize("steps", [1, 3, 1000])
def test_a_denoiser_that_knows_the_answer(schedule, eta, steps, generator):
    answer = torch.randn(2, 4, 5, generator=generator)
    ours = ddim.sample(
        lambda noisy, t: answer,
        torch.randn(2, 4, 5, generator=generator),
        steps=steps,
        schedule=schedule,
        eta=eta,
        generator=generator,
    )
    assert torch.equal(ours, answer)


def test_gaussian_end_point_with_order_one():
    """Noise x must end at 0.3 x; twice the steps, half the error.

    In the angle of the schedule (alpha = cos, sigma = sin) DDIM is Euler's
    method, so its order is one.
    """
    noise = torch.ones(1, 1, 1, dtype=torch.float64)

    def error(steps):
        end = ddim.sample(gaussian, noise, steps=steps, schedule=cosine)
        # What the last level leaves to the last guess is not integrated.
        return abs(end.item() - SCALE)

    coarse, fine = error(25), error(100)
    assert coarse < 0.1
    assert fine < 0.35 * coarse


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_gaussian_spread(eta, generator):
    noise = torch.randn(4000, 1, 1, generator=generator)
    end = ddim.sample(
        gaussian,
        noise,
        steps=200,
        schedule=cosine,
        eta=eta,
        generator=generator,
    )
    assert end.mean().item() == pytest.approx(0, abs=0.02)
    assert end.std().item() == pytest.approx(SCALE, rel=0.06)


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_a_handful_of_motions(eta, generator):
    """Samples land on the motions, on each about equally often."""
    noise = torch.randn(3000, 1, 2, generator=generator)
    end = ddim.sample(
        handful,
        noise,
        steps=50,
        schedule=cosine,
        eta=eta,
        generator=generator,
    )
    gap = (end[:, None] - POINTS).norm(dim=(-1, -2))
    assert gap.min(dim=1).values.max() < 0.05
    share = torch.bincount(gap.argmin(dim=1), minlength=3) / 3000
    assert (share - 1 / 3).abs().max() < 0.06


def test_eta_0_is_deterministic_and_eta_1_is_seeded(generator):
    noise = torch.randn(2, 1, 2, generator=generator)
    options = dict(steps=5, schedule=cosine)
    calm = [ddim.sample(handful, noise, **options) for _ in range(2)]
    assert torch.equal(*calm)
    ends = [
        ddim.sample(
            gaussian,
            noise,
            eta=1.0,
            generator=torch.Generator().manual_seed(seed),
            **options,
        )
        for seed in (1, 1, 2)
    ]
    assert torch.equal(ends[0], ends[1])
    assert not torch.equal(ends[0], ends[2])


def test_states_tell_the_story(generator):
    noise = torch.randn(2, 3, 1, generator=generator)
    seen = []

    def denoise(noisy, t):
        seen.append((noisy.clone(), t))
        return gaussian(noisy, t)

    trail = list(ddim.states(denoise, noise, steps=4, schedule=cosine))
    assert [state.step for state in trail] == [1, 2, 3, 4]
    assert [state.t for state in trail] == [0.999, 0.749, 0.499, 0.249]
    assert torch.equal(seen[0][0], noise)
    for state, (noisy, t) in zip(trail[:-1], seen[1:], strict=True):
        assert torch.equal(state.noisy, noisy)
        assert t.shape == (2,) and t.dtype == noise.dtype
    assert torch.equal(trail[-1].noisy, trail[-1].clean)
    assert torch.equal(
        ddim.sample(gaussian, noise, steps=4, schedule=cosine),
        trail[-1].clean,
    )


def test_clamp_bounds_every_guess(generator):
    noise = torch.randn(2, 3, 1, generator=generator)
    options = dict(steps=6, schedule=cosine, clamp=0.1)
    for state in ddim.states(lambda x, t: 5 * x, noise, **options):
        assert state.clean.abs().max() <= 0.1


def test_noise_is_not_modified_and_its_dtype_stays(generator):
    noise = torch.randn(2, 3, 1, generator=generator, dtype=torch.float64)
    before = noise.clone()
    options = dict(steps=3, schedule=cosine, eta=1.0, generator=generator)
    end = ddim.sample(lambda x, t: 0.5 * x, noise, **options)
    assert torch.equal(noise, before) and end.dtype == torch.float64


def test_bad_input():
    noise = torch.zeros(1, 2, 3)
    for steps in (0, 1001):
        with pytest.raises(ValueError, match=f"within 1..1000, got {steps}"):
            ddim.sample(gaussian, noise, steps=steps, schedule=cosine)
    with pytest.raises(ValueError, match="eta=1.0 draws noise"):
        ddim.sample(gaussian, noise, steps=2, schedule=cosine, eta=1.0)
