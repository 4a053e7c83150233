"""Does the motion do what the sentence says? Checks in numbers, and judges.

A *check* (``metrics.checks``) is a named question with the numbers of its
caption. A *judge* chooses between captions; MBench's two language dimensions
ask one. The paper's judge is a vision-language model that looks at renderings;
a judge here is anything with the two methods of ``Judge``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from mini_vimogen.metrics.checks import CHECKS, Check, InOrder, passes_all

__all__ = [
    "CHECKS",
    "Check",
    "CheckJudge",
    "InOrder",
    "Judge",
    "condition_consistency",
    "generalizability",
    "passes_all",
]


class Judge(Protocol):
    """Says which words fit a clip. Joints [frames, 22 or 24, 3], Z up."""

    def choose(
        self, joints: Tensor, options: Sequence[str], *, fps: float
    ) -> int | None:
        """Index of the option that fits best; None when it cannot say."""

    def accepts(self, joints: Tensor, caption: str, *, fps: float) -> bool:
        """True if the clip may be described by the caption."""


@dataclass(frozen=True)
class CheckJudge:
    """A judge by numbers: it knows the checks of the captions it was given."""

    checks: Mapping[str, Sequence[Check | InOrder]]

    def accepts(self, joints: Tensor, caption: str, *, fps: float) -> bool:
        if caption not in self.checks:
            raise ValueError(f"caption {caption!r} has no numeric check")
        return passes_all(self.checks[caption], joints, fps=fps)

    def choose(
        self, joints: Tensor, options: Sequence[str], *, fps: float
    ) -> int | None:
        fitting = [
            at
            for at, option in enumerate(options)
            if option in self.checks and self.accepts(joints, option, fps=fps)
        ]
        return fitting[0] if len(fitting) == 1 else None


def condition_consistency(
    judge: Judge,
    clips: Sequence[Tensor],
    labels: Sequence[str],
    distractors: Sequence[Sequence[str]],
    *,
    fps: float,
    generator: torch.Generator,
) -> list[bool]:
    """Motion_Condition_Consistency: was the right label chosen, per clip?

    The label and its distractors are shuffled; a distractor equal to the label
    (ignoring case) is dropped, as in the published set. The score is the mean.
    A judge that cannot say counts as wrong: no clip is left out.

    Source: MBench (ViMoGen, arXiv 2510.26794), 10-way choice.
    """
    _require_same_length(clips, labels, "labels")
    _require_same_length(clips, distractors, "distractors")
    right = []
    for joints, label, others in zip(clips, labels, distractors, strict=True):
        options = [label]
        options += [o for o in others if o.lower() != label.lower()]
        order = torch.randperm(len(options), generator=generator).tolist()
        chosen = judge.choose(joints, [options[i] for i in order], fps=fps)
        right.append(chosen is not None and order[chosen] == 0)
    return right


def generalizability(
    judge: Judge,
    clips: Sequence[Tensor],
    captions: Sequence[str],
    *,
    fps: float,
) -> list[bool]:
    """Motion_Generalizability: is the caption accepted, per clip?

    Source: MBench (ViMoGen, arXiv 2510.26794), yes or no.
    """
    _require_same_length(clips, captions, "captions")
    return [
        judge.accepts(joints, caption, fps=fps)
        for joints, caption in zip(clips, captions, strict=True)
    ]


def _require_same_length(clips: Sequence, others: Sequence, name: str) -> None:
    if len(clips) != len(others):
        raise ValueError(
            f"{name} must hold one entry for each of {len(clips)} clips, got "
            f"{len(others)}"
        )
