"""The numbers of the dance papers: foot contact, beats, and two feature sets.

Joints are Z up and in metres. Most of these numbers depend on the frame rate
by definition: each docstring says how.
"""

import math
import warnings

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from mini_vimogen.metrics.dance_geometric import geometric_features
from mini_vimogen.metrics.dance_kinetic import kinetic_features, zero_start
from mini_vimogen.metrics.joint_input import batch_of_clips, require_fps

__all__ = [
    "beat_alignment",
    "geometric_features",
    "kinetic_features",
    "motion_beats",
    "physical_foot_contact",
    "zero_start",
]

PUBLISHED_FPS = 30.0
_FEET = ((7, 10), (8, 11))  # left and right: ankle, toes
_NO_BEAT = -1


def physical_foot_contact(
    joints: Tensor, *, fps: float = PUBLISHED_FPS, compat: bool = True
) -> Tensor:
    """Does the body accelerate without a planted foot? Lower is better.

    The root's acceleration (its downward part is free) as a share of the
    clip's largest, times how far the left and the right foot slide in that
    frame, averaged and times 10,000.

    Args:
        joints: [..., frames, at least 12 joints in SMPL order, 3], Z up,
            metres, at least 3 frames.
        fps: frames per second of the joints.
        compat: the published number, in square metres per square frame: fps
            cancels out of it, so it may only be compared at 30 fps, and any
            other fps draws a warning. False gives what the same motion would
            score at 30 fps.

    Returns:
        [...], one number a clip; average over clips for a set. A root that
        never accelerates scores 0 (the original divides 0 by 0).

    Raises:
        ValueError: wrong shape, too few joints or frames, NaN, fps.

    Source: EDGE (Tseng et al. 2023), section 4.2.
    """
    joints = batch_of_clips(joints, least_frames=3)
    fps = require_fps(fps)
    if joints.shape[-2] < 12:
        raise ValueError(
            f"joints must have the feet of SMPL, so at least 12 joints, got "
            f"{joints.shape[-2]}"
        )
    if compat and fps != PUBLISHED_FPS:
        warnings.warn(
            f"the published foot contact is per frame at {PUBLISHED_FPS:g} "
            f"fps and is not comparable at {fps:g} fps; compat=False rescales",
            stacklevel=2,
        )
    clip = joints.double()
    acceleration = clip[..., 0, :].diff(n=2, dim=-2)  # [..., frames - 2, 3]
    level, upward = acceleration[..., :2], acceleration[..., 2:].clamp(min=0)
    size = torch.cat([level, upward], dim=-1).norm(dim=-1)
    largest = size.amax(-1, keepdim=True)
    share = size / torch.where(largest > 0, largest, torch.ones_like(largest))
    slide = torch.ones_like(share)
    for foot in _FEET:
        step = clip[..., 1:, foot, :2].diff(dim=-3).norm(dim=-1)
        slide = slide * step.amin(-1)
    scale = 10_000 if compat else 10_000 * (fps / PUBLISHED_FPS) ** 2
    return ((share * slide).mean(-1) * scale).to(joints.dtype)


def motion_beats(joints: Tensor, *, sigma: float = 5.0) -> Tensor:
    """Frames at which the body pauses: strict minima of the smoothed speed.

    Args:
        joints: [..., frames, joints, 3] metres, at least 2 frames.
        sigma: width of the Gaussian in frames. The published 5 was chosen at 60
            fps; at 30 fps the same 5 frames are twice the time.

    Returns:
        int64 frame indices [beats] for one clip; for a batch [..., most beats],
        padded with -1. A still clip, or one that only speeds up, has none.

    Raises:
        ValueError: wrong shape, fewer than 2 frames, NaN.

    Source: Bailando (Siyao et al. 2022), beat alignment.
    """
    joints = batch_of_clips(joints, least_frames=2)
    # The joints' own precision is kept: in float32 two neighbours may tie,
    # and a tie is no beat, here as in the original.
    clip = joints.detach().cpu().numpy()
    step = np.diff(clip, axis=-3)
    speed = np.sqrt(np.square(step).sum(-1)).mean(-1)  # [..., frames - 1]
    smooth = gaussian_filter1d(speed, sigma, axis=-1)
    inner = smooth[..., 1:-1]
    low = (inner < smooth[..., :-2]) & (inner < smooth[..., 2:])
    lead = low.shape[:-1]
    low = low.reshape(math.prod(lead), low.shape[-1])
    beats = [np.flatnonzero(row) + 1 for row in low]
    most = max(map(len, beats), default=0)
    padded = np.full((len(beats), most), _NO_BEAT, dtype=np.int64)
    for row, found in zip(padded, beats, strict=True):
        row[: len(found)] = found
    return torch.from_numpy(padded.reshape(*lead, most)).to(joints.device)


def beat_alignment(
    joints: Tensor,
    music_beats,
    *,
    sigma: float = 3.0,
    over: str = "music",
) -> Tensor:
    """How close the dance pauses to the beats of the music, from 0 to 1.

    Args:
        joints: [..., frames, joints, 3] metres.
        music_beats: [..., beats] frame indices of the musical beats; -1 pads.
        sigma: tolerance in frames; 3 as published (chosen at 60 fps).
        over: "music" averages over the musical beats (Bailando, ViMo), "motion"
            over the motion's beats (AIST++). They are different numbers.

    Returns:
        [...], one number a clip. A clip without a motion beat scores 0: nothing
        meets the music (the original stops with an error).

    Raises:
        ValueError: wrong shapes, NaN, or a clip without a musical beat.

    Source: Bailando (Siyao et al. 2022), equation 8; AIST++ (Li et al. 2021).
    """
    if over not in ("music", "motion"):
        raise ValueError(f"over must be 'music' or 'motion', got {over!r}")
    joints = batch_of_clips(joints, least_frames=2)
    music = torch.as_tensor(music_beats, device=joints.device)
    lead = joints.shape[:-3]
    if music.is_floating_point() and not torch.isfinite(music).all():
        raise ValueError("music_beats must be finite frame indices, got NaN")
    if music.ndim == 0 or music.shape[:-1] != lead:
        raise ValueError(
            f"music_beats must have shape {[*lead, 'beats']} to go with "
            f"joints, got {list(music.shape)}"
        )
    if not (music >= 0).any(-1).all():
        raise ValueError(
            "music_beats must hold at least 1 beat of 0 or more for every clip"
        )
    dance = motion_beats(joints)
    centres, others = (music, dance) if over == "music" else (dance, music)
    return _closeness(centres, others, sigma).to(joints.dtype)


def _closeness(centres: Tensor, others: Tensor, sigma: float) -> Tensor:
    """Mean over ``centres`` of a Gaussian of the distance to ``others``."""
    if centres.shape[-1] == 0 or others.shape[-1] == 0:
        return centres.new_zeros(centres.shape[:-1], dtype=torch.float64)
    gap = (centres[..., :, None] - others[..., None, :]).abs().double()
    gap = gap.masked_fill(others[..., None, :] < 0, torch.inf).amin(-1)
    near = torch.exp(-gap.square() / (2 * sigma**2))
    counts = (centres >= 0).double()
    return (near * counts).sum(-1) / counts.sum(-1).clamp(min=1)
