"""Where a motion is against the floor, without asking which foot should."""

import torch
from torch import Tensor

from mini_vimogen.conventions import UP_AXIS
from mini_vimogen.metrics.joint_input import one_clip

SHARE_ON_FLOOR = 0.1
"""Of the frames: a motion that is on the floor for less of its time floats."""


def floor_gap(joints: Tensor, *, up_axis: int = UP_AXIS) -> float:
    """How far over the floor the body stays, even where it is lowest.

    The height that the lowest joint keeps above in nine tenths of the frames:
    a jump does not count, a body that never comes down does.

    Args:
        joints: [frames, joints, 3] metres; the floor is height 0.
        up_axis: the array axis of height.

    Returns:
        Metres; 0 for a body that reaches the floor, or is under it.

    Raises:
        ValueError: wrong shape, no frame, NaN.

    >>> hop = torch.zeros(10, 2, 3)
    >>> hop[4:, :, 2] = 0.3
    >>> floor_gap(hop), round(floor_gap(hop[4:]), 3)
    (0.0, 0.3)
    """
    return max(floor_level(joints, up_axis=up_axis), 0.0)


def floor_level(joints: Tensor, *, up_axis: int = UP_AXIS) -> float:
    """The height over which the lowest joint is in nine tenths of the frames.

    Where the floor seems to be, by a motion alone; negative under height 0.
    Arguments and errors are those of ``floor_gap``.
    """
    joints = one_clip(joints).double()
    lowest = joints[..., up_axis].amin(dim=1)
    return float(torch.quantile(lowest, SHARE_ON_FLOOR))
