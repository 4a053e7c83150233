"""The 72 kinetic numbers behind FID_k, and what both feature sets share.

Published scores were all computed with two slips, which ``compat=True`` keeps:
a misplaced bracket in the acceleration, and frame times fixed at 1/60 s
(kinetic) and 1/120 s (geometric) whatever the data. ``compat=False`` is what
the formulas say and needs ``fps``. Always say which one a score used.
"""

import torch
from torch import Tensor

from mini_vimogen.metrics.joint_input import batch_of_clips, require_fps

PUBLISHED_FRAME_TIME = 1 / 60


def frame_time(*, compat: bool, fps: float | None, published: float) -> float:
    """Seconds between frames: the published constant, or 1 / fps."""
    if compat:
        return published
    if fps is None:
        raise ValueError("fps is required when compat is False, got None")
    return 1 / require_fps(fps)


def zero_start(joints: Tensor) -> Tensor:
    """Move clips [..., frames, joints, 3] so that joint 0 starts at the origin.

    With ``compat=True`` a third of the kinetic features measure how far from
    the origin the dance stands, so both sets must be moved like this first.

    Source: Bailando's evaluation protocol.
    """
    joints = batch_of_clips(joints)
    return joints - joints[..., :1, :1, :]


def kinetic_features(
    joints: Tensor, *, fps: float | None = None, compat: bool = True
) -> Tensor:
    """Horizontal energy, vertical energy and expenditure of every joint.

    Velocity and acceleration are averaged over five frames, clipped at the
    ends; energies are mean squares, expenditure is a mean norm.

    Args:
        joints: [..., frames, 24, 3], Z up, metres, at least 3 frames.
        fps: frames per second; plays no part when ``compat`` is True.
        compat: keep the published frame time of 1/60 s and the published
            bracket (p[t+1] - p[t]) / dt - (p[t] - p[t-1] / dt).

    Returns:
        [..., 72], three numbers a joint, in the joints' dtype.

    Raises:
        ValueError: wrong shape, fewer than 3 frames, NaN, or no fps.

    Source: Onuma et al. 2008, as coded in the AIST++ API.
    """
    joints = batch_of_clips(joints, joint_counts=(24,), least_frames=3)
    time = frame_time(compat=compat, fps=fps, published=PUBLISHED_FRAME_TIME)
    # One coordinate after the other: sums over x, y, z become plain additions.
    path = (
        joints.detach().double().movedim(-1, 0).contiguous()
    )  # [3, ..., frames, 24]
    velocity = _mean_velocity(path) / time
    squared = velocity.square_().mean(-2)
    acceleration = _mean_acceleration(path, time, compat)
    norm = acceleration.square_().sum(0).sqrt_()
    features = torch.stack(
        [squared[0] + squared[1], squared[2], norm.mean(-2)], dim=-1
    )
    return features.flatten(-2).to(joints.dtype)


def _window(frames: int, last: int) -> tuple[Tensor, Tensor]:
    """First and last of the frames 1..last within 2 of each i = 1..frames-1."""
    at = torch.arange(1, frames)
    return (at - 2).clamp(min=1), (at + 2).clamp(max=last)


def _mean_velocity(path: Tensor) -> Tensor:
    """Mean displacement per frame around frames 1..N-1.

    A sum of successive differences is one difference: p[high] - p[low - 1].
    """
    frames = path.shape[-2]
    low, high = _window(frames, frames - 1)
    change = path[..., high, :] - path[..., low - 1, :]
    return change.div_((high - low + 1)[:, None])


def _mean_acceleration(path: Tensor, time: float, compat: bool) -> Tensor:
    """Mean acceleration around frames 1..N-1; it exists at 1..N-2."""
    frames = path.shape[-2]
    low, high = _window(frames, frames - 2)
    count = (high - low + 1)[:, None]
    step = path.diff(dim=-2)  # step[k] = p[k + 1] - p[k]
    change = (step[..., high, :] - step[..., low - 1, :]) / time**2
    if compat:
        # The bracket leaves p[k] undivided: p[k]/dt instead of p[k]/dt^2, so
        # each acceleration gains (1/dt^2 - 1/dt) p[k].
        summed = torch.nn.functional.pad(path.cumsum(-2), (0, 0, 1, 0))
        positions = summed[..., high + 1, :] - summed[..., low, :]
        change += positions * (1 / time**2 - 1 / time)
    return change.div_(count)
