"""Sit: down onto a seat that is not there; to stay, or to rise again."""

import numpy as np

from mini_vimogen.data.choreographer import rig
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
from mini_vimogen.data.choreographer.style import (
    DEGREE,
    Style,
    standing_feet,
    standing_pelvis,
)

_THIGH, _SHIN = np.linalg.norm([rig.THIGH, rig.SHIN], axis=-1).mean(1)

SIT_SECONDS, SETTLE_SECONDS, RISE_SECONDS = 1.1, 0.3, 1.1
_ON_THIGHS = {"thighs": (17, 3, 18, 32), "lap": (10, 5, 40, 52)}
"""Arm forward, out, twist and elbow, degrees, of somebody who sits."""


def _draw_sit(dice: Dice, given: Parameters) -> Parameters:
    ranges = {
        "small": (0.50, 0.54),
        "normal": (0.45, 0.49),
        "large": (0.40, 0.43),
    }
    drawn = pick_size(dice, given, "hip_height", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["rises"] = pick(dice, given, "rises", (True, False), (3, 2))
    drawn["stay"] = dice.uniform(0.45, 1.3)
    drawn["shin"] = dice.uniform(-4, 6) * DEGREE
    drawn["lean"] = dice.uniform(30, 40) * DEGREE
    drawn["upright"] = dice.uniform(-4, 10) * DEGREE
    drawn["knees_out"] = dice.uniform(0, 10) * DEGREE
    drawn["arms"] = dice.choose(tuple(_ON_THIGHS), (2, 1))
    drawn["reach"] = dice.uniform(0, 45) * DEGREE
    return drawn


def _sit_seconds(parameters: Parameters) -> float:
    down = SIT_SECONDS + SETTLE_SECONDS
    up = RISE_SECONDS * parameters["rises"]
    return parameters["tempo"] * (down + up) + parameters["stay"]


def _seat(parameters: Parameters, style: Style) -> np.ndarray:
    """How far back and down [2] the pelvis goes to sit, metres.

    Shins nearly upright, thighs out to the back: beyond any balance, which is
    what tells sitting from squatting.
    """
    ankle, _ = standing_feet(style)
    tilt, hip = parameters["shin"], parameters["hip_height"]
    knee = rig.ANKLE_HEIGHT.mean() + _SHIN * np.cos(tilt)
    back = np.sqrt(_THIGH**2 - (hip - knee) ** 2) - _SHIN * np.sin(tilt)
    offset = rig.OFFSETS[rig.HIP].mean(0)
    place = ankle[:, 1].mean() - back - offset[2]
    return np.array([-place, standing_pelvis(style) - (hip - offset[1])])


def _sit_keys(parameters: Parameters):
    """Times and keys [keys, 5]: back, down, lean, arms on thighs, reach."""
    tempo, stay, up = parameters["tempo"], parameters["stay"], 0.25
    down = np.array([0.0, 0.35, 0.75, 1.0]) * SIT_SECONDS * tempo
    times = [*down, down[-1] + SETTLE_SECONDS * tempo]
    keys = [
        (0.0, 0.0, 0.0, 0.0, 0.0),
        (0.34, 0.14, 0.65, 0.1, 0.6),
        (0.86, 0.74, 1.0, 0.5, 1.0),
        (1.0, 1.0, 0.5, 0.9, 0.2),
        (1.0, 1.0, 0.0, 1.0, 0.0),
    ]
    times.append(times[-1] + stay)
    keys.append((1.0, 1.0, 0.0, 1.0, 0.0))
    if parameters["rises"]:
        rise = np.array([0.33, 0.62, 0.82, 1.0]) * RISE_SECONDS * tempo
        times += list(times[-1] + rise)
        keys += [
            (1.0, 1.0, 0.95, 0.95, up),
            (0.62, 0.60, 0.85, 0.5, up),
            (0.20, 0.17, 0.3, 0.15, 0.3 * up),
            (0.0,) * 5,
        ]
    return times, np.array(keys)


def _sit(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    score = stage.score
    times, keys = _sit_keys(parameters)
    back, down, lean, arms, reach = keyed(stage.clock, times, keys).T
    seat = _seat(parameters, style)
    score.pelvis[:, 1] -= seat[0] * back
    score.pelvis[:, 2] -= seat[1] * down
    lean = parameters["lean"] * lean
    # On the seat the back is as upright as drawn, whoever slumps otherwise.
    settled = (parameters["upright"] - 0.5 * style.spine_pitch) * down
    score.pelvis_turn[:, 1] += 0.6 * lean - 0.5 * settled
    score.spine[:, 0] += 0.4 * lean + settled
    score.head[:, 0] -= 0.55 * lean
    score.knee_out += (parameters["knees_out"] * down)[:, None]
    rest = np.array([*score.shoulder[0, 0], style.elbow])
    pose = np.array(_ON_THIGHS[parameters["arms"]]) * DEGREE - rest
    score.shoulder += arms[:, None, None] * pose[:3]
    score.elbow += (arms * pose[3])[:, None]
    score.shoulder[..., 0] += (parameters["reach"] * reach)[:, None]
    return score


SIT = Action(
    "sit",
    {"speed": SPEEDS, "size": SIZES, "rises": (True, False)},
    _draw_sit,
    _sit_seconds,
    _sit,
)
