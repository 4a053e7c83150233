"""The text of a BVH file: its tree of joints and its table of numbers."""

import re
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

MAX_BYTES = 256 * 2**20


@dataclass
class BvhJoint:
    """A joint as it stands in the file; offset [3] in the file's unit."""

    name: str
    parent: int
    offset: Tensor | None = None
    channels: list[str] = field(default_factory=list)


def parse(path: Path) -> tuple[list[BvhJoint], float, Tensor]:
    """Joints in file order, frames per second, values [frames, channels].

    Raises:
        FileNotFoundError: no such file.
        ValueError: see ``bvh.read``.
    """
    text = _text(path)
    head, found, motion = text.partition("MOTION")
    if not found or "HIERARCHY" not in head:
        raise ValueError(
            f"{path} is not a whole BVH file: it must hold HIERARCHY and then "
            "MOTION"
        )
    joints = _parse_hierarchy(path, head)
    return joints, *_parse_motion(path, motion, joints)


def _text(path: Path) -> str:
    if not path.is_file():
        raise FileNotFoundError(f"there is no BVH file {path}")
    size = path.stat().st_size
    if not 0 < size <= MAX_BYTES:
        raise ValueError(
            f"{path} must hold 1 to {MAX_BYTES:,} bytes, got {size:,}"
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a BVH text file: {error}") from error


def _parse_hierarchy(path: Path, head: str) -> list[BvhJoint]:
    """Joints in file order."""
    joints: list[BvhJoint] = []
    stack: list[int | None] = []  # None stands for an end site
    opened: int | None = None
    words = iter(re.findall(r"[{}]|[^\s{}]+", head.split("HIERARCHY", 1)[1]))

    def take(count: int) -> list[str]:
        taken = list(islice(words, count))
        if len(taken) < count:
            raise ValueError(f"{path} is truncated inside its HIERARCHY")
        return taken

    for word in words:
        if word in ("ROOT", "JOINT"):
            parent = stack[-1] if stack else -1
            opened = _add_joint(path, joints, take(1)[0], parent)
        elif word == "End":
            take(1)
            opened = None
        elif word == "{":
            stack.append(opened)
        elif word == "}":
            if not stack:
                raise ValueError(f"{path} closes more brackets than it opens")
            stack.pop()
        elif word == "OFFSET":
            offset = _numbers(path, take(3), "OFFSET")
            if stack and stack[-1] is not None:
                joints[stack[-1]].offset = torch.from_numpy(offset)
        elif word == "CHANNELS":
            (count,) = take(1)
            if not count.isdigit() or not stack or stack[-1] is None:
                raise ValueError(f"{path} has CHANNELS {count} out of place")
            joints[stack[-1]].channels = take(int(count))
        else:
            raise ValueError(f"{path} has an unknown word {word!r}")
    if stack or not joints:
        raise ValueError(f"{path} is truncated inside its HIERARCHY")
    for joint in joints:
        if joint.offset is None:
            raise ValueError(f"{path}: joint {joint.name!r} has no OFFSET")
    return joints


def _add_joint(path: Path, joints: list[BvhJoint], name: str, parent) -> int:
    if any(joint.name == name for joint in joints):
        raise ValueError(
            f"{path} names joint {name!r} twice; joints must form a tree "
            "without cycles"
        )
    if parent is None or (parent == -1 and joints):
        raise ValueError(
            f"{path} has joint {name!r} outside the one tree of its ROOT"
        )
    joints.append(BvhJoint(name, parent))
    return len(joints) - 1


def _numbers(path: Path, words: list[str], what: str) -> np.ndarray:
    try:
        values = np.array(words, dtype=np.float64)
    except ValueError as error:
        raise ValueError(f"{path}: {what} holds no number: {error}") from error
    if not np.isfinite(values).all():
        raise ValueError(f"{path}: {what} must be finite, got NaN or infinity")
    return values


def _parse_motion(path: Path, motion: str, joints: list[BvhJoint]):
    """Frames per second (rounded if nearly whole) and values [frames, n]."""
    header = re.match(
        r"\s*Frames:\s*(\d+)\s*Frame Time:\s*(\S+)([\s\S]*)", motion
    )
    if header is None:
        raise ValueError(
            f"{path}: MOTION must begin with 'Frames:' and 'Frame Time:'"
        )
    frames = int(header[1])
    (frame_time,) = _numbers(path, [header[2]], "Frame Time")
    if frames == 0 or not frame_time > 0:
        raise ValueError(
            f"{path} must have at least 1 frame and a positive frame time, got "
            f"{frames} and {frame_time}"
        )
    width = sum(len(joint.channels) for joint in joints)
    values = _numbers(path, header[3].split(), "MOTION")
    if len(values) != frames * width:
        raise ValueError(
            f"{path} is truncated or too long: {frames} frames of {width} "
            f"channels need {frames * width} numbers, got {len(values)}"
        )
    fps = 1.0 / frame_time
    if abs(fps - round(fps)) < 1e-3:
        fps = float(round(fps))
    return fps, torch.from_numpy(values.reshape(frames, width))
