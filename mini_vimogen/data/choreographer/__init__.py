"""Choreographer: procedural human motion, deterministic from a seed.

    plan_sequence -> Plan -> perform -> Clip

An action is a few keyframes in the words of anatomy (``actions``), a way is a
``course`` with a ``gait``. Feet follow ``footsteps``, legs reach them by
inverse kinematics (``legs``), the rest follows its angles (``upper``).
``compose`` joins actions; ``babble`` covers poses instead of actions.
"""

from mini_vimogen.data.choreographer.actions import ACTIONS
from mini_vimogen.data.choreographer.babble import PosePool, babble
from mini_vimogen.data.choreographer.compose import (
    choreograph,
    compose,
    perform,
)
from mini_vimogen.data.choreographer.plan import Plan, plan_sequence
from mini_vimogen.data.choreographer.style import MOODS

__all__ = [
    "ACTIONS",
    "MOODS",
    "Plan",
    "PosePool",
    "babble",
    "choreograph",
    "compose",
    "perform",
    "plan_sequence",
]
