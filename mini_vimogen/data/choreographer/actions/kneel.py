"""Kneel: down onto one knee, and up again."""

from dataclasses import replace

import numpy as np

from mini_vimogen.data.choreographer import legs, rig
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
    standing_pelvis,
)

_THIGH, _SHIN = np.linalg.norm([rig.THIGH, rig.SHIN], axis=-1).mean(1)

KNEE_ON_FLOOR = 0.042
"""Height of a knee joint over the floor that it kneels on, metres: the shipped
body has that much skin below it."""

BEHIND = 22 * DEGREE
"""Pitch of a foot that has stepped back to kneel."""

KNEEL_SECONDS = 2.95
_KNEEL_BEATS = {
    "off": 0.22,
    "on": 0.66,
    "low": 1.40,
    "up": 1.40,
    "back_off": 2.28,
    "back_on": 2.68,
    "end": KNEEL_SECONDS,
}
"""Seconds into kneeling at natural tempo, without the rest on the knee."""

_KNEEL_ARMS = {
    "knee": ((38, 4, 44, 34), (34, 6, 44, 44)),
    "front": ((38, 4, 40, 34), (6, 10, 12, 20)),
    "sides": ((4, 12, 14, 16), (4, 12, 14, 16)),
}
"""Arm forward, out, twist and elbow, degrees: front leg's side, other."""


def _draw_kneel(dice: Dice, given: Parameters) -> Parameters:
    ranges = {
        "small": (0.78, 0.82),
        "normal": (0.83, 0.89),
        "large": (0.90, 0.94),
    }
    drawn = pick_size(dice, given, "step", ranges)
    drawn.update(pick_tempo(dice, given))
    drawn["side"] = pick(dice, given, "side", ONE_SIDE)
    drawn["count"] = pick(dice, given, "count", (1, 2), (5, 1))
    drawn["steps"] = dice.choose(("forward", "back"))
    drawn["hold"] = dice.uniform(0.3, 0.9)
    drawn["heel"] = dice.uniform(63, 69) * DEGREE
    drawn["thigh"] = dice.uniform(-8, 0) * DEGREE
    drawn["lean"] = dice.uniform(2, 12) * DEGREE
    drawn["arms"] = dice.choose(tuple(_KNEEL_ARMS), (2, 1, 2))
    return drawn


def _kneel_each(parameters: Parameters) -> float:
    return parameters["tempo"] * KNEEL_SECONDS + parameters["hold"]


def _kneel_seconds(parameters: Parameters) -> float:
    return parameters["count"] * _kneel_each(parameters)


def _kneel_times(parameters: Parameters, at: int) -> dict[str, float]:
    """The beats of kneeling number ``at``, in seconds of the clock."""
    start = at * _kneel_each(parameters)
    beats = {}
    for name, natural in _KNEEL_BEATS.items():
        late = name in ("up", "back_off", "back_on", "end")
        held = parameters["hold"] if late else 0.0
        beats[name] = start + natural * parameters["tempo"] + held
    return beats


def _kneel_feet(
    stage: Stage, style: Style, parameters: Parameters, beats, heel
) -> None:
    """One foot steps out and back again; the kneeling one goes on its toes.

    heel: [frames] pitch of the kneeling foot that is wished for.
    """
    ankle, yaw = standing_feet(style)
    knee = number_of(parameters["side"])
    forward = parameters["steps"] == "forward"
    moving = 1 - knee if forward else knee
    step = parameters["step"] * (1 if forward else -1)
    home = Stance(-np.inf, np.inf, ankle[moving], yaw[moving], landing=0.0)
    far = replace(home, place=ankle[moving] + [0.0, step], lift=0.07)
    # A foot ahead lands on its heel; one behind lands and stays on its toes.
    pitches = (-8 * DEGREE, 0.0, 0.0) if forward else (BEHIND,) * 3
    for name, pitch in zip(
        ("landing", "heel", "leaving"), pitches, strict=True
    ):
        far = replace(far, **{name: pitch})
    rows: list[list[Stance]] = [[], []]
    for off, on, back_off, back_on in _foot_times(parameters, beats):
        leaving = replace(home, end=off, leaving=18 * DEGREE, lift=0.07)
        rows[moving] += [leaving, replace(far, start=on, end=back_off)]
        home = replace(home, start=back_on)
    rows[moving].append(home)
    rows[1 - moving] = [
        Stance(-np.inf, np.inf, ankle[1 - moving], yaw[1 - moving])
    ]
    walk_feet(stage.score, *rows, fps=stage.fps)
    here = stage.score.planted[:, knee]
    if not forward:
        here = here & (stage.score.ankle[:, knee, 1] < 0.5 * step)
    lift_heel(stage.score, knee, np.where(here, heel - pitches[1], 0.0))


def _foot_times(parameters: Parameters, beats) -> list[list[float]]:
    """Seconds of the clip at which the foot leaves and lands, twice each."""
    names = ("off", "on", "back_off", "back_on")
    pace, lead = parameters["pace"], parameters["lead"]
    return [[lead + beat[name] / pace for name in names] for beat in beats]


def _knee_height(pelvis, turn, score: Score, at: int, side: int) -> float:
    """Height of a knee when the pelvis is there, by inverse kinematics."""
    one = score.cut(at, at + 1)
    one.pelvis, one.pelvis_turn = pelvis[None], turn[None]
    root = rig.root_rotmat(*one.pelvis_turn.T)
    hip = legs.leg_rotmats(one, root)[:, 0]
    thigh = np.einsum("fsij,sj->fsi", root[:, None] @ hip, rig.THIGH)
    return float((legs.hips(one, root) + thigh)[0, side, 2])


def _down_on_knee(score: Score, at: int, turn, parameters) -> np.ndarray:
    """Where the pelvis [3] is when the knee rests on the floor, at a frame.

    By plane geometry first; then its height until the knee is right.
    """
    side, tilt = number_of(parameters["side"]), parameters["thigh"]
    ankle = score.ankle[at, side]
    ahead = np.sqrt(_SHIN**2 - (ankle[2] - KNEE_ON_FLOOR) ** 2)
    offset = rig.OFFSETS[rig.HIP[side]]
    pelvis = np.array(
        [
            score.ankle[at, :, 0].mean(),
            ankle[1] + ahead + _THIGH * np.sin(tilt) - offset[2],
            KNEE_ON_FLOOR + _THIGH * np.cos(tilt) - offset[1],
        ]
    )
    for _ in range(8):  # the knee follows the pelvis down, nearly one to one
        high = _knee_height(pelvis, turn, score, at, side) - KNEE_ON_FLOOR
        pelvis[2] -= high
    return pelvis


def _kneel_keys(parameters: Parameters, beats):
    """Times and keys [keys, 6]: along, down, heel, lean, arms, hips bent.

    Who steps back bends the hips: the leg behind reaches far.
    """
    times, keys = [], []
    still = (0.0,) * 6
    forward = parameters["steps"] == "forward"
    half, bent = (0.50, 0.0) if forward else (0.57, 1.0)
    for beat in beats:
        times += [beat["off"] - 0.22 * parameters["tempo"], beat["off"]]
        keys += [still, (0.05, 0.02, 0.0, 0.15, 0.0, 0.1 * bent)]
        times += [beat["on"], beat["low"], beat["up"]]
        keys += [(half, 0.26, 0.42, 1.3, 0.3, bent)]
        keys += [(1.0, 1.0, 1.0, 1.0, 1.0, 0.0)] * 2
        times += [beat["back_off"], beat["back_on"], beat["end"]]
        keys += [
            (half + 0.08 * forward, 0.28, 0.42, 1.5, 0.35, bent),
            (0.08, 0.03, 0.0, 0.3, 0.0, 0.1 * bent),
            still,
        ]
    rising = np.concatenate([[True], np.diff(times) > 1e-6])
    return np.array(times)[rising], np.array(keys)[rising]


def _kneel(parameters: Parameters, style: Style, fps: float) -> Score:
    stage = set_stage(parameters, style, fps)
    score, side = stage.score, number_of(parameters["side"])
    out = rig.OUTWARD[side]
    beats = [_kneel_times(parameters, at) for at in range(parameters["count"])]
    times, keys = _kneel_keys(parameters, beats)
    along, down, heel, lean, arms, bent = keyed(stage.clock, times, keys).T
    _kneel_feet(stage, style, parameters, beats, parameters["heel"] * heel)
    lean = parameters["lean"] * lean
    at = int(np.argmin(np.abs(stage.clock - beats[0]["up"])))
    turn = np.array([0.0, 0.4 * parameters["lean"], 0.0])
    low = _down_on_knee(score, at, turn, parameters)
    score.pelvis[:, 1] += low[1] * along
    score.pelvis[:, 2] -= (standing_pelvis(style) - low[2]) * down
    # Over the foot that stays, while the other is in the air.
    aloft = np.sin(np.pi * np.clip(4 * down * (1 - down), 0, 1)) ** 2
    away = 1 if parameters["steps"] == "forward" else -1
    score.pelvis[:, 0] += -out * away * 0.02 * aloft
    score.pelvis_turn[:, 1] += 0.4 * lean + 11 * DEGREE * bent
    score.spine[:, 0] += 0.6 * lean
    score.head[:, 0] -= 0.4 * lean + 7 * DEGREE * bent
    rest = np.array([*score.shoulder[0, 0], style.elbow])
    front, rear = np.array(_KNEEL_ARMS[parameters["arms"]]) * DEGREE
    for which, pose in ((1 - side, front), (side, rear)):
        score.shoulder[:, which] += arms[:, None] * (pose - rest)[:3]
        score.elbow[:, which] += arms * (pose - rest)[3]
    return score


KNEEL = Action(
    "kneel",
    {"speed": SPEEDS, "size": SIZES, "side": ONE_SIDE, "count": (1, 2)},
    _draw_kneel,
    _kneel_seconds,
    _kneel,
)
