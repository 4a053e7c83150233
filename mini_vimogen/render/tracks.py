"""What can be drawn: joints over time, with a name and a side for each bone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.geometry.rotations import heading
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24, Skeleton

_BY_JOINTS = {len(s): s for s in (SMPL22, SMPL24)}


@dataclass(frozen=True, eq=False)
class Track:
    """One motion, ready to be drawn.

    Args:
        joints: [frames, joints, 3] metres, Z up.
        fps: frames per second, None where time is unknown.
        skeleton: whose joints these are.
        label: short name for a legend or a row.
        yaw: [frames] radians the body faces, 0 along +Y, left positive.
    """

    joints: np.ndarray
    fps: float | None
    skeleton: Skeleton
    label: str
    yaw: np.ndarray

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.joints)

    def time(self, frame: int) -> str:
        """Caption of one frame: seconds, or its number if fps is unknown."""
        return f"{frame / self.fps:.2f} s" if self.fps else f"frame {frame}"


def sides(skeleton: Skeleton) -> tuple[str, ...]:
    """ "left", "right" or "centre" for each joint and the bone above it.

    >>> sides(SMPL24)[:4]
    ('centre', 'left', 'right', 'centre')
    """
    side = ["centre"] * len(skeleton)
    for left, right in skeleton.mirror_pairs:
        side[left], side[right] = "left", "right"
    return tuple(side)


def as_tracks(
    clips,
    *,
    labels: Sequence[str] | None = None,
    fps: float | None = None,
    skeleton: Skeleton | None = None,
) -> list[Track]:
    """Clips, joint tensors, or one of either, as a list of tracks.

    Args:
        clips: one or several of: a ``Clip``; joints [frames, joints, 3] in
            metres, Z up, as tensor or array.
        labels: a name for each; None takes captions.
        fps: frame rate of the joint tensors; a clip knows its own.
        skeleton: of the joint tensors; None takes SMPL by joint count.

    Raises:
        ValueError: nothing to draw, a wrong shape, values that are not finite,
            or labels that do not match in number.
    """
    several = clips if isinstance(clips, (list, tuple)) else [clips]
    if len(several) == 0:
        raise ValueError("clips must hold at least one clip, got none")
    if isinstance(labels, str):
        labels = [labels]
    if labels is not None and len(labels) != len(several):
        raise ValueError(
            f"labels must name each of the {len(several)} clips, "
            f"got {len(labels)} labels"
        )
    if fps is not None and not 0 < fps < float("inf"):
        raise ValueError(f"fps must be positive and finite, got {fps}")
    tracks = []
    for number, one in enumerate(several):
        name = None if labels is None else labels[number]
        if isinstance(one, Clip):
            tracks.append(_from_clip(one, name))
        else:
            tracks.append(_from_joints(one, name, number, fps, skeleton))
    return tracks


def _from_clip(clip: Clip, name: str | None) -> Track:
    return Track(
        joints=clip.joints().detach().double().cpu().numpy(),
        fps=clip.fps,
        skeleton=clip.skeleton,
        label=clip.caption if name is None else name,
        yaw=heading(clip.local_rotmat[:, 0]).detach().cpu().numpy(),
    )


def _from_joints(joints, name, number, fps, skeleton) -> Track:
    if not isinstance(joints, (torch.Tensor, np.ndarray)):
        raise ValueError(
            f"clips[{number}] must be a Clip or joints [frames, joints, 3], "
            f"got {type(joints).__name__}"
        )
    array = torch.as_tensor(joints).detach().double().cpu().numpy()
    if array.ndim != 3 or array.shape[-1] != 3 or len(array) == 0:
        raise ValueError(
            f"clips[{number}] must have shape [frames, joints, 3] with at "
            f"least one frame, got {list(array.shape)}"
        )
    skeleton = skeleton or _BY_JOINTS.get(array.shape[1])
    if skeleton is None or len(skeleton) != array.shape[1]:
        wanted = f"{len(skeleton)}" if skeleton else "22 or 24 (SMPL)"
        raise ValueError(
            f"clips[{number}] must have {wanted} joints to go with its "
            f"skeleton, got {array.shape[1]}"
        )
    finite = np.isfinite(array).all(axis=(1, 2))
    if not finite.all():
        raise ValueError(
            f"clips[{number}] must be finite, got NaN or infinity at frame "
            f"{int(np.argmin(finite))}"
        )
    return Track(
        array, fps, skeleton, name or "", _yaw_of_hips(array, skeleton)
    )


def _yaw_of_hips(joints: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Facing direction from the line through the first left and right joint."""
    if not skeleton.mirror_pairs:
        return np.zeros(len(joints))
    left, right = skeleton.mirror_pairs[0]
    across = joints[:, right] - joints[:, left]
    forward_x, forward_y = -across[:, 1], across[:, 0]  # up x across
    return np.arctan2(-forward_x, forward_y)
