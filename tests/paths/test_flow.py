"""The straight path: ends, target, levels drawn, weights."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mini_vimogen.paths import flow
from mini_vimogen.paths.diffusion import add_noise, shift_levels, step_weight

leads = pytest.mark.parametrize("lead", [(), (3,), (2, 3), (0,)], ids=str)


def drawn(lead, generator, dtype=torch.float64):
    shape = (2, *lead, 4, 5)
    return torch.randn(shape, generator=generator, dtype=dtype)


@given(st.floats(0, 1))
def test_straight_adds_up_to_one(level):
    alpha, sigma = flow.straight(torch.tensor(level, dtype=torch.float64))
    assert sigma == level and alpha == 1 - level


def test_straight_stays_at_its_ends():
    alpha, sigma = flow.straight(torch.tensor([-1e-3, 0.0, 1.0, 1.2]))
    assert alpha.tolist() == [1, 1, 0, 0] and sigma.tolist() == [0, 0, 1, 1]


@leads
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_interpolate_goes_straight(lead, dtype, generator):
    clean, noise = drawn(lead, generator, dtype)
    t = torch.rand(lead, generator=generator, dtype=dtype)
    kept = clean.clone(), noise.clone(), t.clone()
    ours = flow.interpolate(clean, noise, t)
    torch.testing.assert_close(
        ours, clean + t[..., None, None] * (noise - clean)
    )
    assert ours.dtype == dtype
    for now, before in zip((clean, noise, t), kept, strict=True):
        assert torch.equal(now, before)


@leads
def test_ends_are_exact(lead, generator):
    clean, noise = drawn(lead, generator)
    for level, end in ((0.0, clean), (1.0, noise)):
        t = torch.full(lead, level, dtype=torch.float64)
        assert torch.equal(flow.interpolate(clean, noise, t), end)


def test_each_sample_has_its_level(generator):
    clean, noise = drawn((3,), generator)
    t = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64)
    together = flow.interpolate(clean, noise, t)
    for b in range(3):
        alone = flow.interpolate(clean[b], noise[b], t[b])
        torch.testing.assert_close(together[b], alone)


def test_target_is_the_slope_of_the_path(generator):
    """By automatic differentiation along t, at any t and at both ends."""
    clean, noise = drawn((), generator)
    for level in (0.0, 0.3, 1.0):
        t = torch.tensor(level, dtype=torch.float64)
        _, slope = torch.autograd.functional.jvp(
            lambda t: add_noise(clean, noise, t, schedule=flow.straight),
            (t,),
            (torch.ones_like(t),),
        )
        torch.testing.assert_close(slope, flow.velocity_target(clean, noise))


def test_gradient_of_the_path_is_finite_at_its_ends(generator):
    clean, noise = drawn((2,), generator)
    t = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
    flow.interpolate(clean, noise, t).sum().backward()
    torch.testing.assert_close(t.grad, (noise - clean).sum((1, 2)))


@pytest.mark.parametrize("level", [-1e-6, 1.001, math.nan, math.inf])
def test_levels_outside_are_refused(level):
    x = torch.zeros(2, 1, 1)
    with pytest.raises(ValueError, match="t must be noise levels within 0..1"):
        flow.interpolate(x, x, torch.tensor([0.5, level]))


def test_meta_tensors_pass():
    x = torch.zeros(2, 3, 4, device="meta")
    assert flow.interpolate(x, x, torch.zeros(2, device="meta")).is_meta


def test_straight_goes_where_schedules_go():
    """The weight that favours noise takes it too, finite at both ends."""
    t = torch.tensor([0.0, 0.5, 1.0])
    weight = step_weight(t, schedule=flow.straight)
    torch.testing.assert_close(weight, torch.tensor([0, 0.5**0.5, 1]))


def test_velocity_weight_turns_one_error_into_the_other(generator):
    clean, noise = drawn((6,), generator)
    guess = clean + 0.1 * torch.randn(clean.shape, generator=generator).double()
    t = torch.linspace(0.05, 1, 6, dtype=torch.float64)
    noisy = flow.interpolate(clean, noise, t)
    velocity = (noisy - guess) / t[:, None, None]
    wanted = (velocity - (noise - clean)).square().mean((1, 2))
    ours = flow.velocity_weight(t) * (guess - clean).square().mean((1, 2))
    torch.testing.assert_close(ours, wanted)


def test_velocity_weight_has_a_bound():
    t = torch.tensor([0.0, 0.01, 0.05, 1.0])
    assert flow.velocity_weight(t).tolist() == pytest.approx([400, 400, 400, 1])
    assert flow.velocity_weight(t, least=0.5)[0] == 4
    with pytest.raises(ValueError, match="least must be positive, got 0"):
        flow.velocity_weight(t, least=0)


SAMPLERS = [
    flow.uniform_levels,
    flow.logit_normal_levels,
    flow.flow_levels,
    flow.vimogen_random_levels,
]


@pytest.mark.parametrize("draw", SAMPLERS, ids=lambda f: f.__name__)
def test_levels_come_from_the_generator_alone(draw):
    def seeded(seed):
        return draw(500, generator=torch.Generator().manual_seed(seed))

    state = torch.get_rng_state()
    assert torch.equal(seeded(1), seeded(1))
    assert not torch.equal(seeded(1), seeded(2))
    assert torch.equal(state, torch.get_rng_state())
    assert seeded(1).shape == (500,) and seeded(1).dtype == torch.float32
    assert ((seeded(1) >= 0) & (seeded(1) <= 1)).all()
    assert draw(0, generator=torch.Generator()).shape == (0,)


def shares_below(t, *bounds):
    return [float((t < bound).float().mean()) for bound in bounds]


def normal_below(x):
    return (1 + math.erf(x / math.sqrt(2))) / 2


def test_uniform_levels(generator):
    t = flow.uniform_levels(40_000, generator=generator)
    bounds = (0.1, 0.5, 0.9)
    assert shares_below(t, *bounds) == pytest.approx(bounds, abs=0.01)


@pytest.mark.parametrize("mean, std", [(0.0, 1.0), (0.8, 0.8), (-0.4, 1.5)])
def test_logit_normal_levels(mean, std, generator):
    t = flow.logit_normal_levels(
        40_000, generator=generator, mean=mean, std=std
    )
    bounds = (0.1, 0.3, 0.5, 0.8)
    wanted = [
        normal_below((math.log(b / (1 - b)) - mean) / std) for b in bounds
    ]
    assert shares_below(t, *bounds) == pytest.approx(wanted, abs=0.01)


def test_mixed_levels_keep_their_shares(generator):
    def at(level):
        return lambda count, generator: torch.full((count,), level)

    parts = ((0.2, at(0.1)), (0.0, at(0.4)), (0.5, at(0.6)), (0.3, at(0.9)))
    t = flow.mixed_levels(40_000, parts=parts, generator=generator)
    found = [float((t == level).float().mean()) for level in (0.1, 0.6, 0.9)]
    assert found == pytest.approx([0.2, 0.5, 0.3], abs=0.01)
    assert not (t == 0.4).any()


def test_mixture_of_one(generator):
    parts = ((1.0, flow.logit_normal_levels),)
    t = flow.mixed_levels(50, parts=parts, generator=generator)
    again = flow.logit_normal_levels(50, generator=generator.manual_seed(0))
    assert torch.equal(t, again)


def test_flow_levels_reach_the_ends(generator):
    """A tenth is uniform: below 0.01 there are 0.001, else hardly any."""
    t = flow.flow_levels(200_000, generator=generator)
    bounds = (0.01, 0.3, 0.5)
    normal = [normal_below(math.log(b / (1 - b))) for b in bounds]
    wanted = [0.9 * n + 0.1 * b for n, b in zip(normal, bounds, strict=True)]
    assert shares_below(t, *bounds) == pytest.approx(wanted, rel=0.1)


@pytest.mark.parametrize("shares", [(), (0.5, 0.4), (1.5, -0.5), (math.nan,)])
def test_shares_that_do_not_add_up(shares, generator):
    parts = [(share, flow.uniform_levels) for share in shares]
    with pytest.raises(ValueError, match="shares of parts must be 0 or more"):
        flow.mixed_levels(3, parts=parts, generator=generator)


@pytest.mark.parametrize("std", [0.0, -1.0, math.nan])
def test_a_heap_without_width(std, generator):
    with pytest.raises(ValueError, match="std must be positive"):
        flow.logit_normal_levels(3, generator=generator, std=std)


def test_vimogen_levels_lean_to_noise(generator):
    """Figures of the released trainer."""
    levels = flow.vimogen_levels()
    assert levels.shape == (1000,) and levels[0] == 1
    assert (levels.diff() < 0).all() and levels[-1] > 0
    assert levels.median() == pytest.approx(0.834, abs=1e-3)
    assert (levels < 0.5).double().mean() == pytest.approx(0.166, abs=1e-3)
    t = flow.vimogen_random_levels(40_000, generator=generator)
    assert torch.isin(t, levels.float()).all()
    assert len(t.unique()) > 990
    assert shares_below(t, 0.5, 0.834) == pytest.approx([0.166, 0.5], abs=0.01)


def test_vimogen_sampling_levels():
    levels = flow.vimogen_sampling_levels()
    assert levels.shape == (51,) and levels[-1] == 0
    assert levels[0] == pytest.approx(0.9211, abs=1e-4)
    full = flow.vimogen_sampling_levels(50, strength=1.0)
    assert full[0] == 1
    even = torch.linspace(1, 0, 51, dtype=torch.float64)
    torch.testing.assert_close(full, shift_levels(even, 5.0))


@pytest.mark.parametrize("steps", [0, -2])
def test_no_steps(steps):
    with pytest.raises(
        ValueError, match=f"steps must be 1 or more, got {steps}"
    ):
        flow.vimogen_sampling_levels(steps)


@pytest.mark.parametrize("strength", [0.0, -0.1, 1.1, math.nan])
def test_strength_outside(strength):
    with pytest.raises(ValueError, match="strength must be above 0, up to 1"):
        flow.vimogen_sampling_levels(3, strength=strength)


def test_bell_weight():
    """Figures of the released trainer, and its average of 1."""
    levels = flow.vimogen_levels()
    weight = flow.bell_weight(levels)
    assert weight.mean() == pytest.approx(1) and weight.min() == 0
    t = torch.tensor([1.0, 0.9375, 0.8333, 0.5, 0.3571, 0.005])
    wanted = [0, 0.398, 1.025, 2.076, 1.865, 0.032]
    assert flow.bell_weight(t).tolist() == pytest.approx(wanted, abs=1e-3)
    mass = weight[levels < 0.5].sum() / weight.sum()
    assert mass == pytest.approx(0.248, abs=1e-3)


def test_bell_weight_of_other_levels():
    levels = torch.linspace(0.1, 0.9, 9)
    weight = flow.bell_weight(levels, levels=levels)
    assert weight.dtype == torch.float32
    assert weight.mean() == pytest.approx(1) and weight[0] == 0
