"""Completion: part of a motion is given, sampling makes up the rest.

After each step the known numbers are put back, with the noise of the level that
the step reached, and without any after the last one (ViMo, equation 8). This
works with any trained network and any mask, and it is weak: at high noise
levels, where the rest takes its course, noise hides what is known. For motion,
which is smooth, the rest then hardly meets the known part: the first lifter's
in-betweens bent 11 to 15 times as hard at the border as the real motion does,
and lay further off than a straight line between the two sides. With ``eased``
it is 3 times, which is how hard this lifter's motions bend anywhere.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache

import torch
from torch import Tensor

from mini_vimogen.samplers import ddim
from mini_vimogen.samplers.ddim import Between, Denoise, Schedule, State


def states(
    denoise: Denoise,
    noise: Tensor,
    *,
    known: Tensor,
    values: Tensor,
    schedule: Schedule,
    sampler: Callable[..., Iterator[State]] = ddim.states,
    generator: torch.Generator | None = None,
    fresh_noise: Callable[[int], Tensor] | None = None,
    known_noise: Callable[[int], Tensor] | None = None,
    exact: bool = True,
    between: Between | None = None,
    **options,
) -> Iterator[State]:
    """All the steps of ``sample``, one by one; ``noisy`` has the known part.

    Arguments, errors and source are those of ``sample``.
    """
    known, values = checked(known, values, noise)
    fresh_noise = fresh_noise or ddim.drawing(noise, generator)
    if fresh_noise is not None:
        # The sampler and the known part ask for the same step's noise.
        fresh_noise = lru_cache(maxsize=1)(fresh_noise)
    if known_noise is None:
        known_noise = fresh_noise or (lambda step: noise)

    def put_back(noisy: Tensor, step: int, t: float) -> Tensor:
        if between is not None:
            noisy = between(noisy, step, t)
        if t >= 0:
            alpha, sigma = schedule(torch.tensor(t, dtype=torch.float64))
            given = alpha * values + sigma * known_noise(step)
        elif exact:
            given = values
        else:
            return noisy
        return torch.where(known, given, noisy)

    yield from sampler(
        denoise,
        noise,
        schedule=schedule,
        fresh_noise=fresh_noise,
        between=put_back,
        **options,
    )


def sample(denoise: Denoise, noise: Tensor, **options) -> Tensor:
    """A clean motion that agrees with what is known of it.

    Args:
        denoise: (noisy, t) -> clean; t has the batch shape of the noise.
        noise: [b..., frames, c], standard normal; where sampling starts.
        known: bool, broadcast to the noise, at least [frames or 1, c or 1].
        values: numbers, broadcast to the noise; what is not known may hold
            anything, NaN too.
        schedule: t -> (alpha, sigma), the one the network was trained on.
        sampler: ``ddim.states``, ``ddpm.states``, or one that takes the same
            arguments; its own (steps, eta, clamp, levels ...) go to it.
        generator, fresh_noise: as in ``ddim.sample``. The known numbers take
            the noise that the step drew for them, so that a generator yields
            as much as without completion; with neither they keep the noise
            they started from.
        known_noise: step number 1, 2 ... -> noise of the known numbers, for
            noise of their own.
        exact: put the values back after the last step too. EDGE does not, and
            returns the network's guess of them.
        between: done after each step, before the known part is put back.

    Returns:
        [b..., frames, c] in the dtype of the noise. With ``exact``, equal to
        ``values`` bit for bit where known; where nothing is known it is the
        plain sample.

    Raises:
        ValueError: known is not bool, a shape does not fit the noise, known
            values are not finite, or what the sampler refuses.

    Source: ViMo, equation 8; EDGE's ``inpaint_loop``; the replacement method
    of Song et al. 2021 and RePaint (Lugmayr et al. 2022).
    """
    for state in states(denoise, noise, **options):
        end = state.noisy
    return end


def eased(denoise: Denoise, *, known: Tensor, values: Tensor) -> Denoise:
    """A denoiser whose guess passes through what is known, and bends to it.

    Where the guess misses the known numbers, the miss is taken off; on the
    frames between two known ones it is taken off too, by linear interpolation
    of the two misses, and beyond the outermost known frame by the miss there.
    Channels in which no frame is known stay as they were guessed. So the rest
    starts out, at high noise levels, from a straight line between what is
    known, and the steps after that work it out.

    Args:
        denoise: (noisy, t) -> clean.
        known, values: as in ``sample``.

    Returns:
        (noisy, t) -> clean, for ``sample``.

    Raises:
        ValueError: when called, as ``sample``.

    >>> nothing = lambda noisy, t: torch.zeros_like(noisy)
    >>> known = torch.tensor([True, False, False, True])[:, None]
    >>> values = torch.tensor([[0.0], [9], [9], [3]])
    >>> guess = eased(nothing, known=known, values=values)
    >>> guess(torch.randn(4, 1), torch.ones(())).flatten().tolist()
    [0.0, 1.0, 2.0, 3.0]
    """

    def denoise_through(noisy: Tensor, t: Tensor) -> Tensor:
        here, wanted = checked(known, values, noisy)
        guess = denoise(noisy, t)
        bent = guess + interpolated(wanted - guess, here)
        return torch.where(here, wanted, bent)

    return denoise_through


def interpolated(numbers: Tensor, known: Tensor) -> Tensor:
    """What the known frames say about the others, channel by channel.

    Args:
        numbers: [..., frames, c], anything where not known. known: bool, the
            same shape.

    Returns:
        The same shape: linear between two known frames, the nearest known one
        before the first and after the last, 0 in channels without any.
    """
    frames = numbers.shape[-2]
    frame = torch.arange(frames, device=numbers.device)[:, None]
    before = torch.where(known, frame, -1).cummax(dim=-2).values
    after = torch.where(known, frame, frames)
    after = after.flip(-2).cummin(dim=-2).values.flip(-2)
    # Outside, the two neighbours are one and the same.
    first = torch.where(before < 0, after, before).clamp(max=frames - 1)
    last = torch.where(after == frames, before, after).clamp(min=0)
    weight = (frame - first) / (last - first).clamp(min=1)
    between = torch.lerp(
        numbers.gather(-2, first), numbers.gather(-2, last), weight.to(numbers)
    )
    return torch.where(known.any(dim=-2, keepdim=True), between, 0.0)


def checked(
    known: Tensor, values: Tensor, noise: Tensor
) -> tuple[Tensor, Tensor]:
    """``known`` and ``values`` in the shape of the noise.

    Raises:
        ValueError: as ``sample``.
    """
    if known.dtype != torch.bool:
        raise ValueError(f"known must be bool, got {known.dtype}")
    for name, given in (("known", known), ("values", values)):
        if not _fits(given, noise):
            raise ValueError(
                f"{name} must have a shape that broadcasts to the noise "
                f"{list(noise.shape)}, with an axis for frames and one for "
                f"channels, got {list(given.shape)}"
            )
    known, values = known.expand(noise.shape), values.expand(noise.shape)
    wrong = known & ~values.isfinite()
    if bool(wrong.any()):
        at = torch.nonzero(wrong)[0].tolist()
        raise ValueError(
            "values must be finite where known, got "
            f"{float(values[tuple(at)])} at frame {at[-2]}, channel {at[-1]}"
        )
    return known, values.to(noise)


def _fits(given: Tensor, noise: Tensor) -> bool:
    if not 2 <= given.ndim <= noise.ndim:
        return False
    return all(
        mine in (1, theirs)
        for mine, theirs in zip(
            reversed(given.shape), reversed(noise.shape), strict=False
        )
    )
