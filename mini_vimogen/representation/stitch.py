"""One motion out of overlapping windows, by cross-fading from each to the next.

Positions and other plain numbers fade linearly, rotations turn from one window
to the other at constant speed. The first frame of an overlap is the earlier
window's, the last one the later window's; frames that one window alone shows
stay as they are, bit for bit.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mini_vimogen.geometry.rotations import (
    rot6d_to_rotmat,
    rotmat_to_rot6d,
    slerp_rotmat,
)
from mini_vimogen.representation.layout import Layout
from mini_vimogen.representation.vimo151 import LAYOUT, ROT6D_LAYOUT

Blend = Callable[[Tensor, Tensor, Tensor], Tensor]


def crossfade(windows: Tensor, starts: Sequence[int]) -> Tensor:
    """Plain numbers of windows to one motion, fading linearly.

    Args:
        windows: [..., windows, window, c].
        starts: first frame of each window; they rise, and leave no gap.

    Returns:
        [..., frames, c], frames = starts[-1] + window.

    Raises:
        ValueError: starts that do not fit the windows.

    >>> two = torch.tensor([[0.0, 0, 0], [8, 8, 8]])[..., None]
    >>> crossfade(two, [0, 1]).flatten().tolist()
    [0.0, 0.0, 8.0, 8.0]
    """
    return _joined(windows, starts, _lerp, trailing=1)


def crossfade_rotations(rotmat: Tensor, starts: Sequence[int]) -> Tensor:
    """Rotations of windows to one motion, turning the short way.

    Args:
        rotmat: [..., windows, window, joints, 3, 3].
        starts: as in ``crossfade``.

    Returns:
        [..., frames, joints, 3, 3].

    Raises:
        ValueError: as ``crossfade``.

    Source: EDGE's stitching. Its slerp blends near quaternions linearly and
    does not bring them back to length 1, which makes angles up to 0.25 %
    smaller than here.
    """
    return _joined(rotmat, starts, _slerp, trailing=3)


def crossfade_features(
    features: Tensor, starts: Sequence[int], *, layout: Layout = LAYOUT
) -> Tensor:
    """Features of windows to one motion: rotations by slerp, the rest linearly.

    Args:
        features: [..., windows, window, 151], not normalised.
        starts: as in ``crossfade``.
        layout: the form of the features; one with a block ``rot6d``, such as
            ``vimo151.LAYOUT`` or ``CAMERA_LAYOUT``.

    Returns:
        [..., frames, 151].

    Raises:
        ValueError: another width, or as ``crossfade``.
    """
    layout.check(features, "features")
    rot6d = layout.slice("rot6d")

    def blend(earlier: Tensor, later: Tensor, weight: Tensor) -> Tensor:
        mixed = _lerp(earlier, later, weight)
        turning = [
            rot6d_to_rotmat(
                part[..., rot6d].unflatten(-1, layout.shapes["rot6d"]),
                layout=ROT6D_LAYOUT,
            )
            for part in (earlier, later)
        ]
        turned = _slerp(*turning, weight)
        mixed[..., rot6d] = rotmat_to_rot6d(
            turned, layout=ROT6D_LAYOUT
        ).flatten(-2)
        return mixed

    return _joined(features, starts, blend, trailing=1)


def _joined(
    windows: Tensor, starts: Sequence[int], blend: Blend, *, trailing: int
) -> Tensor:
    """Window after window; ``trailing`` axes lie behind the frames."""
    axis = windows.ndim - trailing - 1
    _check(windows, starts, axis)
    pieces = windows.unbind(axis - 1)
    joined, axis = pieces[0], axis - 1  # the axis of frames from here on
    for start, fresh in zip(starts[1:], pieces[1:], strict=True):
        shared = joined.shape[axis] - start
        weight = torch.linspace(0, 1, shared).to(joined)
        both = blend(
            joined.narrow(axis, start, shared),
            fresh.narrow(axis, 0, shared),
            weight,
        )
        rest = fresh.narrow(axis, shared, fresh.shape[axis] - shared)
        before = joined.narrow(axis, 0, start)
        joined = torch.cat([before, both, rest], dim=axis)
    return joined


def _check(windows: Tensor, starts: Sequence[int], axis: int) -> None:
    if axis < 1 or windows.shape[axis - 1] != len(starts) or not len(starts):
        raise ValueError(
            f"windows must have one entry for each of the {len(starts)} "
            f"starts in front of the axis of frames, got shape "
            f"{list(windows.shape)}"
        )
    window = windows.shape[axis]
    steps = [b - a for a, b in zip(starts, starts[1:], strict=False)]
    if starts[0] != 0 or not all(0 < step <= window for step in steps):
        raise ValueError(
            f"starts must rise from 0 by 1 to {window} frames at a time for "
            f"windows of {window}, got {list(starts)}"
        )


def _lerp(earlier: Tensor, later: Tensor, weight: Tensor) -> Tensor:
    return torch.lerp(earlier, later, weight[:, None])


def _slerp(earlier: Tensor, later: Tensor, weight: Tensor) -> Tensor:
    return slerp_rotmat(
        earlier, later, weight[:, None].expand(earlier.shape[:-2])
    )
