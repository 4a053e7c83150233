"""Batches for the lifter: windows of motion, each filmed anew.

A pool holds motions of any length. A draw takes windows out of it, mirrors half
of them, films each with its own casual camera, and pairs what the camera form
of the motion is with what the keypoints show.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conditions.cuts import detect_cuts
from mini_vimogen.conditions.dropout import draw_present
from mini_vimogen.conditions.keypoints import condition_features
from mini_vimogen.data.casual_video import CasualVideo, VideoSettings, film
from mini_vimogen.geometry.coco17 import HEAD_JOINT, coco17_points
from mini_vimogen.geometry.kinematics import (
    forward_kinematics,
    global_rotmat,
    mirrored,
)
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.representation.vimo151 import encode_camera_form


class Windows(NamedTuple):
    """Windows of motion.

    root_position [b, frames, 3], local_rotmat [b, frames, 24, 3, 3], valid
    [b, frames] False on padding, which repeats the last frame.
    """

    root_position: Tensor
    local_rotmat: Tensor
    valid: Tensor


class LifterBatch(NamedTuple):
    """What the lifter learns from.

    clean [b, frames, 151] camera form; condition [b, frames, c]; present [b]
    False where the condition is hidden; valid [b, frames]; sight_yaw
    [b, frames] radians, the direction from the camera to the person.
    """

    clean: Tensor
    condition: Tensor
    present: Tensor
    valid: Tensor
    sight_yaw: Tensor


class MotionPool:
    """Motions laid end to end, drawn from by weight.

    Args:
        groups: name -> clips on SMPL24, all at ``fps``.
        weights: name -> share of the draws. Inside a group a clip is drawn in
            proportion to its length.
        fps: frames per second.

    Raises:
        ValueError: another frame rate or skeleton, names that differ, or an
            empty group.
    """

    def __init__(
        self,
        groups: dict[str, Sequence[Clip]],
        *,
        weights: dict[str, float],
        fps: float,
    ):
        if groups.keys() != weights.keys() or not all(groups.values()):
            raise ValueError(
                f"groups {sorted(groups)} must be those of weights "
                f"{sorted(weights)}, and none empty"
            )
        clips = [clip for group in groups.values() for clip in group]
        for clip in clips:
            if clip.fps != fps or not clip.skeleton.same_as(SMPL24):
                raise ValueError(
                    f"clip {clip.source!r} must be on SMPL24 at {fps} frames "
                    f"per second, got {clip.skeleton.name} at {clip.fps}"
                )
        self.fps = fps
        self.root_position = torch.cat([c.root_position for c in clips])
        self.local_rotmat = torch.cat([c.local_rotmat for c in clips])
        self.length = torch.tensor([clip.frames for clip in clips])
        self.start = self.length.cumsum(0) - self.length
        share = []
        for name, group in groups.items():
            frames = torch.tensor([float(clip.frames) for clip in group])
            share.append(weights[name] * frames / frames.sum())
        self.share = torch.cat(share)

    def draw(
        self, batch: int, *, frames: int, generator: torch.Generator
    ) -> Windows:
        """Random windows; a motion shorter than ``frames`` is padded.

        A third of the windows is cut short on purpose, so that short clips are
        nothing new to the network.
        """
        which = torch.multinomial(
            self.share, batch, replacement=True, generator=generator
        )
        short = torch.rand(batch, generator=generator) < 1 / 3
        random = torch.randint(
            shortest_window(frames), frames + 1, (batch,), generator=generator
        )
        wanted = torch.where(short, random, frames)
        length = torch.minimum(wanted, self.length[which])
        room = self.length[which] - length + 1
        begin = (torch.rand(batch, generator=generator) * room).long()
        at = torch.arange(frames)[None]
        valid = at < length[:, None]
        at = torch.minimum(at, length[:, None] - 1)
        index = (self.start[which] + begin)[:, None] + at
        root, local = self.root_position[index], self.local_rotmat[index]
        flip = torch.rand(batch, generator=generator) < 0.5
        local_m, root_m = mirrored(local[flip], root[flip], SMPL24)
        local[flip], root[flip] = local_m, root_m
        return Windows(root, local, valid)


def shortest_window(frames: int) -> int:
    """To how many frames windows of ``frames`` are cut short at most."""
    return max(frames // 4, 1)


def film_windows(
    windows: Windows,
    *,
    fps: float,
    generator: torch.Generator,
    settings: VideoSettings | None = None,
) -> CasualVideo:
    """Each window as its own casual video."""
    joints = forward_kinematics(
        windows.local_rotmat, windows.root_position, SMPL24
    )
    turned = global_rotmat(windows.local_rotmat, SMPL24)
    points = coco17_points(joints, turned[..., HEAD_JOINT, :, :])
    return film(
        points,
        fps=fps,
        generator=generator,
        settings=settings,
        valid=windows.valid,
    )


def see(video: CasualVideo, *, scaling: str = "frame") -> Tensor:
    """The condition [b, frames, c]: cuts are found in the track, not given."""
    cuts = detect_cuts(video.keypoints, video.width, video.height)
    return condition_features(
        video.keypoints,
        video.width,
        video.height,
        cuts=cuts,
        scaling=scaling,
    )


def lifter_batch(
    pool: MotionPool,
    batch: int,
    *,
    frames: int,
    condition_drop: float,
    generator: torch.Generator,
    settings: VideoSettings | None = None,
    scaling: str = "frame",
) -> LifterBatch:
    """One batch: windows drawn, filmed, and written in both forms."""
    windows = pool.draw(batch, frames=frames, generator=generator)
    video = film_windows(
        windows, fps=pool.fps, generator=generator, settings=settings
    )
    clean = encode_camera_form(
        windows.root_position,
        windows.local_rotmat,
        camera_yaw=video.sight_yaw,
        fps=pool.fps,
    )
    present = draw_present(batch, rate=condition_drop, generator=generator)
    return LifterBatch(
        clean,
        see(video, scaling=scaling),
        present,
        windows.valid,
        video.sight_yaw,
    )


def looped(clip: Clip, *, frames: int) -> Clip:
    """A cyclic clip repeated to at least ``frames``; for training only.

    Each round starts where the last one ended. The last frame of the clip is
    taken to be the first of the next round.
    """
    step = clip.root_position[-1] - clip.root_position[0]
    step = step * torch.tensor([1.0, 1.0, 0.0])
    rounds = -(-frames // (clip.frames - 1))
    root = [clip.root_position[:-1] + k * step for k in range(rounds)]
    return clip.with_(
        root_position=torch.cat(root),
        local_rotmat=clip.local_rotmat[:-1].repeat(rounds, 1, 1, 1),
    )
