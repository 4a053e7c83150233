"""Flights: spans with no foot on the floor, and what they were.

One clip, ``joints`` [frames, 22 or 24, 3] in SMPL order, Z up, metres.
"""

from torch import Tensor, maximum, minimum

from mini_vimogen.metrics.body_signals import (
    ON_FLOOR,
    SIDES,
    foot_clearance,
    runs,
)

JUMP_HEIGHT = 0.06  # metres of clearance of the lower foot
HOP_HEIGHT = 0.035
HELD_UP = 0.10  # metres of clearance of the foot that does not hop


def flights(joints: Tensor, *, fps: float) -> list[range]:
    """Spans in which no foot touches the floor."""
    airborne = foot_clearance(joints, fps=fps).amin(1) > ON_FLOOR
    return runs(airborne, join=1)


def flight_kinds(joints: Tensor, *, fps: float) -> list[str]:
    """What each flight was, in order of time.

    "jump": off and onto both feet; "left" or "right": a hop, off and onto that
    foot while the other is held up; "stride": from one foot to
    another. Flights cut off by an end of the clip, and jumps and hops that
    hardly leave the floor ("low"), are neither.
    """
    clearance = foot_clearance(joints, fps=fps)
    near = max(round(0.15 * fps), 1)
    kinds = []
    for flight in flights(joints, fps=fps):
        before = clearance[max(flight.start - near, 0) : flight.start]
        after = clearance[flight.stop : flight.stop + near]
        if not len(before) or not len(after):
            continue
        planted = maximum(before.amin(0), after.amin(0)) < ON_FLOOR
        peak = clearance[flight.start : flight.stop].amin(1).max()
        carried = minimum(before.amin(0), after.amin(0)) > HELD_UP
        if planted.all():
            kinds.append("jump" if peak > JUMP_HEIGHT else "low")
        elif (planted | carried).all() and planted.any():
            side = SIDES[0] if planted[0] else SIDES[1]
            kinds.append(side if peak > HOP_HEIGHT else "low")
        else:
            kinds.append("stride")
    return kinds


def hop_counts(joints: Tensor, *, fps: float) -> dict[str, int]:
    """Hops of at least 3.5 cm on each foot, the other one off the floor."""
    kinds = flight_kinds(joints, fps=fps)
    return {side: kinds.count(side) for side in SIDES}
