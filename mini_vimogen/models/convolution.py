"""Short filters over time, before and after the transformer.

Attention has to learn that neighbouring frames belong together; a convolution
knows. Neither part is in EDGE or ViMo.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mini_vimogen.models.embeddings import zeroed


class Neighbourhood(nn.Module):
    """Two convolutions over tokens, added to them.

    Args:
        width: channels.
        kernel: odd number of tokens that a convolution sees.

    Raises:
        ValueError: an even kernel.
    """

    def __init__(self, width: int, kernel: int):
        super().__init__()
        self.first = nn.Conv1d(width, width, odd(kernel), padding=kernel // 2)
        self.second = nn.Conv1d(width, width, kernel, padding=kernel // 2)

    def forward(self, tokens: Tensor, valid: Tensor | None = None) -> Tensor:
        """Tokens [b, n, width]; where ``valid`` [b, n] is False they are 0."""
        x = zeroed(tokens, valid).transpose(1, 2)
        x = F.gelu(self.first(x)).transpose(1, 2)
        x = self.second(zeroed(x, valid).transpose(1, 2))
        return tokens + x.transpose(1, 2)


class FeatureFilter(nn.Module):
    """One learned filter for each feature of the answer, at first the identity.

    Both ends are held: before the first and behind the last valid frame the
    filter sees that frame again.

    Args:
        features: numbers per frame.
        kernel: odd number of frames that a filter spans.

    Raises:
        ValueError: an even kernel.
    """

    def __init__(self, features: int, kernel: int):
        super().__init__()
        start = torch.zeros(features, 1, odd(kernel))
        start[:, :, kernel // 2] = 1.0
        self.taps = nn.Parameter(start)

    def forward(self, x: Tensor, valid: Tensor | None = None) -> Tensor:
        """x [b, frames, features] filtered; ``valid`` [b, frames]."""
        frames, reach = x.shape[1], self.taps.shape[-1] // 2
        at = torch.arange(-reach, frames + reach, device=x.device)
        last = torch.full((len(x), 1), frames - 1, device=x.device)
        if valid is not None:
            last = valid.sum(dim=1, keepdim=True).clamp(min=1) - 1
        at = torch.minimum(at.clamp(min=0), last)[..., None]  # [b, n, 1]
        held = x.gather(1, at.expand(-1, -1, x.shape[-1]))
        held = held.transpose(1, 2)
        return F.conv1d(held, self.taps, groups=len(self.taps)).transpose(1, 2)


def odd(kernel: int) -> int:
    """The kernel, if it has a middle."""
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"kernel must be an odd number, got {kernel}")
    return kernel
