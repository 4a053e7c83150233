"""Guidance: its ends, its line, and its one call."""

import pytest
import torch

from mini_vimogen.models.vimo import ViMoDenoiser
from mini_vimogen.samplers.guidance import guided


@pytest.fixture
def given(generator):
    network = ViMoDenoiser(
        features=7, condition_features=5, width=16, layers=1, heads=2
    )
    noisy = torch.randn(3, 6, 7, generator=generator)
    condition = torch.randn(3, 6, 5, generator=generator)
    return network.eval(), noisy, torch.rand(3), condition


def with_and_without(network, noisy, t, condition):
    absent = torch.zeros(len(noisy), dtype=torch.bool)
    return (
        network(noisy, t, condition),
        network(noisy, t, condition, present=absent),
    )


@torch.no_grad()
@pytest.mark.parametrize("weight", [0.0, 0.4, 1.0, 2.0, 7.5])
def test_on_the_line_through_both_answers(given, weight):
    network, noisy, t, condition = given
    encoded = network.encode_condition(condition, guidance=True)
    ours = guided(lambda x, t: network(x, t, encoded), weight)(noisy, t)
    with_it, without = with_and_without(*given)
    wanted = without + weight * (with_it - without)
    torch.testing.assert_close(ours, wanted, atol=1e-5, rtol=1e-5)


def test_weight_1_is_the_plain_model_to_the_bit():
    """Whatever the unconditioned half answers."""
    answer = torch.tensor([[[0.1]], [[1e8]]])
    ours = guided(lambda x, t: answer, 1.0)(torch.zeros(1, 1, 1), torch.ones(1))
    assert torch.equal(ours, answer[:1])
    ours = guided(lambda x, t: answer, 0.0)(torch.zeros(1, 1, 1), torch.ones(1))
    assert torch.equal(ours, answer[1:])


def test_one_call_of_twice_the_batch():
    calls = []

    def denoise(noisy, t):
        calls.append((noisy.shape, t.shape))
        return noisy

    guided(denoise, 2.0)(torch.zeros(3, 4, 5), torch.zeros(3))
    assert calls == [((6, 4, 5), (6,))]


def test_weight_may_depend_on_the_level():
    def denoise(noisy, t):
        return torch.tensor([3.0, 3.0, 1.0, 1.0])[:, None, None]

    only_high = guided(denoise, lambda t: torch.where(t > 0.5, 2.0, 1.0))
    ours = only_high(torch.zeros(2, 1, 1), torch.tensor([0.9, 0.1]))
    assert ours.flatten().tolist() == [5.0, 3.0]
