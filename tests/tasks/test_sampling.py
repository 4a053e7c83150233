"""How a lifter is sampled: what is refused, what fits whom, equal numbers."""

import math

import pytest
import torch

from mini_vimogen.conditions.keypoints import FEATURES
from mini_vimogen.models.lifter import FlowLifter, Lifter
from mini_vimogen.models.regressor import Regressor
from mini_vimogen.paths.exact import exact_velocity
from mini_vimogen.paths.flow import straight
from mini_vimogen.paths.predictions import converted
from mini_vimogen.samplers import ddim, ode
from mini_vimogen.samplers.counted import Counted
from mini_vimogen.tasks.sampling import (
    SCHEDULES,
    FlowSampling,
    Sampling,
    asked,
    flow_states,
    suited,
)

METHODS = ("euler", "midpoint", "heun", "ab2")
TAKES = {"euler": 5, "midpoint": 6, "heun": 5, "ab2": 5}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "rk4"}, "method must be one of euler, midpoint, heun, ab2"),
        ({"method": "ddim"}, "got 'ddim'"),
        ({"evaluations": 0}, r"evaluations must be within 1\.\.1000, got 0"),
        ({"evaluations": -2}, r"within 1\.\.1000, got -2"),
        ({"evaluations": 1002}, r"within 1\.\.1000, got 1002"),
        ({"evaluations": 8.0}, "evaluations must be a whole number, got 8.0"),
        ({"evaluations": True}, "must be a whole number, got True"),
        ({"evaluations": 7}, "evaluations must be even for midpoint, got 7"),
        ({"evaluations": 1}, "evaluations must be even for midpoint, got 1"),
        (
            {"method": "heun", "evaluations": 8},
            "evaluations must be odd for heun, got 8",
        ),
        ({"guidance": -1.0}, r"guidance must be within 0\.\.10, got -1.0"),
        ({"guidance": 50.0}, r"guidance must be within 0\.\.10, got 50.0"),
        ({"guidance": math.nan}, "guidance must be within .*, got nan"),
        ({"shift": 0.0}, "shift must be positive, got 0.0"),
        ({"shift": -3.0}, "shift must be positive, got -3.0"),
        ({"shift": math.nan}, "shift must be positive, got nan"),
        ({"shift": math.inf}, "shift must be positive, got inf"),
    ],
)
def test_bad_numbers_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        FlowSampling(**changes)


def test_what_is_at_the_edge_is_taken():
    FlowSampling(method="euler", evaluations=1, guidance=0.0)
    FlowSampling(method="heun", evaluations=1, guidance=10.0)
    FlowSampling(method="ab2", evaluations=1000, shift=1e-3)
    FlowSampling(method="midpoint", evaluations=1000)


def settings():
    network = dict(
        width=16,
        layers=1,
        heads=2,
        feed_forward=16,
        condition_features=FEATURES,
    )
    return dict(network=network, fps=30.0, frames=20)


@pytest.fixture(scope="module")
def models():
    kinds = Lifter, FlowLifter, Regressor
    return {kind: kind(**settings()).eval() for kind in kinds}


def test_each_lifter_has_its_own_way(models):
    assert suited(models[Lifter], None) == Sampling()
    assert suited(models[FlowLifter], None) == FlowSampling()
    assert suited(models[Regressor], None) == Sampling()
    other = FlowSampling(method="ab2", evaluations=3)
    assert suited(models[FlowLifter], other) is other
    assert asked(models[FlowLifter], evaluations=4, guidance=2.0) == (
        FlowSampling(evaluations=4, guidance=2.0)
    )
    assert asked(models[FlowLifter], method="heun", evaluations=7) == (
        FlowSampling(method="heun", evaluations=7)
    )
    assert asked(models[Lifter], evaluations=3) == Sampling(steps=3)
    assert asked(models[Lifter]) == Sampling()
    assert asked(models[Regressor]) == Sampling()


@pytest.mark.parametrize(
    ("kind", "call", "message"),
    [
        (
            Lifter,
            lambda m: suited(m, FlowSampling()),
            "must be a Sampling for a lifter trained with diffusion, got Flow",
        ),
        (
            FlowLifter,
            lambda m: suited(m, Sampling()),
            "must be a FlowSampling for a lifter trained with flow, got Samp",
        ),
        (
            Regressor,
            lambda m: suited(m, FlowSampling()),
            "with a Regressor, which does not sample; got FlowSampling",
        ),
        (
            Regressor,
            lambda m: asked(m, evaluations=3),
            "with a Regressor, which does not sample",
        ),
        (
            Regressor,
            lambda m: asked(m, guidance=2.0),
            "with a Regressor, which does not sample",
        ),
        (
            Lifter,
            lambda m: asked(m, method="euler"),
            "method is for a lifter trained with flow, got 'euler' for a Lif",
        ),
        (
            FlowLifter,
            lambda m: asked(m, evaluations=5),
            "evaluations must be even for midpoint, got 5",
        ),
        (
            Lifter,
            lambda m: asked(m, evaluations=0),
            r"steps must be within 1\.\.1000, got 0",
        ),
    ],
)
def test_who_is_sampled_otherwise_is_refused(models, kind, call, message):
    with pytest.raises(ValueError, match=message):
        call(models[kind])


# The same numbers as the sampler alone.

POINTS = torch.tensor([[[0.7, -0.4]], [[-1.0, 0.3]]]).double()


def velocity(noisy, t):
    """A field whose paths bend."""
    return exact_velocity(
        noisy, t, points=POINTS, spread=0.3, schedule=straight
    )


clean_of = converted(
    velocity, source="velocity", target="clean", schedule=straight
)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_flow_states_are_those_of_ode(method, shift, generator):
    noise = torch.randn(4, 1, 2, generator=generator).double()
    sampling = FlowSampling(
        method=method, evaluations=TAKES[method], shift=shift
    )
    counted = Counted(clean_of)
    ours = list(sampling.sampler()(counted, noise, schedule=straight))
    levels = ode.levels(sampling.steps, shift=shift)
    theirs = list(ode.states(velocity, noise, method=method, levels=levels))
    assert len(ours) == len(theirs) == sampling.steps
    for one, other in zip(ours, theirs, strict=True):
        assert (one.step, one.t, one.reached) == (
            other.step,
            other.t,
            other.reached,
        )
        torch.testing.assert_close(one.noisy, other.noisy)
        torch.testing.assert_close(one.clean, other.clean)
    assert counted.calls == sampling.evaluations == ours[-1].evaluations


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_euler_is_ddim_without_fresh_noise(steps, generator):
    noise = torch.randn(4, 1, 2, generator=generator).double()
    levels = torch.cat([ddim.levels(steps), torch.zeros(1).double()])
    (*_, ours) = flow_states(clean_of, noise, method="euler", levels=levels)
    theirs = ddim.sample(clean_of, noise, steps=steps, schedule=straight)
    torch.testing.assert_close(ours.noisy, theirs)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_done_in_between_is_told_the_level_reached(method, generator):
    noise = torch.randn(2, 1, 2, generator=generator).double()
    sampling = FlowSampling(method=method, evaluations=TAKES[method])
    told = []

    def between(noisy, step, t):
        told.append((step, t))
        return noisy + 1

    ends = [
        state.noisy
        for state in sampling.sampler()(
            clean_of, noise, schedule=straight, between=between
        )
    ]
    reached = ode.levels(sampling.steps)[1:].tolist()
    assert [step for step, _ in told] == list(range(1, sampling.steps + 1))
    assert [t for _, t in told[:-1]] == pytest.approx(reached[:-1])
    assert told[-1][1] == ddim.CLEAN < 0  # as DDIM ends: the motion itself
    plain = [
        state.noisy
        for state in sampling.sampler()(clean_of, noise, schedule=straight)
    ]
    torch.testing.assert_close(ends[0], plain[0] + 1)


def test_a_velocity_draws_no_noise(generator):
    before = generator.get_state()

    def never(step):
        raise AssertionError("noise was drawn")

    noise = torch.zeros(2, 1, 2).double()
    run = FlowSampling().sampler()
    list(run(clean_of, noise, schedule=straight, fresh_noise=never))
    assert torch.equal(generator.get_state(), before)


def test_steps_are_what_evaluations_allow():
    steps = {
        (method, count): FlowSampling(method=method, evaluations=count).steps
        for method, count in (
            ("euler", 8),
            ("ab2", 8),
            ("midpoint", 8),
            ("heun", 7),
            ("heun", 1),
        )
    }
    assert list(steps.values()) == [8, 8, 4, 4, 1]


def test_each_path_has_its_schedule():
    t = torch.tensor([0.25, 0.5])
    assert [part.tolist() for part in SCHEDULES["flow"](t)] == [
        [0.75, 0.5],
        [0.25, 0.5],
    ]
    alpha, sigma = SCHEDULES["diffusion"](t)
    torch.testing.assert_close(alpha**2 + sigma**2, torch.ones(2))
    assert SCHEDULES.keys() == {Lifter.path, FlowLifter.path}


def test_diffusion_is_sampled_by_ddim(generator):
    noise = torch.randn(2, 1, 2, generator=generator)
    told = dict(schedule=SCHEDULES["diffusion"])
    ask = lambda noisy, t: 0.3 * noisy  # noqa: E731
    for eta in (0.0, 1.0):
        sampling = Sampling(steps=4, eta=eta)
        runs = [
            sampling.sampler()(ask, noise, generator=generator, **told),
            ddim.states(
                ask, noise, steps=4, eta=eta, generator=generator, **told
            ),
        ]
        ends = []
        for run in runs:
            generator.manual_seed(5)
            ends.append(list(run)[-1].noisy)
        assert torch.equal(*ends)
