"""Guidance: its ends, its line, its one call; its bands, spreads and kin."""

import pytest
import torch

from mini_vimogen.models.vimo import ViMoDenoiser
from mini_vimogen.paths.exact import exact_velocity
from mini_vimogen.paths.flow import straight
from mini_vimogen.paths.predictions import converted
from mini_vimogen.samplers.guidance import (
    autoguided,
    guided,
    guided_by_two,
    only_within,
    rescaled,
)
from mini_vimogen.samplers.ode import sample_midpoint


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


WEIGHTS = [0.0, 1.0, -2.0, 0.5, 50.0]


def velocity_of(mean, spread=0.3):
    def velocity(noisy, t):
        points = torch.full((1, *noisy.shape[-2:]), mean).double()
        return exact_velocity(
            noisy, t, points=points, spread=spread, schedule=straight
        )

    return velocity


def in_parts(*models):
    """One network that answers each part of its batch as another model."""

    def network(noisy, t):
        parts = zip(
            models, noisy.chunk(len(models)), t.chunk(len(models)), strict=True
        )
        return torch.cat([model(x, level) for model, x, level in parts])

    return network


@pytest.mark.parametrize("weight", WEIGHTS)
def test_guided_flow_of_gaussians(weight, generator):
    """Of two that differ in their means the guided one is Gaussian again.

    The velocity is a straight function of the mean, so samples of weight w are
    those of the mean w steps from one to the other.
    """
    noise = torch.randn(4, 2, 3, generator=generator).double()
    network = in_parts(velocity_of(0.7), velocity_of(-0.2))
    end = sample_midpoint(guided(network, weight), noise, steps=100)
    wanted = -0.2 + weight * 0.9 + 0.3 * noise
    torch.testing.assert_close(end, wanted, atol=1e-4, rtol=0)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_clean_and_velocity_may_be_guided_alike(weight, generator):
    noisy = torch.randn(3, 4, 5, generator=generator).double()
    t = torch.tensor([0.1, 0.5, 0.9]).double()
    network = in_parts(velocity_of(0.7), velocity_of(-0.2))
    told = dict(source="velocity", target="clean", schedule=straight)
    ours = guided(converted(network, **told), weight)(noisy, t)
    wanted = converted(guided(network, weight), **told)(noisy, t)
    torch.testing.assert_close(ours, wanted)


def constants(*values):
    return in_parts(*(lambda x, t, v=v: torch.full_like(x, v) for v in values))


@pytest.mark.parametrize("first", WEIGHTS)
@pytest.mark.parametrize("second", WEIGHTS)
def test_two_conditions(first, second):
    """Both 7, the first alone 3, neither 1."""
    x, t = torch.zeros(2, 4, 5), torch.rand(2)
    ours = guided_by_two(constants(7.0, 3.0, 1.0), first, second)(x, t)
    wanted = 1 + first * 2 + second * 4
    torch.testing.assert_close(ours, torch.full_like(x, wanted))


def test_two_conditions_at_1_are_the_plain_model_to_the_bit():
    x, t = torch.zeros(2, 4, 5), torch.rand(2)
    ours = guided_by_two(constants(0.1, 1e8, -3e7), 1.0, 1.0)(x, t)
    assert torch.equal(ours, torch.full_like(x, 0.1))


def test_two_conditions_in_one_call():
    calls = []

    def denoise(noisy, t):
        calls.append((noisy.shape, t.tolist()))
        return noisy

    x = torch.zeros(2, 4, 5)
    guided_by_two(denoise, 2.0, 3.0)(x, torch.tensor([0.25, 0.75]))
    assert calls == [((6, 4, 5), [0.25, 0.75] * 3)]


def test_two_weights_may_depend_on_the_level():
    """Above one half the first, below it the second is exaggerated."""
    high = only_within(2.0, low=0.5, high=1.0)
    low = only_within(3.0, low=0.0, high=0.4)
    ours = guided_by_two(constants(7.0, 3.0, 1.0), high, low)(
        torch.zeros(2, 1, 1), torch.tensor([0.9, 0.1])
    )
    assert ours.flatten().tolist() == [9.0, 15.0]


@pytest.mark.parametrize("weight", WEIGHTS)
def test_autoguidance_is_guidance_by_a_worse_model(weight, generator):
    noisy = torch.randn(3, 4, 5, generator=generator).double()
    t = torch.rand(3, generator=generator).double()
    better, worse = velocity_of(0.7, 0.3), velocity_of(0.5, 0.6)
    ours = autoguided(better, worse, weight)(noisy, t)
    wanted = guided(in_parts(better, worse), weight)(noisy, t)
    torch.testing.assert_close(ours, wanted)
    plain, other = better(noisy, t), worse(noisy, t)
    torch.testing.assert_close(ours, other + weight * (plain - other))


def test_autoguidance_at_1_does_not_ask_the_worse_model():
    def never(noisy, t):
        raise AssertionError("asked")

    x, t = torch.zeros(2, 4, 5), torch.tensor([0.1, 0.9])
    better = constants(3.0)
    assert torch.equal(autoguided(better, never, 1.0)(x, t), better(x, t))
    band = only_within(2.0, low=0.4, high=0.6)
    assert torch.equal(autoguided(better, never, band)(x, t), better(x, t))
    with pytest.raises(AssertionError, match="asked"):
        wide = only_within(2.0, low=0.1, high=0.6)
        autoguided(better, never, wide)(x, t)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_only_within_its_band(weight, generator):
    """Both ends inside; outside the plain model to the bit."""
    t = torch.tensor([0.0, 0.24, 0.25, 0.5, 0.75, 0.76, 1.0])
    band = only_within(weight, low=0.25, high=0.75)
    assert band(t).tolist() == [1, 1, weight, weight, weight, 1, 1]
    noisy = torch.randn(7, 2, 3, generator=generator)
    network = in_parts(lambda x, t: x.sin(), lambda x, t: 1e6 * x.cos())
    ours = guided(network, band)(noisy, t)
    outside = [0, 1, 5, 6]
    assert torch.equal(ours[outside], noisy[outside].sin())
    everywhere = guided(network, weight)(noisy, t)
    assert torch.equal(ours[2:5], everywhere[2:5])


def test_a_band_of_a_weight_that_depends_on_the_level():
    t = torch.tensor([0.1, 0.5, 0.6, 0.9])
    band = only_within(lambda t: 10 * t, low=0.4, high=0.7)
    assert band(t).tolist() == pytest.approx([1, 5, 6, 1])


def test_rescaled_to_the_plain_spread(generator):
    plain, wide = torch.randn(2, 2, 3, 40, 6, generator=generator).double()
    wide = 4 * wide + 0.5
    spread = plain.std((-2, -1), correction=0)
    full = rescaled(wide, plain, share=1.0)
    torch.testing.assert_close(full.std((-2, -1), correction=0), spread)
    half = rescaled(wide, plain, share=0.5)
    torch.testing.assert_close(half, (full + wide) / 2)
    torch.testing.assert_close(rescaled(wide, plain), 0.7 * full + 0.3 * wide)
    assert rescaled(wide, plain, share=0.0) is wide


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_rescaled_by_real_frames_only(share, generator):
    """What padding holds changes nothing in the frames that are real."""
    plain, wide = torch.randn(2, 3, 10, 6, generator=generator).double()
    wide = 5 * wide
    valid = torch.arange(10) < torch.tensor([10, 4, 0])[:, None]
    ours = rescaled(wide, plain, share=share, valid=valid)
    for b, real in enumerate((10, 4)):
        alone = rescaled(
            wide[b, None, :real], plain[b, None, :real], share=share
        )
        torch.testing.assert_close(ours[b, :real], alone[0])
    assert torch.equal(ours[2], wide[2])  # no real frame at all
    wide[1, 4:] = float("inf")
    again = rescaled(wide, plain, share=share, valid=valid)
    assert torch.equal(again[1, :4], ours[1, :4])


def test_an_answer_without_spread_stays(generator):
    plain = torch.randn(2, 30, 6, generator=generator)
    constant = torch.full_like(plain, 0.1)
    assert torch.equal(rescaled(constant, plain, share=1.0), constant)
    flat = rescaled(plain, constant, share=1.0)
    assert flat.abs().max() < 1e-6
    assert rescaled(0 * plain, 0 * plain).abs().max() == 0


@pytest.mark.parametrize("weight", WEIGHTS)
def test_guided_and_rescaled(weight, generator):
    """All three forms take the spread of the answer with all conditions."""
    noisy = torch.randn(2, 20, 6, generator=generator).double()
    t = torch.tensor([0.3, 0.8]).double()
    full, part, none = (
        lambda x, t: x.sin(),
        lambda x, t: x.tanh(),
        lambda x, t: x.cos(),
    )
    told = dict(rescale=1.0)
    answers = [
        guided(in_parts(full, none), weight, **told)(noisy, t),
        guided_by_two(in_parts(full, part, none), 2.0, weight, **told)(
            noisy, t
        ),
        autoguided(full, none, weight, **told)(noisy, t),
    ]
    for ours in answers:
        torch.testing.assert_close(
            ours.std((-2, -1)), noisy.sin().std((-2, -1))
        )
    valid = torch.arange(20).expand(2, 20) < 7
    ours = guided(in_parts(full, none), weight, valid=valid, **told)(noisy, t)
    torch.testing.assert_close(
        ours[:, :7].std((-2, -1)), noisy[:, :7].sin().std((-2, -1))
    )


@pytest.mark.parametrize("weight", [float("nan"), float("inf")])
def test_a_weight_that_is_no_number(weight):
    def some(x, t):
        return x

    for make in (
        lambda: guided(some, weight),
        lambda: guided_by_two(some, weight, 1.0),
        lambda: guided_by_two(some, 1.0, weight),
        lambda: autoguided(some, some, weight),
        lambda: only_within(weight, low=0.0, high=1.0),
    ):
        with pytest.raises(
            ValueError, match=f"weight must be finite, got {weight}"
        ):
            make()


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_outside(share):
    def some(x, t):
        return x

    x = torch.zeros(1, 2, 3)
    for make in (
        lambda: guided(some, 2.0, rescale=share),
        lambda: guided_by_two(some, 2.0, 2.0, rescale=share),
        lambda: autoguided(some, some, 2.0, rescale=share),
        lambda: rescaled(x, x, share=share),
    ):
        with pytest.raises(ValueError, match="rescale must be within 0..1"):
            make()


@pytest.mark.parametrize(
    "low, high", [(0.6, 0.4), (-0.1, 0.5), (0.5, 1.1), (float("nan"), 0.5)]
)
def test_a_band_that_is_none(low, high):
    with pytest.raises(ValueError, match="low and high must be 0 <= low <= hi"):
        only_within(2.0, low=low, high=high)
