"""A dozen acted motions of the SMPL body, rough but unmistakable."""

import math

import torch
from torch import Tensor

from mini_vimogen.conventions import STANDING_ROOT
from mini_vimogen.geometry.kinematics import forward_kinematics
from mini_vimogen.geometry.rotations import rotation_about
from mini_vimogen.geometry.skeleton import SMPL22

FEET = [7, 8, 10, 11]
ARMS_DOWN = {16: ("z", -1.35), 17: ("z", 1.35)}


def act(
    seconds: float,
    fps: float,
    turns: dict,
    *,
    lift=0.0,
    forward=0.0,
    aside=0.0,
    yaw=0.0,
):
    """Joints [frames, 22, 3]: each entry of ``turns`` bends one joint.

    Args:
        turns: joint -> (axis, angle), the angle a number or a function of time.
        lift: height of the lowest foot over the floor, number or function.
        forward, aside (to the right), yaw: metres and radians, numbers or
            functions.
    """
    frames = round(seconds * fps) + 1
    time = torch.arange(frames, dtype=torch.float64) / fps

    def over_time(value) -> Tensor:
        value = value(time) if callable(value) else torch.tensor(float(value))
        return value.double().expand(frames)

    local = torch.eye(3, dtype=torch.float64).repeat(frames, 22, 1, 1)
    for joint, (axis, angle) in (ARMS_DOWN | turns).items():
        local[:, joint] = rotation_about(axis, over_time(angle))
    heading = rotation_about("z", over_time(yaw))
    local[:, 0] = heading @ STANDING_ROOT.double() @ local[:, 0]
    root = torch.zeros(frames, 3, dtype=torch.float64)
    start = torch.zeros(1, dtype=torch.float64)
    for axis, way in ((1, forward), (0, aside)):
        step = over_time(way).diff(prepend=start)
        root[:, :2] += (heading[:, :2, axis] * step[:, None]).cumsum(0)
    joints = forward_kinematics(local, root, SMPL22)
    floor = joints[:, FEET, 2].amin(1) - over_time(lift)
    joints[..., 2] -= floor[:, None]
    return joints


def bump(time: Tensor, start: float, length: float) -> Tensor:
    """0, then a smooth rise to 1 and back within ``length`` seconds."""
    phase = ((time - start) / length).clamp(0, 1)
    return torch.sin(math.pi * phase) ** 2


def ramp(time: Tensor, start: float, length: float) -> Tensor:
    phase = ((time - start) / length).clamp(0, 1)
    return (1 - torch.cos(math.pi * phase)) / 2


def legs(cadence: float, swing: float, bend: float) -> dict:
    """Hips that swing against each other; the swinging knee bends."""

    def hip(shift):
        return lambda t: -swing * torch.sin(cadence * t + shift)

    def knee(shift):
        return lambda t: bend * torch.cos(cadence * t + shift).clamp(min=0)

    return {
        1: ("x", hip(0.0)),
        2: ("x", hip(math.pi)),
        4: ("x", knee(0.0)),
        5: ("x", knee(math.pi)),
    }


def stand(fps=20.0):
    return act(3, fps, {})


def walk(fps=20.0, metres=2.0, yaw=0.0):
    return act(
        2.5,
        fps,
        legs(5.5, 0.45, 0.7),
        forward=lambda t: metres * t / 2.5,
        yaw=yaw,
    )


def walk_backward(fps=20.0):
    return walk(fps, metres=-1.5)


def run(fps=20.0):
    return act(
        2.0,
        fps,
        legs(9.0, 0.8, 1.4),
        forward=lambda t: 3.0 * t,
        lift=lambda t: -0.12 * torch.cos(18 * t).clamp(max=0),
    )


def turn(fps=20.0, degrees=90.0):
    steps = legs(6.0, 0.15, 0.5)
    return act(
        2.5, fps, steps, yaw=lambda t: math.radians(degrees) * ramp(t, 0.3, 1.8)
    )


def spin(fps=20.0, turns=1.0):
    return turn(fps, 360.0 * turns)


def crouch(depth):
    """Hips and knees that bend together; ``depth`` is a function of time."""
    return {
        1: ("x", lambda t: -1.7 * depth(t)),
        2: ("x", lambda t: -1.7 * depth(t)),
        4: ("x", lambda t: 2.1 * depth(t)),
        5: ("x", lambda t: 2.1 * depth(t)),
        7: ("x", lambda t: -0.4 * depth(t)),
        8: ("x", lambda t: -0.4 * depth(t)),
    }


def jump(fps=20.0, count=2):
    def flight(t):
        return sum(0.3 * bump(t, 0.6 + 1.2 * k, 0.5) for k in range(count))

    def dip(t):
        return sum(0.35 * bump(t, 0.2 + 1.2 * k, 0.4) for k in range(count))

    return act(0.6 + 1.2 * count, fps, crouch(dip), lift=flight)


def squat(fps=20.0, count=2):
    def depth(t):
        return sum(bump(t, 0.3 + 1.5 * k, 1.3) for k in range(count))

    return act(0.6 + 1.5 * count, fps, crouch(depth))


def bow(fps=20.0, count=1):
    def bend(t):
        return sum(0.9 * bump(t, 0.3 + 1.8 * k, 1.6) for k in range(count))

    return act(0.6 + 1.8 * count, fps, {3: ("x", bend)})


def kick(fps=20.0, side="right"):
    hip, knee = {"left": (1, 4), "right": (2, 5)}[side]
    kicking = {
        hip: ("x", lambda t: -1.4 * bump(t, 0.5, 0.8)),
        knee: ("x", lambda t: 1.2 * bump(t, 0.4, 0.4)),
    }
    return act(2, fps, kicking)


def punch(fps=20.0, side="right", count=1):
    shoulder, elbow, sign = {"left": (16, 18, -1), "right": (17, 19, 1)}[side]

    def fold(t):
        return sign * (
            2.2 - sum(2.2 * bump(t, 0.4 + 0.8 * k, 0.5) for k in range(count))
        )

    forward = {shoulder: ("y", sign * math.pi / 2), elbow: ("y", fold)}
    return act(1.0 + 0.8 * count, fps, forward)


def wave(fps=20.0, side="right"):
    shoulder, elbow, sign = {"left": (16, 18, 1), "right": (17, 19, -1)}[side]
    waving = {
        shoulder: ("z", sign * 0.6),
        elbow: ("z", lambda t: sign * (0.7 + 0.5 * torch.sin(9 * t))),
    }
    return act(2.5, fps, waving)


def stretch(fps=20.0, side=None, count=1):
    """Both arms up; bent to a side ``count`` times."""
    seconds = 2.4 + 1.4 * count

    def up(t):
        return ramp(t, 0.3, 0.7) - ramp(t, seconds - 1.0, 0.7)

    def bend(t):
        return sum(bump(t, 1.1 + 1.4 * k, 1.3) for k in range(count))

    sign = {None: 0.0, "left": -0.45, "right": 0.45}[side]
    stretching = {
        3: ("z", lambda t: sign * bend(t)),
        16: ("z", lambda t: -1.35 + 2.75 * up(t)),
        17: ("z", lambda t: 1.35 - 2.75 * up(t)),
    }
    return act(seconds, fps, stretching)


def sidestep(fps=20.0, side="right", count=3):
    """One foot out, the other one closes up."""
    sign = {"left": -1.0, "right": 1.0}[side]
    lead, trail = {"left": (1, 2), "right": (2, 1)}[side]

    def steps(t, late):
        return sum(0.4 * ramp(t, 0.3 + k + late, 0.4) for k in range(count))

    def pelvis(t):
        return 0.5 * (steps(t, 0.0) + steps(t, 0.5))

    def hip(late):
        return lambda t: -sign * torch.asin((steps(t, late) - pelvis(t)) / 0.85)

    stepping = {lead: ("z", hip(0.0)), trail: ("z", hip(0.5))}
    return act(0.8 + count, fps, stepping, aside=lambda t: sign * pelvis(t))


def throw(fps=20.0, side="right", count=1):
    """The raised arm swings from behind to the front."""
    collar, shoulder, sign = {"left": (13, 16, -1), "right": (14, 17, 1)}[side]

    def raised(t):
        return sum(bump(t, 0.1 + 1.6 * k, 1.5) for k in range(count))

    def ahead(t):
        return sum(
            1.9 * ramp(t, 0.75 + 1.6 * k, 0.25)
            - 1.9 * ramp(t, 1.25 + 1.6 * k, 0.6)
            for k in range(count)
        )

    throwing = {
        collar: ("y", lambda t: sign * (ahead(t) - 0.6 * raised(t))),
        shoulder: ("z", lambda t: sign * (1.35 - 2.0 * raised(t))),
    }
    return act(0.6 + 1.6 * count, fps, throwing)


def sit(fps=20.0, rises=True):
    """Level thighs, upright shins: nothing under the pelvis."""

    def down(t):
        return ramp(t, 0.3, 0.8) - (ramp(t, 2.2, 0.8) if rises else 0.0)

    sitting = {
        joint: ("x", lambda t, a=angle: a * down(t))
        for joint, angle in ((1, -1.5), (2, -1.5), (4, 1.5), (5, 1.5))
    }
    return act(3.3, fps, sitting)


def kneel(fps=20.0, side="right", count=1):
    """One shin on the floor, the other one upright."""

    def down(t):
        return sum(
            ramp(t, 0.3 + 2.6 * k, 0.8) - ramp(t, 1.7 + 2.6 * k, 0.8)
            for k in range(count)
        )

    hip, knee, ankle = {"left": (1, 4, 7), "right": (2, 5, 8)}[side]
    front = {"left": (2, 5), "right": (1, 4)}[side]
    angles = {hip: 0.05, knee: 1.5, ankle: 1.2, front[0]: -1.7, front[1]: 1.7}
    kneeling = {
        joint: ("x", lambda t, a=angle: a * down(t))
        for joint, angle in angles.items()
    }
    return act(0.4 + 2.6 * count, fps, kneeling)


def hop(fps=20.0, side="right", count=2):
    free = {"left": (2, 5), "right": (1, 4)}[side]

    def bent(t):
        return ramp(t, 0.2, 0.4) - ramp(t, 0.9 + 0.9 * count, 0.4)

    def flight(t):
        return sum(0.2 * bump(t, 0.8 + 0.9 * k, 0.6) for k in range(count))

    turns = {
        free[0]: ("x", lambda t: -0.4 * bent(t)),
        free[1]: ("x", lambda t: 1.7 * bent(t)),
    }
    return act(1.6 + 0.9 * count, fps, turns, lift=flight)


def march(fps=20.0, count=5):
    def raised(side):
        def knee(t):
            ups = range(side, count, 2)
            return sum(bump(t, 0.3 + 0.6 * k, 0.6) for k in ups)

        return knee

    left, right = raised(0), raised(1)
    high = {
        1: ("x", lambda t: -1.3 * left(t)),
        2: ("x", lambda t: -1.3 * right(t)),
        4: ("x", lambda t: 1.5 * left(t)),
        5: ("x", lambda t: 1.5 * right(t)),
    }
    return act(0.6 + 0.6 * count, fps, high)


def clap(fps=20.0, count=3):
    def fold(t):
        return sum(0.75 * bump(t, 0.4 + 0.6 * k, 0.5) for k in range(count))

    forward = {
        16: ("y", -math.pi / 2),
        17: ("y", math.pi / 2),
        18: ("y", lambda t: -fold(t)),
        19: ("y", fold),
    }
    return act(0.6 + 0.6 * count, fps, forward)


def reach(fps=20.0, side="right"):
    shoulder, sign = {"left": (16, 1), "right": (17, -1)}[side]
    up = {shoulder: ("z", lambda t: sign * (2.7 * bump(t, 0.3, 2.2) - 1.35))}
    return act(2.8, fps, up)


def lunge(fps=20.0, side="right", count=1):
    ahead, behind = {"left": (1, 2), "right": (2, 1)}[side]

    def low(t):
        return sum(bump(t, 0.3 + 1.8 * k, 1.6) for k in range(count))

    turns = {
        ahead: ("x", lambda t: -1.2 * low(t)),
        ahead + 3: ("x", lambda t: 1.2 * low(t)),
        behind: ("x", lambda t: 0.35 * low(t)),
        behind + 3: ("x", lambda t: 0.75 * low(t)),
        behind + 6: ("x", lambda t: -0.5 * low(t)),
    }
    return act(0.6 + 1.8 * count, fps, turns)
