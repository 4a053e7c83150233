"""Legs: two bones, a hinge in the middle, and an ankle that must be reached."""

import numpy as np
from scipy.spatial.transform import Rotation

from mini_vimogen.data.choreographer import rig
from mini_vimogen.data.choreographer.curves import smooth_cover
from mini_vimogen.data.choreographer.score import Score

LEAST_FLEXION = np.deg2rad(5.0)
"""A standing knee keeps this bend: straight legs snap."""

HANGING_FOOT = np.deg2rad(22.0)
"""Downward bend of a foot that hangs from its shin."""

TOE_BEND = np.deg2rad(18.0)

# The distance from hip to ankle d at knee flexion f obeys
# d^2 = _CONSTANT + _SWING * cos(f - _BEST), one number a side: both bones are
# fixed and the knee turns about the body's x axis only.
_ACROSS = rig.THIGH[:, 1] * rig.SHIN[:, 1] + rig.THIGH[:, 2] * rig.SHIN[:, 2]
_ALONG = rig.THIGH[:, 2] * rig.SHIN[:, 1] - rig.THIGH[:, 1] * rig.SHIN[:, 2]
_SWING = 2 * np.hypot(_ACROSS, _ALONG)
_BEST = np.arctan2(_ALONG, _ACROSS)
_CONSTANT = (
    (rig.THIGH**2).sum(-1)
    + (rig.SHIN**2).sum(-1)
    + 2 * rig.THIGH[:, 0] * rig.SHIN[:, 0]
)
REACH = np.sqrt(_CONSTANT + _SWING * np.cos(LEAST_FLEXION - _BEST))
"""[2] longest distance from hip to ankle, metres."""


def knee_flexion(distance):
    """Knee angle [..., 2] that puts an ankle this far from its hip [..., 2]."""
    cosine = (distance**2 - _CONSTANT) / _SWING
    least = np.cos(LEAST_FLEXION - _BEST)
    return _BEST + np.arccos(np.clip(cosine, np.cos(2.6), least))


def _transposed(rotmat):
    return np.swapaxes(rotmat, -1, -2)


def _frames_of(along, across):
    """Rotations [..., 3, 3]: first axis along, second as near to across."""
    first = along / np.linalg.norm(along, axis=-1, keepdims=True)
    second = across - (across * first).sum(-1, keepdims=True) * first
    second = second / np.linalg.norm(second, axis=-1, keepdims=True)
    return np.stack([first, second, np.cross(first, second)], axis=-1)


def hips(score: Score, root):
    """Hip joints [frames, 2, 3] under root rotations [frames, 3, 3]."""
    offset = np.einsum("fij,sj->fsi", root, rig.OFFSETS[rig.HIP])
    return score.pelvis[:, None] + offset


def lower_pelvis(score: Score, root) -> None:
    """Sink the pelvis, smoothly, wherever a planted foot is out of reach.

    Changes ``score.pelvis``. Source: a smooth cover of the missing height, so
    that no frame is left short.
    """
    hip = hips(score, root)
    away = score.ankle - hip
    level = np.minimum((away[..., :2] ** 2).sum(-1), (0.97 * REACH) ** 2)
    lowest = score.ankle[..., 2] + np.sqrt(REACH**2 - level)
    near = score.planted.copy()  # the frame before a landing counts as well
    near[:-1] |= score.planted[1:]
    near[1:] |= score.planted[:-1]
    excess = np.where(near, hip[..., 2] - lowest, 0.0).max(1)
    score.pelvis[:, 2] -= smooth_cover(np.maximum(excess, 0.0), 2)


def leg_rotmats(score: Score, root):
    """Local rotations of hips, knees, ankles and toes, by inverse kinematics.

    Args:
        root: [frames, 3, 3] world rotation of the pelvis.

    Returns:
        [frames, 4, 2, 3, 3] joint by side. A knee bends about one axis and
        points between where the pelvis and where the foot point.
    """
    away = score.ankle - hips(score, root)
    flexion = knee_flexion(np.linalg.norm(away, axis=-1))
    knee = rig.turn("x", flexion)
    rest = rig.THIGH + np.einsum("fsij,sj->fsi", knee, rig.SHIN)
    yaw = score.foot_turn[..., 0] + score.knee_out * rig.OUTWARD
    foot_left = np.zeros_like(away)
    foot_left[..., :2] = rig.leftward(yaw)
    across = 0.4 * root[:, None, :, 0] + 0.6 * foot_left
    x_axis = np.broadcast_to([1.0, 0.0, 0.0], rest.shape)
    thigh = _frames_of(away, across) @ _transposed(_frames_of(rest, x_axis))
    hip = _transposed(root)[:, None] @ thigh
    return np.stack([hip, knee, *_foot_rotmats(score, thigh @ knee)], axis=1)


def _foot_rotmats(score: Score, shin):
    """Local rotations of ankles and toes [frames, 2, 3, 3] below the shins."""
    pitch = score.foot_turn[..., 1]
    ankle = _transposed(shin) @ rig.foot_rotmat(score.foot_turn[..., 0], pitch)
    free = score.foot_free
    if free.any():
        hanging = rig.turn("x", np.full(free.shape, HANGING_FOOT))
        turn = _transposed(ankle) @ hanging
        turn = Rotation.from_matrix(turn.reshape(-1, 3, 3)).as_rotvec()
        part = Rotation.from_rotvec(free.reshape(-1, 1) * turn)
        ankle = ankle @ part.as_matrix().reshape(ankle.shape)
    # The toes stay on the floor while the heel rises, as far as they bend.
    bend = np.clip(pitch, 0.0, TOE_BEND) * (1 - free)
    return ankle, rig.turn("x", -bend)
