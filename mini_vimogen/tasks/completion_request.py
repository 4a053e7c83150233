"""What a completion is asked for: what of a motion is known, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.representation.known import known_frames, known_joints
from mini_vimogen.representation.vimo151 import CAMERA_LAYOUT

PLACES = ("follow", "as_is")

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Given:
    """A motion of which something is known.

    Frames count at ViMo's 30 a second: a clip of another rate is resampled.

    Args:
        clip: on SMPL24.
        spans: (start, stop) of its frames that are known, in order, stop not
            included; None is all of them. They keep their distances, in time
            and on the floor.
        at: the frame of the whole motion on which the first of them falls.
        joints: names of joints or of ``known.PARTS``; None is all of them. The
            pelvis stands for where the body is and how it is turned.
        place: where it stands, for one that comes after another: "follow" turns
            and shifts it over the floor to where the free frames before it
            lead, "as_is" leaves it in the world of the earliest one.

    Raises:
        ValueError: another skeleton, spans that overlap or go beyond the clip,
            an unknown joint or place, or at under 0.
    """

    clip: Clip
    spans: Sequence[tuple[int, int]] | None = None
    at: int = 0
    joints: Sequence[str] | None = None
    place: str = "follow"

    def __post_init__(self):
        if not self.clip.skeleton.same_as(SMPL24):
            raise ValueError(
                "a known motion must be on skeleton SMPL24, got "
                f"{self.clip.skeleton.name} with {len(self.clip.skeleton)} "
                "joints"
            )
        clip = self.clip.with_(
            root_position=self.clip.root_position.float(),
            local_rotmat=self.clip.local_rotmat.float(),
        )
        if clip.fps != VIMO_FPS:
            clip = clip.resample(VIMO_FPS)
        object.__setattr__(self, "clip", clip)
        spans = ((0, clip.frames),) if self.spans is None else self.spans
        object.__setattr__(self, "spans", _in_order(spans, clip.frames))
        if self.joints is not None:
            object.__setattr__(self, "joints", tuple(self.joints))
            known_joints(self.joints)  # refuses unknown ones
        if self.place not in PLACES:
            raise ValueError(
                f"place must be one of {', '.join(PLACES)}, got {self.place!r}"
            )
        if self.at < 0:
            raise ValueError(f"at must be 0 or more, got {self.at}")

    @property
    def columns(self) -> Tensor:
        """Features that it knows, bool [1, 151]."""
        if self.joints is None:
            return torch.ones(1, CAMERA_LAYOUT.width, dtype=torch.bool)
        return known_joints(self.joints)

    @property
    def known_joints(self) -> Tensor:
        """Joints whose rotation it knows, bool [24]."""
        return CAMERA_LAYOUT.split(self.columns)["rot6d"][0].all(dim=-1)

    @property
    def holds_root(self) -> bool:
        """Whether it knows where the body is."""
        return bool(self.known_joints[0])

    @property
    def places(self) -> Spans:
        """Its spans in frames of the whole motion."""
        shift = self.at - self.spans[0][0]
        return tuple(
            (start + shift, stop + shift) for start, stop in self.spans
        )


@dataclass(frozen=True)
class Shown:
    """A video of one shot that shows some frames of the whole motion.

    Args:
        track: 2D keypoints; resampled to ViMo's 30 frames a second.
        at: the frame of the whole motion that its first frame shows.

    Raises:
        ValueError: at under 0.
    """

    track: KeypointTrack
    at: int = 0

    def __post_init__(self):
        if self.track.fps != VIMO_FPS:
            object.__setattr__(self, "track", self.track.resample(VIMO_FPS))
        if self.at < 0:
            raise ValueError(f"at must be 0 or more, got {self.at}")

    @property
    def span(self) -> slice:
        """The frames of the whole motion that it shows."""
        return slice(self.at, self.at + self.track.frames)


class Block(NamedTuple):
    """A stretch in which the root is known.

    start, stop: frames of the whole motion. number: of the ``Given``. first:
    the frame of its clip that falls on ``start``.
    """

    start: int
    stop: int
    number: int
    first: int

    def of(self, clip_values: Tensor) -> Tensor:
        """The part [stop - start, ...] of what the clip has frame by frame."""
        return clip_values[self.first : self.first + self.stop - self.start]


@dataclass(frozen=True)
class Request:
    """A motion to complete.

    Args:
        frames: of the whole motion, at 30 a second.
        given: what is known of it. Nothing at all is allowed.
        shown: what a video shows of it.

    Raises:
        ValueError: frames under 1, something that goes beyond the motion, or
            two that know the same joint in the same frame.
    """

    frames: int
    given: Sequence[Given] = ()
    shown: Shown | None = None

    def __post_init__(self):
        object.__setattr__(self, "given", tuple(self.given))
        if self.frames < 1:
            raise ValueError(f"frames must be 1 or more, got {self.frames}")
        for number, given in enumerate(self.given):
            _check_end(f"known[{number}]", given.places[-1][1], self)
        if self.shown is not None:
            _check_end("the video", self.shown.span.stop, self)
        taken = torch.zeros(self.frames, len(SMPL24), dtype=torch.bool)
        for number, given in enumerate(self.given):
            its = self._known_by(given)
            twice = torch.nonzero(taken & its)
            if len(twice):
                frame, joint = twice[0].tolist()
                raise ValueError(
                    f"known[{number}] must not know what another one "
                    f"knows, but both know {SMPL24.names[joint]} in frame "
                    f"{frame}"
                )
            taken |= its

    @property
    def known(self) -> Tensor:
        """Joints whose rotation is known, bool [frames, 24]."""
        known = torch.zeros(self.frames, len(SMPL24), dtype=torch.bool)
        for given in self.given:
            known |= self._known_by(given)
        return known

    @property
    def blocks(self) -> list[Block]:
        """Stretches in which the root is known, in the order of time."""
        return sorted(
            Block(*place, number, span[0])
            for number, given in enumerate(self.given)
            if given.holds_root
            for place, span in zip(given.places, given.spans, strict=True)
        )

    def _known_by(self, given: Given) -> Tensor:
        frames = known_frames(self.frames, given.places)
        return frames & given.known_joints


def _check_end(name: str, stop: int, request: Request) -> None:
    if stop > request.frames:
        raise ValueError(
            f"{name} must end within the motion's {request.frames} frames, got "
            f"frame {stop}"
        )


def _in_order(spans: Sequence[tuple[int, int]], frames: int) -> Spans:
    """Spans that rise; those that touch become one."""
    if len(spans) == 0:
        raise ValueError("spans must hold at least one span, got none")
    joined: list[tuple[int, int]] = []
    for start, stop in spans:
        if not 0 <= start < stop <= frames:
            raise ValueError(
                f"a known span must lie within the motion's 0..{frames} and "
                f"not be empty, got {start}..{stop}"
            )
        if joined and start < joined[-1][1]:
            raise ValueError(
                "known spans must rise and not overlap, got "
                f"{start}..{stop} after {joined[-1][0]}..{joined[-1][1]}"
            )
        if joined and start == joined[-1][1]:
            start = joined.pop()[0]
        joined.append((start, stop))
    return tuple(joined)
