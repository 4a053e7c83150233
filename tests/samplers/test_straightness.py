"""Straightness: 0 for straight paths, the integral for curved ones."""

import pytest
import torch
from scipy.integrate import quad

from mini_vimogen.paths.exact import exact_velocity
from mini_vimogen.paths.flow import straight
from mini_vimogen.samplers import ode
from mini_vimogen.samplers.straightness import straightness

SPREAD = 0.3


def gaussian(noisy, t):
    points = torch.full((1, 2, 3), 0.7)
    return exact_velocity(
        noisy, t, points=points, spread=SPREAD, schedule=straight
    )


def bend():
    """The integral for noise of size 1: (1 - s - dr/dt)^2 with the spread r."""

    def squared(t):
        spread = (((1 - t) * SPREAD) ** 2 + t**2) ** 0.5
        slope = (t - (1 - t) * SPREAD**2) / spread
        return (1 - SPREAD - slope) ** 2

    return quad(squared, 0, 1)[0]


@pytest.mark.parametrize("method", ["euler", "midpoint", "heun", "ab2"])
def test_gaussian_closed_form(method, generator):
    noise = torch.randn(2, 4, 2, 3, generator=generator).double()
    trail = ode.states(gaussian, noise, method=method, steps=500)
    ours = straightness(trail, noise)
    wanted = bend() * noise.square().sum((-2, -1))
    assert ours.shape == (2, 4)
    torch.testing.assert_close(ours, wanted, rtol=0.02, atol=0)


def test_strides_of_any_length(generator):
    noise = torch.randn(4, 2, 3, generator=generator).double()
    levels = ode.levels(500, shift=0.2)
    trail = ode.states(gaussian, noise, method="midpoint", levels=levels)
    wanted = bend() * noise.square().sum((-2, -1))
    torch.testing.assert_close(
        straightness(trail, noise), wanted, rtol=0.01, atol=0
    )


def test_a_straight_path_scores_0(generator):
    clean, noise = torch.randn(2, 3, 4, 5, generator=generator).double()
    trail = ode.states(
        lambda noisy, t: noise - clean, noise, method="euler", steps=9
    )
    assert straightness(trail, noise).abs().max() < 1e-20


def test_an_uneven_pace_is_not_straight(generator):
    """On a line, yet first fast, then slow: 2 t moves, int (1 - 2t)^2 = 1/3."""
    noise = torch.randn(3, 1, 1, generator=generator).double()
    trail = ode.states(
        lambda noisy, t: 2 * t[:, None, None] * noise,
        noise,
        method="midpoint",
        steps=300,
    )
    wanted = noise.square().sum((-2, -1)) / 3
    torch.testing.assert_close(
        straightness(trail, noise), wanted, rtol=1e-3, atol=0
    )


def test_part_of_the_way(generator):
    """Of a line walked at an even pace it is straight too."""
    noise = torch.randn(3, 2, 2, generator=generator).double()
    trail = ode.states(
        lambda noisy, t: 0.5 * noise,
        noise,
        method="euler",
        levels=torch.tensor([0.9, 0.5, 0.2]),
    )
    assert straightness(trail, noise).abs().max() < 1e-20


def test_a_lone_curved_step_hides_its_bend(generator):
    noise = torch.randn(3, 2, 3, generator=generator).double()
    trail = ode.states(gaussian, noise, method="euler", steps=1)
    assert straightness(trail, noise).abs().max() < 1e-20


def test_no_states():
    with pytest.raises(ValueError, match="trail must hold states, got none"):
        straightness([], torch.zeros(1, 2, 3))
