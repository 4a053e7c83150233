"""Punch and wave: actions of the arms, with the body behind them."""

import numpy as np

from mini_vimogen.data.choreographer import rig
from mini_vimogen.data.choreographer.actions.action import (
    ANY_SIDE,
    ONE_SIDE,
    SIZES,
    SPEEDS,
    Action,
    Parameters,
    number_of,
    pick,
    pick_size,
    pick_tempo,
    set_stage,
)
from mini_vimogen.data.choreographer.curves import ease, keyed
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import DEGREE, Style

# ------------------------------------------------------------------ punch

PUNCH_SECONDS = 0.56
GUARD_UP, GUARD_DOWN = 0.42, 0.55


def _draw_punch(dice: Dice, given: Parameters) -> Parameters:
    ranges = {"small": (6, 10), "normal": (14, 22), "large": (26, 34)}
    drawn = pick_size(dice, given, "twist_degrees", ranges)
    drawn["twist"] = drawn.pop("twist_degrees") * DEGREE
    drawn.update(pick_tempo(dice, given))
    drawn["side"] = pick(dice, given, "side", ANY_SIDE, (3, 3, 2))
    count = pick(dice, given, "count", (1, 2, 3, 4), (2, 3, 2, 1))
    if drawn["side"] == "both" and "count" not in given:
        count = max(count, 2)
    drawn["count"] = count
    drawn["first"] = dice.choose(ONE_SIDE)
    drawn["level"] = dice.uniform(80, 93) * DEGREE
    drawn["crouch"] = dice.uniform(0.02, 0.06)
    return drawn


def _punch_seconds(parameters: Parameters) -> float:
    punches = parameters["count"] * PUNCH_SECONDS
    return parameters["tempo"] * (GUARD_UP + punches + GUARD_DOWN)


def punching_sides(parameters: Parameters) -> list[int]:
    """Which arm each punch uses: 0 left, 1 right."""
    if parameters["side"] != "both":
        return [number_of(parameters["side"])] * parameters["count"]
    first = number_of(parameters["first"])
    return [(first + at) % 2 for at in range(parameters["count"])]


def _punch(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    score, clock = stage.score, stage.clock / parameters["tempo"]
    sides = punching_sides(parameters)
    end = GUARD_UP + len(sides) * PUNCH_SECONDS
    guard = keyed(clock, [0, GUARD_UP, end, end + GUARD_DOWN], [0, 1, 1, 0])
    thrust = np.zeros((len(clock), 2))  # 0 in guard, 1 stretched
    wind = np.zeros_like(thrust)
    for at, side in enumerate(sides):
        start = GUARD_UP + at * PUNCH_SECONDS
        beats = start + np.array([0.0, 0.10, 0.24, 0.29, 0.52])
        thrust[:, side] += keyed(clock, beats, [0, 0, 1, 1, 0])
        wind[:, side] += keyed(clock, beats, [0, 1, 0, 0, 0])
    # Guard: fists before the chin. Thrust: the arm straight ahead.
    rest = score.shoulder[0, 0].copy()
    guard_pose = np.array([34, 12, 24]) * DEGREE
    # Level with the ground, however the trunk leans.
    level = parameters["level"] + 0.8 * score.spine[0, 0] + 10 * DEGREE
    for side in (0, 1):
        out, arm = rig.OUTWARD[side], score.shoulder[:, side]
        push, draw = thrust[:, side], wind[:, side]
        arm += guard[:, None] * (guard_pose - rest)
        arm[:, 0] += push * (level - guard_pose[0]) - 14 * DEGREE * draw
        arm[:, 1] += push * (0.75 * parameters["twist"] - guard_pose[1])
        arm[:, 2] += push * 40 * DEGREE
        score.elbow[:, side] += guard * (118 * DEGREE - style.elbow)
        score.elbow[:, side] -= push * 106 * DEGREE
        score.collar[:, side, 1] += push * 14 * DEGREE
        # The right shoulder goes forward when the body turns left.
        turn = -out * parameters["twist"] * (push - 0.35 * draw)
        score.spine[:, 1] += 0.65 * turn
        score.pelvis_turn[:, 0] += 0.35 * turn
        score.head[:, 1] -= 0.8 * turn
        score.pelvis[:, 0] += -out * -0.02 * push
        score.pelvis[:, 1] += 0.03 * push
    score.pelvis[:, 2] -= parameters["crouch"] * guard
    score.pelvis_turn[:, 1] += 4 * DEGREE * guard
    score.spine[:, 0] += 8 * DEGREE * guard
    score.head[:, 0] -= 2 * DEGREE * guard
    return score


# ------------------------------------------------------------------- wave

RAISE_SECONDS = 0.55


def _draw_wave(dice: Dice, given: Parameters) -> Parameters:
    size = pick(dice, given, "size", SIZES, (1, 2, 1))
    degrees = {"small": (78, 85), "normal": (85, 98), "large": (110, 119)}
    swing = {"small": (20, 24), "normal": (23, 29), "large": (25, 33)}
    hertz = {"slow": (1.3, 1.5), "normal": (1.65, 2.1), "fast": (2.2, 2.6)}
    drawn = {"size": size, **pick_tempo(dice, given)}
    drawn["raised"] = dice.uniform(*degrees[size]) * DEGREE
    drawn["swing"] = dice.uniform(*swing[size]) * DEGREE
    drawn["hertz"] = dice.uniform(*hertz[drawn["speed"]])
    drawn["side"] = pick(dice, given, "side", ANY_SIDE, (3, 3, 2))
    drawn["count"] = pick(dice, given, "count", (2, 3, 4, 5), (2, 3, 2, 1))
    drawn["forward"] = dice.uniform(0, 12) * DEGREE
    return drawn


def _wave_seconds(parameters: Parameters) -> float:
    waves = (parameters["count"] + 0.5) / parameters["hertz"]
    return 2 * RAISE_SECONDS * parameters["tempo"] + waves


def _wave(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    score, clock = stage.score, stage.clock
    up = RAISE_SECONDS * parameters["tempo"]
    waves = (parameters["count"] + 0.5) / parameters["hertz"]
    raised = keyed(clock, [0, up, up + waves, 2 * up + waves], [0, 1, 1, 0])
    cycles = (
        np.clip(clock - 0.8 * up, 0, waves + 0.4 * up) * parameters["hertz"]
    )
    active = ease((clock - 0.8 * up) / 0.25) * ease(
        (up + waves + 0.2 * up - clock) / 0.25
    )
    beat = active * np.sin(2 * np.pi * cycles)
    rest, high = score.shoulder[0, 0].copy(), parameters["raised"]
    # A low arm turns its forearm up; a high arm is nearly straight.
    overhead = ease((high / DEGREE - 100) / 30)
    target = np.array([parameters["forward"], high, -51 * DEGREE])
    bend = (92 - 47 * overhead) * DEGREE
    wanted = (
        (0, 1)
        if parameters["side"] == "both"
        else (number_of(parameters["side"]),)
    )
    for side in wanted:
        out, arm = rig.OUTWARD[side], score.shoulder[:, side]
        arm += raised[:, None] * (target - rest)
        arm[:, 1] += 0.25 * parameters["swing"] * beat
        elbow = raised * (bend - style.elbow) + parameters["swing"] * beat
        score.elbow[:, side] += elbow
        score.collar[:, side, 0] += raised * (4 + 14 * overhead) * DEGREE
        tilt = -out * (2 + 4 * overhead) * DEGREE
        score.spine[:, 2] += tilt * raised
        score.head[:, 2] -= 0.5 * tilt * raised
        score.head[:, 1] += out * 3 * DEGREE * raised
        score.pelvis[:, 0] += out * 0.012 * raised
    return score


PUNCH = Action(
    "punch",
    {
        "speed": SPEEDS,
        "size": SIZES,
        "side": ANY_SIDE,
        "count": (1, 2, 3, 4, 5, 6),
    },
    _draw_punch,
    _punch_seconds,
    _punch,
)
WAVE = Action(
    "wave",
    {
        "speed": SPEEDS,
        "size": SIZES,
        "side": ANY_SIDE,
        "count": (2, 3, 4, 5, 6),
    },
    _draw_wave,
    _wave_seconds,
    _wave,
)
