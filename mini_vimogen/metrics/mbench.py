"""MBench's five geometric dimensions, equal to the published code's numbers.

Nothing here knows a frame rate: every length is per frame, so scores may only
be compared at MBench's 20 fps. Feet are the two toe joints (10, 11).

**Which axis is up?** The published metrics read array axis 2 as height. The
published converter, which prepares their input, turns joints Y up first, by
(x, y, z) -> (-x, z, y). Run as documented, the release therefore takes the
*forward* axis for height in Ground_Penetration, Foot_Floating and Foot_Sliding.
With Z-up joints ``up_axis=2`` is right. With the converter's Y-up files
``up_axis=1`` is right, and ``up_axis=2`` repeats the release. Which of the two
produced the paper's table is unknown, so say which one you used.

Arithmetic is float32, as published: one rule counts maxima of an angle, and
along a straight flight these maxima are rounding.
"""

# Over 250 lines: the five share their constants and one contact rule.

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.signal import find_peaks
from torch import Tensor

from mini_vimogen.conventions import UP_AXIS
from mini_vimogen.metrics.joint_input import one_clip

FEET = (10, 11)
JOINT_COUNTS = (22, 24)

CONTACT_SPEED = 0.01  # metres per frame
CONTACT_HEIGHT = 0.02  # metres
PENETRATION_DEPTH = 0.005
STILL_ROOT = 0.001  # metres per frame
STILL_FOOT = 1.2e-4
RATE_LOW, RATE_HIGH = 0.6, 1.75
RATE_AIRBORNE = RATE_LOW - 0.2
SHORTEST_RUN = 4  # frames


def _checked(joints, up_axis: int, least_frames: int) -> Tensor:
    if up_axis not in (0, 1, 2):
        raise ValueError(f"up_axis must be 0, 1 or 2, got {up_axis!r}")
    joints = one_clip(
        joints, joint_counts=JOINT_COUNTS, least_frames=least_frames
    )
    return joints.detach().float()


def _sum_of_global_and_relative(joints: Tensor, order: int) -> float:
    """Mean size of the joints' differences, plus the same without the root."""
    relative = joints - joints[:, :1]
    return sum(
        torch.linalg.vector_norm(part.diff(n=order, dim=0), dim=-1).mean()
        for part in (joints, relative)
    ).item()


def jitter_degree(joints: Tensor, *, up_axis: int = UP_AXIS) -> float:
    """Mean second difference of the joints, in the world and around the root.

    Args:
        joints: [frames, 22 or 24, 3] metres at 20 fps, at least 3 frames.
        up_axis: plays no part; every dimension takes it.

    Returns:
        Metres per square frame; lower is better, and no motion is best.

    Raises:
        ValueError: wrong shape, joint count, too few frames, NaN.

    Source: MBench (ViMoGen, arXiv 2510.26794), Jitter_Degree.
    """
    return _sum_of_global_and_relative(_checked(joints, up_axis, 3), 2)


def dynamic_degree(joints: Tensor, *, up_axis: int = UP_AXIS) -> float:
    """Mean step of the joints, in the world and around the root.

    Args:
        joints: [frames, 22 or 24, 3] metres at 20 fps, at least 2 frames.
        up_axis: plays no part; every dimension takes it.

    Returns:
        Metres per frame; higher is better, and noise is better still.

    Raises:
        ValueError: wrong shape, joint count, too few frames, NaN.

    Source: MBench (ViMoGen, arXiv 2510.26794), Dynamic_Degree.
    """
    return _sum_of_global_and_relative(_checked(joints, up_axis, 2), 1)


def ground_penetration(joints: Tensor, *, up_axis: int = UP_AXIS) -> float:
    """Mean depth of the feet where they are 5 mm or more under the floor.

    Args:
        joints: [frames, 22 or 24, 3] metres; the floor is height 0.
        up_axis: the array axis of height; see the module's docstring.

    Returns:
        Metres, lower is better; 0 if no foot is ever that deep. One deep frame
        scores as badly as a hundred.

    Raises:
        ValueError: wrong shape, joint count, no frame, NaN, up_axis.

    Source: MBench (ViMoGen, arXiv 2510.26794), Ground_Penetration.
    """
    joints = _checked(joints, up_axis, 1)
    height = joints[:, FEET, up_axis]
    below = height[height < -PENETRATION_DEPTH]
    return below.abs().mean().item() if len(below) else 0.0


def _steps(path: Tensor) -> Tensor:
    """Step after each frame; the last frame repeats the step before it."""
    step = path.diff(dim=0)
    return torch.cat([step, step[-1:]])


def foot_contact(joints: Tensor, *, up_axis: int = UP_AXIS) -> Tensor:
    """Which toes touch the floor, by MBench's rule: slow *or* low.

    A foot held still in the air is in contact, and so is one that flies 1 cm
    over the floor.

    Args:
        joints: [frames, 22 or 24, 3] metres at 20 fps, at least 2 frames.
        up_axis: the array axis of height.

    Returns:
        bool [frames, 2], left and right.
    """
    feet = _checked(joints, up_axis, 2)[:, FEET]
    slow = torch.linalg.vector_norm(_steps(feet), dim=-1) < CONTACT_SPEED
    return slow | (feet[..., up_axis] < CONTACT_HEIGHT)


def foot_sliding(joints: Tensor, *, up_axis: int = UP_AXIS) -> float:
    """Mean level step of the feet while they are in contact.

    Args:
        joints: [frames, 22 or 24, 3] metres at 20 fps, at least 2 frames.
        up_axis: the array axis of height; see the module's docstring.

    Returns:
        Metres per frame, mean of both feet; lower is better. A foot that never
        touches the floor scores 0.

    Raises:
        ValueError: wrong shape, joint count, too few frames, NaN, up_axis.

    Source: MBench (ViMoGen, arXiv 2510.26794), Foot_Sliding.
    """
    joints = _checked(joints, up_axis, 2)
    contact = foot_contact(joints, up_axis=up_axis).float()
    level = [axis for axis in range(3) if axis != up_axis]
    step = _steps(joints[:, FEET])[..., level]
    distance = torch.linalg.vector_norm(step, dim=-1) * contact
    per_foot = distance.sum(0) / (contact.sum(0) + 1e-6)
    return per_foot.mean().item()


def foot_floating(joints: Tensor, *, up_axis: int = UP_AXIS) -> float:
    """Share of frames in which the feet do not seem to carry the body.

    Three counts are added: frames in contact whose foot moves too much like the
    root or too unlike it; airborne frames that move along with the root, half
    for each foot; and flights of both feet that zigzag. They may overlap, so
    the score is not limited to 1.

    Args:
        joints: [frames, 22 or 24, 3] metres at 20 fps, at least 2 frames.
        up_axis: the array axis of height; see the module's docstring.

    Returns:
        Frames per frame, lower is better; from 0, above 1 where counts overlap.

    Raises:
        ValueError: wrong shape, joint count, too few frames, NaN, up_axis.

    Source: MBench (ViMoGen, arXiv 2510.26794), Foot_Floating.
    """
    joints = _checked(joints, up_axis, 2)
    contact = foot_contact(joints, up_axis=up_axis)
    root, feet = joints[:, 0], joints[:, FEET]
    size = torch.linalg.vector_norm
    root_speed = size(_steps(root), dim=-1)
    foot_speed = size(_steps(feet), dim=-1)
    rate = size(_steps(feet - root[:, None]), dim=-1)
    rate = rate / (root_speed[:, None] + 1e-6)

    airborne = [_runs(~contact[:, side].numpy()) for side in (0, 1)]
    flagged = _floating_in_contact(contact, root_speed, foot_speed, rate)
    carried = _carried_along(airborne, root_speed, rate)
    zigzag = _zigzag_flights(airborne, feet[:, 0])
    return (flagged + carried / 2 + zigzag) / len(joints)


def _runs(flags: np.ndarray) -> np.ndarray:
    """First and last index [runs, 2] of every maximal run of True."""
    edges = np.diff(flags.astype(np.int8), prepend=0, append=0)
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return np.stack([starts, stops - 1], axis=1)


def _floating_in_contact(
    contact: Tensor, root_speed: Tensor, foot_speed: Tensor, rate: Tensor
) -> int:
    """Frames whose foot in contact is too slow or too fast for the root."""
    too_unlike = (rate > RATE_HIGH) & (root_speed[:, None] > STILL_FOOT)
    suspicious = (foot_speed > STILL_FOOT) & ((rate < RATE_LOW) | too_unlike)
    # With both feet down, one honest foot carries the body.
    excused = contact & ~suspicious
    flagged = contact.any(1) & ~excused.any(1) & (root_speed >= STILL_ROOT)
    return int(flagged.sum())


def _carried_along(
    airborne: list[np.ndarray], root_speed: Tensor, rate: Tensor
) -> int:
    """Airborne frames, over both feet, with the foot moving as the root."""
    still = (root_speed < STILL_ROOT).numpy()
    slow = (rate < RATE_AIRBORNE).numpy()
    total = 0
    for side, spans in enumerate(airborne):
        for first, last in spans:
            length = last - first + 1
            if length < SHORTEST_RUN:
                continue
            if still[first : last + 1].sum() / length > 0.5:
                continue
            total += int(slow[first : last + 1, side].sum())
    return total


def _zigzag_flights(airborne: list[np.ndarray], foot: Tensor) -> int:
    """Frames of flights in which the left foot swings to and fro."""
    total = 0
    left, right = airborne
    firsts = np.maximum(left[:, None, 0], right[None, :, 0])
    lasts = np.minimum(left[:, None, 1], right[None, :, 1])
    shared = lasts - firsts + 1 >= SHORTEST_RUN
    for first, last in zip(firsts[shared], lasts[shared], strict=True):
        path = foot[first : last + 1] - foot[first]
        if len(find_peaks(_angles(path[1:], path[-1]))[0]) > 2:
            total += int(last - first + 1)
    return total


def _angles(vectors: Tensor, other: Tensor) -> np.ndarray:
    """Angles in degrees [vectors] between each vector and another one."""
    vectors = vectors / (torch.norm(vectors, dim=-1, keepdim=True) + 1e-6)
    other = other / (torch.norm(other, dim=-1) + 1e-6)
    cosine = (vectors * other).sum(-1).clamp(-1.0, 1.0)
    return torch.rad2deg(cosine.acos()).numpy()


@dataclass(frozen=True)
class Dimension:
    """One of the five: its function, its unit, and which way is better."""

    score: Callable[..., float]
    unit: str
    better: str
    least_frames: int


DIMENSIONS = {
    "Jitter_Degree": Dimension(jitter_degree, "m/frame^2", "low", 3),
    "Dynamic_Degree": Dimension(dynamic_degree, "m/frame", "high", 2),
    "Ground_Penetration": Dimension(ground_penetration, "m", "low", 1),
    "Foot_Floating": Dimension(foot_floating, "share of frames", "low", 2),
    "Foot_Sliding": Dimension(foot_sliding, "m/frame", "low", 2),
}
"""The five geometric dimensions under the paper's names."""
