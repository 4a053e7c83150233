"""Calibrated cameras around a stage, as multi-view capture has them.

AIST++ films every dance with nine fixed cameras, and ViMo trains on projections
into them, one view an example.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.geometry.camera import Camera, look_at
from mini_vimogen.geometry.camera_motion import around


@dataclass(frozen=True)
class Rig:
    """Fixed cameras on a ring, all looking at its middle.

    The first one stands in front of a person who faces +Y, as motions do at
    their canonical start, the next ones follow towards that person's right.
    Once all ``angles`` are taken, further cameras stand at the first ones
    again, at another height. Their lenses are perfect.

    Args:
        count: cameras. AIST++ has 9.
        angles: places on the ring. AIST++ has 8; its ninth camera is in front,
            as is its first.
        radius: metres over the ground from the ring's middle. AIST++: 5.
        height: metres above the floor. AIST++: 1.8.
        further_height: that of cameras that find the ring full. AIST++: 1.7.
        focal: pixels. AIST++: 1600.
        size: width and height in pixels. AIST++: 1920 x 1080.
        aim_height: metres above the floor where they all look. Ours: so a
            person up to 1.5 m from the middle is in the picture from the soles
            to raised hands at 2.2 m.

    Raises:
        ValueError: a number that is no camera's.

    Source: the values from which AIST++'s authors start their calibration,
    but that those cameras look level, which would lose the feet. What they
    calibrated differs from setting to setting and can be read with
    ``formats.aist_cameras``.
    """

    count: int = 9
    angles: int = 8
    radius: float = 5.0
    height: float = 1.8
    further_height: float = 1.7
    focal: float = 1600.0
    size: tuple[int, int] = (1920, 1080)
    aim_height: float = 1.0

    def __post_init__(self):
        for name in ("count", "angles", "radius", "focal"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} must be positive, got {value}")
        if len(self.size) != 2 or not min(self.size) > 0:
            raise ValueError(
                "size must be a width and a height above 0, got "
                f"{tuple(self.size)}"
            )


def rig_cameras(
    path: Tensor,
    which: Tensor,
    *,
    rig: Rig | None = None,
    valid: Tensor | None = None,
) -> Camera:
    """One fixed camera of a rig for each example.

    Args:
        path: [batch, frames, 3] metres, where the person is. Motions are not
            placed on a stage, so the rig comes to them: its middle is that of
            the path over the ground (half-way between its extremes). Heights
            count from the floor, z = 0.
        which: [batch] int64, the camera's number from 0.
        rig: None takes ``Rig()``.
        valid: bool [batch, frames], frames that count; None is all.

    Returns:
        A camera with leading dimensions [batch, frames], the same in all
        frames.

    Raises:
        ValueError: wrong shapes, or a camera that the rig does not have.

    >>> front = rig_cameras(torch.zeros(1, 1, 3), torch.tensor([0]))
    >>> [round(x, 3) for x in front.position[0, 0, 1:].tolist()]
    [5.0, 1.8]
    """
    rig = rig or Rig()
    if path.ndim != 3 or path.shape[-1] != 3 or which.shape != path.shape[:1]:
        raise ValueError(
            "path and which must have shapes [batch, frames, 3] and [batch], "
            f"got {list(path.shape)} and {list(which.shape)}"
        )
    if bool(((which < 0) | (which >= rig.count)).any()):
        raise ValueError(
            f"which must be numbers from 0 to {rig.count - 1}, got "
            f"{which.tolist()}"
        )
    middle = _middle(path, valid)
    # The first looks along -Y; the others follow clockwise, seen from above.
    yaw = math.pi - 2 * math.pi / rig.angles * (which % rig.angles).to(path)
    position = around(
        middle,
        yaw=yaw,
        pitch=torch.zeros_like(yaw),
        distance=torch.full_like(yaw, rig.radius),
    )
    heights = path.new_tensor([rig.height, rig.further_height])
    position[..., 2] = heights[(which >= rig.angles).long()]
    target = middle.clone()
    target[..., 2] = rig.aim_height
    position, target = (x[:, None].expand_as(path) for x in (position, target))
    camera = look_at(position, target, focal=rig.focal, size=rig.size)
    return camera.reshape(*path.shape[:2])


def _middle(path: Tensor, valid: Tensor | None) -> Tensor:
    """Half-way between the extremes of valid frames [batch, 3]."""
    if valid is None:
        return (path.amin(dim=1) + path.amax(dim=1)) / 2
    low = torch.where(valid[..., None], path, math.inf).amin(dim=1)
    high = torch.where(valid[..., None], path, -math.inf).amax(dim=1)
    return torch.where(valid.any(dim=1)[:, None], (low + high) / 2, 0.0)


def either(chosen: Tensor, camera: Camera, other: Camera) -> Camera:
    """``camera`` where ``chosen`` [batch], ``other`` elsewhere.

    Both have leading dimensions [batch, frames] and perfect lenses.
    """
    chosen = chosen[:, None, None]
    names = ("translation", "focal", "centre", "size")
    return Camera(
        rotation=torch.where(
            chosen[..., None], camera.rotation, other.rotation
        ),
        **{
            name: torch.where(
                chosen, getattr(camera, name), getattr(other, name)
            )
            for name in names
        },
    )
