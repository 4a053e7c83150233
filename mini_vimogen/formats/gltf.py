"""Binary glTF (GLB): skeleton, skin and animation, for Blender and the web.

Y up and metres, as the format demands; the rest pose is SMPL's T-pose, facing
+Z and standing on y = 0, with every joint's axes along the file's.
Source: glTF 2.0 specification (Khronos, ISO/IEC 12113).
"""

from pathlib import Path

import numpy as np
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import Y_UP_TO_Z_UP
from mini_vimogen.files import data_path
from mini_vimogen.formats.glb import GlbFile, Numbers
from mini_vimogen.formats.gltf_document import GENERATOR, TEXTS, document_of
from mini_vimogen.formats.gltf_surface import (
    Surface,
    body_surface,
    bones_surface,
    has_body,
)
from mini_vimogen.geometry.body import Body
from mini_vimogen.geometry.rotations import quaternion_to_rotmat
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24, Skeleton

__all__ = ["BONES", "has_body", "read", "write"]

BONES = "skeleton"
"""Given as ``body``: draw bones in place of a body."""

# What a document that is not shaped as ours raises while it is taken apart.
_DAMAGED = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    RuntimeError,
)


def write(clip: Clip, path, *, body: Body | str | None = None) -> Path:
    """Write a clip as GLB: nodes, skin, one animation, one surface.

    Args:
        clip: any skeleton for bones; SMPL's 24 or 22 joints for a body.
        path: file to write; replaced only when the whole file is there.
        body: None is the shipped body; a vertex is carried by its four largest
            weights. "skeleton" draws bones.

    Returns:
        The path. ``read`` gives joints back to within 1e-5 m.

    Raises:
        ValueError: a skeleton that the body does not fit, or another word as
            ``body``. FileNotFoundError: no such folder, or the shipped data
            are not there.
    """
    surface = _surface(clip.skeleton, body)
    numbers = Numbers()
    return numbers.write(document_of(clip, surface, numbers), path)


def _surface(skeleton: Skeleton, body: Body | str | None) -> Surface:
    if isinstance(body, Body):
        return body_surface(body, skeleton)
    if body is None:
        return body_surface(Body.load(data_path("body.npz")), skeleton)
    if body != BONES:
        raise ValueError(
            f"body must be a Body, None or {BONES!r}, got {body!r}"
        )
    return bones_surface(skeleton)


def read(path) -> Clip:
    """Read the motion of a GLB file that ``write`` wrote.

    Args:
        path: the file. Files of other programs are refused: their rest poses
            are not SMPL's, so their rotations mean something else.

    Returns:
        The clip, float32, on SMPL24 or SMPL22 where names and offsets are
        theirs. The surface is not read.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not GLB, truncated, damaged, or of another program.
    """
    file = GlbFile(path)
    try:
        generator = file.document["asset"].get("generator", "")
        if str(generator).split(" ")[0] != GENERATOR:
            raise ValueError(
                f"its generator must be {GENERATOR}, got {generator!r}"
            )
        return _clip(file)
    except _DAMAGED as error:
        lacks = "it lacks " if isinstance(error, KeyError) else ""
        raise ValueError(
            f"{path} is not a GLB file written by {GENERATOR}, or it is "
            f"damaged: {lacks}{error}"
        ) from error


def _clip(file: GlbFile) -> Clip:
    document = file.document
    extras = document["scenes"][0]["extras"]
    skeleton = _skeleton(document, extras)
    fps = float(extras["fps"])
    if not fps > 0:
        raise ValueError(f"fps must be positive, got {fps}")
    values = _outputs(file, fps)
    turn = Y_UP_TO_Z_UP.double()
    root = torch.from_numpy(values[0, "translation"].astype(np.float64))
    turns = [values[joint, "rotation"] for joint in range(len(skeleton))]
    xyzw = torch.from_numpy(np.stack(turns, axis=1).astype(np.float64))
    if float((xyzw.norm(dim=-1) - 1).abs().max()) > 1e-3:
        raise ValueError("a rotation must be a quaternion of length 1")
    local = quaternion_to_rotmat(xyzw[..., [3, 0, 1, 2]])
    local[:, 0] = turn @ local[:, 0]
    return Clip(
        (root @ turn.T).float(),
        local.float(),
        fps=fps,
        skeleton=skeleton,
        **{name: str(extras[name]) for name in TEXTS},
    )


def _skeleton(document: dict, extras: dict) -> Skeleton:
    """The file's skeleton, one of ours where it is one."""
    joints = document["skins"][0]["joints"]
    if joints != list(range(len(joints))):
        raise ValueError("the skin's joints must be the first nodes, in order")
    nodes = document["nodes"][: len(joints)]
    parents = [-1] * len(nodes)
    for number, node in enumerate(nodes):
        for child in node.get("children", ()):
            parents[child] = number
    offsets = torch.tensor([node["translation"] for node in nodes])
    offsets[0] = 0.0  # the root's is where the rest pose stands
    skeleton = Skeleton(
        name=str(extras["skeleton"]),
        names=tuple(str(node["name"]) for node in nodes),
        parents=tuple(parents),
        offsets=offsets.float(),
        mirror_pairs=tuple((a, b) for a, b in extras["mirror_pairs"]),
    )
    for known in (SMPL24, SMPL22):
        if known.same_as(skeleton):
            return known
    return skeleton


def _outputs(file: GlbFile, fps: float) -> dict[tuple[int, str], np.ndarray]:
    """Values of each channel by (joint, path), a row for each frame."""
    animation = file.document["animations"][0]
    found = {}
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        times, values = (file.array(sampler[k]) for k in ("input", "output"))
        wanted = np.arange(len(times)) / fps
        if not np.allclose(times, wanted, rtol=1e-6, atol=1e-2 / fps):
            raise ValueError(f"its times must be {fps:g} frames per second")
        if len(values) != len(times):
            raise ValueError(
                f"a channel has {len(values)} values for {len(times)} times"
            )
        target = channel["target"]
        found[target["node"], target["path"]] = values
    return found
