"""How far real joints turn: the yardstick for generated poses."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.geometry.rotations import rotmat_to_axis_angle

MARGIN = torch.pi / 9
"""20 degrees beyond what real clips show."""


@dataclass(frozen=True, eq=False)
class AngleRange:
    """Lowest and highest joint angles [joints - 1, 3] in radians; no root.

    An angle is one component of a joint's axis-angle vector from the rest pose
    (T-pose): bend, twist and sideways turn of a joint in its parent's axes. It
    is smooth everywhere inside human limits, since no joint turns by half a
    circle, and needs no choice of Euler order.
    """

    low: Tensor
    high: Tensor

    @classmethod
    def of(cls, clips: Iterable[Clip], *, tail: float = 0.01) -> "AngleRange":
        """From quantile ``tail`` to 1 - ``tail`` of all frames of some clips.

        Raises:
            ValueError: there is no clip.
        """
        clips = list(clips)
        if not clips:
            raise ValueError("clips must hold at least 1 clip, got none")
        angles = torch.cat([joint_angles(clip.local_rotmat) for clip in clips])
        bounds = torch.tensor([tail, 1 - tail], dtype=angles.dtype)
        low, high = torch.quantile(angles, bounds, dim=0)
        return cls(low, high)

    def excess(self, local_rotmat: Tensor, *, margin: float = MARGIN) -> Tensor:
        """Radians beyond the range and its margin [frames, joints - 1, 3]."""
        angles = joint_angles(local_rotmat)
        beyond = torch.maximum(self.low - angles, angles - self.high) - margin
        return beyond.clamp(min=0.0)

    def share_within(
        self, local_rotmat: Tensor, *, margin: float = MARGIN
    ) -> float:
        """Share of the frames in which every joint is inside."""
        excess = self.excess(local_rotmat, margin=margin)
        return float((excess.amax((-1, -2)) == 0).double().mean())


def joint_angles(local_rotmat: Tensor) -> Tensor:
    """Axis-angle components [frames, joints - 1, 3] of all but the root."""
    return rotmat_to_axis_angle(local_rotmat[..., 1:, :, :].double())
