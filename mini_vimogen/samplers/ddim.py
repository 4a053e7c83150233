"""DDIM: from pure noise to a motion in few steps of a 1000-step diffusion."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

STEPS = 1000
Denoise = Callable[[Tensor, Tensor], Tensor]
CLEAN = -1 / STEPS
"""The noise level under that of step 0: the clean motion itself."""

Schedule = Callable[[Tensor], tuple[Tensor, Tensor]]
Between = Callable[[Tensor, int, float], Tensor]
"""(noisy, step, t) -> noisy: what is done to a motion on its way on. ``step``
is 1 after the first step, ``t`` the level that it reached, CLEAN at the end."""


class State(NamedTuple):
    """One step, done.

    step: 1 after the first step. t: the noise level it started from.
    clean: the network's guess at that level. noisy: what goes on, after the
    last step the motion that sampling ends with.
    """

    step: int
    t: float
    clean: Tensor
    noisy: Tensor


def levels(steps: int) -> Tensor:
    """Noise levels that sampling visits, float64 [steps], from high to low.

    ``steps`` equal strides from DDPM step 999 down to the clean motion, rounded
    down to whole steps as in EDGE.

    Raises:
        ValueError: steps is not within 1..1000.

    >>> levels(4)
    tensor([0.9990, 0.7490, 0.4990, 0.2490], dtype=torch.float64)
    """
    if not 1 <= steps <= STEPS:
        raise ValueError(f"steps must be within 1..{STEPS}, got {steps}")
    stops = torch.linspace(-1, STEPS - 1, steps + 1, dtype=torch.float64)
    return stops.trunc().flip(0)[:-1] / STEPS


def update(
    noisy: Tensor,
    clean: Tensor,
    now: tuple[Tensor, Tensor],
    then: tuple[Tensor, Tensor],
    *,
    eta: float = 0.0,
    fresh: Tensor | None = None,
) -> Tensor:
    """From one noise level to a lower one, given a guess of the clean motion.

    Args:
        noisy, clean: [..., frames, c].
        now, then: (alpha, sigma) at the two levels, scalars.
        eta: share of the noise that is drawn afresh: 0 keeps it all, 1 is the
            ancestral step of DDPM.
        fresh: the new noise, for eta > 0.

    Source: DDIM (Song et al. 2021), equations 12 and 16.
    """
    (alpha, sigma), (alpha_then, sigma_then) = now, then
    noise = (noisy - alpha * clean) / sigma
    if eta == 0:
        return alpha_then * clean + sigma_then * noise
    lost = 1 - (alpha / alpha_then) ** 2
    added = eta * sigma_then / sigma * lost.clamp(min=0).sqrt()
    kept = (sigma_then**2 - added**2).clamp(min=0).sqrt()
    return alpha_then * clean + kept * noise + added * fresh


def drawing(
    noise: Tensor, generator: torch.Generator | None
) -> Callable[[int], Tensor] | None:
    """A source of fresh noise like ``noise``; None without a generator."""
    if generator is None:
        return None

    def draw(step: int) -> Tensor:
        drawn = torch.randn(
            noise.shape, generator=generator, device=generator.device
        )
        return drawn.to(noise)

    return draw


def states(
    denoise: Denoise,
    noise: Tensor,
    *,
    steps: int,
    schedule: Schedule,
    eta: float = 0.0,
    generator: torch.Generator | None = None,
    clamp: float | None = None,
    fresh_noise: Callable[[int], Tensor] | None = None,
    between: Between | None = None,
) -> Iterator[State]:
    """All the steps of ``sample``, one by one.

    Arguments, errors and source are those of ``sample``.
    """
    fresh_noise = fresh_noise or drawing(noise, generator)
    if eta > 0 and fresh_noise is None:
        raise ValueError(
            f"eta={eta} draws noise: give a generator or fresh_noise"
        )
    noisy = noise
    visited = levels(steps)
    for i, level in enumerate(visited):
        t = level.to(noise).expand(noise.shape[:-2])
        clean = denoise(noisy, t)
        if clamp is not None:
            clean = clean.clamp(-clamp, clamp)
        if i + 1 == steps:
            noisy = clean
        else:
            # Scalars stay float64: 1 - (alpha / alpha')^2 cancels in float32.
            now, then = schedule(visited[i]), schedule(visited[i + 1])
            fresh = fresh_noise(i + 1) if eta > 0 else None
            noisy = update(noisy, clean, now, then, eta=eta, fresh=fresh)
        if between is not None:
            reached = CLEAN if i + 1 == steps else float(visited[i + 1])
            noisy = between(noisy, i + 1, reached)
        yield State(i + 1, float(level), clean, noisy)


def sample(
    denoise: Denoise,
    noise: Tensor,
    *,
    steps: int,
    schedule: Schedule,
    eta: float = 0.0,
    generator: torch.Generator | None = None,
    clamp: float | None = None,
    fresh_noise: Callable[[int], Tensor] | None = None,
    between: Between | None = None,
) -> Tensor:
    """A clean motion out of noise.

    Args:
        denoise: (noisy, t) -> clean; t has the batch shape of the noise.
        noise: [b..., frames, c], standard normal; where sampling starts.
        steps: calls of ``denoise``, 1..1000.
        schedule: t -> (alpha, sigma), the one the network was trained on.
        eta: 0 is deterministic, 1 as random as DDPM (EDGE's choice).
        generator: source of the noise that eta > 0 adds.
        clamp: bound of the network's guesses (EDGE: 1); None is unbounded.
        fresh_noise: step number 1, 2 ... -> noise, instead of a generator.
        between: (noisy, step, t) -> noisy, done after each step;
            ``completion`` and ``long_form`` are made of it.

    Returns:
        [b..., frames, c], the guess of the last call (after ``between``).

    Raises:
        ValueError: steps out of range, or eta > 0 without a source of noise.

    Source: DDIM (Song et al. 2021), equation 12; EDGE's ``ddim_sample``.
    """
    trail = states(
        denoise,
        noise,
        steps=steps,
        schedule=schedule,
        eta=eta,
        generator=generator,
        clamp=clamp,
        fresh_noise=fresh_noise,
        between=between,
    )
    for state in trail:
        end = state.noisy
    return end
