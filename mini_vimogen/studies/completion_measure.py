"""What the arms of the study completion are measured on, and by."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from mini_vimogen.metrics.pose_error import mpjpe
from mini_vimogen.studies import completion_arms as arms
from mini_vimogen.studies import completion_ways as ways
from mini_vimogen.studies.completion_figures import (
    family_figures,
    gap_figures,
    group_figures,
    means,
)
from mini_vimogen.studies.completion_seams import (
    lift_in_windows,
    long_video,
    seam_figures,
    seam_ratio,
)
from mini_vimogen.studies.completion_ways import Fill, Holed
from mini_vimogen.studies.table1_figures import Figures, macro
from mini_vimogen.studies.table1_motions import generator_of, is_walking
from mini_vimogen.tasks.complete import USUAL_SAMPLING


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Args:
        gaps: lengths in frames.
        guided_gaps: those of which a video is shown.
        piece: frames of a piece with a gap.
        takes: real clips a family at most; None is all.
        clips: choreographed clips.
        samples: of the arms.
        tracks: long videos a row. seconds: of each.
        costs: seconds of the lifts whose cost is measured.
    """

    gaps: tuple[int, ...] = (5, 15, 30, 45)
    guided_gaps: tuple[int, ...] = (30, 45)
    piece: int = 60
    takes: int | None = None
    clips: int = 48
    samples: int = 5
    tracks: int = 4
    seconds: float = 20.0
    costs: tuple[float, ...] = (10.0, 60.0)


def gaps_filled(
    fill: Fill, gaps: Sequence[int], seed: int, extent: Extent
) -> dict[str, Figures]:
    """Figures of every group of gaps; see the module."""
    pieces = ways.real_pieces(extent.takes, extent.piece)
    others = ways.choreographed_pieces(seed, extent.clips, extent.piece)
    figures: dict[str, Figures] = {}
    for length in gaps:
        holes = [
            ways.with_gap(clip, length, group=family, number=number)
            for number, (family, clip) in enumerate(pieces)
        ]
        made = [
            ways.with_gap(clip, length, group="", number=100_000 + number)
            for number, clip in enumerate(others)
        ]
        families = by_group(holes, gaps_in(holes, fill, seed))
        walking = {k: v for k, v in families.items() if is_walking(k)}
        acrobatic = {k: v for k, v in families.items() if not is_walking(k)}
        name = f"gap {length}"
        for before, part in (
            ("", families),
            ("walking, ", walking),
            ("acrobatics, ", acrobatic),
        ):
            if part:
                figures[before + name] = family_figures(part)
        figures[f"choreographed {name}"] = group_figures(
            gaps_in(made, fill, seed)
        )
    return figures


def gaps_in(holes: Sequence[Holed], fill: Fill, seed: int) -> list[Figures]:
    """The figures of each motion whose gap was filled."""
    return [
        gap_figures(
            ours.joints(),
            holed.clip.joints(),
            holed.gap,
            fps=holed.clip.fps,
        )
        for ours, holed in zip(fill(holes, seed), holes, strict=True)
    ]


def by_group(
    holes: Sequence[Holed], figures: Sequence[Figures]
) -> dict[str, list[Figures]]:
    """The figures of each group, in the order of their first motions."""
    groups: dict[str, list[Figures]] = {}
    for holed, own in zip(holes, figures, strict=True):
        groups.setdefault(holed.group, []).append(own)
    return groups


def arms_made_up(model, seed: int, extent: Extent) -> dict[str, Figures]:
    """Arms of real clips by the lifter and by three that need none.

    A sample is one of many arms that would do; the mean of some is compared
    with what the mean arm is compared with.

    ``arms_mpjpe_mm`` is of the ten joints of both arms, in the world;
    ``known_error_m`` the largest error of any other joint.
    """
    pieces = ways.real_pieces(extent.takes, extent.piece)
    clips = [clip for _, clip in pieces]
    sampled = arms.made_up_arms(
        clips,
        model,
        samples=extent.samples,
        way="kriged",
        sampling=USUAL_SAMPLING,
        generator=generator_of(seed, 0),
    )
    answers = {
        "arms": [own[0].joints() for own in sampled],
        f"arms, mean of {extent.samples}": [
            torch.stack([one.joints() for one in own]).mean(dim=0)
            for own in sampled
        ],
        "arms, mean": [
            arms.with_arms(clip, arms.mean_arms()).joints() for clip in clips
        ],
        "arms, slerp": [arms.turning_arms(clip).joints() for clip in clips],
        "arms, another's": [
            arms.another_motions_arms(clip, seed + number).joints()
            for number, clip in enumerate(clips)
        ],
    }
    found: dict[str, Figures] = {}
    for name, made in answers.items():
        families: dict[str, list[Figures]] = {}
        for (family, clip), ours in zip(pieces, made, strict=True):
            own = arms_figures(ours, clip.joints())
            families.setdefault(family, []).append(own)
        found[name] = macro([means(clips) for clips in families.values()])
    return found


def arms_figures(ours, truth) -> Figures:
    """Joints [frames, 24, 3] whose arms alone were made up."""
    made, true = (
        joints[:, list(arms.ARMS_OF_THE_BODY)] for joints in (ours, truth)
    )
    kept = (ours - truth)[:, list(arms.KEPT)]
    return {
        "arms_mpjpe_mm": float(mpjpe(made, true)),
        "known_error_m": float(kept.norm(dim=-1).max()),
    }


def long_lifts(
    model, overlap: int | None, seed: int, extent: Extent
) -> dict[str, Figures]:
    """Jitter at the seams of long lifts over that inside; see the module."""
    each = []
    for number in range(extent.tracks):
        video = long_video(extent.seconds, number=number, seed=seed)
        clip, seams = lift_in_windows(video, model, overlap=overlap, seed=seed)
        each.append(
            seam_figures(clip.joints(), video.truth, seams, fps=clip.fps)
        )
    figures = means(each)
    for name in ("", "true_"):
        figures[f"{name}seam_ratio"] = seam_ratio(figures, name)
    return {"seams": figures}
