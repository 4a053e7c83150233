"""Kick, punch, wave: actions of one limb, with the body behind it."""

import numpy as np

from mini_vimogen.data.choreographer import legs, rig
from mini_vimogen.data.choreographer.actions.common import (
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

ONE_SIDE = ("left", "right")
ANY_SIDE = ("left", "right", "both")

# ------------------------------------------------------------------- kick

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


# ------------------------------------------------------------------ punch

PUNCH_SECONDS = 0.56
GUARD_UP, GUARD_DOWN = 0.42, 0.55


def _draw_punch(dice: Dice, given: Parameters) -> Parameters:
    ranges = {"small": (6, 10), "normal": (14, 22), "large": (26, 34)}
    drawn = pick_size(dice, given, "twist_degrees", ranges)
    drawn["twist"] = drawn.pop("twist_degrees") * DEGREE
    drawn.update(pick_tempo(dice, given))
    drawn["side"] = pick(dice, given, "side", ANY_SIDE, (3, 3, 2))
    count = pick(dice, given, "count", (1, 2, 3, 4), (2, 3, 2, 1))
    if drawn["side"] == "both" and "count" not in given:
        count = max(count, 2)
    drawn["count"] = count
    drawn["first"] = dice.choose(ONE_SIDE)
    drawn["level"] = dice.uniform(80, 93) * DEGREE
    drawn["crouch"] = dice.uniform(0.02, 0.06)
    return drawn


def _punch_seconds(parameters: Parameters) -> float:
    punches = parameters["count"] * PUNCH_SECONDS
    return parameters["tempo"] * (GUARD_UP + punches + GUARD_DOWN)


def punching_sides(parameters: Parameters) -> list[int]:
    """Which arm each punch uses: 0 left, 1 right."""
    if parameters["side"] != "both":
        return [number_of(parameters["side"])] * parameters["count"]
    first = number_of(parameters["first"])
    return [(first + at) % 2 for at in range(parameters["count"])]


def _punch(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    score, clock = stage.score, stage.clock / parameters["tempo"]
    sides = punching_sides(parameters)
    end = GUARD_UP + len(sides) * PUNCH_SECONDS
    guard = keyed(clock, [0, GUARD_UP, end, end + GUARD_DOWN], [0, 1, 1, 0])
    thrust = np.zeros((len(clock), 2))  # 0 in guard, 1 stretched
    wind = np.zeros_like(thrust)
    for at, side in enumerate(sides):
        start = GUARD_UP + at * PUNCH_SECONDS
        beats = start + np.array([0.0, 0.10, 0.24, 0.29, 0.52])
        thrust[:, side] += keyed(clock, beats, [0, 0, 1, 1, 0])
        wind[:, side] += keyed(clock, beats, [0, 1, 0, 0, 0])
    # Guard: fists before the chin. Thrust: the arm straight ahead.
    rest = score.shoulder[0, 0].copy()
    guard_pose = np.array([44, 12, 24]) * DEGREE
    # Level with the ground, however the trunk leans.
    level = parameters["level"] + 0.8 * score.spine[0, 0] + 10 * DEGREE
    for side in (0, 1):
        out, arm = rig.OUTWARD[side], score.shoulder[:, side]
        push, draw = thrust[:, side], wind[:, side]
        arm += guard[:, None] * (guard_pose - rest)
        arm[:, 0] += push * (level - guard_pose[0]) - 14 * DEGREE * draw
        arm[:, 1] += push * (0.75 * parameters["twist"] - guard_pose[1])
        arm[:, 2] += push * 40 * DEGREE
        score.elbow[:, side] += guard * (118 * DEGREE - style.elbow)
        score.elbow[:, side] -= push * 106 * DEGREE
        score.collar[:, side, 1] += push * 14 * DEGREE
        # The right shoulder goes forward when the body turns left.
        turn = -out * parameters["twist"] * (push - 0.35 * draw)
        score.spine[:, 1] += 0.65 * turn
        score.pelvis_turn[:, 0] += 0.35 * turn
        score.head[:, 1] -= 0.8 * turn
        score.pelvis[:, 0] += -out * -0.02 * push
        score.pelvis[:, 1] += 0.03 * push
    score.pelvis[:, 2] -= parameters["crouch"] * guard
    score.pelvis_turn[:, 1] += 4 * DEGREE * guard
    score.spine[:, 0] += 8 * DEGREE * guard
    score.head[:, 0] -= 2 * DEGREE * guard
    return score


# ------------------------------------------------------------------- wave

RAISE_SECONDS = 0.55


def _draw_wave(dice: Dice, given: Parameters) -> Parameters:
    size = pick(dice, given, "size", SIZES, (1, 2, 1))
    degrees = {"small": (78, 85), "normal": (85, 98), "large": (110, 119)}
    swing = {"small": (20, 24), "normal": (23, 29), "large": (25, 33)}
    hertz = {"slow": (1.3, 1.5), "normal": (1.65, 2.1), "fast": (2.2, 2.6)}
    drawn = {"size": size, **pick_tempo(dice, given)}
    drawn["raised"] = dice.uniform(*degrees[size]) * DEGREE
    drawn["swing"] = dice.uniform(*swing[size]) * DEGREE
    drawn["hertz"] = dice.uniform(*hertz[drawn["speed"]])
    drawn["side"] = pick(dice, given, "side", ANY_SIDE, (3, 3, 2))
    drawn["count"] = pick(dice, given, "count", (2, 3, 4, 5), (2, 3, 2, 1))
    drawn["forward"] = dice.uniform(0, 12) * DEGREE
    return drawn


def _wave_seconds(parameters: Parameters) -> float:
    waves = (parameters["count"] + 0.5) / parameters["hertz"]
    return 2 * RAISE_SECONDS * parameters["tempo"] + waves


def _wave(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    score, clock = stage.score, stage.clock
    up = RAISE_SECONDS * parameters["tempo"]
    waves = (parameters["count"] + 0.5) / parameters["hertz"]
    raised = keyed(clock, [0, up, up + waves, 2 * up + waves], [0, 1, 1, 0])
    cycles = (
        np.clip(clock - 0.8 * up, 0, waves + 0.4 * up) * parameters["hertz"]
    )
    active = ease((clock - 0.8 * up) / 0.25) * ease(
        (up + waves + 0.2 * up - clock) / 0.25
    )
    beat = active * np.sin(2 * np.pi * cycles)
    rest, high = score.shoulder[0, 0].copy(), parameters["raised"]
    # A low arm turns its forearm up; a high arm is nearly straight.
    overhead = ease((high / DEGREE - 100) / 30)
    target = np.array([parameters["forward"], high, -55 * DEGREE])
    bend = (92 - 47 * overhead) * DEGREE
    wanted = (
        (0, 1)
        if parameters["side"] == "both"
        else (number_of(parameters["side"]),)
    )
    for side in wanted:
        out, arm = rig.OUTWARD[side], score.shoulder[:, side]
        arm += raised[:, None] * (target - rest)
        arm[:, 1] += 0.25 * parameters["swing"] * beat
        elbow = raised * (bend - style.elbow) + parameters["swing"] * beat
        score.elbow[:, side] += elbow
        score.collar[:, side, 0] += raised * (4 + 14 * overhead) * DEGREE
        tilt = -out * (2 + 4 * overhead) * DEGREE
        score.spine[:, 2] += tilt * raised
        score.head[:, 2] -= 0.5 * tilt * raised
        score.head[:, 1] += out * 3 * DEGREE * raised
        score.pelvis[:, 0] += out * 0.012 * raised
    return score


KICK = Action(
    "kick",
    {"speed": SPEEDS, "size": SIZES, "side": ONE_SIDE, "count": (1, 2, 3)},
    _draw_kick,
    _kick_seconds,
    _kick,
)
PUNCH = Action(
    "punch",
    {
        "speed": SPEEDS,
        "size": SIZES,
        "side": ANY_SIDE,
        "count": (1, 2, 3, 4, 5, 6),
    },
    _draw_punch,
    _punch_seconds,
    _punch,
)
WAVE = Action(
    "wave",
    {
        "speed": SPEEDS,
        "size": SIZES,
        "side": ANY_SIDE,
        "count": (2, 3, 4, 5, 6),
    },
    _draw_wave,
    _wave_seconds,
    _wave,
)
