"""Defects that the study ``gates`` plants in clean motions."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.data.curation import Candidate
from mini_vimogen.data.quality_gates import (
    SEEN,
    motion_figures,
    outline,
    track_figures,
)
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.geometry.rotations import axis_angle_to_rotmat


@dataclass(frozen=True, eq=False)
class Example:
    """A motion with its track, and the figures that the gates read."""

    clip: Clip
    track: KeypointTrack
    candidate: Candidate


def example(name: str, clip: Clip, track: KeypointTrack) -> Example:
    """Measure a motion and its track."""
    return Example(clip, track, measured(name, clip, track))


def measured(name: str, clip: Clip, track: KeypointTrack) -> Candidate:
    """All figures of a motion and its track."""
    return Candidate(
        name, track_figures(track), motion_figures(clip), outline(clip)
    )


def add_jitter(one: Example, millimetres: float, generator) -> Candidate:
    """The body trembles as a whole: white noise on the pelvis."""
    root = one.clip.root_position
    noise = torch.randn(root.shape, generator=generator).to(root)
    return moved(one, root + noise * millimetres / 1000)


def add_sliding(one: Example, speed: float, generator) -> Candidate:
    """The whole body glides in one direction, metres per second."""
    angle = 2 * torch.pi * torch.rand((), generator=generator)
    way = torch.stack([angle.cos(), angle.sin(), torch.zeros(())])
    seconds = torch.arange(one.clip.frames)[:, None] / one.clip.fps
    root = one.clip.root_position + speed * seconds * way
    return moved(one, root)


def sink(one: Example, metres: float, generator) -> Candidate:
    """The whole motion goes under the floor."""
    return moved(one, one.clip.root_position - _up(metres))


def raise_up(one: Example, metres: float, generator) -> Candidate:
    """The whole motion floats over the floor."""
    return moved(one, one.clip.root_position + _up(metres))


def _up(metres: float) -> Tensor:
    return torch.tensor([0.0, 0.0, metres])


def moved(one: Example, root_position: Tensor) -> Candidate:
    """The candidate with its pelvis elsewhere."""
    clip = one.clip.with_(root_position=root_position)
    return measured(one.candidate.name, clip, one.track)


def hide_joints(one: Example, share: float, generator) -> Candidate:
    """This share of the joints, drawn in each frame, is not seen."""
    keypoints = one.track.keypoints.clone()
    hidden = torch.rand(keypoints.shape[:2], generator=generator) < share
    hidden[0, 0] = False  # a track must show somebody
    keypoints[hidden] = 0.0
    keypoints[0, 0, 2] = keypoints[0, 0, 2].clamp(min=SEEN)
    track = replace(one.track, keypoints=keypoints)
    return replace(one.candidate, track=track_figures(track))


def cut_short(one: Example, seconds: float, generator) -> Candidate:
    """Only the beginning of the track is there."""
    frames = max(round(seconds * one.track.fps), 2)
    keypoints = one.track.keypoints[:frames].clone()
    keypoints[0, 0, 2] = keypoints[0, 0, 2].clamp(min=SEEN)
    track = replace(one.track, keypoints=keypoints)
    return replace(one.candidate, track=track_figures(track))


def copied(one: Example, degrees: float, generator) -> Candidate:
    """The motion again, elsewhere, every joint turned a little for good."""
    local = one.clip.local_rotmat
    axis = torch.randn(local.shape[1], 3, generator=generator)
    axis = torch.nn.functional.normalize(axis, dim=-1)
    turn = axis_angle_to_rotmat(axis * degrees * torch.pi / 180)
    yaw = 2 * torch.pi * float(torch.rand((), generator=generator))
    clip = one.clip.with_(local_rotmat=local @ turn.to(local))
    clip = clip.moved(yaw=yaw, by=(3.0, 1.0, 0.0))
    name = f"copy of {one.candidate.name}"
    return replace(one.candidate, name=name, outline=outline(clip))


@dataclass(frozen=True)
class Defect:
    """One way to spoil an example.

    Args:
        plant: (example, strength, generator) -> candidate.
        strengths: weakest first.
        unit: of the strengths.
        gate: the one that is meant for it.
    """

    plant: Callable[[Example, float, torch.Generator], Candidate]
    strengths: tuple[float, float, float]
    unit: str
    gate: str


DEFECTS = {
    "cut short": Defect(cut_short, (1.0, 0.7, 0.4), "s", "length"),
    "hidden joints": Defect(
        hide_joints, (0.25, 0.5, 0.75), "share of joints", "confidence"
    ),
    "jitter": Defect(add_jitter, (4.0, 8.0, 16.0), "mm", "jitter"),
    "sliding": Defect(add_sliding, (0.4, 0.8, 1.6), "m/s", "sliding"),
    "sunk floor": Defect(sink, (0.03, 0.06, 0.12), "m", "floor"),
    "raised floor": Defect(raise_up, (0.03, 0.06, 0.12), "m", "floor"),
    "copies": Defect(copied, (2.0, 1.0, 0.5), "degrees", "duplicates"),
}
