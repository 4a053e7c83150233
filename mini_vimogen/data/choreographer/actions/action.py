"""What every action shares: its record, levels of parameters, timing."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.score import Score
from mini_vimogen.data.choreographer.style import Style, standing_score

SPEEDS = ("slow", "normal", "fast")
SIZES = ("small", "normal", "large")
ONE_SIDE = ("left", "right")
ANY_SIDE = ("left", "right", "both")
TEMPO_SECONDS = {
    "slow": (1.2, 1.45),
    "normal": (0.92, 1.1),
    "fast": (0.7, 0.84),
}
"""Factor on the duration of a gesture, drawn between two bounds."""

Parameters = dict[str, float | int | str | bool]


@dataclass(frozen=True)
class Action:
    """One thing a person can be asked to do.

    Args:
        name: the verb.
        choices: parameter -> the values it may be given; a pair of numbers is
            a range. Values not given are drawn.
        draw: (dice, given) -> all parameters, words and numbers, of one
            performance at its own pace.
        seconds: parameters -> how long that takes.
        act: (parameters, style, fps) -> score, begun at the origin facing +Y
            and ended on two standing feet (unless ``stops_moving``).
        fixed_seconds: parameters -> the part that cannot be hurried (flight).
        travels: it is a leg of a route: it takes any time, the way gets
            longer, and ``seconds`` and ``act`` are not used.
    """

    name: str
    choices: dict[str, tuple]
    draw: Callable[[Dice, Parameters], Parameters]
    seconds: Callable[[Parameters], float] | None = None
    act: Callable[[Parameters, Style, float], Score] | None = None
    fixed_seconds: Callable[[Parameters], float] = field(default=lambda _: 0.0)
    travels: bool = False


def pick(dice: Dice, given: Parameters, name: str, options, weights=None):
    """The given value of a parameter, or a drawn one."""
    drawn = dice.choose(options, weights)
    return given.get(name, drawn)


def pick_tempo(dice: Dice, given: Parameters) -> Parameters:
    """The ``speed`` of a gesture as a word, and its ``tempo`` as a number."""
    speed = pick(dice, given, "speed", SPEEDS, (1, 3, 1))
    return {"speed": speed, "tempo": dice.uniform(*TEMPO_SECONDS[speed])}


def pick_size(
    dice: Dice, given: Parameters, name: str, ranges: dict[str, tuple]
) -> Parameters:
    """The ``size`` as a word, and what it means here as a number."""
    size = pick(dice, given, "size", SIZES, (1, 2, 1))
    return {"size": size, name: dice.uniform(*ranges[size])}


@dataclass(frozen=True)
class Stage:
    """An empty score of the right length and the clock of a gesture.

    clock: [frames] seconds of the gesture at its natural pace: negative before
    it begins; ``pace`` is how much faster than natural it is performed.
    """

    score: Score
    times: np.ndarray
    clock: np.ndarray
    fps: float


def set_stage(parameters: Parameters, style: Style, fps: float) -> Stage:
    """Somebody standing for the whole act, ready for keyframes."""
    frames = round(parameters["seconds"] * fps) + 1
    times = np.arange(frames) / fps
    clock = (times - parameters["lead"]) * parameters["pace"]
    return Stage(standing_score(frames, style), times, clock, fps)


def number_of(side: str) -> int:
    """0 for left, 1 for right."""
    return ONE_SIDE.index(side)
