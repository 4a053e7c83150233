"""A clip and a surface as a glTF document: nodes, mesh, skin, animation."""

import numpy as np
import torch
from torch import Tensor

import mini_vimogen
from mini_vimogen.clip import Clip
from mini_vimogen.conventions import Z_UP_TO_Y_UP
from mini_vimogen.formats.glb import INDICES, VERTICES, Numbers
from mini_vimogen.formats.gltf_surface import Surface
from mini_vimogen.geometry.rotations import rotmat_to_quaternion
from mini_vimogen.geometry.skeleton import Skeleton

GENERATOR = "mini_vimogen"
TEXTS = ("caption", "source", "licence")
_SKIN = [0.62, 0.56, 0.5, 1.0]  # a matt, warm grey
_LAST_SMALL = 0xFFFF  # vertex numbers below it fit uint16; itself is reserved


def document_of(clip: Clip, surface: Surface, numbers: Numbers) -> dict:
    """The document, whose arrays are added to ``numbers``.

    Args:
        clip: any skeleton.
        surface: in the rest pose of that skeleton.
        numbers: takes the arrays.
    """
    rest = clip.skeleton.rest_joints.double().numpy()
    standing = np.array([0.0, -float(surface.vertices[:, 1].min()), 0.0])
    return {
        "asset": _asset(clip),
        "scene": 0,
        "scenes": [
            {
                "name": "scene",
                "nodes": [0, len(clip.skeleton)],
                "extras": _extras(clip),
            }
        ],
        "nodes": [
            *_joint_nodes(clip.skeleton, standing),
            {"name": surface.name, "mesh": 0, "skin": 0},
        ],
        "materials": [_material(surface.name)],
        "meshes": [_mesh(surface, standing, numbers)],
        "skins": [_skin(clip.skeleton, rest + standing, numbers)],
        "animations": [_animation(clip, numbers)],
    }


def _asset(clip: Clip) -> dict:
    asset = {
        "version": "2.0",
        "generator": f"{GENERATOR} {mini_vimogen.__version__}",
    }
    return asset | ({"copyright": clip.licence} if clip.licence else {})


def _extras(clip: Clip) -> dict:
    texts = {name: getattr(clip, name) for name in TEXTS}
    return texts | {
        "fps": clip.fps,
        "skeleton": clip.skeleton.name,
        "mirror_pairs": [list(pair) for pair in clip.skeleton.mirror_pairs],
    }


def _joint_nodes(skeleton: Skeleton, standing: np.ndarray) -> list[dict]:
    """The rest pose: nodes that are only shifted, in the skeleton's order."""
    offsets = skeleton.offsets.double().numpy()
    nodes = []
    for joint, name in enumerate(skeleton.names):
        place = offsets[joint] if joint else standing
        node = {"name": name, "translation": place.tolist()}
        children = [j for j, p in enumerate(skeleton.parents) if p == joint]
        nodes.append(node | ({"children": children} if children else {}))
    return nodes


def _material(name: str) -> dict:
    matt = {
        "baseColorFactor": _SKIN,
        "metallicFactor": 0.0,
        "roughnessFactor": 0.85,
    }
    return {"name": name, "pbrMetallicRoughness": matt}


def _mesh(surface: Surface, standing: np.ndarray, numbers: Numbers) -> dict:
    small = len(surface.vertices) < _LAST_SMALL
    faces = surface.faces.reshape(-1).astype(np.uint16 if small else np.uint32)
    places = surface.vertices + standing.astype(np.float32)
    primitive = {
        "attributes": {
            "POSITION": numbers.add(places, target=VERTICES, bounds=True),
            "NORMAL": numbers.add(surface.normals, target=VERTICES),
            "JOINTS_0": numbers.add(surface.joints, target=VERTICES),
            "WEIGHTS_0": numbers.add(surface.weights, target=VERTICES),
        },
        "indices": numbers.add(faces, target=INDICES),
        "material": 0,
    }
    return {"name": surface.name, "primitives": [primitive]}


def _skin(skeleton: Skeleton, rest: np.ndarray, numbers: Numbers) -> dict:
    """Undoing the rest pose is one shift a joint: nothing is turned there."""
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(skeleton), 1, 1))
    inverse[:, :3, 3] = -rest
    return {
        "name": skeleton.name,
        "joints": list(range(len(skeleton))),
        "skeleton": 0,
        "inverseBindMatrices": numbers.add(inverse),
    }


def _animation(clip: Clip, numbers: Numbers) -> dict:
    turn = Z_UP_TO_Y_UP.double()
    local = clip.local_rotmat.detach().cpu().double().clone()
    local[:, 0] = turn @ local[:, 0]
    root = clip.root_position.detach().cpu().double() @ turn.T
    times = (np.arange(clip.frames) / clip.fps).astype(np.float32)
    outputs = [(0, "translation", root.numpy())]
    turns = _without_jumps(rotmat_to_quaternion(local)).numpy()
    for joint in range(len(clip.skeleton)):
        xyzw = turns[:, joint, [1, 2, 3, 0]]
        outputs.append((joint, "rotation", xyzw))
    time = numbers.add(times, bounds=True)
    samplers, channels = [], []
    for joint, what, values in outputs:
        target = {"node": joint, "path": what}
        channels.append({"sampler": len(samplers), "target": target})
        output = numbers.add(values.astype(np.float32))
        samplers.append(
            {"input": time, "output": output, "interpolation": "LINEAR"}
        )
    name = clip.caption or "motion"
    return {"name": name, "samplers": samplers, "channels": channels}


def _without_jumps(quaternion: Tensor) -> Tensor:
    """[frames, joints, 4] with the sign nearer to the frame before.

    q and -q are one rotation, but programs that interpolate plainly between
    them would pass through others.
    """
    along = (quaternion[1:] * quaternion[:-1]).sum(dim=-1, keepdim=True)
    sign = torch.where(along < 0, -1.0, 1.0).to(quaternion).cumprod(dim=0)
    return torch.cat([quaternion[:1], quaternion[1:] * sign])
