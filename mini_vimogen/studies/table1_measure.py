"""Everything that Table 1 asks of one arm; ``table1`` says of which."""

import functools
from collections.abc import Sequence

from torch import Tensor

from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.studies.table1_figures import (
    Figures,
    dance_features,
    distribution_figures,
    mean_figures,
)
from mini_vimogen.studies.table1_motions import (
    CHOREOGRAPHED,
    REFERENCE_SEED,
    Extent,
    choreographed_clips,
    choreographed_videos,
    real_videos,
    with_hidden,
)
from mini_vimogen.studies.table1_ways import (
    MACROS,
    Answer,
    answer_videos,
    by_family,
    calibrated,
    compare,
    named,
)
from mini_vimogen.tasks.sampling import Sampling
from mini_vimogen.tasks.train import seen_actions

CURVES = (
    "mpjpe_mm",
    "pa_mpjpe_mm",
    "acceleration_m_s2",
    "jitter_ratio",
    "sliding_m_s",
    "path_end_share",
    "spread_mm",
)
"""What is kept of cuts, hidden joints and numbers of evaluations."""


def measure(
    answer: Answer, seed: int, extent: Extent, *, samples: int = 1
) -> dict[str, Figures]:
    """What every arm is asked: all motions, cuts and hidden joints.

    Args:
        answer: the arm.
        seed: of cameras, choreography and noise.
        extent: how much.
        samples: motions of each real video; choreographed ones get as many
            for the first few of each action.
    """
    base = real_videos(seed, extent)
    conditions = {"": base}
    for cuts in extent.cuts:
        conditions[f"{cuts} cuts"] = real_videos(seed, extent, cuts=cuts)
    for share in extent.hidden:
        name = f"{100 * share:.0f} % hidden"
        conditions[name] = with_hidden(base, share, seed)
    figures = {}
    for condition, videos in conditions.items():
        ways = answer_videos(answer, videos, samples=samples)
        for way, found in ways.items():
            if condition:
                figures |= in_short(by_family(found, way, condition))
            else:
                figures |= by_family(found, way)
    figures |= measure_choreographed(answer, seed, extent, samples=samples)
    return figures | calibrated(answer, fps=VIMO_FPS, samples=samples)


def measure_choreographed(
    answer: Answer, seed: int, extent: Extent, *, samples: int = 1
) -> dict[str, Figures]:
    """Errors on held-out choreography, and the distances of distributions."""
    several = extent.sampled * len(seen_actions())
    ways, motions = {}, []
    videos = choreographed_videos(seed, extent.clips)
    for number, video in enumerate(videos):
        drawn = answer(video, samples if number < several else 1)
        motions.append(drawn[0])
        found = compare(drawn, video.truth, fps=video.fps)
        for way, values in found.items():
            ways.setdefault(way, []).append(values)
    figures = {
        named(CHOREOGRAPHED, way): mean_figures(found) | {"clips": len(found)}
        for way, found in ways.items()
    }
    figures[CHOREOGRAPHED] |= against_reference(motions, extent)
    return figures


def against_reference(motions: Sequence[Tensor], extent: Extent) -> Figures:
    """FID and Div of motions against choreography that no arm was shown."""
    found = dance_features(motions, fps=VIMO_FPS)
    return distribution_figures(found, reference_features(extent.clips))


@functools.lru_cache(maxsize=1)
def reference_features(clips: int) -> dict[str, Tensor]:
    """Features of the one set that all distributions are compared with."""
    made = choreographed_clips(REFERENCE_SEED, clips)
    return dance_features([clip.joints() for clip in made], fps=VIMO_FPS)


def measure_real(seed: int, extent: Extent) -> dict[str, Figures]:
    """The true motions of the row against the reference."""
    truths = [v.truth for v in choreographed_videos(seed, extent.clips)]
    return {CHOREOGRAPHED: against_reference(truths, extent)}


def measure_plainly(use, seed: int, extent: Extent) -> dict[str, Figures]:
    """One answer to everything; ``use`` as in ``measure_fully``."""
    return measure(use(), seed, extent)


def measure_fully(use, seed: int, extent: Extent) -> dict[str, Figures]:
    """A lifter's several samples, guidance and numbers of evaluations.

    Args:
        use: ``sampling=`` -> the arm.
    """
    figures = measure(use(), seed, extent, samples=extent.samples)
    base = real_videos(seed, extent)
    ways = {"guidance 2": (Sampling(guidance=2.0), True)}
    for steps in extent.evaluations:
        name = "1 evaluation" if steps == 1 else f"{steps} evaluations"
        ways[name] = Sampling(steps=steps), False
    for name, (sampling, families) in ways.items():
        found = answer_videos(use(sampling=sampling), base)[""]
        own = by_family(found, name)
        figures |= own if families else in_short(own)
    return figures


def in_short(figures: dict[str, Figures]) -> dict[str, Figures]:
    """Without single families and lesser figures: for curves."""
    return {
        name: {key: own[key] for key in CURVES if key in own}
        for name, own in figures.items()
        if name.partition(", ")[0] in MACROS
    }
