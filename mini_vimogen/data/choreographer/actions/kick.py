"""Kick: weight on one leg, the other is drawn up and thrown out."""

import numpy as np

from mini_vimogen.data.choreographer import legs, rig
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
from mini_vimogen.data.choreographer.curves import ease, keyed
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import DEGREE, Style

KICK_SECONDS = 1.6


def _draw_kick(dice: Dice, given: Parameters) -> Parameters:
    ranges = {
        "small": (0.52, 0.62),
        "normal": (0.66, 0.82),
        "large": (0.86, 0.96),
    }
    drawn = pick_size(dice, given, "height", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["side"] = pick(dice, given, "side", ONE_SIDE)
    drawn["count"] = pick(dice, given, "count", (1, 2, 3), (4, 2, 1))
    drawn["arms"] = dice.choose(("guard", "swing"))
    return drawn


def _kick_seconds(parameters: Parameters) -> float:
    return parameters["count"] * KICK_SECONDS * parameters["tempo"]


# Seconds into one kick at natural tempo.
_KICK_BEATS = {
    "shifted": 0.36,
    "off": 0.42,
    "chamber": 0.62,
    "hit": 0.80,
    "held": 0.91,
    "back": 1.10,
    "down": 1.34,
    "end": KICK_SECONDS,
}


def _kick_way(parameters: Parameters, home, side: int):
    """Beats and ankle places [keys, 3] of one kick, from and to ``home``."""
    beat = _KICK_BEATS
    hip = np.array([-rig.OUTWARD[side] * 0.06, -0.05, 0.85])
    up = parameters["height"] - hip[2]
    reach = 0.97 * legs.REACH[side]
    hit = hip + [0.0, np.sqrt(reach**2 - up**2), up]
    fold = 0.32 + 0.21 * parameters["height"]
    chamber = np.array([hip[0], 0.16, fold])
    back = np.array([hip[0], 0.24, fold])
    lifted = home + [0.0, -0.03, 0.10]
    lowered = home + [0.0, 0.03, 0.07]
    times = [beat["off"], beat["off"] + 0.08, beat["chamber"], beat["hit"]]
    times += [beat["held"], beat["back"], beat["down"] - 0.08, beat["down"]]
    keys = [home, lifted, chamber, hit, hit, back, lowered, home]
    return times, keys


def _kick(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    score, side = stage.score, number_of(parameters["side"])
    clock = stage.clock / parameters["tempo"]
    home = score.ankle[0, side].copy()
    times, places, body_times, body = [], [], [0.0], [(0.0,) * 10]
    guard = 1.0 if parameters["arms"] == "guard" else 0.35
    beat, high = _KICK_BEATS, parameters["height"]
    for number in range(parameters["count"]):
        start = number * KICK_SECONDS
        way_times, way = _kick_way(parameters, home, side)
        times += [start + t for t in way_times]
        places += way
        # weight, hip turn, pelvis back, trunk back, trunk twist, guard,
        # own arm back, other arm ahead, arms out, crouch (degrees, shares, m)
        body_times += [
            start + beat[name]
            for name in ("shifted", "chamber", "hit", "back", "down", "end")
        ]
        last = number == parameters["count"] - 1
        stay = 0.0 if last else 0.6
        body += [
            (1.0, 0, 0, 4, 0, 0.8 * guard, 5, 5, 5, 0.025),
            (1.0, 3, 4, 6, 4, guard, 0, 10, 8, 0.02),
            (1.0, 14, 6 + 12 * high, 2, -8, guard, 35, 22, 22, 0.02),
            (1.0, 5, 6, 6, 0, guard, 10, 12, 12, 0.025),
            (0.8, 0, 0, 6, 0, 0.7 * guard, 0, 5, 6, 0.03),
            (stay, 0, 0, 2 * stay, 0, stay * guard, 0, 0, 0, 0.0),
        ]
    _kick_leg(score, stage, clock, times, places, side)
    _kick_body(score, keyed(clock, body_times, body), side, style)
    return score


def _kick_leg(score: Score, stage, clock, times, places, side: int) -> None:
    """The flying foot; on the floor it stays exactly where it was."""
    ankle = keyed(clock, times, np.array(places))
    home = score.ankle[0, side]
    flying = np.linalg.norm(ankle - home, axis=-1) > 1e-9
    # Whole frames on the floor: the frames at both ends of a flight are home.
    score.ankle[flying, side] = ankle[flying]
    score.planted[flying, side] = False
    score.foot_free[:, side] = ease((ankle[:, 2] - home[2] - 0.08) / 0.2)


def _kick_body(score: Score, curve, side: int, style: Style) -> None:
    out = rig.OUTWARD[side]  # +1 when the left leg kicks
    weight, hip, back, trunk, twist, guard, own, other, spread, crouch = curve.T
    # Over the standing foot: to the right (+x) when the left leg kicks.
    score.pelvis[:, 0] += out * 0.85 * style.half_width * weight
    score.pelvis[:, 1] -= 0.02 * weight
    score.pelvis[:, 2] -= crouch
    score.pelvis_turn[:, 0] -= out * hip * DEGREE
    score.pelvis_turn[:, 1] -= back * DEGREE
    score.pelvis_turn[:, 2] += out * 3 * DEGREE * weight
    score.spine[:, 0] += (trunk + 0.5 * back) * DEGREE
    score.spine[:, 1] -= out * twist * DEGREE
    score.spine[:, 2] -= out * 3 * DEGREE * weight
    score.head[:, 0] += 0.4 * back * DEGREE
    score.head[:, 1] += out * hip * DEGREE
    score.shoulder[..., 0] += 35 * DEGREE * guard[:, None]
    score.elbow += 75 * DEGREE * guard[:, None]
    score.shoulder[:, side, 0] -= own * DEGREE
    score.shoulder[:, 1 - side, 0] += other * DEGREE
    score.shoulder[..., 1] += spread[:, None] * DEGREE


KICK = Action(
    "kick",
    {"speed": SPEEDS, "size": SIZES, "side": ONE_SIDE, "count": (1, 2, 3)},
    _draw_kick,
    _kick_seconds,
    _kick,
)
