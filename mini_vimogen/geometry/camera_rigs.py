"""Known camera set-ups."""

import math

import torch

from mini_vimogen.geometry.camera import Camera, look_at


def aist_rig() -> Camera:
    """Nine cameras placed as in the AIST dance database, as a batch of nine.

    Eight stand every 45 degrees on a circle of 5 m at 1.8 m height and look
    level at the middle, the first from the front of a person in the canonical
    start (facing +Y), then going round to the person's right; the ninth stands
    in front again, at 1.7 m. 1920 x 1080, focal length 1600. These are the
    start values of AIST++'s calibration (Li et al. 2021), not its results.
    """
    steps = torch.tensor([0.0, 1, 2, 3, 4, 5, 6, 7, 0])
    angle = steps * (math.pi / 4)
    height = torch.full_like(steps, 1.8)
    height[8] = 1.7
    level = torch.stack([5 * torch.sin(angle), 5 * torch.cos(angle)], dim=-1)
    position = torch.cat([level, height[:, None]], dim=-1)
    middle = torch.stack([0 * height, 0 * height, height], dim=-1)
    return look_at(position, middle, focal=1600.0, size=(1920, 1080))
