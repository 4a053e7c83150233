"""The actions by name. A new one is a module here and a line in the table."""

from mini_vimogen.data.choreographer.actions.action import (
    SIZES,
    SPEEDS,
    Action,
)
from mini_vimogen.data.choreographer.actions.arms import PUNCH, WAVE
from mini_vimogen.data.choreographer.actions.bending import BOW, SQUAT
from mini_vimogen.data.choreographer.actions.clap import CLAP
from mini_vimogen.data.choreographer.actions.hop import HOP
from mini_vimogen.data.choreographer.actions.jump import JUMP
from mini_vimogen.data.choreographer.actions.kick import KICK
from mini_vimogen.data.choreographer.actions.kneel import KNEEL
from mini_vimogen.data.choreographer.actions.locomotion import (
    RUN,
    SPIN,
    TURN,
    WALK,
)
from mini_vimogen.data.choreographer.actions.lunge import LUNGE
from mini_vimogen.data.choreographer.actions.march import MARCH
from mini_vimogen.data.choreographer.actions.reach import REACH
from mini_vimogen.data.choreographer.actions.sidestep import SIDESTEP
from mini_vimogen.data.choreographer.actions.sit import SIT
from mini_vimogen.data.choreographer.actions.stretch import STRETCH
from mini_vimogen.data.choreographer.actions.throw import THROW

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
        HOP,
        MARCH,
        CLAP,
        REACH,
        LUNGE,
        STRETCH,
        SIDESTEP,
        THROW,
        SIT,
        KNEEL,
    )
}
"""Every action the choreographer knows, by name."""

__all__ = ["ACTIONS", "SIZES", "SPEEDS", "Action"]
