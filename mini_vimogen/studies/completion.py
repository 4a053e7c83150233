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
  "arms, mean" (the mean arm of the training clips), "arms, slerp" (from the
  first frame's to the last's, which ours does not know), "arms, another's" (of
  a training clip).
- "overlap", "no overlap": long lifts, jitter at the seams between windows over
  jitter inside ("seams"); what a lift costs ("10 s", "60 s").

``completion_figures`` says what is measured, ``completion_ways`` how gaps are
filled, ``completion_seams`` the long lifts, ``completion_aims`` what was hoped
for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mini_vimogen.metrics.pose_error import mpjpe
from mini_vimogen.studies import completion_ways as ways
from mini_vimogen.studies.completion_figures import (
    family_figures,
    gap_figures,
    group_figures,
    means,
)
from mini_vimogen.studies.completion_seams import (
    cost,
    lift_in_windows,
    long_video,
    seam_figures,
    seam_ratio,
)
from mini_vimogen.studies.completion_ways import Fill, Holed
from mini_vimogen.studies.model_folder import trained_path
from mini_vimogen.studies.rows import run_missing
from mini_vimogen.studies.table1_figures import (
    Figures,
    macro,
    rounded,
)
from mini_vimogen.studies.table1_motions import generator_of, is_walking
from mini_vimogen.tasks.complete import USUAL_SAMPLING
from mini_vimogen.tasks.lift import load_lifter
from mini_vimogen.tasks.train import Mix, recipe
from mini_vimogen.training.losses import LossWeights
from mini_vimogen.training.presets import Preset, preset

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


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Args:
        gaps: lengths in frames.
        guided_gaps: those of which a video is shown.
        piece: frames of a piece with a gap.
        takes: real clips a family at most; None is all.
        clips: choreographed clips.
        tracks: long videos a row. seconds: of each.
        costs: seconds of the lifts whose cost is measured.
    """

    gaps: tuple[int, ...] = (5, 15, 30, 45)
    guided_gaps: tuple[int, ...] = (30, 45)
    piece: int = 60
    takes: int | None = None
    clips: int = 48
    tracks: int = 4
    seconds: float = 20.0
    costs: tuple[float, ...] = (10.0, 60.0)


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

    ``arms_mpjpe_mm`` is of the ten joints of both arms, in the world;
    ``known_error_m`` the largest error of any other joint.
    """
    pieces = ways.real_pieces(extent.takes, extent.piece)
    clips = [clip for _, clip in pieces]
    answers = {
        "arms": ways.made_up_arms(
            clips,
            model,
            way="kriged",
            sampling=USUAL_SAMPLING,
            generator=generator_of(seed, 0),
        ),
        "arms, mean": [ways.with_arms(c, ways.mean_arms()) for c in clips],
        "arms, slerp": [ways.turning_arms(clip) for clip in clips],
        "arms, another's": [
            ways.another_motions_arms(clip, seed + number)
            for number, clip in enumerate(clips)
        ],
    }
    found: dict[str, Figures] = {}
    for name, made in answers.items():
        families: dict[str, list[Figures]] = {}
        for (family, clip), ours in zip(pieces, made, strict=True):
            own = arms_figures(ours.joints(), clip.joints())
            families.setdefault(family, []).append(own)
        found[name] = macro([means(clips) for clips in families.values()])
    return found


def arms_figures(ours, truth) -> Figures:
    """Joints [frames, 24, 3] whose arms alone were made up."""
    made, true = (
        joints[:, list(ways.ARMS_OF_THE_BODY)] for joints in (ours, truth)
    )
    kept = (ours - truth)[:, list(ways.KEPT)]
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


# --------------------------------------------------------------------- rows


def arm_recipe(arm: str, size: Preset, extent: Extent) -> dict:
    """All that the figures of an arm depend on, but for seed and code."""
    made = {"arm": arm, "extent": asdict(extent)}
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
