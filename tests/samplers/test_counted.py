"""Counting what sampling costs."""

import pytest
import torch

from mini_vimogen.samplers import ode
from mini_vimogen.samplers.counted import Counted
from mini_vimogen.samplers.guidance import autoguided, guided, only_within

NOISE = torch.ones(3, 4, 5)


def still(noisy, t):
    return 0.5 * noisy


def test_answers_are_the_networks():
    network = Counted(still)
    assert torch.equal(network(NOISE, torch.zeros(3)), still(NOISE, None))


@pytest.mark.parametrize("lead", [(), (3,), (2, 3)], ids=str)
def test_calls_and_rows(lead):
    network = Counted(still)
    for _ in range(2):
        network(torch.zeros(*lead, 4, 5), torch.zeros(lead))
    rows = 2 * torch.zeros(lead).numel()
    assert (network.calls, network.rows) == (2, rows)


@pytest.mark.parametrize(
    "sample, evaluations",
    [(ode.sample_euler, 8), (ode.sample_midpoint, 16), (ode.sample_heun, 15)],
)
def test_guidance_doubles(sample, evaluations):
    plain, doubled = Counted(still), Counted(still)
    sample(plain, NOISE, steps=8)
    sample(guided(doubled, 2.0), NOISE, steps=8)
    assert plain.evaluations(samples=3) == evaluations
    assert doubled.evaluations(samples=3) == 2 * evaluations
    assert doubled.calls == evaluations


def test_an_interval_saves_evaluations():
    """In two calls; the one call of ``guided`` cannot leave out a half."""
    network = Counted(still)
    band = only_within(3.0, low=0.3, high=0.7)
    ode.sample_euler(autoguided(network, network, band), NOISE, steps=10)
    # Levels 0.7, 0.6, 0.5, 0.4, 0.3 are inside.
    assert network.evaluations(samples=3) == 15
    network = Counted(still)
    ode.sample_euler(guided(network, band), NOISE, steps=10)
    assert network.evaluations(samples=3) == 20


def test_no_samples():
    with pytest.raises(ValueError, match="samples must be 1 or more, got 0"):
        Counted(still).evaluations(samples=0)
