"""Score a folder of motions on MBench's geometric dimensions.

files -> scoring (one record each) -> evaluation (table, JSON) -> report
"""

import os
from collections.abc import Sequence
from pathlib import Path

import torch
from tqdm.auto import tqdm

from mini_vimogen.conventions import VIMOGEN_FPS
from mini_vimogen.formats.mbench_files import (
    EvaluationPrompt,
    motion_files,
    motion_id,
    read_prompts,
)
from mini_vimogen.formats.mbench_prompts import DIMENSIONS as ALL_DIMENSIONS
from mini_vimogen.metrics import mbench
from mini_vimogen.metrics.joint_input import require_fps
from mini_vimogen.tasks.evaluation import (
    Evaluation,
    Score,
    summarize,
    values_by_file,
)
from mini_vimogen.tasks.evaluation_report import report_on
from mini_vimogen.tasks.findings import find_up_axis, notes_on
from mini_vimogen.tasks.journal import Journal, score_folder
from mini_vimogen.tasks.scoring import SUFFIXES, FileScore, Settings

FILES_FOR_ANOTHER_WORKER = 1000
"""Starting a process costs as much as scoring about this many files."""


def evaluate(
    folder,
    *,
    prompts=None,
    dimensions: Sequence[str] | None = None,
    fps: float = VIMOGEN_FPS,
    up_axis: int | None = None,
    out=None,
    name: str | None = None,
    workers: int | None = None,
    resume: bool = True,
    progress: bool = True,
    level: float = 0.95,
    seed: int = 0,
) -> Evaluation:
    """Score every motion of a folder; a bad file is listed, never the end.

    Args:
        folder: ``ID.npy`` of (frames, 22 or 24, 3), or our clips (``.npz``) or
            BVH files.
        prompts: one of MBench's two prompt files: each dimension then counts
            only the motions that the file lists for it, and motions that are
            not there are reported. None scores every motion on everything.
        dimensions: names out of the five; None is all five.
        fps: of the ``.npy`` files; other rates are resampled to MBench's 20.
        up_axis: of the ``.npy`` files; None tells it from heads and feet. Give
            2 to read Y-up files as the release does.
        out: folder for JSON, the HTML report, and the journal from which a
            killed run goes on; None writes nothing.
        name: of the evaluation; None takes the folder's.
        workers: processes; None is one for each 1,000 files, at most the CPUs.
        resume: take the journal's word for files that have not changed.
        progress: show a bar.
        level: coverage of the intervals.
        seed: of the bootstrap.

    Raises:
        FileNotFoundError: no such folder or prompt file.
        ValueError: an empty folder, a bad prompt file, an unknown dimension,
            fps, up_axis, workers or level; no file that can be read.
    """
    wanted = _dimensions(dimensions)
    rows = _rows(prompts, wanted)
    _check_options(fps, up_axis, workers, level)
    paths, notes = _chosen(motion_files(folder, suffixes=SUFFIXES), rows)
    up_axis, told = find_up_axis(paths, up_axis)
    settings = Settings(dimensions=wanted, up_axis=up_axis, fps=float(fps))
    name = name or Path(folder).resolve().name
    journal = None
    if out is not None:
        out = Path(out)
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"{name}_journal.jsonl"
        journal = Journal(path, settings, resume=resume)
    with tqdm(total=len(paths), unit="motion", disable=not progress) as bar:
        files = score_folder(
            paths,
            settings,
            workers=workers or _workers(len(paths)),
            journal=journal,
            seen=lambda record: bar.update(),
        )
    _require_one_readable(files, folder)
    missing = _missing(rows, paths)
    found = Evaluation(
        name=name,
        folder=str(folder),
        dimensions=wanted,
        scores=_scores(files, rows, wanted, level, seed),
        files=tuple(files),
        rows=rows,
        missing=missing,
        up_axis=up_axis,
        level=level,
        notes=(*notes, *told, *notes_on(files, settings, missing)),
    )
    if out is not None:
        found.save(out)
        report_on(found, settings).save(out / f"{name}_report.html")
    return found


def _require_one_readable(files: Sequence[FileScore], folder) -> None:
    if all(file.unreadable for file in files):
        raise ValueError(
            f"folder {folder} holds no motion that can be read; the first: "
            f"{files[0].unreadable}"
        )


def _scores(files, rows, wanted, level: float, seed: int) -> dict[str, Score]:
    generator = torch.Generator().manual_seed(seed)
    by_dimension = {
        dimension: list(values_by_file(files, rows, dimension).values())
        for dimension in wanted
    }
    return {
        dimension: summarize(
            dimension, values, level=level, generator=generator
        )
        for dimension, values in by_dimension.items()
        if values
    }


def _check_options(fps, up_axis, workers, level) -> None:
    require_fps(fps)
    if up_axis not in (None, 0, 1, 2):
        raise ValueError(f"up_axis must be 0, 1, 2 or None, got {up_axis!r}")
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")


def _dimensions(dimensions: Sequence[str] | None) -> tuple[str, ...]:
    wanted = tuple(dimensions) if dimensions else tuple(mbench.DIMENSIONS)
    for name in wanted:
        if name in mbench.DIMENSIONS:
            continue
        listed = ", ".join(mbench.DIMENSIONS)
        why = ""
        if name in ALL_DIMENSIONS:
            why = ", which needs a body mesh, a pose prior or a judge"
        raise ValueError(
            f"dimensions must be out of {listed}; got {name!r}{why}"
        )
    return tuple(dict.fromkeys(wanted))


def _rows(prompts, wanted: tuple[str, ...]) -> tuple[EvaluationPrompt, ...]:
    if prompts is None:
        return ()
    rows = [row for row in read_prompts(prompts) if row.dimension in wanted]
    if not rows:
        raise ValueError(
            f"prompts {prompts} list no motion for {', '.join(wanted)}"
        )
    return tuple(rows)


def _chosen(
    paths: list[Path], rows: tuple[EvaluationPrompt, ...]
) -> tuple[list[Path], list[str]]:
    """The files that some dimension asks for, and a note on the others."""
    if not rows:
        return paths, []
    asked = {str(row.id) for row in rows}
    chosen = [path for path in paths if motion_id(path) in asked]
    if not chosen:
        raise ValueError(
            f"no file is named by an id of the prompt file, such as "
            f"{rows[0].id}.npy; the folder has {paths[0].name}"
        )
    extra = len(paths) - len(chosen)
    note = f"{extra} of {len(paths)} files not in the prompt file: not scored"
    return chosen, [note] if extra else []


def _missing(rows, paths: list[Path]) -> tuple[str, ...]:
    there = {motion_id(path) for path in paths}
    asked = sorted({row.id for row in rows})
    return tuple(str(i) for i in asked if str(i) not in there)


def _workers(files: int) -> int:
    cpus = os.cpu_count() or 1
    return max(1, min(cpus, files // FILES_FOR_ANOTHER_WORKER))
