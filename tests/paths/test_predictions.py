"""Clean, noise, velocity: each from each, at every level, ends among them."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mini_vimogen.paths import predictions
from mini_vimogen.paths.flow import straight
from mini_vimogen.paths.predictions import PREDICTIONS, convert, converted
from mini_vimogen.paths.schedules import cosine, linear

SCHEDULES = {"cosine": cosine, "linear": linear, "straight": straight}
schedules = pytest.mark.parametrize(
    "schedule", SCHEDULES.values(), ids=SCHEDULES
)
PAIRS = list(itertools.permutations(PREDICTIONS, 2))
pairs = pytest.mark.parametrize("source, target", PAIRS)
leads = st.sampled_from([(), (3,), (2, 3), (0,)])


def of(schedule, lead, level):
    """Everything at one level, float64."""
    clean, noise = torch.randn(2, *lead, 4, 5, dtype=torch.float64)
    t = torch.full(lead, level, dtype=torch.float64)
    alpha, sigma = (v.reshape(*lead, 1, 1) for v in schedule(t))
    answers = {"clean": clean, "noise": noise, "velocity": noise - clean}
    return alpha * clean + sigma * noise, answers, t


@schedules
@pairs
@given(leads, st.floats(1e-3, 1 - 1e-3))
def test_each_gives_each(schedule, source, target, lead, level):
    noisy, answers, t = of(schedule, lead, level)
    told = dict(source=source, target=target, schedule=schedule)
    ours = convert(noisy, answers[source], t, **told)
    torch.testing.assert_close(ours, answers[target], atol=1e-9, rtol=0)


@given(st.floats(0.05, 3), st.floats(0.05, 3), st.sampled_from(PAIRS))
def test_any_alpha_and_sigma(alpha, sigma, pair):
    """Schedules that keep neither energy nor sum."""
    source, target = pair

    def schedule(t):
        return torch.full_like(t, alpha), torch.full_like(t, sigma)

    noisy, answers, t = of(schedule, (2,), 0.5)
    told = dict(source=source, target=target, schedule=schedule)
    ours = convert(noisy, answers[source], t, **told)
    torch.testing.assert_close(ours, answers[target], atol=1e-9, rtol=0)


@schedules
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_velocity_gives_all_at_the_ends(schedule, level):
    noisy, answers, t = of(schedule, (2,), level)
    for target in ("clean", "noise"):
        told = dict(source="velocity", target=target, schedule=schedule)
        ours = convert(noisy, answers["velocity"], t, **told)
        torch.testing.assert_close(ours, answers[target], atol=1e-12, rtol=0)


def test_what_cannot_be_known_is_zero():
    """Noise at the motion, motion at the noise; what is given still counts."""
    noisy, answers, t = of(straight, (2,), 0.0)
    told = dict(schedule=straight)
    clean, noise = answers["clean"], answers["noise"]
    nothing = torch.zeros_like(noisy)
    assert torch.equal(
        predictions.clean_to_noise(noisy, clean, t, **told), nothing
    )
    assert torch.equal(
        predictions.clean_to_velocity(noisy, clean, t, **told), -clean
    )
    noisy, answers, t = of(straight, (2,), 1.0)
    assert torch.equal(
        predictions.noise_to_clean(noisy, noise, t, **told), nothing
    )
    assert torch.equal(
        predictions.noise_to_velocity(noisy, noise, t, **told), noise
    )


def test_where_knowledge_begins():
    """Just above the least sigma the inverse holds, just under it is 0."""
    noisy, clean = torch.full((2, 1, 1), 2.0, dtype=torch.float64)
    above, below = (
        predictions.clean_to_noise(
            noisy, clean - 1e-5, torch.tensor(level).double(), schedule=straight
        )
        for level in (1.001e-5, 0.999e-5)
    )
    assert above.item() == pytest.approx(1 / 1.001 + 2, rel=1e-4)
    assert below.item() == 0


@schedules
@pairs
@pytest.mark.parametrize("level", [0.0, 1e-30, 1e-7, 1 - 1e-7, 1.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_values_and_gradients_are_finite(
    schedule, source, target, level, dtype
):
    """Also for guesses that do not fit the noisy motion, and along t."""
    noisy, guess = torch.randn(2, 3, 4, 5, dtype=dtype)
    t = torch.full((3,), level, dtype=dtype)
    inputs = [x.requires_grad_() for x in (noisy.clone(), guess.clone(), t)]
    told = dict(source=source, target=target, schedule=schedule)
    ours = convert(*inputs, **told)
    assert ours.isfinite().all() and ours.dtype == dtype
    ours.square().mean().backward()
    for x in inputs:
        assert x.grad is None or x.grad.isfinite().all()
    assert inputs[1].grad is not None


@schedules
@pairs
def test_float32_agrees_with_float64(schedule, source, target):
    noisy, answers, t = of(schedule, (9,), 0.5)
    told = dict(source=source, target=target, schedule=schedule)
    exact = convert(noisy, answers[source], t, **told)
    small = convert(noisy.float(), answers[source].float(), t.float(), **told)
    torch.testing.assert_close(small.double(), exact, atol=1e-5, rtol=1e-5)


@schedules
@pairs
def test_arguments_are_not_modified(schedule, source, target):
    noisy, answers, t = of(schedule, (2,), 0.0)
    kept = noisy.clone(), answers[source].clone(), t.clone()
    told = dict(source=source, target=target, schedule=schedule)
    convert(noisy, answers[source], t, **told)
    for now, before in zip((noisy, answers[source], t), kept, strict=True):
        assert torch.equal(now, before)


@pytest.mark.parametrize("word", PREDICTIONS)
def test_the_same_word_is_the_same_tensor(word):
    noisy, answers, t = of(straight, (2,), 0.3)
    told = dict(source=word, target=word, schedule=straight)
    assert convert(noisy, answers[word], t, **told) is answers[word]


def test_a_network_converted_there_and_back():
    def predict(noisy, t):
        return torch.tanh(noisy) * (1 + t[:, None, None])

    noisy, _, t = of(straight, (3,), 0.4)
    for source, target in PAIRS:
        told = dict(schedule=straight)
        there = converted(predict, source=source, target=target, **told)
        back = converted(there, source=target, target=source, **told)
        torch.testing.assert_close(back(noisy, t), predict(noisy, t))
        wanted = convert(
            noisy, predict(noisy, t), t, source=source, target=target, **told
        )
        assert torch.equal(there(noisy, t), wanted)


def test_no_such_prediction():
    x, t = torch.zeros(1, 2, 3), torch.zeros(1)
    with pytest.raises(ValueError, match="source must be one of clean, noise"):
        convert(x, x, t, source="x0", target="noise", schedule=straight)
    with pytest.raises(ValueError, match="target must be .* got 'score'"):
        convert(x, x, t, source="clean", target="score", schedule=straight)
