"""A small glTF player of the tests' own: what a program would draw.

Written from the specification on top of pygltflib's parser; it shares no code
with the writer.
"""

import numpy as np
import pygltflib

WIDTH = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}
KIND = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}


class Evaluator:
    """One file: its arrays, and joints and vertices at a key frame."""

    def __init__(self, path):
        self.gltf = pygltflib.GLTF2().load_binary(str(path))
        self.blob = self.gltf.binary_blob()
        self.skin = self.gltf.skins[0]
        self.nodes = self.gltf.nodes
        self.primitive = self.gltf.meshes[0].primitives[0]
        self.parent = {
            child: number
            for number, node in enumerate(self.nodes)
            for child in node.children
        }

    def array(self, number) -> np.ndarray:
        accessor = self.gltf.accessors[number]
        view = self.gltf.bufferViews[accessor.bufferView]
        start = (view.byteOffset or 0) + (accessor.byteOffset or 0)
        width = WIDTH[accessor.type]
        values = np.frombuffer(
            self.blob,
            KIND[accessor.componentType],
            accessor.count * width,
            start,
        )
        return values.reshape(accessor.count, width)

    def attribute(self, name) -> np.ndarray:
        return self.array(getattr(self.primitive.attributes, name))

    @property
    def triangles(self) -> np.ndarray:
        return self.array(self.primitive.indices).reshape(-1, 3)

    def world(self, frame) -> list[np.ndarray]:
        """4 x 4 matrix of every node; ``frame`` None is the rest pose."""
        turns, places = {}, {}
        animation = self.gltf.animations[0]
        for channel in animation.channels if frame is not None else ():
            sampler = animation.samplers[channel.sampler]
            value = self.array(sampler.output)[frame].astype(np.float64)
            kept = turns if channel.target.path == "rotation" else places
            kept[channel.target.node] = value
        local = []
        for number, node in enumerate(self.nodes):
            matrix = np.eye(4)
            turn = turns.get(number, node.rotation or [0, 0, 0, 1])
            matrix[:3, :3] = turned(*turn)
            matrix[:3, 3] = places.get(number, node.translation or [0, 0, 0])
            local.append(matrix)

        def whole(number):
            above = self.parent.get(number)
            return (
                local[number] if above is None else whole(above) @ local[number]
            )

        return [whole(number) for number in range(len(local))]

    def joints(self, frame) -> np.ndarray:
        """[joints, 3] in the file's axes."""
        world = self.world(frame)
        return np.stack([world[j][:3, 3] for j in self.skin.joints])

    def vertices(self, frame) -> np.ndarray:
        """[V, 3] in the file's axes, by linear blend skinning."""
        world = self.world(frame)
        stored = self.array(self.skin.inverseBindMatrices)
        inverse = stored.reshape(-1, 4, 4).transpose(0, 2, 1)
        carry = np.stack([world[j] for j in self.skin.joints]) @ inverse
        named, weights = self.attribute("JOINTS_0"), self.attribute("WEIGHTS_0")
        at = self.attribute("POSITION").astype(np.float64)
        at = np.concatenate([at, np.ones((len(at), 1))], axis=1)
        each = np.einsum("vkrc,vc->vkr", carry[named], at)[..., :3]
        return np.einsum("vk,vkr->vr", weights.astype(np.float64), each)


def turned(x, y, z, w) -> np.ndarray:
    """Rotation matrix of a unit quaternion (x, y, z, w)."""
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
