"""Gait: walking, running and turning on the spot, from a route to footsteps.

A stride is a phase: the left foot stands in the middle of its stance at phase
0, 1, 2, ..., the right at 0.5, 1.5, ... Step rate, share of the stride spent on
the ground and arm swing follow from the speed, so that walking turns into
running and back without a seam.
"""

from dataclasses import dataclass

import numpy as np

from mini_vimogen.data.choreographer import rig
from mini_vimogen.data.choreographer.curves import ease, keyed
from mini_vimogen.data.choreographer.footsteps import Stance, walk_feet
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import (
    DEGREE,
    Style,
    standing_feet,
    standing_score,
)

GRAVITY = 9.81
SAMPLES_PER_SECOND = 120
HEEL_RATE = 3.7
"""Radians per second at which a heel comes up."""

PIVOT_HEEL = 14 * DEGREE
"""Pitch of a foot that turns on its toes while it stands."""


@dataclass(frozen=True)
class Leg:
    """One part of a route: so many seconds at one speed and gait.

    turn: change of heading in radians, left positive, spread over the part.
    steps_per_second: None takes the step rate that goes with the speed.
    """

    seconds: float
    speed: float
    running: bool = False
    turn: float = 0.0
    steps_per_second: float | None = None


@dataclass(frozen=True)
class Route:
    """Parts one after another; begun or ended at full speed, or standing.

    first_phase: of the stride; when begun standing, 0.25 lifts the left foot
    first, 0.75 the right. swivel: share of the body's turn that a standing foot
    follows, pivoting on its toes.
    """

    legs: tuple[Leg, ...]
    starts_moving: bool = False
    stops_moving: bool = False
    first_phase: float = 0.25
    swivel: float = 0.0

    @property
    def seconds(self) -> float:
        """Duration of all parts."""
        return sum(leg.seconds for leg in self.legs)


@dataclass(frozen=True)
class Course:
    """A route on a fine grid of times: where, how fast, and in which phase."""

    times: np.ndarray
    place: np.ndarray  # [samples, 2]
    yaw: np.ndarray
    speed: np.ndarray
    running: np.ndarray  # 0 walks, 1 runs
    phase: np.ndarray
    duty: np.ndarray  # share of a stride that one foot is on the ground

    def at(self, name: str, times):
        """A curve at other times; straight on before and after the route."""
        curve = getattr(self, name)
        if curve.ndim == 2:
            columns = [self._at(column, times) for column in curve.T]
            return np.stack(columns, axis=-1)
        return self._at(curve, times)

    def _at(self, curve, times):
        inside = np.interp(times, self.times, curve)
        step = self.times[1] - self.times[0]
        before = np.minimum(np.asarray(times) - self.times[0], 0.0)
        after = np.maximum(np.asarray(times) - self.times[-1], 0.0)
        return (
            inside
            + before * (curve[1] - curve[0]) / step
            + after * (curve[-1] - curve[-2]) / step
        )

    def when(self, phase: float) -> float:
        """The time of a phase; the stride goes on before and after."""
        step = self.times[1] - self.times[0]
        first, last = self.phase[0], self.phase[-1]
        if phase < first:
            rate = (self.phase[1] - first) / step
            return self.times[0] - (first - phase) / rate
        if phase > last:
            rate = (last - self.phase[-2]) / step
            return self.times[-1] + (phase - last) / rate
        return float(np.interp(phase, self.phase, self.times))


def step_rate(speed, running):
    """Steps per second that go with a speed (m/s).

    Walking: about 1.9 at 1.4 m/s and growing with the root of the speed;
    running: 2.6 to 2.9. Grieve and Gear 1966; Cavanagh and Williams 1982.
    """
    walk = np.maximum(1.75 * np.sqrt(np.maximum(speed, 0.0)), 1.5)
    run = 2.35 + 0.13 * speed
    return walk + running * (run - walk)


def ground_share(speed, running):
    """Share of a stride that one foot is on the ground: walk > 0.5 > run."""
    walk = np.clip(0.70 - 0.06 * speed, 0.57, 0.68)
    run = np.clip(0.44 - 0.038 * speed, 0.27, 0.36)
    return walk + running * (run - walk)


def _ramp_seconds(leg: Leg) -> float:
    """Time to start from standing, or to stop."""
    return min(0.55 + 0.32 * leg.speed, 0.45 * leg.seconds)


def _speed_keys(route: Route) -> tuple[list[float], list[float], list[float]]:
    """Times, speeds and gaits (0 walks, 1 runs) at the corners of a route."""
    times, speeds, gaits, clock = [], [], [], 0.0
    legs = route.legs
    for at, leg in enumerate(legs):
        first, last = at == 0, at == len(legs) - 1
        begin = end = min(0.35, 0.3 * leg.seconds)
        if first:
            begin = 0.0 if route.starts_moving else _ramp_seconds(leg)
        if last:
            end = 0.0 if route.stops_moving else _ramp_seconds(leg)
        if first and not route.starts_moving:
            times, speeds, gaits = [0.0], [0.0], [0.0]
        times += [clock + begin, clock + leg.seconds - end]
        speeds += [leg.speed] * 2
        gaits += [float(leg.running)] * 2
        clock += leg.seconds
        if last and not route.stops_moving:
            times, speeds, gaits = (
                times + [clock],
                speeds + [0.0],
                gaits + [0.0],
            )
    return times, speeds, gaits


def plan_course(route: Route, style: Style) -> Course:
    """Speed, heading, place and stride phase along a route.

    Starting or ending on two standing feet needs a phase of 0.25 or 0.75, so
    the step rate is trimmed to end on one.
    """
    count = max(round(route.seconds * SAMPLES_PER_SECOND), 2)
    times = np.linspace(0.0, route.seconds, count + 1)
    step = times[1]
    corners, speeds, gaits = _speed_keys(route)
    speed, running = keyed(times, corners, np.stack([speeds, gaits], 1)).T
    yaw, rate = np.zeros_like(times), np.zeros_like(times)
    clock = 0.0
    for leg in route.legs:
        yaw += leg.turn * ease((times - clock) / leg.seconds)
        inside = (times >= clock) & (times <= clock + leg.seconds)
        own = step_rate(speed[inside], running[inside]) * style.tempo**0.5
        rate[inside] = leg.steps_per_second or own
        clock += leg.seconds
    middle = 0.5 * (yaw[1:] + yaw[:-1])
    mean_speed = 0.5 * (speed[1:] + speed[:-1])
    moves = step * mean_speed[:, None] * rig.forward(middle)
    place = np.concatenate([np.zeros((1, 2)), moves.cumsum(0)])
    strides = step * 0.25 * (rate[1:] + rate[:-1])
    phase = np.concatenate([[0.0], strides.cumsum()])
    if not route.stops_moving and not route.starts_moving:
        halves = max(round(phase[-1] / 0.5), 2)
        phase *= 0.5 * halves / phase[-1]
    elif not route.stops_moving:
        phase += np.ceil(phase[-1] / 0.5) * 0.5 - phase[-1]
    if not (route.starts_moving and not route.stops_moving):
        phase += route.first_phase
    else:
        phase += 0.25
    duty = ground_share(speed, running)
    return Course(times, place, yaw, speed, running, phase, duty)


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
        landing=0.5 * stance.landing if stance.landing < 0 else stance.landing,
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
