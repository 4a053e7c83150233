"""Plans: everything about a performance, before it is performed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch

from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.data.acts import Act
from mini_vimogen.data.choreographer.actions import ACTIONS
from mini_vimogen.data.choreographer.actions.action import Parameters
from mini_vimogen.data.choreographer.actions.locomotion import travel_leg
from mini_vimogen.data.choreographer.course import Route, plan_course
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.settle import require_action, settle
from mini_vimogen.data.choreographer.style import MOODS, Style, draw_style

MOOD_WEIGHTS = (6, 1, 1, 1, 1)


@dataclass(frozen=True)
class Plan:
    """Everything about a performance, before it is performed.

    acts: what is done, in frames and numbers; style: how this person moves;
    sway_seed: of the small movements. The same plan always gives the same
    clip, and it goes through JSON.
    """

    acts: tuple[Act, ...]
    style: Style
    fps: float
    sway_seed: int

    @property
    def frames(self) -> int:
        """Number of frames of the clip."""
        return self.acts[-1].stop

    def to_json(self) -> str:
        """One line of JSON; ``from_json`` reads it back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """Undo ``to_json``."""
        stored = json.loads(text)
        return cls(
            acts=tuple(Act(**act) for act in stored["acts"]),
            style=Style(**stored["style"]),
            fps=stored["fps"],
            sway_seed=stored["sway_seed"],
        )


Wish = str | tuple[str, Parameters]
"""An action's name, or its name with parameters."""


def _split(wish: Wish) -> tuple[str, Parameters]:
    return (wish, {}) if isinstance(wish, str) else (wish[0], dict(wish[1]))


def _require_fps(fps: float) -> float:
    if not 0 < fps < float("inf"):
        raise ValueError(f"fps must be positive, got {fps}")
    return float(fps)


def _require_durations(actions, durations) -> list[float | None]:
    if not actions:
        raise ValueError("actions must name at least 1 action, got none")
    if durations is None:
        return [None] * len(actions)
    if len(durations) != len(actions):
        raise ValueError(
            f"durations must hold one entry for each of {len(actions)} "
            f"actions, got {len(durations)}"
        )
    for seconds in durations:
        if seconds is not None and not 0 < seconds < float("inf"):
            raise ValueError(f"duration must be positive, got {seconds}")
    return list(durations)


def plan_sequence(
    actions: Sequence[Wish],
    *,
    generator: torch.Generator | int,
    mood: str | None = None,
    durations: Sequence[float | None] | None = None,
    fps: float = VIMO_FPS,
) -> Plan:
    """Draw everything that was not asked for.

    Args:
        actions: names from ``ACTIONS``, or (name, parameters).
        generator: a torch.Generator or a seed.
        mood: of the person throughout; None draws one.
        durations: seconds of each action; None: its natural pace.

    Raises:
        ValueError: no action, an unknown one, an unknown parameter or value,
            or too little time.
    """
    fps = _require_fps(fps)
    durations = _require_durations(actions, durations)
    dice = Dice(generator)
    drawn_mood = dice.choose(MOODS, MOOD_WEIGHTS)
    style = draw_style(drawn_mood if mood is None else mood, dice)
    wishes = [_split(wish) for wish in actions]
    acts, start = [], 0
    for at, (name, given) in enumerate(wishes):
        action = require_action(name)
        given = _joined_on(wishes, at, given)
        parameters = settle(action, dice, given, seconds=durations[at])
        frames = max(round(parameters["seconds"] * fps), 1)
        parameters["seconds"] = frames / fps
        acts.append(Act(name, parameters, start, start + frames + 1))
        start += frames
    groups = [_measured(group, style) for group in ways(acts)]
    acts = tuple(act for group in groups for act in group)
    return Plan(acts, style, fps, dice.seed())


def _joined_on(wishes, at: int, given: Parameters) -> Parameters:
    """Between actions a person stands, except from one way to the next."""
    action, given = require_action(wishes[at][0]), dict(given)
    if "rises" in action.choices and at + 1 < len(wishes):
        given["rises"] = True
    if not action.travels:
        return given
    for end, other in (("starts_moving", at - 1), ("stops_moving", at + 1)):
        if 0 <= other < len(wishes):
            given[end] = require_action(wishes[other][0]).travels
    return given


def ways(acts: Sequence[Act]) -> list[list[Act]]:
    """Acts in groups that are performed as one: ways without a stop."""
    groups: list[list[Act]] = []
    for act in acts:
        moving = groups and groups[-1][-1].parameters.get("stops_moving", False)
        if moving:
            groups[-1].append(act)
        else:
            groups.append([act])
    return groups


def route_of(group: list[Act]) -> Route:
    first, last = group[0], group[-1]
    return Route(
        tuple(travel_leg(act.action, act.parameters) for act in group),
        first.parameters["starts_moving"],
        last.parameters["stops_moving"],
        first.parameters["first_phase"],
    )


def _measured(group: list[Act], style: Style) -> list[Act]:
    """The acts of one way, with how far each goes: along it and as the crow
    flies, in metres."""
    if not ACTIONS[group[0].action].travels:
        return group
    course = plan_course(route_of(group), style)
    measured, clock = [], 0.0
    for act in group:
        ends = clock, clock + act.parameters["seconds"]
        here = (course.times >= ends[0] - 1e-9) & (
            course.times <= ends[1] + 1e-9
        )
        place = course.place[here]
        steps = np.linalg.norm(np.diff(place, axis=0), axis=-1)
        way = {
            "metres_along": float(steps.sum()),
            "metres_apart": float(np.linalg.norm(place[-1] - place[0])),
        }
        measured.append(replace(act, parameters={**act.parameters, **way}))
        clock = ends[1]
    return measured
