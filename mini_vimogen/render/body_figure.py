"""The skinned body as a row of shaded figures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb

from mini_vimogen.geometry.skeleton import SMPL24, Skeleton
from mini_vimogen.render.figure import chosen_frames
from mini_vimogen.render.palette import SIDES
from mini_vimogen.render.projection import THREE_QUARTER, View
from mini_vimogen.render.sheet import lay_out
from mini_vimogen.render.stickman import SHADOW
from mini_vimogen.render.theme import Picture
from mini_vimogen.render.tracks import sides

SKIN = "#cfc6bb"
LIGHT = np.array([-0.35, 0.55, 0.76])
"""Direction to the light on the page: left, up, towards the reader."""


def body_strip(
    vertices,
    faces,
    *,
    frames: int | Sequence[int] = 6,
    fps: float | None = None,
    label: str = "",
    title: str | None = None,
    view: View = THREE_QUARTER,
    vertex_joint=None,
    skeleton: Skeleton = SMPL24,
    width: str = "page",
) -> Picture:
    """A moving surface as a row of flat-shaded figures, far faces first.

    Args:
        vertices: [frames, vertices, 3] metres, Z up.
        faces: [faces, 3] vertex numbers, counter-clockwise from outside.
        frames: how many figures, evenly over the motion, or which frames.
        fps: to caption seconds; without it, frames are numbered.
        label, title: above the row.
        view: where the camera stands.
        vertex_joint: [vertices] joint that moves each vertex most (the
            largest skinning weight); tints the left and the right side.
        skeleton: whose joints ``vertex_joint`` counts.
        width: "page" or "half".

    Raises:
        ValueError: wrong shapes, values not finite, a face that names a
            vertex that is not there.
    """
    vertices, faces = _checked(vertices, faces)
    colours = _face_colours(faces, vertex_joint, vertices.shape[1], skeleton)
    chosen = chosen_frames(frames, len(vertices))
    middle = (vertices[chosen].min(1) + vertices[chosen].max(1)) / 2
    middle[:, 2] = 0.0
    strip = SurfaceStrip(
        label=label,
        times=[f"{f / fps:.2f} s" if fps else f"frame {f}" for f in chosen],
        vertices=vertices[chosen] - middle[:, None],
        faces=faces,
        colours=colours,
        view=view,
    )
    picture = lay_out(
        [strip],
        view=view,
        columns=1,
        title=title,
        width=width,
        key=vertex_joint is not None,
    )
    picture.description = (
        f"The body's surface: {title or label or 'a motion'}, {len(chosen)} "
        f"figures from {strip.times[0]} to {strip.times[-1]}."
    )
    return picture


@dataclass(frozen=True, eq=False)
class SurfaceStrip:
    """Chosen frames of a surface, each over the origin."""

    label: str
    times: list[str]
    vertices: np.ndarray  # [figures, vertices, 3]
    faces: np.ndarray
    colours: np.ndarray  # [faces, 3]
    view: View

    @property
    def box(self) -> np.ndarray:
        """[figures, 4] metres on the page: left, bottom, right, top."""
        seen = self.view.project(self.vertices)[..., :2]
        return np.concatenate([seen.min(axis=1), seen.max(axis=1)], axis=1)

    def draw(self, axes, *, places, metres_per_point) -> None:
        """Shadow, then the faces that look at the reader, far ones first."""
        flat = self.view.project(self.vertices * np.array([1.0, 1.0, 0.0]))
        seen = self.view.project(self.vertices)
        for figure, shadow, place in zip(seen, flat, places, strict=True):
            cast = shadow[self.faces][..., :2] + place
            axes.add_collection(_polygons(cast, SHADOW, 2))
            corners = figure[self.faces]  # [faces, 3, 3]
            normal = np.cross(
                corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
            )
            length = np.linalg.norm(normal, axis=1, keepdims=True)
            normal = normal / np.maximum(length, 1e-12)
            front = np.flatnonzero(normal[:, 2] > 0)
            front = front[np.argsort(corners[front, :, 2].sum(axis=1))]
            lit = np.maximum(normal[front] @ LIGHT, 0.0)
            colour = self.colours[front] * (0.42 + 0.58 * lit[:, None])
            shapes = corners[front, :, :2] + place
            axes.add_collection(_polygons(shapes, colour, 3))


def _polygons(shapes, colours, zorder) -> PolyCollection:
    # The thin edge of the face's own colour closes the seams between faces.
    return PolyCollection(
        shapes,
        facecolors=colours,
        edgecolors="face",
        linewidths=0.25,
        zorder=zorder,
    )


def _face_colours(faces, vertex_joint, vertices: int, skeleton) -> np.ndarray:
    skin = np.tile(to_rgb(SKIN), (len(faces), 1))
    if vertex_joint is None:
        return skin
    joint = torch.as_tensor(vertex_joint).cpu().numpy()
    if joint.shape != (vertices,) or joint.max() >= len(skeleton):
        raise ValueError(
            f"vertex_joint must have shape [{vertices}] and count the joints "
            f"of {skeleton.name}, got shape {list(joint.shape)}"
        )
    tint = {side: np.array(to_rgb(SIDES[side])) for side in ("left", "right")}
    for face, owner in enumerate(joint[faces[:, 0]]):
        side = sides(skeleton)[owner]
        if side in tint:
            skin[face] = 0.55 * skin[face] + 0.45 * tint[side]
    return skin


def _checked(vertices, faces) -> tuple[np.ndarray, np.ndarray]:
    vertices = torch.as_tensor(vertices).detach().double().cpu().numpy()
    faces = torch.as_tensor(faces).detach().long().cpu().numpy()
    if vertices.ndim != 3 or vertices.shape[-1] != 3 or 0 in vertices.shape:
        raise ValueError(
            "vertices must have shape [frames, vertices, 3], got "
            f"{list(vertices.shape)}"
        )
    if not np.isfinite(vertices).all():
        raise ValueError("vertices must be finite, got NaN or infinity")
    if faces.ndim != 2 or faces.shape[1] != 3 or len(faces) == 0:
        raise ValueError(
            f"faces must have shape [faces, 3], got {list(faces.shape)}"
        )
    if faces.min() < 0 or faces.max() >= vertices.shape[1]:
        raise ValueError(
            f"faces must name vertices 0..{vertices.shape[1] - 1}, got "
            f"{faces.min()}..{faces.max()}"
        )
    return vertices, faces
