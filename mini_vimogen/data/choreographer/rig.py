"""The body the choreographer moves: rest lengths and turns of SMPL24.

Angles are in radians and in words of anatomy, the same for both sides; this
module alone knows their axes. Body axes are x left, y up, z forward.
"""

from functools import cache

import numpy as np

from mini_vimogen.conventions import STANDING_ROOT
from mini_vimogen.geometry.skeleton import SMPL24

SIDES = ("left", "right")
OUTWARD = np.array([1.0, -1.0])
"""Sign of the body's x axis on each side: left is +x."""

OFFSETS = SMPL24.offsets.double().numpy()
STANDING = STANDING_ROOT.double().numpy()
HIP, KNEE, ANKLE, TOES = ([j, j + 1] for j in (1, 4, 7, 10))
THIGH, SHIN, FOOT = OFFSETS[KNEE], OFFSETS[ANKLE], OFFSETS[TOES]  # [2, 3]
ANKLE_HEIGHT = -FOOT[:, 1]
"""Height of each ankle over the floor when the foot stands flat, metres."""

REST_ANKLE = OFFSETS[HIP] + THIGH + SHIN
"""[2, 3] ankles from the pelvis in the rest pose, body axes."""


def turn(axis: str, angle):
    """Rotation matrices [..., 3, 3] about "x", "y" or "z" by ``angle`` [...].

    A NumPy twin of ``geometry.rotations.rotation_about``, ten times faster for
    a clip's worth of angles, on which the choreographer spends its time.
    """
    angle = np.asarray(angle, dtype=float)
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    rotmat = np.zeros((*angle.shape, 3, 3))
    rotmat[..., range(3), range(3)] = 1.0
    cos, sin = np.cos(angle), np.sin(angle)
    rotmat[..., first, first] = cos
    rotmat[..., second, second] = cos
    rotmat[..., first, second] = -sin
    rotmat[..., second, first] = sin
    return rotmat


def root_rotmat(yaw, pitch, roll):
    """World rotation of a body: turned left, leaning forward, left side up."""
    local = turn("x", pitch) @ turn("z", roll)
    return turn("z", yaw) @ STANDING @ local


def foot_rotmat(yaw, pitch):
    """World rotation of a foot pointing along ``yaw``, heel up by ``pitch``."""
    return turn("z", yaw) @ STANDING @ turn("x", pitch)


def forward(yaw):
    """Unit vector over the ground [..., 2] of a heading (0 is +Y, left +)."""
    return np.stack([-np.sin(yaw), np.cos(yaw)], axis=-1)


def leftward(yaw):
    """Unit vector over the ground [..., 2] to the left of a heading."""
    return np.stack([-np.cos(yaw), -np.sin(yaw)], axis=-1)


@cache
def standing_height() -> float:
    """Pelvis over the floor in the rest pose, metres, both feet flat."""
    return float((ANKLE_HEIGHT - REST_ANKLE[:, 1]).min())
