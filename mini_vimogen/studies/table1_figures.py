"""The figures of Table 1: of one clip, of a family, of two sets of motions.

Joints around the root are compared as ``metrics.pose_error`` says: MPJPE and
the acceleration error after one best turn about the vertical for the whole
clip, which a casual camera cannot know. Jitter is that of joints around the
root, against the true one's. Sliding is the level speed of the feet while the
true feet stand.

The path: both roots start in one place, and the lifted path is turned by the
same one turn, which the joints around the root choose and the path does not.
To let the first frame alone choose it (``path_end_first_share``) makes one
frame's error an error of the whole way.
"""

import math
from collections.abc import Iterable

import torch
from scipy.signal import savgol_filter
from torch import Tensor

from mini_vimogen.geometry.kinematics import FOOT_JOINTS
from mini_vimogen.metrics.alignment import best_yaw, root_relative
from mini_vimogen.metrics.dance import (
    geometric_features,
    kinetic_features,
    zero_start,
)
from mini_vimogen.metrics.distribution import diversity, frechet_distance
from mini_vimogen.metrics.pose_error import (
    acceleration_error,
    jitter,
    mpjpe,
    pa_mpjpe,
    root_yaw_aligned,
)

SMOOTHING_FRAMES, SMOOTHING_ORDER = 9, 2
SMOOTHING = "Savitzky-Golay, 9 frames (0.3 s), order 2"
SLOWEST_CONTACT = 0.3
"""Metres per second: a true foot that is slower stands (EDGE)."""
SHORTEST_PATH = 1.0
"""Metres: who travels less has no path to be wrong about."""

Figures = dict[str, float]


def clip_figures(
    guess: Tensor,
    truth: Tensor,
    *,
    fps: float,
    feet: tuple[int, ...] = FOOT_JOINTS,
) -> Figures:
    """Everything that is measured of one lifted clip.

    Args:
        guess, truth: [frames, joints, 3] metres, joint 0 the root.
        fps: frames per second of both.
        feet: joints that stand on the floor.
    """
    turned, centred = root_yaw_aligned(guess, truth)
    smooth = smoothed(guess)
    own, calm, true = (
        float(jitter(root_relative(joints), fps=fps)) / 1000
        for joints in (guess, smooth, truth)
    )
    standing = standing_feet(truth, fps=fps, feet=feet)
    return {
        "mpjpe_mm": float(mpjpe(turned, centred)),
        "pa_mpjpe_mm": float(pa_mpjpe(guess, truth)),
        "acceleration_m_s2": float(
            acceleration_error(turned, centred, fps=fps) / 1000
        ),
        "jitter_m_s3": own,
        "true_jitter_m_s3": true,
        "smoothed_jitter_m_s3": calm,
        "smoothed_pa_mpjpe_mm": float(pa_mpjpe(smooth, truth)),
        "sliding_m_s": sliding(guess, standing, fps=fps, feet=feet),
        "true_sliding_m_s": sliding(truth, standing, fps=fps, feet=feet),
    } | path_figures(guess, truth)


def smoothed(joints: Tensor) -> Tensor:
    """Joints [frames, joints, 3] after the filter that ``SMOOTHING`` names."""
    window = min(SMOOTHING_FRAMES, len(joints) - (len(joints) + 1) % 2)
    if window <= SMOOTHING_ORDER:
        return joints
    filtered = savgol_filter(joints.numpy(), window, SMOOTHING_ORDER, axis=0)
    return torch.from_numpy(filtered).to(joints)


def standing_feet(truth: Tensor, *, fps: float, feet) -> Tensor:
    """bool [frames - 1, feet]: still from this frame to the next."""
    speed = truth[:, feet].diff(dim=0).norm(dim=-1) * fps
    return speed < SLOWEST_CONTACT


def sliding(joints: Tensor, standing: Tensor, *, fps: float, feet) -> float:
    """Mean level speed of standing feet, metres per second; NaN if none is."""
    step = joints[:, feet, :2].diff(dim=0).norm(dim=-1)
    return float((step * fps)[standing].mean())


def path_figures(guess: Tensor, truth: Tensor) -> Figures:
    """Where the root ends, as a share of the distance that it travelled.

    Returns:
        ``path_end_share`` after the clip's one best turn,
        ``path_end_first_share`` after the first frame's,
        ``path_length_ratio`` lifted over true length; nothing where the true
        root travels less than ``SHORTEST_PATH``.
    """
    true = truth[:, 0, :2] - truth[0, 0, :2]
    path = guess[:, 0, :2] - guess[0, 0, :2]
    travelled = length(true)
    if travelled < SHORTEST_PATH:
        return {}
    return {
        "path_end_share": end_error(path, true, best_yaw(guess, truth))
        / travelled,
        "path_end_first_share": end_error(
            path, true, best_yaw(guess[:1], truth[:1])
        )
        / travelled,
        "path_length_ratio": length(path) / travelled,
    }


def end_error(path: Tensor, true: Tensor, yaw: Tensor) -> float:
    """Distance of the ends of two level paths [frames, 2], one turned."""
    x, y = path[-1]
    turned = torch.stack(
        [yaw.cos() * x - yaw.sin() * y, yaw.sin() * x + yaw.cos() * y]
    )
    return float((turned - true[-1]).norm())


def length(path: Tensor) -> float:
    """Length of a path [frames, 2]."""
    return float(path.diff(dim=0).norm(dim=-1).sum())


def mean_figures(clips: Iterable[Figures]) -> Figures:
    """Each figure's mean over the clips that have it; then the ratios.

    Jitter over true jitter is a ratio of means: a clip that hardly moves has
    no ratio of its own.
    """
    clips = list(clips)
    names = dict.fromkeys(name for clip in clips for name in clip)
    found: Figures = {}
    for name in names:
        values = [clip[name] for clip in clips if name in clip]
        values = [value for value in values if not math.isnan(value)]
        if values:
            found[name] = sum(values) / len(values)
    true = found.get("true_jitter_m_s3", 0.0)
    for name in ("jitter", "smoothed_jitter"):
        if true > 0:
            found[f"{name}_ratio"] = found[f"{name}_m_s3"] / true
    return found


def macro(families: Iterable[Figures]) -> Figures:
    """Means of families' figures, each family counting once.

    A figure that a family lacks is left to the others.
    """
    families = list(families)
    names = dict.fromkeys(name for one in families for name in one)
    return {
        name: sum(one[name] for one in families if name in one)
        / sum(name in one for one in families)
        for name in names
    }


FEATURE_SETS = {
    "k": (kinetic_features, True),
    "m": (geometric_features, True),
    "k_corrected": (kinetic_features, False),
    "m_corrected": (geometric_features, False),
}
"""Published features with their two slips, and without (``compat=False``)."""


def dance_features(
    motions: Iterable[Tensor], *, fps: float
) -> dict[str, Tensor]:
    """Feature sets [motions, features] of joints moved to a zero start."""
    moved = [zero_start(joints) for joints in motions]
    return {
        name: torch.stack(
            [extract(joints, fps=fps, compat=compat) for joints in moved]
        )
        for name, (extract, compat) in FEATURE_SETS.items()
    }


def distribution_figures(
    found: dict[str, Tensor], reference: dict[str, Tensor]
) -> Figures:
    """FID and Div of one set of motions against another, in both modes.

    A feature that is constant in the reference is left out for everybody, so
    that all arms are compared in the same features.
    """
    figures: Figures = {}
    for name, true in reference.items():
        varies = true.std(dim=0) > 1e-6 * true.abs().amax(dim=0).clamp(min=1e-6)
        own, true = found[name][:, varies], true[:, varies]
        figures[f"fid_{name}"] = frechet_distance(own, true)
        figures[f"div_{name}"] = diversity(own, true)
        figures[f"true_div_{name}"] = diversity(true, true)
        figures[f"features_{name}"] = int(varies.sum())
    return figures


def rounded(figures: Figures) -> Figures:
    """Four digits of each."""
    return {name: float(f"{value:.4g}") for name, value in figures.items()}
