"""Quality against network evaluations: two objectives, and their samplers.

A diffusion lifter and its twin trained by flow matching (same network, data,
steps, seeds) lift the same held-out motions with 1 to 64 evaluations of the
network. ``nfe_ways`` says how, ``nfe_motions`` what is lifted, ``nfe_levels``
what is asked of single noise levels, ``nfe_aims`` what was hoped for.

A row's figures go by "GROUP, N evaluations": "choreographed" are windows of 60
frames, the other groups are whole real clips as in Table 1. Evaluations are
calls for one motion; a guided step counts as two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.studies.nfe_levels import (
    BINS,
    PATH_STEPS,
    bends,
    by_level,
)
from mini_vimogen.studies.nfe_measure import (
    TIMED,
    Models,
    floor_figures,
    measure,
    model_of,
    speeds,
    trivial_figures,
)
from mini_vimogen.studies.nfe_motions import WINDOW, Extent
from mini_vimogen.studies.nfe_ways import (
    SAMPLED,
    STRAIGHTENED,
    named,
    samplings,
)
from mini_vimogen.studies.rows import run_missing
from mini_vimogen.studies.table1 import tidy
from mini_vimogen.studies.table1_figures import Figures
from mini_vimogen.studies.table1_motions import CHOREOGRAPHED
from mini_vimogen.tasks.motion_mix import Mix
from mini_vimogen.tasks.train import recipe
from mini_vimogen.training.losses import LossWeights
from mini_vimogen.training.presets import Preset, preset

__all__ = ["ARMS", "Extent", "run"]

FLOOR, TRIVIAL = "real against real", "mean pose"
LEVELS, PATHS, SPEED = "loss by level", "paths", "speed"
ARMS = (FLOOR, TRIVIAL, *SAMPLED, LEVELS, PATHS, SPEED)


def measure_arm(
    arm: str, seed: int, *, size: Preset, extent: Extent, models: Path
) -> dict[str, Figures]:
    """All figures of one arm and seed; see the module."""
    ready = Models(size, seed, models)
    if arm == FLOOR:
        return {CHOREOGRAPHED: floor_figures(seed, extent)}
    if arm == TRIVIAL:
        return trivial_figures(size, seed, extent)
    if arm == LEVELS:
        regressor = model_of(ready, "regressor")
        return by_level(ready.pair(), regressor, seed, extent)
    if arm == PATHS:
        return bends(ready.pair(), seed, extent)
    if arm == SPEED:
        return speeds(ready, extent)
    way, figures = SAMPLED[arm], {}
    for count, sampling in samplings(way, extent).items():
        found = measure(ready, way, sampling, extent)
        figures |= {
            named(group, count): values for group, values in found.items()
        }
    return figures


def arm_recipe(arm: str, size: Preset, extent: Extent) -> dict:
    """All that the figures of an arm depend on, but for seed and code."""
    made = {"arm": arm, "extent": asdict(extent), "window": WINDOW}
    kinds = {"lifter", "flow", "regressor"}
    if arm in (FLOOR, TRIVIAL):
        kinds = set()
        made["mix"] = asdict(Mix())
    elif arm in SAMPLED:
        way = SAMPLED[arm]
        kinds = {"lifter" if way.model == STRAIGHTENED else way.model}
        made["sampling"] = {
            str(count): asdict(sampling) if sampling else None
            for count, sampling in samplings(way, extent).items()
        }
    else:
        made |= {"bins": BINS, "path_steps": PATH_STEPS, "timed": TIMED}
    trainings = {
        kind: recipe(size, Mix(), LossWeights(), kind=kind)
        for kind in sorted(kinds)
    }
    return made | {"trainings": trainings, "fps": VIMO_FPS}


def run(
    size: str | None = None,
    *,
    seeds: int = 3,
    arms: Sequence[str] = ARMS,
    folder=None,
    models=None,
    extent: Extent | None = None,
) -> Iterator[dict]:
    """Rows that do not exist yet, one by one as they are measured.

    Args:
        size: the preset's name.
        seeds: rows an arm.
        arms: of ``ARMS``.
        folder: of the rows; None is book/results.
        models: where trained models are looked for and put; None trains them
            for this run and throws them away.
        extent: None measures everything.

    Raises:
        ValueError: an arm that the study does not have.
    """
    if unknown := set(arms) - set(ARMS):
        raise ValueError(
            f"arms must be among {', '.join(ARMS)}, got "
            f"{', '.join(sorted(unknown))}"
        )
    chosen, extent = preset(size), extent or Extent()
    with TemporaryDirectory() as passing:
        yield from run_missing(
            "nfe",
            {arm: arm_recipe(arm, chosen, extent) for arm in arms},
            seeds=range(seeds),
            measure=lambda arm, _, seed: tidy(
                measure_arm(
                    arm,
                    seed,
                    size=chosen,
                    extent=extent,
                    models=Path(models or passing),
                )
            ),
            size=chosen.size,
            device=chosen.device,
            folder=folder,
        )
