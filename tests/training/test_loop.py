"""The loop: what it draws, what it averages, when it yields."""

from typing import NamedTuple

import pytest
import torch

from mini_vimogen.training.averaging import WeightAverage
from mini_vimogen.training.loop import learning_rate, moved, train
from mini_vimogen.training.state import resolve_device
from tests.training.tiny import batches_of, loss, network, recipe


def run(model=None, batches=None, loss=loss, seed=0, **changes):
    return train(
        model or network(),
        batches or batches_of(4),
        loss,
        preset=recipe(**changes),
        generator=torch.Generator().manual_seed(seed),
    )


def weights_of(model):
    return {name: w.detach().clone() for name, w in model.named_parameters()}


def test_yields_after_each_step():
    model = network()
    before = weights_of(model)
    trail = run(model)
    state = next(trail)
    assert state.step == 1 and state.model is model
    assert not torch.equal(state.model.outwards.bias, before["outwards.bias"])
    assert set(state.parts) == {"first"} and state.gradient_norm > 0
    assert [state.step for state in trail] == [2, 3, 4, 5, 6]


def test_learns():
    losses = [float(s.loss) for s in run(steps=150, learning_rate=1e-2)]
    assert sum(losses[-10:]) < 0.5 * sum(losses[:10])


def test_a_run_is_a_function_of_its_seed():
    ends = []
    for outside, seed in ((1, 0), (2, 0), (1, 5)):
        model = network()
        torch.manual_seed(outside)  # must not matter, dropout is on
        trail = run(model, seed=seed)
        state = next(trail)
        torch.rand(3)  # nor this
        list(trail)
        ends.append((float(state.loss), weights_of(model)))
    assert ends[0][0] == ends[1][0] != ends[2][0]
    for name, weight in ends[0][1].items():
        assert torch.equal(weight, ends[1][1][name])


def test_the_global_random_state_is_left_alone():
    model = network()
    torch.manual_seed(3)
    before = torch.get_rng_state()
    list(run(model))
    assert torch.equal(before, torch.get_rng_state())


def test_dropout_differs_between_steps():
    """One fixed batch, no noise, no learning: only dropout is left."""
    hint = torch.ones(4, 6, 5)
    seen = []

    def look(network, batch, generator):
        out = network(torch.ones(4, 6, 7), torch.ones(4), batch)
        seen.append(out.detach())
        return out.mean(), {}

    list(run(batches=lambda generator: hint, loss=look, learning_rate=1e-12))
    assert not torch.allclose(seen[0], seen[1])


@pytest.mark.parametrize("accumulation", [2, 4])
def test_accumulation_equals_the_whole_batch(accumulation):
    """Same samples in parts: same loss, gradient and weights."""
    data = torch.randn(4, 6, 12, generator=torch.Generator().manual_seed(9))

    def flat(network, batch, generator):
        noisy, condition = batch[..., :7], batch[..., 7:]
        t = torch.full((len(batch),), 0.5)
        error = (network(noisy, t, condition) - 1).square().mean()
        return error, dict(error=error)

    ends = []
    for parts in (1, accumulation):
        pieces = iter(data.chunk(parts))
        (state,) = run(
            network(dropout=0.0),
            batches=lambda generator, pieces=pieces: next(pieces),
            loss=flat,
            steps=1,
            accumulation=parts,
            decay=0.0,
        )
        ends.append(state)
    whole, summed = ends
    torch.testing.assert_close(summed.loss, whole.loss)
    torch.testing.assert_close(summed.parts["error"], whole.parts["error"])
    torch.testing.assert_close(summed.gradient_norm, whole.gradient_norm)
    for ours, theirs in zip(
        summed.model.parameters(), whole.model.parameters(), strict=True
    ):
        if theirs.grad is not None:
            torch.testing.assert_close(ours.grad, theirs.grad)


def test_gradients_are_cut():
    (state,) = run(steps=1, gradient_norm=1e-3, decay=0.0)
    assert state.gradient_norm > 1e-2
    grads = [w.grad for w in state.model.parameters() if w.grad is not None]
    total = torch.stack([grad.norm() for grad in grads]).norm()
    assert total.item() == pytest.approx(1e-3, rel=1e-2)


def test_learning_rate_of_the_steps():
    rates = [s.learning_rate for s in run(steps=10, learning_rate=1e-3)]
    wanted = [0.5, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25]
    assert rates == pytest.approx([1e-3 * share for share in wanted])
    flat = recipe(steps=10, warmup=0, decay=0.0, learning_rate=1.0)
    assert [learning_rate(step, flat) for step in range(10)] == [1.0] * 10


def test_only_matrices_decay():
    state = next(run(weight_decay=0.1))
    decayed, others = state.optimizer.param_groups
    assert (decayed["weight_decay"], others["weight_decay"]) == (0.1, 0.0)
    spared = {id(weight) for weight in others["params"]}
    for name, weight in state.model.named_parameters():
        alone = weight.ndim == 1 or "null" in name
        assert (id(weight) in spared) == alone, name


def test_average_by_formula():
    model = network()
    average = WeightAverage(model, decay=0.3)
    wanted = model.outwards.bias.detach().clone()
    for n in range(1, 6):
        with torch.no_grad():
            model.outwards.bias.add_(float(n))
        before = average.model.outwards.bias
        average.update(model)
        decay = min(0.3, (1 + n) / (10 + n))
        wanted = decay * wanted + (1 - decay) * model.outwards.bias.detach()
        torch.testing.assert_close(average.model.outwards.bias, wanted)
        assert average.model.outwards.bias is before
    assert not average.model.training
    assert not any(w.requires_grad for w in average.model.parameters())


def test_average_follows_the_steps():
    """It holds the weights after the step, not before."""
    state = next(run(ema=0.0))
    for ours, theirs in zip(
        state.average.model.parameters(),
        state.model.parameters(),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


def test_bfloat16_answers_in_float32():
    kinds = []

    def look(network, batch, generator):
        value, parts = loss(network, batch, generator)
        out = network(batch["clean"], torch.ones(4), batch["condition"])
        kinds.append((out.dtype, (out @ out.mT).dtype))
        return value, parts

    exact = next(run(loss=look, precision="fp32"))
    coarse = next(run(loss=look, precision="bf16"))
    assert kinds == [(torch.float32, torch.float32)] * 2
    assert float(coarse.loss) != float(exact.loss)
    assert float(coarse.loss) == pytest.approx(float(exact.loss), rel=0.05)


def test_a_gradient_that_is_not_finite():
    def broken(network, batch, generator):
        value, parts = loss(network, batch, generator)
        return value * torch.inf, parts

    model = network()
    before = weights_of(model)
    with pytest.raises(FloatingPointError, match="step 1, loss inf"):
        next(run(model, loss=broken))
    for name, weight in model.named_parameters():
        assert torch.equal(weight, before[name])


class Pair(NamedTuple):
    first: torch.Tensor
    second: list


def test_moved_keeps_the_shape_of_a_batch():
    batch = dict(a=Pair(torch.ones(2), [torch.ones(3), "word"]), b=4)
    there = moved(batch, torch.device("meta"))
    assert isinstance(there["a"], Pair) and there["b"] == 4
    assert there["a"].first.device.type == "meta"
    assert there["a"].second[0].device.type == "meta"
    assert there["a"].second[1] == "word"


def test_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto").type == "cpu"
    with pytest.raises(ValueError, match="got 'cuda' and PyTorch sees no"):
        resolve_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto").type == "cuda"
