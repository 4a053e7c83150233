"""Stretch, sidestep, throw, sit, kneel in words."""

from mini_vimogen.data.acts import Act
from mini_vimogen.data.phrases.words import (
    TIMES,
    Phrase,
    Words,
    counted,
    joined,
    manner,
)
from mini_vimogen.metrics.text_match import Check

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


def stretching(act: Act, words: Words) -> Phrase:
    """A stretch: straight up or bent to a side, how many."""
    side, count = act.parameters["side"], act.parameters["count"]
    check = Check("stretch_side", {"side": side, "count": count})
    how = manner(act, words, large=("fully",), small=("a little",))
    if side == "none":
        text = words(
            "stretches both arms overhead",
            "stretches up",
            "reaches up with both arms",
        )
        return joined(text, how, counted(act, words)), [check]
    if side == "both":
        check = Check("stretch_side", {"side": side, "count": 2 * count})
        text = words(
            "stretches to both sides", "bends to either side, arms overhead"
        )
        each = f"{TIMES[count]} each" if count > 1 else ""
        return joined(text, how, each), [check]
    text = words(
        f"stretches to the {side}",
        f"bends to the {side} with the arms overhead",
        f"bends {side}, both arms overhead",
    )
    return joined(text, how, counted(act, words)), [check]


def sidestepping(act: Act, words: Words) -> Phrase:
    """Steps to the side: which way, how many, how far."""
    side, count = act.parameters["side"], act.parameters["count"]
    check = Check("sidestep_side", {"side": side, "count": count})
    how = manner(act, words, large=("widely",), small=("with small steps",))
    if words("yes", "no") == "yes":
        text = words(
            f"takes {_NUMBERS[count]} steps to the {side}",
            f"sidesteps {side} {TIMES[count]}"
            if count < len(TIMES)
            else f"sidesteps {side} {count} times",
        )
    else:
        check = Check("sidestep_side", {"side": side})
        text = words(
            f"sidesteps to the {side}", f"steps sideways to the {side}"
        )
    checks, far = [check], ""
    metres = round(2 * act.parameters["metres_apart"]) / 2
    if metres >= 1 and words.maybe():
        far = f"for about {metres:g} metre{'s' if metres != 1 else ''}"
        numbers = {"metres": metres, "within": 0.3}
        checks.append(Check("travelled_distance", numbers))
    return joined(text, how, far), checks


def throwing(act: Act, words: Words) -> Phrase:
    """A throw: which hand, how many."""
    side, count = act.parameters["side"], act.parameters["count"]
    how = manner(act, words, large=("far",), small=("lightly",))
    limb = words(f"with the {side} hand", f"with the {side} arm")
    verb = words("throws something", "throws overarm", "throws a ball")
    checks = [Check("throw_side", {"side": side, "count": count})]
    return joined(verb, how, limb, counted(act, words)), checks


def sitting(act: Act, words: Words) -> Phrase:
    """Sitting down: and staying there, or standing up again."""
    rises = act.parameters["rises"]
    how = manner(act, words, large=("low",))
    if rises:
        verb = words("sits down", "takes a seat")
        end = words("and stands up again", "and gets up again", "and rises")
    else:
        verb = words("sits down", "takes a seat")
        end = words("", "and stays seated", "and remains sitting")
    checks = [Check("sit_count", {"count": 1, "rises": rises})]
    return joined(verb, how, end), checks


def kneeling(act: Act, words: Words) -> Phrase:
    """Kneeling: on which knee, how many."""
    side, count = act.parameters["side"], act.parameters["count"]
    how = manner(act, words)
    verb = words(
        f"kneels on the {side} knee",
        f"goes down on the {side} knee",
        f"drops to the {side} knee",
    )
    up = words("and gets up again", "and stands up", "and rises")
    if count > 1:
        up = ""
    checks = [Check("kneel_side", {"side": side, "count": count})]
    return joined(verb, how, up, counted(act, words) if not up else ""), checks
