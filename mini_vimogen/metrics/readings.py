"""Readings: what a motion did, measured on its joints in plain numbers.

Every function takes one clip, ``joints`` [frames, 22 or 24, 3] in SMPL order,
Z up, metres, and ``fps``. Sides are the body's own: "left", "right", "both" or
"none". Angles are positive to the left. The signals behind the readings are in
``metrics.body_signals``.
"""

# Over 250 lines: a list of short readings that are read together.

import math

import torch
from torch import Tensor

from mini_vimogen.metrics.body_signals import (
    ANKLE,
    HEAD,
    HIP,
    KNEE,
    ON_FLOOR,
    SHOULDER,
    SIDES,
    WRIST,
    body_axes,
    excursions,
    facing,
    foot_clearance,
    forward_lean,
    pelvis_height_ratio,
    runs,
    steady,
)
from mini_vimogen.metrics.flights import flight_kinds
from mini_vimogen.metrics.hand_readings import clap_count
from mini_vimogen.metrics.leg_readings import SPLIT, feet_split
from mini_vimogen.metrics.lowering import BEHIND, pelvis_behind

UPPER_ARM, FOREARM = 0.26, 0.27  # metres, SMPL's rest pose
SLOWEST_WAVE = 0.6  # seconds from one turn of a waving hand to the next
RUNNING_SPEED = 1.2  # metres per second; real slow walks seem to fly at times


def _side_name(left: bool, right: bool) -> str:
    names = {
        (True, True): "both",
        (True, False): "left",
        (False, True): "right",
    }
    return names.get((left, right), "none")


# ------------------------------------------------------------------- travel


def travelled_distance(joints: Tensor, *, fps: float) -> float:
    """Metres over the ground from the first to the last pelvis position."""
    root = steady(joints, fps)[:, 0, :2]
    return float((root[-1] - root[0]).norm())


def path_length(joints: Tensor, *, fps: float) -> float:
    """Metres the pelvis travelled over the ground, bends included."""
    root = steady(joints, fps)[:, 0, :2]
    return float(root.diff(dim=0).norm(dim=-1).sum())


def mean_speed(joints: Tensor, *, fps: float) -> float:
    """Metres per second of the pelvis over the ground."""
    seconds = max(len(joints) - 1, 1) / fps
    return path_length(joints, fps=fps) / seconds


def travel_direction(joints: Tensor, *, fps: float, least: float = 0.3) -> str:
    """Which way the body moved by its own axes.

    Returns "forward", "backward", "left", "right", or "none" when it covered
    less than ``least`` metres. A curve walked face first is "forward".
    """
    smooth = steady(joints, fps)
    right, front = body_axes(smooth)
    step = smooth[:, 0, :2].diff(dim=0)
    ahead = float((step * front[:-1]).sum())
    aside = float((step * right[:-1]).sum())
    if math.hypot(ahead, aside) < least:
        return "none"
    if abs(ahead) >= abs(aside):
        return "forward" if ahead > 0 else "backward"
    return "right" if aside > 0 else "left"


def turned_angle(joints: Tensor, *, fps: float) -> float:
    """Net turn in radians, left positive; several turns add up."""
    yaw = facing(joints, fps=fps)
    return float(yaw[-1] - yaw[0])


# ------------------------------------------------------------- legs and feet


def jump_count(joints: Tensor, *, fps: float) -> int:
    """Flights of at least 6 cm that leave from and land on both feet."""
    return flight_kinds(joints, fps=fps).count("jump")


def step_count(joints: Tensor, *, fps: float, least: float = 0.15) -> int:
    """Times a foot was carried over the ground by at least ``least`` metres."""
    smooth = steady(joints, fps)
    count = 0
    for side in SIDES:
        foot = smooth[:, ANKLE[side], :2]
        speed = foot.diff(dim=0).norm(dim=-1) * fps
        for run in runs(speed > 0.4, join=1):
            count += bool((foot[run.stop] - foot[run.start]).norm() >= least)
    return count


def gait(joints: Tensor, *, fps: float) -> str:
    """How the body got about: "walk", "run" or "none".

    Both need 0.5 m of path and two steps. Running has two flights from one foot
    to another and covers 1.2 m/s; jumping or hopping along is neither.
    """
    if path_length(joints, fps=fps) < 0.5 or step_count(joints, fps=fps) < 2:
        return "none"
    kinds = flight_kinds(joints, fps=fps)
    jumps, strides = kinds.count("jump"), kinds.count("stride")
    hops = kinds.count("left") + kinds.count("right")
    if strides >= max(2, jumps, hops):
        quick = mean_speed(joints, fps=fps) >= RUNNING_SPEED
        return "run" if quick else "walk"
    return "none" if jumps or hops else "walk"


def squat_count(joints: Tensor, *, fps: float, depth: float = 0.75) -> int:
    """Dips of the pelvis below ``depth`` of standing and up, feet down.

    The feet stay side by side and carry the pelvis: with one far ahead of the
    other it is a lunge, with the pelvis far behind both somebody sits.
    """
    ratio = pelvis_height_ratio(joints, fps=fps)
    clearance = foot_clearance(joints, fps=fps).amax(1)
    split = feet_split(joints, fps=fps).abs()
    behind = pelvis_behind(joints, fps=fps)
    dips = excursions(1 - ratio, enter=1 - depth, leave=(1 - depth) / 2)
    return sum(
        bool(
            clearance[d.start : d.stop].median() < 2 * ON_FLOOR
            and split[d.start : d.stop].median() < SPLIT
            and behind[d.start : d.stop].max() < BEHIND
        )
        for d in dips
    )


def kick_counts(joints: Tensor, *, fps: float) -> dict[str, int]:
    """Kicks to front or side of each leg: ankle over 0.35 m, leg stretched."""
    smooth = steady(joints, fps)
    _, front = body_axes(smooth)
    clearance = foot_clearance(joints, fps=fps)
    counts = {}
    for at, side in enumerate(SIDES):
        hip, knee, ankle = (smooth[:, j[side]] for j in (HIP, KNEE, ANKLE))
        out = (ankle - hip)[:, :2]
        reach = out.norm(dim=-1)
        trailing = (out * front).sum(-1) < -0.7 * reach  # a runner's back leg
        leg = (knee - hip).norm(dim=-1) + (ankle - knee).norm(dim=-1)
        straight = (ankle - hip).norm(dim=-1) > 0.87 * leg  # knee over 120 deg
        out_there = (reach > 0.35) & ~trailing & (clearance[:, at] > 0.35)
        kicking = straight & out_there
        counts[side] = len(runs(kicking, join=max(round(0.1 * fps), 1)))
    return counts


def kick_side(joints: Tensor, *, fps: float) -> str:
    """The leg that kicked: "left", "right", "both" or "none"."""
    counts = kick_counts(joints, fps=fps)
    return _side_name(counts["left"] > 0, counts["right"] > 0)


# --------------------------------------------------------- trunk, arms, hands


def bow_count(joints: Tensor, *, fps: float) -> int:
    """Bends of the trunk by 35 degrees and up again, without squatting."""
    lean = forward_lean(joints, fps=fps)
    ratio = pelvis_height_ratio(joints, fps=fps)
    bends = excursions(lean, enter=math.radians(35), leave=math.radians(20))
    return sum(bool(ratio[b.start : b.stop].min() > 0.75) for b in bends)


def punch_counts(joints: Tensor, *, fps: float) -> dict[str, int]:
    """Punches of each arm: stretched to the front at shoulder height, fast.

    The fist starts near its shoulder, with the elbow bent, and not over it: an
    arm that is raised straight does not punch, one that comes down throws, one
    that comes from below the chest reaches.
    """
    smooth = steady(joints, fps)
    _, front = body_axes(smooth)
    length = UPPER_ARM + FOREARM
    counts = {}
    for side in SIDES:
        arm = smooth[:, WRIST[side]] - smooth[:, SHOULDER[side]]
        ahead = (arm[:, :2] * front).sum(-1)
        level = arm[:, 2].abs() < 0.5 * length
        thrusts = excursions(
            torch.where(level, ahead, torch.zeros_like(ahead)),
            enter=0.75 * length,
            leave=0.6 * length,
            begun=True,
        )
        quick = max(round(0.3 * fps), 1)
        counts[side] = 0
        for thrust in thrusts:
            begin = max(thrust.start - quick, 0)
            near = slice(begin, thrust.start + 1)
            before = arm[near]
            drawn = ahead[near][level[near]].min()
            bent = before.norm(dim=-1).min() < 0.75 * length
            over = before[:, 2].max() > 0.3 * length
            far = ahead[thrust.start] - drawn > 0.15
            counts[side] += bool(far and bent and not over)
    return counts


def punch_side(joints: Tensor, *, fps: float) -> str:
    """The arm that punched: "left", "right", "both" or "none"."""
    counts = punch_counts(joints, fps=fps)
    return _side_name(counts["left"] > 0, counts["right"] > 0)


def _reversals(signal: Tensor, least: float) -> list[int]:
    """Frames at which a signal turns back, each time by at least ``least``."""
    values = signal.tolist()
    if not values:
        return []
    turns: list[int] = []
    direction, extreme, latest = 0, values[0], 0
    for at, value in enumerate(values[1:], start=1):
        if direction == 0 and abs(value - extreme) >= least:
            direction, extreme = (1 if value > extreme else -1), value
            latest = at
        elif direction * (value - extreme) > 0:
            extreme, latest = value, at
        elif direction and abs(value - extreme) >= least:
            turns.append(latest)
            direction, extreme, latest = -direction, value, at
    return turns


def wave_side(joints: Tensor, *, fps: float, reversals: int = 3) -> str:
    """The hand that waved: raised above the shoulder, to and fro.

    From one turn of the hand to the next but one takes 1.2 s at most: slower
    than that, a whole body is bending to and fro. Hands that meet on their way
    are clapping.
    """
    if clap_count(joints, fps=fps) > 1:
        return "none"
    smooth = steady(joints, fps)
    right, _ = body_axes(smooth)
    waved = {}
    for side in SIDES:
        arm = smooth[:, WRIST[side]] - smooth[:, SHOULDER[side]]
        swing = (arm[:, :2] * right).sum(-1)
        raised = runs(arm[:, 2] > 0.05, join=1)
        turns = [_reversals(swing[r.start : r.stop], 0.05) for r in raised]
        waved[side] = any(
            late - early <= SLOWEST_WAVE * fps * (reversals - 1)
            for row in turns
            for early, late in zip(row, row[reversals - 1 :], strict=False)
        )
    return _side_name(waved["left"], waved["right"])


def hand_above_head(joints: Tensor, *, fps: float, seconds: float = 0.3) -> str:
    """The hand held above the head joint for at least ``seconds``."""
    smooth = steady(joints, fps)
    held = {
        side: bool(
            runs(
                smooth[:, WRIST[side], 2] > smooth[:, HEAD, 2],
                least=max(round(seconds * fps), 1),
            )
        )
        for side in SIDES
    }
    return _side_name(held["left"], held["right"])
