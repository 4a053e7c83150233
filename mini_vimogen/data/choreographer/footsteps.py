"""Footsteps: when and where each foot stands, and how it travels in between."""

from dataclasses import dataclass, replace

import numpy as np

from mini_vimogen.data.choreographer import rig
from mini_vimogen.data.choreographer.curves import ease, keyed
from mini_vimogen.data.choreographer.score import Score

DEGREE = np.pi / 180.0
SETTLE_RATE = 3.5
"""Radians per second at which a landed foot turns flat."""

RISE_PEAK = 0.1612
"""Greatest value of s^1.1 (1 - s)^1.6, at s = 0.41."""


@dataclass(frozen=True)
class Stance:
    """One foot on the floor, from ``start`` to ``end`` (seconds; may be inf).

    place: [2] ankle over the ground, metres; yaw: where the foot points;
    landing, leaving: pitch of the foot (heel up, radians) at first and last
    touch; lift: how high the ankle rises on the way to the next stance;
    rising: seconds over which the heel comes up before the foot leaves;
    swivel: radians (left positive) the foot turns about its resting toes while
    it stands, ``yaw`` being the middle; loose: 0 to 1, how much the foot hangs
    from its shin on the way to the next stance; heel: pitch in the middle of
    the stance (0 stands flat).
    """

    start: float
    end: float
    place: np.ndarray
    yaw: float
    landing: float = -15 * DEGREE
    leaving: float = 40 * DEGREE
    lift: float = 0.05
    rising: float = 0.2
    swivel: float = 0.0
    loose: float = 0.0
    heel: float = 0.0

    @property
    def first_yaw(self) -> float:
        """Where the foot points when it lands."""
        return self.yaw - 0.5 * self.swivel

    @property
    def last_yaw(self) -> float:
        """Where the foot points when it leaves."""
        return self.yaw + 0.5 * self.swivel


def toe_pivot(yaw, pitch, side: int):
    """Shift of an ankle [..., 3] when the heel rises about the resting toes."""
    pitch = np.asarray(pitch, dtype=float)
    yaw = np.broadcast_to(yaw, pitch.shape)
    arm = -rig.FOOT[side]
    return (rig.foot_rotmat(yaw, pitch) - rig.foot_rotmat(yaw, 0 * pitch)) @ arm


def lift_heel(score: Score, side: int, pitch) -> None:
    """Raise the heel of a standing foot by ``pitch`` [frames]; toes stay.

    Changes the score. Where ``pitch`` is 0 nothing changes.
    """
    yaw, old = np.moveaxis(score.foot_turn[:, side], -1, 0)
    new = old + pitch
    score.ankle[:, side] += toe_pivot(yaw, np.maximum(new, 0.0), side)
    score.ankle[:, side] -= toe_pivot(yaw, np.maximum(old, 0.0), side)
    score.foot_turn[:, side, 1] = new


def _over_toes(place, yaw, to_yaw, side: int):
    """Ankle over the ground [..., 2] after a foot turned about its toes."""
    toes = rig.turn("z", yaw) @ rig.STANDING @ rig.FOOT[side]
    arm = rig.turn("z", to_yaw) @ rig.STANDING @ rig.FOOT[side]
    return place + toes[..., :2] - arm[..., :2]


def _pitch_keys(stances: list[Stance]) -> tuple[list[float], list[float]]:
    """Times and foot pitches of a whole row of stances."""
    times, keys = [], []
    for at, stance in enumerate(stances):
        if np.isfinite(stance.start):
            # A foot turns flat and lifts its heel within half a stance each.
            half = 0.5 * min(stance.end - stance.start, 1.0)
            settling = abs(stance.landing - stance.heel) / SETTLE_RATE
            settling = min(max(settling, 0.01), half)
            times += [stance.start, stance.start + settling]
            keys += [stance.landing, stance.heel]
        if at + 1 == len(stances):
            break
        begin = stance.end - stance.rising
        if times:
            begin = max(begin, times[-1] + 1e-3)
        times += [begin, stance.end]
        keys += [stance.heel, stance.leaving]
        span = stances[at + 1].start - stance.end
        landing = stances[at + 1].landing
        times += [stance.end + share * span for share in (0.2, 0.6, 0.88)]
        keys += [stance.leaving * 1.1, 0.15 * stance.leaving, landing]
    return (times, keys) if times else ([0.0], [0.0])


def _on_frames(stances: list[Stance], fps: float) -> list[Stance]:
    """Stances begun and ended on frames: no step splits into two speeds."""
    return [
        replace(
            stance,
            start=np.round(stance.start * fps) / fps,
            end=np.round(stance.end * fps) / fps,
        )
        for stance in stances
    ]


def _swing(score: Score, side: int, times, one: Stance, two: Stance) -> None:
    """The foot in the air between two stances; writes into the score."""
    here = (times > one.end + 1e-6) & (times < two.start - 1e-6)
    share = (times[here] - one.end) / (two.start - one.end)
    if not share.size:
        return
    travel = ease(share)
    yaw = one.last_yaw + travel * (two.first_yaw - one.last_yaw)
    pitch = score.foot_turn[here, side, 1]
    ankle = np.empty((share.size, 3))
    left = _over_toes(one.place, one.yaw, one.last_yaw, side)
    landed = _over_toes(two.place, two.yaw, two.first_yaw, side)
    ankle[:, :2] = left + travel[:, None] * (landed - left)
    # Highest after a third of the way, when the knee is bent most.
    rise = share**1.1 * (1 - share) ** 1.6
    ankle[:, 2] = rig.ANKLE_HEIGHT[side] + one.lift * rise / RISE_PEAK
    # The foot leaves over its toes; it lands on the heel, or on the toes too.
    over_toes = 1.0 if two.landing > 0 else 1.0 - ease(share / 0.8)
    ankle += toe_pivot(yaw, pitch, side) * np.reshape(over_toes, (-1, 1))
    toes = ankle + rig.foot_rotmat(yaw, pitch) @ rig.FOOT[side]
    clear = 0.012 * np.minimum(1, 12 * share * (1 - share))
    ankle[:, 2] += np.maximum(clear - toes[:, 2], 0.0)
    score.ankle[here, side] = ankle
    score.foot_turn[here, side, 0] = yaw
    hanging = ease(share / 0.3) * ease((1 - share) / 0.35)
    score.foot_free[here, side] = one.loose * hanging
    score.planted[here, side] = False


def walk_feet(
    score: Score, left: list[Stance], right: list[Stance], *, fps: float
) -> None:
    """Write two rows of stances, in order of time, into a score.

    A foot never moves within a stance: while its heel rises, its toes stay.
    Stances are rounded to whole frames.
    """
    times = np.arange(score.frames) / fps
    for side, stances in enumerate((left, right)):
        stances = _on_frames(stances, fps)
        corners, keys = _pitch_keys(stances)
        # Landing and leaving are sudden; a foot in the air turns smoothly.
        score.foot_turn[:, side, 1] = keyed(times, corners, keys)
        sudden = np.interp(times, corners, keys)
        for stance in stances:
            here = (times > stance.start - 1e-6) & (times < stance.end + 1e-6)
            pitch = sudden[here]
            score.foot_turn[here, side, 1] = pitch
            yaw = np.full(pitch.shape, stance.yaw)
            if stance.swivel:
                share = (times[here] - stance.start) / (
                    stance.end - stance.start
                )
                yaw += (share - 0.5) * stance.swivel
            score.ankle[here, side, :2] = _over_toes(
                stance.place, stance.yaw, yaw, side
            )
            score.ankle[here, side, 2] = rig.ANKLE_HEIGHT[side]
            score.foot_turn[here, side, 0] = yaw
            score.planted[here, side] = True
            pivot = toe_pivot(yaw, pitch, side)
            score.ankle[here, side] += pivot * (pitch > 0)[:, None]
        for one, two in zip(stances[:-1], stances[1:], strict=True):
            _swing(score, side, times, one, two)
