"""What a lifter on the straight path is punished for, by hand."""

import pytest
import torch

from mini_vimogen.models.lifter import FlowLifter
from mini_vimogen.paths.diffusion import random_levels, shift_levels
from mini_vimogen.paths.flow import (
    flow_levels,
    interpolate,
    logit_normal_levels,
    uniform_levels,
)
from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.representation.vimo151 import encode_camera_form
from mini_vimogen.training import flow_loss as module
from mini_vimogen.training.batches import LifterBatch
from mini_vimogen.training.flow_loss import FlowObjective, flow_loss
from mini_vimogen.training.losses import LossWeights, masked_mean
from tests.oracles import wandering_clip

SIMPLE = LossWeights(velocity=0.0, joints=0.0)


@pytest.fixture
def batch():
    clips = [wandering_clip(20, seed=seed).canonical() for seed in range(3)]
    clean = encode_camera_form(
        torch.stack([clip.root_position for clip in clips]),
        torch.stack([clip.local_rotmat for clip in clips]),
        camera_yaw=torch.zeros(3, 20),
        fps=30.0,
    )
    return LifterBatch(
        clean,
        torch.randn(3, 20, 5),
        torch.tensor([True, False, True]),
        torch.arange(20)[None] < torch.tensor([20, 12, 5])[:, None],
        torch.zeros(3, 20),
    )


@pytest.fixture
def normalizer(batch):
    return Normalizer.fit_range(batch.clean, clip=False)


@pytest.fixture
def at_levels(monkeypatch):
    """Noise levels that are known; gives the mean of 1 / t^2 over them."""
    forget = FlowObjective.average_weight.cache_clear

    def fix(*t):
        forget()
        drawn = torch.tensor(t)
        monkeypatch.setitem(
            module.LEVELS, "uniform", lambda count, *, generator: drawn
        )
        return float((1 / drawn.clamp(min=0.05) ** 2).mean())

    yield fix
    forget()


def loss_of(answer, batch, normalizer, *, weights=None, shift=1.0, **changes):
    """The loss if the network gives ``answer`` (noisy, t), and what it saw."""
    seen = {}

    def network(noisy, t, condition, *, present, valid):
        seen.update(noisy=noisy, t=t, condition=condition)
        seen.update(present=present, valid=valid)
        return answer(noisy, t)

    value, parts = flow_loss(
        network,
        batch,
        torch.Generator().manual_seed(0),
        normalizer=normalizer,
        weights=weights or LossWeights(),
        objective=FlowObjective(**{"levels": "uniform"} | changes),
        shift=shift,
    )
    return value, parts, seen


def noise_of(seen, clean):
    """The noise that was mixed in, where there was some."""
    t = seen["t"][:, None, None]
    return (seen["noisy"] - (1 - t) * clean) / t


@pytest.mark.parametrize("error", ["clean", "velocity"])
def test_the_truth_costs_nothing(batch, normalizer, error):
    clean = normalizer.apply(batch.clean)
    value, parts, _ = loss_of(
        lambda noisy, t: clean, batch, normalizer, error=error
    )
    assert value < 1e-9
    assert set(parts) == {"simple", "velocity", "joints"}


def test_the_network_sees_a_straight_mixture(batch, normalizer, at_levels):
    at_levels(0.2, 0.5, 0.9)
    clean = normalizer.apply(batch.clean)
    _, _, seen = loss_of(lambda noisy, t: clean, batch, normalizer)
    noise = noise_of(seen, clean)
    torch.testing.assert_close(
        seen["noisy"], interpolate(clean, noise, seen["t"])
    )
    assert noise.mean().abs() < 0.05
    assert noise.std() == pytest.approx(1, abs=0.05)
    for name in ("condition", "present", "valid"):
        assert seen[name] is getattr(batch, name)


def test_an_error_of_velocity_is_that_of_the_velocity(
    batch, normalizer, at_levels
):
    """But for one number, so that the average level counts as with clean."""
    average = at_levels(0.1, 0.5, 0.9)
    clean = normalizer.apply(batch.clean)

    def wrong(noisy, t):
        return clean + 0.3 * noisy

    _, parts, seen = loss_of(
        wrong, batch, normalizer, weights=SIMPLE, error="velocity"
    )
    t = seen["t"][:, None, None]
    guess = (seen["noisy"] - wrong(seen["noisy"], t)) / t
    truth = noise_of(seen, clean) - clean
    wanted = masked_mean((guess - truth).square(), batch.valid) / average
    torch.testing.assert_close(parts["simple"], wanted, rtol=1e-4, atol=0)


def test_near_the_motion_the_weight_is_bounded(batch, normalizer, at_levels):
    average = at_levels(0.0, 0.01, 0.5)
    assert average == pytest.approx((400 + 400 + 4) / 3)
    weight = FlowObjective("clean", "velocity", "uniform").weigh(
        torch.tensor([0.0, 0.01, 0.05, 0.5]), shift=1.0
    )
    wanted = torch.tensor([400, 400, 400, 4.0]) / average
    torch.testing.assert_close(weight, wanted)
    assert FlowObjective(error="clean").weigh(weight, shift=1.0) is None


@pytest.mark.parametrize("levels", ["diffusion", "uniform", "mixed"])
@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_the_average_level_counts_as_much_as_with_clean(levels, shift):
    objective = FlowObjective("clean", "velocity", levels)
    generator = torch.Generator().manual_seed(9)
    t = objective.draw(50_000, generator, shift=shift)
    weight = objective.weigh(t, shift=shift)
    assert float(weight.mean()) == pytest.approx(1, rel=0.05)
    assert weight[t.argmin()] > 10 * weight[t.argmax()]


def test_only_the_first_term_is_weighed_by_the_level(
    batch, normalizer, at_levels
):
    at_levels(0.1, 0.2, 0.5)
    clean = normalizer.apply(batch.clean)

    def wrong(noisy, t):
        return clean + 0.1 * torch.linspace(0, 1, 20)[:, None]

    _, of_clean, _ = loss_of(wrong, batch, normalizer, error="clean")
    _, of_velocity, _ = loss_of(wrong, batch, normalizer, error="velocity")
    for name in ("velocity", "joints"):
        torch.testing.assert_close(of_clean[name], of_velocity[name])
        assert of_clean[name] > 0
    assert of_velocity["simple"] != of_clean["simple"]


def test_an_error_of_the_clean_motion_counts_alike_at_all_levels(
    batch, normalizer, at_levels
):
    clean = normalizer.apply(batch.clean)
    found = []
    for levels in ((0.1, 0.1, 0.1), (0.9, 0.9, 0.9)):
        at_levels(*levels)
        value, _, _ = loss_of(
            lambda noisy, t: clean + 0.1, batch, normalizer, error="clean"
        )
        found.append(float(value))
    assert found[0] == pytest.approx(found[1])


def test_padding_costs_nothing(batch, normalizer):
    clean = normalizer.apply(batch.clean)
    wrong = torch.where(batch.valid[..., None], clean, 7.0)
    value, _, _ = loss_of(lambda noisy, t: wrong, batch, normalizer)
    assert value < 1e-9


def test_weights_multiply_the_terms(batch, normalizer, at_levels):
    at_levels(0.3, 0.5, 0.9)
    clean = normalizer.apply(batch.clean)
    weights = LossWeights(simple=2.0, velocity=0.0, joints=0.5)
    value, parts, _ = loss_of(
        lambda noisy, t: clean + 0.1, batch, normalizer, weights=weights
    )
    torch.testing.assert_close(
        value, 2.0 * parts["simple"] + 0.5 * parts["joints"]
    )


def test_a_network_of_velocities_is_matched_to_velocities(
    batch, normalizer, at_levels
):
    """With answers and error of velocity, the plain loss of flow matching."""
    average = at_levels(0.2, 0.5, 0.9)
    network = dict(
        width=16, layers=1, heads=2, feed_forward=16, condition_features=5
    )
    lifter = FlowLifter(
        answers="velocity",
        network=network,
        fps=30.0,
        frames=20,
        normalizer=normalizer,
    )
    for weight in lifter.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    given = {}
    lifter.denoiser.register_forward_hook(
        lambda _, told, answer: given.update(noisy=told[0], answer=answer)
    )
    options = dict(normalizer=normalizer, weights=SIMPLE)
    _, parts = flow_loss(
        lifter,
        batch,
        torch.Generator().manual_seed(0),
        objective=FlowObjective("velocity", "velocity", "uniform"),
        **options,
    )
    clean = normalizer.apply(batch.clean)
    t = torch.tensor([0.2, 0.5, 0.9])[:, None, None]
    noise = (given["noisy"] - (1 - t) * clean) / t
    error = (given["answer"] - (noise - clean)).square()
    wanted = masked_mean(error, batch.valid) / average
    torch.testing.assert_close(parts["simple"], wanted, rtol=1e-4, atol=0)


# Noise levels.


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("diffusion", random_levels),
        ("uniform", uniform_levels),
        ("logit_normal", logit_normal_levels),
        ("mixed", flow_levels),
    ],
)
@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_levels_are_those_of_their_name(name, draw, shift):
    ours, theirs = (torch.Generator().manual_seed(4) for _ in range(2))
    found = FlowObjective(levels=name).draw(500, ours, shift=shift)
    wanted = shift_levels(draw(500, generator=theirs), shift)
    assert torch.equal(found, wanted)
    assert shift == 1.0 or found.mean() > 0.55


def test_the_shift_reaches_the_network(batch, normalizer, at_levels):
    at_levels(0.1, 0.5, 0.9)
    clean = normalizer.apply(batch.clean)
    _, _, seen = loss_of(lambda noisy, t: clean, batch, normalizer, shift=3.0)
    torch.testing.assert_close(
        seen["t"], torch.tensor([0.25, 0.75, 0.9643]), atol=1e-4, rtol=0
    )


def test_the_default_is_the_diffusion_twins_draw():
    objective = FlowObjective()
    assert (objective.answers, objective.error) == ("clean", "clean")
    assert objective.levels == "diffusion"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"answers": "noise"}, "answers must be one of clean, velocity, got"),
        ({"error": "noise"}, "error must be one of velocity, clean, got 'noi"),
        ({"levels": "bell"}, "levels must be one of diffusion, uniform, logi"),
    ],
)
def test_other_words_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        FlowObjective(**changes)
