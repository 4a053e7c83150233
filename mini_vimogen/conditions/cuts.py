"""Where a video was cut, read off its keypoint track."""

import torch
from torch import Tensor

from mini_vimogen.data.occlusion import MIRRORED

JUMP = 0.05
"""Smallest jump that can be a cut, as a share of the person's size."""
JUMP_OVER_USUAL = 2.5
"""How many times the usual jump of the frames around it is added to that."""
_AROUND = 5  # frames on either side that say what is usual
_LONGEST_GAP = 10  # frames over which a joint's jump is still judged
_FEWEST_JOINTS = 3


def detect_cuts(
    keypoints: Tensor, width, height, *, min_confidence=0.1
) -> Tensor:
    """First frames of new shots.

    At a cut most joints jump to where neither the motion before nor the motion
    after would have taken them. The jump of a frame is the median of that
    surprise over the joints seen on both sides, in units of the person's size;
    a cut is a frame whose jump is the largest around and well above the usual.
    A detector that takes left for right makes joints jump as well, so such
    frames are turned back first.

    Args:
        keypoints: [..., frames, 17, 3] pixels and confidence.
        width, height: picture size in pixels, numbers or [...]; a person is
            taken to be no smaller than a fiftieth of the longer side.
        min_confidence: joints below this are treated as unseen.

    Returns:
        bool [..., frames]; the first frame is never a cut.

    Measured on simulated casual videos of motions it was not tuned on: see
    ``tests/conditions/test_cuts.py``.
    """
    jump = jumps(keypoints, width, height, min_confidence=min_confidence)
    around = torch.nn.functional.pad(jump, (_AROUND, _AROUND), value=torch.nan)
    around = around.unfold(-1, 2 * _AROUND + 1, 1)
    usual = around.nanmedian(dim=-1).values
    near = torch.nn.functional.pad(jump, (1, 1)).unfold(-1, 3, 1)
    return (jump > JUMP + JUMP_OVER_USUAL * usual) & (jump >= near.amax(dim=-1))


def jumps(keypoints: Tensor, width, height, *, min_confidence=0.1) -> Tensor:
    """How far each frame lies off the motion around it [..., frames].

    In units of the person's size; 0 where fewer than 3 joints can tell. See
    ``detect_cuts``.
    """
    place, confidence = keypoints[..., :2], keypoints[..., 2]
    seen = (confidence >= min_confidence) & (confidence > 0)
    size = _person_size(place, seen)
    longer = torch.maximum(
        torch.as_tensor(width).to(place), torch.as_tensor(height).to(place)
    )
    size = torch.maximum(size, longer[..., None] / 50)
    turned = _mirrored_frames(place, seen)
    place = torch.where(turned[..., None], place[..., MIRRORED, :], place)
    seen = torch.where(turned, seen[..., MIRRORED], seen)
    surprise = _surprise(place, seen)
    enough = (~torch.isnan(surprise)).sum(dim=-1) >= _FEWEST_JOINTS
    jump = surprise.nanmedian(dim=-1).values / size
    return torch.where(enough, jump, 0.0)


def _person_size(place: Tensor, seen: Tensor) -> Tensor:
    """Larger side of the box of seen joints [..., frames] in pixels; the median
    of five frames, so that a hidden limb does not count."""
    low = torch.where(seen[..., None], place, torch.inf).amin(dim=-2)
    high = torch.where(seen[..., None], place, -torch.inf).amax(dim=-2)
    size = (high - low).amax(dim=-1)
    size = torch.where(torch.isfinite(size), size, torch.nan)
    size = torch.nn.functional.pad(size, (2, 2), value=torch.nan)
    return size.unfold(-1, 5, 1).nanmedian(dim=-1).values


def _mirrored_frames(place: Tensor, seen: Tensor) -> Tensor:
    """Frames [..., frames, 1] that took left for right, against the first.

    From frame to frame, whichever labels move the joints less are taken; the
    turns add up, so a detector may change its mind as often as it likes.
    """
    old, old_seen = place[..., :-1, :, :], seen[..., :-1, :]
    turn = []
    for order in (tuple(range(len(MIRRORED))), MIRRORED):
        new, new_seen = place[..., 1:, order, :], seen[..., 1:, order]
        moved = (new - old).norm(dim=-1)
        both = old_seen & new_seen
        turn.append(torch.where(both, moved, torch.nan).nanmean(dim=-1))
    flips = (turn[1] < turn[0]).long()  # False where nothing was seen
    flips = torch.nn.functional.pad(flips, (1, 0))
    return (flips.cumsum(dim=-1) % 2 == 1)[..., None]


def _surprise(place: Tensor, seen: Tensor) -> Tensor:
    """The unexplained step of each joint into each frame, pixels a frame
    [..., frames, joints]; NaN where it was not seen."""
    frames = place.shape[-3]
    at = torch.arange(frames, device=place.device)[:, None].expand(seen.shape)
    last = torch.where(seen, at, -1).cummax(dim=-2).values
    last = torch.nn.functional.pad(last, (0, 0, 1, 0), value=-1)[..., :-1, :]
    gap = at - last
    usable = seen & (last >= 0) & (gap <= _LONGEST_GAP)
    before, after = _steps(place, seen, 1), _steps(place, seen, -1)
    index = last.clamp(min=0)[..., None].expand(place.shape)
    span = gap[..., None].to(place)
    step = (place - place.gather(-3, index)) / span
    explained = torch.fmin(
        (step - before.gather(-3, index)).norm(dim=-1),
        (step - after).norm(dim=-1),
    )
    # With no motion known on either side, staying in place is the guess.
    explained = torch.where(
        torch.isnan(explained), step.norm(dim=-1), explained
    )
    return torch.where(usable, explained, torch.nan)


def _steps(place: Tensor, seen: Tensor, back: int) -> Tensor:
    """Step from the frame before (back 1) or to the frame after (back -1)
    [..., frames, joints, 2]; NaN where one of them was not seen."""
    place = torch.where(seen[..., None], place, torch.nan)
    step = place.diff(dim=-3)
    missing = torch.full_like(place[..., :1, :, :], torch.nan)
    parts = [missing, step] if back == 1 else [step, missing]
    return torch.cat(parts, dim=-3)
