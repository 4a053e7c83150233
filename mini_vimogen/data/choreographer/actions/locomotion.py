"""Walk, run, turn, spin: actions that are routes for the feet."""

import numpy as np

from mini_vimogen.data.choreographer.actions.action import (
    SPEEDS,
    Action,
    Parameters,
    number_of,
    pick,
)
from mini_vimogen.data.choreographer.course import Leg, Route
from mini_vimogen.data.choreographer.curves import ease
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.gait import travel
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import DEGREE, Style

WALK_SPEEDS = {
    "slow": (0.55, 0.85),
    "normal": (0.95, 1.35),
    "fast": (1.45, 1.8),
}
RUN_SPEEDS = {"slow": (2.0, 2.4), "normal": (2.6, 3.3), "fast": (3.4, 4.0)}
TURN_RATES = {"slow": (50, 70), "normal": (80, 110), "fast": (120, 150)}
SPIN_SECONDS = {"slow": (2.3, 2.8), "normal": (1.7, 2.1), "fast": (1.25, 1.5)}
STEP_TURN = 42 * DEGREE
LEAST_TURN = 0.2
SPIN_STEP = 58 * DEGREE
SHARPEST = 75 * DEGREE
"""Turn per second that a walker or runner takes without slowing down."""


def _draw_travel(dice: Dice, given: Parameters, speeds) -> Parameters:
    speed = pick(dice, given, "speed", SPEEDS, (1, 2, 1))
    straight = dice.chance(0.55)
    bend = dice.choose((-1, 1)) * dice.uniform(35, 120) * DEGREE
    drawn = {
        "speed": speed,
        "heading": 0.0 if straight else bend,
        "metres_per_second": dice.uniform(*speeds[speed]),
        "seconds": dice.uniform(2.5, 5.0),
        "starts_moving": dice.chance(0.5),
        "stops_moving": dice.chance(0.5),
        "first_phase": dice.uniform(0.0, 1.0),
    }
    drawn.update(given)
    if not drawn["starts_moving"]:
        drawn["first_phase"] = 0.25 if drawn["first_phase"] < 0.5 else 0.75
    return drawn


def _draw_walk(dice: Dice, given: Parameters) -> Parameters:
    return _draw_travel(dice, given, WALK_SPEEDS)


def _draw_run(dice: Dice, given: Parameters) -> Parameters:
    return _draw_travel(dice, given, RUN_SPEEDS)


def travel_leg(name: str, parameters: Parameters) -> Leg:
    """One "walk" or "run" as a part of a route."""
    return Leg(
        parameters["seconds"],
        parameters["metres_per_second"],
        name == "run",
        parameters["heading"],
    )


def _draw_turn(dice: Dice, given: Parameters) -> Parameters:
    speed = pick(dice, given, "speed", SPEEDS, (1, 2, 1))
    side = pick(dice, given, "side", ("left", "right"))
    angle = dice.choose((45, 60, 90, 120, 135, 180), (1, 1, 3, 1, 1, 2))
    heading = (1 - 2 * number_of(side)) * angle * DEGREE
    heading = given.get("heading", heading)
    named = "left" if heading > 0 else "right"
    if abs(heading) < LEAST_TURN or given.get("side", named) != named:
        raise ValueError(
            "heading of turn must be 0.2 radians or more to the left (+) or "
            f"right (-), and agree with side, got {heading} and side {side}"
        )
    rate = dice.uniform(*TURN_RATES[speed]) * DEGREE
    return {
        "speed": speed,
        "side": named,
        "heading": heading,
        "radians_per_second": rate,
        "radians_per_step": STEP_TURN * dice.uniform(0.85, 1.1),
    }


def _turn_seconds(parameters: Parameters) -> float:
    return abs(parameters["heading"]) / parameters["radians_per_second"] + 0.5


def _on_the_spot(
    parameters: Parameters,
    style: Style,
    fps: float,
    angle: float,
    swivel: float,
) -> Score:
    """Turn about the feet; still before and after."""
    total = round(parameters["seconds"] * fps)
    before = round(parameters["lead"] * fps)
    natural = parameters["natural_seconds"] / parameters["pace"]
    moving = min(max(round(natural * fps), 2), total - before)
    seconds = moving / fps
    steps = max(abs(angle) / parameters["radians_per_step"], 2.0)
    route = Route(
        (Leg(seconds, 0.0, False, angle, steps / seconds),),
        first_phase=0.25 if angle > 0 else 0.75,
        swivel=swivel,
    )
    score = travel(route, style, fps=fps)
    return score.held(before, total - before - moving)


def _turn(parameters: Parameters, style: Style, fps: float) -> Score:
    return _on_the_spot(parameters, style, fps, parameters["heading"], 0.0)


def _draw_spin(dice: Dice, given: Parameters) -> Parameters:
    speed = pick(dice, given, "speed", SPEEDS, (1, 2, 1))
    count = pick(dice, given, "count", (1, 2), (2, 1))
    return {
        "speed": speed,
        "side": pick(dice, given, "side", ("left", "right")),
        "count": count,
        "seconds_per_turn": dice.uniform(*SPIN_SECONDS[speed]),
        "radians_per_step": SPIN_STEP * dice.uniform(0.85, 1.1),
        "arms_out": dice.uniform(15, 65) * DEGREE,
    }


def _spin_seconds(parameters: Parameters) -> float:
    return parameters["count"] * parameters["seconds_per_turn"] + 0.4


def _spin(parameters: Parameters, style: Style, fps: float) -> Score:
    sign = 1 - 2 * number_of(parameters["side"])
    angle = sign * 2 * np.pi * parameters["count"]
    score = _on_the_spot(parameters, style, fps, angle, 0.75)
    seconds = parameters["natural_seconds"] / parameters["pace"]
    times = np.arange(score.frames) / fps - parameters["lead"]
    out = ease(times / (0.35 * seconds)) * ease((seconds - times) / 0.4)
    score.shoulder[..., 1] += (out * parameters["arms_out"])[:, None]
    score.shoulder[..., 0] += 0.25 * out[:, None]
    score.elbow += 0.35 * out[:, None]
    return score


_TRAVEL_CHOICES = {
    "speed": SPEEDS,
    "heading": (-np.pi, np.pi),
    "starts_moving": (True, False),
    "stops_moving": (True, False),
    "metres_per_second": (0.3, 6.0),
}

WALK = Action(
    "walk",
    _TRAVEL_CHOICES,
    _draw_walk,
    travels=True,
)
RUN = Action(
    "run",
    _TRAVEL_CHOICES,
    _draw_run,
    travels=True,
)
TURN = Action(
    "turn",
    {
        "speed": SPEEDS,
        "side": ("left", "right"),
        "heading": (-1.5 * np.pi, 1.5 * np.pi),
    },
    _draw_turn,
    _turn_seconds,
    _turn,
)
SPIN = Action(
    "spin",
    {"speed": SPEEDS, "side": ("left", "right"), "count": (1, 2, 3)},
    _draw_spin,
    _spin_seconds,
    _spin,
)
