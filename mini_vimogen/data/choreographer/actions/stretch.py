"""Stretch: both arms overhead, straight up or bent to a side."""

import numpy as np

from mini_vimogen.data.choreographer import rig
from mini_vimogen.data.choreographer.actions.action import (
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
from mini_vimogen.data.choreographer.curves import keyed
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.footsteps import lift_heel, toe_pivot
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import DEGREE, Style

RAISE_SECONDS, LOWER_SECONDS, BEND_SECONDS = 0.8, 0.8, 0.65

_OVERHEAD = np.array([151.0, 37.0, 92.0]) * DEGREE
"""Flexion, abduction and twist of an upper arm that points up."""


def _draw_stretch(dice: Dice, given: Parameters) -> Parameters:
    ranges = {"small": (20, 24), "normal": (26, 31), "large": (33, 40)}
    drawn = pick_size(dice, given, "degrees", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["lean"] = drawn.pop("degrees") * DEGREE
    sides = ("none", *ONE_SIDE, "both")
    drawn["side"] = pick(dice, given, "side", sides, (3, 2, 2, 2))
    drawn["count"] = pick(dice, given, "count", (1, 2), (3, 1))
    drawn["first"] = dice.choose(ONE_SIDE)
    drawn["hold"] = dice.uniform(0.25, 0.7)
    drawn["elbow"] = dice.uniform(24, 50) * DEGREE
    tiptoe = drawn["size"] == "large" and drawn["side"] == "none"
    drawn["heel"] = dice.uniform(16, 24) * DEGREE if tiptoe else 0.0
    return drawn


def bending_sides(parameters: Parameters) -> list[int]:
    """To which side each bend goes: 0 left, 1 right; "both" is two bends."""
    if parameters["side"] == "none":
        return []
    if parameters["side"] != "both":
        return [number_of(parameters["side"])] * parameters["count"]
    first = number_of(parameters["first"])
    return [first, 1 - first] * parameters["count"]


def _beats(parameters: Parameters):
    """Times, how far the arms are up (0 to 1), and the bend (left +1)."""
    tempo = parameters["tempo"]
    bends = bending_sides(parameters)
    times, up, bend = [0.0], [0.0], [0.0]

    def hold(seconds, raised, bent):
        times.append(times[-1] + seconds)
        up.append(raised)
        bend.append(bent)

    if not bends:
        for _ in range(parameters["count"]):
            hold(RAISE_SECONDS * tempo, 1.0, 0.0)
            hold(parameters["hold"] + 0.3, 1.0, 0.0)
            hold(LOWER_SECONDS * tempo, 0.0, 0.0)
        return times, up, bend
    hold(RAISE_SECONDS * tempo, 1.0, 0.0)
    for at, side in enumerate(bends):
        hold(BEND_SECONDS * tempo, 1.0, rig.OUTWARD[side])
        hold(0.6 * parameters["hold"], 1.0, rig.OUTWARD[side])
        same = at + 1 < len(bends) and bends[at + 1] == side
        last = at + 1 == len(bends)
        if same or last:  # from one side to the other without a stop
            hold(BEND_SECONDS * tempo, 1.0, 0.0)
    hold(LOWER_SECONDS * tempo, 0.0, 0.0)
    return times, up, bend


def _stretch_seconds(parameters: Parameters) -> float:
    return _beats(parameters)[0][-1]


def _stretch(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    score = stage.score
    times, up, bend = _beats(parameters)
    raised = keyed(stage.clock, times, up)
    lean = parameters["lean"] * keyed(stage.clock, times, bend)
    rest = score.shoulder[0, 0].copy()
    score.shoulder += raised[:, None, None] * (_OVERHEAD - rest)
    # Past the face the arms bend, and stretch again on their way up.
    passing = 4 * raised * (1 - raised)
    elbow = raised * (parameters["elbow"] - style.elbow)
    score.elbow += (elbow + 30 * DEGREE * passing)[:, None]
    score.collar[..., 0] += (15 * DEGREE * raised)[:, None]
    # The trunk straightens, and arches a little to bring the arms overhead.
    arch = 12 * DEGREE + style.spine_pitch
    score.spine[:, 0] -= arch * raised
    score.head[:, 0] += (0.4 * arch - 6 * DEGREE) * raised
    score.pelvis[:, 1] += 0.015 * raised
    # Left is a lean to the body's left: the left side goes down, hips right.
    score.spine[:, 2] -= 0.85 * lean
    score.pelvis_turn[:, 2] -= 0.15 * lean
    score.head[:, 2] -= 0.12 * lean
    score.pelvis[:, 0] += 0.09 * np.sin(lean)
    # The arm above reaches over the head.
    for side in (0, 1):
        over = np.maximum(-rig.OUTWARD[side] * lean, 0.0)
        score.shoulder[:, side, 1] -= 0.12 * over
    if parameters["heel"]:
        heel = parameters["heel"] * raised
        for side in (0, 1):
            lift_heel(score, side, heel)
        rise = toe_pivot(0.0, heel, 0)
        score.pelvis += rise * [0.0, 0.6, 1.0]
    return score


STRETCH = Action(
    "stretch",
    {
        "speed": SPEEDS,
        "size": SIZES,
        "side": ("none", *ONE_SIDE, "both"),
        "count": (1, 2, 3),
    },
    _draw_stretch,
    _stretch_seconds,
    _stretch,
)
