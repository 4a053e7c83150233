"""Walk, run, turn, spin in words."""

import math

from mini_vimogen.data.acts import Act
from mini_vimogen.data.phrases.words import TIMES, Phrase, Words, joined
from mini_vimogen.metrics.text_match import Check

# Pace words are used only where the mean speed of the clip bears them out.
_PACES = {
    "walk": {
        "slow": (("slowly", "at a slow pace", "unhurriedly"), 0.0, 0.95),
        "fast": (("quickly", "at a brisk pace", "briskly"), 1.15, math.inf),
    },
    "run": {
        "slow": (("slowly", "at an easy pace"), 0.0, 2.5),
        "fast": (("fast", "at full speed", "quickly"), 2.6, math.inf),
    },
}
# A march is a walk with high knees; who only walks keeps them low.
_NO_MARCH = Check("march_steps", {"count": 0})
# The second reads well alone, but not in "bows, then is walking".
_GAIT_VERBS = {"walk": ("walks", "is walking"), "run": ("runs", "is running")}


def _pace(act: Act, words: Words) -> Phrase:
    speed = act.parameters["speed"]
    if speed not in _PACES[act.action]:
        return "", []
    options, low, high = _PACES[act.action][speed]
    mean = act.parameters["metres_along"] / act.parameters["seconds"]
    # 0.1 m/s of room: a smoothed pelvis covers a little less than planned.
    fits = low + 0.1 <= mean <= high - 0.1
    if not fits or not (words.long or words("no", "yes") == "yes"):
        return "", []
    bounds = {"at_least": low} if low else {"at_most": high}
    return words(*options), [Check("mean_speed", bounds)]


def _bend(act: Act, words: Words) -> Phrase:
    degrees = math.degrees(act.parameters["heading"])
    if abs(degrees) < 15:
        straight = Check("turned_angle", {"degrees": 0, "within": 30})
        return words("forward", "straight ahead", "in a straight line"), [
            straight
        ]
    side = "left" if degrees > 0 else "right"
    if abs(degrees) < 30:
        return words("forward", "ahead"), []
    if words.maybe():
        rounded = round(degrees / 10) * 10
        turned = Check("turned_angle", {"degrees": rounded, "within": 30})
        return words(
            f"forward, turning about {abs(rounded)} degrees to the {side}",
            f"in a bend of {abs(rounded)} degrees to the {side}",
        ), [turned]
    middle = 80 if degrees > 0 else -80
    turned = Check("turned_angle", {"degrees": middle, "within": 65})
    return words(
        f"in a curve to the {side}",
        f"forward, curving {side}",
        f"and veers to the {side}",
    ), [turned]


def _distance(act: Act, words: Words) -> Phrase:
    metres = round(2 * act.parameters["metres_apart"]) / 2
    straight = abs(math.degrees(act.parameters["heading"])) < 15
    if metres < 1 or not straight or not words.maybe():
        return "", []
    text = f"for about {metres:g} metre{'s' if metres != 1 else ''}"
    return text, [
        Check("travelled_distance", {"metres": metres, "within": 0.3})
    ]


def travelling(act: Act, words: Words) -> Phrase:
    """Walk or run: which way, how fast, how far."""
    checks = [
        Check("gait", {"kind": act.action}),
        Check("travel_direction", {"direction": "forward"}),
    ]
    if act.action == "walk":
        checks.append(_NO_MARCH)
    verbs = _GAIT_VERBS[act.action]
    parts = [words(*(verbs if words.alone else verbs[:1]))]
    for phrase in (_pace, _bend, _distance):
        text, more = phrase(act, words)
        parts.append(text)
        checks += more
    return joined(*parts), checks


def turning(act: Act, words: Words) -> Phrase:
    """A turn on the spot, with or without its angle."""
    degrees = round(math.degrees(act.parameters["heading"]))
    side = "left" if degrees > 0 else "right"
    stated = words("yes", "no") == "yes" or words.long
    within = 30 if stated else 85
    middle = degrees if stated else math.copysign(115, degrees)
    numbers = {
        "turns": middle / 360,
        "within": within / 360,
        "at_most_metres": 0.6,
    }
    if not stated:
        text = words(f"turns {side}", f"turns to the {side}")
    elif abs(degrees) == 180:
        text = words(f"turns around to the {side}", f"turns 180 degrees {side}")
    else:
        text = words(
            f"turns {abs(degrees)} degrees to the {side}",
            f"turns {side} by {abs(degrees)} degrees",
        )
    return joined(text, words("", "on the spot") if words.long else ""), [
        Check("spin_angle", numbers)
    ]


def spinning(act: Act, words: Words) -> Phrase:
    """Whole turns on the spot."""
    count, side = act.parameters["count"], act.parameters["side"]
    sign = 1 if side == "left" else -1
    text = words("spins around", "spins", "whirls around", "does a full turn")
    if count > 1 and text == "does a full turn":
        text = "spins around"
    return joined(text, TIMES[count] if count > 1 else "", f"to the {side}"), [
        Check("spin_angle", {"turns": sign * count, "at_most_metres": 0.6})
    ]
