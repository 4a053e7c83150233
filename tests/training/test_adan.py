"""The optimiser: it descends, resumes bit for bit, and refuses nonsense."""

import copy

import pytest
import torch

from mini_vimogen.training.adan import Adan


def bowl(weight):
    """A quadratic that is a hundred times steeper one way."""
    return (torch.tensor([1.0, 100.0]) * weight.square()).sum()


def descend(weight, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        bowl(weight).backward()
        optimizer.step()
    return weight.detach().clone()


def test_descends_at_the_same_pace_both_ways():
    weight = torch.tensor([1.0, 1.0], requires_grad=True)
    end = descend(weight, Adan([weight], lr=0.05, weight_decay=0.0), 200)
    torch.testing.assert_close(end[0], end[1], rtol=1e-3, atol=0)
    assert end.abs().max() < 0.1


def test_first_step_only_decays():
    weight = torch.tensor([1.0, 2.0], requires_grad=True)
    end = descend(weight, Adan([weight], lr=0.1, weight_decay=0.5), 1)
    torch.testing.assert_close(end, torch.tensor([1.0, 2.0]) / 1.05)


def test_groups_decay_apart():
    kept, decayed = (torch.ones(2, requires_grad=True) for _ in range(2))
    optimizer = Adan(
        [
            {"params": [kept], "weight_decay": 0.0},
            {"params": [decayed], "weight_decay": 1.0},
        ],
        lr=0.1,
    )
    kept.grad, decayed.grad = torch.zeros(2), torch.zeros(2)
    optimizer.step()
    assert torch.equal(kept.detach(), torch.ones(2))
    assert float(decayed.detach().max()) < 0.95


def test_goes_on_from_its_state_bit_for_bit():
    whole = torch.tensor([1.0, -0.5], requires_grad=True)
    wanted = descend(whole, Adan([whole], lr=0.03), 12)
    half = torch.tensor([1.0, -0.5], requires_grad=True)
    first = Adan([half], lr=0.03)
    descend(half, first, 5)
    rest = half.detach().clone().requires_grad_()
    second = Adan([rest], lr=0.03)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    assert torch.equal(descend(rest, second, 7), wanted)


def test_tensors_without_gradient_stay():
    weight = torch.ones(2, requires_grad=True)
    Adan([weight], lr=0.1).step()
    assert torch.equal(weight.detach(), torch.ones(2))


@pytest.mark.parametrize(
    "settings, said",
    [
        (dict(lr=-1.0), "lr must be 0 or more"),
        (dict(eps=float("nan")), "eps must be 0 or more"),
        (dict(weight_decay=-0.1), "weight_decay must be 0 or more"),
        (dict(betas=(0.9, 0.99)), "betas must be three numbers"),
        (dict(betas=(0.9, 1.0, 0.99)), "betas must be three numbers"),
    ],
)
def test_numbers_out_of_range(settings, said):
    with pytest.raises(ValueError, match=said):
        Adan([torch.ones(1, requires_grad=True)], **settings)
