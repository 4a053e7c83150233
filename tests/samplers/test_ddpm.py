"""The ancestral sampler: closed forms, and equal to DDIM with fresh noise."""

import pytest
import torch

from mini_vimogen.paths.schedules import cosine
from mini_vimogen.samplers import ddim, ddpm


def shrunk(noisy, t):
    """The best guess when clean numbers are normal with spread 0.5."""
    alpha, sigma = (v[:, None, None] for v in cosine(t))
    return alpha * 0.25 / (alpha**2 * 0.25 + sigma**2) * noisy


def noise(count=4, frames=6, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, frames, 3, generator=generator)


def test_equals_ddim_with_fresh_noise():
    draws = [noise(seed=step) for step in range(1000)]
    given = dict(schedule=cosine, fresh_noise=lambda step: draws[step])
    ours = ddpm.sample(shrunk, noise(), **given)
    theirs = ddim.sample(shrunk, noise(), steps=1000, eta=1.0, **given)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_reaches_the_spread_of_the_data():
    ends = ddpm.sample(
        shrunk,
        noise(count=500),
        schedule=cosine,
        generator=torch.Generator().manual_seed(1),
    )
    assert abs(float(ends.std()) - 0.5) < 0.02


def test_posterior_of_noise_that_is_known():
    """Averaging over the posterior of a noised number gives its lower level."""
    generator = torch.Generator().manual_seed(2)
    alphas, sigmas = cosine(torch.tensor([0.6, 0.3]).double())
    (alpha, alpha_then), (sigma, sigma_then) = alphas, sigmas
    now, then = (alpha, sigma), (alpha_then, sigma_then)
    clean = torch.full((200_000, 1), 0.7)
    drawn = torch.randn(2, 200_000, 1, generator=generator)
    noisy = alpha * clean + sigma * drawn[0]
    mean, spread = ddpm.posterior(noisy, clean, now, then)
    lower = mean + spread * drawn[1]
    assert abs(float(lower.mean() - alpha_then * 0.7)) < 0.01
    assert abs(float(lower.std() - sigma_then)) < 0.01


def test_same_seed_same_sample_and_input_untouched():
    start = noise()
    kept = start.clone()
    ends = [
        ddpm.sample(
            shrunk,
            start,
            schedule=cosine,
            generator=torch.Generator().manual_seed(3),
            levels=torch.tensor([0.9, 0.5, 0.1]).double(),
        )
        for _ in range(2)
    ]
    assert torch.equal(*ends)
    assert torch.equal(start, kept)


def test_states_tell_the_way():
    trail = list(
        ddpm.states(
            shrunk,
            noise(),
            schedule=cosine,
            generator=torch.Generator().manual_seed(0),
            levels=torch.tensor([0.75, 0.25]).double(),
            clamp=0.1,
        )
    )
    assert [(s.step, s.t) for s in trail] == [(1, 0.75), (2, 0.25)]
    assert all(s.clean.abs().max() <= 0.1 for s in trail)
    assert torch.equal(trail[-1].noisy, trail[-1].clean)


@pytest.mark.parametrize(
    "levels",
    [[], [0.5, 0.5], [0.1, 0.5], [1.0, 0.5], [0.5, -0.1], [[0.5, 0.1]]],
)
def test_levels_that_do_not_fall(levels):
    with pytest.raises(ValueError, match="levels must be noise levels"):
        ddpm.sample(
            shrunk,
            noise(),
            schedule=cosine,
            fresh_noise=lambda step: noise(),
            levels=torch.tensor(levels).double(),
        )


def test_noise_must_come_from_somewhere():
    with pytest.raises(ValueError, match="generator or fresh_noise"):
        ddpm.sample(shrunk, noise(), schedule=cosine)
