"""Where known motions face and stand, before and after a completion.

The camera form has no place on the floor, and directions relative to a camera
only. So known motions are first turned into one camera's frame, and after
sampling the whole is brought back into the world of the earliest of them.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.geometry.rotations import (
    rot6d_to_rotmat,
    rotation_about,
)
from mini_vimogen.representation.gaps import reach, travelled
from mini_vimogen.representation.shots import decode_camera_form, yaw_between
from mini_vimogen.representation.vimo151 import (
    CAMERA_LAYOUT,
    ROT6D_LAYOUT,
    encode_camera_form,
    turned_level,
)
from mini_vimogen.tasks.completion_request import Block, Request


@dataclass(frozen=True)
class Bend:
    """How far a path was bent so that what follows stands in place.

    Args:
        start, stop: the free frames; none where two known motions touch, and
            the body jumps.
        metres: from where the path led to where it had to.
    """

    start: int
    stop: int
    metres: float


@dataclass(frozen=True)
class Completed:
    """A completed motion.

    Args:
        clip: in the world of the earliest motion whose root was known; else the
            camera looks along +Y, and it starts over the origin.
        bends: one for each stretch before a motion that had its place.
    """

    clip: Clip
    bends: tuple[Bend, ...]


def facing(request: Request, seen: Tensor | None) -> list[float]:
    """The yaw in radians that turns each known motion into the camera's frame.

    A motion faces as what comes before and after it: the video, where there is
    one, and earlier known motions.

    Args:
        request: what is known.
        seen: [frames, 3, 3] root relative to the camera as the video alone
            tells it; None without a video.

    Returns:
        One for each known motion, 0 where its root is not known.
    """
    reference = torch.eye(3).repeat(request.frames, 1, 1)
    there = torch.zeros(request.frames, dtype=torch.bool)
    if seen is not None:
        there[request.shown.span] = True
        reference[there] = seen[there]
    turns = [0.0] * len(request.given)
    blocks = request.blocks
    for number in dict.fromkeys(block.number for block in blocks):
        given = request.given[number]
        own, where = reference.clone(), torch.zeros_like(there)
        for block in (block for block in blocks if block.number == number):
            own[block.start : block.stop] = block.of(given.clip.local_rotmat)[
                :, 0
            ]
            where[block.start : block.stop] = True
        turn = _turn(own, where, reference, there)
        if given.place == "as_is" and number != blocks[0].number:
            turn = turns[blocks[0].number]
        turns[number] = turn
        turned = rotation_about("z", torch.tensor(turn)) @ own
        reference = torch.where(where[:, None, None], turned, reference)
        there |= where
    return turns


def _turn(own, where: Tensor, reference, there: Tensor) -> float:
    """The yaw from ``own`` to ``reference``: where both are, else where one
    comes next after the other."""
    mine = torch.nonzero(where & there)[:, 0]
    theirs = mine
    if len(mine) == 0:
        frames = torch.nonzero(where | there)[:, 0]
        before, after = frames[:-1], frames[1:]
        change = where[before] != where[after]
        before, after = before[change], after[change]
        mine = torch.where(where[before], before, after)
        theirs = torch.where(where[before], after, before)
    if len(mine) == 0:
        return 0.0
    yaw = yaw_between(own[mine], reference[theirs])
    return float(torch.atan2(yaw.sin().mean(), yaw.cos().mean()))


def written(request: Request, turns: list[float]) -> tuple[Tensor, Tensor]:
    """What is known, as features of the camera form.

    Args:
        request: what is known.
        turns: as ``facing`` found them.

    Returns:
        known bool [frames, 151], and values [frames, 151], NaN where unknown.
        The last frame of a stretch does not know whether a foot stays until
        the next one; a single frame has no velocity.
    """
    known = torch.zeros(request.frames, CAMERA_LAYOUT.width, dtype=torch.bool)
    values = torch.full(known.shape, torch.nan)
    for given, turn in zip(request.given, turns, strict=True):
        clip = given.clip.moved(yaw=turn)
        for span, (start, stop) in zip(given.spans, given.places, strict=True):
            piece = clip.slice(*span)
            columns = given.columns.repeat(piece.frames, 1)
            if stop < request.frames:
                columns[-1, CAMERA_LAYOUT.slice("contacts")] = False
            if piece.frames == 1:
                columns[:, CAMERA_LAYOUT.slice("root_velocity")] = False
            features = encode_camera_form(
                piece.root_position,
                piece.local_rotmat,
                camera_yaw=torch.zeros(piece.frames),
                fps=VIMO_FPS,
            )
            known[start:stop] |= columns
            values[start:stop] = torch.where(
                columns, features, values[start:stop]
            )
    return known, values


def root_rotation(features: Tensor) -> Tensor:
    """The root's rotation [..., 3, 3] in features [..., 151]."""
    rot6d = CAMERA_LAYOUT.split(features)["rot6d"][..., 0, :]
    return rot6d_to_rotmat(rot6d, layout=ROT6D_LAYOUT)


def stand(features: Tensor, request: Request, turns: list[float]) -> Completed:
    """A clip out of features, with what was known put into it again.

    Args:
        features: [frames, 151], camera form, which agrees with what is known.
        request: what is known.
        turns: as ``facing`` found them.

    Returns:
        The known frames and joints of the clip are those of the request, bit
        for bit; for a motion that follows, its root's yaw and its place on the
        floor excepted.
    """
    features, shifts, bends = _reached(features, request, turns)
    clip = decode_camera_form(features, fps=VIMO_FPS, source="completed")
    placed = [given.clip for given in request.given]
    blocks = request.blocks
    if blocks:
        home = blocks[0].number
        clip = clip.moved(yaw=-turns[home])
        for number in shifts.keys() - {home}:
            if request.given[number].place == "follow":
                apart = turned_level(shifts[number], torch.tensor(-turns[home]))
                placed[number] = placed[number].moved(
                    yaw=turns[number] - turns[home], by=(*apart.tolist(), 0.0)
                )
    root = _on_path(clip.root_position, blocks, placed)
    local = clip.local_rotmat.clone()
    for given, its in zip(request.given, placed, strict=True):
        joints = given.known_joints
        for span, (start, stop) in zip(given.spans, given.places, strict=True):
            local[start:stop, joints] = its.local_rotmat[slice(*span)][
                :, joints
            ]
    clip = clip.with_(root_position=root, local_rotmat=local)
    return Completed(clip, tuple(bends))


def _on_path(root: Tensor, blocks: list[Block], placed: list[Clip]) -> Tensor:
    """Root positions [frames, 3] with the known ones; free ones go with the
    known ones before them, the first ones with those after them."""
    root = root.clone()
    for number, block in enumerate(blocks):
        exact = block.of(placed[block.number].root_position)
        if number == 0:
            root[:, :2] += exact[0, :2] - root[block.start, :2]
        root[block.stop :, :2] += exact[-1, :2] - root[block.stop - 1, :2]
        root[block.start : block.stop] = exact
    return root


def _reached(features: Tensor, request: Request, turns: list[float]):
    """Free stretches bent to where motions with a place of their own stand.

    Returns:
        features; number of a known motion -> its shift over the floor against
        the earliest one, [2] metres in the camera's frame; and the bends.
    """
    level = [
        given.clip.moved(yaw=turn).root_position[:, :2]
        for given, turn in zip(request.given, turns, strict=True)
    ]
    shifts: dict[int, Tensor] = {}
    bends: list[Bend] = []
    before = end = None
    for block in request.blocks:
        number, start = block.number, block.start
        path = block.of(level[number])
        if before is None or request.given[number].place == "as_is":
            shifts.setdefault(number, torch.zeros(2))
        if before is not None:
            where = dict(start=before.stop - 1, stop=start, fps=VIMO_FPS)
            gone = travelled(features, **where)
            if number in shifts:
                wanted = path[0] + shifts[number] - end
                miss = float((wanted - gone).norm())
                bends.append(Bend(before.stop, start, miss))
                if start > before.stop:
                    features, _ = reach(features, wanted, **where)
            else:
                shifts[number] = end + gone - path[0]
        before, end = block, path[-1] + shifts[number]
    return features, shifts, bends
