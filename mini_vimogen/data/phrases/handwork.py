"""Clap and reach in words."""

from mini_vimogen.data.acts import Act
from mini_vimogen.data.phrases.words import (
    Phrase,
    Words,
    counted,
    joined,
    manner,
)
from mini_vimogen.metrics.text_match import Check


def clapping(act: Act, words: Words) -> Phrase:
    """Claps: how many, and whether above the head."""
    numbers = {"count": act.parameters["count"]}
    verb = words("claps", "claps the hands", "claps both hands")
    where = ""
    if act.parameters["height"] == "overhead":
        where = words("above the head", "overhead")
        numbers["height"] = "overhead"
    elif words.maybe():
        where = words("in front of the chest", "before the chest")
        numbers["height"] = "chest"
    how = manner(act, words, large=("widely",), small=("softly",))
    text = joined(verb, how, where, counted(act, words))
    return text, [Check("clap_count", numbers)]


def reaching(act: Act, words: Words) -> Phrase:
    """A reach: which hand, which way, how many."""
    side, count = act.parameters["side"], act.parameters["count"]
    direction = act.parameters["direction"]
    way = {
        "up": ("up", "upward"),
        "forward": ("forward", "ahead"),
        "side": ("to the side", "out to the side"),
    }[direction]
    where = words(*way)
    how = manner(act, words, large=("far",))
    text = words(
        joined("reaches", how, where, f"with the {side} hand"),
        joined("reaches", how, where, f"with the {side} arm"),
        joined(f"stretches the {side} arm", how, where),
    )
    numbers = {"side": side, "direction": direction, "count": count}
    return joined(text, counted(act, words)), [Check("reach_side", numbers)]
