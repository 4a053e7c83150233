"""Noise levels and frame positions as numbers a network can use."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

TIME_SCALE = 1000
"""Networks embed 1000 t: the noise level in the steps of the papers."""


def sinusoid(t: Tensor, width: int) -> Tensor:
    """Sines and cosines of a noise level, from fast to slow.

    Args:
        t: [...] noise level, 0 clean to 1 pure noise.
        width: even; the first half are sines, the second half cosines.

    Returns:
        [..., width].

    Source: EDGE's ``SinusoidalPosEmb``; frequencies 10000^(-i / (width/2 - 1)).

    >>> sinusoid(torch.tensor([0.0]), 4)
    tensor([[0., 0., 1., 1.]])
    """
    half = width // 2
    rate = torch.arange(half, device=t.device) / max(half - 1, 1)
    angle = TIME_SCALE * t[..., None] * torch.exp(-math.log(10000.0) * rate)
    return torch.cat((angle.sin(), angle.cos()), dim=-1).to(t.dtype)


def rotary_table(positions: Tensor, width: int) -> Tensor:
    """One unit complex number per position and pair of channels.

    Args:
        positions: [...] frame numbers.
        width: even; pair i turns by 10000^(-2i / width) radians a frame.

    Returns:
        [..., width / 2] complex64.

    Source: RoFormer (Su et al. 2021), equation 15.
    """
    rate = torch.arange(0, width, 2, device=positions.device) / width
    angle = positions[..., None] * torch.exp(-math.log(10000.0) * rate)
    return torch.polar(torch.ones_like(angle), angle)


def rotate(x: Tensor, table: Tensor) -> Tensor:
    """Turn the channel pairs (0, 1), (2, 3) ... by the angles of their frame.

    A pair is read as one complex number, so turning it is one product: on a
    CPU four times faster than building the swapped copy of x.

    Args:
        x: [..., frames, width].
        table: ``rotary_table``, [frames, width / 2] or with leading dimensions.

    >>> quarter = torch.tensor([[1j]])
    >>> rotate(torch.tensor([[1.0, 0.0]]), quarter)
    tensor([[0., 1.]])
    """
    wide = x if x.dtype == torch.float64 else x.float()  # no complex bfloat16
    pairs = torch.view_as_complex(wide.unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * table).flatten(-2).to(x.dtype)


def grouped(x: Tensor, group: int) -> Tensor:
    """Neighbouring frames side by side, zeros behind the last frame.

    [b, frames, c] -> [b, ceil(frames / group), group * c].
    """
    if group == 1:
        return x
    x = F.pad(x, (0, 0, 0, -x.shape[1] % group))
    return x.unflatten(1, (-1, group)).flatten(-2)


def ungrouped(x: Tensor, group: int, frames: int) -> Tensor:
    """Undo ``grouped``: [b, n, group * c] -> [b, frames, c]."""
    return x.unflatten(-1, (group, -1)).flatten(1, 2)[:, :frames]


def zeroed(x: Tensor, real: Tensor | None) -> Tensor:
    """x [b, frames, c] with 0 (not 0 times x, which may be NaN) where not real.

    ``real``: bool, [b, frames] or [b, 1]; None keeps all of x.
    """
    return x if real is None else x.masked_fill(~real[..., None], 0.0)
