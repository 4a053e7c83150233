"""Completion eased as a lifter's misses really go: by kriging.

``completion.eased`` takes off what the network's guess misses by straight lines
between the known frames. Lines have corners, so the motion changes its speed at
the border. A miss of a real lifter has none: that of a rotation goes with the
next frame's by 0.95 or more, with one five frames off by 0.7, and with those
twelve to thirty off by 0.2 to 0.5 (training clips without a video, noise levels
of 0.7 and less). That is a level that a window shares, and waves around it of a
third of a second. Kriging is the best linear guess of such numbers from some of
them.
"""

import torch
from torch import Tensor

from mini_vimogen.samplers.completion import checked
from mini_vimogen.samplers.ddim import Denoise

LENGTH = 12.0
"""Frames: the length of the waves in a miss, at 30 frames a second. Lengths of
8, 15 and 20 were worse in long gaps of the validation clips."""
NUGGET = 2e-3
"""Share of a miss that says nothing of its neighbours."""


def eased_by_kriging(
    denoise: Denoise,
    *,
    known: Tensor,
    values: Tensor,
    length: float = LENGTH,
    nugget: float = NUGGET,
) -> Denoise:
    """As ``completion.eased``, with ``kriged`` in place of straight lines.

    The known part goes over into the rest without a sudden change of speed.

    Args:
        denoise: (noisy, t) -> clean.
        known, values: as in ``completion.sample``.
        length, nugget: as in ``kriged``.

    Returns:
        (noisy, t) -> clean, for ``completion.sample``.

    Raises:
        ValueError: when called, as ``completion.sample``; length or nugget not
            positive.
    """

    def denoise_through(noisy: Tensor, t: Tensor) -> Tensor:
        here, wanted = checked(known, values, noisy)
        guess = denoise(noisy, t)
        miss = kriged(wanted - guess, here, length=length, nugget=nugget)
        return torch.where(here, wanted, guess + miss)

    return denoise_through


def kriged(
    numbers: Tensor,
    known: Tensor,
    *,
    length: float = LENGTH,
    nugget: float = NUGGET,
) -> Tensor:
    """What the known frames say about the others, channel by channel.

    Args:
        numbers: [..., frames, c], anything where not known. known: bool, the
            same shape.
        length: of the waves, in frames: numbers ``length`` apart go together
            by 0.48, twice as far apart by 0.14.
        nugget: variance of a number's own noise, over that of the waves.

    Returns:
        The same shape: the known numbers as they are; between them smooth, and
        far from them the level that they share; 0 in channels without any.

    Raises:
        ValueError: length or nugget not positive.

    Source: ordinary kriging (Matheron 1963) with a Matern covariance of order
    3/2.

    >>> known = torch.tensor([True, False, True])[:, None]
    >>> kriged(torch.tensor([[1.0], [9], [3]]), known)[1].item()
    2.0
    """
    for name, value in (("length", length), ("nugget", nugget)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value}")
    # A channel of one motion is a row; few patterns of what is known recur.
    rows, there = (x.mT.flatten(end_dim=-2) for x in (numbers, known))
    filled = torch.zeros_like(rows)
    patterns, which = torch.unique(there, dim=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        if bool(pattern.any()):
            weights = _weights(pattern, length=length, nugget=nugget)
            own = which == number
            filled[own] = rows[own][:, pattern] @ weights.to(rows)
    filled = filled.reshape(numbers.mT.shape).mT
    return torch.where(known, numbers, filled)


def _weights(pattern: Tensor, *, length: float, nugget: float) -> Tensor:
    """[known, frames]: each frame as a mixture of the known ones, float64.

    What of a frame is not explained by its neighbours' waves goes to the
    shared level, of which the known frames give the best linear estimate.
    """
    frame = torch.arange(len(pattern), device=pattern.device)
    apart = (frame[:, None] - frame).abs().double() * 3**0.5 / length
    alike = (1 + apart) * torch.exp(-apart)
    among = alike[pattern][:, pattern]
    among = among + nugget * torch.eye(len(among)).to(among)
    ones = torch.ones(len(among), 1).to(among)
    solved = torch.linalg.solve(among, torch.cat([alike[pattern], ones], 1))
    waves, level = solved[:, :-1], solved[:, -1:] / solved[:, -1].sum()
    return waves + level * (1 - waves.sum(dim=0))
