"""``study``: measure the rows of a table that do not exist yet."""

import json
from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal

import tyro

NAMES = Literal[
    "table1",
    "lifter_choices",
    "flow_choices",
    "nfe",
    "completion",
    "harvest",
    "gates",
    "votes",
]


# Over 40 lines: one argument, and one line of help, for each option.
def study(
    name: Annotated[tyro.conf.Positional[NAMES], tyro.conf.arg(metavar="NAME")],
    /,
    *,
    size: str | None = None,
    seeds: int = 3,
    arm: tyro.conf.UseAppendAction[list[str]] = [],  # noqa: B006
    out: Path | None = None,
    models: Path | None = None,
    tracks: Path | None = None,
    question: str | None = None,
    seed: int | None = None,
    count: tyro.conf.UseAppendAction[list[Path]] = [],  # noqa: B006
    key: Path | None = None,
) -> None:
    """Run a study; rows that exist already are skipped.

    The study votes asks people: with --arm and --out it writes a page that
    shows motions in pairs, with --count and --key it counts what they chose.

    Args:
        name: which study.
        size: laptop, desk, gpu or paper; MINI_VIMOGEN_SIZE or laptop
            otherwise.
        seeds: rows an arm.
        arm: one of the study's; may be repeated; all otherwise. Two runs with
            different arms may go on side by side. votes: NAME=FOLDER of
            motions, twice or more; files are matched by name.
        out: folder of the results; book/results of the checkout otherwise.
            votes: folder for the page and its key.
        models: folder in which trained models are looked for and put; they
            are thrown away otherwise.
        tracks: votes: folder of keypoint files (.npz) with the motions' names,
            shown in place of the video.
        question: votes: what people are asked.
        seed: votes: of order and sides; drawn otherwise.
        count: votes: a CSV that a voter sent; may be repeated.
        key: votes: votes_key.json of the page.
    """
    only_votes = {
        "tracks": tracks,
        "question": question,
        "seed": seed,
        "count": count or None,
        "key": key,
    }
    if name == "votes":
        from mini_vimogen.cli.votes import votes

        if size is not None:
            raise ValueError("--size is not for the study votes")
        if models is not None:
            raise ValueError("--models is not for the study votes")
        votes(arm=arm, out=out, **only_votes)
        return
    for option, value in only_votes.items():
        if value is not None:
            raise ValueError(f"--{option} is for the study votes, not {name}")
    if seeds < 1:
        raise ValueError(f"--seeds must be 1 or more, got {seeds}")
    chosen = import_module(f"mini_vimogen.studies.{name}")
    arms = arm or chosen.ARMS
    for row in chosen.run(
        size, folder=out, seeds=seeds, arms=arms, models=models
    ):
        print(json.dumps(row))
