"""Hands that must arrive: two bones, an elbow, and a wrist to be reached."""

import numpy as np

from mini_vimogen.data.choreographer import rig, upper

UPPER_ARM = rig.OFFSETS[list(upper.ELBOWS)]
FOREARM = rig.OFFSETS[list(upper.WRISTS)]  # [2, 3] body axes, arms out


def shoulder_place(side: int, lift: float = 0.0):
    """A shoulder joint [3] from the top of the spine, collar raised by so much.

    Body axes: x left, y up, z forward.
    """
    collar, shoulder = upper.COLLARS[side], upper.SHOULDERS[side]
    raised = rig.turn("z", rig.OUTWARD[side] * lift)
    return rig.OFFSETS[collar] + raised @ rig.OFFSETS[shoulder]


def _elbow_flexion(distance: float, side: int) -> float:
    """Elbow angle that puts a wrist this far from its shoulder."""
    # The distance obeys d^2 = constant + swing * cos(flexion - best).
    arm, fore = UPPER_ARM[side], FOREARM[side]
    along = arm[0] * fore[0] + arm[2] * fore[2]
    across = rig.OUTWARD[side] * (arm[2] * fore[0] - arm[0] * fore[2])
    constant = arm @ arm + fore @ fore + 2 * arm[1] * fore[1]
    swing, best = 2 * np.hypot(along, across), np.arctan2(across, along)
    cosine = np.clip((distance**2 - constant) / swing, -0.8, 1.0)
    return float(best + np.arccos(cosine))


def _frame_of(along, across):
    first = along / np.linalg.norm(along)
    second = across - (across @ first) * first
    second = second / np.linalg.norm(second)
    return np.stack([first, second, np.cross(first, second)], axis=-1)


def arm_to(wrist, side: int, *, elbow_out: float, lift: float = 0.0):
    """Shoulder angles [3] and elbow flexion that bring a wrist to a place.

    Args:
        wrist: [3] metres from the top of the spine (spine3), body axes.
        side: 0 left, 1 right.
        elbow_out: radians; 0 lets the elbow hang under the line from shoulder
            to wrist, a quarter turn brings it out to the side.
        lift: radians by which the collar is raised.

    Returns:
        (flexion, abduction, inward twist) and flexion of the elbow. A place
        out of reach is pointed at; it must not lie straight out to the side.
    """
    out = rig.OUTWARD[side]
    lowered = rig.turn("z", -out * lift)
    target = lowered @ (np.asarray(wrist) - shoulder_place(side, lift))
    elbow = _elbow_flexion(float(np.linalg.norm(target)), side)
    bent = rig.turn("y", -out * elbow)
    rest = UPPER_ARM[side] + bent @ FOREARM[side]
    # The elbow's hinge is the upper arm's y axis.
    across = np.array([1.0, 0.0, 0.0])
    outward = np.cross(target, across)
    outward = outward / np.linalg.norm(outward)
    hinge = np.cos(elbow_out) * out * across + np.sin(elbow_out) * outward
    up = np.array([0.0, 1.0, 0.0])
    rotmat = _frame_of(target, hinge) @ _frame_of(rest, up).T
    return _shoulder_angles(rotmat, out), elbow


def _shoulder_angles(rotmat, out: float):
    """Undo ``upper.shoulder_rotmat`` for one arm: turns about x, z and x."""
    middle = -out * np.arccos(np.clip(rotmat[0, 0], -1.0, 1.0))
    sign = np.sign(np.sin(middle))
    first = np.arctan2(sign * rotmat[2, 0], sign * rotmat[1, 0])
    last = np.arctan2(sign * rotmat[0, 2], -sign * rotmat[0, 1])
    return np.array([-first, out * middle + 0.5 * np.pi, last])


def palm_inward(shoulder, elbow: float, side: int):
    """Palmar bend and twist [2] of a wrist whose palm faces the other one."""
    out = rig.OUTWARD[side]
    both = np.tile(np.asarray(shoulder), (2, 1))
    arm = upper.shoulder_rotmat(both)[side] @ rig.turn("y", -out * elbow)
    # The palm faces down (-y) in the rest pose and -out * x when clapping.
    back = arm.T @ np.array([out, 0.0, 0.0])
    bend = out * np.arcsin(np.clip(back[0], -1.0, 1.0))
    return np.array([bend, np.arctan2(back[2], back[1])])
