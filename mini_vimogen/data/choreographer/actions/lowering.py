"""Sit and kneel: the body goes down to rest on something else than its feet."""

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

# -------------------------------------------------------------------- sit

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


# ------------------------------------------------------------------ kneel

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
    # A foot ahead lands flat; one behind lands and stays on its toes.
    on_toes = 0.0 if forward else BEHIND
    rows = [[], []]
    start = -np.inf
    for beat in beats:
        real = {
            name: parameters["lead"] + beat[name] / parameters["pace"]
            for name in beat
        }
        near = Stance(start, real["off"], ankle[moving], yaw[moving])
        far = Stance(
            real["on"],
            real["back_off"],
            ankle[moving] + [0.0, step],
            yaw[moving],
            landing=-8 * DEGREE if forward else BEHIND,
            leaving=0.0 if forward else BEHIND,
            heel=on_toes,
            lift=0.07,
        )
        start = real["back_on"]
        rows[moving] += [
            replace(near, landing=0.0, leaving=18 * DEGREE, lift=0.07),
            far,
        ]
    home = Stance(start, np.inf, ankle[moving], yaw[moving], landing=0.0)
    rows[moving].append(home)
    rows[1 - moving] = [
        Stance(-np.inf, np.inf, ankle[1 - moving], yaw[1 - moving])
    ]
    walk_feet(stage.score, *rows, fps=stage.fps)
    here = stage.score.planted[:, knee]
    if not forward:
        here = here & (stage.score.ankle[:, knee, 1] < 0.5 * step)
    lift_heel(stage.score, knee, np.where(here, heel - on_toes, 0.0))


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


SIT = Action(
    "sit",
    {"speed": SPEEDS, "size": SIZES, "rises": (True, False)},
    _draw_sit,
    _sit_seconds,
    _sit,
)
KNEEL = Action(
    "kneel",
    {"speed": SPEEDS, "size": SIZES, "side": ONE_SIDE, "count": (1, 2)},
    _draw_kneel,
    _kneel_seconds,
    _kneel,
)
