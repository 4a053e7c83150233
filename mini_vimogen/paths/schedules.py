"""How much motion and how much noise there is at each noise level.

A schedule is a function t -> (alpha, sigma): the noisy motion is
alpha * clean + sigma * noise. Those of diffusion, here, have alpha^2 + sigma^2
= 1; ``flow.straight`` has alpha + sigma = 1. t runs from 0 (clean) to 1; step
i of a DDPM with 1000 steps is t = i / 1000, and its noise has been added, so
t = 0 carries a trace of noise and t = -1/1000 is the clean motion itself.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

STEPS = 1000
Schedule = Callable[[Tensor], tuple[Tensor, Tensor]]

_OFFSET = 0.008  # keeps the first steps from being too small to learn from
_LARGEST_BETA = 0.999  # the last step would otherwise leave no signal at all


def cosine(t: Tensor) -> tuple[Tensor, Tensor]:
    """The cosine schedule, at any noise level.

    Args:
        t: [...] noise level.

    Returns:
        alpha, sigma: [...] each, in the dtype of t.

    Source: Nichol and Dhariwal 2021, equation 17, offset 0.008; EDGE's
    ``make_beta_schedule("cosine")`` at every t = i / 1000.

    >>> cosine(torch.tensor(0.499))[0] ** 2
    tensor(0.4938)
    """
    done = (t.double() + 1 / STEPS).clamp(0, 1)
    kept = torch.cos(_angle(done)) ** 2 / _kept_at_start()
    # The clipped last beta leaves a thousandth of what step 998 still holds.
    last = _kept(1 - 1 / STEPS) / _kept_at_start() * (1 - _LARGEST_BETA)
    return _alpha_sigma(kept.clamp(min=last, max=1.0), t)


def linear(t: Tensor) -> tuple[Tensor, Tensor]:
    """The linear-beta schedule of DDPM, at any noise level.

    Betas rise from 1e-4 to 0.02 over 1000 steps; between two steps the
    logarithm of alpha^2 is interpolated.

    Args:
        t: [...] noise level.

    Returns:
        alpha, sigma: [...] each, in the dtype of t.

    Source: Ho et al. 2020, section 4.
    """
    lost = torch.linspace(1e-4, 0.02, STEPS, dtype=torch.float64)
    logs = torch.cat((lost.new_zeros(1), torch.log1p(-lost).cumsum(0)))
    logs = logs.to(t.device)
    where = (t.double() + 1 / STEPS).clamp(0, 1) * STEPS
    below = where.floor().long().clamp(max=STEPS - 1)
    log_kept = torch.lerp(logs[below], logs[below + 1], where - below)
    return _alpha_sigma(log_kept.exp(), t)


def betas(schedule: Schedule, steps: int = STEPS) -> Tensor:
    """The betas of a schedule, float64 [steps]: energy lost at each step.

    Undoes the product under DDPM's equation 4: a schedule and a list of betas
    say the same.
    """
    t = torch.arange(-1, steps, dtype=torch.float64) / steps
    kept = schedule(t)[0] ** 2
    return 1 - kept[1:] / kept[:-1]


def like(value: Tensor, x: Tensor) -> Tensor:
    """value [b...] with trailing 1s, ready to multiply x [b..., frames, c]."""
    return value.reshape(value.shape + (1,) * (x.ndim - value.ndim)).to(x.dtype)


def _angle(u):
    return (u + _OFFSET) / (1 + _OFFSET) * (math.pi / 2)


def _kept(u: float) -> float:
    return math.cos(_angle(u)) ** 2


def _kept_at_start() -> float:
    return _kept(0.0)


def _alpha_sigma(kept: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    return kept.sqrt().to(t.dtype), (1 - kept).sqrt().to(t.dtype)
