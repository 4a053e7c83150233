"""Sidestep: one foot goes out to the side, the other closes up to it."""

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
from mini_vimogen.data.choreographer.curves import ease, keyed
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.footsteps import Stance, walk_feet
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import (
    DEGREE,
    Style,
    standing_feet,
)

STEP_SECONDS = 0.74
_SHIFT = 0.24
"""Seconds from the shift of the weight to the first foot in the air."""
_END = 0.30
"""Seconds in which the body comes to rest over the closed feet."""
_LEAD, _TRAIL = (0.0, 0.31), (0.38, 0.68)
"""Seconds into a step at which each foot is in the air."""


def _draw_sidestep(dice: Dice, given: Parameters) -> Parameters:
    ranges = {
        "small": (0.24, 0.30),
        "normal": (0.33, 0.43),
        "large": (0.46, 0.56),
    }
    drawn = pick_size(dice, given, "metres_per_step", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["side"] = pick(dice, given, "side", ONE_SIDE)
    drawn["count"] = pick(dice, given, "count", (2, 3, 4, 5), (3, 3, 2, 1))
    drawn["metres_apart"] = drawn["count"] * drawn["metres_per_step"]
    drawn["crouch"] = dice.uniform(0.015, 0.06)
    drawn["looks"] = dice.chance(0.6)
    drawn["arms_out"] = dice.uniform(4, 20) * DEGREE
    return drawn


def _sidestep_seconds(parameters: Parameters) -> float:
    steps = parameters["count"] * STEP_SECONDS
    return parameters["tempo"] * (_SHIFT + steps + _END)


def _feet(stage: Stage, style: Style, parameters: Parameters, when) -> None:
    """Both rows of stances; ``when`` turns natural seconds into real ones."""
    ankle, yaw = standing_feet(style)
    lead = number_of(parameters["side"])
    ahead = np.array([-rig.OUTWARD[lead] * parameters["metres_per_step"], 0.0])
    high = (0.035 + 0.04 * parameters["metres_per_step"]) * style.foot_lift
    rows = []
    for side in (0, 1):
        off, on = _LEAD if side == lead else _TRAIL
        row, start = [], -np.inf
        for at in range(parameters["count"] + 1):
            last = at == parameters["count"]
            end = np.inf if last else when(_SHIFT + at * STEP_SECONDS + off)
            row.append(
                Stance(
                    start,
                    end,
                    ankle[side] + at * ahead,
                    yaw[side],
                    landing=14 * DEGREE,
                    leaving=22 * DEGREE,
                    lift=high,
                    rising=0.14,
                )
            )
            start = when(_SHIFT + at * STEP_SECONDS + on)
        rows.append(row)
    walk_feet(stage.score, *rows, fps=stage.fps)


def _body_keys(parameters: Parameters):
    """Times, steps gone by the pelvis, and its height over the step (0 low)."""
    times, gone, low = [0.0, _SHIFT], [0.0, -0.06], [0.0, 1.0]
    for at in range(parameters["count"]):
        start = _SHIFT + at * STEP_SECONDS
        times += [start + _LEAD[1], start + _TRAIL[0], start + _TRAIL[1]]
        gone += [at + 0.43, at + 0.54, at + 0.95]
        low += [1.25, 1.25, 0.85]
    times.append(times[-1] + _END)
    gone.append(parameters["count"])
    low.append(0.0)
    gone[-2] = parameters["count"] - 0.05
    return times, gone, low


def _sidestep(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    score, tempo = stage.score, parameters["tempo"]
    lead, step = number_of(parameters["side"]), parameters["metres_per_step"]

    def when(natural: float) -> float:
        return parameters["lead"] + natural * tempo / parameters["pace"]

    _feet(stage, style, parameters, when)
    out = rig.OUTWARD[lead]  # +1 to the left
    clock = stage.clock / tempo
    times, gone, low = _body_keys(parameters)
    gone, low = keyed(clock, times, np.stack([gone, low], 1)).T
    score.pelvis[:, 0] -= out * step * gone
    # A wide step needs bent knees.
    score.pelvis[:, 2] -= low * (parameters["crouch"] + 0.16 * step**2)
    active = ease(clock / 0.3) * ease((times[-1] - clock) / 0.4)
    beat = np.sin(2 * np.pi * (clock - _SHIFT) / STEP_SECONDS) * active
    score.pelvis_turn[:, 2] += out * 2.5 * DEGREE * beat * style.hip_sway
    score.spine[:, 2] -= out * (3.5 * beat + 2 * active) * DEGREE
    lean = 5 * DEGREE * active
    score.spine[:, 0] += lean
    score.head[:, 0] -= 0.6 * lean
    score.head[:, 1] += out * 32 * DEGREE * active * parameters["looks"]
    sway = style.arm_swing * (5 + 10 * step) * DEGREE * beat
    for side in (0, 1):
        arm = score.shoulder[:, side]
        arm[:, 1] += active * parameters["arms_out"]
        arm[:, 1] += 0.5 * np.abs(sway) + 0.3 * sway * rig.OUTWARD[side] * out
        arm[:, 0] += 8 * DEGREE * active
    score.elbow += (18 * DEGREE * active)[:, None]
    return score


SIDESTEP = Action(
    "sidestep",
    {
        "speed": SPEEDS,
        "size": SIZES,
        "side": ONE_SIDE,
        "count": (2, 3, 4, 5, 6),
    },
    _draw_sidestep,
    _sidestep_seconds,
    _sidestep,
)
