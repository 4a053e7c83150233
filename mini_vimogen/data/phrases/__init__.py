"""Phrases: each action in words, with the numeric checks of what they say."""

from collections.abc import Callable

from mini_vimogen.data.acts import Act
from mini_vimogen.data.phrases import (
    bodywork,
    gestures,
    handwork,
    legwork,
    ways,
)
from mini_vimogen.data.phrases.words import Phrase, Words, joined

PHRASES: dict[str, Callable[[Act, Words], Phrase]] = {
    "walk": ways.travelling,
    "run": ways.travelling,
    "turn": ways.turning,
    "spin": ways.spinning,
    "jump": gestures.jumping,
    "squat": gestures.squatting,
    "bow": gestures.bowing,
    "kick": gestures.kicking,
    "punch": gestures.punching,
    "wave": gestures.waving,
    "hop": legwork.hopping,
    "march": legwork.marching,
    "clap": handwork.clapping,
    "reach": handwork.reaching,
    "lunge": legwork.lunging,
    "stretch": bodywork.stretching,
    "sidestep": bodywork.sidestepping,
    "throw": bodywork.throwing,
    "sit": bodywork.sitting,
    "kneel": bodywork.kneeling,
}
"""Action -> function(act, words) -> (verb phrase, checks)."""

__all__ = ["PHRASES", "Phrase", "Words", "joined"]
