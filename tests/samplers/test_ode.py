"""The four methods: closed forms, orders, counting, and what they refuse."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.stats import norm

from mini_vimogen.paths.exact import exact_velocity
from mini_vimogen.paths.flow import straight, vimogen_sampling_levels
from mini_vimogen.paths.predictions import converted
from mini_vimogen.samplers import ddim, ode

SAMPLE = {
    "euler": ode.sample_euler,
    "midpoint": ode.sample_midpoint,
    "heun": ode.sample_heun,
    "ab2": ode.sample_ab2,
}
ORDER = {"euler": 1, "midpoint": 2, "heun": 2, "ab2": 2}
methods = pytest.mark.parametrize("method", SAMPLE)

MEAN = torch.tensor([[0.7, -0.4]]).double()
SPREAD = torch.tensor([[0.3, 1.6]]).double()


def gaussian(noisy, t):
    """The velocity of N(MEAN, SPREAD^2), whose paths are known."""
    return exact_velocity(
        noisy, t, points=MEAN[None], spread=SPREAD, schedule=straight
    )


def on_its_path(noise, t):
    """Where the noise is at level t: its place in units of spread stays."""
    spread = (((1 - t) * SPREAD) ** 2 + t**2).sqrt()
    return (1 - t) * MEAN + spread * noise


def starts(generator, count=5):
    return torch.randn(count, 1, 2, generator=generator).double()


def uneven(steps):
    """From 1 to 0 in strides that are short and long by turns, 1 to 3."""
    strides = torch.tensor([1.0, 3.0]).repeat(steps // 2).double()
    passed = torch.cat((torch.zeros(1).double(), strides.cumsum(0)))
    return 1 - passed / passed[-1]


GRIDS = {
    "even": ode.levels,
    "shifted": lambda steps: ode.levels(steps, shift=2.0),
    "uneven": uneven,
}


HEAPS = torch.tensor([-1.0, 0.6]).double()[:, None, None]


def two_heaps(noisy, t):
    """The velocity of numbers in two heaps: paths that bend apart."""
    return exact_velocity(noisy, t, points=HEAPS, spread=0.5, schedule=straight)


def on_its_path_to_a_heap(noise, t):
    """Paths of one number never cross, so its share from below stays.

    The noise's share, of a normal law, is looked up in the law at level t.
    """
    spread = math.hypot((1 - t) * 0.5, t)
    centres = (1 - t) * HEAPS.flatten().numpy()

    def place(z):
        def excess(x):
            return norm.cdf((x - centres) / spread).mean() - norm.cdf(z)

        return brentq(excess, -9, 9, xtol=1e-14)

    return torch.tensor([place(z) for z in noise.flatten().tolist()]).double()


COUNTS = [32, 64, 128, 256]


def order(method, velocity, noise, wanted, grid):
    """Order of convergence: how the log of the error falls."""
    ends = [
        SAMPLE[method](velocity, noise, levels=grid(steps)) for steps in COUNTS
    ]
    errors = [float((e.flatten() - wanted.flatten()).norm()) for e in ends]
    return -np.polyfit(np.log(COUNTS), np.log(errors), 1)[0]


@methods
@pytest.mark.parametrize("end", [0.0, 0.3])
@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_order_of_convergence(method, end, grid):
    noise = torch.linspace(-2.2, 2, 9).double()[:, None, None]
    wanted = on_its_path_to_a_heap(noise, end)
    slope = order(
        method, two_heaps, noise, wanted, lambda n: end + (1 - end) * grid(n)
    )
    assert slope == pytest.approx(ORDER[method], abs=0.15)


@methods
@pytest.mark.parametrize("end", [0.0, 0.3])
def test_order_with_a_gaussian(method, end, generator):
    """As above, but the midpoint method, of order 2, is lucky: order 3.

    Per step its error is h^3 (a'' + 6 a a' + 4 a^3) / 24 of the size of the
    path, where a = q' / 2q and q = ((1 - t) s)^2 + t^2. The bracket is the
    third derivative of q, divided by 2q, and q is a parabola.
    """
    noise = starts(generator)
    slope = order(
        method,
        gaussian,
        noise,
        on_its_path(noise, end),
        lambda steps: end + (1 - end) * ode.levels(steps),
    )
    wanted = 3 if method == "midpoint" else ORDER[method]
    assert slope == pytest.approx(wanted, abs=0.15)


@methods
def test_every_state_is_near_the_path(method, generator):
    """Each with the level that it says it has reached."""
    noise = starts(generator)
    for state in ode.states(gaussian, noise, method=method, steps=200):
        wanted = on_its_path(noise, state.reached)
        assert (state.noisy - wanted).abs().max() < 0.02


@methods
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_straight_paths_need_one_step(method, steps, generator):
    """A velocity that does not change takes any method to the end."""
    clean, noise = torch.randn(2, 3, 4, 5, generator=generator).double()
    end = SAMPLE[method](lambda noisy, t: noise - clean, noise, steps=steps)
    torch.testing.assert_close(end, clean)


@methods
def test_parts_of_the_way(method, generator):
    """From any level to any lower one, from a noisy motion on the path."""
    noise = starts(generator)
    levels = torch.linspace(0.8, 0.3, 101).double()
    end = SAMPLE[method](gaussian, on_its_path(noise, 0.8), levels=levels)
    torch.testing.assert_close(end, on_its_path(noise, 0.3), atol=0.01, rtol=0)


@pytest.mark.parametrize("shift", [0.5, 1.0, 5.0])
def test_euler_is_ddim_without_fresh_noise(shift, generator):
    """On the straight path: same guesses, same step."""

    def denoise(noisy, t):
        return torch.tanh(2 * noisy) * (1 - t[..., None, None]) + 0.1

    noise = torch.randn(3, 4, 5, generator=generator).double()
    levels = ode.levels(9, shift=shift)
    told = dict(source="clean", target="velocity", schedule=straight)
    ours = ode.states(
        converted(denoise, **told), noise, method="euler", levels=levels
    )
    noisy = noise
    for state, then in zip(ours, levels[1:], strict=True):
        now = torch.tensor(state.t).double()
        clean = denoise(noisy, now.expand(3))
        torch.testing.assert_close(state.clean, clean)
        noisy = ddim.update(noisy, clean, straight(now), straight(then))
        torch.testing.assert_close(state.noisy, noisy)


CALLS = {
    "euler": [1, 2, 3, 4],
    "midpoint": [2, 4, 6, 8],
    "heun": [2, 4, 6, 7],
    "ab2": [1, 2, 3, 4],
}


@methods
def test_evaluations_are_those_that_were_made(method):
    calls = []

    def velocity(noisy, t):
        calls.append(float(t[0]))
        return noisy

    found = []
    noise = torch.ones(1, 2, 3)
    for state in ode.states(velocity, noise, method=method, steps=4):
        assert state.evaluations == len(calls)
        found.append(state.evaluations)
    assert found == CALLS[method]


def test_where_the_velocity_is_asked():
    asked = []

    def velocity(noisy, t):
        asked.append(round(float(t[0]), 6))
        return noisy

    wanted = {
        "euler": [1.0, 0.6, 0.2],
        "midpoint": [1.0, 0.8, 0.6, 0.4, 0.2, 0.1],
        "heun": [1.0, 0.6, 0.6, 0.2, 0.2],
        "ab2": [1.0, 0.6, 0.2],
    }
    levels = torch.tensor([1.0, 0.6, 0.2, 0.0]).double()
    for method, places in wanted.items():
        asked.clear()
        SAMPLE[method](velocity, torch.ones(1, 2, 3), levels=levels)
        assert asked == pytest.approx(places)


def test_heun_corrects_an_end_above_zero():
    """Only the step that reaches t = 0 is Euler's."""
    levels = torch.tensor([1.0, 0.5, 0.1])
    *_, last = ode.states(
        lambda noisy, t: noisy,
        torch.ones(1, 2, 3),
        method="heun",
        levels=levels,
    )
    assert last.evaluations == 4
    x = 1 - 0.5 * (1 + 0.5) / 2
    x = x - 0.4 * (x + (x - 0.4 * x)) / 2
    assert last.noisy[0, 0, 0] == pytest.approx(x)


def test_ab2_by_hand():
    """Strides of 0.5, 0.25, 0.25 through dx/dt = x from 1."""
    levels = torch.tensor([1.0, 0.5, 0.25, 0.0]).double()
    noise = torch.ones(1, 1, 1).double()
    end = ode.sample_ab2(lambda noisy, t: noisy, noise, levels=levels)
    first = 1 - 0.5  # Euler
    second = first - 0.25 * (1.25 * first - 0.25 * 1)  # half a stride on
    third = second - 0.25 * (1.5 * second - 0.5 * first)  # the textbook's
    assert end.item() == pytest.approx(third)


@methods
def test_states_tell_the_story(method, generator):
    noise = torch.randn(2, 3, 4, generator=generator)
    seen = []

    def velocity(noisy, t):
        assert t.shape == (2,) and t.dtype == noisy.dtype
        seen.append((noisy.clone(), float(t[0])))
        return noisy.sin()

    trail = list(ode.states(velocity, noise, method=method, steps=4))
    assert [state.step for state in trail] == [1, 2, 3, 4]
    assert [state.t for state in trail] == [1, 0.75, 0.5, 0.25]
    assert [state.reached for state in trail] == [0.75, 0.5, 0.25, 0]
    here = noise
    for state in trail:
        assert any(torch.equal(here, x) and t == state.t for x, t in seen)
        assert torch.equal(state.velocity, here.sin())
        assert torch.equal(state.clean, here - state.t * here.sin())
        here = state.noisy
    end = SAMPLE[method](velocity, noise, steps=4)
    assert torch.equal(end, here)


@methods
@pytest.mark.parametrize("lead", [(), (3,), (2, 3), (0,)], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_any_batch_and_precision(method, lead, dtype, generator):
    noise = torch.randn(*lead, 4, 2, generator=generator, dtype=dtype)
    before = noise.clone()

    def velocity(noisy, t):
        assert t.shape == lead
        return noisy * (1 + t[..., None, None])

    end = SAMPLE[method](velocity, noise, steps=3)
    assert end.shape == noise.shape and end.dtype == dtype
    assert torch.equal(noise, before)
    if lead == (2, 3):
        alone = SAMPLE[method](
            lambda noisy, t: noisy * (1 + t), noise[1, 2], steps=3
        )
        torch.testing.assert_close(end[1, 2], alone)


@methods
def test_gradients_flow_back_to_the_noise(method):
    noise = torch.ones(1, 2, 3, requires_grad=True)
    SAMPLE[method](lambda noisy, t: noisy, noise, steps=3).sum().backward()
    assert (noise.grad > 0).all()


def test_levels():
    for steps in (1, 2, 50):
        even = ode.levels(steps)
        assert even.shape == (steps + 1,) and even.dtype == torch.float64
        assert even[0] == 1 and even[-1] == 0
        strides = torch.full((steps,), -1 / steps).double()
        torch.testing.assert_close(even.diff(), strides)
    released = vimogen_sampling_levels(50, strength=1.0)
    torch.testing.assert_close(ode.levels(50, shift=5.0), released)


def test_shifted_levels_stay_inside():
    """Rounding of the shift must not push the first level over 1."""
    for shift in (0.1, 0.2, 0.3, 1.0, 1.1, 5.0):
        levels = ode.levels(3, shift=shift)
        assert levels[0] <= 1
        ode.sample_euler(lambda x, t: x, torch.ones(1, 1, 1), levels=levels)


@methods
@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_stopped_where_an_answer_is_not_finite(method, bad, call):
    """Whichever evaluation of a step it is; the steps before stand."""
    calls, done = [], []

    def velocity(noisy, t):
        calls.append(float(t[0]))
        answer = noisy.clone()
        if len(calls) == call:
            answer[1, 0, 0] = bad
        return answer

    noise = torch.ones(2, 1, 1)
    with pytest.raises(FloatingPointError) as error:
        for state in ode.states(velocity, noise, method=method, steps=5):
            done.append(state.step)
    step = call if method in ("euler", "ab2") else (call + 1) // 2
    assert str(error.value) == (
        f"the velocity is not finite at step {step} of 5, t = {calls[-1]:g}"
    )
    assert len(calls) == call and done == list(range(1, step))


@methods
@pytest.mark.parametrize("steps", [0, -3])
def test_no_steps(method, steps):
    x = torch.zeros(1, 2, 3)
    with pytest.raises(ValueError, match=f"must be 1 or more, got {steps}"):
        SAMPLE[method](gaussian, x, steps=steps)


@pytest.mark.parametrize(
    "levels",
    [
        [],
        [1.0],
        [[1.0, 0.0]],
        [1.0, 1.0, 0.0],
        [0.0, 1.0],
        [1.0, 0.2, 0.5, 0.0],
        [1.1, 0.5],
        [1.0, -0.1],
        [1.0, math.nan, 0.0],
    ],
    ids=str,
)
@methods
def test_levels_that_do_not_fall(method, levels):
    x = torch.zeros(1, 2, 3)
    with pytest.raises(ValueError, match="levels must be 2 or more noise lev"):
        SAMPLE[method](gaussian, x, levels=torch.tensor(levels))


def test_refused_before_anything_is_asked():
    """At the call, not at the first step: ``states`` is no generator yet."""
    x = torch.zeros(1, 2, 3)

    def never(noisy, t):
        raise AssertionError("asked")

    with pytest.raises(ValueError, match="either steps or levels, got steps=N"):
        ode.states(never, x, method="euler")
    with pytest.raises(ValueError, match="either steps or levels, got steps=2"):
        ode.states(never, x, method="euler", steps=2, levels=ode.levels(2))
    with pytest.raises(ValueError, match="method must be one of .* got 'rk4'"):
        ode.states(never, x, method="rk4", steps=2)
    with pytest.raises(ValueError, match="noise must be finite"):
        ode.states(never, x / 0, method="euler", steps=2)
    for shift in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="shift must be positive"):
            ode.levels(3, shift=shift)


@methods
def test_an_answer_of_another_shape(method):
    with pytest.raises(ValueError, match=r"\(1, 2, 3\), got \(1, 2, 1\)"):
        SAMPLE[method](lambda x, t: x[..., :1], torch.zeros(1, 2, 3), steps=2)
