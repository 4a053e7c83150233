"""What a lifter on the straight path should answer, and be punished for.

Flow matching in five forms, with the network, data, steps and seeds of
``lifter_choices``, whose arm "ours" is the DDPM twin. Sampled with 8 calls
of the midpoint method; groups "walking, euler, 50" and the like have other
samplers. Sizes but laptop are trained for all their steps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mini_vimogen.studies.model_folder import trained
from mini_vimogen.studies.rows import run_missing
from mini_vimogen.studies.table1 import tidy
from mini_vimogen.studies.table1_measure import in_short
from mini_vimogen.studies.table1_motions import Extent, real_videos
from mini_vimogen.studies.table1_ways import answer_videos, by_family, lifted
from mini_vimogen.tasks.motion_mix import Mix
from mini_vimogen.tasks.sampling import FlowSampling
from mini_vimogen.tasks.train import recipe
from mini_vimogen.training.flow_loss import FlowObjective
from mini_vimogen.training.losses import LossWeights
from mini_vimogen.training.presets import Preset, preset

STEPS = 600

CHOICES = {
    "clean answer, clean error": FlowObjective(),
    "clean answer, velocity error": FlowObjective(error="velocity"),
    "clean answer, velocity error, mixed levels": FlowObjective(
        error="velocity", levels="mixed"
    ),
    "velocity answer": FlowObjective("velocity", "velocity"),
    "velocity answer, mixed levels": FlowObjective(
        "velocity", "velocity", "mixed"
    ),
}
"""Levels are drawn as for the DDPM twin where nothing is said."""

ARMS = tuple(CHOICES)

SAMPLERS = (
    FlowSampling(),
    FlowSampling(method="euler", evaluations=1),
    FlowSampling(method="euler", evaluations=50),
)


def sampler_name(sampling: FlowSampling) -> str:
    """How a sampler's figures go; the default's have no name."""
    if sampling == SAMPLERS[0]:
        return ""
    return f"{sampling.method}, {sampling.evaluations}"


def measure(arm: str, seed: int, *, size: Preset, extent: Extent, models):
    """Figures on held-out real clips: one sample, one cut."""
    model = trained("flow", size, seed, models, objective=CHOICES[arm])
    videos, figures = real_videos(seed, extent), {}
    for sampling in SAMPLERS:
        answer = lifted(model, seed=seed, sampling=sampling)
        found = answer_videos(answer, videos)[""]
        figures |= in_short(by_family(found, sampler_name(sampling)))
    return tidy(figures)


def arm_recipe(arm: str, size: Preset, extent: Extent) -> dict:
    """All that the figures of an arm depend on, but for seed and code."""
    made = recipe(
        size, Mix(), LossWeights(), kind="flow", objective=CHOICES[arm]
    )
    cameras = extent.cameras | {"others": extent.other_cameras}
    return made | {
        "arm": arm,
        "cameras": cameras,
        "takes": extent.takes,
        "sampling": [asdict(sampling) for sampling in SAMPLERS],
    }


def run(
    size: str | None = None,
    *,
    seeds: int = 3,
    arms: Sequence[str] = ARMS,
    folder=None,
    models=None,
    extent: Extent | None = None,
    steps: int | None = None,
) -> Iterator[dict]:
    """Rows that do not exist yet; arguments as of ``lifter_choices.run``, but
    ``steps`` None is ``STEPS`` at the laptop size, and the size's own else."""
    if unknown := set(arms) - set(ARMS):
        raise ValueError(
            f"arms must be among {', '.join(ARMS)}, got "
            f"{', '.join(sorted(unknown))}"
        )
    chosen, extent = preset(size), extent or Extent()
    if steps is None and chosen.size == "laptop":
        steps = STEPS
    chosen = replace(chosen, steps=steps or chosen.steps)
    with TemporaryDirectory() as passing:
        yield from run_missing(
            "flow_choices",
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
