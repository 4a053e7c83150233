"""``evaluate``: score a folder of motions on MBench's five dimensions."""

from pathlib import Path
from typing import Annotated

import tyro


def evaluate(
    folder: Annotated[
        tyro.conf.Positional[Path], tyro.conf.arg(metavar="FOLDER")
    ],
    /,
    *,
    prompts: Path | None = None,
    dimension: tyro.conf.UseAppendAction[list[str]] = [],  # noqa: B006
    fps: float = 20.0,
    up_axis: int | None = None,
    out: Path | None = None,
    workers: int | None = None,
    resume: bool = True,
) -> None:
    """Score every motion of a folder; unreadable files are listed.

    Args:
        folder: ID.npy of (frames, 22 or 24, 3) joints, Clips (.npz) or BVH.
        prompts: one of MBench's prompt files; each dimension then counts the
            motions that the file lists for it.
        dimension: one of the five; may be repeated; all otherwise.
        fps: of the .npy files.
        up_axis: of the .npy files; told from heads and feet otherwise.
        out: folder for the JSON, the HTML report, and the journal from which a
            killed run goes on.
        workers: processes; one for each 1,000 files otherwise.
        resume: take the journal's word for files that have not changed.
    """
    from mini_vimogen.tasks import evaluate as task

    print(
        task.evaluate(
            folder,
            prompts=prompts,
            dimensions=dimension or None,
            fps=fps,
            up_axis=up_axis,
            out=out,
            workers=workers,
            resume=resume,
        ).table()
    )
