"""The training loop: a generator that yields after each step.

Printing, plotting, evaluating, saving and stopping early are the caller's:

    for state in train(model, batches, loss, preset=..., generator=...):
        if state.step % 100 == 0:
            print(state.step, float(state.loss))
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from mini_vimogen.training.checkpoint import restore
from mini_vimogen.training.presets import Preset
from mini_vimogen.training.state import TrainingState, begin

Batches = Callable[[torch.Generator], Any]
Loss = Callable[[Callable, Any, torch.Generator], tuple[Tensor, dict]]


def train(
    model: nn.Module,
    batches: Batches,
    loss: Loss,
    *,
    preset: Preset,
    generator: torch.Generator,
    resume=None,
) -> Iterator[TrainingState]:
    """Train, yielding after each optimiser step (the same object each time).

    All that is random in a step, dropout too, comes out of ``generator``, so a
    run is a function of its seed and can go on from a file bit for bit.

    Args:
        model: moved to the preset's device; it learns in place.
        batches: generator -> one batch of ``preset.part`` samples: a tensor,
            something with a ``to`` method, or a dict, list or tuple of them.
            All it knows of what went before must be in the generator.
        loss: (network, batch, generator) -> (scalar, its parts by name);
            ``network`` is called as the model, and answers in float32 at
            either precision, so that geometry is never done in bfloat16.
        preset: the recipe.
        generator: on the CPU, whatever the device.
        resume: a file of ``checkpoint.save_resume``; the run goes on from it
            if it exists. A run found finished is yielded once, as it is.

    Raises:
        ValueError: the file is of another network or recipe, or truncated; no
            such device.
        FloatingPointError: the gradient is not finite.
    """
    state = begin(model, preset=preset, generator=generator)
    if resume is not None and restore(state, resume):
        if state.step >= preset.steps:
            yield state
    while state.step < preset.steps:
        advance(state, batches, loss)
        yield state


def advance(state: TrainingState, batches: Batches, loss: Loss) -> None:
    """One optimiser step."""
    model, preset = state.model.train(), state.preset
    state.optimizer.zero_grad(set_to_none=True)
    total, parts = 0.0, {}
    for _ in range(preset.accumulation):
        batch = moved(batches(state.generator), state.device)
        with _seeded(state):
            value, shares = loss(_network(state), batch, state.generator)
        value = value / preset.accumulation
        value.backward()
        total = total + value.detach()
        for name, share in shares.items():
            share = torch.as_tensor(share).detach() / preset.accumulation
            parts[name] = parts.get(name, 0.0) + share
    norm = nn.utils.clip_grad_norm_(model.parameters(), preset.gradient_norm)
    if norm.device.type != "meta" and not norm.isfinite():
        raise FloatingPointError(
            f"the gradient is not finite at step {state.step + 1}, "
            f"loss {float(total)}"
        )
    rate = learning_rate(state.step, preset)
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    state.optimizer.step()
    state.average.update(model)
    state.step += 1
    state.loss, state.parts = total, parts
    state.gradient_norm, state.learning_rate = norm, rate


def learning_rate(step: int, preset: Preset) -> float:
    """Up over ``warmup`` steps, level, then down to 0 over the last ``decay``.

    >>> from mini_vimogen.training.presets import preset
    >>> recipe = preset("laptop", steps=100, warmup=10, learning_rate=1.0)
    >>> [learning_rate(step, recipe) for step in (0, 9, 50, 80)]
    [0.1, 1.0, 1.0, 0.5]
    """
    share = 1.0
    if preset.warmup:
        share = min(share, (step + 1) / preset.warmup)
    if preset.decay:
        left = preset.steps - step
        share = min(share, left / (preset.decay * preset.steps))
    return preset.learning_rate * share


def moved(batch, device: torch.device):
    """A batch with all its tensors on the device."""
    if isinstance(batch, dict):
        return {name: moved(value, device) for name, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(moved(value, device) for value in batch))
    if isinstance(batch, list | tuple):
        return type(batch)(moved(value, device) for value in batch)
    return batch.to(device) if hasattr(batch, "to") else batch


def _network(state: TrainingState) -> Callable[..., Tensor]:
    """The model, or a function that calls it under bfloat16 autocast."""
    if state.preset.precision == "fp32" or state.device.type == "meta":
        return state.model

    def coarse(*args, **options) -> Tensor:
        with torch.autocast(state.device.type, dtype=torch.bfloat16):
            return state.model(*args, **options).float()

    return coarse


@contextmanager
def _seeded(state: TrainingState):
    """Dropout has no generator of its own: seed it, and leave no trace."""
    seed = torch.randint(2**62, (), generator=state.generator).item()
    on_card = state.device.type == "cuda"
    with torch.random.fork_rng(devices=[state.device] if on_card else []):
        torch.default_generator.manual_seed(seed)
        if on_card:
            torch.cuda.manual_seed(seed)
        yield
