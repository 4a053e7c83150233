"""Guidance: away from a worse answer, such as the answer to no question.

It works on clean motion and on velocity alike: at one noise level each is a
straight function of the other, and the weights of the answers add up to 1.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Denoise = Callable[[Tensor, Tensor], Tensor]
Weight = float | Callable[[Tensor], Tensor]


def guided(
    denoise: Denoise,
    weight: Weight,
    *,
    rescale: float = 0.0,
    valid: Tensor | None = None,
) -> Denoise:
    """A denoiser that goes ``weight`` times as far as the condition asks.

    without + weight * (with - without), both from one call of ``denoise``.

    Args:
        denoise: (noisy, t) -> clean over twice the batch: the first half sees
            its condition, the second half none
            (``encode_condition(..., guidance=True)``).
        weight: 0 ignores the condition, 1 is the plain model, more exaggerates,
            a negative one asks for the opposite; or a function of the noise
            level t [b], as ``only_within`` makes.
        rescale: share of ``rescaled``, 0 none.
        valid: [b, frames] real frames, for the rescaling; None is all.

    Returns:
        (noisy [b, frames, c], t [b]) -> clean [b, frames, c].

    Raises:
        ValueError: a weight that is not finite, or rescale outside 0..1.

    Source: Ho and Salimans 2022, equation 6 with weight = 1 + w; EDGE.

    >>> halves = lambda noisy, t: torch.tensor([[[3.0]], [[1.0]]])
    >>> guided(halves, 2.0)(torch.zeros(1, 1, 1), torch.ones(1))
    tensor([[[5.]]])
    """
    weight, rescale = _checked(weight), _checked_share(rescale)

    def both(noisy: Tensor, t: Tensor) -> Tensor:
        answers = denoise(torch.cat((noisy, noisy)), torch.cat((t, t)))
        conditioned, unconditioned = answers.chunk(2)
        # lerp is exact at weights 0 and 1; the written-out form is not.
        answer = torch.lerp(unconditioned, conditioned, _at(weight, t, answers))
        return rescaled(answer, conditioned, share=rescale, valid=valid)

    return both


def guided_by_two(
    denoise: Denoise,
    first: Weight,
    second: Weight,
    *,
    rescale: float = 0.0,
    valid: Tensor | None = None,
) -> Denoise:
    """Two conditions, each exaggerated by a weight of its own.

    none + first * (one - none) + second * (both - one), where ``one`` sees the
    first condition only. All three come from one call of ``denoise``.

    Args:
        denoise: (noisy, t) -> clean over three times the batch: first those
            that see both conditions, then the first one only, then neither.
        first, second: as ``weight`` of ``guided``; both 1 is the plain model.
        rescale, valid: as in ``guided``.

    Returns:
        (noisy [b, frames, c], t [b]) -> clean [b, frames, c].

    Raises:
        ValueError: as in ``guided``.

    Source: Brooks et al. 2023 (InstructPix2Pix), equation 3.

    >>> thirds = lambda noisy, t: torch.tensor([7.0, 3.0, 1.0])[:, None, None]
    >>> guided_by_two(thirds, 2.0, 3.0)(torch.zeros(1, 1, 1), torch.ones(1))
    tensor([[[17.]]])
    """
    first, second = _checked(first), _checked(second)
    rescale = _checked_share(rescale)

    def three(noisy: Tensor, t: Tensor) -> Tensor:
        answers = denoise(torch.cat((noisy,) * 3), t.repeat(3))
        both, one, neither = answers.chunk(3)
        answer = torch.lerp(one, both, _at(second, t, answers))
        answer = answer + (_at(first, t, answers) - 1) * (one - neither)
        return rescaled(answer, both, share=rescale, valid=valid)

    return three


def autoguided(
    denoise: Denoise,
    worse: Denoise,
    weight: Weight,
    *,
    rescale: float = 0.0,
    valid: Tensor | None = None,
) -> Denoise:
    """A denoiser that goes on in the direction in which it beats a worse one.

    worse + weight * (better - worse): both see the same condition, so what the
    worse one gets wrong is left behind and the variety stays. With a model
    without its condition for the worse one this is ``guided`` in two calls.

    Args:
        denoise: (noisy, t) -> clean.
        worse: the same from an earlier checkpoint or a smaller network; not
            asked where the weight is 1 for the whole batch, as it is outside
            the band of ``only_within``: there an evaluation is saved.
        weight, rescale, valid: as in ``guided``.

    Returns:
        (noisy [b, frames, c], t [b]) -> clean [b, frames, c].

    Raises:
        ValueError: as in ``guided``.

    Source: Karras et al. 2024 (autoguidance).

    >>> better, worse = (lambda x, t: x + 3), (lambda x, t: x + 1)
    >>> autoguided(better, worse, 2.0)(torch.zeros(1, 1, 1), torch.ones(1))
    tensor([[[5.]]])
    """
    weight, rescale = _checked(weight), _checked_share(rescale)

    def away(noisy: Tensor, t: Tensor) -> Tensor:
        better = denoise(noisy, t)
        factor = _at(weight, t, better)
        if bool((factor == 1).all()):
            return better
        answer = torch.lerp(worse(noisy, t), better, factor)
        return rescaled(answer, better, share=rescale, valid=valid)

    return away


def only_within(weight: Weight, *, low: float, high: float) -> Weight:
    """The weight for noise levels low..high, both among them; 1 elsewhere.

    Near noise it drives all samples to a few; near motion it does nothing.

    Args:
        weight: as in ``guided``.
        low, high: noise levels.

    Returns:
        t [b] -> weight [b].

    Raises:
        ValueError: a weight that is not finite, or levels that are not
            0 <= low <= high <= 1.

    Source: Kynkaanniemi et al. 2024.

    >>> only_within(3.0, low=0.2, high=0.8)(torch.tensor([0.1, 0.5, 0.9]))
    tensor([1., 3., 1.])
    """
    if not 0 <= low <= high <= 1:
        raise ValueError(
            f"low and high must be 0 <= low <= high <= 1, got {low} and {high}"
        )
    weight = _checked(weight)

    def of_level(t: Tensor) -> Tensor:
        inside = weight(t) if callable(weight) else torch.full_like(t, weight)
        return torch.where((t >= low) & (t <= high), inside, 1)

    return of_level


def rescaled(
    answer: Tensor,
    conditioned: Tensor,
    *,
    share: float = 0.7,
    valid: Tensor | None = None,
) -> Tensor:
    """A guided answer, brought back to the spread of the plain one.

    Guidance spreads an answer's numbers wider than any motion's are.

    Args:
        answer, conditioned: [b..., frames, c], guided and plain.
        share: 0 leaves the answer as it is, 1 gives it all the plain spread.
        valid: [b..., frames] real frames; None is all.

    Returns:
        [b..., frames, c]; an answer without spread comes back as it is.

    Raises:
        ValueError: a share outside 0..1.

    Source: Lin et al. 2024 ("Common Diffusion Noise Schedules and Sample Steps
    are Flawed"), section 3.4, which likes 0.7.
    """
    if _checked_share(share) == 0:
        return answer
    wide, size = _spread_and_size(answer, valid)
    plain, _ = _spread_and_size(conditioned, valid)
    # A constant answer's spread is rounding, nothing to be blown up.
    spreads = wide > 1e-6 * size
    factor = torch.where(spreads, plain / torch.where(spreads, wide, 1), 1)
    return torch.lerp(answer, answer * factor[..., None, None], share)


def _spread_and_size(x: Tensor, valid: Tensor | None) -> tuple[Tensor, Tensor]:
    """Standard deviation and root mean square of real frames, [b...] each."""
    if valid is None:
        valid = x.new_ones(x.shape[:-1], dtype=torch.bool)
    real = valid[..., None].expand_as(x)
    count = real.sum((-2, -1), keepdim=True).clamp(min=1)

    def mean(values: Tensor) -> Tensor:
        return torch.where(real, values, 0).sum((-2, -1), keepdim=True) / count

    squares = mean((x - mean(x)) ** 2), mean(x**2)
    return tuple(square[..., 0, 0].sqrt() for square in squares)


def _at(weight: Weight, t: Tensor, x: Tensor) -> Tensor:
    """The weight at each level, [b, 1, 1]."""
    w = weight(t) if callable(weight) else torch.full_like(t, weight)
    return w.to(x).reshape(-1, *(1,) * (x.ndim - 1))


def _checked(weight: Weight) -> Weight:
    if not callable(weight) and not math.isfinite(weight):
        raise ValueError(f"weight must be finite, got {weight}")
    return weight


def _checked_share(share: float) -> float:
    if not 0 <= share <= 1:
        raise ValueError(f"rescale must be within 0..1, got {share}")
    return share
