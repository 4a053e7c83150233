"""2D keypoints as a condition: fill the gaps, then normalise.

Two normalisations. ``crop_scale`` takes one box for the whole clip, as
MotionBERT does: it keeps the path through the picture, and suffers from cuts.
``condition_features`` centres every frame on the hips and divides by its own
box, and says apart where that was and how large.
"""

import torch
from torch import Tensor

from mini_vimogen.formats.keypoint_file import check_track

__all__ = [
    "FEATURES",
    "check_track",
    "complete",
    "condition_features",
    "crop_scale",
]

_HIPS = (11, 12)
FEATURES = 17 * 3 + 4
"""Width of ``condition_features``: x, y, confidence of 17 joints; x and y of
the hips in the picture; logarithm of the person's size; whether a shot begins.
"""

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


def condition_features(
    keypoints: Tensor,
    width,
    height,
    *,
    cuts: Tensor | None = None,
    min_confidence=0.1,
) -> Tensor:
    """What the lifter sees of each frame.

    Args:
        keypoints: [..., frames, 17, 3] pixels and confidence; gaps are filled
            here, see ``complete``.
        width, height: picture size in pixels, numbers or [...].
        cuts: bool [..., frames], first frames of new shots; nothing is filled
            across them. None is one shot.
        min_confidence: joints below this are treated as unseen.

    Returns:
        [..., frames, 55]: x, y (from the hips' middle, in units of half the
        box of the completed joints) and confidence of each joint; x and y of
        the hips' middle (from the picture's middle, in units of half the
        longer side); logarithm of the box's side over the longer side; 1 in
        the first frame of a new shot, else 0.

    The same video at another resolution gives the same features.
    """
    filled = complete(keypoints, cuts=cuts, min_confidence=min_confidence)
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
    begins = torch.zeros_like(side[..., 0])
    if cuts is not None:
        begins = cuts[..., None].to(side)
    parts = (joints.flatten(-2), hips.flatten(-2), side.log().flatten(-2))
    return torch.cat([*parts, begins], dim=-1)
