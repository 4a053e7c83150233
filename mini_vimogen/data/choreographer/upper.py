"""Spine, head and arms: from words of anatomy to joint rotations."""

import numpy as np

from mini_vimogen.data.choreographer import rig
from mini_vimogen.data.choreographer.score import Score

SPINE = (3, 6, 9)
NECK_AND_HEAD = (12, 15)
COLLARS, SHOULDERS, ELBOWS, WRISTS = ((j, j + 1) for j in (13, 16, 18, 20))
HANGING = -np.pi / 2
"""Turn about the forward axis that takes a T-pose's left arm down."""


def _trunk_turn(angles):
    """Pitch, twist, roll [..., 3] to rotations: roll, pitch, then twist."""
    pitch, twist, roll = np.moveaxis(angles, -1, 0)
    return rig.turn("y", twist) @ rig.turn("x", pitch) @ rig.turn("z", roll)


def shoulder_rotmat(shoulder):
    """Upper arms [frames, 2, 3, 3] from flexion, abduction, inward twist.

    The arm hangs at zero. It is first raised outward by its abduction, then
    the whole is swung forward by the flexion; 90 degrees of flexion points it
    ahead. The twist turns the forearm's plane inward.
    """
    flexion, abduction, twist = np.moveaxis(shoulder, -1, 0)
    out = rig.turn("z", rig.OUTWARD * (abduction + HANGING))
    return rig.turn("x", -flexion) @ out @ rig.turn("x", twist)


def upper_rotmats(score: Score) -> dict[int, np.ndarray]:
    """Local rotations [frames, 3, 3] of every joint above the pelvis.

    A turn of the spine is shared by its three joints, one of the head by neck
    and head. The elbow is a hinge.
    """
    parts = {}
    for joints, angles in ((SPINE, score.spine), (NECK_AND_HEAD, score.head)):
        share = _trunk_turn(angles / len(joints))
        parts.update(dict.fromkeys(joints, share))
    lift, ahead = np.moveaxis(score.collar, -1, 0)
    collar = rig.turn("y", -rig.OUTWARD * ahead) @ rig.turn(
        "z", rig.OUTWARD * lift
    )
    bend, twist = np.moveaxis(score.wrist, -1, 0)
    wrist = rig.turn("x", twist) @ rig.turn("z", -rig.OUTWARD * bend)
    arms = (
        (COLLARS, collar),
        (SHOULDERS, shoulder_rotmat(score.shoulder)),
        (ELBOWS, rig.turn("y", -rig.OUTWARD * score.elbow)),
        (WRISTS, wrist),
    )
    for joints, rotmat in arms:
        for side, joint in enumerate(joints):
            parts[joint] = rotmat[:, side]
    return parts
