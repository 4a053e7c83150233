"""Arms for a motion of which all else is known: ours, and three guesses."""

import functools
from collections.abc import Sequence

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.data import library
from mini_vimogen.geometry.rotations import nearest_rotation, slerp_rotmat
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.models.lifter import ScaledModel
from mini_vimogen.representation.known import PARTS
from mini_vimogen.studies.completion_ways import pieces
from mini_vimogen.tasks.complete import completions_of
from mini_vimogen.tasks.completion_request import Given, Request
from mini_vimogen.tasks.lift import Sampling

ARMS_OF_THE_BODY = tuple(SMPL24.index(name) for name in PARTS["arms"])
KEPT = tuple(i for i in range(len(SMPL24)) if i not in ARMS_OF_THE_BODY)


@functools.lru_cache(maxsize=1)
def mean_arms() -> Tensor:
    """Rotations [10, 3, 3] of the arms' joints, averaged over real training
    clips, each clip counting once."""
    means = [
        clip.local_rotmat[:, ARMS_OF_THE_BODY].mean(dim=0)
        for clip in library.real_motion("train")
    ]
    return nearest_rotation(torch.stack(means).mean(dim=0))


def with_arms(clip: Clip, rotmat: Tensor) -> Clip:
    """The clip with other arms, [10, 3, 3] or [frames, 10, 3, 3]."""
    local = clip.local_rotmat.clone()
    local[:, ARMS_OF_THE_BODY] = rotmat
    return clip.with_(local_rotmat=local)


def turning_arms(clip: Clip) -> Clip:
    """The arms turn at constant speed from the first frame to the last."""
    first, last = (
        clip.local_rotmat[frame, ARMS_OF_THE_BODY].expand(
            clip.frames, -1, -1, -1
        )
        for frame in (0, -1)
    )
    weight = torch.linspace(0, 1, clip.frames)[:, None]
    turned = slerp_rotmat(first, last, weight.expand(-1, first.shape[1]))
    return with_arms(clip, turned)


def made_up_arms(
    clips: Sequence[Clip],
    model: ScaledModel,
    *,
    samples: int,
    way: str,
    sampling: Sampling,
    generator: torch.Generator,
) -> list[list[Clip]]:
    """Everything but the arms is known; the lifter makes them up, for each
    clip so many times."""
    parts = ("legs", "torso", "head")
    made = completions_of(
        [Request(clip.frames, [Given(clip, joints=parts)]) for clip in clips],
        lifter=model,
        samples=samples,
        way=way,
        sampling=sampling,
        generator=generator,
    )
    return [[done.clip for done in own] for own in made]


def another_motions_arms(clip: Clip, number: int) -> Clip:
    """Arms of a real training clip: a guess as sure of itself as a sample."""
    others = [
        piece
        for other in library.real_motion("train")
        for piece in pieces(other, clip.frames)
    ]
    other = others[number % len(others)]
    return with_arms(clip, other.local_rotmat[:, ARMS_OF_THE_BODY])
