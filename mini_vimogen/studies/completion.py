"""What completion is worth, against what needs no network; seams; their cost.

Gaps of 5 to 45 frames in pieces of two seconds, nothing but the gap unknown:

- "real": the truth.
- "slerp": each joint turns at constant speed from one side to the other, the
  root goes straight on; "linear": the six numbers of each joint do.
- "equation8": the lifter by ViMo's equation 8 and nothing else; "eased": with
  its guesses bent to what is known by straight lines; "kriged": bent as its
  misses go, which is what ``complete`` does.
- "video-guided": "kriged", shown a casual video of the gap (ViMo, Figure 6).

Their figures go by "gap 5" (real test clips, families counting alike),
"walking, gap 5", "acrobatics, gap 5", and "choreographed gap 5".

- "joints": the arms are made up, all else is known. Figures by "arms" (ours),
  "arms, mean of 5" (of our samples), "arms, mean" (the mean arm of the training
  clips), "arms, slerp" (from the first frame's to the last's, which ours does
  not know), "arms, another's" (of a training clip).
- "overlap", "no overlap": long lifts, jitter at the seams between windows over
  jitter inside ("seams"); what a lift costs ("10 s", "60 s").

``completion_measure`` says on what it is measured, ``completion_figures`` how,
``completion_ways`` how gaps are filled, ``completion_seams`` the long lifts,
``completion_aims`` what was hoped for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from mini_vimogen.studies import completion_ways as ways
from mini_vimogen.studies.completion_measure import (
    Extent,
    arms_made_up,
    gaps_filled,
    long_lifts,
)
from mini_vimogen.studies.completion_seams import cost
from mini_vimogen.studies.completion_ways import Fill
from mini_vimogen.studies.model_folder import trained_path
from mini_vimogen.studies.rows import run_missing
from mini_vimogen.studies.table1_figures import rounded
from mini_vimogen.tasks.complete import USUAL_SAMPLING
from mini_vimogen.tasks.lift import load_lifter
from mini_vimogen.tasks.train import Mix, recipe
from mini_vimogen.training.losses import LossWeights
from mini_vimogen.training.presets import Preset, preset

__all__ = ["ARMS", "Extent", "measure", "run"]

UNTRAINED: dict[str, Fill] = {
    "real": ways.real,
    "slerp": ways.slerp,
    "linear": ways.linear,
}
SAMPLED = {
    "equation8": {"way": "equation8"},
    "eased": {"way": "eased"},
    "kriged": {"way": "kriged"},
    "video-guided": {"way": "kriged", "shown": True},
}
OVERLAPS: dict[str, int | None] = {"overlap": None, "no overlap": 0}
JOINTS = "joints"

ARMS = (*UNTRAINED, *SAMPLED, JOINTS, *OVERLAPS)


# ------------------------------------------------------------------ figures


def measure(
    arm: str, seed: int, *, size: Preset, extent: Extent, models: Path
) -> dict:
    """All figures of one arm and seed; see the module."""
    if arm in UNTRAINED:
        figures = gaps_filled(UNTRAINED[arm], extent.gaps, seed, extent)
    else:
        path = trained_path("lifter", size, seed, models)
        model = load_lifter(path)
        if arm in SAMPLED:
            what = SAMPLED[arm]
            gaps = extent.guided_gaps if "shown" in what else extent.gaps
            fill = ways.completed(model, sampling=USUAL_SAMPLING, **what)
            figures = gaps_filled(fill, gaps, seed, extent)
        elif arm == JOINTS:
            figures = arms_made_up(model, seed, extent)
        else:
            figures = long_lifts(model, OVERLAPS[arm], seed, extent)
            if OVERLAPS[arm] is None:
                figures |= {
                    f"{seconds:g} s": cost(path, seconds, seed=seed)
                    for seconds in extent.costs
                }
    return {group: rounded(own) for group, own in figures.items()}


# --------------------------------------------------------------------- rows


def arm_recipe(arm: str, size: Preset, extent: Extent) -> dict:
    """All that the figures of an arm depend on, but for seed and code."""
    made = {"arm": arm, "extent": asdict(extent)}
    if arm != JOINTS:
        del made["extent"]["samples"]
    if arm in UNTRAINED:
        return made
    lifter = recipe(size, Mix(), LossWeights(), kind="lifter")
    return made | {"lifter": lifter, "sampling": asdict(USUAL_SAMPLING)}


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
        models: where trained lifters are looked for and put; None trains them
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
            "completion",
            {arm: arm_recipe(arm, chosen, extent) for arm in arms},
            seeds=range(seeds),
            measure=lambda arm, _, seed: measure(
                arm,
                seed,
                size=chosen,
                extent=extent,
                models=Path(models or passing),
            ),
            size=chosen.size,
            device=chosen.device,
            folder=folder,
        )
