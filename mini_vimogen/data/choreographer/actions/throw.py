"""Throw: one hand, overarm; wind up, step into it, follow through."""

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

THROW_SECONDS = 2.35
_OFF, _ON, _BACK_OFF, _BACK_ON = 0.44, 0.84, 1.62, 1.98
"""Seconds into a throw at which the front foot leaves and lands, twice."""


def _draw_throw(dice: Dice, given: Parameters) -> Parameters:
    ranges = {
        "small": (0.22, 0.29),
        "normal": (0.32, 0.42),
        "large": (0.46, 0.56),
    }
    drawn = pick_size(dice, given, "step", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["side"] = pick(dice, given, "side", ONE_SIDE)
    drawn["count"] = pick(dice, given, "count", (1, 2), (4, 1))
    drawn["twist"] = dice.uniform(0.85, 1.15)
    drawn["cock"] = dice.uniform(-5, 5) * DEGREE
    return drawn


def _throw_seconds(parameters: Parameters) -> float:
    return parameters["count"] * THROW_SECONDS * parameters["tempo"]


# Seconds into one throw at natural tempo; degrees of the throwing arm
# (forward, out, twist, elbow, collar up, collar ahead) and of the other arm
# (forward, out, twist, elbow). None is the hanging arm.
_ARMS = (
    (0.00, None, None),
    (0.30, (20, 16, 24, 88, 0, 0), (20, 16, 24, 88)),
    (0.52, (14, 34, 10, 60, 0, -4), (44, 34, 20, 40)),
    (0.80, (61, 105, -1, 84, 8, -8), (70, 60, 8, 18)),
    (0.90, (64, 105, 3, 88, 8, -8), (68, 58, 8, 20)),
    (1.01, (104, 62, 35, 82, 8, 4), (40, 40, 6, 62)),
    (1.10, (126, 38, 57, 20, 8, 10), (14, 28, 2, 92)),
    (1.24, (76, 14, 70, 14, 2, 10), (-2, 24, 1, 98)),
    (1.42, (30, -4, 56, 26, 0, 8), (-2, 22, 4, 84)),
    (1.62, (24, 0, 46, 34, 0, 4), (2, 16, 8, 54)),
    (2.15, None, None),
)

# Seconds; pelvis aside (to the throwing side, shares of half a stance) and
# along (shares of the step), crouch (m), yaw, trunk twist (degrees, to the
# throwing side), trunk pitch, tilt (throwing shoulder up), heel of the rear
# foot.
_BODY = (
    (0.00, 0.0, 0.00, 0.000, 0, 0, 0, 0, 0),
    (0.30, 0.5, -0.05, 0.010, 8, 8, 2, 0, 0),
    (0.46, 0.9, -0.10, 0.025, 18, 18, 0, -3, 0),
    (0.66, 0.6, 0.02, 0.035, 26, 28, -4, -8, 0),
    (0.84, 0.1, 0.32, 0.050, 22, 34, -8, -8, 4),
    (0.96, -0.1, 0.46, 0.055, 2, 14, -4, 2, 14),
    (1.08, -0.2, 0.58, 0.055, -12, -12, 8, 10, 26),
    (1.24, -0.3, 0.68, 0.060, -18, -28, 22, 8, 38),
    (1.42, -0.3, 0.66, 0.060, -16, -26, 22, 2, 34),
    (1.62, -0.1, 0.36, 0.045, -8, -12, 12, 0, 6),
    (1.80, 0.6, 0.12, 0.030, -4, -5, 5, 0, 0),
    (1.98, 0.3, 0.03, 0.015, 0, 0, 1, 0, 0),
    (2.30, 0.0, 0.00, 0.000, 0, 0, 0, 0, 0),
)


def _repeated(rows, count: int):
    """Times and keys of ``count`` throws, one after another."""
    times = np.array([row[0] for row in rows])
    keys = np.array([row[1:] for row in rows], dtype=float)
    starts = THROW_SECONDS * np.arange(count)
    return (starts[:, None] + times).ravel(), np.tile(keys, (count, 1))


def _feet(stage: Stage, style: Style, parameters: Parameters, heel) -> None:
    """The foot across from the throwing hand steps out and back."""
    ankle, yaw = standing_feet(style)
    side = number_of(parameters["side"])
    stride = parameters["tempo"] / parameters["pace"]
    out = -rig.OUTWARD[1 - side] * 0.04
    rows: list[list[Stance]] = [[], []]
    rows[side] = [Stance(-np.inf, np.inf, ankle[side], yaw[side])]
    home, start = ankle[1 - side], -np.inf
    for at in range(parameters["count"]):
        begin = parameters["lead"] + at * THROW_SECONDS * stride
        end = begin + _OFF * stride
        rows[1 - side] += [
            Stance(
                start,
                end,
                home,
                yaw[1 - side],
                landing=0.0,
                leaving=25 * DEGREE,
                lift=0.09,
                rising=0.1,
            ),
            Stance(
                begin + _ON * stride,
                begin + _BACK_OFF * stride,
                home + [out, parameters["step"]],
                yaw[1 - side],
                landing=-12 * DEGREE,
                leaving=4 * DEGREE,
                lift=0.05,
            ),
        ]
        start = begin + _BACK_ON * stride
    rows[1 - side].append(
        Stance(start, np.inf, home, yaw[1 - side], landing=4 * DEGREE)
    )
    walk_feet(stage.score, *rows, fps=stage.fps)
    lift_heel(stage.score, side, heel)


def _arms(stage: Stage, style: Style, parameters: Parameters, clock) -> None:
    score, side = stage.score, number_of(parameters["side"])
    rest = (*score.shoulder[0, 0] / DEGREE, style.elbow / DEGREE, 0.0, 0.0)
    rows = [
        (time, *(mine or rest), *(other or rest[:4]))
        for time, mine, other in _ARMS
    ]
    times, keys = _repeated(rows, parameters["count"])
    curve = keyed(clock, times, keys * DEGREE)
    cocked = keyed(clock, *_repeated(_COCK, parameters["count"]))[:, 0]
    score.shoulder[:, side] = curve[:, :3]
    score.shoulder[:, side, 1] += parameters["cock"] * cocked
    score.elbow[:, side] = curve[:, 3]
    score.collar[:, side] = curve[:, 4:6]
    score.shoulder[:, 1 - side] = curve[:, 6:9]
    score.elbow[:, 1 - side] = curve[:, 9]


_COCK = ((0.5, 0.0), (0.8, 1.0), (0.9, 1.0), (1.1, 0.0))
"""Seconds, and how much the raised elbow's own height counts."""


def _throw(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    score, side = stage.score, number_of(parameters["side"])
    clock = stage.clock / parameters["tempo"]
    body = keyed(clock, *_repeated(_BODY, parameters["count"]))
    aside, along, crouch, yaw, twist, pitch, tilt, heel = body.T
    _feet(stage, style, parameters, heel * DEGREE)
    out = rig.OUTWARD[side]  # +1 when the left hand throws
    step, turned = parameters["step"], parameters["twist"] * DEGREE
    score.pelvis[:, 0] -= out * style.half_width * aside
    score.pelvis[:, 1] += step * along
    score.pelvis[:, 2] -= crouch * (0.5 + 1.2 * step)
    score.pelvis_turn[:, 0] += out * turned * yaw
    score.spine[:, 1] += out * turned * twist
    score.head[:, 1] -= 0.75 * out * turned * (yaw + twist)
    score.pelvis_turn[:, 1] += 0.4 * pitch * DEGREE
    score.spine[:, 0] += 0.6 * pitch * DEGREE
    score.head[:, 0] -= 0.6 * pitch * DEGREE
    score.spine[:, 2] += out * tilt * DEGREE
    score.head[:, 2] -= 0.6 * out * tilt * DEGREE
    _arms(stage, style, parameters, clock)
    return score


THROW = Action(
    "throw",
    {"speed": SPEEDS, "size": SIZES, "side": ONE_SIDE, "count": (1, 2, 3)},
    _draw_throw,
    _throw_seconds,
    _throw,
)
