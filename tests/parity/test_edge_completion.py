"""Equal to EDGE: its in-painting loop, with the noise that it drew.

``edge_completion.npz``: 20 ancestral steps on a schedule of 20 steps, the first
and last 5 of 30 frames known. EDGE draws noise twice at each step, for the step
and for the known part, and uses either in its place; ``noise[step]`` holds each
number that it used. It is rounded to 12 bits, which moves the end by 1e-5.
"""

import pytest
import torch

from mini_vimogen.models.vimo import load_edge_state_dict
from mini_vimogen.samplers import completion, ddim, ddpm
from mini_vimogen.samplers.guidance import guided

TOLERANCE = 1e-4
LEVELS = torch.arange(19, -1, -1).double() / 1000


@pytest.fixture(scope="module")
def theirs(golden):
    return golden("edge_completion")


@pytest.fixture(scope="module")
def given(golden, theirs):
    """Everything but the network."""
    kept = torch.cumprod(1 - golden("edge_ancestral")["betas20"].double(), 0)

    def schedule(t):
        energy = kept[(1000 * t).round().long()]
        return energy.sqrt(), (1 - energy).sqrt()

    return dict(
        schedule=schedule,
        known=theirs["known"],
        values=theirs["values"],
        fresh_noise=lambda step: theirs["noise"][step],
        clamp=1.0,
    )


@pytest.fixture(scope="module")
def denoise(golden):
    front = "state."
    state = {
        key.removeprefix(front): value
        for key, value in golden("edge_decoder").items()
        if key.startswith(front)
    }
    network = load_edge_state_dict(state, heads=4)
    condition = golden("edge_ancestral")["cond"][:1]
    with torch.no_grad():
        encoded = network.encode_condition(condition, guidance=True)
    return guided(
        lambda noisy, t: network(noisy, t, encoded),
        lambda t: torch.where(t < 0.0015, 1.0, 2.0),
    )


@torch.no_grad()
def test_twenty_steps_without_the_last_word(denoise, theirs, given):
    ours = completion.sample(
        denoise,
        theirs["noise"][0],
        sampler=ddpm.states,
        levels=LEVELS,
        exact=False,
        **given,
    )
    assert (ours - theirs["out"]).abs().max() < TOLERANCE
    missed = (ours - theirs["values"])[:, theirs["known"][:, 0]]
    assert missed.abs().max() > 0.5  # what leaving it out costs here


@torch.no_grad()
def test_the_last_word_changes_the_known_part_alone(denoise, theirs, given):
    ours = completion.sample(
        denoise,
        theirs["noise"][0],
        sampler=ddpm.states,
        levels=LEVELS,
        **given,
    )
    known = theirs["known"][:, 0]
    assert torch.equal(ours[0, known], theirs["values"][known])
    apart = (ours - theirs["out"])[:, ~known]
    assert apart.abs().max() < TOLERANCE


@torch.no_grad()
def test_ddims_steps_do_the_same(denoise, theirs, given, monkeypatch):
    """With eta 1, between neighbouring levels, DDIM is the ancestral step."""
    monkeypatch.setattr(ddim, "levels", lambda steps: LEVELS)
    ours = completion.sample(
        denoise,
        theirs["noise"][0],
        sampler=ddim.states,
        steps=20,
        eta=1.0,
        exact=False,
        **given,
    )
    assert (ours - theirs["out"]).abs().max() < TOLERANCE
