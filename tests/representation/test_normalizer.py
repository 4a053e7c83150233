import pytest
import torch

from mini_vimogen.representation.normalizer import Normalizer

FEATURES = torch.randn(5, 7, 3, generator=torch.Generator().manual_seed(0))


def test_range_goes_to_minus_one_and_one():
    scaled = Normalizer.fit_range(FEATURES).apply(FEATURES).reshape(-1, 3)
    assert torch.allclose(scaled.amin(0), -torch.ones(3), atol=1e-6)
    assert torch.allclose(scaled.amax(0), torch.ones(3), atol=1e-6)


def test_spread_goes_to_zero_mean_and_unit_deviation():
    scaled = Normalizer.fit_spread(FEATURES).apply(FEATURES).reshape(-1, 3)
    assert scaled.mean(0).abs().max() < 1e-6
    assert (scaled.std(0, unbiased=False) - 1).abs().max() < 1e-5


@pytest.mark.parametrize("fit", [Normalizer.fit_range, Normalizer.fit_spread])
def test_there_and_back(fit):
    normalizer = fit(FEATURES)
    back = normalizer.undo(normalizer.apply(FEATURES))
    assert torch.allclose(back, FEATURES, atol=1e-6)


def test_constant_channels_stay_finite():
    constant = torch.full((4, 2), 3.0)
    by_range = Normalizer.fit_range(constant)
    assert by_range.apply(constant).tolist() == [[-1.0, -1.0]] * 4
    assert torch.equal(by_range.undo(by_range.apply(constant)), constant)
    by_spread = Normalizer.fit_spread(constant, min_spread=0.1)
    assert by_spread.apply(constant + 0.1)[0, 0] == pytest.approx(1, abs=1e-4)


def test_a_channel_that_hardly_moves_is_not_blown_up():
    still = torch.tensor([[1.0, 0.0], [1.0 + 1e-6, 1.0]])
    normalizer = Normalizer.fit_range(still, min_extent=0.1)
    scaled = normalizer.apply(still)
    assert scaled[:, 0].abs().max() < 1e-4
    assert scaled[:, 1].tolist() == [-1.0, 1.0]
    assert torch.allclose(normalizer.undo(scaled), still, atol=1e-6)


def test_only_a_clipping_normalizer_cuts_off():
    beyond = FEATURES * 10
    assert Normalizer.fit_range(FEATURES).apply(beyond).abs().max() == 1
    free = Normalizer.fit_range(FEATURES, clip=False)
    assert free.apply(beyond).abs().max() > 5


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: Normalizer.fit_range(torch.zeros(0, 3)), "at least one frame"),
        (lambda: Normalizer.fit_spread(torch.tensor([[torch.nan]])), "finite"),
        (
            lambda: Normalizer.fit_range(FEATURES).apply(torch.zeros(4)),
            r"\[..., 3\], got \[4\]",
        ),
        (
            lambda: Normalizer(torch.zeros(2), torch.zeros(2)),
            "scale must be positive",
        ),
        (lambda: Normalizer(torch.ones(2), torch.zeros(3)), r"\[channels\]"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
