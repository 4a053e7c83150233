"""The actions by name. A new one is a module here and a line in the table."""

from mini_vimogen.data.choreographer.actions.action import (
    SIZES,
    SPEEDS,
    Action,
)
from mini_vimogen.data.choreographer.actions.arms import PUNCH, WAVE
from mini_vimogen.data.choreographer.actions.bending import BOW, SQUAT
from mini_vimogen.data.choreographer.actions.jump import JUMP
from mini_vimogen.data.choreographer.actions.kick import KICK
from mini_vimogen.data.choreographer.actions.locomotion import (
    RUN,
    SPIN,
    TURN,
    WALK,
)

ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        WALK,
        RUN,
        TURN,
        JUMP,
        SQUAT,
        KICK,
        PUNCH,
        WAVE,
        BOW,
        SPIN,
    )
}
"""Every action the choreographer knows, by name."""

__all__ = ["ACTIONS", "SIZES", "SPEEDS", "Action"]
