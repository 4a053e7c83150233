"""BVH files: a skeleton and its joint angles as text, Y up.

Written in metres by default (``unit="cm"`` for programs that expect
centimetres; the file itself cannot say which). The rest pose is SMPL's
T-pose, every joint has the channels Z, Y, X, and angles do not jump.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import Y_UP_TO_Z_UP, Z_UP_TO_Y_UP
from mini_vimogen.files import written_whole
from mini_vimogen.formats.bvh_text import BvhJoint, parse
from mini_vimogen.geometry.euler import smooth_euler_zyx
from mini_vimogen.geometry.rotations import rotation_about
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24, Skeleton

UNITS = {"m": 1.0, "cm": 100.0}
_ROTATIONS = {"Xrotation": "x", "Yrotation": "y", "Zrotation": "z"}
_POSITIONS = ("Xposition", "Yposition", "Zposition")
_END_SITE_LENGTH = 0.08  # metres; only for programs that draw end bones


def _unit(unit: str) -> float:
    if unit not in UNITS:
        raise ValueError(f"unit must be 'm' or 'cm', got {unit!r}")
    return UNITS[unit]


def write(clip: Clip, path, *, unit: str = "m") -> Path:
    """Write a clip as BVH: positions as in the clip, turned to Y up.

    Args:
        clip: any skeleton.
        path: file to write; replaced only when the whole file is there.
        unit: "m" or "cm".

    Returns:
        The path. ``read`` gives joints back to within 1e-4 m.

    Raises:
        ValueError: unknown unit. FileNotFoundError: no such folder.
    """
    scale = _unit(unit)
    order = _depth_first(clip.skeleton)
    lines = [*_hierarchy(clip.skeleton, scale), "MOTION"]
    lines += [f"Frames: {clip.frames}", f"Frame Time: {1.0 / clip.fps:.10f}"]
    turn = Z_UP_TO_Y_UP.double()
    local = clip.local_rotmat.detach().cpu().double().clone()
    local[:, 0] = turn @ local[:, 0]
    degrees = smooth_euler_zyx(local[:, order].numpy())
    root = clip.root_position.detach().cpu().double() @ turn.T * scale
    values = np.concatenate([root.numpy(), degrees.reshape(clip.frames, -1)], 1)
    lines += [" ".join(f"{v:.6f}" for v in row) for row in values]
    with written_whole(path) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="ascii")
    return Path(path)


def _children(skeleton: Skeleton, joint: int) -> list[int]:
    return [j for j, p in enumerate(skeleton.parents) if p == joint]


def _depth_first(skeleton: Skeleton) -> list[int]:
    order, waiting = [], [0]
    while waiting:
        joint = waiting.pop()
        order.append(joint)
        waiting += reversed(_children(skeleton, joint))
    return order


def _hierarchy(skeleton: Skeleton, scale: float) -> list[str]:
    offsets = skeleton.offsets.double() * scale

    def block(joint: int, indent: str) -> list[str]:
        kind = "ROOT" if joint == 0 else "JOINT"
        channels = "Zrotation Yrotation Xrotation"
        count = 3
        if joint == 0:
            channels, count = " ".join((*_POSITIONS, channels)), 6
        inner = indent + "  "
        lines = [f"{indent}{kind} {skeleton.names[joint]}", indent + "{"]
        lines += [inner + _offset(offsets[joint])]
        lines += [f"{inner}CHANNELS {count} {channels}"]
        children = _children(skeleton, joint)
        for child in children:
            lines += block(child, inner)
        if not children:
            bone = offsets[joint] / offsets[joint].norm().clamp(min=1e-9)
            end = bone * _END_SITE_LENGTH * scale
            lines += [inner + "End Site", inner + "{"]
            lines += [f"{inner}  {_offset(end)}", inner + "}"]
        return [*lines, indent + "}"]

    return ["HIERARCHY", *block(0, "")]


def _offset(vector: torch.Tensor) -> str:
    return "OFFSET " + " ".join(f"{v:.8f}" for v in vector.tolist())


def read(path, *, unit: str = "m", **texts: str) -> Clip:
    """Read a BVH file, turned from Y up to the Z-up world.

    Args:
        path: any BVH with one skeleton; three rotation channels a joint in any
            order; position channels beside the root's must repeat the offset.
        unit: "m" or "cm", which the file cannot say.
        texts: caption, source, licence of the clip.

    Returns:
        A clip on SMPL24 or SMPL22 where names and offsets are theirs, else on
        the file's own skeleton (which the 151 numbers refuse).

    Raises:
        FileNotFoundError: no such file.
        ValueError: not BVH, empty, truncated, a joint that stands twice (a
            cycle), no frames, a frame time that is not positive, NaN.
    """
    path, scale = Path(path), _unit(unit)
    joints, fps, values = parse(path)
    skeleton, order = _skeleton(path, joints, scale)
    root, local = _place(path, joints, values, scale)
    turn = Y_UP_TO_Z_UP.double()
    local = local[:, order]
    local[:, 0] = turn @ local[:, 0]
    root = (root @ turn.T).float()
    return Clip(root, local.float(), fps=fps, skeleton=skeleton, **texts)


def _skeleton(path: Path, joints: list[BvhJoint], scale: float):
    """The skeleton, and the order that takes the file's joints to it."""
    names = [joint.name for joint in joints]
    offsets = torch.stack([joint.offset for joint in joints]) / scale
    offsets[0] = 0.0  # the root's offset only moves where the file starts
    for known in (SMPL24, SMPL22):
        if sorted(names) == sorted(known.names):
            order = [names.index(name) for name in known.names]
            if (offsets[order] - known.offsets).abs().max() < 1e-4:
                return known, order
    lower = [name.lower() for name in names]
    pairs = tuple(
        (index, lower.index(name.replace("left", "right")))
        for index, name in enumerate(lower)
        if "left" in name and name.replace("left", "right") in lower
    )
    skeleton = Skeleton(
        name=f"of {path.name}",
        names=tuple(names),
        parents=tuple(joint.parent for joint in joints),
        offsets=offsets.float(),
        mirror_pairs=pairs,
    )
    return skeleton, list(range(len(names)))


def _place(path: Path, joints: list[BvhJoint], values: Tensor, scale: float):
    """Root positions [frames, 3] in metres and local rotations, Y up."""
    frames = len(values)
    root = (joints[0].offset / scale).repeat(frames, 1)
    local = torch.eye(3, dtype=torch.float64).repeat(frames, len(joints), 1, 1)
    column = 0
    for index, joint in enumerate(joints):
        for channel in joint.channels:
            value = values[:, column]
            column += 1
            if channel in _ROTATIONS:
                turn = rotation_about(_ROTATIONS[channel], value.deg2rad())
                local[:, index] = local[:, index] @ turn
            elif channel not in _POSITIONS:
                raise ValueError(f"{path} has an unknown channel {channel!r}")
            elif index == 0:
                root[:, _POSITIONS.index(channel)] = value / scale
            else:
                rest = joint.offset[_POSITIONS.index(channel)]
                if float((value - rest).abs().max()) > 1e-3 * scale:
                    raise ValueError(
                        f"{path}: joint {joint.name!r} changes its length; "
                        "only the root may have moving positions"
                    )
    return root, local
