"""A free stretch of the camera form, bent so that what follows stands in place.

The camera form holds velocities, so the motion after a gap stands where the gap
leads. See ``known``.
"""

import torch
from torch import Tensor

from mini_vimogen.geometry.rotations import heading, rot6d_to_rotmat
from mini_vimogen.representation.vimo151 import (
    CAMERA_LAYOUT,
    ROT6D_LAYOUT,
    turned_level,
)


def travelled(features: Tensor, *, start: int, stop: int, fps: float) -> Tensor:
    """Where the root gets from frame ``start`` to ``stop``: [..., 2] metres.

    Args:
        features: [..., frames, 151], camera form of one shot.
        start, stop: frames, start before stop.
        fps: frames per second.

    Returns:
        To the right of the camera and away from it, on the floor.

    Raises:
        ValueError: another width, frames out of order, or fps not positive.
    """
    _check(features, start, stop, fps)
    piece = features[..., start:stop, :]
    velocity = piece[..., CAMERA_LAYOUT.slice("root_velocity")]
    return (turned_level(velocity, _headings(piece)) / fps).sum(dim=-2)


def reach(
    features: Tensor,
    wanted: Tensor,
    *,
    start: int,
    stop: int,
    fps: float,
) -> tuple[Tensor, Tensor]:
    """Bend the path between two known frames so that it gets somewhere.

    Only ``root_velocity`` of the free frames start + 1 .. stop - 1 changes, by
    a smooth hump that is 0 at both ends; the body's rotations stay, so feet
    slide by as much as the path was off. Small misses are what it is for.

    Args:
        features: [..., frames, 151], camera form of one shot.
        wanted: [..., 2] metres from frame ``start`` to frame ``stop``, to the
            right of the camera and away from it.
        start, stop: last known frame before the gap, first one after it.
        fps: frames per second.

    Returns:
        features, changed; and by how much they were off, [..., 2] metres.

    Raises:
        ValueError: as ``travelled``, or no frame between the two.
    """
    _check(features, start, stop, fps)
    free = stop - start - 1
    if free < 1:
        raise ValueError(
            f"start and stop must leave a free frame between them, got {start} "
            f"and {stop}"
        )
    miss = wanted - travelled(features, start=start, stop=stop, fps=fps)
    share = torch.linspace(0, torch.pi, free + 2)[1:-1].sin() ** 2
    share = (share / share.sum()).to(features)
    yaw = _headings(features[..., start + 1 : stop, :])
    added = miss[..., None, :] * share[:, None] * fps
    bent = features.expand(*added.shape[:-2], *features.shape[-2:]).clone()
    velocity = CAMERA_LAYOUT.slice("root_velocity")
    bent[..., start + 1 : stop, velocity] += turned_level(added, -yaw)
    return bent, miss


def _headings(features: Tensor) -> Tensor:
    """[..., frames] heading of the root relative to the camera."""
    root = CAMERA_LAYOUT.split(features)["rot6d"][..., 0, :]
    return heading(rot6d_to_rotmat(root, layout=ROT6D_LAYOUT))


def _check(features: Tensor, start: int, stop: int, fps: float) -> None:
    CAMERA_LAYOUT.check(features, "features")
    if not fps > 0:
        raise ValueError(f"fps must be positive, got {fps}")
    if not 0 <= start < stop < features.shape[-2]:
        raise ValueError(
            f"start and stop must rise within 0..{features.shape[-2] - 1}, "
            f"got {start} and {stop}"
        )
