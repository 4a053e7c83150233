"""What a hand does with a camera: circle, turn, zoom, tremble."""

import math

import torch
from torch import Tensor

from mini_vimogen.geometry.camera import Camera
from mini_vimogen.geometry.rotations import axis_angle_to_rotmat

_TREMOR_TONES = 6
_TREMOR_HERTZ = (0.3, 4.0)


def around(
    target: Tensor, *, yaw: Tensor, pitch: Tensor, distance: Tensor
) -> Tensor:
    """Where a camera stands that sees the target from a given side.

    Args:
        target: [..., 3] metres.
        yaw: [...] radians, the camera's viewing direction: 0 looks along +Y, so
            the camera stands on the -Y side; positive is a turn to the left.
        pitch: [...] radians by which it looks down.
        distance: [...] metres.

    Returns:
        [..., 3] metres; ``look_at`` does the rest.

    >>> side = {"yaw": 0.0, "pitch": 0.0, "distance": 3.0}
    >>> side = {name: torch.tensor(value) for name, value in side.items()}
    >>> around(torch.zeros(3), **side).tolist()
    [0.0, -3.0, 0.0]
    """
    level = torch.cos(pitch)
    away = [torch.sin(yaw) * level, -torch.cos(yaw) * level]
    away = torch.stack([*away, torch.sin(pitch) + 0 * yaw], dim=-1)
    return target + distance[..., None] * away


def turned(camera: Camera, turn: Tensor) -> Camera:
    """The camera turned in the hand, its place kept.

    Args:
        camera: leading dimensions broadcast with those of the turn.
        turn: [..., 3] axis times angle in the camera's own axes: about x the
            picture tilts up, about y it pans right, about z it rolls clockwise.
    """
    turn = axis_angle_to_rotmat(-turn)
    return camera.with_(
        rotation=turn @ camera.rotation,
        translation=(turn @ camera.translation[..., None])[..., 0],
    )


def zoomed(camera: Camera, factor: Tensor) -> Camera:
    """The camera with its focal length times ``factor`` [...]."""
    return camera.with_(focal=camera.focal * factor[..., None])


def tremor(
    seconds: Tensor, *, size: Tensor, generator: torch.Generator
) -> Tensor:
    """Smooth small random turns of a hand-held camera.

    Args:
        seconds: [frames] times.
        size: [...] radians, the root mean square about each axis.
        generator: draws tones and phases.

    Returns:
        [..., frames, 3] radians for ``turned``: a sum of slow tones, 0.3 to 4
        hertz, weaker the faster they are.
    """
    shape = (*size.shape, 3, _TREMOR_TONES)
    options = {
        "dtype": seconds.dtype,
        "device": seconds.device,
        "generator": generator,
    }
    low, high = _TREMOR_HERTZ
    hertz = low + (high - low) * torch.rand(shape, **options)
    phase = 2 * math.pi * torch.rand(shape, **options)
    strength = torch.randn(shape, **options) / hertz
    strength = strength / strength.square().sum(-1, keepdim=True).sqrt()
    strength = strength * math.sqrt(2) * size[..., None, None]
    time = 2 * math.pi * seconds[:, None, None]  # [frames, 1, 1]
    angle = hertz[..., None, :, :] * time + phase[..., None, :, :]
    return (strength[..., None, :, :] * torch.sin(angle)).sum(dim=-1)
