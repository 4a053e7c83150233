"""Clean motion, noise, velocity: any one, seen in a noisy motion, gives all.

All functions solve noisy = alpha * clean + sigma * noise together with
velocity = noise - clean. The velocity gives the others at every level, since
alpha + sigma is never small. The clean motion says nothing of the noise where
there is none (sigma = 0), nor the noise of the motion where only noise is left
(alpha = 0): with a divisor under ``LEAST`` what cannot be known is taken to be
0, its mean (of noise always, of motion once it is normalised), and nothing of
it flows back. Values and gradients are so finite at every level.

This velocity belongs to the straight path of flow matching; the "v" of
Salimans and Ho 2022, alpha * noise - sigma * clean, is another quantity.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from mini_vimogen.paths.schedules import Schedule, cosine, like

PREDICTIONS = ("clean", "noise", "velocity")
LEAST = 1e-5  # cosine keeps an alpha of 5e-5 at its end, which must still count


def noise_to_clean(
    noisy: Tensor, noise: Tensor, t: Tensor, *, schedule: Schedule = cosine
) -> Tensor:
    """The clean motion that this noise leaves; 0 where alpha is 0.

    Errors of the noise are multiplied by sigma / alpha, 20,000 at the last
    step of the cosine schedule: the reason to predict the clean motion.

    Args:
        noisy, noise: [b..., frames, c].
        t: [b...] noise level.
        schedule: gives alpha and sigma.
    """
    alpha, sigma = _at(t, noisy, schedule)
    return _divided(noisy - sigma * noise, alpha)


def clean_to_noise(
    noisy: Tensor, clean: Tensor, t: Tensor, *, schedule: Schedule = cosine
) -> Tensor:
    """The noise left when this clean motion is taken away; 0 where sigma is 0.

    Args:
        noisy, clean: [b..., frames, c].
        t: [b...] noise level.
        schedule: gives alpha and sigma.
    """
    alpha, sigma = _at(t, noisy, schedule)
    return _divided(noisy - alpha * clean, sigma)


def clean_to_velocity(
    noisy: Tensor, clean: Tensor, t: Tensor, *, schedule: Schedule
) -> Tensor:
    """From this clean motion to the noise; -clean where sigma is 0.

    Args:
        noisy, clean: [b..., frames, c].
        t: [b...] noise level.
        schedule: gives alpha and sigma; ``flow.straight`` for flow matching.
    """
    return clean_to_noise(noisy, clean, t, schedule=schedule) - clean


def noise_to_velocity(
    noisy: Tensor, noise: Tensor, t: Tensor, *, schedule: Schedule
) -> Tensor:
    """From the clean motion to this noise; the noise where alpha is 0.

    Args:
        noisy, noise: [b..., frames, c].
        t: [b...] noise level.
        schedule: gives alpha and sigma; ``flow.straight`` for flow matching.
    """
    return noise - noise_to_clean(noisy, noise, t, schedule=schedule)


def velocity_to_clean(
    noisy: Tensor, velocity: Tensor, t: Tensor, *, schedule: Schedule
) -> Tensor:
    """The clean motion that this velocity comes from, at any level.

    Args:
        noisy, velocity: [b..., frames, c].
        t: [b...] noise level.
        schedule: gives alpha and sigma; ``flow.straight`` for flow matching.
    """
    alpha, sigma = _at(t, noisy, schedule)
    return (noisy - sigma * velocity) / (alpha + sigma)


def velocity_to_noise(
    noisy: Tensor, velocity: Tensor, t: Tensor, *, schedule: Schedule
) -> Tensor:
    """The noise that this velocity leads to, at any level.

    Args:
        noisy, velocity: [b..., frames, c].
        t: [b...] noise level.
        schedule: gives alpha and sigma; ``flow.straight`` for flow matching.
    """
    alpha, sigma = _at(t, noisy, schedule)
    return (noisy + alpha * velocity) / (alpha + sigma)


_CONVERSIONS = {
    ("noise", "clean"): noise_to_clean,
    ("clean", "noise"): clean_to_noise,
    ("clean", "velocity"): clean_to_velocity,
    ("noise", "velocity"): noise_to_velocity,
    ("velocity", "clean"): velocity_to_clean,
    ("velocity", "noise"): velocity_to_noise,
}


def convert(
    noisy: Tensor,
    prediction: Tensor,
    t: Tensor,
    *,
    source: str,
    target: str,
    schedule: Schedule,
) -> Tensor:
    """One prediction as another.

    Args:
        noisy, prediction: [b..., frames, c].
        t: [b...] noise level.
        source, target: "clean", "noise" or "velocity"; alike, the prediction
            comes back as it is.
        schedule: gives alpha and sigma.

    Raises:
        ValueError: source or target is no such word.

    >>> noisy, clean = torch.full((2, 1, 1), 3.0)
    >>> path = lambda t: (1 - t, t)
    >>> told = dict(source="clean", target="noise", schedule=path)
    >>> convert(noisy, clean, torch.tensor(0.5), **told)
    tensor([[3.]])
    """
    for name, word in (("source", source), ("target", target)):
        if word not in PREDICTIONS:
            raise ValueError(
                f"{name} must be one of {', '.join(PREDICTIONS)}, got {word!r}"
            )
    if source == target:
        return prediction
    return _CONVERSIONS[source, target](noisy, prediction, t, schedule=schedule)


def converted(
    predict: Callable[[Tensor, Tensor], Tensor],
    *,
    source: str,
    target: str,
    schedule: Schedule,
) -> Callable[[Tensor, Tensor], Tensor]:
    """A network that predicts the one, as one that predicts the other.

    So a denoiser becomes the velocity that ``samplers.ode`` wants, and a
    velocity the denoiser that ``samplers.ddim`` wants. Arguments and errors
    are those of ``convert``.

    Args:
        predict: (noisy [b..., frames, c], t [b...]) -> source.

    Returns:
        (noisy, t) -> target.
    """

    def answer(noisy: Tensor, t: Tensor) -> Tensor:
        prediction = predict(noisy, t)
        return convert(
            noisy,
            prediction,
            t,
            source=source,
            target=target,
            schedule=schedule,
        )

    return answer


def _at(t: Tensor, x: Tensor, schedule: Schedule) -> tuple[Tensor, Tensor]:
    alpha, sigma = schedule(t)
    return like(alpha, x), like(sigma, x)


def _divided(whole: Tensor, divisor: Tensor) -> Tensor:
    known = divisor >= LEAST
    # Twice where: 0 * inf, in the gradient of the side not taken, is NaN.
    quotient = whole / torch.where(known, divisor, 1)
    return torch.where(known, quotient, 0)
