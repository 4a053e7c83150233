"""Calibrated cameras around a stage, as multi-view capture has them.

AIST++ films every dance with nine fixed cameras, and ViMo trains on projections
into them, one view an example.
"""

import math

import torch
from torch import Tensor

from mini_vimogen.geometry.camera import Camera, look_at
from mini_vimogen.geometry.camera_rigs import Rig


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
    position = rig.places(which, middle=middle)
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
