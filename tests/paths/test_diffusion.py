"""Noise added, taken away, and weighed."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mini_vimogen.paths.diffusion import (
    add_noise,
    random_levels,
    shift_levels,
    step_weight,
)
from mini_vimogen.paths.predictions import clean_to_noise, noise_to_clean
from mini_vimogen.paths.schedules import cosine, linear

schedules = st.sampled_from([cosine, linear])
leads = st.sampled_from([(), (3,), (2, 3)])


def drawn(lead, dtype=torch.float64):
    clean, noise = torch.randn(2, *lead, 4, 5, dtype=dtype)
    return clean, noise


@settings(deadline=None)
@given(schedules, leads, st.floats(0, 1))
def test_there_and_back(schedule, lead, level):
    clean, noise = drawn(lead)
    t = torch.full(lead, level, dtype=torch.float64)
    noisy = add_noise(clean, noise, t, schedule=schedule)
    options = dict(schedule=schedule)
    # alpha is 5e-5 at the end of the cosine schedule: 11 digits are left.
    torch.testing.assert_close(
        noise_to_clean(noisy, noise, t, **options), clean, atol=1e-9, rtol=0
    )
    torch.testing.assert_close(
        clean_to_noise(noisy, clean, t, **options), noise, atol=1e-9, rtol=0
    )


def test_each_sample_has_its_level(generator):
    clean, noise = torch.randn(2, 3, 4, 5, generator=generator)
    t = torch.tensor([0.1, 0.5, 0.9])
    noisy = add_noise(clean, noise, t)
    for b in range(3):
        alpha, sigma = cosine(t[b])
        torch.testing.assert_close(
            noisy[b], alpha * clean[b] + sigma * noise[b]
        )


def test_ends(generator):
    clean, noise = torch.randn(2, 1, 4, 5, generator=generator)
    at = [add_noise(clean, noise, torch.tensor([t])) for t in (0.0, 1.0)]
    torch.testing.assert_close(at[0], clean, atol=0.05, rtol=0)
    torch.testing.assert_close(at[1], noise, atol=1e-3, rtol=0)


def test_unit_variance_stays(generator):
    clean, noise = torch.randn(2, 5, 1000, 50, generator=generator)
    noisy = add_noise(clean, noise, torch.linspace(0, 1, 5))
    torch.testing.assert_close(
        noisy.var(dim=(1, 2)), torch.ones(5), atol=0.05, rtol=0
    )


def test_random_levels(generator):
    t = random_levels(20000, generator=generator)
    assert t.min() == 0 and t.max() == torch.tensor(0.999)
    assert t.mean() == pytest.approx(0.4995, abs=0.01)
    steps = t * 1000
    assert torch.allclose(steps, steps.round(), atol=1e-3)
    generator.manual_seed(0)
    assert torch.equal(t, random_levels(20000, generator=generator))


def test_step_weight_is_the_noise_to_the_power():
    """1 + SNR = 1 / sigma^2, so gamma 0.5 weighs by sigma."""
    t = torch.linspace(0, 1, 11)
    torch.testing.assert_close(step_weight(t), cosine(t)[1])
    assert torch.equal(step_weight(t, gamma=0.0), torch.ones(11))


def test_shifted_levels_keep_their_order_and_ends():
    t = torch.linspace(0, 1, 101)
    shifted = shift_levels(t, 5.0)
    assert (shifted.diff() > 0).all()
    assert (shifted[0], shifted[-1]) == (0, 1)
    assert (shifted[1:-1] > t[1:-1]).all()
    assert torch.equal(shift_levels(t, 1.0), t)
    back = shift_levels(shifted, 1 / 5)
    assert torch.allclose(back, t, atol=1e-6)


def test_a_shift_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="shift must be positive, got 0"):
        shift_levels(torch.zeros(1), 0)
