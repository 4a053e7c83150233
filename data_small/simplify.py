"""Fewer triangles for the same shape: edge collapse with quadric errors.

A vertex is only ever merged into a neighbour, never moved, so whatever is
stored per vertex (skinning weights) stays exact for the vertices that remain.

Source: Garland and Heckbert 1997, with the end points of the edge as the only
candidates for the merged position.
"""

import heapq

import numpy as np


def _quadrics(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """[V, 4, 4]: squared distance to the planes of a vertex's faces."""
    corners = vertices[faces]
    normal = np.cross(
        corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    )
    area = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = normal / np.maximum(area, 1e-15)
    offset = -(normal * corners[:, 0]).sum(axis=1, keepdims=True)
    plane = np.concatenate([normal, offset], axis=1)
    # Weighted by area, so that slivers do not shout.
    quadric = area[:, :, None] * plane[:, :, None] * plane[:, None, :]
    total = np.zeros((len(vertices), 4, 4))
    for corner in range(3):
        np.add.at(total, faces[:, corner], quadric)
    return total


class _Mesh:
    """Faces by vertex, under collapses."""

    def __init__(self, vertices: np.ndarray, faces: np.ndarray):
        self.vertices = vertices
        self.point = np.concatenate([vertices, np.ones((len(vertices), 1))], 1)
        self.quadric = _quadrics(vertices, faces)
        self.faces = [tuple(map(int, face)) for face in faces]
        self.around = [set() for _ in vertices]
        for number, face in enumerate(self.faces):
            for vertex in face:
                self.around[vertex].add(number)

    def neighbours(self, vertex: int) -> set[int]:
        found = {v for f in self.around[vertex] for v in self.faces[f]}
        return found - {vertex}

    def cost(self, gone: int, kept: int) -> float:
        """Error of merging ``gone`` into ``kept``; short edges go first."""
        point = self.point[kept]
        error = point @ (self.quadric[gone] + self.quadric[kept]) @ point
        step = self.vertices[gone] - self.vertices[kept]
        return float(error) + 1e-9 * float(step @ step)

    def may_collapse(self, gone: int, kept: int) -> bool:
        """The surface stays a surface, and no face turns over."""
        shared = self.around[gone] & self.around[kept]
        common = self.neighbours(gone) & self.neighbours(kept)
        if len(shared) != 2 or len(common) != 2:
            return False
        for number in self.around[gone] - shared:
            face = self.faces[number]
            moved = [kept if v == gone else v for v in face]
            if self._normal(face) @ self._normal(moved) < 0.2:
                return False
        return True

    def _normal(self, face) -> np.ndarray:
        a, b, c = self.vertices[list(face)]
        normal = np.cross(b - a, c - a)
        return normal / max(np.linalg.norm(normal), 1e-15)

    def collapse(self, gone: int, kept: int) -> None:
        self.quadric[kept] += self.quadric[gone]
        for number in self.around[gone]:
            face = self.faces[number]
            if kept in face:
                for vertex in set(face) - {gone}:
                    self.around[vertex].discard(number)
                continue
            self.faces[number] = tuple(kept if v == gone else v for v in face)
            self.around[kept].add(number)
        self.around[gone] = set()


def simplify(
    vertices: np.ndarray, faces: np.ndarray, *, target: int
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers [target] of the vertices that remain, and faces of those.

    Args:
        vertices: [V, 3]; faces: [F, 3], closed surfaces.
        target: how many vertices to keep.
    """
    mesh = _Mesh(vertices, faces)
    version = np.zeros(len(vertices), dtype=int)
    heap = []

    def push(vertex: int) -> None:
        for other in mesh.neighbours(vertex):
            for gone, kept in ((vertex, other), (other, vertex)):
                stamp = (version[gone], version[kept])
                heapq.heappush(heap, (mesh.cost(gone, kept), gone, kept, stamp))

    for vertex in range(len(vertices)):
        push(vertex)
    left = sum(1 for around in mesh.around if around)
    while left > target and heap:
        _, gone, kept, stamp = heapq.heappop(heap)
        if stamp != (version[gone], version[kept]):
            continue
        if not mesh.around[gone] or not mesh.may_collapse(gone, kept):
            continue
        mesh.collapse(gone, kept)
        left -= 1
        version[gone] += 1
        version[kept] += 1
        push(kept)
    remaining = np.array([v for v in range(len(vertices)) if mesh.around[v]])
    number = np.full(len(vertices), -1)
    number[remaining] = np.arange(len(remaining))
    used = {f for around in mesh.around for f in around}
    kept_faces = np.array([mesh.faces[f] for f in sorted(used)])
    return remaining, number[kept_faces]
