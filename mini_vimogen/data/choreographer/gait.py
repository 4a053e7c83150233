"""Gait: footsteps and a moving body along a course.

Feet come first: each stance is placed where the course will be in its middle.
The body above them vaults or flies, sways, swings its arms and leans.
"""

import numpy as np

from mini_vimogen.data.choreographer import rig
from mini_vimogen.data.choreographer.course import (
    GRAVITY,
    Course,
    Route,
    plan_course,
)
from mini_vimogen.data.choreographer.curves import ease
from mini_vimogen.data.choreographer.footsteps import Stance, walk_feet
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import (
    DEGREE,
    Style,
    standing_feet,
    standing_score,
)

HEEL_RATE = 3.7
"""Radians per second at which a heel comes up."""

PIVOT_HEEL = 14 * DEGREE
"""Pitch of a foot that turns on its toes while it stands."""


def _stance(
    course: Course, side: int, centre: float, style: Style, swivel: float
) -> Stance:
    """The stance of one foot around a phase, as if walking never ended."""
    time = course.when(centre)
    duty = float(np.clip(course.at("duty", time), 0.25, 0.72))
    speed = max(float(course.at("speed", time)), 0.0)
    running = float(np.clip(course.at("running", time), 0.0, 1.0))
    yaw = float(course.at("yaw", time))
    start, end = course.when(centre - duty / 2), course.when(centre + duty / 2)
    narrow = style.half_width * (1 - 0.35 * ease(speed / 1.4))
    narrow *= 1 - 0.45 * running
    place = course.at("place", time)
    brisk = ease(speed / 1.3)
    # Walking feet stand longer behind the pelvis than ahead of it.
    behind = rig.REST_ANKLE[side, 2] - 0.07 * brisk
    place = place + rig.forward(yaw) * behind
    place = place + rig.leftward(yaw) * rig.OUTWARD[side] * narrow
    leaving = (14 + 34 * brisk + 6 * running) * DEGREE
    heel = PIVOT_HEEL if swivel else 0.0
    return Stance(
        start=start,
        end=end,
        place=place,
        yaw=yaw + rig.OUTWARD[side] * style.toe_out,
        heel=heel,
        landing=heel - brisk * 16 * (1 - running) * DEGREE,
        leaving=leaving + heel,
        lift=(0.035 + 0.085 * brisk + (0.02 + 0.05 * speed) * running)
        * max(style.foot_lift, 0.9 * running),
        rising=min(leaving / HEEL_RATE, 0.45 * (end - start)),
        loose=running,
        swivel=swivel * float(course.at("yaw", end) - course.at("yaw", start)),
    )


def plan_stances(
    course: Course, route: Route, style: Style
) -> tuple[list[Stance], list[Stance]]:
    """Rows of stances for the left and the right foot along a course."""
    rows = []
    ankle, foot_yaw = standing_feet(style)
    for side in (0, 1):
        first = np.floor(course.phase[0]) - 1 + 0.5 * side
        last = np.ceil(course.phase[-1]) + 1
        centres = np.arange(first, last + 0.5, 1.0)
        row = [_stance(course, side, c, style, route.swivel) for c in centres]
        row = [s for s in row if s.end > course.times[0] - 1.0]
        if not route.starts_moving:
            held = max(s for s in range(len(row)) if row[s].start <= 0)
            row = row[held:]
            row[0] = _standing(
                row[0], -np.inf, row[0].end, ankle[side], foot_yaw[side]
            )
        if not route.stops_moving:
            stop = course.times[-1]
            held = min(s for s in range(len(row)) if row[s].end >= stop)
            row = row[: held + 1]
            turn = rig.turn("z", course.yaw[-1])[:2, :2]
            row[-1] = _standing(
                row[-1],
                row[-1].start,
                np.inf,
                course.place[-1] + turn @ ankle[side],
                course.yaw[-1] + foot_yaw[side],
            )
        rows.append(row)
    return rows[0], rows[1]


def _standing(stance: Stance, start, end, place, yaw) -> Stance:
    """The stance before the first step or after the last: a standing foot."""
    return Stance(
        start=start,
        end=end,
        place=place,
        yaw=float(yaw),
        landing=min(0.5 * stance.landing, 0.0),
        leaving=stance.leaving,
        lift=stance.lift,
        rising=stance.rising,
    )


def _bounce(course: Course, times, style: Style):
    """Rise and fall of the pelvis [frames]: vaulting when walking, ballistic
    flight and a springy stance when running."""
    phase = course.at("phase", times) % 0.5  # a foot is at mid-stance at 0
    duty = course.at("duty", times)
    speed, running = course.at("speed", times), course.at("running", times)
    vault = 0.012 * ease(speed / 1.2) * np.cos(4 * np.pi * phase)
    per_second = np.gradient(course.phase, course.times)
    stride = 1.0 / np.maximum(np.interp(times, course.times, per_second), 0.4)
    ground = np.clip(duty, 0.25, 0.499)
    flight = (0.5 - ground) * stride  # seconds in the air
    in_air = np.abs(phase - 0.25) < (0.5 - ground) / 2
    aloft = (phase - 0.25) * stride
    arc = 0.5 * GRAVITY * ((flight / 2) ** 2 - aloft**2)
    from_touch = np.where(phase > 0.25, phase - 0.5, phase) + ground / 2
    depth = GRAVITY * flight / 2 * ground * stride / np.pi
    spring = -depth * np.sin(np.pi * np.clip(from_touch / ground, 0, 1))
    hop = np.where(in_air, arc, spring)
    return style.bounce * (1 - running) * vault + running * hop


def _swing_body(score: Score, course: Course, times, style: Style) -> None:
    """Pelvis, spine and arms of somebody on the move, on top of standing."""
    phase = 2 * np.pi * course.at("phase", times)
    speed = np.maximum(course.at("speed", times), 0.0)
    running = np.clip(course.at("running", times), 0.0, 1.0)
    walking = ease(speed / 1.2)
    ahead = np.cos(phase + np.pi / 2)  # 1 when the left foot lands
    over = np.cos(phase)  # 1 when the left foot carries
    active = ease(np.minimum(speed / 0.4, 1.0))
    turn = 6 * DEGREE * style.hip_turn * walking * (1 + 0.4 * running)
    score.pelvis_turn[:, 0] += -turn * ahead
    score.pelvis_turn[:, 2] += 3.5 * DEGREE * style.hip_sway * walking * over
    score.spine[:, 1] += 2.1 * turn * ahead
    score.spine[:, 2] += -4 * DEGREE * style.hip_sway * walking * over
    score.head[:, 1] += -1.0 * turn * ahead
    swing = style.arm_swing * DEGREE * (6 * active + 17 * walking * speed / 1.4)
    swing = np.minimum(swing, 38 * DEGREE * style.arm_swing)
    for side in (0, 1):
        # Left arm forward with the right foot, and the other way round.
        beat = -rig.OUTWARD[side] * ahead
        score.shoulder[:, side, 0] += swing * beat
        score.shoulder[:, side, 0] += -(0.05 + 0.06 * running) * walking
        score.shoulder[:, side, 2] += -0.12 * running + 0.2 * running * beat
        score.elbow[:, side] += 7 * DEGREE * walking * (1 + beat)
        score.elbow[:, side] += (52 + 8 * beat) * DEGREE * running
    score.collar[:, :, 1] += 0.12 * swing[:, None] * ahead[:, None] * [-1, 1]


def _lean(score: Score, course: Course, times, edge) -> None:
    """Lean into speed, acceleration and curves; look where the path goes."""
    speed = course.at("speed", times)
    gain = np.gradient(course.speed, course.times)
    gain = np.interp(times, course.times, gain)
    bend = np.gradient(course.yaw, course.times)
    soon = edge * np.interp(times + 0.25, course.times, bend)
    bend = np.interp(times, course.times, bend)
    pitch = 1.2 * DEGREE * speed + 1.6 * DEGREE * np.clip(gain, -3, 4)
    score.pelvis_turn[:, 1] += 0.6 * pitch
    score.spine[:, 0] += 0.6 * pitch
    score.head[:, 0] += -0.8 * pitch
    side_force = np.arctan(0.6 * speed * bend / GRAVITY)
    score.pelvis_turn[:, 2] += -0.5 * side_force
    score.spine[:, 2] += -0.3 * side_force
    score.head[:, 1] += np.clip(0.30 * soon, -0.5, 0.5)
    score.spine[:, 1] += np.clip(0.08 * soon, -0.2, 0.2)


def travel(route: Route, style: Style, *, fps: float) -> Score:
    """A score that follows a route on planted feet, begun at the origin."""
    course = plan_course(route, style)
    frames = round(route.seconds * fps) + 1
    times = np.arange(frames) / fps
    score = standing_score(frames, style)
    left, right = plan_stances(course, route, style)
    walk_feet(score, left, right, fps=fps)
    score.pelvis[:, :2] = course.at("place", times)
    score.pelvis_turn[:, 0] = course.at("yaw", times)
    speed, running = course.at("speed", times), course.at("running", times)
    score.pelvis[:, 2] += _bounce(course, times, style) - 0.05 * running
    sway = (
        0.030 - 0.012 * ease(speed / 1.4) - 0.012 * running
    ) * style.hip_sway
    sway = sway * np.cos(2 * np.pi * course.at("phase", times))
    edge = np.ones(frames)
    if not route.starts_moving:
        edge *= ease(times / 0.3)
    if not route.stops_moving:
        edge *= ease((route.seconds - times) / 0.3)
    yaw = score.pelvis_turn[:, 0]
    score.pelvis[:, :2] += (sway * edge)[:, None] * rig.leftward(yaw)
    _swing_body(score, course, times, style)
    _lean(score, course, times, edge)
    return score
