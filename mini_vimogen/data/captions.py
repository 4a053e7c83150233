"""Captions: what was done, in words, and a numeric check for every caption.

    acts -> describe -> Caption(text, style, checks)

``terse`` captions name the action and what tells it apart (side, count,
direction); ``long`` ones are sentences with pace, distance, manner and mood.
Every fact with a number, a side or a direction has its check; words of manner
and mood ("deeply", "sadly") have none. The checks know joints only, so they
serve any motion, not just ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from mini_vimogen.clip import Clip
from mini_vimogen.data.acts import Act
from mini_vimogen.data.phrases import PHRASES, Phrase, Words, joined
from mini_vimogen.metrics.text_match import Check, InOrder, passes_all

STYLES = ("terse", "long")
SUBJECTS = ("a person", "someone", "a man", "a woman", "the person", "a figure")
_MOODS = {
    "happy": ("in high spirits", "happily", "cheerfully"),
    "sad": ("sadly", "with slumped shoulders", "looking sad"),
    "angry": ("angrily", "in anger"),
    "tired": ("wearily", "looking tired", "as if exhausted"),
}


@dataclass(frozen=True)
class Caption:
    """A text with the checks that a motion must pass to deserve it."""

    text: str
    style: str
    checks: tuple[Check | InOrder, ...]


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
    words = Words(generator, long=style == "long", alone=len(acts) == 1)
    phrases = [_phrase(act, words) for act in acts]
    if not phrases:
        raise ValueError("acts must hold at least 1 act, got none")
    text = joined(words(*SUBJECTS), _sequence([p for p, _ in phrases], words))
    if style == "long":
        feeling = f", {words(*_MOODS[mood])}" if mood in _MOODS else ""
        text = f"{text[0].upper()}{text[1:]}{feeling}."
    parts = tuple(tuple(checks) for _, checks in phrases)
    return Caption(
        text, style, parts[0] if len(parts) == 1 else (InOrder(parts),)
    )


def _phrase(act: Act, words: Words) -> Phrase:
    if act.action not in PHRASES:
        raise ValueError(
            f"action must be one of {', '.join(PHRASES)}, got {act.action!r}"
        )
    return PHRASES[act.action](act, words)


def _sequence(phrases: list[str], words: Words) -> str:
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


def caption_check(caption: Caption, clip: Clip) -> bool:
    """True if the motion of a clip deserves a caption."""
    return passes_all(caption.checks, clip.joints(), fps=clip.fps)
