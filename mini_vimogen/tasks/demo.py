"""The demonstration: real keypoints in, a lifted motion and its errors out."""

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.data.library import baked_body, real_motion
from mini_vimogen.data.real_video import LaboratoryVideo, laboratory_video
from mini_vimogen.formats import bvh
from mini_vimogen.geometry.body import pose_body
from mini_vimogen.geometry.coco17 import HEAD_JOINT, coco17_points
from mini_vimogen.geometry.kinematics import global_rotmat
from mini_vimogen.metrics.pose_error import mpjpe, pa_mpjpe
from mini_vimogen.models.lifter import Lifter
from mini_vimogen.render import projection
from mini_vimogen.render.body_figure import body_strip
from mini_vimogen.render.figure import film_strip
from mini_vimogen.render.player import Player
from mini_vimogen.render.video_figure import save_stacked, track_strip
from mini_vimogen.tasks.lift import lift, load_lifter
from mini_vimogen.tasks.sampling import Sampling

BODY_POINTS = slice(5, 17)
"""Shoulders to ankles; the face of a 24-joint skeleton is a guess."""

# A lifted motion's first camera looks along +Y.
FROM_CAMERA = projection.View(azimuth=math.pi, elevation=0.1)
FROM_ANOTHER_SIDE = projection.View(azimuth=math.pi - 0.9, elevation=0.2)


@dataclass(frozen=True, eq=False)
class View:
    """One camera's track lifted: the motion and its errors in millimetres."""

    clip: Clip
    mpjpe_mm: float
    pa_mpjpe_mm: float


def lift_laboratory(
    lifter: Lifter,
    *,
    seed: int = 0,
    sampling: Sampling | None = None,
    video: LaboratoryVideo | None = None,
) -> list[View]:
    """Lift each view of the calibrated video on its own, and compare."""
    video = video or laboratory_video()
    views = []
    for track in video.tracks:
        generator = torch.Generator().manual_seed(seed)
        (clip,) = lift(
            track, lifter=lifter, sampling=sampling, generator=generator
        )
        truth = truth_at(video, clip.fps)[: clip.frames]
        points = body_points(clip)[: len(truth)]
        views.append(
            View(
                clip,
                float(mpjpe(points, truth, align="yaw")),
                float(pa_mpjpe(points, truth)),
            )
        )
    return views


def mean_pose_error(video: LaboratoryVideo, *, fps: float) -> tuple:
    """The same errors (MPJPE, PA-MPJPE) for the mean real pose, held still."""
    clips = [clip.canonical() for clip in real_motion("train")]
    points = torch.cat([body_points(clip) for clip in clips])
    points = (points - points[:, :1]).mean(dim=0)
    truth = truth_at(video, fps)
    held = points.expand(len(truth), -1, -1)
    error = mpjpe(held, truth, align="yaw"), pa_mpjpe(held, truth)
    return tuple(map(float, error))


def body_points(clip: Clip) -> Tensor:
    """[frames, 13, 3]: the hips' middle, then COCO's shoulders to ankles."""
    head = global_rotmat(clip.local_rotmat, clip.skeleton)[:, HEAD_JOINT]
    return with_hips_first(coco17_points(clip.joints(), head))


def truth_at(video: LaboratoryVideo, fps: float) -> Tensor:
    """The triangulated points as ``body_points``, every few frames."""
    step = video.tracks[0].fps / fps
    if abs(step - round(step)) > 1e-6:
        raise ValueError(f"fps must divide {video.tracks[0].fps}, got {fps}")
    return with_hips_first(video.points[:: round(step)])


def with_hips_first(points: Tensor) -> Tensor:
    """[..., 17, 3] to [..., 13, 3], the hips' middle in place of the face."""
    hips = points[..., 11:13, :].mean(dim=-2, keepdim=True)
    return torch.cat([hips, points[..., BODY_POINTS, :]], dim=-2)


def demo(folder, *, lifter: Lifter | None = None, seed: int = 0) -> list[View]:
    """Lift the shipped real video; print errors, write BVH, player, picture.

    Args:
        folder: made if it is not there; gets lift.bvh, lift.html, lift.png.

    Returns:
        The four views' motions and errors.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lifter, video = lifter or load_lifter(), laboratory_video()
    views = lift_laboratory(lifter, seed=seed, video=video)
    still = mean_pose_error(video, fps=lifter.fps)
    print("a real video, four views, each lifted on its own; errors in mm")
    print("            MPJPE  PA-MPJPE")
    for number, view in enumerate(views, start=1):
        print(
            f"  view {number}   {view.mpjpe_mm:6.0f}  {view.pa_mpjpe_mm:8.0f}"
        )
    print(f"  mean pose{still[0]:6.0f}  {still[1]:8.0f}")
    shown = views[video.frame_view].clip
    bvh.write(shown, folder / "lift.bvh")
    labels = [f"from view {number}" for number in range(1, len(views) + 1)]
    Player(
        [view.clip for view in views],
        labels=labels,
        title="One man, filmed by four cameras, lifted from each alone",
    ).save(folder / "lift.html")
    demo_picture(video, shown, folder / "lift.png")
    for name in ("lift.bvh", "lift.html", "lift.png"):
        print(f"wrote {folder / name}")
    return views


def demo_picture(video: LaboratoryVideo, clip: Clip, path) -> Path:
    """Frames, their 2D joints, the lifted joints and the body, as one PNG."""
    track = video.tracks[video.frame_view]
    numbers = [frame.number for frame in video.frames]
    keypoints = []
    for frame in video.frames:
        found = track.keypoints[frame.number]
        place = frame.place(found[:, :2])
        keypoints.append(torch.cat([place, found[:, 2:]], dim=-1))
    at = [
        min(round(n * clip.fps / track.fps), clip.frames - 1) for n in numbers
    ]
    human = baked_body()
    surface = pose_body(human, clip.local_rotmat, clip.root_position)
    return save_stacked(
        [
            track_strip(
                [frame.pixels for frame in video.frames],
                keypoints,
                times=[number / track.fps for number in numbers],
                title="A real video and the 2D joints found in it",
            ),
            film_strip(
                clip,
                frames=at,
                labels=["lifted to 3D, seen from where the camera was"],
                view=FROM_CAMERA,
            ),
            body_strip(
                surface,
                human.faces,
                frames=at,
                fps=clip.fps,
                vertex_joint=human.vertex_joint,
                label="the same with a body, seen from another side",
                view=FROM_ANOTHER_SIDE,
            ),
        ],
        path,
    )
