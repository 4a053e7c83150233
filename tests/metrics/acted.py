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
    seconds: float, fps: float, turns: dict, *, lift=0.0, forward=0.0, yaw=0.0
):
    """Joints [frames, 22, 3]: each entry of ``turns`` bends one joint.

    Args:
        turns: joint -> (axis, angle), the angle a number or a function of time.
        lift: height of the lowest foot over the floor, number or function.
        forward, yaw: metres and radians, numbers or functions.
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
    step = over_time(forward).diff(prepend=torch.zeros(1, dtype=torch.float64))
    root[:, :2] = (heading[:, :2, 1] * step[:, None]).cumsum(0)
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
