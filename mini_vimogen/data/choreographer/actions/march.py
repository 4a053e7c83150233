"""March: knees high, arms swinging, in place or along a way."""

from dataclasses import replace

import numpy as np

from mini_vimogen.data.choreographer import rig
from mini_vimogen.data.choreographer.actions.action import (
    SIZES,
    SPEEDS,
    Action,
    Parameters,
    pick,
    pick_size,
)
from mini_vimogen.data.choreographer.course import (
    Course,
    Leg,
    Route,
    plan_course,
)
from mini_vimogen.data.choreographer.curves import ease
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.footsteps import Stance, walk_feet
from mini_vimogen.data.choreographer.gait import plan_stances
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import (
    DEGREE,
    Style,
    standing_score,
)

STEPS_PER_SECOND = {
    "slow": (1.35, 1.55),
    "normal": (1.65, 1.85),
    "fast": (1.95, 2.15),
}
DUTY = 0.55
"""Share of a stride that one foot is on the ground."""


def _draw_march(dice: Dice, given: Parameters) -> Parameters:
    ranges = {
        "small": (0.24, 0.27),
        "normal": (0.30, 0.36),
        "large": (0.39, 0.43),
    }
    drawn = pick_size(dice, given, "lift", ranges)
    drawn["speed"] = pick(dice, given, "speed", SPEEDS, (1, 3, 1))
    drawn["steps_per_second"] = dice.uniform(*STEPS_PER_SECOND[drawn["speed"]])
    drawn["count"] = pick(
        dice, given, "count", (4, 5, 6, 7, 8, 9, 10), (1, 1, 2, 1, 2, 1, 1)
    )
    along = dice.chance(0.5)
    metres = dice.uniform(0.35, 0.6) if along else 0.0
    drawn["metres"] = given.get("metres", metres)
    bends = dice.chance(0.4) and drawn["metres"]
    heading = dice.choose((-1, 1)) * dice.uniform(35, 90) * DEGREE
    drawn["heading"] = given.get("heading", heading if bends else 0.0)
    drawn["first"] = dice.choose(("left", "right"))
    drawn["arms"] = dice.choose(("bent", "straight"))
    drawn["arm_swing"] = dice.uniform(26, 40) * DEGREE
    return drawn


def _march_seconds(parameters: Parameters) -> float:
    return parameters["count"] / parameters["steps_per_second"]


def _march(parameters: Parameters, style: Style, fps: float) -> Score:
    total = round(parameters["seconds"] * fps)
    before = round(parameters["lead"] * fps)
    natural = parameters["natural_seconds"] / parameters["pace"]
    frames = min(max(round(natural * fps), 2), total - before)
    rate = parameters["count"] * fps / frames
    leg = Leg(
        seconds=frames / fps,
        speed=parameters["metres"] * rate,
        turn=parameters["heading"],
        steps_per_second=rate,
    )
    left_first = parameters["first"] == "left"
    route = Route((leg,), first_phase=0.25 if left_first else 0.75)
    course = plan_course(route, style)
    course = replace(course, duty=np.full_like(course.duty, DUTY))
    score = standing_score(frames + 1, style)
    times = np.arange(frames + 1) / fps
    _march_feet(score, course, route, style, parameters, times, fps)
    _march_body(score, course, style, parameters, times)
    return score.held(before, total - before - frames)


def _march_feet(
    score: Score, course: Course, route, style, parameters, times, fps
) -> None:
    """Stances of a slow walk, but every foot comes up under a high knee."""
    rows = []
    for row in plan_stances(course, route, style):
        rows.append([_marching(stance, parameters) for stance in row])
    walk_feet(score, *rows, fps=fps)
    for side, row in enumerate(rows):
        for one, two in zip(row[:-1], row[1:], strict=True):
            share = (times - one.end) / (two.start - one.end)
            share = np.clip(share, 0.0, 1.0)
            up = np.sin(np.pi * share) ** 1.5
            score.ankle[:, side, 2] += parameters["lift"] * up
            # The shin hangs from a raised thigh: the foot is ahead of the hip,
            # and comes there before it is at its highest.
            far = 0.55 * parameters["lift"] + 0.3 * parameters["metres"]
            ahead = far * np.sin(np.pi * share**0.85) ** 2
            yaw = score.foot_turn[:, side, 0]
            score.ankle[:, side, :2] += ahead[:, None] * rig.forward(yaw)


def _marching(stance: Stance, parameters: Parameters) -> Stance:
    return replace(
        stance,
        landing=6 * DEGREE if np.isfinite(stance.start) else stance.landing,
        leaving=24 * DEGREE,
        lift=0.01,
        rising=0.12,
        loose=0.7,
    )


def _march_body(
    score: Score, course: Course, style: Style, parameters, times
) -> None:
    """Pelvis over the standing foot, arms against the legs, chest up."""
    score.pelvis[:, :2] = course.at("place", times)
    score.pelvis_turn[:, 0] = course.at("yaw", times)
    edge = ease(times / 0.3) * ease((times[-1] - times) / 0.3)
    phase = 2 * np.pi * course.at("phase", times)
    over = edge * np.cos(phase)  # 1 when the left foot carries
    sway = 0.045 * style.hip_sway
    yaw = score.pelvis_turn[:, 0]
    score.pelvis[:, :2] += (sway * over)[:, None] * rig.leftward(yaw)
    bounce = 0.010 * style.bounce * edge
    score.pelvis[:, 2] += bounce * np.cos(2 * phase) - 0.006 * edge
    # The free hip is carried a little higher with its knee.
    score.pelvis_turn[:, 2] -= 2 * DEGREE * over
    score.spine[:, 2] += 2 * DEGREE * over
    score.spine[:, 1] -= 5 * DEGREE * style.hip_turn * over
    score.head[:, 1] += 4 * DEGREE * style.hip_turn * over
    score.spine[:, 0] -= 0.4 * style.spine_pitch * edge
    bent = parameters["arms"] == "bent"
    swing = parameters["arm_swing"] * style.arm_swing**0.5
    for side in (0, 1):
        # The left arm is ahead while the right knee is up.
        beat = rig.OUTWARD[side] * over
        score.shoulder[:, side, 0] += swing * (beat + 0.15 * edge)
        score.elbow[:, side] += edge * (60 if bent else -6) * DEGREE
        score.elbow[:, side] += (20 if bent else 5) * DEGREE * beat
    score.elbow[:] = np.maximum(score.elbow, 5 * DEGREE)


MARCH = Action(
    "march",
    {
        "speed": SPEEDS,
        "size": SIZES,
        "count": (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16),
        "metres": (0.0, 0.8),
        "heading": (-np.pi, np.pi),
    },
    _draw_march,
    _march_seconds,
    _march,
)
