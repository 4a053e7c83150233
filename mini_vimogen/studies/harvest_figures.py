"""The tests of the study of the harvest, and what a harvest is told by."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor

from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.studies.harvest_models import SEEN, VIDEO_ONLY
from mini_vimogen.studies.harvest_motions import (
    REFERENCE_SEED,
    Gathered,
    fidelity,
    fresh_clips,
    fresh_videos,
    with_legs_hidden,
)
from mini_vimogen.studies.harvest_samples import features_of
from mini_vimogen.studies.table1_figures import (
    Figures,
    dance_features,
    distribution_figures,
    macro,
    mean_figures,
)
from mini_vimogen.studies.table1_measure import CURVES, in_short
from mini_vimogen.studies.table1_motions import Extent as Table1Extent
from mini_vimogen.studies.table1_motions import (
    choreographed_videos,
    real_videos,
    with_hidden,
)
from mini_vimogen.studies.table1_ways import (
    Answer,
    answer_videos,
    by_family,
    named,
)

LEGS_HIDDEN = "legs hidden"


@dataclass(frozen=True)
class Extent:
    """How much is filmed and measured.

    Args:
        videos: to harvest, of each video-only action.
        tests: other videos of each video-only action.
        seen: choreographed test clips of each seen action.
        real: of the real test clips; see ``table1_motions``.
        sampled: of ``videos``, those of "several samples".
        samples: motions of each of these.
        hidden: shares of joints hidden in the tests, beside none.
    """

    videos: int = 48
    tests: int = 25
    seen: int = 4
    real: Table1Extent = field(default_factory=Table1Extent)
    sampled: int = 24
    samples: tuple[int, ...] = (1, 3, 10)
    hidden: tuple[float, ...] = (0.4,)


def measure_answer(
    answer: Answer, seed: int, extent: Extent
) -> dict[str, Figures]:
    """The tests of a model: the new actions, seen ones, real clips."""
    motions: list[Tensor] = []

    def answer_noting(video, samples: int) -> list[Tensor]:
        motions.extend(found := answer(video, samples))
        return found

    videos = fresh_videos(extent.tests, seed=seed)
    figures = by_action(answer_videos(answer_noting, videos)[""])
    figures[VIDEO_ONLY] |= {"clips": len(videos)}
    figures[VIDEO_ONLY] |= against_reference(motions, extent)
    for share in extent.hidden:
        worse = with_hidden(videos, share, seed)
        found = answer_videos(answer, worse)[""]
        figures |= by_action(found, f"{100 * share:.0f} % hidden")
    worse = [with_legs_hidden(video) for video in videos]
    figures |= by_action(answer_videos(answer, worse)[""], LEGS_HIDDEN)
    seen = answer_videos(answer, choreographed_videos(seed, extent.seen))[""]
    figures[SEEN] = in_brief(mean_figures(own for _, own in seen))
    real = answer_videos(answer, real_videos(seed, extent.real))[""]
    return figures | in_short(by_family(real))


def by_action(
    found: Sequence[tuple[str, Figures]], condition: str = ""
) -> dict[str, Figures]:
    """Figures of each action and of all, actions counting alike."""
    means = {
        action: mean_figures(own for name, own in found if name == action)
        for action in dict.fromkeys(action for action, _ in found)
    }
    all_of_them = means | {VIDEO_ONLY: macro(means.values())}
    return {
        named(name, condition): in_brief(own)
        for name, own in all_of_them.items()
    }


def in_brief(figures: Figures) -> Figures:
    """Without what is not asked here."""
    return {name: figures[name] for name in CURVES if name in figures}


def against_reference(motions: Sequence[Tensor], extent: Extent) -> Figures:
    """FID and Div against true motions of the actions that nobody was shown."""
    true = [clip for _, clip in fresh_clips(extent.tests, seed=REFERENCE_SEED)]
    return distribution_figures(
        dance_features(motions, fps=VIMO_FPS), features_of(true)
    )


def funnel(found: Gathered) -> Figures:
    """What the gates turned away, and how true the kept motions are."""
    kept = {one.candidate.name for one in found.kept}
    true = {one.candidate.name: fidelity(one) for one in found.samples}
    lost = {f"lost_at_{s.gate}": s.lost for s in found.curation.funnel[1:]}
    figures = {"candidates": found.curation.funnel[0].left, "kept": len(kept)}
    passed = mean_figures(true[name] for name in true if name in kept)
    turned = mean_figures(true[name] for name in true if name not in kept)
    if turned:
        figures["rejected_pa_mpjpe_mm"] = turned["pa_mpjpe_mm"]
    return figures | lost | in_brief(passed)
