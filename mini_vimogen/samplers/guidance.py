"""Classifier-free guidance: away from the answer to no question."""

from collections.abc import Callable

import torch
from torch import Tensor

Denoise = Callable[[Tensor, Tensor], Tensor]


def guided(
    denoise: Denoise, weight: float | Callable[[Tensor], Tensor]
) -> Denoise:
    """A denoiser that goes ``weight`` times as far as the condition asks.

    without + weight * (with - without), both from one call of ``denoise``.

    Args:
        denoise: (noisy, t) -> clean over twice the batch: the first half sees
            its condition, the second half none
            (``encode_condition(..., guidance=True)``).
        weight: 0 ignores the condition, 1 is the plain model, more exaggerates;
            or a function of the noise level t [b].

    Returns:
        (noisy [b, frames, c], t [b]) -> clean [b, frames, c].

    Source: Ho and Salimans 2022, equation 6 with weight = 1 + w; EDGE.

    >>> halves = lambda noisy, t: torch.tensor([[[3.0]], [[1.0]]])
    >>> guided(halves, 2.0)(torch.zeros(1, 1, 1), torch.ones(1))
    tensor([[[5.]]])
    """

    def both(noisy: Tensor, t: Tensor) -> Tensor:
        answers = denoise(torch.cat((noisy, noisy)), torch.cat((t, t)))
        conditioned, unconditioned = answers.chunk(2)
        w = weight(t) if callable(weight) else torch.full_like(t, weight)
        w = w.to(answers).reshape(-1, *(1,) * (noisy.ndim - 1))
        # lerp is exact at weights 0 and 1; the written-out form is not.
        return torch.lerp(unconditioned, conditioned, w)

    return both
