"""Taking conditions away while training, so that a model can do without."""

import torch
from torch import Tensor

from mini_vimogen.data.draws import BatchDraws
from mini_vimogen.data.occlusion import LIMBS, random_spans


def draw_present(
    batch: int, *, rate: float, generator: torch.Generator
) -> Tensor:
    """Which examples of a batch keep their condition: bool [batch].

    Args:
        batch: number of examples.
        rate: share that loses it; 0.25 in ViMo and EDGE.
        generator: source of randomness; its device is the result's.

    Raises:
        ValueError: the rate is not between 0 and 1.

    Source: classifier-free guidance (Ho and Salimans 2021); one draw a sample.

    >>> draw_present(3, rate=0.0, generator=torch.Generator()).tolist()
    [True, True, True]
    """
    _check_share("rate", rate)
    drawn = torch.rand(batch, generator=generator, device=generator.device)
    return drawn >= rate


def drop_joints(
    keypoints: Tensor,
    *,
    fps: float,
    generator: torch.Generator,
    joint_rate: float = 0.02,
    limbs_per_second: float = 0.2,
    absences_per_second: float = 0.05,
    span_seconds: tuple[float, float] = (0.1, 1.0),
) -> Tensor:
    """Lose joints of a track: each result is [..., frames, 17, 3] with zeros.

    Args:
        keypoints: [..., frames, 17, 3]; not changed.
        fps: frames per second.
        generator: source of randomness.
        joint_rate: share of single joints lost in single frames.
        limbs_per_second: spans in which a limb is lost.
        absences_per_second: spans in which the whole person is lost.
        span_seconds: shortest and longest span.

    Raises:
        ValueError: the rate is not between 0 and 1, or fps not positive.

    A track is never emptied: one that would be keeps what it had.
    """
    _check_share("joint_rate", joint_rate)
    if not fps > 0:
        raise ValueError(f"fps must be positive, got {fps}")
    frames, joints = keypoints.shape[-3:-1]
    flat = keypoints.reshape(-1, frames, joints, 3)
    draws = BatchDraws(flat, generator)
    seconds = torch.arange(frames, device=flat.device).to(flat) / fps
    lost = draws.chance(len(flat), frames, joints, share=joint_rate)
    everything = (tuple(range(joints)),)
    for groups, per_second in (
        (LIMBS, limbs_per_second),
        (everything, absences_per_second),
    ):
        lost = lost | random_spans(
            draws,
            len(flat),
            seconds,
            groups=groups,
            per_second=per_second,
            length=span_seconds,
        )
    kept = torch.where(lost[..., None], 0.0, flat)
    somebody = (kept[..., 2] > 0).flatten(1).any(dim=1)
    kept = torch.where(somebody[:, None, None, None], kept, flat)
    return kept.reshape(keypoints.shape)


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be between 0 and 1, got {value}")
