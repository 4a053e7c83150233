"""How an arm of the study completion fills a gap, and what is left out where.

A filler is a function from a motion of which a gap is not known to the whole.
All arms of a seed fill the same gaps in the same motions.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conditions.cuts import detect_cuts
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.geometry.rotations import (
    rot6d_to_rotmat,
    rotmat_to_rot6d,
    slerp_rotmat,
)
from mini_vimogen.models.lifter import ScaledModel
from mini_vimogen.representation.vimo151 import ROT6D_LAYOUT
from mini_vimogen.studies.completion_figures import Gap
from mini_vimogen.studies.table1_motions import (
    CHOREOGRAPHED_SEED,
    choreographed_clips,
    film,
    generator_of,
    real_takes,
)
from mini_vimogen.tasks.complete import completions_of
from mini_vimogen.tasks.completion_request import Given, Request, Shown
from mini_vimogen.tasks.lift import Sampling


@dataclass(frozen=True, eq=False)
class Holed:
    """A motion with a gap.

    Args:
        clip: the whole truth.
        group: what it is averaged with: a family, or a whole test set.
        gap: what is not known.
        number: in its row; names the noise that fills it, and the camera.
    """

    clip: Clip
    group: str
    gap: Gap
    number: int

    @property
    def given(self) -> Given:
        """All but the gap."""
        start, stop = self.gap
        return Given(self.clip, [(0, start), (stop, self.clip.frames)])


Fill = Callable[[Sequence[Holed], int], list[Clip]]
"""(motions with gaps, seed) -> the whole motions."""

CAMERAS = 8
"""Tried for one gap."""
AT_ONCE = 24
"""Motions that are sampled together."""


# ------------------------------------------------------------------ motions


@functools.lru_cache(maxsize=2)
def real_pieces(takes: int | None, frames: int) -> tuple[tuple[str, Clip], ...]:
    """Held-out real clips with their families, in pieces of so many frames.

    A clip gives as many as fit side by side into its middle; a shorter one
    none.
    """
    return tuple(
        (family, piece)
        for family, clip in real_takes(takes)
        for piece in pieces(clip, frames)
    )


def pieces(clip: Clip, frames: int) -> list[Clip]:
    """As many as fit side by side, in the middle of the clip."""
    first = clip.frames % frames // 2
    return [
        clip.slice(start, start + frames)
        for start in range(first, clip.frames - frames + 1, frames)
    ]


@functools.lru_cache(maxsize=1)
def choreographed_pieces(
    seed: int, clips: int, frames: int
) -> tuple[Clip, ...]:
    """The middles of so many held-out choreographed clips of seen actions.

    Clips of an action that are too short are left out.
    """
    found: list[Clip] = []
    rounds = 0
    while len(found) < clips:
        rounds += 1
        made = choreographed_clips(CHOREOGRAPHED_SEED + seed, rounds)
        found = [clip for clip in made if clip.frames >= frames]
    return tuple(pieces(clip, frames)[0] for clip in found[:clips])


def with_gap(clip: Clip, length: int, *, group: str, number: int) -> Holed:
    """The clip with a gap of so many frames in its middle."""
    start = (clip.frames - length) // 2
    return Holed(clip, group, (start, start + length), number)


# ------------------------------------------------------------------ fillers


def real(holes: Sequence[Holed], seed: int) -> list[Clip]:
    """The truth."""
    return [holed.clip for holed in holes]


def slerp(holes: Sequence[Holed], seed: int) -> list[Clip]:
    """Each joint turns at constant speed, and the root goes straight on."""
    return [filled(holed, slerp_rotmat) for holed in holes]


def linear(holes: Sequence[Holed], seed: int) -> list[Clip]:
    """Six numbers a joint on a straight line, made orthonormal."""

    def between(start: Tensor, end: Tensor, weight: Tensor) -> Tensor:
        sides = (rotmat_to_rot6d(x, layout=ROT6D_LAYOUT) for x in (start, end))
        return rot6d_to_rotmat(
            torch.lerp(*sides, weight[..., None]), layout=ROT6D_LAYOUT
        )

    return [filled(holed, between) for holed in holes]


def filled(holed: Holed, between: Callable[..., Tensor]) -> Clip:
    """The gap's rotations by (start, end, weight [frames, 24]) -> rotations,
    its root on a straight line."""
    clip, (start, stop) = holed.clip, holed.gap
    weight = torch.linspace(0, 1, stop - start + 2)[1:-1]
    root, local = clip.root_position.clone(), clip.local_rotmat.clone()
    root[start:stop] = torch.lerp(root[start - 1], root[stop], weight[:, None])
    sides = (
        local[frame].expand(stop - start, *local.shape[1:])
        for frame in (start - 1, stop)
    )
    each = weight[:, None].expand(-1, local.shape[1])
    local[start:stop] = between(*sides, each)
    return clip.with_(root_position=root, local_rotmat=local)


def completed(
    model: ScaledModel, *, way: str, sampling: Sampling, shown: bool = False
) -> Fill:
    """A trained lifter; with ``shown`` it is shown a video of the gap.

    The video is one shot of a casual camera, which shows nothing of the known
    frames.
    """

    def fill(holes: Sequence[Holed], seed: int) -> list[Clip]:
        found = []
        for first in range(0, len(holes), AT_ONCE):
            some = holes[first : first + AT_ONCE]
            made = completions_of(
                [request_of(one, seed, shown=shown) for one in some],
                lifter=model,
                way=way,
                sampling=sampling,
                generator=generator_of(seed, some[0].number),
            )
            found += [own.clip for (own,) in made]
        return found

    return fill


def request_of(holed: Holed, seed: int, *, shown: bool) -> Request:
    """All but the gap is known; a video may show the gap."""
    start, stop = holed.gap
    video = None
    if shown:
        track = one_shot(holed, seed)
        video = None if track is None else Shown(track, at=start)
    return Request(holed.clip.frames, [holed.given], video)


def one_shot(holed: Holed, seed: int) -> KeypointTrack | None:
    """The gap as a casual camera sees it, without a cut.

    A fast motion close to the camera can look like a cut, which ``complete``
    refuses. Then another camera films it; None after ``CAMERAS`` of them.
    """
    piece = holed.clip.slice(*holed.gap)
    for camera in range(CAMERAS):
        number = holed.number + 1000 * camera
        track = film(
            piece, group=holed.group, number=number, seed=seed, cuts=0
        ).track
        cuts = detect_cuts(track.keypoints, track.width, track.height)
        if not bool(cuts.any()):
            return track
    return None
