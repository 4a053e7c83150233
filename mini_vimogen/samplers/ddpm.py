"""DDPM's own sampler: one small step at a time, fresh noise at each."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from mini_vimogen.samplers.ddim import (
    CLEAN,
    STEPS,
    Between,
    Denoise,
    Schedule,
    State,
    drawing,
)


def posterior(
    noisy: Tensor,
    clean: Tensor,
    now: tuple[Tensor, Tensor],
    then: tuple[Tensor, Tensor],
) -> tuple[Tensor, Tensor]:
    """Where a motion was one level lower, if ``clean`` is what it comes from.

    Args:
        noisy, clean: [..., frames, c].
        now, then: (alpha, sigma) at the two levels, scalars.

    Returns:
        mean [..., frames, c] and standard deviation (scalar) of the normal
        distribution q(x_then | x_now, x_0).

    Source: DDPM (Ho et al. 2020), equations 6 and 7, for any two levels.
    """
    (alpha, sigma), (alpha_then, sigma_then) = now, then
    step = alpha / alpha_then  # what the step between them kept
    added = sigma**2 - (step * sigma_then) ** 2  # and the noise it added
    to_noisy = step * sigma_then**2 / sigma**2
    to_clean = alpha_then * added / sigma**2
    mean = to_noisy * noisy + to_clean * clean
    return mean, sigma_then / sigma * added.clamp(min=0).sqrt()


def states(
    denoise: Denoise,
    noise: Tensor,
    *,
    schedule: Schedule,
    generator: torch.Generator | None = None,
    clamp: float | None = None,
    fresh_noise: Callable[[int], Tensor] | None = None,
    levels: Tensor | None = None,
    between: Between | None = None,
) -> Iterator[State]:
    """All the steps of ``sample``, one by one.

    Arguments, errors and source are those of ``sample``.
    """
    levels = _visited(levels)
    fresh_noise = fresh_noise or drawing(noise, generator)
    if fresh_noise is None:
        raise ValueError(
            "each step draws noise: give a generator or fresh_noise"
        )
    noisy = noise
    for i, level in enumerate(levels):
        t = level.to(noise).expand(noise.shape[:-2])
        clean = denoise(noisy, t)
        if clamp is not None:
            clean = clean.clamp(-clamp, clamp)
        if i + 1 == len(levels):
            noisy = clean
        else:
            now, then = schedule(level), schedule(levels[i + 1])
            mean, spread = posterior(noisy, clean, now, then)
            noisy = mean + spread * fresh_noise(i + 1)
        if between is not None:
            last = i + 1 == len(levels)
            reached = CLEAN if last else float(levels[i + 1])
            noisy = between(noisy, i + 1, reached)
        yield State(i + 1, float(level), clean, noisy)


def sample(
    denoise: Denoise,
    noise: Tensor,
    *,
    schedule: Schedule,
    generator: torch.Generator | None = None,
    clamp: float | None = None,
    fresh_noise: Callable[[int], Tensor] | None = None,
    levels: Tensor | None = None,
    between: Between | None = None,
) -> Tensor:
    """A clean motion out of noise, by the steps of training taken backwards.

    The same distribution as ``ddim.sample`` with eta 1 and as many steps.

    Args:
        denoise: (noisy, t) -> clean; t has the batch shape of the noise.
        noise: [b..., frames, c], standard normal; where sampling starts.
        schedule: t -> (alpha, sigma), the one the network was trained on.
        generator: source of the noise that each step adds.
        clamp: bound of the network's guesses (EDGE: 1); None is unbounded.
        fresh_noise: step number 1, 2 ... -> noise, instead of a generator.
        levels: noise levels from high to low, float64; None is all 1000.
        between: (noisy, step, t) -> noisy, done after each step.

    Returns:
        [b..., frames, c], the guess of the last call (after ``between``).

    Raises:
        ValueError: no source of noise, or levels that do not fall within 0..1.

    Source: DDPM (Ho et al. 2020), algorithm 2 with a prediction of x_0; EDGE's
    ``p_sample_loop``.
    """
    trail = states(
        denoise,
        noise,
        schedule=schedule,
        generator=generator,
        clamp=clamp,
        fresh_noise=fresh_noise,
        levels=levels,
        between=between,
    )
    for state in trail:
        end = state.noisy
    return end


def _visited(levels: Tensor | None) -> Tensor:
    if levels is None:
        return torch.arange(STEPS - 1, -1, -1, dtype=torch.float64) / STEPS
    inside = levels.numel() > 0 and bool(((levels >= 0) & (levels < 1)).all())
    if levels.ndim != 1 or not inside or bool((levels.diff() >= 0).any()):
        raise ValueError(
            "levels must be noise levels that fall, within 0..1 (1 left out), "
            f"got {levels.tolist()}"
        )
    return levels.double()
