"""Squat and bow: the body bends over two planted feet."""

import numpy as np

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

# ------------------------------------------------------------------ squat


def _draw_squat(dice: Dice, given: Parameters) -> Parameters:
    ranges = {
        "small": (0.28, 0.34),
        "normal": (0.36, 0.44),
        "large": (0.45, 0.50),
    }
    drawn = pick_size(dice, given, "depth", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["count"] = pick(dice, given, "count", (1, 2, 3), (3, 2, 1))
    drawn["arms"] = dice.choose(("forward", "down", "chest"), (3, 1, 1))
    drawn["hold"] = dice.uniform(0.03, 0.3)
    drawn["knees_out"] = dice.uniform(4, 16) * DEGREE
    return drawn


def _squat_seconds(parameters: Parameters) -> float:
    each = 1.5 * parameters["tempo"] + parameters["hold"]
    return parameters["count"] * each


_SQUAT_ARMS = {"forward": (74, 4, 0), "down": (24, 6, 4), "chest": (38, 4, 80)}
"""Arm forward, out and elbow, degrees, at the bottom of a squat."""


def _squat(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    depth, tempo = parameters["depth"], parameters["tempo"]
    down, up = 0.8 * tempo, 0.7 * tempo
    times, keys = [0.0], [0.0]
    for _ in range(parameters["count"]):
        start = times[-1]
        bottom = start + down
        times += [bottom, bottom + parameters["hold"]]
        times += [times[-1] + up]
        keys += [1.0, 1.0, 0.0]
    low = keyed(stage.clock, times, keys)  # 0 standing, 1 at the bottom
    score = stage.score
    score.pelvis[:, 2] -= depth * low
    score.pelvis[:, 1] -= (0.05 + 0.28 * depth) * low
    lean = (10 + 30 * depth) * DEGREE * low
    score.pelvis_turn[:, 1] += lean
    score.spine[:, 0] += 0.55 * lean
    score.head[:, 0] -= 0.9 * lean
    score.knee_out += (parameters["knees_out"] * low)[:, None]
    ahead, out, elbow = np.array(_SQUAT_ARMS[parameters["arms"]]) * DEGREE
    score.shoulder[..., 0] += (ahead * low)[:, None]
    score.shoulder[..., 1] += (out * low)[:, None]
    score.elbow += (elbow * low)[:, None]
    return score


# -------------------------------------------------------------------- bow


def _draw_bow(dice: Dice, given: Parameters) -> Parameters:
    ranges = {"small": (52, 58), "normal": (60, 72), "large": (76, 92)}
    drawn = pick_size(dice, given, "degrees", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["lean"] = drawn.pop("degrees") * DEGREE
    drawn["count"] = pick(dice, given, "count", (1, 2), (4, 1))
    drawn["arms"] = dice.choose(("sides", "hanging", "front"), (3, 1, 1))
    drawn["hold"] = dice.uniform(0.1, 0.5)
    return drawn


def _bow_seconds(parameters: Parameters) -> float:
    each = 1.6 * parameters["tempo"] + parameters["hold"]
    return parameters["count"] * each


def _bow(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    lean, tempo = parameters["lean"], parameters["tempo"]
    times, keys = [0.0], [0.0]
    for _ in range(parameters["count"]):
        bent = times[-1] + 0.75 * tempo
        times += [bent, bent + parameters["hold"]]
        times += [times[-1] + 0.85 * tempo]
        keys += [1.0, 1.0, 0.0]
    bend = lean * keyed(stage.clock, times, keys)
    score = stage.score
    score.pelvis_turn[:, 1] += 0.55 * bend
    score.spine[:, 0] += 0.45 * bend
    score.head[:, 0] += 0.12 * bend
    score.pelvis[:, 1] -= 0.13 * np.sin(bend)
    score.pelvis[:, 2] -= 0.02 * np.sin(bend)
    ahead = {"sides": 0.12, "hanging": 0.75, "front": 0.35}[parameters["arms"]]
    score.shoulder[..., 0] += ahead * bend[:, None]
    if parameters["arms"] == "front":
        score.shoulder[..., 2] += 0.5 * bend[:, None]
        score.elbow += 0.6 * bend[:, None]
    return score


SQUAT = Action(
    "squat",
    {"speed": SPEEDS, "size": SIZES, "count": (1, 2, 3, 4)},
    _draw_squat,
    _squat_seconds,
    _squat,
)
BOW = Action(
    "bow",
    {"speed": SPEEDS, "size": SIZES, "count": (1, 2, 3)},
    _draw_bow,
    _bow_seconds,
    _bow,
)
