"""Equal to EDGE's four losses, on normalised numbers as it computes them."""

import pytest
import torch

from mini_vimogen.models.vimo import load_edge_state_dict
from mini_vimogen.paths.diffusion import step_weight
from mini_vimogen.training.vimo_loss import vimo_loss, vimo_terms


@pytest.fixture(scope="module")
def theirs(golden):
    return golden("edge_losses")


@pytest.fixture(scope="module")
def answer(golden, theirs):
    front = "state."
    state = {
        key.removeprefix(front): value
        for key, value in golden("edge_decoder").items()
        if key.startswith(front)
    }
    network = load_edge_state_dict(state, heads=4)
    with torch.no_grad():
        return network(theirs["x_noisy"], theirs["t"] / 1000, theirs["cond"])


def figures(predicted, theirs, level_weight=None):
    clean = theirs["x0"]
    terms = vimo_terms(
        predicted,
        clean,
        valid=torch.ones(clean.shape[:2], dtype=torch.bool),
        normalizer=None,
        on_scaled=True,
    )
    total, parts = vimo_loss(terms, level_weight=level_weight)
    names = ("simple", "velocity", "joints", "contact")
    return torch.stack([total, *(parts[name] for name in names)]).double()


def test_all_noise_levels_alike(answer, theirs):
    ours = figures(answer, theirs)
    torch.testing.assert_close(
        ours, theirs["losses_p2off"], rtol=1e-4, atol=1e-6
    )


def test_noise_levels_weighted(answer, theirs):
    weight = step_weight(theirs["t"].double() / 1000, gamma=0.5)
    ours = figures(answer, theirs, weight.float())
    torch.testing.assert_close(
        ours, theirs["losses_p2on"], rtol=1e-4, atol=1e-6
    )


def test_feet_that_are_called_planted(theirs):
    ours = figures(theirs["fixed_pred"], theirs)
    wanted = theirs["losses_fixedpred"]
    assert wanted[4] > 0.01
    torch.testing.assert_close(ours, wanted, rtol=1e-5, atol=1e-7)
