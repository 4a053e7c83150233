"""True 3D out of several calibrated 2D tracks of one person.

Detectors err in three ways: a little everywhere (left to the average), now and
then by a lot (left to robust weights), and by taking left for right for a while
(found here and turned back).
"""

import torch
from torch import Tensor

from mini_vimogen.conventions import COCO17
from mini_vimogen.data.occlusion import MIRRORED, joints_named
from mini_vimogen.geometry.camera import Camera
from mini_vimogen.geometry.triangulation import reprojection_error, triangulate

GROUPS = (
    joints_named("shoulder", "elbow", "wrist"),
    joints_named("hip", "knee", "ankle"),
    joints_named("nose", "eye", "ear"),
)
_VOTERS = 7  # frames that decide together whether a group is swapped

_LIMBS = (
    ("upper arm", "shoulder", "elbow"),
    ("forearm", "elbow", "wrist"),
    ("thigh", "hip", "knee"),
    ("shin", "knee", "ankle"),
)
RIGID = tuple(
    (COCO17.index(f"{side}_{above}"), COCO17.index(f"{side}_{below}"))
    for _, above, below in _LIMBS
    for side in ("left", "right")
)
"""Bones whose length does not change: (left, right) of each limb in turn."""

FIRM = (
    *((5, 6), (11, 12), (5, 11), (6, 12)),  # torso
    *((0, 1), (0, 2), (1, 3), (2, 4)),  # face
)
"""Distances that change little."""

NOISE_PX = 10.0
ACCELERATION = 40.0  # metres per second squared: what a limb does in earnest
RIGID_SPREAD, FIRM_SPREAD, SIDES_DIFFER = 0.008, 0.015, 0.01  # metres


def turn_back(keypoints: Tensor, cameras: Camera) -> tuple[Tensor, Tensor]:
    """Undo spans in which a view takes left for right.

    Args:
        keypoints: [views, frames, 17, 3]

    Returns:
        the same with left and right exchanged where the other views say so,
        and bool [views, frames, groups]: where.
    """
    mirrored = keypoints[:, :, list(MIRRORED)]
    points, _ = triangulate(keypoints[..., :2], keypoints[..., 2], cameras)
    errors = [
        reprojection_error(points, track[..., :2], cameras).clamp(max=150)
        for track in (keypoints, mirrored)
    ]
    turned, swapped = keypoints.clone(), []
    for group in map(list, GROUPS):
        as_is, other = (error[:, :, group].mean(dim=-1) for error in errors)
        votes = (other < as_is).double()[:, None]
        half = _VOTERS // 2
        votes = torch.nn.functional.pad(votes, (half, half), mode="replicate")
        votes = torch.nn.functional.avg_pool1d(votes, _VOTERS, stride=1)[:, 0]
        wrong = votes > 0.5  # [views, frames]
        swapped.append(wrong)
        turned[:, :, group] = torch.where(
            wrong[..., None, None], mirrored[:, :, group], turned[:, :, group]
        )
    return turned, torch.stack(swapped, dim=-1)


def fit(keypoints: Tensor, cameras: Camera, *, fps: float) -> Tensor:
    """Points [frames, 17, 3] that all views and a human body agree with.

    Minimises robust reprojection errors (Geman and McClure, so that an outlier
    stops counting at about three times the noise), accelerations, and changes
    of bone lengths; starts from triangulated points under a running median.
    """
    pixels, confidence = keypoints[..., :2], keypoints[..., 2]
    start, _ = triangulate(pixels, confidence, cameras)
    points = _running_median(start).requires_grad_()

    def cost() -> Tensor:
        error = reprojection_error(points, pixels, cameras) / NOISE_PX
        error = error.square()
        seen = (confidence * error / (1 + error / 9)).sum()
        acceleration = points.diff(n=2, dim=0) * fps**2 / ACCELERATION
        rigid, firm = _lengths(points, RIGID), _lengths(points, FIRM)
        bodily = ((rigid - rigid.mean(0)) / RIGID_SPREAD).square().sum()
        bodily = bodily + ((firm - firm.mean(0)) / FIRM_SPREAD).square().sum()
        left, right = rigid.mean(0)[0::2], rigid.mean(0)[1::2]
        sides = ((left - right) / SIDES_DIFFER).square().sum()
        return seen + acceleration.square().sum() / 3 + bodily + 5 * sides

    steps = torch.optim.LBFGS(
        [points], max_iter=400, history_size=30, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        steps.zero_grad()
        value = cost()
        value.backward()
        return value

    steps.step(closure)
    return points.detach()


def _lengths(points: Tensor, bones) -> Tensor:
    """Bone lengths [frames, bones]."""
    above, below = (list(ends) for ends in zip(*bones, strict=True))
    return (points[:, above] - points[:, below]).norm(dim=-1)


def _running_median(points: Tensor, window: int = 9) -> Tensor:
    flat = points.flatten(1).T[None]  # [1, coordinates, frames]
    half = window // 2
    flat = torch.nn.functional.pad(flat, (half, half), mode="replicate")
    median = flat.unfold(-1, window, 1).nanmedian(dim=-1).values[0]
    return median.T.reshape(points.shape).contiguous()


def bone_steadiness(points: Tensor) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation over time of each limb's length, metres."""
    lengths = _lengths(points, RIGID)
    names = [f"{s} {limb}" for limb, *_ in _LIMBS for s in ("left", "right")]
    return {
        name: (float(values.mean()), float(values.std()))
        for name, values in zip(names, lengths.T, strict=True)
    }
