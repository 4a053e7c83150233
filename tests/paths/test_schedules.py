"""Schedules: energy, direction, ends, agreement with lists of betas."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mini_vimogen.paths.schedules import betas, cosine, like, linear

both = pytest.mark.parametrize("schedule", [cosine, linear])


@both
def test_energy_is_kept_and_noise_grows(schedule):
    t = torch.linspace(-1e-3, 1, 5000, dtype=torch.float64)
    alpha, sigma = schedule(t)
    torch.testing.assert_close(alpha**2 + sigma**2, torch.ones_like(t))
    assert (alpha.diff() <= 0).all() and (sigma.diff() >= 0).all()


@both
def test_ends(schedule):
    alpha, sigma = schedule(torch.tensor([-1e-3, 0.0, 0.999, 1.0]))
    # In float32 -1e-3 is a little before or after the clean motion.
    assert alpha[0] == pytest.approx(1, abs=1e-6) and sigma[0] < 1e-3
    assert 0 < sigma[1] < 0.011
    assert 0 < alpha[2] < 0.007 and alpha[3] == pytest.approx(
        alpha[2].item(), rel=1e-3
    )


def test_linear_is_the_product_of_its_betas():
    rising = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    torch.testing.assert_close(betas(linear), rising)
    t = torch.arange(1000, dtype=torch.float64) / 1000
    torch.testing.assert_close(linear(t)[0] ** 2, (1 - rising).cumprod(0))


@both
@settings(deadline=None)
@given(st.floats(0, 0.998))
def test_between_steps_is_between_their_values(schedule, t):
    at = torch.tensor([t - t % 1e-3, t, t - t % 1e-3 + 1e-3]).double()
    alpha, _ = schedule(at)
    assert alpha[0] >= alpha[1] >= alpha[2]


@both
def test_dtype_and_shape_follow_t(schedule):
    for dtype in (torch.float32, torch.float64):
        alpha, sigma = schedule(torch.zeros(2, 3, dtype=dtype))
        assert alpha.dtype == sigma.dtype == dtype
        assert alpha.shape == sigma.shape == (2, 3)


def test_float32_keeps_small_noise_exact():
    """1 - alpha^2 in float32 would lose a thousandth of sigma here."""
    t = torch.tensor(0.0)
    exact = cosine(t.double())[1]
    assert cosine(t)[1].item() == pytest.approx(exact.item(), rel=1e-6)


def test_like():
    assert like(torch.ones(4), torch.ones(4, 5, 6)).shape == (4, 1, 1)
    assert like(torch.ones(2, 4), torch.ones(2, 4, 5, 6)).shape == (2, 4, 1, 1)
