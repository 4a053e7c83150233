"""Lunge: one long step forward, the hips sink between the feet, and back."""

import numpy as np

from mini_vimogen.data.choreographer import hands, rig
from mini_vimogen.data.choreographer.actions.action import (
    ANY_SIDE,
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
from mini_vimogen.data.choreographer.footsteps import (
    Stance,
    lift_heel,
    walk_feet,
)
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import (
    DEGREE,
    Style,
    standing_feet,
)

# Seconds into one lunge at natural tempo; the hold comes after "low".
OFF, LANDED, LOW, PUSHED, BACK, END = 0.16, 0.58, 1.0, 0.42, 0.84, 1.0
"""Off the floor, landed, hips low; then, from the end of the hold: pushed off,
foot back beside the other, at rest."""


def _draw_lunge(dice: Dice, given: Parameters) -> Parameters:
    ranges = {"small": (0.0, 0.2), "normal": (0.4, 0.65), "large": (0.8, 1.0)}
    drawn = pick_size(dice, given, "deep", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["metres"] = 0.56 + 0.22 * drawn["deep"] + dice.uniform(-0.02, 0.03)
    drawn["drop"] = 0.22 + 0.15 * drawn["deep"]
    drawn["side"] = pick(dice, given, "side", ANY_SIDE, (3, 3, 2))
    count = pick(dice, given, "count", (1, 2, 3), (4, 3, 1))
    if drawn["side"] == "both" and "count" not in given:
        count = max(count, 2)
    drawn["count"] = count
    drawn["first"] = dice.choose(ONE_SIDE)
    drawn["hold"] = dice.uniform(0.1, 0.4)
    drawn["arms"] = dice.choose(("hips", "swing", "hanging"), (2, 2, 1))
    return drawn


def lunging_sides(parameters: Parameters) -> list[int]:
    """Which foot steps forward in each lunge: 0 left, 1 right."""
    if parameters["side"] != "both":
        return [number_of(parameters["side"])] * parameters["count"]
    first = number_of(parameters["first"])
    return [(first + at) % 2 for at in range(parameters["count"])]


def _each_seconds(parameters: Parameters) -> float:
    return (LOW + END) * parameters["tempo"] + parameters["hold"]


def _lunge_seconds(parameters: Parameters) -> float:
    return parameters["count"] * _each_seconds(parameters)


def _lunge(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    _lunge_feet(stage, style, parameters)
    score, tempo = stage.score, parameters["tempo"]
    sides = lunging_sides(parameters)
    leads = np.zeros((score.frames, 2))  # how deep each foot's lunge is
    gone = np.zeros(score.frames)
    for at, side in enumerate(sides):
        start = at * _each_seconds(parameters)
        held = start + LOW * tempo + parameters["hold"]
        times = [start, start + OFF * tempo, start + LANDED * tempo]
        times += [start + LOW * tempo, held, held + PUSHED * tempo]
        times += [held + BACK * tempo, held + END * tempo]
        leads[:, side] += keyed(
            stage.clock, times, [0, 0.1, 0.55, 1, 1, 0.45, 0.06, 0]
        )
        gone += keyed(stage.clock, times, [0, 0.1, 0.72, 1, 1, 0.6, 0.1, 0])
    low = leads.sum(1)
    score.pelvis[:, 2] -= parameters["drop"] * low
    score.pelvis[:, 1] += 0.5 * parameters["metres"] * gone
    for side in (0, 1):
        # The foot that stays behind comes up on its toes as the hips sink.
        pitch = (34 + 22 * parameters["deep"]) * DEGREE * leads[:, side]
        lift_heel(score, 1 - side, pitch)
    _lunge_body(score, leads, parameters, style)
    return score


def _lunge_feet(stage: Stage, style: Style, parameters: Parameters) -> None:
    ankle, yaw = standing_feet(style)
    tempo, pace = parameters["tempo"], parameters["pace"]
    rows, free_from = [[], []], [-np.inf, -np.inf]

    def stand(side, start, end, ahead):
        place = ankle[side] + [0.0, ahead]
        landing = -10 * DEGREE if ahead else 4 * DEGREE
        leaving = 4 * DEGREE if ahead else 22 * DEGREE
        rows[side].append(
            Stance(
                start,
                end,
                place,
                yaw[side],
                landing=landing,
                leaving=leaving,
                lift=0.09,
                rising=0.15,
            )
        )

    for at, side in enumerate(lunging_sides(parameters)):
        start = at * _each_seconds(parameters)
        held = start + LOW * tempo + parameters["hold"]
        beats = [start + OFF * tempo, start + LANDED * tempo]
        beats += [held + PUSHED * tempo, held + BACK * tempo]
        off, landed, pushed, back = (
            parameters["lead"] + beat / pace for beat in beats
        )
        stand(side, free_from[side], off, 0.0)
        stand(side, landed, pushed, parameters["metres"])
        free_from[side] = back
    for side in (0, 1):
        stand(side, free_from[side], np.inf, 0.0)
    walk_feet(stage.score, *rows, fps=stage.fps)


def _lunge_body(score: Score, leads, parameters, style: Style) -> None:
    low = leads.sum(1)
    score.pelvis_turn[:, 1] += 3 * DEGREE * low
    score.spine[:, 0] += 1 * DEGREE * low
    score.head[:, 0] -= 3 * DEGREE * low
    if parameters["arms"] == "hips":
        _hands_on_hips(score, np.clip(1.6 * low, 0.0, 1.0))
        return
    swing = {"swing": 32, "hanging": 6}[parameters["arms"]] * DEGREE
    for side in (0, 1):
        # The arm on the side of the rear foot goes ahead.
        beat = leads[:, 1 - side] - leads[:, side]
        score.shoulder[:, side, 0] += swing * beat
        score.elbow[:, side] += swing * (0.6 * low + 0.5 * beat)
        score.shoulder[:, side, 1] += 6 * DEGREE * low


def _hands_on_hips(score: Score, there) -> None:
    for side in (0, 1):
        place = [rig.OUTWARD[side] * 0.19, -0.26, 0.03]
        shoulder, elbow = hands.arm_to(place, side, elbow_out=1.1)
        rest = score.shoulder[0, side].copy()
        score.shoulder[:, side] += there[:, None] * (shoulder - rest)
        score.elbow[:, side] += there * (elbow - score.elbow[0, side])
    score.exact += there[:, None]


LUNGE = Action(
    "lunge",
    {
        "speed": SPEEDS,
        "size": SIZES,
        "side": ANY_SIDE,
        "count": (1, 2, 3, 4),
    },
    _draw_lunge,
    _lunge_seconds,
    _lunge,
)
