"""The diffusion path: motion fades while noise grows, energy kept."""

import torch
from torch import Tensor

from mini_vimogen.paths.schedules import STEPS, Schedule, cosine, like


def add_noise(
    clean: Tensor, noise: Tensor, t: Tensor, *, schedule: Schedule = cosine
) -> Tensor:
    """alpha(t) * clean + sigma(t) * noise.

    Args:
        clean, noise: [b..., frames, c].
        t: [b...] noise level, 0 clean to 1 pure noise.
        schedule: gives alpha and sigma.

    Returns:
        [b..., frames, c].

    Source: DDPM (Ho et al. 2020), equation 4; ViMo, equation 1.
    """
    alpha, sigma = schedule(t)
    return like(alpha, clean) * clean + like(sigma, clean) * noise


def random_levels(count: int, *, generator: torch.Generator) -> Tensor:
    """Noise levels i / 1000 with i uniform in 0..999, float32 [count].

    Source: DDPM (Ho et al. 2020), algorithm 1.
    """
    steps = torch.randint(
        STEPS, (count,), generator=generator, device=generator.device
    )
    return steps / STEPS


def shift_levels(t: Tensor, shift: float) -> Tensor:
    """Noise levels moved towards 1; 0 and 1 stay where they are.

    Neighbouring frames of a motion are alike, so noise averages out over them
    and the motion shows early; at a higher level it is as hidden as a single
    frame would be at the lower one.

    Args:
        t: noise levels within 0..1.
        shift: 1 changes nothing; above 1 moves them up.

    Source: Esser et al. 2024, equation 23 (there for image resolution).

    >>> shift_levels(torch.tensor([0.0, 0.5, 1.0]), 3.0)
    tensor([0.0000, 0.7500, 1.0000])
    """
    if not shift > 0:
        raise ValueError(f"shift must be positive, got {shift}")
    return shift * t / (1 + (shift - 1) * t)


def step_weight(
    t: Tensor, *, gamma: float = 0.5, schedule: Schedule = cosine
) -> Tensor:
    """Loss weight (1 + SNR)^-gamma, which favours high noise levels; [...].

    SNR is alpha^2 / sigma^2. EDGE has it in its code and leaves it off.

    Source: P2 weighting (Choi et al. 2022) with k = 1.
    """
    alpha, sigma = schedule(t.double())
    return (1 + (alpha / sigma) ** 2).pow(-gamma).to(t.dtype)
