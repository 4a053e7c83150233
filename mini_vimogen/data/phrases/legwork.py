"""Hop, march and lunge in words."""

import math

from mini_vimogen.data.acts import Act
from mini_vimogen.data.phrases.words import (
    Phrase,
    Words,
    counted,
    joined,
    manner,
)
from mini_vimogen.metrics.text_match import Check

_FORWARD = Check("travel_direction", {"direction": "forward"})


def hopping(act: Act, words: Words) -> Phrase:
    """Hops: which leg, how many, and whether they lead anywhere."""
    side, count = act.parameters["side"], act.parameters["count"]
    checks = [Check("hop_side", {"side": side, "count": count})]
    where = ""
    metres = act.parameters["metres"] * count
    if metres > 0.4:
        where = words("forward", "ahead")
        checks.append(_FORWARD)
    elif not metres and words.long:
        where = words("in place", "on the spot", "")
    limb = words(
        f"on the {side} leg", f"on the {side} foot", f"on one leg, the {side}"
    )
    how = manner(act, words, large=("high",), small=("lightly",))
    verb = words("hops", "jumps")
    return joined(verb, how, where, limb, counted(act, words)), checks


def marching(act: Act, words: Words) -> Phrase:
    """Marching: in place or on a way, and sometimes how many steps."""
    count, metres = act.parameters["count"], act.parameters["metres"]
    checks = [Check("march_steps", {"count": count})]
    degrees = math.degrees(act.parameters["heading"])
    if metres * count < 0.5:
        where = words("in place", "on the spot")
    elif abs(degrees) < 15:
        where = words("forward", "straight ahead")
        checks.append(_FORWARD)
        checks.append(Check("turned_angle", {"degrees": 0, "within": 30}))
    else:
        side = "left" if degrees > 0 else "right"
        where = words(f"in a curve to the {side}", f"forward, curving {side}")
        checks.append(_FORWARD)
        numbers = {"degrees": math.copysign(80, degrees), "within": 65}
        if abs(degrees) >= 30:
            checks.append(Check("turned_angle", numbers))
    steps = ""
    if words("no", "yes") == "yes":
        steps = words(f"for {count} steps", f"taking {count} steps")
    else:
        checks[0] = Check("march_steps", {"at_least": 2})
    knees = ""
    if words.long:
        knees = words("with high knees", "lifting the knees", "arms swinging")
    how = manner(act, words)
    return joined("marches", how, where, steps, knees), checks


def lunging(act: Act, words: Words) -> Phrase:
    """Lunges: which leg steps forward, how many."""
    side, count = lunged_side(act), act.parameters["count"]
    verb = words("lunges forward", "lunges")
    if count == 1:
        verb = words("lunges forward", "does a lunge")
    if side == "both":
        limb = words("with both legs in turn", "left and right in turn")
    else:
        limb = words(f"with the {side} leg", f"with the {side} foot ahead")
    how = manner(act, words, large=("deeply",), small=("a little",))
    if verb == "does a lunge":
        how = ""
    checks = [Check("lunge_side", {"side": side, "count": count})]
    return joined(verb, how, limb, counted(act, words)), checks


def lunged_side(act: Act) -> str:
    """The side of lunges; one lunge "with both" has one side."""
    parameters = act.parameters
    if parameters["side"] == "both" and parameters["count"] == 1:
        return parameters["first"]
    return parameters["side"]
