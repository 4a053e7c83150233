"""The path of flow matching: a straight line from a motion to noise.

t is 0 at the motion and 1 at the noise, and the velocity is noise - clean, as
in the code of ViMoGen's release. Papers that count from noise to data,
ViMoGen's own among them, have 1 - t for our t and -velocity for our velocity.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mini_vimogen.paths.diffusion import add_noise, shift_levels
from mini_vimogen.paths.schedules import STEPS, Schedule

VIMOGEN_SHIFT = 5.0
Draw = Callable[..., Tensor]


def straight(t: Tensor) -> tuple[Tensor, Tensor]:
    """The schedule of the straight line: alpha + sigma = 1.

    It goes where the schedules of ``paths.schedules`` go, but energy is not
    kept. Outside 0..1 it stays at its ends, as they do.

    Args:
        t: [...] noise level.

    Returns:
        alpha, sigma: [...] each, in the dtype of t.

    Source: rectified flow (Liu et al. 2023), equation 1; Lipman et al. 2023,
    equation 20 with sigma_min = 0.

    >>> straight(torch.tensor(0.25))
    (tensor(0.7500), tensor(0.2500))
    """
    t = t.clamp(0, 1)
    return 1 - t, t


def interpolate(clean: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """(1 - t) * clean + t * noise.

    Args:
        clean, noise: [b..., frames, c].
        t: [b...] noise level, 0 clean to 1 pure noise.

    Returns:
        [b..., frames, c].

    Raises:
        ValueError: a level outside 0..1, or NaN.

    Source: ``add_noise`` of the flow scheduler of ViMoGen's release.

    >>> clean, noise = torch.tensor([[[1.0]]]), torch.tensor([[[5.0]]])
    >>> interpolate(clean, noise, torch.tensor([0.25]))
    tensor([[[2.]]])
    """
    # Tensors on the meta device have shapes but no values to check.
    if not t.is_meta and not bool(((t >= 0) & (t <= 1)).all()):
        raise ValueError(
            "t must be noise levels within 0..1, got levels from "
            f"{t.min().item():g} to {t.max().item():g}"
        )
    return add_noise(clean, noise, t, schedule=straight)


def velocity_target(clean: Tensor, noise: Tensor) -> Tensor:
    """noise - clean: where the path goes as t grows, the same all along it.

    Args:
        clean, noise: [..., frames, c].

    Source: rectified flow (Liu et al. 2023), equation 1.
    """
    return noise - clean


def velocity_weight(
    t: Tensor, *, least: float = 0.05, schedule: Schedule = straight
) -> Tensor:
    """What turns a squared error of the clean motion into one of velocity.

    ((alpha + sigma) / sigma)^2, 1 / t^2 on the straight line: a network that
    predicts the clean motion learns with it as one that predicts the velocity.

    Args:
        t: [...] noise level.
        least: sigma counts as at least this much, since the weight has no
            bound at t = 0; positive.
        schedule: gives alpha and sigma.

    Returns:
        [...] in the dtype of t.

    Raises:
        ValueError: least is not positive.

    Source: Li and He 2025 (JiT), whose least t is 0.05 too.

    >>> velocity_weight(torch.tensor([0.0, 0.5, 1.0]))
    tensor([400.,   4.,   1.])
    """
    if not least > 0:
        raise ValueError(f"least must be positive, got {least}")
    alpha, sigma = schedule(t.double())
    return (((alpha + sigma) / sigma.clamp(min=least)) ** 2).to(t.dtype)


def uniform_levels(count: int, *, generator: torch.Generator) -> Tensor:
    """Noise levels spread evenly over 0..1, float32 [count]."""
    return torch.rand(count, generator=generator, device=generator.device)


def logit_normal_levels(
    count: int,
    *,
    generator: torch.Generator,
    mean: float = 0.0,
    std: float = 1.0,
) -> Tensor:
    """Noise levels heaped where the path is hardest, float32 [count].

    The sigmoid of a normal draw.

    Args:
        mean: above 0 is more noise; -mean of a text whose data are at 1.
        std: how wide the heap is; positive.

    Raises:
        ValueError: std is not positive.

    Source: Esser et al. 2024, section 3.1.
    """
    if not std > 0:
        raise ValueError(f"std must be positive, got {std}")
    drawn = torch.randn(count, generator=generator, device=generator.device)
    return torch.sigmoid(mean + std * drawn)


def mixed_levels(
    count: int,
    *,
    parts: Sequence[tuple[float, Draw]],
    generator: torch.Generator,
) -> Tensor:
    """Each noise level out of one of several samplers, float32 [count].

    Args:
        parts: (share, sampler) pairs; a sampler is called as
            ``sampler(count, generator=generator)``. Shares add up to 1.

    Raises:
        ValueError: shares that are negative or do not add up to 1.
    """
    shares = torch.tensor([share for share, _ in parts], dtype=torch.float64)
    if not bool((shares >= 0).all()) or abs(float(shares.sum()) - 1) > 1e-6:
        raise ValueError(
            "shares of parts must be 0 or more and add up to 1, got "
            f"{[share for share, _ in parts]}"
        )
    drawn = torch.stack([draw(count, generator=generator) for _, draw in parts])
    place = torch.rand(count, generator=generator, device=generator.device)
    # The last bound is left out: shares may add up to a hair less than 1.
    bounds = shares.cumsum(0)[:-1].to(place)
    which = torch.searchsorted(bounds, place, right=True)
    return drawn.gather(0, which[None])[0]


def flow_levels(count: int, *, generator: torch.Generator) -> Tensor:
    """Our default: nine parts logit-normal, one part uniform; [count].

    The uniform part brings the ends, where the other hardly ever comes.
    """
    parts = ((0.9, logit_normal_levels), (0.1, uniform_levels))
    return mixed_levels(count, parts=parts, generator=generator)


def vimogen_levels() -> Tensor:
    """The noise levels that ViMoGen trains on, float64 [1000], falling from 1.

    1, 0.999 ... 0.001, shifted by 5: five in six are above one half.

    Source: ``set_timesteps(1000, training=True)`` of its release.
    """
    even = torch.arange(STEPS, 0, -1, dtype=torch.float64) / STEPS
    return shift_levels(even, VIMOGEN_SHIFT)


def vimogen_random_levels(count: int, *, generator: torch.Generator) -> Tensor:
    """Levels out of ``vimogen_levels``, all equally likely; float32 [count]."""
    index = torch.randint(
        STEPS, (count,), generator=generator, device=generator.device
    )
    return vimogen_levels().to(index.device)[index].float()


def vimogen_sampling_levels(
    steps: int = 50, *, strength: float = 0.7
) -> Tensor:
    """The noise levels that ViMoGen samples at, float64 [steps + 1], 0 last.

    The release starts from pure noise, yet tells the network 0.92.

    Args:
        steps: strides between them.
        strength: where they start before the shift by 5; 1 is pure noise.

    Raises:
        ValueError: steps under 1, or strength outside 0..1 (0 left out).

    >>> vimogen_sampling_levels(2)
    tensor([0.9211, 0.7292, 0.0000], dtype=torch.float64)
    """
    if steps < 1:
        raise ValueError(f"steps must be 1 or more, got {steps}")
    if not 0 < strength <= 1:
        raise ValueError(f"strength must be above 0, up to 1, got {strength}")
    even = torch.arange(steps, -1, -1, dtype=torch.float64) / steps
    return shift_levels(strength * even, VIMOGEN_SHIFT)


def bell_weight(t: Tensor, *, levels: Tensor | None = None) -> Tensor:
    """ViMoGen's loss weight: a bell over t, lowered to 0 at pure noise; [...].

    exp(-2 (t - 1/2)^2) less its least value over ``levels``, scaled to an
    average of 1 over them.

    Args:
        t: [...] noise level.
        levels: those trained on; None is ``vimogen_levels()``.

    Returns:
        [...] in the dtype of t.

    Source: ``training_weight`` of its release's flow scheduler.

    >>> bell_weight(torch.tensor([0.1, 0.5, 0.9]))
    tensor([0.6312, 2.0764, 0.6312])
    """
    levels = vimogen_levels() if levels is None else levels
    over = _bell(levels)
    lowest = over.min()
    return ((_bell(t) - lowest) / (over - lowest).mean()).to(t.dtype)


def _bell(t: Tensor) -> Tensor:
    return torch.exp(-2 * (t.double() - 0.5) ** 2)
