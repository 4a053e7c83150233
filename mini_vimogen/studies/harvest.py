"""What a harvest is worth: a second model that also learns from its clips.

The first model lifts casual videos of actions that nobody has as mocap (the
video-only ones of ``splits.json``); what passes the gates joins the training
motions of a second one, a new network. All second models train equally long;
the harvest takes ``SHARE`` of the windows, from the others in proportion. They
are tested on other videos of these actions, whole and with joints or both legs
hidden, and on what they had to give up windows of: real test clips, and
choreography of the seen actions.

"without" gets nothing, "real 3D" the true motions of the same videos: the
ceiling. "harvested, seen actions" has a harvest of as many videos of actions
that were trained on anyway: what it gains, it has from a better first model and
not from having met the new actions. "several samples" trains nothing; see
``harvest_samples``; nor do "choreography of the mix", what that is worth by
the same figures, and "real against real", the floor of the distances.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mini_vimogen.clip import Clip
from mini_vimogen.studies.harvest_figures import (
    Extent,
    against_reference,
    funnel,
    measure_answer,
)
from mini_vimogen.studies.harvest_models import (
    SECOND,
    VIDEO_ONLY,
    Models,
    Second,
    added_recipe,
    mix_groups,
)
from mini_vimogen.studies.harvest_motions import (
    REFERENCE_SEED,
    TEST_SEED,
    fresh_clips,
    fresh_videos,
    gathered,
)
from mini_vimogen.studies.harvest_samples import WAYS, Seen, sets_of
from mini_vimogen.studies.rows import run_missing
from mini_vimogen.studies.table1 import tidy
from mini_vimogen.studies.table1_figures import (
    Figures,
)
from mini_vimogen.studies.table1_ways import (
    lifted,
    mean_pose,
    named,
)
from mini_vimogen.tasks.lift import Sampling, load_lifter
from mini_vimogen.tasks.motion_mix import Mix, motion_pool
from mini_vimogen.tasks.train import recipe
from mini_vimogen.training.losses import LossWeights
from mini_vimogen.training.presets import Preset, preset

STEPS = 600

TESTS = ("tests", "seen", "real", "hidden")
"""What every arm's figures depend on, of an ``Extent``."""
REAL, STILL = "real against real", "mean pose"
FIRST, SAMPLES = "first model", "several samples"
KNOWN = "choreography of the mix"
ARMS = (REAL, STILL, FIRST, *SECOND, SAMPLES, KNOWN)


def measure(
    arm: str, seed: int, *, models: Models, extent: Extent
) -> dict[str, Figures]:
    """All figures of one arm and seed; see the module."""
    if arm == REAL:
        truths = [v.truth for v in fresh_videos(extent.tests, seed=seed)]
        return tidy({VIDEO_ONLY: against_reference(truths, extent)})
    if arm == KNOWN:
        clips = mix_groups(models.size.fps)["acted"]
        return tidy({KNOWN: Seen(tests_of(seed, extent)).worth(clips)})
    if arm == SAMPLES:
        return tidy(measure_samples(seed, models, extent))
    if arm == STILL:
        options = dict(frames=models.size.frames, seed=seed)
        answer = mean_pose(motion_pool(Mix()), **options)
        return tidy(measure_answer(answer, seed, extent))
    if arm == FIRST:
        model = load_lifter(models.first(seed))
    else:
        model = models.second(arm, seed)
    figures = measure_answer(lifted(model, seed=seed), seed, extent)
    if arm in SECOND and SECOND[arm].added == "harvest":
        figures["harvest"] = funnel(models.harvest(SECOND[arm], seed))
    return tidy(figures)


def measure_samples(
    seed: int, models: Models, extent: Extent
) -> dict[str, Figures]:
    """The sets of ``harvest_samples``, in each way of sampling."""
    some = replace(models, videos=extent.sampled)
    videos = some.sources(Second("harvest"), seed)
    tests, figures = tests_of(seed, extent), {}
    for way, sampling in WAYS.items():
        found = gathered(
            videos,
            lifter=models.first(seed),
            seed=seed,
            samples=max(extent.samples),
            sampling=sampling,
        )
        sets = sets_of(found, videos, tests, samples=extent.samples)
        figures |= {named(name, way): own for name, own in sets.items()}
    return figures


def tests_of(seed: int, extent: Extent) -> list[Clip]:
    """The motions of the test videos."""
    made = fresh_clips(extent.tests, seed=TEST_SEED + seed)
    return [clip for _, clip in made]


def arm_recipe(arm: str, size: Preset, teacher: Preset, extent: Extent) -> dict:
    """All that the figures of an arm depend on, but for seed and code."""
    second = SECOND.get(arm, Second())
    made = recipe(size, Mix(), LossWeights())
    if second.added or arm in (FIRST, SAMPLES):
        made["first"] = recipe(teacher, Mix(), LossWeights())
    if second.added or arm == SAMPLES:
        harvested = second if second.added else Second("harvest")
        count = extent.videos if second.added else extent.sampled
        made["added"] = added_recipe(harvested, count)
    if arm == SAMPLES:
        made["ways"] = {way: asdict(how) for way, how in WAYS.items()}
        made["samples"] = extent.samples
    return made | {
        "arm": arm,
        "tests": {name: asdict(extent)[name] for name in TESTS},
        "tests_from_seed": TEST_SEED,
        "reference_seed": REFERENCE_SEED,
        "sampling": asdict(Sampling()),
    }


# Over 40 lines: most of them say what the arguments are.
def run(
    size: str | None = None,
    *,
    seeds: int = 3,
    arms: Sequence[str] = ARMS,
    folder=None,
    models=None,
    extent: Extent | None = None,
    steps: int = STEPS,
    teacher: Preset | None = None,
) -> Iterator[dict]:
    """Rows that do not exist yet, one by one as they are measured.

    Args:
        size: the preset's name; its network is taken, not its steps.
        seeds: rows an arm.
        arms: of ``ARMS``.
        folder: of the rows; None is book/results.
        models: where trained models are looked for and put; None trains them
            for this run and throws them away.
        extent: None measures everything.
        steps: of each second training.
        teacher: the first model's recipe; None is ``desk``.

    Raises:
        ValueError: an arm that the study does not have.
    """
    if unknown := set(arms) - set(ARMS):
        raise ValueError(
            f"arms must be among {', '.join(ARMS)}, got "
            f"{', '.join(sorted(unknown))}"
        )
    chosen, extent = replace(preset(size), steps=steps), extent or Extent()
    teacher = teacher or preset("desk")
    with TemporaryDirectory() as passing:
        kept = Models(chosen, teacher, Path(models or passing), extent.videos)
        yield from run_missing(
            "harvest",
            {arm: arm_recipe(arm, chosen, teacher, extent) for arm in arms},
            seeds=range(seeds),
            measure=lambda arm, _, seed: measure(
                arm, seed, models=kept, extent=extent
            ),
            size=chosen.size,
            device=chosen.device,
            folder=folder,
        )
