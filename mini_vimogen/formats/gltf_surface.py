"""What a GLB shows: a body or bones, in the rest pose of a clip's skeleton."""

from dataclasses import dataclass

import numpy as np

from mini_vimogen.geometry.body import Body
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24, Skeleton

JOINTS_A_VERTEX = 4
"""glTF's JOINTS_0 and WEIGHTS_0: what every program reads."""

_SHORTEST = 1e-4  # metres; a shorter bone has no direction to draw
_THICKNESS = 0.12  # half width of a bone as a share of its length
_THINNEST, _THICKEST = 0.004, 0.03  # metres
_WIDEST_AT = 0.2  # of the way from a bone's parent joint to its child
_JOINT_SIZE = 0.012  # metres from the middle of a joint's mark to its corners

# Corners of an octahedron: four around the waist, two ends; its eight faces
# counter-clockwise from outside.
_CORNERS = np.array(
    [[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, -1], [0, 0, 1]],
    dtype=float,
)
_FACES = np.array(
    [[a, (a + 1) % 4, 5] for a in range(4)]
    + [[(a + 1) % 4, a, 4] for a in range(4)]
)


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles that joints carry, as glTF wants them.

    Args:
        name: of the mesh.
        vertices, normals: [V, 3] float32 metres, body axes (x left, y up, z
            forward), root at the origin; normals have length 1.
        faces: [F, 3] vertex numbers, counter-clockwise from outside.
        joints: [V, 4] which joints carry a vertex; 0 where the weight is 0.
        weights: [V, 4] float32, largest first, each row sums to 1.
    """

    name: str
    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    joints: np.ndarray
    weights: np.ndarray


def has_body(skeleton: Skeleton) -> bool:
    """True if the joints are SMPL's 24 or 22, at whatever places."""
    return skeleton.names in (SMPL24.names, SMPL22.names) and (
        skeleton.parents == SMPL24.parents[: len(skeleton)]
    )


def body_surface(body: Body, skeleton: Skeleton) -> Surface:
    """A body with its joints moved to those of a skeleton.

    Each vertex moves with the joints that carry it, by their weights; where
    the skeleton is the body's own, nothing moves. Without hands (SMPL22) what
    they carried goes to the wrists, which is what straight hands look like.
    The four largest weights of a vertex are kept and made to sum to 1.

    Raises:
        ValueError: the skeleton's joints are not SMPL's 24 or 22, or the
            body's are not the 24.
    """
    joints = len(skeleton)
    if body.parents != SMPL24.parents:
        raise ValueError(
            f"body must have SMPL's 24 joints, got parents {list(body.parents)}"
        )
    if not has_body(skeleton):
        raise ValueError(
            f"skeleton {skeleton.name} does not have SMPL's joints, which the "
            "body needs; draw its bones with body='skeleton'"
        )
    weights = body.weights.double().clone()
    for joint in range(len(body.parents) - 1, joints - 1, -1):
        weights[:, body.parents[joint]] += weights[:, joint]
    weights = weights[:, :joints]
    weights = weights / weights.sum(dim=1, keepdim=True)
    at = body.rest_joints.double() - body.rest_joints[0]
    moved = skeleton.rest_joints.double() - at[:joints]
    vertices = body.vertices.double() - body.rest_joints[0] + weights @ moved
    vertices, faces = vertices.numpy(), body.faces.numpy()
    return Surface(
        "body",
        vertices.astype(np.float32),
        _smooth_normals(vertices, faces).astype(np.float32),
        faces,
        *_largest(weights.numpy()),
    )


def bones_surface(skeleton: Skeleton) -> Surface:
    """A mark at each joint and a pointed bone from its parent to it.

    Each is carried by one joint alone, so nothing bends.
    """
    rest = skeleton.rest_joints.double().numpy()
    pieces = [(at + _CORNERS * _JOINT_SIZE, j) for j, at in enumerate(rest)]
    for joint, parent in enumerate(skeleton.parents):
        if joint and np.linalg.norm(rest[joint] - rest[parent]) > _SHORTEST:
            pieces.append((_bone(rest[parent], rest[joint]), parent))
    # Corners are not shared between faces: flat faces need their own normals.
    triangles = np.concatenate([corners[_FACES] for corners, _ in pieces])
    normals = np.cross(
        triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    )
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    carrier = np.repeat([joint for _, joint in pieces], 3 * len(_FACES))
    return Surface(
        "bones",
        triangles.reshape(-1, 3).astype(np.float32),
        np.repeat(normals, 3, axis=0).astype(np.float32),
        np.arange(len(carrier)).reshape(-1, 3),
        *_largest(np.eye(len(skeleton))[carrier]),
    )


def _bone(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Corners [6, 3] of an octahedron that points from start to end."""
    length = np.linalg.norm(end - start)
    along = (end - start) / length
    aside = np.cross(along, np.eye(3)[np.abs(along).argmin()])
    aside /= np.linalg.norm(aside)
    axes = np.stack([aside, np.cross(along, aside)])
    half = np.clip(_THICKNESS * length, _THINNEST, _THICKEST)
    corners = start + _CORNERS[:, :2] * half @ axes
    corners += along * length * _WIDEST_AT
    corners[4], corners[5] = start, end
    return corners


def _smooth_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Mean direction [V, 3] of the faces around a vertex, larger ones more."""
    one, two, three = (vertices[faces[:, corner]] for corner in range(3))
    across = np.cross(two - one, three - one)  # twice the area, outwards
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], across)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0])  # for a vertex of no face, or of slivers
    return np.where(length > 1e-12, normals / np.maximum(length, 1e-12), up)


def _largest(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The largest weights [V, 4] of [V, joints], and whose they are."""
    count, joints = weights.shape
    kept = min(JOINTS_A_VERTEX, joints)
    order = np.argsort(-weights, axis=1, kind="stable")[:, :kept]
    largest = np.zeros((count, JOINTS_A_VERTEX))
    largest[:, :kept] = np.take_along_axis(weights, order, axis=1)
    largest = (largest / largest.sum(axis=1, keepdims=True)).astype(np.float32)
    numbers = np.zeros((count, JOINTS_A_VERTEX), dtype=np.int64)
    numbers[:, :kept] = order
    numbers[largest == 0] = 0  # glTF: an unused place names joint 0
    return numbers.astype(np.uint8 if joints <= 256 else np.uint16), largest
