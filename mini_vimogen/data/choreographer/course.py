"""Course: where a route leads, how fast, and in which phase of the stride.

A stride is a phase: the left foot stands in the middle of its stance at phase
0, 1, 2, ..., the right at 0.5, 1.5, ... Step rate and share of the stride spent
on the ground follow from the speed, so that walking turns into running and back
without a seam.
"""

from dataclasses import dataclass

import numpy as np

from mini_vimogen.data.choreographer import rig
from mini_vimogen.data.choreographer.curves import ease, keyed
from mini_vimogen.data.choreographer.style import Style

GRAVITY = 9.81
SAMPLES_PER_SECOND = 120


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

    Walking: about 2 at 1.4 m/s and growing with the root of the speed; running:
    2.6 to 2.9. Set by eye, near the real clips.
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
        begin = end = min(0.5, 0.4 * leg.seconds)
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
