"""A motion with its trembling taken out: a named step after lifting.

The filter fits a parabola to the frames around each frame and takes its middle
(Savitzky and Golay 1964), for the root's position and for each joint's
rotation. Nothing is filtered across a cut. It is a step on its own because it
hides what a network does: measure before it.
"""

from collections.abc import Sequence

import torch
from scipy.signal import savgol_filter
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.geometry.rotations import (
    quaternion_to_rotmat,
    rotmat_to_quaternion,
)

USUAL_SECONDS = 0.3
"""Window of 9 frames at 30 a second, as the book's Table 1 is smoothed."""
LONGEST_SECONDS = 2.0
_ORDER = 2


def window_frames(seconds: float, *, fps: float) -> int:
    """The odd number of frames nearest to a window.

    Raises:
        ValueError: it has fewer than 5 frames, through 3 of which a parabola
            goes as they are, or is longer than ``LONGEST_SECONDS``.

    >>> window_frames(0.3, fps=30.0)
    9
    """
    shortest = _ORDER + 3
    if not (shortest - 1) / fps <= seconds <= LONGEST_SECONDS:
        raise ValueError(
            f"smooth must be within {(shortest - 1) / fps:.2g}.."
            f"{LONGEST_SECONDS:g} seconds at {fps:g} frames per second, got "
            f"{seconds:g}"
        )
    return 2 * round((seconds * fps - 1) / 2) + 1


def smoothed(
    clip: Clip, *, seconds: float = USUAL_SECONDS, cuts: Sequence[int] = ()
) -> Clip:
    """The clip without its fast trembling.

    Args:
        clip: any skeleton.
        seconds: length of the window.
        cuts: first frames of new shots, in order; each shot is filtered for
            itself. One shorter than the window takes the longest that fits
            into it, and one of fewer than 5 frames stays as it is.

    Returns:
        As many frames. Rotations are filtered as quaternions, which are
        brought back to length 1.

    Raises:
        ValueError: a window out of range, or cuts that do not rise within
            1..frames - 1.

    Source: Savitzky and Golay 1964, of order 2.
    """
    window = window_frames(seconds, fps=clip.fps)
    if list(cuts) != sorted({c for c in cuts if 0 < c < clip.frames}):
        raise ValueError(
            f"cuts must rise and lie within 1..{clip.frames - 1}, got "
            f"{list(cuts)}"
        )
    root, local = [], []
    for start, stop in zip([0, *cuts], [*cuts, clip.frames], strict=True):
        shot = clip.slice(start, stop)
        root.append(_filtered(shot.root_position, window))
        local.append(_turned(shot.local_rotmat, window))
    return clip.with_(
        root_position=torch.cat(root), local_rotmat=torch.cat(local)
    )


def _turned(rotmat: Tensor, window: int) -> Tensor:
    """[frames, joints, 3, 3] filtered as quaternions without jumps of sign."""
    if _fitting(window, len(rotmat)) is None:
        return rotmat
    quaternion = rotmat_to_quaternion(rotmat)
    aligned = (quaternion[1:] * quaternion[:-1]).sum(dim=-1, keepdim=True)
    sign = torch.where(aligned < 0, -1.0, 1.0).to(quaternion).cumprod(dim=0)
    quaternion = torch.cat([quaternion[:1], sign * quaternion[1:]])
    return quaternion_to_rotmat(_filtered(quaternion, window))


def _filtered(numbers: Tensor, window: int) -> Tensor:
    """[frames, ...] filtered over frames."""
    window = _fitting(window, len(numbers))
    if window is None:
        return numbers
    calm = savgol_filter(numbers.double().cpu().numpy(), window, _ORDER, axis=0)
    return torch.from_numpy(calm).to(numbers)


def _fitting(window: int, frames: int) -> int | None:
    """The window, or the longest odd one that so few frames fill."""
    window = min(window, frames - (frames + 1) % 2)
    return window if window >= _ORDER + 3 else None
