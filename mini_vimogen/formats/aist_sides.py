"""Whether a motion's left is the video's left.

AIST++'s own SMPL fits pair SMPL's left joints with the right keypoints. Which
way round a sequence is must be seen before it is used: project the motion,
and look which keypoints it falls on.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.geometry.camera import NEAR, Camera, to_camera
from mini_vimogen.geometry.coco17 import coco17_points
from mini_vimogen.geometry.lens import distort

_LEFT, _RIGHT = slice(5, None, 2), slice(6, None, 2)  # COCO, shoulders down
_CLEAR = 1.5


@dataclass(frozen=True)
class Sides:
    """How well a motion's sides fit a track's.

    Args:
        same_px: mean distance in pixels, left joints to left keypoints and
            right to right.
        crossed_px: the same, left to right and right to left.
        behind: share of the joints that lie behind the camera.
        pairs: how many pairs of keypoints were compared.
    """

    same_px: float
    crossed_px: float
    behind: float
    pairs: int

    @property
    def verdict(self) -> str:
        """ "same", "crossed", or "unclear" where neither fits 1.5 times better.

        "crossed" with everything behind the camera is a world calibrated as
        its own mirror image: read motion and cameras ``mirrored``. "crossed"
        in front of the camera says that the keypoints (or the body) have left
        and right exchanged; mirroring does not mend that.
        """
        if self.crossed_px > _CLEAR * self.same_px:
            return "same"
        if self.same_px > _CLEAR * self.crossed_px:
            return "crossed"
        return "unclear"


def aist_sides(
    clip: Clip,
    track: KeypointTrack,
    camera: Camera,
    *,
    min_confidence: float = 0.3,
) -> Sides:
    """Compare a motion's left and right with a view's keypoints.

    Shoulders, elbows, wrists, hips, knees and ankles count where both sides
    are seen. A view from the side says little; ask several views.

    Args:
        clip: on SMPL24 or SMPL22, in the camera's unit of length (see
            ``read_aist_cameras``).
        track: of the same frames.
        camera: the view of the track, one camera.
        min_confidence: keypoints below it are not compared.

    Raises:
        ValueError: another number of frames or frame rate, a batch of
            cameras, another skeleton, no pair seen.
    """
    if (clip.frames, clip.fps) != (track.frames, track.fps):
        raise ValueError(
            f"track must have the {clip.frames} frames at {clip.fps:g} fps of "
            f"the clip, got {track.frames} at {track.fps:g}"
        )
    if camera.lead:
        raise ValueError(
            "camera must be a single one, got leading dimensions "
            f"{list(camera.lead)}"
        )
    joints = clip.joints()
    # The face depends on the head's turn, and is not compared.
    points = coco17_points(joints, torch.eye(3).to(joints))
    pixels, depth = _pixels(points, camera)
    there = track.keypoints.to(pixels)
    left, right = there[:, _LEFT], there[:, _RIGHT]
    certain = torch.minimum(left[..., 2], right[..., 2])
    seen = (certain >= min_confidence) & (certain > 0)
    near = depth.abs() <= NEAR  # by the lens, where pixels run to infinity
    seen = seen & ~near[:, _LEFT] & ~near[:, _RIGHT]
    if not seen.any():
        raise ValueError(
            "track must show a left and a right joint together with "
            f"confidence {min_confidence:g}, got none"
        )
    ours = pixels[:, _LEFT][seen], pixels[:, _RIGHT][seen]
    left, right = left[seen][:, :2], right[seen][:, :2]

    def distance(to_left: Tensor, to_right: Tensor) -> float:
        apart = (ours[0] - to_left).norm(dim=-1)
        apart = apart + (ours[1] - to_right).norm(dim=-1)
        return float(apart.mean() / 2)

    return Sides(
        same_px=distance(left, right),
        crossed_px=distance(right, left),
        behind=float((depth < 0).float().mean()),
        pairs=int(seen.sum()),
    )


def _pixels(points: Tensor, camera: Camera) -> tuple[Tensor, Tensor]:
    """Pixels and depth, by the formula also behind the camera.

    ``camera.project`` gives no meaning to such points; a calibration that
    never asked for the sign of the depth does.
    """
    seen = to_camera(points, camera)
    plane = seen[..., :2] / seen[..., 2:]
    if camera.distortion is not None:
        plane = distort(plane, camera.distortion)
    return plane * camera.focal + camera.centre, seen[..., 2]
