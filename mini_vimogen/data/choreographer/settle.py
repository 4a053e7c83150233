"""From a wish ("kick, left, two seconds") to every number of a performance."""

from mini_vimogen.data.choreographer.actions import ACTIONS, Action
from mini_vimogen.data.choreographer.actions.action import Parameters
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.style import DEGREE

HURRY = 1.6
"""A gesture is performed at most this much faster than drawn."""

QUIET = 0.1
"""Seconds of standing that a fitted gesture keeps around itself."""

DRAWS = 16
SHARPEST = 70 * DEGREE
"""Change of heading per second that is drawn for somebody on the move."""


def require_action(name: str) -> Action:
    """The action of this name.

    Raises:
        ValueError: there is none.
    """
    if name not in ACTIONS:
        raise ValueError(
            f"action must be one of {', '.join(ACTIONS)}, got {name!r}"
        )
    return ACTIONS[name]


def _require_parameters(action: Action, given: Parameters) -> None:
    for name, value in given.items():
        if name not in action.choices:
            raise ValueError(
                f"{action.name} has no parameter {name!r}; it has mood, "
                + ", ".join(action.choices)
            )
        choices = action.choices[name]
        if isinstance(choices[0], float):
            low, high = choices
            number = isinstance(value, (int, float))
            if not number or not low <= value <= high:
                raise ValueError(
                    f"{name} of {action.name} must be a number between "
                    f"{low:.4g} and {high:.4g}, got {value!r}"
                )
        elif value not in choices:
            raise ValueError(
                f"{name} of {action.name} must be one of "
                f"{', '.join(map(str, choices))}, got {value!r}"
            )


def settle(
    action: Action, dice: Dice, given: Parameters, *, seconds: float | None
) -> Parameters:
    """All parameters of one performance, fitted into ``seconds`` if given.

    Adds ``seconds`` (of the whole act), ``lead`` (standing before it begins),
    ``natural_seconds`` and ``pace`` (how much faster than natural) to what the
    action draws. What was not given is drawn again until it fits.

    Raises:
        ValueError: an unknown parameter or value, or too little time.
    """
    _require_parameters(action, given)
    if action.travels:
        return _settle_travel(action, dice, given, seconds)
    best, best_natural = None, float("inf")
    for _ in range(DRAWS):
        drawn = action.draw(dice, given)
        natural = action.seconds(drawn)
        if natural < best_natural:
            best, best_natural = drawn, natural
        if seconds is None or natural <= seconds - QUIET:
            best, best_natural = drawn, natural
            break
    lead, rest = dice.uniform(0.05, 0.3), dice.uniform(0.05, 0.35)
    if seconds is None:
        return _timed(best, best_natural + lead + rest, lead, best_natural, 1.0)
    fixed = action.fixed_seconds(best)
    room = seconds - QUIET
    pace = max((best_natural - fixed) / max(room - fixed, 1e-3), 1.0)
    if pace > HURRY:
        least = fixed + (best_natural - fixed) / HURRY + QUIET
        raise ValueError(
            f"duration must be at least {least:.2f} s for {action.name} with "
            f"these parameters, got {seconds}"
        )
    idle = seconds - fixed - (best_natural - fixed) / pace
    lead = idle * dice.uniform(0.25, 0.6)
    return _timed(best, seconds, lead, best_natural, pace)


def _timed(drawn, seconds, lead, natural, pace) -> Parameters:
    timing = {
        "seconds": seconds,
        "lead": lead,
        "natural_seconds": natural,
        "pace": pace,
    }
    return {**drawn, **timing}


def _settle_travel(
    action: Action, dice: Dice, given: Parameters, seconds: float | None
) -> Parameters:
    """Walks and runs last as long as they are asked to; the way varies."""
    drawn = action.draw(dice, given)
    seconds = drawn["seconds"] if seconds is None else seconds
    brisk = 0.8 + 0.55 * drawn["metres_per_second"]
    # Starting and stopping each take a while: drop what there is no time for.
    order = ["starts_moving", "stops_moving"]
    if dice.chance(0.5):
        order.reverse()
    for name in order:
        still = 2 - drawn["starts_moving"] - drawn["stops_moving"]
        if seconds < still * brisk and name not in given:
            drawn[name] = True
    still = 2 - drawn["starts_moving"] - drawn["stops_moving"]
    if seconds < max(0.45 * still * brisk, 0.2):
        raise ValueError(
            f"duration must be at least {max(0.45 * still * brisk, 0.2):.2f} s "
            f"for {action.name} with these parameters, got {seconds}"
        )
    if "heading" not in given:
        most = SHARPEST * (seconds - 0.4 * still)
        drawn["heading"] = max(min(drawn["heading"], most), -most)
    if not drawn["starts_moving"]:
        drawn["first_phase"] = 0.25 if drawn["first_phase"] < 0.5 else 0.75
    return _timed(drawn, seconds, 0.0, seconds, 1.0)
