"""An evaluation as a page: what to show of each dimension."""

import torch

from mini_vimogen.conventions import VIMOGEN_FPS, Y_UP_TO_Z_UP
from mini_vimogen.formats.mbench_files import motion_id
from mini_vimogen.metrics import mbench
from mini_vimogen.render.report import Report, Section
from mini_vimogen.tasks.evaluation import Evaluation
from mini_vimogen.tasks.scoring import Settings, read_joints

_TO_Z_UP = {
    0: torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]),
    1: Y_UP_TO_Z_UP,
    2: torch.eye(3),
}


def report_on(found: Evaluation, settings: Settings) -> Report:
    """Histogram, best and worst motion of every dimension that has a score."""
    return Report(
        title=f"MBench: {found.name}",
        level=found.level,
        sections=tuple(
            _section(found, name, settings)
            for name in found.dimensions
            if name in found.scores
        ),
        lists={
            "Notes": found.notes,
            "Files that cannot be read": list(found.unreadable.values()),
        },
        fps=VIMOGEN_FPS,
    )


def _section(found: Evaluation, name: str, settings: Settings) -> Section:
    score, dimension = found.scores[name], mbench.DIMENSIONS[name]
    values, ranked = found.values(name), found.ranked(name)
    shown = {"worst": ranked[-1], "best": ranked[0]}
    if len(ranked) == 1:
        del shown["worst"]
    return Section(
        name=name,
        unit=dimension.unit,
        better=dimension.better,
        mean=score.mean,
        interval=(score.low, score.high),
        values=tuple(values.values()),
        motions={
            f"{which}: {motion_id(path)} ({values[path]:.4g})": _z_up(
                path, settings
            )
            for which, path in shown.items()
        },
    )


def _z_up(path: str, settings: Settings) -> torch.Tensor:
    """Joints of a file as the player wants them: metres, Z up, 20 fps."""
    joints, _, up_axis = read_joints(path, settings)
    return joints @ _TO_Z_UP[up_axis].T
