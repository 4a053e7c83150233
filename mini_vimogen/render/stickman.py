"""Poses as flat polygons, far ones first: what film strips are made of."""

import numpy as np
from matplotlib.collections import PolyCollection

from mini_vimogen.geometry.skeleton import Skeleton
from mini_vimogen.render.palette import PAPER, SIDES
from mini_vimogen.render.projection import View
from mini_vimogen.render.tracks import sides

BONE_RADIUS = 0.028
"""Metres; never thinner than a pixel or so, see ``draw_poses``."""
HEAD_RADIUS = 0.095
SHADOW = "#c4c4c4"
_HALF_TURN = np.linspace(-np.pi / 2, np.pi / 2, 12)


def capsules(start, end, radius) -> np.ndarray:
    """Thick round-ended lines as polygons; a line of no length is a disc.

    Args:
        start, end: [lines, 2].
        radius: number or [lines].

    Returns:
        [lines, 24, 2] corners.
    """
    along = end - start
    length = np.linalg.norm(along, axis=-1)
    turn = np.where(length > 1e-9, np.arctan2(along[:, 1], along[:, 0]), 0.0)
    forward = turn[:, None] + _HALF_TURN  # [lines, 12]
    reach = np.broadcast_to(radius, length.shape)[:, None, None]

    def cap(centre, angle):
        ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        return centre[:, None] + reach * ring

    return np.concatenate(
        [cap(end, forward), cap(start, forward + np.pi)], axis=1
    )


def relative_to_root(joints: np.ndarray) -> np.ndarray:
    """Poses [..., joints, 3] moved over the origin, heights kept."""
    ground = joints[..., :1, :] * np.array([1.0, 1.0, 0.0])
    return joints - ground


def turned(points: np.ndarray, yaw: float) -> np.ndarray:
    """Points [..., 3] turned about the vertical by radians, left positive."""
    c, s = np.cos(yaw), np.sin(yaw)
    return points @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])


def draw_poses(
    axes,
    joints: np.ndarray,
    skeleton: Skeleton,
    *,
    view: View,
    places: np.ndarray,
    metres_per_point: float,
) -> np.ndarray:
    """Draw poses side by side, each with its shadow on the floor.

    Args:
        axes: whose units are metres in both directions.
        joints: [poses, joints, 3] metres, each over the origin, floor at 0.
        skeleton: whose joints these are.
        view: where they are seen from.
        places: [poses, 2] where the floor below each root lands on the axes.
        metres_per_point: size of a typographic point, to keep lines visible.

    Returns:
        [poses, joints, 2] where the joints were drawn.
    """
    radius = max(BONE_RADIUS, 1.1 * metres_per_point)
    shadows = view.project(joints * np.array([1.0, 1.0, 0.0]))
    seen = view.project(joints)
    seen[..., :2] += places[:, None]
    shadows[..., :2] += places[:, None]
    bones = _bones(shadows[..., :2], skeleton)
    axes.add_collection(
        PolyCollection(
            capsules(*bones, radius), facecolors=SHADOW, linewidths=0, zorder=2
        )
    )
    for pose in seen:
        shapes, colours = _figure_shapes(pose, skeleton, radius)
        axes.add_collection(
            PolyCollection(shapes, facecolors=colours, linewidths=0, zorder=3)
        )
    return seen[..., :2]


def _bones(seen: np.ndarray, skeleton: Skeleton):
    """Start and end [poses * bones, 2] of every bone."""
    child = np.arange(1, len(skeleton))
    parent = np.array(skeleton.parents[1:])
    return seen[:, parent].reshape(-1, 2), seen[:, child].reshape(-1, 2)


def _figure_shapes(pose, skeleton: Skeleton, radius: float):
    """Polygons and colours of one pose [joints, 3], the farthest first.

    Each bone brings a paper-coloured surround, so that crossing limbs stay
    apart, and on the right side a paper-coloured core, so that it is hollow.
    """
    child = np.arange(1, len(skeleton))
    start, end = pose[list(skeleton.parents[1:])], pose[child]
    thick = np.full(len(child), radius)
    side = [sides(skeleton)[joint] for joint in child]
    head = _head_centre(pose, skeleton)
    if head is not None:
        start, end = np.vstack([start, head]), np.vstack([end, head])
        thick = np.append(thick, HEAD_RADIUS)
        side.append("centre")
    # The surround stops short of the joints, or it would cut the next bone.
    inner, outer = 0.8 * start + 0.2 * end, 0.2 * start + 0.8 * end
    surround = capsules(inner[:, :2], outer[:, :2], thick * 1.5)
    body = capsules(start[:, :2], end[:, :2], thick)
    core = capsules(start[:, :2], end[:, :2], thick * 0.4)
    shapes, colours = [], []
    for bone in np.argsort(start[:, 2] + end[:, 2]):
        shapes += [surround[bone], body[bone]]
        colours += [PAPER, SIDES[side[bone]]]
        if side[bone] == "right":
            shapes.append(core[bone])
            colours.append(PAPER)
    return shapes, colours


def _head_centre(pose: np.ndarray, skeleton: Skeleton) -> np.ndarray | None:
    """Middle of the skull: beyond the head joint, which sits at its base."""
    if "head" not in skeleton.names:
        return None
    joint = skeleton.index("head")
    neck = pose[skeleton.parents[joint]]
    along = pose[joint] - neck
    return pose[joint] + along * (0.07 / max(np.linalg.norm(along), 1e-6))


def reach(joints: np.ndarray, skeleton: Skeleton, view: View) -> np.ndarray:
    """Page rectangle left, bottom, right, top that each pose needs.

    Args:
        joints: [poses, joints, 3], each over the origin.

    Returns:
        [poses, 4] metres.
    """
    seen = view.project(joints)
    heads = [_head_centre(pose, skeleton) for pose in seen]
    if heads[0] is not None:
        heads = np.array(heads)[:, None]
        skull = np.full(3, HEAD_RADIUS)
        seen = np.concatenate([seen, heads - skull, heads + skull], axis=1)
    low = seen[..., :2].min(axis=1) - BONE_RADIUS
    high = seen[..., :2].max(axis=1) + BONE_RADIUS
    return np.concatenate([low, high], axis=1)
