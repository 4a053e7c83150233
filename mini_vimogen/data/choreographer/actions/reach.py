"""Reach: one hand stretches for something, up, ahead or aside, and returns."""

import numpy as np

from mini_vimogen.data.choreographer import rig
from mini_vimogen.data.choreographer.actions.action import (
    ONE_SIDE,
    SIZES,
    SPEEDS,
    Action,
    Parameters,
    Stage,
    number_of,
    pick,
    pick_size,
    pick_tempo,
    set_stage,
)
from mini_vimogen.data.choreographer.curves import keyed
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.footsteps import lift_heel
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import DEGREE, Style

DIRECTIONS = ("up", "forward", "side")
OUT_SECONDS, BACK_SECONDS = 0.75, 0.75

# Degrees of an arm half-way there, the elbow bent, and there: flexion,
# abduction, inward twist, elbow.
_ARMS = {
    "up": ((70, 10, 30, 75), (146, 12, 70, 14)),
    "forward": ((34, 8, 24, 62), (91, 4, 30, 12)),
    "side": ((18, 36, 20, 55), (10, 86, 4, 12)),
}

# Degrees and metres of the body for a full stretch: collar raised, collar
# forward, pitch, twist away and roll of the spine, pitch and turn of the head,
# pelvis to the hand's side and forward.
_BODIES = {
    "up": (16, 4, -4, 8, 14, -16, 6, 0.03, 0.02),
    "forward": (3, 14, 13, 16, 0, -5, 4, 0.01, 0.06),
    "side": (5, 4, 2, -4, -15, 0, 22, 0.06, 0.0),
}


def _draw_reach(dice: Dice, given: Parameters) -> Parameters:
    ranges = {"small": (0.1, 0.3), "normal": (0.45, 0.7), "large": (0.85, 1.1)}
    drawn = pick_size(dice, given, "stretch", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["side"] = pick(dice, given, "side", ONE_SIDE)
    drawn["direction"] = pick(dice, given, "direction", DIRECTIONS)
    drawn["count"] = pick(dice, given, "count", (1, 2, 3), (4, 2, 1))
    drawn["hold"] = dice.uniform(0.2, 0.6)
    tiptoe = drawn["direction"] == "up" and drawn["size"] == "large"
    drawn["heel"] = dice.uniform(18, 28) * DEGREE if tiptoe else 0.0
    return drawn


def _reach_seconds(parameters: Parameters) -> float:
    each = (OUT_SECONDS + BACK_SECONDS) * parameters["tempo"]
    return parameters["count"] * (each + parameters["hold"])


def _reach(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    score, side = stage.score, number_of(parameters["side"])
    out, tempo = OUT_SECONDS * parameters["tempo"], parameters["tempo"]
    rest = np.array([*score.shoulder[0, side], style.elbow])
    halfway, there = np.array(_ARMS[parameters["direction"]]) * DEGREE
    if parameters["direction"] == "forward":
        # Ahead of the world, not of a slumped trunk.
        there[0] += 0.6 * score.spine[0, 0]
    halfway[:3] = 0.3 * rest[:3] + 0.7 * halfway[:3]
    times, arms, bodies = [0.0], [rest], [0.0]
    for _ in range(parameters["count"]):
        start = times[-1]
        held = start + out + parameters["hold"]
        end = held + BACK_SECONDS * tempo
        times += [start + 0.5 * out, start + out, held]
        times += [0.5 * (held + end), end]
        arms += [halfway, there, there, halfway, rest]
        bodies += [0.4, 1.0, 1.0, 0.5, 0.0]
    arm = keyed(stage.clock, times, np.array(arms)) - rest
    score.shoulder[:, side] += arm[:, :3]
    score.elbow[:, side] += arm[:, 3]
    bodily = keyed(stage.clock, times, bodies)
    _follow(score, bodily, parameters)
    _rise(stage, bodily, parameters["heel"])
    return score


def _follow(score: Score, bodily, parameters: Parameters) -> None:
    """The body goes with the hand: ``bodily`` [frames] from 0 to 1."""
    side = number_of(parameters["side"])
    out = rig.OUTWARD[side]
    body = np.array(_BODIES[parameters["direction"]])
    lift, ahead, pitch, twist, roll, nod, look, aside, along = body
    gone = (0.4 + 0.6 * parameters["stretch"]) * bodily
    # A collar does not give more than this, however far the hand.
    score.collar[:, side] += np.outer(
        np.minimum(gone, 1.0), np.array([lift, ahead]) * DEGREE
    )
    if parameters["direction"] == "up":  # even a slumped back straightens
        score.spine[:, 0] -= 0.7 * max(score.spine[0, 0], 0.0) * bodily
    score.spine[:, 0] += pitch * DEGREE * gone
    score.pelvis_turn[:, 1] += 0.35 * max(pitch, 0) * DEGREE * gone
    # The left shoulder goes ahead when the body turns right.
    score.spine[:, 1] -= out * twist * DEGREE * gone
    score.pelvis_turn[:, 0] -= 0.3 * out * twist * DEGREE * gone
    score.spine[:, 2] += out * roll * DEGREE * gone
    score.head[:, 0] += nod * DEGREE * bodily
    score.head[:, 1] += out * look * DEGREE * bodily
    score.head[:, 2] -= 0.5 * out * roll * DEGREE * gone
    score.pelvis[:, 0] -= out * aside * gone
    score.pelvis[:, 1] += along * gone
    # The idle arm keeps clear of a body that leans over it.
    score.shoulder[:, 1 - side, 1] += 0.4 * abs(roll) * DEGREE * gone
    score.shoulder[:, 1 - side, 0] -= 0.3 * pitch * DEGREE * gone


def _rise(stage: Stage, bodily, heel: float) -> None:
    """On tiptoe, toes in place, the pelvis carried up by the heels."""
    if not heel:
        return
    score, pitch = stage.score, heel * bodily
    before = score.ankle[:, 0].copy()
    for side in (0, 1):
        lift_heel(score, side, pitch)
    moved = score.ankle[:, 0] - before
    score.pelvis[:, 2] += moved[:, 2]
    score.pelvis[:, 1] += 0.6 * moved[:, 1]


REACH = Action(
    "reach",
    {
        "speed": SPEEDS,
        "size": SIZES,
        "side": ONE_SIDE,
        "direction": DIRECTIONS,
        "count": (1, 2, 3, 4),
    },
    _draw_reach,
    _reach_seconds,
    _reach,
)
