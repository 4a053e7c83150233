"""Equal to ViMoGen's flow scheduler, to diffusers', to an adaptive solver.

ViMoGen's figures were computed by the scheduler of its release: noise levels,
loss weights, noisy motions, and 50 Euler steps through a made-up field.
"""

import pytest
import torch

from mini_vimogen.paths import flow
from mini_vimogen.paths.exact import exact_velocity
from mini_vimogen.samplers import ode


@pytest.fixture(scope="module")
def theirs(golden):
    return golden("flow_vimogen")


def close(ours, theirs, *, rtol=1e-5, atol=1e-6):
    torch.testing.assert_close(ours.to(theirs), theirs, rtol=rtol, atol=atol)


def test_training_levels(theirs):
    levels = flow.vimogen_levels()
    close(levels, theirs["train_sigmas"])
    close(1000 * levels, theirs["train_timesteps"])


def test_training_weights(theirs):
    close(flow.bell_weight(flow.vimogen_levels()), theirs["train_weights"])
    t = flow.vimogen_levels()[theirs["train_ids"]]
    close(flow.bell_weight(t.float()), theirs["train_weight"])


def test_noisy_motion_and_target(theirs):
    clean, noise = theirs["train_x0"], theirs["train_noise"]
    t = flow.vimogen_levels()[theirs["train_ids"]].float()
    close(flow.interpolate(clean, noise, t), theirs["train_noisy"])
    close(flow.velocity_target(clean, noise), theirs["train_target"], atol=0)


RUNS = {"infer50": 0.7, "infer50_full": 1.0}
runs = pytest.mark.parametrize("run, strength", RUNS.items(), ids=RUNS)


@runs
def test_sampling_levels(run, strength, theirs):
    levels = flow.vimogen_sampling_levels(50, strength=strength)
    close(levels[:-1], theirs[f"{run}_sigmas"])
    close(1000 * levels[:-1], theirs[f"{run}_timesteps"])


def field(noisy, t):
    """The field of the figures; it is told 1000 t."""
    return 0.37 * noisy + 0.1 * torch.sin(10 * t)[..., None, None]


@runs
def test_fifty_euler_steps(run, strength, theirs):
    levels = flow.vimogen_sampling_levels(50, strength=strength)
    ours = ode.sample_euler(field, theirs["train_noise"], levels=levels)
    close(ours, theirs[f"{run}_euler_out"])


def curved(noisy, t):
    return torch.tanh(2 * noisy) * (1 - t[..., None, None]) + noisy.cos()


@pytest.mark.parametrize("shift", [1.0, 3.0])
@pytest.mark.parametrize("steps", [1, 7, 50])
def test_diffusers_euler(steps, shift, generator):
    """Its own grid ends a thousandth early; ours is given to both."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
    even = ode.levels(steps)[:-1].tolist()
    scheduler.set_timesteps(sigmas=even)
    levels = ode.levels(steps, shift=shift)
    close(levels, scheduler.sigmas)
    noise = torch.randn(3, 6, 5, generator=generator)
    noisy = noise
    ours = ode.states(curved, noise, method="euler", levels=levels)
    for state, told in zip(ours, scheduler.timesteps, strict=True):
        assert 1000 * state.t == pytest.approx(told.item(), rel=1e-5)
        answer = curved(noisy, (told / 1000).expand(3))
        noisy = scheduler.step(answer, told, noisy).prev_sample
        close(state.noisy, noisy, rtol=1e-4, atol=1e-5)


def test_diffusers_noisy_motion(generator):
    from diffusers import FlowMatchEulerDiscreteScheduler

    scheduler = FlowMatchEulerDiscreteScheduler(shift=5.0)
    clean, noise = torch.randn(2, 6, 4, 5, generator=generator)
    index = torch.tensor([0, 10, 250, 500, 900, 999])
    noisy = scheduler.scale_noise(clean, scheduler.timesteps[index], noise)
    t = flow.vimogen_levels()[index].float()
    close(flow.interpolate(clean, noise, t), noisy)


@pytest.mark.parametrize("method", ["midpoint", "heun", "ab2"])
def test_torchdiffeq_adaptive_solver(method, generator):
    """Dormand-Prince at a billionth, through a field that bends."""
    from torchdiffeq import odeint

    points = torch.randn(5, 4, 3, generator=generator).double()
    noise = torch.randn(6, 4, 3, generator=generator).double()

    def velocity(noisy, t):
        return exact_velocity(
            noisy, t, points=points, spread=0.5, schedule=flow.straight
        )

    reference = odeint(
        lambda t, noisy: velocity(noisy, t.expand(6)),
        noise,
        torch.tensor([1.0, 0.5, 0.0]).double(),
        rtol=1e-9,
        atol=1e-9,
    )
    trail = ode.states(velocity, noise, method=method, steps=1000)
    ours = {round(state.reached, 6): state.noisy for state in trail}
    close(ours[0.5], reference[1], rtol=0, atol=2e-4)
    close(ours[0.0], reference[2], rtol=0, atol=2e-4)
    assert (reference[2] - noise).abs().max() > 0.5
