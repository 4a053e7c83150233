"""Choosing and joining words."""

import torch

from mini_vimogen.data.acts import Act
from mini_vimogen.metrics.text_match import Check

TIMES = ("", "once", "twice", "three times", "four times", "five times")


class Words:
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
"""What is said of an act, and the checks of what is said."""


def joined(*parts: str) -> str:
    """The parts that are not empty, with spaces between them."""
    return " ".join(part for part in parts if part)


def counted(act: Act, words: Words) -> str:
    """How often, in words; nothing need be said of once."""
    count = act.parameters["count"]
    if count == 1:
        return words("", "once") if words.long else ""
    return TIMES[count] if count < len(TIMES) else f"{count} times"


def manner(act: Act, words: Words, **sizes: tuple[str, ...]) -> str:
    """An adverb of size or speed; no check hangs on it."""
    if not words.long:
        return ""
    options = []
    options += sizes.get(act.parameters.get("size", ""), ())
    options += {"slow": ("slowly",), "fast": ("quickly",)}.get(
        act.parameters.get("speed", ""), ()
    )
    return words(*options) if options else ""
