"""Captions: what was done, in words, and a numeric check for every caption.

    acts -> describe -> Caption(text, style, checks)

``terse`` captions name the action and what tells it apart (side, count,
direction); ``long`` ones are sentences with pace, distance, manner and mood.
Every fact with a number, a side or a direction has its check; words of manner
and mood ("deeply", "sadly") have none. The checks know joints only, so they
serve any motion, not just ours.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from mini_vimogen.metrics.text_match import Check, InOrder

STYLES = ("terse", "long")
TIMES = ("", "once", "twice", "three times", "four times", "five times")
SUBJECTS = ("a person", "someone", "a man", "a woman", "the person", "a figure")


@dataclass(frozen=True)
class Act:
    """What was done from one frame to another, with its numbers.

    start, stop: frames, ``stop`` not included; neighbours share one frame.
    parameters: as in ``choreographer.ACTIONS[action].choices``, and more.
    """

    action: str
    parameters: dict[str, float | int | str | bool]
    start: int
    stop: int


@dataclass(frozen=True)
class Caption:
    """A text with the checks that a motion must pass to deserve it."""

    text: str
    style: str
    checks: tuple[Check | InOrder, ...]


class _Words:
    """Chooses between wordings; without a generator always the first."""

    def __init__(
        self, generator: torch.Generator | None, *, long: bool, alone: bool
    ):
        self.generator, self.long, self.alone = generator, long, alone

    def __call__(self, *options: str) -> str:
        if self.generator is None:
            return options[0]
        at = torch.randint(len(options), (), generator=self.generator)
        return options[int(at)]

    def maybe(self) -> bool:
        """True half of the time in long captions; terse ones stay short."""
        return self.long and self("yes", "no") == "yes"


Phrase = tuple[str, list[Check]]


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


# ---------------------------------------------------------------- locomotion

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
# The second reads well alone, but not in "bows, then is walking".
_GAIT_VERBS = {"walk": ("walks", "is walking"), "run": ("runs", "is running")}


def _pace(act: Act, words: _Words) -> Phrase:
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


def _bend(act: Act, words: _Words) -> Phrase:
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


def _distance(act: Act, words: _Words) -> Phrase:
    metres = round(2 * act.parameters["metres_apart"]) / 2
    straight = abs(math.degrees(act.parameters["heading"])) < 15
    if metres < 1 or not straight or not words.maybe():
        return "", []
    text = f"for about {metres:g} metre{'s' if metres != 1 else ''}"
    return text, [
        Check("travelled_distance", {"metres": metres, "within": 0.3})
    ]


def _travelling(act: Act, words: _Words) -> Phrase:
    checks = [
        Check("gait", {"kind": act.action}),
        Check("travel_direction", {"direction": "forward"}),
    ]
    verbs = _GAIT_VERBS[act.action]
    parts = [words(*(verbs if words.alone else verbs[:1]))]
    for phrase in (_pace, _bend, _distance):
        text, more = phrase(act, words)
        parts.append(text)
        checks += more
    return _joined(*parts), checks


def _turning(act: Act, words: _Words) -> Phrase:
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
    return _joined(text, words("", "on the spot") if words.long else ""), [
        Check("spin_angle", numbers)
    ]


def _spinning(act: Act, words: _Words) -> Phrase:
    count, side = act.parameters["count"], act.parameters["side"]
    sign = 1 if side == "left" else -1
    text = words("spins around", "spins", "whirls around", "does a full turn")
    if count > 1 and text == "does a full turn":
        text = "spins around"
    return _joined(text, TIMES[count] if count > 1 else "", f"to the {side}"), [
        Check("spin_angle", {"turns": sign * count, "at_most_metres": 0.6})
    ]


# ------------------------------------------------------------------ gestures


# A jump bends the trunk like a bow and throws the arms like a punch.
_GROUNDED = Check("jump_count", {"count": 0})


def _count(act: Act, words: _Words) -> str:
    count = act.parameters["count"]
    if count == 1:
        return words("", "once") if words.long else ""
    return TIMES[count] if count < len(TIMES) else f"{count} times"


def _manner(act: Act, words: _Words, **sizes: tuple[str, ...]) -> str:
    """An adverb of size or speed; no check hangs on it."""
    if not words.long:
        return ""
    options = []
    options += sizes.get(act.parameters.get("size", ""), ())
    options += {"slow": ("slowly",), "fast": ("quickly",)}.get(
        act.parameters.get("speed", ""), ()
    )
    return words(*options) if options else ""


def _jumping(act: Act, words: _Words) -> Phrase:
    checks = [Check("jump_count", {"count": act.parameters["count"]})]
    where = ""
    metres = act.parameters["metres"] * act.parameters["count"]
    if metres > 0.35:
        where = words("forward", "ahead")
        checks.append(Check("travel_direction", {"direction": "forward"}))
    elif not metres:
        where = words("in place", "on the spot", "up and down", "")
    manner = _manner(act, words, large=("high",), small=("lightly",))
    text = _joined(words("jumps", "leaps", "jumps up"), manner, where)
    return _joined(text, _count(act, words)), checks


def _squatting(act: Act, words: _Words) -> Phrase:
    count = act.parameters["count"]
    manner = _manner(act, words, large=("deeply",), small=("a little",))
    if count == 1:
        text = words(
            "squats down and stands up", "does a squat", "crouches and rises"
        )
        if text == "does a squat" and manner:
            text = "squats down and stands up"
    else:
        text = _joined(words("squats", "bends the knees"), TIMES[count])
    return _joined(text, manner), [Check("squat_count", {"count": count})]


def _bowing(act: Act, words: _Words) -> Phrase:
    manner = _manner(act, words, large=("deeply",), small=("slightly",))
    text = words("bows", "takes a bow", "bends forward in a bow")
    count = act.parameters["count"]
    text = _joined(text, manner, _count(act, words))
    return text, [Check("bow_count", {"count": count}), _GROUNDED]


def _kicking(act: Act, words: _Words) -> Phrase:
    side, count = act.parameters["side"], act.parameters["count"]
    manner = _manner(act, words, large=("high",), small=("low",))
    limb = words(
        f"with the {side} leg", f"with the {side} foot", f"with the {side}"
    )
    checks = [Check("kick_side", {"side": side, "count": count})]
    return _joined("kicks", manner, limb, _count(act, words)), checks


def _punching(act: Act, words: _Words) -> Phrase:
    side, count = act.parameters["side"], act.parameters["count"]
    verb = words("punches", "throws punches", "boxes")
    if count == 1:
        verb = words("punches", "throws a punch")
    if side == "both" and count > 1:
        limb = words("with both hands in turn", "left and right in turn")
    else:
        side = punched_side(act)
        limb = words(f"with the {side} hand", f"with the {side} fist")
    manner = _manner(act, words, large=("hard",), small=("lightly",))
    checks = [Check("punch_side", {"side": side, "count": count}), _GROUNDED]
    return _joined(verb, manner, limb, _count(act, words)), checks


def punched_side(act: Act) -> str:
    """The side of a punching act; one punch "with both" has one side."""
    parameters = act.parameters
    if parameters["side"] == "both" and parameters["count"] == 1:
        return parameters["first"]
    return parameters["side"]


def _waving(act: Act, words: _Words) -> Phrase:
    side = act.parameters["side"]
    checks = [Check("wave_side", {"side": side})]
    limb = "both hands" if side == "both" else f"the {side} hand"
    verb = words("waves with", "waves")
    if act.parameters["size"] == "large" and words.maybe():
        limb = _joined(limb, words("above the head", "over the head"))
        checks.append(Check("hand_above_head", {"side": side}))
        return _joined(verb, limb), checks
    manner = _manner(act, words, small=("shyly",))
    return _joined(verb, limb, manner), checks


_PHRASES: dict[str, Callable[[Act, _Words], Phrase]] = {
    "walk": _travelling,
    "run": _travelling,
    "turn": _turning,
    "jump": _jumping,
    "squat": _squatting,
    "kick": _kicking,
    "punch": _punching,
    "wave": _waving,
    "bow": _bowing,
    "spin": _spinning,
}
_MOODS = {
    "happy": ("in high spirits", "happily", "cheerfully"),
    "sad": ("sadly", "with slumped shoulders", "looking sad"),
    "angry": ("angrily", "in anger"),
    "tired": ("wearily", "looking tired", "as if exhausted"),
}


# ------------------------------------------------------------------ sentences


def describe(
    acts: Sequence[Act],
    *,
    mood: str = "neutral",
    style: str = "terse",
    generator: torch.Generator | None = None,
) -> Caption:
    """One caption of one or several acts in sequence.

    Args:
        acts: in order of time.
        mood: named in long captions only.
        style: "terse" or "long".
        generator: chooses the wording; None always takes the plainest.

    Raises:
        ValueError: no acts, an unknown style, or an action without words.

    >>> act = Act("bow", {"count": 2, "size": "large", "speed": "slow"}, 0, 90)
    >>> describe([act]).text
    'a person bows twice'
    """
    if style not in STYLES:
        raise ValueError(
            f"style must be one of {', '.join(STYLES)}, got {style!r}"
        )
    if not acts:
        raise ValueError("acts must hold at least 1 act, got none")
    words = _Words(generator, long=style == "long", alone=len(acts) == 1)
    phrases = []
    for act in acts:
        if act.action not in _PHRASES:
            raise ValueError(
                f"action must be one of {', '.join(_PHRASES)}, got "
                f"{act.action!r}"
            )
        phrases.append(_PHRASES[act.action](act, words))
    text = _joined(words(*SUBJECTS), _sequence([p for p, _ in phrases], words))
    if style == "long":
        if mood in _MOODS:
            text = f"{text}, {words(*_MOODS[mood])}"
        text = f"{text[0].upper()}{text[1:]}."
    if len(phrases) == 1:
        return Caption(text, style, tuple(phrases[0][1]))
    parts = tuple(tuple(checks) for _, checks in phrases)
    return Caption(text, style, (InOrder(parts),))


def _sequence(phrases: list[str], words: _Words) -> str:
    text = phrases[0]
    for at, phrase in enumerate(phrases[1:], start=2):
        last = at == len(phrases) and at > 2
        link = words(", then", ", and then", ", after that")
        if last:
            link = words(", and finally", ", then", ", and then")
        text = f"{text}{link} {phrase}"
    return text


def captions(
    acts: Sequence[Act],
    *,
    generator: torch.Generator,
    mood: str = "neutral",
    each: int = 2,
) -> tuple[Caption, ...]:
    """``each`` terse and ``each`` long captions, no text twice."""
    found: dict[str, Caption] = {}
    for style in STYLES:
        for _ in range(each):
            caption = describe(
                acts, mood=mood, style=style, generator=generator
            )
            found.setdefault(caption.text, caption)
    return tuple(found.values())


def action_checks(act: Act) -> tuple[Check, ...]:
    """What tells this act from others: the checks of its plain caption."""
    return describe([act]).checks
