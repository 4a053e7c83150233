"""A motion as a casual video shows it: a damaged COCO-17 track.

Everything that separates a phone video of a person from clean 3D joints is a
seeded parameter here: where the camera stands and how it moves (see
``casual_camera``), cuts, joints that are out of the picture or hidden, detector
noise, low confidence, left taken for right. A share of the examples may be
filmed by a calibrated rig instead (see ``camera_rig``).
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import COCO17
from mini_vimogen.data.camera_rig import either, rig_cameras
from mini_vimogen.data.casual_camera import (
    STEADY,
    CameraSettings,
    casual_cameras,
)
from mini_vimogen.data.detector import FLAWLESS, DetectorSettings, detect
from mini_vimogen.data.draws import BatchDraws
from mini_vimogen.data.other_body import SAME_BODY, BodySettings, other_body
from mini_vimogen.data.shots import SHOTS
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.geometry.camera import Camera, in_view, project
from mini_vimogen.geometry.camera_rigs import Rig
from mini_vimogen.geometry.coco17 import HEAD_JOINT, coco17_points
from mini_vimogen.geometry.kinematics import global_rotmat

_HIPS = (11, 12)


@dataclass(frozen=True)
class VideoSettings:
    """What a casual video does to a motion.

    Args:
        camera: where it stands and how it moves.
        detector: what it misses and mistakes.
        body: whose body moves.
        cuts: shares of clips with 0, 1, 2, ... cuts. A clip too short for its
            cuts gets fewer.
        shortest_shot: seconds.
        rig: share of examples that one camera of a rig films, drawn evenly:
            without cuts, standing still. Detector and body are as ever.
        rig_setup: that rig.

    Raises:
        ValueError: shares for more cuts than there may be shots, or a share
            that is none.
    """

    camera: CameraSettings = field(default_factory=CameraSettings)
    detector: DetectorSettings = field(default_factory=DetectorSettings)
    body: BodySettings = field(default_factory=BodySettings)
    cuts: tuple[float, ...] = (0.4, 0.2, 0.2, 0.1, 0.1)
    shortest_shot: float = 0.4
    rig: float = 0.0
    rig_setup: Rig = field(default_factory=Rig)

    def __post_init__(self):
        if not 0 <= self.rig <= 1:
            raise ValueError(f"rig must be a share, 0 to 1, got {self.rig}")
        if not 1 <= len(self.cuts) <= SHOTS:
            raise ValueError(
                f"cuts must hold 1 to {SHOTS} shares, got {len(self.cuts)}"
            )


PERFECT = VideoSettings(
    camera=STEADY, detector=FLAWLESS, body=SAME_BODY, cuts=(1.0,)
)
"""A steady camera, a detector that never errs, the skeleton's own body: add one
damage at a time with ``dataclasses.replace``."""


@dataclass(frozen=True, eq=False)
class CasualVideo:
    """What a casual video of a motion shows, and how it was taken.

    Args:
        keypoints: [..., frames, 17, 3] x, y, confidence; all zeros where a
            joint is not seen.
        fps: frames per second.
        width, height: [...] pixels.
        cameras: one camera a frame, leading dimensions [..., frames].
        cuts: bool [..., frames], True in the first frame of every shot but the
            first.
        visible: bool [..., frames, 17], in the picture and not hidden.
        true_pixels: [..., frames, 17, 2] without the detector's errors.
        camera_yaw: [..., frames] radians, the camera's viewing direction.
        sight_yaw: [..., frames] radians, the direction from the camera to the
            person's hips: what the picture of the person depends on. It
            differs from ``camera_yaw`` where the person is off the middle.
    """

    keypoints: Tensor
    fps: float
    width: Tensor
    height: Tensor
    cameras: Camera
    cuts: Tensor
    visible: Tensor
    true_pixels: Tensor
    camera_yaw: Tensor
    sight_yaw: Tensor

    @property
    def cut_frames(self) -> list[int]:
        """First frames of the new shots; for a single video."""
        if self.cuts.ndim != 1:
            raise ValueError(
                "cut_frames wants a single video, got a batch of shape "
                f"{list(self.cuts.shape[:-1])}; read cuts instead"
            )
        return torch.nonzero(self.cuts)[:, 0].tolist()

    def track(self) -> KeypointTrack:
        """The keypoints alone, as they would come from a file."""
        return KeypointTrack(
            self.keypoints, self.fps, float(self.width), float(self.height)
        )


def film_clip(
    clip: Clip,
    *,
    generator: torch.Generator,
    settings: VideoSettings | None = None,
) -> CasualVideo:
    """Film a clip with one drawn camera; see ``film``."""
    head = global_rotmat(clip.local_rotmat, clip.skeleton)[
        ..., HEAD_JOINT, :, :
    ]
    points = coco17_points(clip.joints(), head)
    return film(points, fps=clip.fps, generator=generator, settings=settings)


def film(
    points: Tensor,
    *,
    fps: float,
    generator: torch.Generator,
    settings: VideoSettings | None = None,
    valid: Tensor | None = None,
) -> CasualVideo:
    """Film motions, each with its own drawn camera and damages.

    Args:
        points: [..., frames, 17, 3] metres, from ``coco17_points``.
        fps: frames per second.
        generator: all draws come from it; the same seed films the same video.
        settings: None takes ``VideoSettings()``.
        valid: bool [..., frames]; padding frames, only at the end, show nobody.

    Raises:
        ValueError: wrong shape, or fps not positive.
    """
    settings = settings or VideoSettings()
    if points.ndim < 3 or points.shape[-2:] != (len(COCO17), 3):
        raise ValueError(
            f"points must have shape [..., frames, {len(COCO17)}, 3], got "
            f"{list(points.shape)}"
        )
    if not fps > 0:
        raise ValueError(f"fps must be positive, got {fps}")
    lead, frames = points.shape[:-3], points.shape[-3]
    points = points.reshape(-1, frames, len(COCO17), 3)
    if valid is None:
        valid = torch.ones_like(points[..., 0, 0], dtype=torch.bool)
    else:
        valid = valid.expand(*lead, frames).reshape(-1, frames)
    draws = BatchDraws(points, generator)
    points = other_body(points, generator=generator, settings=settings.body)
    path = points[:, :, _HIPS].mean(dim=2)
    cameras, cuts = _draw_cameras(draws, path, valid, settings, fps=fps)
    pixels, _ = project(points, cameras)
    visible = in_view(points, cameras) & valid[..., None]
    keypoints, visible = detect(
        pixels,
        visible,
        fps=fps,
        generator=generator,
        settings=settings.detector,
    )
    toward = path - cameras.position
    video = {
        "keypoints": keypoints,
        "cuts": cuts,
        "visible": visible,
        "true_pixels": pixels,
        "camera_yaw": cameras.viewing_yaw(),
        "sight_yaw": torch.atan2(-toward[..., 0], toward[..., 1]),
        "width": cameras.size[:, 0, 0],
        "height": cameras.size[:, 0, 1],
    }
    video = {k: v.reshape((*lead, *v.shape[1:])) for k, v in video.items()}
    return CasualVideo(fps=fps, cameras=cameras.reshape(*lead, frames), **video)


def _draw_cameras(draws, path: Tensor, valid: Tensor, settings, *, fps: float):
    """A camera a frame, and cuts [batch, frames]."""
    cuts = _draw_cuts(draws, valid, settings, fps=fps)
    rig, batch = settings.rig_setup, len(path)
    # Without a rig nothing is drawn for it: old seeds film what they filmed.
    if settings.rig > 0:
        on_rig = draws.chance(batch, share=settings.rig)
        which = draws.which(batch, shares=(1.0,) * rig.count)
        cuts = cuts & ~on_rig[:, None]
    cameras = casual_cameras(
        path,
        fps=fps,
        generator=draws.generator,
        shot=cuts.cumsum(dim=1),
        valid=valid,
        settings=settings.camera,
    )
    if settings.rig > 0:
        fixed = rig_cameras(path, which, rig=rig, valid=valid)
        cameras = either(on_rig, fixed, cameras)
    return cameras, cuts


def _draw_cuts(draws, valid: Tensor, settings, *, fps: float) -> Tensor:
    """First frames of new shots, bool [batch, frames]."""
    batch, frames = valid.shape
    length = valid.sum(dim=1)  # padding comes last
    shortest = max(1, round(settings.shortest_shot * fps))
    wanted = draws.which(batch, shares=settings.cuts)
    count = torch.minimum(wanted, (length // shortest - 1).clamp(min=0))
    # Every shot has its shortest length; the rest of the clip is shared out by
    # random weights.
    shot = torch.arange(len(settings.cuts), device=valid.device)
    used = shot <= count[:, None]
    weight = draws.even(batch, len(settings.cuts), low=0.05) * used
    spare = length - (count + 1) * shortest
    share = weight / weight.sum(dim=1, keepdim=True)
    ends = (share * spare[:, None]).cumsum(dim=1).round().long()
    ends = ends + (shot + 1) * shortest
    is_cut = shot < count[:, None]
    cuts = torch.zeros(batch, frames + 1, dtype=torch.bool, device=valid.device)
    at = torch.where(is_cut, ends, frames)  # the last column is thrown away
    return cuts.scatter(1, at, is_cut)[:, :frames]
