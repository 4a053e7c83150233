"""Are several samples of a video worth several videos? ViMo's amplification.

The first model lifts every video several times. For so many videos and so many
samples of each: how far the samples of a video are from one another, and from
the motion that was filmed; how many pass the gates; and what the set is worth,
as motions that nobody filmed find it: how near the nearest one of the set is to
each (``coverage_mm``), and how its features spread.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.data.curation import curate
from mini_vimogen.data.quality_gates import apart_mm, outline
from mini_vimogen.metrics.alignment import root_relative
from mini_vimogen.metrics.pose_error import mpjpe, pa_mpjpe
from mini_vimogen.studies.harvest_motions import Gathered, Sample, Source
from mini_vimogen.studies.table1_figures import (
    Figures,
    dance_features,
    distribution_figures,
)
from mini_vimogen.tasks.lift import Sampling

WAYS = {
    "": Sampling(),
    "guidance 0.5": Sampling(guidance=0.5),
}
"""How the first model is sampled: as ever, and with the keypoints half
ignored."""
KEPT_MODES = ("k", "m")
"""Dance features of which the set's figures are told."""


def set_name(videos: int, samples: int) -> str:
    """The name of a set's figures.

    >>> set_name(96, 1), set_name(32, 3)
    ('96 videos, 1 sample', '32 videos, 3 samples')
    """
    return f"{videos} videos, {samples} sample{'s' if samples > 1 else ''}"


def first_samples(found: Gathered, files: set[str], count: int) -> Gathered:
    """The harvest of some of the videos with so many samples of each.

    The gates are asked again: a motion is a duplicate only of what is there.
    """
    some = tuple(
        one
        for one in found.samples
        if one.source.file in files and one.number < count
    )
    return Gathered(some, curate([one.candidate for one in some]))


def sets_of(
    found: Gathered,
    videos: Sequence[Source],
    tests: Sequence[Clip],
    *,
    samples: Sequence[int],
) -> dict[str, Figures]:
    """Figures of the sets of a third of the videos and of all.

    Args:
        found: with at least ``max(samples)`` samples of each video.
        videos: in turn by action, so that any first ones are balanced.
        tests: motions that nobody filmed.
        samples: of each video.
    """
    seen = Seen(tests)
    figures = {}
    for count in dict.fromkeys((max(len(videos) // 3, 1), len(videos))):
        files = {video.file for video in videos[:count]}
        for number in samples:
            part = first_samples(found, files, number)
            figures[set_name(count, number)] = (
                {"lifted": len(part.samples), "kept": len(part.kept)}
                | between_samples(part.samples)
                | seen.worth([one.clip for one in part.kept])
            )
        truths = [video.truth for video in videos[:count]]
        figures[f"{count} videos, true motions"] = seen.worth(truths)
    return figures


def between_samples(samples: Sequence[Sample]) -> Figures:
    """Of each video's samples: errors, and how far they are apart.

    ``apart_mm`` is the mean distance of the joints of two samples around the
    root, and does not grow with the number of samples; ``spread_mm`` is that
    from the samples' mean, and does. Videos count alike.
    """
    by_file: dict[str, list[Sample]] = {}
    for one in samples:
        by_file.setdefault(one.source.file, []).append(one)
    rows = [_of_one_video(own) for own in by_file.values()]
    return {
        name: sum(row[name] for row in rows) / len(rows) for name in rows[0]
    }


def _of_one_video(samples: Sequence[Sample]) -> Figures:
    truth = samples[0].source.truth.joints()
    motions = torch.stack([one.clip.joints() for one in samples])
    errors = pa_mpjpe(motions, truth.expand_as(motions))
    figures = {
        "pa_mpjpe_mm": float(errors.mean()),
        "best_pa_mpjpe_mm": float(errors.min()),
        "mean_pa_mpjpe_mm": float(pa_mpjpe(motions.mean(dim=0), truth)),
        "mpjpe_mm": float(
            mpjpe(motions, truth.expand_as(motions), align="yaw").mean()
        ),
    }
    count = len(motions)
    if count == 1:
        return figures
    around = 1000 * root_relative(motions)
    pairs = around[:, None] - around[None]  # [samples, samples, f, j, 3]
    total = pairs.norm(dim=-1).mean(dim=(2, 3)).sum()
    spread = (around - around.mean(dim=0)).norm(dim=-1).mean()
    return figures | {
        "apart_mm": float(total) / (count * (count - 1)),
        "spread_mm": float(spread),
    }


class Seen:
    """What a set is worth to motions that were not filmed.

    Args:
        tests: those motions.
    """

    def __init__(self, tests: Sequence[Clip]):
        self._outlines = [outline(clip) for clip in tests]
        self._features = features_of(tests)

    def worth(self, clips: Sequence[Clip]) -> Figures:
        """Coverage, and Frechet distance and diversity of the features.

        Nothing of fewer than two clips, which are no set.
        """
        if len(clips) < 2:
            return {}
        outlines = torch.stack([outline(clip) for clip in clips])
        nearest = [
            float(apart_mm(one, outlines).min()) for one in self._outlines
        ]
        told = distribution_figures(features_of(clips), self._features)
        return {"coverage_mm": sum(nearest) / len(nearest)} | {
            name: told[name]
            for mode in KEPT_MODES
            for name in (f"fid_{mode}", f"div_{mode}", f"true_div_{mode}")
        }


def features_of(clips: Sequence[Clip]) -> dict[str, Tensor]:
    """Dance features of clips."""
    return dance_features([clip.joints() for clip in clips], fps=VIMO_FPS)
