"""Jump: crouch, push off, fly freely, land softly."""

import numpy as np

from mini_vimogen.data.choreographer import legs, rig
from mini_vimogen.data.choreographer.actions.action import (
    SIZES,
    SPEEDS,
    Action,
    Parameters,
    Stage,
    pick,
    pick_size,
    pick_tempo,
    set_stage,
)
from mini_vimogen.data.choreographer.course import GRAVITY
from mini_vimogen.data.choreographer.curves import hermite, keyed
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.footsteps import (
    Stance,
    toe_pivot,
    walk_feet,
)
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import (
    DEGREE,
    Style,
    standing_feet,
    standing_pelvis,
)

TAKE_OFF, TOUCH_DOWN = 45 * DEGREE, 22 * DEGREE
"""Pitch of the feet when they leave the floor and when they come back."""

DIP_SECONDS, RISE_SECONDS = 0.42, 0.45

ROUNDING_SECONDS = 0.06
"""What whole frames may add to a jump."""


def stretched_pelvis(pitch: float) -> float:
    """Height of the pelvis on stretched legs and raised heels, metres."""
    heights = []
    for side in (0, 1):
        ankle = rig.ANKLE_HEIGHT[side] + toe_pivot(0.0, pitch, side)[2]
        hip = rig.OFFSETS[rig.HIP[side], 1]
        heights.append(ankle + 0.985 * legs.REACH[side] - hip)
    return min(heights)


def _draw_jump(dice: Dice, given: Parameters) -> Parameters:
    ranges = {
        "small": (0.13, 0.18),
        "normal": (0.2, 0.3),
        "large": (0.33, 0.45),
    }
    drawn = pick_size(dice, given, "rise", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["count"] = pick(dice, given, "count", (1, 2, 3, 4), (4, 2, 2, 1))
    forward = dice.chance(0.4)
    metres = dice.uniform(0.3, 0.75) if forward else 0.0
    drawn["metres"] = given.get("metres", metres)
    drawn["crouch"] = 0.10 + 0.45 * drawn["rise"] + dice.uniform(0.0, 0.05)
    drawn["arms_up"] = dice.uniform(55, 90) * DEGREE + 1.2 * drawn["rise"]
    drawn["tuck"] = dice.uniform(0.0, 0.10)
    return drawn


def flight_seconds(parameters: Parameters) -> float:
    """From the stretched leaving to the touch-down, free fall in between."""
    drop = stretched_pelvis(TAKE_OFF) - stretched_pelvis(TOUCH_DOWN)
    up = np.sqrt(2 * parameters["rise"] / GRAVITY)
    down = np.sqrt(2 * (parameters["rise"] + drop) / GRAVITY)
    return float(up + down)


def push_seconds(parameters: Parameters) -> float:
    """Even acceleration from the crouch to the speed of leaving."""
    speed = np.sqrt(2 * GRAVITY * parameters["rise"])
    way = stretched_pelvis(TAKE_OFF) - rig.standing_height()
    return float(2 * (parameters["crouch"] + way) / speed)


def _jump_hurry(parameters: Parameters) -> float:
    """Seconds that the tempo can change: the first dip and the last rise."""
    return parameters["tempo"] * (DIP_SECONDS + RISE_SECONDS)


def in_flight_seconds(parameters: Parameters) -> float:
    """All pushes, flights and landings: what no haste can shorten."""
    each = flight_seconds(parameters) + 2 * push_seconds(parameters)
    each += ROUNDING_SECONDS
    return parameters["count"] * each


def _jump_seconds(parameters: Parameters) -> float:
    return in_flight_seconds(parameters) + _jump_hurry(parameters)


def jump_beats(parameters: Parameters, fps: float) -> np.ndarray:
    """[jumps, 4] times of crouch, leaving, touch-down and next crouch.

    Leaving and touch-down fall on frames, so that flight is free fall.
    """
    tempo = parameters["tempo"] / parameters["pace"]
    push = push_seconds(parameters)
    flight = max(round(flight_seconds(parameters) * fps), 2) / fps
    beats, clock = [], parameters["lead"] + tempo * DIP_SECONDS
    for _ in range(parameters["count"]):
        leave = np.ceil((clock + push) * fps) / fps
        land = leave + flight
        beats.append((clock, leave, land, land + push))
        clock = land + push
    return np.array(beats)


def _jump_feet(stage: Stage, style: Style, beats, parameters) -> None:
    ankle, yaw = standing_feet(style)
    rows = []
    for side in (0, 1):
        row, start = [], -np.inf
        for at in range(len(beats) + 1):
            place = ankle[side] + [0.0, at * parameters["metres"]]
            end = beats[at, 1] if at < len(beats) else np.inf
            row.append(
                Stance(
                    start,
                    end,
                    place,
                    yaw[side],
                    landing=TOUCH_DOWN,
                    leaving=TAKE_OFF,
                    lift=0.0,
                    rising=0.16,
                )
            )
            start = beats[at, 2] if at < len(beats) else np.inf
        rows.append(row)
    walk_feet(stage.score, *rows, fps=stage.fps)
    for _, leave, land, _ in beats:
        aloft = np.clip(stage.times, leave, land) - leave
        flight = land - leave
        share = aloft / flight
        arc = 0.5 * GRAVITY * aloft * (flight - aloft)
        tuck = parameters["tuck"] * 16 * (share * (1 - share)) ** 2
        stage.score.ankle[..., 2] += (arc + tuck)[:, None]


def fly_pelvis(stage: Stage, style: Style, beats, parameters) -> None:
    """Height and way of the pelvis: pushed off, in free fall, caught."""
    score, way = stage.score, parameters["metres"]
    height = standing_pelvis(style)
    high, low = stretched_pelvis(TAKE_OFF), stretched_pelvis(TOUCH_DOWN)
    deep = height - parameters["crouch"]
    tempo = parameters["tempo"] / parameters["pace"]
    times = [parameters["lead"]]
    keys, slopes = [(height, 0.0)], [(0.0, 0.0)]
    for at, (crouch, leave, land, _) in enumerate(beats):
        flight = land - leave
        up = (low - high) / flight + 0.5 * GRAVITY * flight
        from_y = at * way + 0.05 + 0.10 * way
        to_y = (at + 1) * way + 0.03 - 0.10 * way
        ahead = (to_y - from_y) / flight
        times += [crouch, leave, land]
        keys += [(deep, at * way - 0.03), (high, from_y), (low, to_y)]
        slopes += [(0.0, 0.0), (up, ahead), (up - GRAVITY * flight, ahead)]
    times += [beats[-1, 3], beats[-1, 3] + tempo * RISE_SECONDS]
    end = len(beats) * way
    keys += [(deep + 0.04, end - 0.02), (height, end)]
    slopes += [(0.0, 0.0), (0.0, 0.0)]
    curve = hermite(stage.times, times, keys, slopes)
    score.pelvis[:, 2] = curve[:, 0]
    score.pelvis[:, 1] = curve[:, 1]
    for _, leave, land, _ in beats:  # a cubic is not a parabola
        air = (stage.times > leave) & (stage.times < land)
        aloft, flight = stage.times[air] - leave, land - leave
        up = (low - high) / flight + 0.5 * GRAVITY * flight
        score.pelvis[air, 2] = high + up * aloft - 0.5 * GRAVITY * aloft**2


def _jump(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    beats = jump_beats(parameters, fps)
    _jump_feet(stage, style, beats, parameters)
    fly_pelvis(stage, style, beats, parameters)
    score, up = stage.score, parameters["arms_up"]
    bend = 30 + 60 * parameters["crouch"]  # degrees of trunk in the crouch
    times, keys = [parameters["lead"]], [(0, 0, 0, 0, 0, 0)]
    for crouch, leave, land, _ in beats:
        # pelvis pitch, spine pitch, head pitch, arm forward, out, elbow
        times += [crouch, leave, 0.5 * (leave + land), land]
        keys += [
            (0.6 * bend, 0.5 * bend, -0.5 * bend, -36, 8, 15),
            (2, -6, -4, 0.8 * up / DEGREE, 12, 20),
            (4, 0, 4, up / DEGREE, 18, 25),
            (8, 6, 2, 0.35 * up / DEGREE, 22, 25),
        ]
    tempo = parameters["tempo"] / parameters["pace"]
    times += [beats[-1, 3], beats[-1, 3] + tempo * RISE_SECONDS]
    keys += [(0.5 * bend, 0.4 * bend, -0.4 * bend, 5, 14, 20), (0,) * 6]
    curve = keyed(stage.times, times, np.array(keys) * DEGREE)
    score.pelvis_turn[:, 1] += curve[:, 0]
    score.spine[:, 0] += curve[:, 1]
    score.head[:, 0] += curve[:, 2]
    score.shoulder[..., :2] += curve[:, None, 3:5]
    score.shoulder[..., 2] += 0.33 * np.maximum(curve[:, None, 3], 0.0)
    score.elbow += curve[:, 5:]
    return score


JUMP = Action(
    "jump",
    {
        "speed": SPEEDS,
        "size": SIZES,
        "count": (1, 2, 3, 4, 5),
        "metres": (0.0, 1.0),
    },
    _draw_jump,
    _jump_seconds,
    _jump,
    fixed_seconds=in_flight_seconds,
)
