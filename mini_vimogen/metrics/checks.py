"""Checks: named questions about one clip, with the numbers of its caption.

"Turned 90 degrees left" is ``Check("turned_angle", {"degrees": 90})``. The
answers come from ``metrics.readings``, so a check knows joints and nothing
else.
"""

# Over 250 lines: a list of short questions that are read together.

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mini_vimogen.metrics import (
    flights,
    hand_readings,
    large_moves,
    leg_readings,
    lowering,
    readings,
)


def _require(value, allowed: Sequence[str], name: str) -> None:
    if value not in allowed:
        raise ValueError(
            f"{name} must be one of {', '.join(allowed)}, got {value!r}"
        )


def check_travelled_distance(
    joints: Tensor, *, fps: float, metres: float, within: float = 0.25
) -> bool:
    """Ended ``metres`` from the start, to the share ``within`` (or 0.15 m)."""
    found = readings.travelled_distance(joints, fps=fps)
    return abs(found - metres) <= max(within * metres, 0.15)


def check_travel_direction(
    joints: Tensor, *, fps: float, direction: str
) -> bool:
    """Moved "forward", "backward", "left" or "right" by the body's axes."""
    _require(direction, ("forward", "backward", "left", "right"), "direction")
    return readings.travel_direction(joints, fps=fps) == direction


def check_mean_speed(
    joints: Tensor,
    *,
    fps: float,
    at_least: float = 0.0,
    at_most: float = math.inf,
) -> bool:
    """Mean speed over the ground between two figures, metres per second."""
    return at_least <= readings.mean_speed(joints, fps=fps) <= at_most


def check_gait(joints: Tensor, *, fps: float, kind: str) -> bool:
    """Got about by "walk" (no flights), "run" (flights), or "none"."""
    _require(kind, ("walk", "run", "none"), "kind")
    return readings.gait(joints, fps=fps) == kind


def check_turned_angle(
    joints: Tensor, *, fps: float, degrees: float, within: float = 30.0
) -> bool:
    """Turned by ``degrees`` in all (left positive), to ``within`` degrees."""
    found = math.degrees(readings.turned_angle(joints, fps=fps))
    return abs(found - degrees) <= within


def check_spin_angle(
    joints: Tensor,
    *,
    fps: float,
    turns: float,
    within: float = 0.25,
    at_most_metres: float = 1.0,
) -> bool:
    """Spun ``turns`` times (left positive) without leaving the spot."""
    found = readings.turned_angle(joints, fps=fps) / (2 * math.pi)
    stayed = readings.travelled_distance(joints, fps=fps) <= at_most_metres
    return stayed and abs(found - turns) <= within


def check_jump_count(joints: Tensor, *, fps: float, count: int) -> bool:
    """Jumped off both feet exactly ``count`` times."""
    return readings.jump_count(joints, fps=fps) == count


def check_squat_count(joints: Tensor, *, fps: float, count: int) -> bool:
    """Squatted and stood up again exactly ``count`` times, without jumping."""
    jumped = readings.jump_count(joints, fps=fps)
    return readings.squat_count(joints, fps=fps) == count and not jumped


def check_bow_count(joints: Tensor, *, fps: float, count: int) -> bool:
    """Bowed exactly ``count`` times."""
    return readings.bow_count(joints, fps=fps) == count


def _check_counts(counts: dict[str, int], side: str, count: int | None) -> bool:
    _require(side, ("left", "right", "both"), "side")
    wanted = readings.SIDES if side == "both" else (side,)
    idle = [name for name in readings.SIDES if name not in wanted]
    if any(counts[name] for name in idle):
        return False
    if not all(counts[name] for name in wanted):
        return False
    return count is None or sum(counts.values()) == count


def check_kick_side(
    joints: Tensor, *, fps: float, side: str, count: int | None = None
) -> bool:
    """Kicked with ``side`` only ("both": with each), ``count`` times in all."""
    return _check_counts(readings.kick_counts(joints, fps=fps), side, count)


def check_punch_side(
    joints: Tensor, *, fps: float, side: str, count: int | None = None
) -> bool:
    """Punched with ``side`` only ("both": with each), ``count`` in all."""
    return _check_counts(readings.punch_counts(joints, fps=fps), side, count)


def check_wave_side(joints: Tensor, *, fps: float, side: str) -> bool:
    """Waved with the "left", the "right" or "both" hands, and no other."""
    _require(side, ("left", "right", "both"), "side")
    return readings.wave_side(joints, fps=fps) == side


def check_hand_above_head(joints: Tensor, *, fps: float, side: str) -> bool:
    """Held the "left", the "right" or "both" hands above the head."""
    _require(side, ("left", "right", "both", "none"), "side")
    return readings.hand_above_head(joints, fps=fps) == side


def check_hop_side(
    joints: Tensor, *, fps: float, side: str, count: int | None = None
) -> bool:
    """Hopped on ``side`` only ("both": on each), ``count`` times in all."""
    return _check_counts(flights.hop_counts(joints, fps=fps), side, count)


def check_march_steps(
    joints: Tensor, *, fps: float, count: int | None = None, at_least: int = 0
) -> bool:
    """Took ``count`` (or ``at_least``) steps with knees high, feet in turn."""
    found = leg_readings.march_steps(joints, fps=fps)
    return found >= at_least and count in (None, found)


def check_clap_count(
    joints: Tensor, *, fps: float, count: int, height: str | None = None
) -> bool:
    """Clapped exactly ``count`` times, "overhead" or before the "chest"."""
    if height is not None:
        _require(height, ("overhead", "chest"), "height")
    raised = readings.hand_above_head(joints, fps=fps) == "both"
    level = height is None or raised == (height == "overhead")
    return level and hand_readings.clap_count(joints, fps=fps) == count


def check_reach_side(
    joints: Tensor,
    *,
    fps: float,
    side: str,
    direction: str,
    count: int | None = None,
) -> bool:
    """Reached "up", "forward" or to the "side" with one hand, no waving."""
    _require(direction, hand_readings.DIRECTIONS, "direction")
    waved = readings.wave_side(joints, fps=fps) != "none"
    counts = hand_readings.reach_counts(joints, fps=fps, direction=direction)
    return _check_counts(counts, side, count) and not waved


def check_lunge_side(
    joints: Tensor, *, fps: float, side: str, count: int | None = None
) -> bool:
    """Lunged with ``side`` ahead only ("both": each), ``count`` in all."""
    return _check_counts(
        leg_readings.lunge_counts(joints, fps=fps), side, count
    )


def check_stretch_side(
    joints: Tensor, *, fps: float, side: str, count: int
) -> bool:
    """Stretched both arms overhead and bent to ``side`` ``count`` times.

    With "none" the arms went up ``count`` times, and no bend to any side.
    """
    _require(side, ("left", "right", "both", "none"), "side")
    spans = large_moves.stretch_spans(joints, fps=fps)
    bends = large_moves.side_bend_counts(joints, fps=fps)
    if side == "none":
        return len(spans) == count and not any(bends.values())
    return bool(spans) and _check_counts(bends, side, count)


def check_sidestep_side(
    joints: Tensor, *, fps: float, side: str, count: int | None = None
) -> bool:
    """Stepped to the "left" or the "right", ``count`` times, face ahead."""
    _require(side, ("left", "right"), "side")
    went = readings.travel_direction(joints, fps=fps) == side
    turned = abs(math.degrees(readings.turned_angle(joints, fps=fps)))
    counts = large_moves.sidestep_counts(joints, fps=fps)
    stepped = _check_counts(counts, side, count)
    return went and turned < 30 and stepped


def check_throw_side(
    joints: Tensor, *, fps: float, side: str, count: int | None = None
) -> bool:
    """Threw overarm with ``side`` only, ``count`` times in all."""
    counts = large_moves.throw_counts(joints, fps=fps)
    return _check_counts(counts, side, count)


def check_sit_count(
    joints: Tensor, *, fps: float, count: int, rises: bool | None = None
) -> bool:
    """Sat down ``count`` times; ``rises``: stands, or still sits, at last."""
    ended = True
    if rises is not None:
        end = lowering.ends_standing if rises else lowering.ends_seated
        ended = end(joints, fps=fps)
    return ended and lowering.sit_count(joints, fps=fps) == count


def check_kneel_side(
    joints: Tensor, *, fps: float, side: str, count: int | None = None
) -> bool:
    """Went down on the knee of ``side`` only and up again, ``count`` times."""
    return _check_counts(lowering.kneel_counts(joints, fps=fps), side, count)


CHECKS: dict[str, Callable[..., bool]] = {
    "travelled_distance": check_travelled_distance,
    "travel_direction": check_travel_direction,
    "mean_speed": check_mean_speed,
    "gait": check_gait,
    "turned_angle": check_turned_angle,
    "spin_angle": check_spin_angle,
    "jump_count": check_jump_count,
    "squat_count": check_squat_count,
    "bow_count": check_bow_count,
    "kick_side": check_kick_side,
    "punch_side": check_punch_side,
    "wave_side": check_wave_side,
    "hand_above_head": check_hand_above_head,
    "hop_side": check_hop_side,
    "march_steps": check_march_steps,
    "clap_count": check_clap_count,
    "reach_side": check_reach_side,
    "lunge_side": check_lunge_side,
    "stretch_side": check_stretch_side,
    "sidestep_side": check_sidestep_side,
    "throw_side": check_throw_side,
    "sit_count": check_sit_count,
    "kneel_side": check_kneel_side,
}
"""Every check by name: function(joints, *, fps, numbers of the caption)."""


@dataclass(frozen=True)
class Check:
    """One question about a clip, with the numbers of its caption.

    >>> still = torch.zeros(20, 22, 3)
    >>> still[:, [2, 17], 0] = 0.3  # right hip and shoulder to the right
    >>> Check("turned_angle", {"degrees": 90})(still, fps=20)
    False

    Raises:
        ValueError: no check has this name.
    """

    name: str
    numbers: Mapping[str, float | int | str] = field(default_factory=dict)

    def __post_init__(self):
        _require(self.name, tuple(CHECKS), "name of a check")

    def __call__(self, joints: Tensor, *, fps: float) -> bool:
        return CHECKS[self.name](joints, fps=fps, **self.numbers)


@dataclass(frozen=True)
class InOrder:
    """Several captions' checks, one after another: "walks, then bows".

    The clip passes if it can be cut, at one of ``cuts`` evenly spaced times,
    into consecutive pieces that pass their checks each.

    Raises:
        ValueError: fewer than 2 parts, or a part without checks.
    """

    parts: tuple[tuple[Check, ...], ...]
    cuts: int = 16

    def __post_init__(self):
        if len(self.parts) < 2 or not all(self.parts):
            raise ValueError(
                "parts must hold at least 2 parts of at least 1 check each, "
                f"got {[len(part) for part in self.parts]}"
            )

    def __call__(self, joints: Tensor, *, fps: float) -> bool:
        frames = len(joints)
        grid = torch.linspace(0, frames, self.cuts + 1).round().long()
        ends = sorted(set(grid.tolist()))
        starts = {0}  # where the next part may begin
        for part in self.parts[:-1]:
            starts = {
                stop
                for stop in ends[1:-1]
                if any(
                    start < stop
                    and passes_all(part, joints[start:stop], fps=fps)
                    for start in starts
                )
            }
        return any(
            passes_all(self.parts[-1], joints[start:], fps=fps)
            for start in starts
        )


def passes_all(
    checks: Sequence[Check | InOrder], joints: Tensor, *, fps: float
) -> bool:
    """True if one clip passes every check of its caption.

    Raises:
        ValueError: there is no check, so there is nothing to pass.
    """
    if not checks:
        raise ValueError("checks must hold at least 1 check, got none")
    return all(check(joints, fps=fps) for check in checks)
