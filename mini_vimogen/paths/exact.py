"""The velocity that a perfect network would answer, where it is known.

Motions near a few given ones: each of ``points`` equally likely, normal noise
of size ``spread`` around it. One point is a Gaussian; two moons, drawn as
points, are data whose field can be drawn before anything is trained.
"""

import torch
from torch import Tensor

from mini_vimogen.paths.schedules import Schedule, like


def exact_velocity(
    noisy: Tensor,
    t: Tensor,
    *,
    points: Tensor,
    spread: float | Tensor,
    schedule: Schedule,
) -> Tensor:
    """The mean of noise - clean over all that may lie behind ``noisy``.

    Finite at every level, t = 0 and 1 among them.

    Args:
        noisy: [b..., frames, c].
        t: [b...] noise level.
        points: [n, frames, c], n of 1 or more.
        spread: around each point; positive; a number, or one for each number
            of a motion [frames, c].
        schedule: gives alpha and sigma; ``flow.straight`` for flow matching.

    Returns:
        [b..., frames, c].

    Raises:
        ValueError: a spread that is not positive.

    Source: rectified flow (Liu et al. 2023), section 2: the best velocity is
    this mean. For one point and ``flow.straight`` its paths from the noise end
    at point + spread * noise.
    """
    spread = torch.as_tensor(spread).to(noisy)
    if not bool((spread > 0).all()):
        raise ValueError(f"spread must be positive, got {spread.tolist()}")
    alpha, sigma = (
        like(value, noisy)[..., None, :, :] for value in schedule(t)
    )
    variance = alpha**2 * spread**2 + sigma**2
    points = points.to(noisy)
    gap = noisy[..., None, :, :] - alpha * points  # [b..., n, frames, c]
    logits = -(gap**2 / (2 * variance)).sum((-2, -1), keepdim=True)
    share = logits.softmax(-3)
    clean = points + alpha * spread**2 / variance * gap
    noise = sigma / variance * gap
    return (share * (noise - clean)).sum(-3)
