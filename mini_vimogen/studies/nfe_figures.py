"""Figures of many windows at once; ``table1_figures`` says what they are."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.geometry.kinematics import FOOT_JOINTS
from mini_vimogen.metrics.alignment import root_relative
from mini_vimogen.metrics.pose_error import jitter, mpjpe, pa_mpjpe
from mini_vimogen.studies.table1_figures import (
    SLOWEST_CONTACT,
    Figures,
    dance_features,
    distribution_figures,
)

DISTANCES = ("fid_", "div_", "true_div_")


def window_figures(
    guess: Tensor, truth: Tensor, *, reference: dict[str, Tensor]
) -> Figures:
    """Errors and distances of windows [windows, frames, 24, 3], metres.

    The mean of what ``clip_figures`` says of each window; jitter over true
    jitter is a ratio of means.

    Args:
        guess, truth: of equal shape.
        reference: ``dance_features`` of other motions.
    """
    own, true = (
        float(jitter(root_relative(joints), fps=VIMO_FPS).mean()) / 1000
        for joints in (guess, truth)
    )
    steps = truth[:, :, FOOT_JOINTS].diff(dim=1).norm(dim=-1) * VIMO_FPS
    standing = steps < SLOWEST_CONTACT
    return {
        "mpjpe_mm": float(mpjpe(guess, truth, align="yaw").mean()),
        "pa_mpjpe_mm": float(pa_mpjpe(guess, truth).mean()),
        "jitter_m_s3": own,
        "true_jitter_m_s3": true,
        "jitter_ratio": own / true,
        "sliding_m_s": window_sliding(guess, standing),
        "true_sliding_m_s": window_sliding(truth, standing),
        "windows": len(guess),
    } | distances(guess, reference)


def window_sliding(joints: Tensor, standing: Tensor) -> float:
    """Mean level speed of standing feet, each window counting once.

    Args:
        joints: [windows, frames, 24, 3].
        standing: bool [windows, frames - 1, 4].
    """
    step = joints[:, :, FOOT_JOINTS, :2].diff(dim=1).norm(dim=-1) * VIMO_FPS
    count = standing.sum(dim=(1, 2))
    mean = (step * standing).sum(dim=(1, 2))[count > 0] / count[count > 0]
    return float(mean.mean())


def distances(
    motions: Sequence[Tensor], reference: dict[str, Tensor]
) -> Figures:
    """FID and Div of motions, in both modes."""
    found = distribution_figures(
        dance_features(motions, fps=VIMO_FPS), reference
    )
    return {
        name: value
        for name, value in found.items()
        if name.startswith(DISTANCES)
    }


def apart_mm(one: Tensor, other: Tensor) -> float:
    """Mean distance of joints around the root, in mm."""
    apart = root_relative(one) - root_relative(other)
    return 1000 * float(torch.linalg.vector_norm(apart, dim=-1).mean())
