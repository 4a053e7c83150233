"""Clap: both hands meet, before the chest or above the head."""

import numpy as np

from mini_vimogen.data.choreographer import hands, rig
from mini_vimogen.data.choreographer.actions.action import (
    SIZES,
    SPEEDS,
    Action,
    Parameters,
    pick,
    pick_size,
    pick_tempo,
    set_stage,
)
from mini_vimogen.data.choreographer.curves import keyed
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import DEGREE, Style

RAISE_SECONDS = 0.5
HEIGHTS = ("chest", "overhead")
PALM = 0.036
"""From the middle of a wrist to the palm that meets the other, metres."""

MOST_BEND = 30 * DEGREE
TWISTS = (-12 * DEGREE, 28 * DEGREE)
"""How far a clapping wrist gives."""


def _draw_clap(dice: Dice, given: Parameters) -> Parameters:
    ranges = {
        "small": (0.09, 0.11),
        "normal": (0.12, 0.16),
        "large": (0.19, 0.25),
    }
    hertz = {"slow": (1.2, 1.5), "normal": (1.7, 2.2), "fast": (2.4, 2.8)}
    drawn = pick_size(dice, given, "opening", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["height"] = pick(dice, given, "height", HEIGHTS, (3, 1))
    drawn["count"] = pick(dice, given, "count", (2, 3, 4, 5), (2, 3, 3, 2))
    drawn["hertz"] = dice.uniform(*hertz[drawn["speed"]])
    drawn["above_chest"] = dice.uniform(-0.02, 0.06)
    drawn["elbow_out"] = dice.uniform(15, 40) * DEGREE
    return drawn


def _clap_seconds(parameters: Parameters) -> float:
    claps = parameters["count"] / parameters["hertz"]
    return 2 * RAISE_SECONDS * parameters["tempo"] + claps


def _held_hands(parameters: Parameters, side: int, apart: float):
    """Shoulder [3], elbow, wrist [2] and collar lift, hands this far apart."""
    out = rig.OUTWARD[side]
    if parameters["height"] == "overhead":
        lift = 17 * DEGREE
        # Hands that part above the head sink a little, on an arc.
        place = [out * (PALM + apart), 0.55 - 0.35 * apart, 0.16]
        elbow_out = 75 * DEGREE
    else:
        lift = 0.0
        high = 0.06 + parameters["above_chest"]
        place = [out * (PALM + apart), high, 0.27 - 0.3 * apart]
        elbow_out = parameters["elbow_out"]
    shoulder, elbow = hands.arm_to(place, side, elbow_out=elbow_out, lift=lift)
    bend, twist = hands.palm_inward(shoulder, elbow, side)
    wrist = np.array(
        [
            np.clip(bend, -MOST_BEND, MOST_BEND),
            np.clip(twist, *TWISTS),
        ]
    )
    return shoulder, elbow, wrist, lift


def _clap(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    score, clock = stage.score, stage.clock
    up = RAISE_SECONDS * parameters["tempo"]
    span = parameters["count"] / parameters["hertz"]
    raised = keyed(clock, [0, up, up + span, 2 * up + span], [0, 1, 1, 0])
    cycles = np.clip((clock - up) * parameters["hertz"], 0, parameters["count"])
    met = 0.5 - 0.5 * np.cos(2 * np.pi * cycles)  # 0 apart, 1 together
    high = parameters["height"] == "overhead"
    for side in (0, 1):
        apart = _held_hands(parameters, side, parameters["opening"])
        close = _held_hands(parameters, side, 0.0)
        curves = (
            score.shoulder[:, side],
            score.elbow[:, side : side + 1],
            score.wrist[:, side],
        )
        for curve, far, near in zip(curves, apart[:3], close[:3], strict=True):
            way = far + met[:, None] * (np.asarray(near) - far)
            curve += raised[:, None] * (way - curve[0])
        score.collar[:, side, 0] += raised * close[3]
    # Both hands must meet, however the body sways.
    score.exact += raised[:, None]
    score.pelvis[:, 2] -= 0.008 * raised * met
    score.spine[:, 0] += (-3 if high else 2) * DEGREE * raised
    score.spine[:, 0] += 1.5 * DEGREE * raised * met
    score.head[:, 0] += (-8 if high else 3) * DEGREE * raised
    return score


CLAP = Action(
    "clap",
    {
        "speed": SPEEDS,
        "size": SIZES,
        "height": HEIGHTS,
        "count": (1, 2, 3, 4, 5, 6, 7, 8),
    },
    _draw_clap,
    _clap_seconds,
    _clap,
)
