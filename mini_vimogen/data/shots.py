"""The shots of a batch of videos: which frames, how long, over what ground."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

SHOTS = 8
"""At most so many shots a clip."""


@dataclass(frozen=True)
class Shots:
    """The shots of a batch.

    Args:
        index: [batch, frames] which shot a frame belongs to.
        seconds: [frames] times.
        middle: [batch, shots, 3] middle of the path's box in a shot.
        extent: [batch, shots] metres, diagonal of that box in the plane.
        since: [batch, frames] seconds since the middle of the frame's shot.
        valid: [batch, frames] frames that count.
    """

    index: Tensor
    seconds: Tensor
    middle: Tensor
    extent: Tensor
    since: Tensor
    valid: Tensor

    @classmethod
    def of(cls, path, shot, valid, *, fps) -> "Shots":
        seconds = torch.arange(path.shape[1], device=path.device).to(path) / fps
        shots = torch.arange(SHOTS, device=path.device)
        belongs = (shot[..., None] == shots) & valid[..., None]
        place, inside = path[:, :, None], belongs[..., None]
        low = torch.where(inside, place, math.inf).amin(dim=1)
        high = torch.where(inside, place, -math.inf).amax(dim=1)
        used = inside.any(dim=1)  # [batch, shots, 1]
        low, high = torch.where(used, low, 0.0), torch.where(used, high, 0.0)
        extent = (high - low)[..., :2].norm(dim=-1)
        halfway = (belongs * seconds[:, None]).sum(dim=1)
        halfway = halfway / belongs.sum(dim=1).clamp(min=1)
        since = seconds - halfway.gather(1, shot)
        return cls(shot, seconds, (low + high) / 2, extent, since, valid)

    def spread(self, per_shot: Tensor) -> Tensor:
        """[batch, shots, ...] to [batch, frames, ...]."""
        extra = per_shot.shape[2:]
        index = self.index.reshape(*self.index.shape, *[1] * len(extra))
        return per_shot.gather(1, index.expand(*self.index.shape, *extra))
