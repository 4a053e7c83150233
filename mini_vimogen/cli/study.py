"""``study``: measure the rows of a table that do not exist yet."""

import json
from pathlib import Path
from typing import Annotated, Literal

import tyro

NAMES = Literal["first_lift"]


def study(
    name: Annotated[tyro.conf.Positional[NAMES], tyro.conf.arg(metavar="NAME")],
    /,
    *,
    size: str | None = None,
    seeds: int = 3,
    arm: tyro.conf.UseAppendAction[list[str]] = [],  # noqa: B006
    out: Path | None = None,
) -> None:
    """Run a study; rows that exist already are skipped.

    Args:
        name: which study.
        size: laptop, desk, gpu or paper; MINI_VIMOGEN_SIZE or laptop
            otherwise.
        seeds: rows an arm.
        arm: one of the study's; may be repeated; all otherwise. Two runs with
            different arms may go on side by side.
        out: folder of the results; book/results of the checkout otherwise.
    """
    from mini_vimogen.studies import first_lift

    if seeds < 1:
        raise ValueError(f"--seeds must be 1 or more, got {seeds}")
    studies = {"first_lift": first_lift}
    arms = arm or studies[name].ARMS
    for row in studies[name].run(size, seeds=seeds, arms=arms, folder=out):
        print(json.dumps(row))
