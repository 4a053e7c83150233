"""The figures of the study completion: of one gap, of a group of gaps.

All joints are in the world, where completion puts them: the known frames stand
where they stood, so what is made up between them has one true place. Nothing is
aligned unless the name says so.

A border is where known frames meet made-up ones; a gap has two. What a joint's
velocity changes by from one frame to the next is measured on frames of both
sides, and the largest change of any joint is the border's ``velocity jump``: of
the two changes |x[k-1] - 2 x[k] + x[k+1]| * fps in metres per second that a
border cuts, the larger. The ``acceleration jump`` is the same for the three
changes of acceleration that it cuts, in metres per second squared. Their ratios
are means over clips and borders, over the same means of the real motion: 1 is a
border that cannot be told from any other place of the motion.
"""

import math

import torch
from torch import Tensor

from mini_vimogen.geometry.kinematics import FOOT_JOINTS
from mini_vimogen.metrics.pose_error import jitter, mpjpe, pa_mpjpe
from mini_vimogen.studies.table1_figures import (
    Figures,
    macro,
    sliding,
    standing_feet,
)

Gap = tuple[int, int]
"""First frame that is not known, and first one that is known again."""

RATIOS = {
    "jitter_ratio": "jitter_m_s3",
    "border_velocity_ratio": "velocity_jump_m_s",
    "border_acceleration_ratio": "acceleration_jump_m_s2",
}


def gap_figures(
    ours: Tensor, truth: Tensor, gap: Gap, *, fps: float
) -> Figures:
    """What one completed gap is worth.

    Args:
        ours, truth: joints [frames, joints, 3] in metres, the root first.
        gap: with a known frame at least on either side.
        fps: frames per second of both.

    Returns:
        ``mpjpe_mm`` and ``root_error_mm`` in the world, ``root_relative_mm``
        with the roots in one place, ``pa_mpjpe_mm``; velocity and acceleration
        jumps and jitter, ours and true; sliding of feet that truly stand;
        ``known_error_m``, the largest error of a joint in a known frame.
    """
    start, stop = gap
    inside, beside = slice(start, stop), slice(start - 1, stop + 1)
    made, true = ours[inside], truth[inside]
    apart = (ours - truth).norm(dim=-1)
    known = torch.cat([apart[:start], apart[stop:]])
    feet = dict(fps=fps, feet=FOOT_JOINTS)
    standing = standing_feet(truth[beside], **feet)
    figures = {
        "mpjpe_mm": float(mpjpe(made, true)),
        "root_relative_mm": float(mpjpe(made, true, align="root")),
        "pa_mpjpe_mm": float(pa_mpjpe(made, true)),
        "root_error_mm": 1000 * float(apart[inside, 0].mean()),
        "sliding_m_s": sliding(ours[beside], standing, **feet),
        "known_error_m": float(known.max()),
    }
    for name, joints in (("", ours), ("true_", truth)):
        figures |= {
            f"{name}velocity_jump_m_s": jump(joints, gap, order=2) * fps,
            f"{name}acceleration_jump_m_s2": jump(joints, gap, order=3)
            * fps**2,
            f"{name}jitter_m_s3": float(jitter(joints[inside], fps=fps)) / 1000,
        }
    return figures


def jump(joints: Tensor, gap: Gap, *, order: int) -> float:
    """Mean over both borders of the largest difference that a border cuts.

    Args:
        joints: [frames, joints, 3].
        gap: see ``Gap``.
        order: of the difference over frames: 2 of the positions is one of the
            velocities per frame.

    >>> walk = torch.zeros(9, 1, 3)
    >>> walk[4:, 0, 0] = 0.5  # it jumps where the gap begins
    >>> jump(walk, (4, 7), order=2)
    0.25
    """
    change = joints.diff(n=order, dim=0).norm(dim=-1).amax(dim=-1)
    borders = [
        # Change i is made of frames i .. i + order.
        change[max(0, first - order) : first].max()
        for first in gap
    ]
    return float(torch.stack(borders).mean())


def group_figures(clips: list[Figures]) -> Figures:
    """Means over clips, known errors at their worst, ratios of means."""
    figures = means(clips)
    figures["known_error_m"] = max(one["known_error_m"] for one in clips)
    for name, jumped in RATIOS.items():
        true = figures[f"true_{jumped}"]
        if true > 0:
            figures[name] = figures[jumped] / true
    return figures


def means(clips: list[Figures]) -> Figures:
    """Each figure's mean over the clips that have it, NaN left out.

    >>> means([{"sliding_m_s": 1.0}, {"sliding_m_s": math.nan}])
    {'sliding_m_s': 1.0}
    """
    found: Figures = {}
    for name in dict.fromkeys(name for clip in clips for name in clip):
        values = [clip[name] for clip in clips if name in clip]
        values = [value for value in values if not math.isnan(value)]
        if values:
            found[name] = sum(values) / len(values)
    return found


def family_figures(families: dict[str, list[Figures]]) -> Figures:
    """As ``group_figures``, each family counting once."""
    each = [group_figures(clips) for clips in families.values()]
    worst = max(one["known_error_m"] for one in each)
    return macro(each) | {"known_error_m": worst}
