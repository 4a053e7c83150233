"""Signals of one clip over time: where the body faces, leans, and stands.

One clip, ``joints`` [frames, 22 or 24, 3] in SMPL order, Z up, metres, and
``fps``. Positions are averaged over about 0.1 s first, so that the jitter of a
video lifter does not look like an event. The floor is taken from the clip: the
height at which each foot joint rests. Angles are positive to the left.
"""

import math

import torch
from torch import Tensor

from mini_vimogen.metrics.joint_input import one_clip, require_fps

PELVIS, NECK, HEAD = 0, 12, 15
SIDES = ("left", "right")
HIP = {"left": 1, "right": 2}
KNEE = {"left": 4, "right": 5}
ANKLE = {"left": 7, "right": 8}
TOES = {"left": 10, "right": 11}
SHOULDER = {"left": 16, "right": 17}
ELBOW = {"left": 18, "right": 19}
WRIST = {"left": 20, "right": 21}
ON_FLOOR = 0.03  # metres of clearance under which a foot touches the floor


def steady(joints: Tensor, fps: float) -> Tensor:
    """The clip in float64, each position averaged over about 0.1 s."""
    joints = one_clip(joints, joint_counts=(22, 24)).double()
    require_fps(fps)
    half = round(0.05 * fps)
    if half == 0 or len(joints) == 1:
        return joints
    flat = joints.flatten(1).T[:, None]  # [values, 1, frames]
    kernel = torch.ones(1, 1, 2 * half + 1, dtype=torch.float64)
    total = torch.nn.functional.conv1d(flat, kernel, padding=half)
    count = torch.nn.functional.conv1d(
        torch.ones_like(flat[:1]), kernel, padding=half
    )
    return (total / count)[:, 0].T.reshape(joints.shape)


def runs(flags: Tensor, *, join: int = 0, least: int = 1) -> list[range]:
    """Maximal runs of True, joined over gaps of up to ``join`` frames."""
    found: list[range] = []
    for at in torch.nonzero(flags).flatten().tolist():
        if found and at - found[-1].stop <= join:
            found[-1] = range(found[-1].start, at + 1)
        else:
            found.append(range(at, at + 1))
    return [run for run in found if len(run) >= least]


def excursions(
    signal: Tensor, *, enter: float, leave: float, begun: bool = False
) -> list[range]:
    """Rises of a signal above ``enter`` that come back below ``leave``.

    A rise must start from below ``leave`` inside the clip and end inside it,
    unless ``begun`` also admits one that is still up at the end.
    """
    found, ready, start = [], False, None
    for at, value in enumerate(signal.tolist()):
        if value < leave:
            if start is not None:
                found.append(range(start, at))
            ready, start = True, None
        elif value > enter and ready and start is None:
            start = at
    if begun and start is not None:
        found.append(range(start, len(signal)))
    return found


def body_axes(joints: Tensor) -> tuple[Tensor, Tensor]:
    """Unit vectors to the body's right and to its front, level [frames, 2]."""
    across = joints[:, [2, 17]].sum(1) - joints[:, [1, 16]].sum(1)
    right = torch.nn.functional.normalize(across[:, :2], dim=-1)
    front = torch.stack([-right[:, 1], right[:, 0]], dim=-1)
    return right, front


def facing(joints: Tensor, *, fps: float) -> Tensor:
    """Unwrapped yaw of hips and shoulders [frames], radians, left positive."""
    _, front = body_axes(steady(joints, fps))
    yaw = torch.atan2(-front[:, 0], front[:, 1])
    step = torch.remainder(yaw.diff() + math.pi, 2 * math.pi) - math.pi
    return torch.cat([yaw[:1], yaw[:1] + step.cumsum(0)])


def foot_clearance(joints: Tensor, *, fps: float) -> Tensor:
    """How far each foot is above the floor [frames, 2] (left, right), metres.

    The nearer of heel and toes counts; each rests where it is lowest in the
    clip (5th percentile of both sides, so one outlier does not dig the floor).
    """
    joints = steady(joints, fps)
    parts = []
    for part in (ANKLE, TOES):
        height = joints[:, [part["left"], part["right"]], 2]
        rest = torch.quantile(height.amin(1), 0.05)
        parts.append(height - rest)
    return torch.minimum(*parts)


def standing_height(joints: Tensor, *, fps: float) -> float:
    """Height of the pelvis over the ankles when the person stands tallest."""
    above = steady(joints, fps)
    height = above[:, 0, 2] - above[:, [7, 8], 2].amin(1)
    return float(torch.quantile(height, 0.9))


def pelvis_height_ratio(joints: Tensor, *, fps: float) -> Tensor:
    """Pelvis height over the lower ankle [frames], 1 when standing tallest."""
    above = steady(joints, fps)
    height = above[:, 0, 2] - above[:, [7, 8], 2].amin(1)
    return height / max(standing_height(joints, fps=fps), 1e-6)


def forward_lean(joints: Tensor, *, fps: float) -> Tensor:
    """Lean of the trunk from upright [frames], radians, forward positive."""
    smooth = steady(joints, fps)
    _, front = body_axes(smooth)
    trunk = smooth[:, NECK] - smooth[:, PELVIS]
    return torch.atan2((trunk[:, :2] * front).sum(-1), trunk[:, 2])
