"""Hop: jumps on one leg, the other foot kept off the floor throughout."""

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
from mini_vimogen.data.choreographer.actions.jump import (
    DIP_SECONDS,
    RISE_SECONDS,
    TAKE_OFF,
    TOUCH_DOWN,
    fly_pelvis,
    in_flight_seconds,
    jump_beats,
)
from mini_vimogen.data.choreographer.course import GRAVITY
from mini_vimogen.data.choreographer.curves import ease, keyed
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.footsteps import Stance, walk_feet
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import (
    DEGREE,
    Style,
    standing_feet,
)

SHIFT_SECONDS, LIFT_SECONDS, LOWER_SECONDS = 0.35, 0.3, 0.3
"""Weight onto one leg, then the other foot up; in the end down again."""

# Ankle of the free leg from its hip, metres: forward and up.
_CARRIED = {"behind": (-0.35, -0.42), "front": (0.20, -0.44)}


def _draw_hop(dice: Dice, given: Parameters) -> Parameters:
    ranges = {
        "small": (0.08, 0.10),
        "normal": (0.11, 0.15),
        "large": (0.17, 0.22),
    }
    drawn = pick_size(dice, given, "rise", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["side"] = pick(dice, given, "side", ONE_SIDE)
    drawn["count"] = pick(dice, given, "count", (1, 2, 3, 4), (1, 3, 3, 2))
    forward = dice.chance(0.4)
    metres = dice.uniform(0.22, 0.45) if forward else 0.0
    drawn["metres"] = given.get("metres", metres)
    drawn["crouch"] = 0.02 + 0.25 * drawn["rise"] + dice.uniform(0.0, 0.03)
    drawn["carried"] = dice.choose(tuple(_CARRIED), (2, 1))
    drawn["arms_out"] = dice.uniform(12, 35) * DEGREE
    return drawn


def _hop_seconds(parameters: Parameters) -> float:
    around = SHIFT_SECONDS + LIFT_SECONDS + DIP_SECONDS + RISE_SECONDS
    around = parameters["tempo"] * (around + LOWER_SECONDS)
    return around + in_flight_seconds(parameters)


def _hop(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    tempo = parameters["tempo"] / parameters["pace"]
    begin = parameters["lead"] + tempo * (SHIFT_SECONDS + LIFT_SECONDS)
    flying = {**parameters, "lead": begin}
    beats = jump_beats(flying, fps)
    side = number_of(parameters["side"])
    _hopping_foot(stage, style, beats, parameters)
    fly_pelvis(stage, style, beats, flying)
    # Off and on the floor: seconds at which the free foot leaves and returns.
    off = begin - tempo * LIFT_SECONDS
    caught = beats[-1, 3] + tempo * 0.5 * RISE_SECONDS
    down = caught + tempo * LOWER_SECONDS
    end = down + tempo * 0.5 * RISE_SECONDS
    over = keyed(
        stage.times,
        [parameters["lead"], off + 0.5 * (begin - off), caught, end],
        [0, 1, 1, 0],
    )
    out = rig.OUTWARD[side]
    stage.score.pelvis[:, 0] -= out * 0.85 * style.half_width * over
    stage.score.pelvis_turn[:, 2] -= out * 3 * DEGREE * over
    stage.score.spine[:, 2] += out * 4 * DEGREE * over
    lifted = keyed(stage.times, [off, begin, caught, down], [0, 1, 1, 0])
    _free_foot(stage, style, lifted, parameters)
    _hop_body(stage, beats, parameters, over)
    return stage.score


def _hopping_foot(stage: Stage, style: Style, beats, parameters) -> None:
    """Rows of stances: many for the hopping foot, one for the free one."""
    ankle, yaw = standing_feet(style)
    side, rows = number_of(parameters["side"]), [[], []]
    rows[1 - side] = [
        Stance(-np.inf, np.inf, ankle[1 - side], yaw[1 - side]),
    ]
    starts = [-np.inf, *beats[:, 2]]
    ends = [*beats[:, 1], np.inf]
    for at, (start, end) in enumerate(zip(starts, ends, strict=True)):
        place = ankle[side] + [0.0, at * parameters["metres"]]
        rows[side].append(
            Stance(
                start,
                end,
                place,
                yaw[side],
                landing=TOUCH_DOWN,
                leaving=TAKE_OFF,
                lift=0.0,
                rising=0.15,
            )
        )
    walk_feet(stage.score, *rows, fps=stage.fps)
    for _, leave, land, _ in beats:
        aloft = np.clip(stage.times, leave, land) - leave
        arc = 0.5 * GRAVITY * aloft * (land - leave - aloft)
        stage.score.ankle[:, side, 2] += arc


def _free_foot(stage: Stage, style: Style, lifted, parameters) -> None:
    """The other foot: from the floor to under the body, along, and down.

    lifted: [frames] 0 on the floor, 1 carried by the body.
    """
    score, side = stage.score, 1 - number_of(parameters["side"])
    home = score.ankle[:, side].copy()
    way = parameters["count"] * parameters["metres"]
    # The floor below it changes places while the foot is all in the air.
    aloft = np.flatnonzero(lifted >= 1.0)
    home[aloft[len(aloft) // 2] :, 1] += way
    ahead, up = _CARRIED[parameters["carried"]]
    hip = rig.OFFSETS[rig.HIP[side]]
    carried = score.pelvis + [-hip[0], hip[2] + ahead, hip[1] + up]
    # Up first and then back or forth, so that the toes do not scrape.
    along = ease((lifted - 0.15) / 0.85)[:, None]
    rise = lifted[:, None]
    score.ankle[:, side, :2] = home[:, :2] + along * (
        carried[:, :2] - home[:, :2]
    )
    score.ankle[:, side, 2:] = home[:, 2:] + rise * (
        carried[:, 2:] - home[:, 2:]
    )
    score.planted[:, side] = lifted <= 0.0
    score.foot_free[:, side] = ease((lifted - 0.2) / 0.6)


def _hop_body(stage: Stage, beats, parameters, over) -> None:
    """Trunk and arms: out for balance, thrown up with every hop."""
    bend = 14 + 60 * parameters["crouch"]  # degrees of trunk in the crouch
    times, keys = [parameters["lead"]], [(0, 0, 0, 0, 0)]
    for crouch, leave, land, _ in beats:
        # pelvis pitch, spine pitch, head pitch, arm forward, elbow
        times += [crouch, leave, 0.5 * (leave + land), land]
        keys += [
            (0.5 * bend, 0.6 * bend, -0.5 * bend, -16, 32),
            (2, 2, -2, 26, 48),
            (3, 4, -1, 32, 52),
            (6, 7, -2, 14, 44),
        ]
    tempo = parameters["tempo"] / parameters["pace"]
    caught = beats[-1, 3]
    times += [caught, caught + tempo * (LOWER_SECONDS + RISE_SECONDS)]
    keys += [(0.5 * bend, 0.5 * bend, -0.4 * bend, 0, 34), (0,) * 5]
    curve = keyed(stage.times, times, np.array(keys) * DEGREE)
    score = stage.score
    score.pelvis_turn[:, 1] += curve[:, 0]
    score.spine[:, 0] += curve[:, 1]
    score.head[:, 0] += curve[:, 2]
    score.shoulder[..., 0] += curve[:, None, 3]
    score.elbow += curve[:, None, 4]
    score.shoulder[..., 1] += (parameters["arms_out"] * over)[:, None]


HOP = Action(
    "hop",
    {
        "speed": SPEEDS,
        "size": SIZES,
        "side": ONE_SIDE,
        "count": (1, 2, 3, 4, 5, 6),
        "metres": (0.0, 0.6),
    },
    _draw_hop,
    _hop_seconds,
    _hop,
    fixed_seconds=in_flight_seconds,
)
