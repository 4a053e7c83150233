"""Table 1 of ViMo in small: the lifter, its baselines, and what they answer.

Held-out real clips by family, held-out choreography with the distribution
metrics, and the calibrated video; one sample, ten, with guidance; cuts, hidden
joints, numbers of network evaluations. ``table1_motions`` says what is lifted,
``table1_figures`` what is measured, ``table1_ways`` how an arm answers, and
``table1_aims`` what was hoped for.

A row's figures go by a group's name, with way and condition behind it:
"walking", "walking, best of 10", "real, mean of 10, 4 cuts", "real, 20 %
hidden", "acrobatics, 3 evaluations", "choreographed", "calibrated video". What
is not said is one sample, one cut, nothing hidden but by the detector.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.data.real_video import laboratory_video
from mini_vimogen.studies.model_folder import trained, trained_path
from mini_vimogen.studies.rows import run_missing
from mini_vimogen.studies.table1_figures import SMOOTHING, Figures, rounded
from mini_vimogen.studies.table1_measure import (
    measure,
    measure_fully,
    measure_plainly,
    measure_real,
)
from mini_vimogen.studies.table1_motions import CALIBRATED, Extent
from mini_vimogen.studies.table1_ways import lifted, mean_pose, nearest_frame
from mini_vimogen.tasks.demo import mean_pose_error
from mini_vimogen.tasks.lift import load_lifter
from mini_vimogen.tasks.sampling import Sampling
from mini_vimogen.tasks.train import Mix, motion_pool, recipe
from mini_vimogen.training.checkpoint import read_card
from mini_vimogen.training.losses import LossWeights
from mini_vimogen.training.presets import Preset, preset

__all__ = ["ARMS", "TRAINED", "Arm", "Extent", "measure", "run", "trained"]


@dataclass(frozen=True)
class Arm:
    """A model of the table: what is trained, and how much of it is asked.

    Args:
        kind: "lifter", "regressor" or "frame_mlp".
        mix, weights: of its training.
        changes: of the preset.
        full: several samples, guidance, numbers of evaluations as well.
    """

    kind: str = "lifter"
    mix: Mix = field(default_factory=Mix)
    weights: LossWeights = field(default_factory=LossWeights)
    changes: dict = field(default_factory=dict)
    full: bool = False

    def preset(self, chosen: Preset) -> Preset:
        """The size with this arm's changes."""
        return replace(chosen, **self.changes)


TRAINED = {
    "ViMo": Arm("lifter", full=True),
    "regressor": Arm("regressor"),
    "frame MLP": Arm("frame_mlp", changes={"steps": 3000}),
}
"""Arms with a training; an ablation is one more line. The perceptron gets half
the steps of ``desk``: it is there to show what a single frame can tell."""

UNTRAINED = {"mean pose": mean_pose, "nearest 2D frame": nearest_frame}
REAL = "real against real"
"""Choreography against other choreography: the floor of the distances."""

ARMS = (REAL, *UNTRAINED, *TRAINED)


def measure_arm(
    arm: str, seed: int, *, size: Preset, extent: Extent, models: Path
) -> dict:
    """All figures of one arm and seed; see the module."""
    if arm == REAL:
        return tidy(measure_real(seed, extent))
    if arm in UNTRAINED:
        options = dict(frames=size.frames, seed=seed)
        answer = UNTRAINED[arm](motion_pool(Mix()), **options)
        figures = measure(answer, seed, extent)
        if arm == "mean pose":
            _, blurred = mean_pose_error(laboratory_video(), fps=VIMO_FPS)
            figures[CALIBRATED]["demonstration_pa_mm"] = blurred
        return tidy(figures)
    wanted = TRAINED[arm]
    path = trained_path(
        wanted.kind,
        wanted.preset(size),
        seed,
        models,
        mix=wanted.mix,
        weights=wanted.weights,
    )
    model = load_lifter(path)
    use = functools.partial(lifted, model, seed=seed)
    asked = measure_fully if wanted.full else measure_plainly
    return tidy(asked(use, seed, extent)) | {
        "training": {
            "cpu_seconds": read_card(path)["cpu_seconds"],
            "parameters": sum(p.numel() for p in model.parameters()),
        }
    }


def tidy(figures: dict[str, Figures]) -> dict[str, Figures]:
    """With as many digits as three seeds can tell."""
    return {group: rounded(values) for group, values in figures.items()}


def arm_recipe(arm: str, size: Preset, extent: Extent) -> dict:
    """All that the figures of an arm depend on, but for seed and code."""
    known = TRAINED.get(arm, Arm())
    made = recipe(known.preset(size), known.mix, known.weights, kind=known.kind)
    return made | {
        "arm": arm,
        "extent": asdict(extent),
        "sampling": asdict(Sampling()),
        "smoothing": SMOOTHING,
    }


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
            "table1",
            {arm: arm_recipe(arm, chosen, extent) for arm in arms},
            seeds=range(seeds),
            measure=lambda arm, _, seed: measure_arm(
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
