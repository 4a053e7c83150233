"""2D keypoints as a condition: fill the gaps, then normalise.

Two normalisations. ``crop_scale`` takes one box for the whole clip, as
MotionBERT does: it keeps the path through the picture, and suffers from cuts.
``condition_features`` by default centres every frame on the hips and divides by
its own box, and says apart where that was and how large; ``scaling`` offers the
other one, and both.
"""

import torch
from torch import Tensor

from mini_vimogen.formats.keypoint_file import check_track

__all__ = [
    "FEATURES",
    "SCALINGS",
    "check_track",
    "complete",
    "condition_features",
    "crop_scale",
    "features_of",
]

_HIPS = (11, 12)
FEATURES = 17 * 3 + 4
"""Width of ``condition_features``: x, y, confidence of 17 joints; x and y of
the hips in the picture; logarithm of the person's size; whether a shot begins.
"""

SCALINGS = {"frame": FEATURES, "clip": FEATURES, "both": FEATURES + 17 * 3}
"""How joints may be scaled -> width of ``condition_features``."""

_SMALLEST_BOX = 1e-3
"""Of the picture's longer side: a smaller person is a point."""


def complete(
    keypoints: Tensor, *, cuts: Tensor | None = None, min_confidence=0.1
) -> Tensor:
    """Put unseen joints where they probably are; their confidence becomes 0.

    A gap is filled linearly in time between the frames that saw the joint, and
    with the nearest such frame at the ends. Nothing is filled across a cut. A
    joint that a whole shot never saw is put into the middle of the joints it
    did see, and a shot that saw nobody takes over from the nearest shot.

    Args:
        keypoints: [..., frames, 17, 3] x, y, confidence.
        cuts: bool [..., frames], True in the first frame of a new shot; see
            ``detect_cuts``. None is one shot.
        min_confidence: joints below this are treated as unseen.

    Returns:
        [..., frames, 17, 3]; joints that were seen are unchanged.

    Source: ViMo, section on dataset construction ("simple interpolation and
    completion", confidence 0).
    """
    place, confidence = keypoints[..., :2], keypoints[..., 2]
    seen = (confidence >= min_confidence) & (confidence > 0)
    if cuts is None:
        cuts = torch.zeros_like(seen[..., 0])
    shot = cuts.long().cumsum(dim=-1)[..., None].expand(seen.shape)
    filled, known = _bridge(place, seen, shot)
    # Joints that this shot never saw: the middle of those it did.
    count = known.sum(dim=-1, keepdim=True)
    middle = torch.where(known[..., None], filled, 0.0).sum(dim=-2)
    middle = (middle / count.clamp(min=1))[..., None, :]
    filled = torch.where(known[..., None], filled, middle)
    # Frames of shots that saw nobody: bridge the middles of the others.
    somebody = (count > 0).expand(seen.shape)
    if not bool(somebody.all()):
        bridged, _ = _bridge(filled, somebody, torch.zeros_like(shot))
        filled = torch.where(somebody[..., None], filled, bridged)
    confidence = torch.where(seen, confidence, 0.0)
    return torch.cat([filled, confidence[..., None]], dim=-1)


def _bridge(place: Tensor, seen: Tensor, shot: Tensor):
    """Fill [..., frames, joints, 2] linearly between seen frames of one shot.

    Returns:
        the filled places, and bool [..., frames, joints]: seen in this shot at
        all. Where it was not, the place is kept.
    """
    frames = seen.shape[-2]
    at = torch.arange(frames, device=seen.device)[:, None].expand(seen.shape)
    before = torch.where(seen, at, -1).cummax(dim=-2).values
    after = torch.where(seen, at, frames).flip(-2).cummin(dim=-2).values
    after = after.flip(-2)
    has_before, before = _in_shot(before, shot, before >= 0)
    has_after, after = _in_shot(after, shot, after < frames)
    left = torch.where(has_before, before, after)
    right = torch.where(has_after, after, before)
    known = has_before | has_after
    left, right = torch.where(known, left, at), torch.where(known, right, at)
    weight = (at - left).to(place) / (right - left).clamp(min=1)
    start = place.gather(-3, left[..., None].expand(place.shape))
    end = place.gather(-3, right[..., None].expand(place.shape))
    return torch.lerp(start, end, weight[..., None]), known


def _in_shot(index: Tensor, shot: Tensor, exists: Tensor):
    """Whether frames [..., frames, joints] lie in the shot that asks."""
    index = index.clamp(0, shot.shape[-2] - 1)
    return exists & (shot.gather(-2, index) == shot), index


def crop_scale(keypoints: Tensor) -> Tensor:
    """One square box for a whole clip, to [-1, 1].

    Args:
        keypoints: [..., frames, 17, 3]. The box holds all joints with
            confidence above 0; with fewer than 4 of them in the clip, or all
            in one point, the result is zero.

    Returns:
        [..., frames, 17, 3], clipped to [-1, 1]; unseen joints too are moved
        along, so complete them first.

    Source: MotionBERT's ``crop_scale`` with ratio 1.
    """
    place, confidence = keypoints[..., :2], keypoints[..., 2:]
    seen = confidence != 0
    low = torch.where(seen, place, torch.inf).amin(dim=(-3, -2), keepdim=True)
    high = torch.where(seen, place, -torch.inf).amax(dim=(-3, -2), keepdim=True)
    side = (high - low).amax(dim=-1, keepdim=True)
    enough = seen.sum(dim=(-3, -2), keepdim=True) >= 4
    usable = enough & (side > 0) & torch.isfinite(side)
    middle = torch.where(usable, (low + high) / 2, 0.0)
    side = torch.where(usable, side, 1.0)
    place = (place - middle) / side * 2
    scaled = torch.cat([place, confidence], dim=-1).clamp(-1, 1)
    return torch.where(usable, scaled, 0.0)


def features_of(scaling: str) -> int:
    """Width of ``condition_features`` under a scaling.

    Raises:
        ValueError: no such scaling.

    >>> [features_of(scaling) for scaling in ("frame", "clip", "both")]
    [55, 55, 106]
    """
    if scaling not in SCALINGS:
        raise ValueError(
            f"scaling must be one of {', '.join(SCALINGS)}, got {scaling!r}"
        )
    return SCALINGS[scaling]


def condition_features(
    keypoints: Tensor,
    width,
    height,
    *,
    cuts: Tensor | None = None,
    min_confidence=0.1,
    scaling: str = "frame",
) -> Tensor:
    """What the lifter sees of each frame.

    Args:
        keypoints: [..., frames, 17, 3] pixels and confidence; gaps are filled
            here, see ``complete``.
        width, height: picture size in pixels, numbers or [...].
        cuts: bool [..., frames], first frames of new shots; nothing is filled
            across them. None is one shot.
        min_confidence: joints below this are treated as unseen.
        scaling: "frame", each frame by its own box; "clip", all frames by one
            box as MotionBERT does, see ``crop_scale`` (ViMo's paper does not
            say what it does); "both".

    Returns:
        "frame": [..., frames, 55]: x, y (from the hips' middle, in units of
        half the box of the completed joints) and confidence of each joint; x
        and y of the hips' middle (from the picture's middle, in units of half
        the longer side); logarithm of the box's side over the longer side; 1
        in the first frame of a new shot, else 0.

        "clip": [..., frames, 55]: x, y in the clip's box and confidence of
        each joint; three zeros, so that nothing else says where and how large
        the person is; 1 in the first frame of a new shot, else 0. The box is
        that of the frames given: give the same stretch in use as in training.

        "both": [..., frames, 106]: "frame", then the 51 joint numbers of
        "clip".

    The same video at another resolution gives the same features.

    Raises:
        ValueError: no such scaling.
    """
    features_of(scaling)  # refuses others
    filled = complete(keypoints, cuts=cuts, min_confidence=min_confidence)
    begins = torch.zeros_like(filled[..., 0, :1])
    if cuts is not None:
        begins = cuts[..., None].to(filled)
    parts = []
    if scaling != "clip":
        parts = [*_frame_parts(filled, width, height), begins]
    if scaling != "frame":
        parts.append(crop_scale(filled).flatten(-2))
    if scaling == "clip":
        parts += [torch.zeros_like(filled[..., 0, :3]), begins]
    return torch.cat(parts, dim=-1)


def _frame_parts(filled: Tensor, width, height) -> list[Tensor]:
    """Joints [..., 51], hips [..., 2] and log size [..., 1] frame by frame."""
    place, confidence = filled[..., :2], filled[..., 2:]
    size = torch.stack(
        torch.broadcast_tensors(
            torch.as_tensor(width).to(place), torch.as_tensor(height).to(place)
        ),
        dim=-1,
    )
    size = size[..., None, None, :]  # over frames and joints
    longer = size.amax(dim=-1, keepdim=True)
    place = (place - size / 2) / (longer / 2)
    hips = place[..., _HIPS, :].mean(dim=-2, keepdim=True)
    box = place.amax(dim=-2) - place.amin(dim=-2)
    side = box.amax(dim=-1, keepdim=True) / 2  # of the picture's longer side
    side = side.clamp(min=_SMALLEST_BOX)[..., None, :]
    joints = torch.cat([(place - hips) / side, confidence], dim=-1)
    return [part.flatten(-2) for part in (joints, hips, side.log())]
