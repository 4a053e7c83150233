"""Dropout by 16 bits: the share, the scale, the gradient, the seed."""

import pytest
import torch

from mini_vimogen.models.dropout import Dropout


@pytest.fixture(autouse=True)
def own_seed():
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        yield


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_share_is_dropped_and_the_rest_scaled(share):
    x = torch.ones(1001, 999)
    y = Dropout(share)(x)
    dropped = (y == 0).double().mean().item()
    assert dropped == pytest.approx(share, abs=0.002)  # four deviations
    kept = y[y != 0]
    assert (kept == kept[0]).all()
    assert kept[0].item() == pytest.approx(1 / (1 - share), rel=1e-3)
    # Four numbers share a draw; neighbours must not share a fate.
    both = ((y[:, :-1] == 0) & (y[:, 1:] == 0)).double().mean().item()
    assert both == pytest.approx(share**2, abs=0.004)


@pytest.mark.parametrize("shape", [(), (1,), (3, 5), (0, 4)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_any_shape_and_dtype(shape, dtype):
    x = torch.randn(shape, dtype=dtype)
    y = Dropout(0.3)(x)
    assert y.shape == x.shape and y.dtype == dtype
    untouched = torch.isclose(y, x / 0.7, rtol=1e-3) | (y == 0)
    assert untouched.all()


def test_the_gradient_goes_where_the_numbers_went():
    x = torch.randn(50, 7, requires_grad=True)
    y = Dropout(0.4)(x)
    y.sum().backward()
    torch.testing.assert_close(x.grad * x.detach(), y.detach())
    assert (x.grad == 0).any() and (x.grad != 0).any()


def test_one_seed_one_outcome():
    drop, x = Dropout(0.5), torch.ones(64)
    torch.default_generator.manual_seed(3)
    first, second = drop(x), drop(x)
    torch.default_generator.manual_seed(3)
    assert torch.equal(drop(x), first)
    assert not torch.equal(first, second)


def test_nothing_is_dropped_outside_training_or_without_a_share():
    x = torch.randn(8)
    assert Dropout(0.5).eval()(x) is x
    assert Dropout(0.0)(x) is x


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_share_out_of_range(share):
    with pytest.raises(ValueError, match="share must be within 0..1"):
        Dropout(share)
