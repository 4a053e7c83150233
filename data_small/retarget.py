"""What both motion sources need to become SMPL-24 clips on the floor."""

import numpy as np
import torch
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.geometry.kinematics import FOOT_JOINTS, global_rotmat
from mini_vimogen.geometry.rotations import rotation_about, slerp_rotmat
from mini_vimogen.geometry.skeleton import SMPL24

HIPS = (SMPL24.index("left_hip"), SMPL24.index("right_hip"))
ANKLES = (SMPL24.index("left_ankle"), SMPL24.index("right_ankle"))
HANDS = (SMPL24.index("left_hand"), SMPL24.index("right_hand"))


def rest_leg_length() -> float:
    """Height of the hips above the ankles in SMPL's rest pose, metres."""
    rest = SMPL24.rest_joints
    return float((rest[list(HIPS), 1] - rest[list(ANKLES), 1]).mean())


def root_from_hips(hips: Tensor, root_rotmat: Tensor) -> Tensor:
    """Pelvis positions [frames, 3] whose hips have their middle at ``hips``."""
    middle = SMPL24.rest_joints[list(HIPS)].mean(dim=0).to(hips)
    return hips - root_rotmat @ middle


def slerp_in_time(
    times: np.ndarray, root: Tensor, local: Tensor, *, fps: float
) -> Clip:
    """A clip at ``fps`` from frames at any rising times (seconds)."""
    count = int(np.floor(times[-1] * fps + 1e-6)) + 1
    wanted = np.minimum(np.arange(count) / fps, times[-1])
    before = np.searchsorted(times, wanted, side="right") - 1
    before = np.clip(before, 0, len(times) - 2)
    span = times[before + 1] - times[before]
    weight = torch.from_numpy((wanted - times[before]) / span)
    return Clip(
        torch.lerp(root[before], root[before + 1], weight[:, None]),
        slerp_rotmat(
            local[before], local[before + 1], weight[:, None].expand(-1, 24)
        ),
        fps=fps,
    )


def _smooth_above(values: np.ndarray, *, reach: int = 4) -> np.ndarray:
    """A smooth curve that is nowhere below ``values`` [frames]."""
    width = 2 * reach + 1
    highest = maximum_filter1d(values, width, mode="nearest")
    return uniform_filter1d(highest, width, mode="nearest")


def _bend_wrist(clip: Clip, side: str) -> Tensor:
    """Angle [frames] about the hand's width that keeps it above the floor.

    The sources have no wrist, so a supporting hand would go straight on
    through the floor. A hand on the floor bends towards its back.
    """
    wrist, hand = (SMPL24.index(f"{side}_{part}") for part in ("wrist", "hand"))
    sign = 1.0 if side == "left" else -1.0
    angles = torch.linspace(0, torch.pi / 2, 91).double()
    bend = rotation_about("z", sign * angles)  # [angles, 3, 3]
    offset = bend @ SMPL24.offsets[hand].double()  # [angles, 3]
    up = global_rotmat(clip.local_rotmat, SMPL24)[:, wrist, 2]  # [frames, 3]
    height = clip.joints()[:, wrist, 2, None] + up @ offset.T
    # The first angle that clears the floor, or the best there is.
    clears = height >= 0
    first = clears.double().argmax(dim=1)
    best = torch.where(clears.any(dim=1), first, height.argmax(dim=1))
    return torch.from_numpy(_smooth_above(angles[best].numpy())).clamp(
        max=torch.pi / 2
    )


def on_the_floor(clip: Clip) -> Clip:
    """Feet on z = 0, first pelvis over the origin.

    The lowest foot of the clip gives the floor. Where the body lies or rolls,
    limbs that would sink into it (SMPL's proportions are not the source's)
    lift the whole body smoothly, and supporting hands bend at the wrist.
    """
    joints = clip.joints()
    start = clip.root_position[0] * torch.tensor([1.0, 1.0, 0.0])
    floor = joints[:, list(FOOT_JOINTS), 2].min()
    others = [j for j in range(len(SMPL24)) if j not in HANDS]
    sunk = (floor - joints[:, others, 2].min(dim=1).values).clamp(min=0)
    root = clip.root_position - start
    lift = torch.from_numpy(_smooth_above(sunk.numpy()))
    root[:, 2] += lift - floor
    clip = clip.with_(root_position=root)
    local = clip.local_rotmat.clone()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        wrist = SMPL24.index(f"{side}_wrist")
        turn = rotation_about("z", sign * _bend_wrist(clip, side))
        local[:, wrist] = local[:, wrist] @ turn
    clip = clip.with_(local_rotmat=local)
    root = clip.root_position.clone()
    root[:, 2] -= clip.joints()[..., 2].min()
    return clip.with_(root_position=root)
