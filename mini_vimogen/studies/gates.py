"""What the gates of a harvest catch, and what they cost.

The arm ``clean`` counts what is lost of motions without fault: the real
training clips, and choreographed ones, each with its track as a casual camera
sees it. Every other arm plants one defect in them at three strengths, weakest
first, and counts how many of those that passed are then turned away, by any
gate and by the one that is meant for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache

import torch

from mini_vimogen.data.casual_video import film_clip
from mini_vimogen.data.choreographer import ACTIONS, choreograph
from mini_vimogen.data.curation import curate
from mini_vimogen.data.library import real_motion
from mini_vimogen.data.quality_gates import Thresholds
from mini_vimogen.studies.gate_defects import (
    DEFECTS,
    Defect,
    Example,
    example,
)
from mini_vimogen.studies.rows import run_missing

PER_ACTION = 2
"""Choreographed clips an action."""

CLEAN = "clean"


@lru_cache(maxsize=1)
def clean_examples(seed: int) -> dict[str, list[Example]]:
    """Clean motions by where they come from, filmed by casual cameras."""
    generator = torch.Generator().manual_seed(seed)
    clips = {
        "real": real_motion("train"),
        "choreographed": [
            choreograph(action, generator=generator)
            for action in sorted(ACTIONS)
            for _ in range(PER_ACTION)
        ],
    }
    return {
        kind: [
            example(
                f"{kind} {number}",
                clip,
                film_clip(clip, generator=generator).track(),
            )
            for number, clip in enumerate(group)
        ]
        for kind, group in clips.items()
    }


ARMS = (CLEAN, *DEFECTS)


# ------------------------------------------------------------------ figures


def measure(arm: str, seed: int, thresholds: Thresholds) -> dict:
    """What is lost of clean motions, or caught of a defect."""
    if arm == CLEAN:
        return {
            kind: lost(group, thresholds)
            for kind, group in clean_examples(seed).items()
        }
    return caught(DEFECTS[arm], seed, thresholds)


def lost(group: Sequence[Example], thresholds: Thresholds) -> dict:
    """How many clean motions each gate turns away."""
    found = curate([one.candidate for one in group], thresholds)
    stages = {stage.gate: stage.lost for stage in found.funnel[1:]}
    return {
        "clips": len(group),
        "lost": sum(stages.values()) / len(group),
        "lost_at": stages,
        "why": {name: why.reason for name, why in found.rejected.items()},
    }


def caught(defect: Defect, seed: int, thresholds: Thresholds) -> dict:
    """Shares turned away at each strength, of motions that passed before."""
    examples = [one for group in clean_examples(seed).values() for one in group]
    candidates = [one.candidate for one in examples]
    passed = set(curate(candidates, thresholds).kept)
    good = [one for one in examples if one.candidate.name in passed]
    shares: dict[str, list[float]] = {"caught": [], "by_its_gate": []}
    for strength in defect.strengths:
        generator = torch.Generator().manual_seed(seed)
        spoiled = [defect.plant(one, strength, generator) for one in good]
        names = {one.name for one in spoiled}
        # A copy has another name: then the originals are in the set as well.
        firsts = [one.candidate for one in good]
        set_of_all = [one for one in firsts if one.name not in names] + spoiled
        found = curate(set_of_all, thresholds).rejected
        gates = [found[name].gate for name in names if name in found]
        shares["caught"].append(len(gates) / len(good))
        shares["by_its_gate"].append(gates.count(defect.gate) / len(good))
    return {
        "strengths": list(defect.strengths),
        "unit": defect.unit,
        "gate": defect.gate,
        "clips": len(good),
        **shares,
    }


def arm_recipe(arm: str, thresholds: Thresholds) -> dict:
    """All that the figures of an arm depend on, but for seed and code."""
    made = {"thresholds": asdict(thresholds), "per_action": PER_ACTION}
    if arm != CLEAN:
        made |= {"strengths": DEFECTS[arm].strengths}
    return made


def run(
    size: str | None = None,
    *,
    seeds: int = 3,
    arms: Sequence[str] = ARMS,
    folder=None,
    models=None,
    thresholds: Thresholds | None = None,
) -> Iterator[dict]:
    """Rows that do not exist yet, one by one as they are measured.

    Args:
        size, models: must be None; nothing is trained here.
        seeds: rows an arm.
        arms: of ``ARMS``.
        folder: of the rows; None is book/results.
        thresholds: None takes ``Thresholds()``.

    Raises:
        ValueError: an arm that the study does not have; a size, or models.
    """
    if unknown := set(arms) - set(ARMS):
        raise ValueError(
            f"arms must be among {', '.join(ARMS)}, got "
            f"{', '.join(sorted(unknown))}"
        )
    for name, value in (("size", size), ("models", models)):
        if value is not None:
            raise ValueError(
                f"{name} must be left alone, as nothing is trained; got {value}"
            )
    chosen = thresholds or Thresholds()
    yield from run_missing(
        "gates",
        {arm: arm_recipe(arm, chosen) for arm in arms},
        seeds=range(seeds),
        measure=lambda arm, _, seed: measure(arm, seed, chosen),
        size="none",
        device="cpu",
        folder=folder,
    )
