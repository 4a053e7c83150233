"""Choosing and joining words."""

import torch

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
