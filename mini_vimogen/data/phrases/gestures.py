"""Jump, squat, bow, kick, punch, wave in words."""

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

# A jump bends the trunk like a bow and throws the arms like a punch.
_GROUNDED = Check("jump_count", {"count": 0})


def jumping(act: Act, words: Words) -> Phrase:
    """Jumps: how many, and whether they lead anywhere."""
    checks = [Check("jump_count", {"count": act.parameters["count"]})]
    where = ""
    metres = act.parameters["metres"] * act.parameters["count"]
    if metres > 0.35:
        where = words("forward", "ahead")
        checks.append(Check("travel_direction", {"direction": "forward"}))
    elif not metres:
        where = words("in place", "on the spot", "up and down", "")
    how = manner(act, words, large=("high",), small=("lightly",))
    text = joined(words("jumps", "leaps", "jumps up"), how, where)
    return joined(text, counted(act, words)), checks


def squatting(act: Act, words: Words) -> Phrase:
    """Squats: how many."""
    count = act.parameters["count"]
    how = manner(act, words, large=("deeply",), small=("a little",))
    if count == 1:
        text = words(
            "squats down and stands up", "does a squat", "crouches and rises"
        )
        if text == "does a squat" and how:
            text = "squats down and stands up"
    else:
        text = joined(words("squats", "bends the knees"), TIMES[count])
    return joined(text, how), [Check("squat_count", {"count": count})]


def bowing(act: Act, words: Words) -> Phrase:
    """Bows: how many."""
    how = manner(act, words, large=("deeply",), small=("slightly",))
    text = words("bows", "takes a bow", "bends forward in a bow")
    count = act.parameters["count"]
    text = joined(text, how, counted(act, words))
    return text, [Check("bow_count", {"count": count}), _GROUNDED]


def kicking(act: Act, words: Words) -> Phrase:
    """Kicks: which leg, how many."""
    side, count = act.parameters["side"], act.parameters["count"]
    how = manner(act, words, large=("high",), small=("low",))
    limb = words(
        f"with the {side} leg", f"with the {side} foot", f"with the {side}"
    )
    checks = [Check("kick_side", {"side": side, "count": count})]
    return joined("kicks", how, limb, counted(act, words)), checks


def punching(act: Act, words: Words) -> Phrase:
    """Punches: which hand, how many."""
    side, count = act.parameters["side"], act.parameters["count"]
    verb = words("punches", "throws punches", "boxes")
    if count == 1:
        verb = words("punches", "throws a punch")
    if side == "both" and count > 1:
        limb = words("with both hands in turn", "left and right in turn")
    else:
        side = punched_side(act)
        limb = words(f"with the {side} hand", f"with the {side} fist")
    how = manner(act, words, large=("hard",), small=("lightly",))
    checks = [Check("punch_side", {"side": side, "count": count}), _GROUNDED]
    return joined(verb, how, limb, counted(act, words)), checks


def punched_side(act: Act) -> str:
    """The side of a punching act; one punch "with both" has one side."""
    parameters = act.parameters
    if parameters["side"] == "both" and parameters["count"] == 1:
        return parameters["first"]
    return parameters["side"]


def waving(act: Act, words: Words) -> Phrase:
    """A wave: which hand, and whether above the head."""
    side = act.parameters["side"]
    checks = [Check("wave_side", {"side": side})]
    limb = "both hands" if side == "both" else f"the {side} hand"
    verb = words("waves with", "waves")
    if act.parameters["size"] == "large" and words.maybe():
        limb = joined(limb, words("above the head", "over the head"))
        checks.append(Check("hand_above_head", {"side": side}))
        return joined(verb, limb), checks
    how = manner(act, words, small=("shyly",))
    return joined(verb, limb, how), checks
