"""What each choice of the lifter's recipe buys: one change an arm.

All arms train for ``STEPS`` steps of the size, a tenth of what ``desk`` gets,
and lift held-out real clips with one cut, as Table 1 does. Short trainings show
what is learned soon; a choice that pays off late is not seen here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mini_vimogen.studies.model_folder import trained
from mini_vimogen.studies.rows import run_missing
from mini_vimogen.studies.table1 import Arm, tidy
from mini_vimogen.studies.table1_measure import in_short
from mini_vimogen.studies.table1_motions import Extent, real_videos
from mini_vimogen.studies.table1_ways import answer_videos, by_family, lifted
from mini_vimogen.tasks.motion_mix import Mix
from mini_vimogen.tasks.sampling import Sampling
from mini_vimogen.tasks.train import recipe
from mini_vimogen.training.losses import LossWeights
from mini_vimogen.training.presets import Preset, preset
from mini_vimogen.training.vimo_loss import ViMoWeights

STEPS = 600

CHOICES = {
    "ours": Arm(),
    "simple only": Arm(weights=LossWeights(velocity=0.0, joints=0.0)),
    "simple and velocity": Arm(weights=LossWeights(joints=0.0)),
    "with contact": Arm(weights=LossWeights(contact=100.0)),
    "with joint velocity": Arm(weights=LossWeights(joint_velocity=50.0)),
    "ViMo's weights": Arm(weights=LossWeights(**asdict(ViMoWeights()))),
    "box per clip": Arm(changes={"scaling": "clip"}),
    "casual cameras only": Arm(mix=Mix(rig=0.0)),
    "no filters": Arm(changes={"condition_kernel": 0, "output_kernel": 0}),
    "Adan": Arm(
        changes={
            "optimizer": "adan",
            "learning_rate": 1e-4,
            "weight_decay": 0.02,
        }
    ),
}
"""Ours with one change. "ViMo's weights" are EDGE's, on metres and in the
camera form; "Adan" has the paper's learning rate and weight decay."""

ARMS = tuple(CHOICES)


def measure(arm: str, seed: int, *, size: Preset, extent: Extent, models):
    """Figures on held-out real clips: one sample, one cut."""
    choice = CHOICES[arm]
    model = trained(
        choice.kind,
        choice.preset(size),
        seed,
        models,
        mix=choice.mix,
        weights=choice.weights,
    )
    videos = real_videos(seed, extent)
    found = answer_videos(lifted(model, seed=seed), videos)[""]
    return tidy(in_short(by_family(found)))


def arm_recipe(arm: str, size: Preset, extent: Extent) -> dict:
    """All that the figures of an arm depend on, but for seed and code."""
    choice = CHOICES[arm]
    made = recipe(choice.preset(size), choice.mix, choice.weights)
    cameras = extent.cameras | {"others": extent.other_cameras}
    return made | {
        "arm": arm,
        "cameras": cameras,
        "takes": extent.takes,
        "sampling": asdict(Sampling()),
    }


def run(
    size: str | None = None,
    *,
    seeds: int = 3,
    arms: Sequence[str] = ARMS,
    folder=None,
    models=None,
    extent: Extent | None = None,
    steps: int = STEPS,
) -> Iterator[dict]:
    """Rows that do not exist yet, one by one as they are measured.

    Args:
        size: the preset's name; its network is taken, not its steps.
        seeds: rows an arm.
        arms: of ``ARMS``.
        folder: of the rows; None is book/results.
        models: where trained models are looked for and put; None trains them
            for this run and throws them away.
        extent: None is Table 1's.
        steps: of each training.

    Raises:
        ValueError: an arm that the study does not have.
    """
    if unknown := set(arms) - set(ARMS):
        raise ValueError(
            f"arms must be among {', '.join(ARMS)}, got "
            f"{', '.join(sorted(unknown))}"
        )
    chosen, extent = replace(preset(size), steps=steps), extent or Extent()
    with TemporaryDirectory() as passing:
        yield from run_missing(
            "lifter_choices",
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
