"""Performances of plans: one action, or several in sequence."""

from collections.abc import Sequence

import numpy as np
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.data.acts import Act
from mini_vimogen.data.captions import describe
from mini_vimogen.data.choreographer.actions import ACTIONS
from mini_vimogen.data.choreographer.gait import travel
from mini_vimogen.data.choreographer.perform import alive, score_to_motion
from mini_vimogen.data.choreographer.plan import (
    Plan,
    Wish,
    plan_sequence,
    route_of,
    ways,
)
from mini_vimogen.data.choreographer.score import Score, joined
from mini_vimogen.data.choreographer.style import Style

SOURCE = "choreographer"
LICENCE = "MIT"


def _score_of(group: list[Act], style: Style, fps: float) -> Score:
    action = ACTIONS[group[0].action]
    if action.travels:
        return travel(route_of(group), style, fps=fps)
    return action.act(group[0].parameters, style, fps)


def perform(plan: Plan, *, caption: str | None = None) -> Clip:
    """The clip of a plan, in the canonical start, feet on the floor.

    Args:
        caption: None takes the plain terse one.
    """
    scores, place, yaw = [], np.zeros(2), 0.0
    for group in ways(plan.acts):
        score = _score_of(group, plan.style, plan.fps)
        score = score.placed(*place, yaw)
        scores.append(score)
        place, yaw = score.pelvis[-1, :2], score.pelvis_turn[-1, 0]
    score = alive(
        joined(scores),
        fps=plan.fps,
        amount=plan.style.idle,
        seed=plan.sway_seed,
    )
    root, local = score_to_motion(score)
    if caption is None:
        caption = describe(plan.acts, mood=plan.style.mood).text
    return Clip(
        root,
        local,
        fps=plan.fps,
        caption=caption,
        source=SOURCE,
        licence=LICENCE,
    ).canonical(floor=True)


def choreograph(
    action: str,
    *,
    generator: torch.Generator | int,
    duration: float | None = None,
    fps: float = VIMO_FPS,
    mood: str | None = None,
    **parameters,
) -> Clip:
    """One action as a clip; what is not given is drawn.

    Args:
        action: a name from ``ACTIONS``.
        generator: a torch.Generator or a seed; the same seed, the same clip.
        duration: seconds from the first frame to the last; None: natural.
        parameters: among speed, size, side, heading, count, ... as listed in
            ``ACTIONS[action].choices``.

    Raises:
        ValueError: an unknown action, parameter or value, or too little time.

    >>> clip = choreograph("wave", side="left", generator=1, duration=2.0)
    >>> clip.frames
    61
    """
    plan = plan_sequence(
        [(action, parameters)],
        generator=generator,
        mood=mood,
        durations=[duration],
        fps=fps,
    )
    return perform(plan)


def compose(
    actions: Sequence[Wish],
    *,
    generator: torch.Generator | int,
    mood: str | None = None,
    durations: Sequence[float | None] | None = None,
    fps: float = VIMO_FPS,
) -> Clip:
    """Several actions in sequence as one clip, without a seam.

    Feet stay planted from one to the next; a walk goes over into a run without
    a stop. Arguments and errors as in ``plan_sequence``.
    """
    return perform(
        plan_sequence(
            actions,
            generator=generator,
            mood=mood,
            durations=durations,
            fps=fps,
        )
    )
