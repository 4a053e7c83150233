"""Acts: the record of what was done, for whoever wants to put it into words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Act:
    """What was done from one frame to another, with its numbers.

    start, stop: frames, ``stop`` not included; neighbours share one frame.
    parameters: as in ``choreographer.ACTIONS[action].choices``, and more.
    """

    action: str
    parameters: dict[str, float | int | str | bool]
    start: int
    stop: int
