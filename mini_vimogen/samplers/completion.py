"""Completion: part of a motion is given, sampling makes up the rest.

After each step the known numbers are put back, with the noise of the level that
the step reached, and without any after the last one (ViMo, equation 8). This
works with any trained network and any mask, and it is weak: at high noise
levels, where the rest takes its course, the noise hides what is known. Smooth
data show it best: on Gaussian motions of 12 frames with three known at each
end, the rest is off by six times the spread that it should have. ``pulled``
mends this at the price of gradients through the network.
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


def pulled(
    denoise: Denoise, *, known: Tensor, values: Tensor, rounds: int = 3
) -> Denoise:
    """A denoiser that knows what is known, by gradients of the plain one.

    How the guess of one number moves with another noisy one tells how the two
    go together in the clean motion (Tweedie's formula of second order: their
    covariance is sigma^2 / alpha times the Jacobian J). So the guess of the
    known numbers is moved to their values, and that of the rest goes along:

        clean + J[:, known] J[known, known]^-1 (values - clean)[known]

    The system is solved by ``rounds`` of conjugate gradients, each one a pass
    backwards. For Gaussian motions this is exact with as many rounds as there
    are known numbers, and much of it comes with the first three.

    Args:
        denoise: (noisy, t) -> clean, differentiable in noisy.
        known, values: as in ``sample``.
        rounds: passes backwards, 0 or more; 0 changes nothing.

    Returns:
        (noisy, t) -> clean, for ``sample`` (which still puts the known part
        back exactly).

    Raises:
        ValueError: rounds is negative; when called, as ``sample``.

    Source: moment matching with Tweedie's formula (Boys et al. 2023; Song et
    al. 2023, pseudoinverse guidance), scaled by conjugate gradients.
    """
    if rounds < 0:
        raise ValueError(f"rounds must be 0 or more, got {rounds}")

    def denoise_knowing(noisy: Tensor, t: Tensor) -> Tensor:
        here, wanted = checked(known, values, noisy)
        with torch.enable_grad():
            noisy = noisy.detach().requires_grad_()
            clean = denoise(noisy, t)

        def backwards(direction: Tensor) -> Tensor:
            return torch.autograd.grad(
                clean, noisy, direction, retain_graph=True
            )[0]

        guess = clean.detach()
        missing = torch.where(here, wanted - guess, 0.0)
        return guess + _carried_along(backwards, here, missing, rounds)

    return denoise_knowing


def _carried_along(
    backwards: Callable[[Tensor], Tensor],
    known: Tensor,
    missing: Tensor,
    rounds: int,
) -> Tensor:
    """J[:, known] J[known, known]^-1 missing, by conjugate gradients."""
    moved = torch.zeros_like(missing)
    search, left = missing, _dot(missing, missing)
    for _ in range(rounds):
        turned = backwards(search)
        back = torch.where(known, turned, 0.0)
        bend = _dot(search, back)
        # A network's Jacobian need not be positive: there, stop.
        step = torch.where(bend > 0, left / bend, 0.0)
        moved = moved + step * turned
        missing = missing - step * back
        still = _dot(missing, missing)
        search = missing + torch.where(left > 0, still / left, 0.0) * search
        left = still
    return moved


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum(dim=(-2, -1), keepdim=True)


def checked(
    known: Tensor, values: Tensor, noise: Tensor
) -> tuple[Tensor, Tensor]:
    """``known`` and ``values`` like the noise; 0 where nothing is known.

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
    return known, torch.where(known, values, 0.0).to(noise)


def _fits(given: Tensor, noise: Tensor) -> bool:
    if not 2 <= given.ndim <= noise.ndim:
        return False
    return all(
        mine in (1, theirs)
        for mine, theirs in zip(
            reversed(given.shape), reversed(noise.shape), strict=False
        )
    )
