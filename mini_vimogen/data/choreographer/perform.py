"""From control curves to a motion: living sway, reach, joint rotations."""

from dataclasses import replace

import numpy as np
import torch

from mini_vimogen.data.choreographer import legs, rig, upper
from mini_vimogen.data.choreographer.curves import blurred, drift
from mini_vimogen.data.choreographer.score import Score

HANDS = (22, 23)


def alive(score: Score, *, fps: float, amount: float, seed: int) -> Score:
    """The score with the small movements of somebody who is never quite still.

    The body sways by millimetres, trunk, head and arms by a degree or two, and
    the two arms are held a little differently; feet stay where they are. Arms
    and trunk lose their sharpest corners as well.
    """
    times = np.arange(score.frames) / fps
    rng = np.random.default_rng(seed)
    wander = amount * drift(times, 19, rng)
    uneven = amount * rng.normal(size=(2, 4)).clip(-2, 2)
    pelvis, pelvis_turn = score.pelvis.copy(), score.pelvis_turn.copy()
    pelvis[:, :2] += 0.010 * wander[:, 0:2]
    pelvis_turn += np.array([0.03, 0.015, 0.015]) * wander[:, 2:5]
    spine = 0.025 * wander[:, 5:8]
    head = np.array([0.04, 0.07, 0.02]) * wander[:, 8:11]
    arm = np.array([0.035, 0.02, 0.04]) * wander[:, 11:17].reshape(-1, 2, 3)
    arm = arm + np.array([0.03, 0.03, 0.05]) * uneven[:, :3]
    elbow = 0.05 * wander[:, 17:19] + 0.05 * uneven[:, 3]
    free = 1.0 - score.exact
    soft = 0.02 * fps
    return replace(
        score,
        pelvis=pelvis,
        pelvis_turn=pelvis_turn,
        spine=blurred(score.spine, soft) + spine,
        head=blurred(score.head, soft) + head,
        shoulder=blurred(score.shoulder, soft) + arm * free[..., None],
        elbow=np.maximum(blurred(score.elbow, soft) + elbow * free, 0.03),
    )


def score_to_motion(score: Score) -> tuple[torch.Tensor, torch.Tensor]:
    """Root positions [frames, 3] and local rotations [frames, 24, 3, 3].

    float32; feet by inverse kinematics, everything else by its angles.
    """
    yaw, pitch, roll = score.pelvis_turn.T
    root = rig.root_rotmat(yaw, pitch, roll)
    score = replace(score, pelvis=score.pelvis.copy())
    legs.lower_pelvis(score, root)
    local = np.empty((score.frames, 24, 3, 3))
    local[:, 0] = root
    leg = legs.leg_rotmats(score, root)
    for row, joints in enumerate((rig.HIP, rig.KNEE, rig.ANKLE, rig.TOES)):
        local[:, joints] = leg[:, row]
    for joint, rotmat in upper.upper_rotmats(score).items():
        local[:, joint] = rotmat
    local[:, HANDS] = np.eye(3)
    return (
        torch.from_numpy(score.pelvis).float(),
        torch.from_numpy(local).float(),
    )
