"""The 32 geometric numbers behind FID_m (also called FID_g or FID_manual).

One table asks 32 questions; one formula answers them all: the length of one
vector along another (or the cosine between them) against two bounds.
``compat`` is explained in ``metrics.dance_kinetic``.
"""

import math

import torch
from torch import Tensor

from mini_vimogen.metrics.dance_kinetic import frame_time
from mini_vimogen.metrics.joint_input import batch_of_clips

HUMERUS = 0.2568381092115207
"""Metres, the upper arm in SMPL's rest pose; the unit of most bounds."""
SHOULDERS = 0.39084835854945527
"""Metres between the shoulders."""
HIPS = 0.11924706586886204
"""Metres between the hips."""

PUBLISHED_FRAME_TIME = 1 / 120

# Three points beside the 22 joints: the world's origin, the point 1 m above it,
# and the point of the z axis as high as the lowest joint of the frame.
_ORIGIN, _ABOVE, _LOWEST = 22, 23, 24
_Bone = tuple[str, int, int]
_UP = ("bone", _ORIGIN, _ABOVE)


def _bone(start: int, end: int) -> _Bone:
    return ("bone", start, end)


def _speed(of: int, seen_from: int) -> _Bone:
    return ("speed", seen_from, of)


def _project(left: tuple, right: tuple, above=-math.inf, below=math.inf):
    """Length of the vector ``left`` along ``right`` between two bounds."""
    return left, right, above, below, False


def _move(a: int, b: int, p: int, above: float):
    """Is p, seen from a, faster than ``above`` in the direction a to b?"""
    return _project(_speed(p, a), _bone(a, b), above * HUMERUS)


def _normal_move(a: int, b: int, c: int, p: int, above: float):
    """Does p, seen from a, move through the plane of a, b, c?"""
    return _project(_speed(p, a), ("normal", a, b, c), above * HUMERUS)


def _plane(a: int, b: int, c: int, p: int, above: float):
    """Is p further than ``above`` from the plane of a, b, c?"""
    return _project(_bone(a, p), ("normal", a, b, c), above * HUMERUS)


def _beyond(n1: int, n2: int, a: int, p: int, above: float):
    """Is p further than ``above`` from a in the direction n1 to n2?"""
    return _project(_bone(a, p), _bone(n1, n2), above)


def _angle(left: _Bone, right: _Bone, least: float, most: float):
    """Is the angle between two bones strictly between two figures in degrees?

    The cosine falls as the angle grows, so the bounds change places.
    """
    cosines = (math.cos(math.radians(angle)) for angle in (most, least))
    return left, right, *cosines, True


def _fast(p: int, above: float):
    own = _speed(p, _ORIGIN)
    return _project(own, own, above * HUMERUS)


_TRUNK = _bone(12, 0)
_HEIGHT = {joint: _bone(_LOWEST, joint) for joint in (7, 8, 20, 21)}

_QUESTIONS = (
    _normal_move(12, 2, 1, 21, 1.8),  # 0 right hand moves to the front
    _normal_move(12, 1, 2, 20, 1.8),
    _beyond(9, 12, 12, 21, 0.2 * HUMERUS),  # 2 right hand above the neck
    _beyond(9, 12, 12, 20, 0.2 * HUMERUS),
    _move(3, 9, 9, 1.8),  # 4 and 5 ask the same, as published
    _move(3, 9, 9, 1.8),
    _angle(_bone(19, 17), _bone(19, 21), 0, 110),  # 6 right elbow bent
    _angle(_bone(18, 16), _bone(18, 20), 0, 110),
    _beyond(16, 17, 20, 21, 2.5 * SHOULDERS),  # 8 hands far apart
    _move(20, 21, 21, 1.4),  # 9 hands part
    _move(21, 0, 20, 1.4),  # 10 left hand towards the root
    _move(20, 0, 21, 1.4),
    _fast(21, 2.5),  # 12 fast hands
    _fast(20, 2.5),
    _plane(0, 1, 10, 8, 0.38),  # 14 right foot beyond the left leg
    _plane(0, 2, 11, 7, 0.38),
    _project(_HEIGHT[8], _UP, above=1.2 * HUMERUS),  # 16 right foot raised
    _project(_HEIGHT[7], _UP, above=1.2 * HUMERUS),
    _beyond(1, 2, 7, 8, 2.1 * HIPS),  # 18 feet far apart
    _angle(_bone(5, 2), _bone(5, 8), 0, 110),  # 19 right knee bent
    _angle(_bone(4, 1), _bone(4, 7), 0, 110),
    _fast(8, 2.5),  # 21 fast feet
    _fast(7, 2.5),
    _angle(_TRUNK, _bone(17, 19), 25, 180),  # 23 right arm off the trunk
    _angle(_TRUNK, _bone(16, 18), 25, 180),
    _angle(_TRUNK, _bone(2, 5), 50, 180),  # 25 right thigh off the trunk
    _angle(_TRUNK, _bone(1, 4), 50, 180),
    _plane(8, 12, 7, 0, 0.5),  # 27 root behind feet and neck
    _angle(_TRUNK, _UP, 70, 110),  # 28 trunk level
    _project(_HEIGHT[21], _UP, below=1.2 * HUMERUS),  # 29 right hand low
    _project(_HEIGHT[20], _UP, below=1.2 * HUMERUS),
    _fast(0, 2.3),  # 31 fast root
)


def _tables():
    """The questions as index tensors into one bank of vectors."""
    vectors = {vector for ask in _QUESTIONS for vector in ask[:2]}
    speeds = sorted(v for v in vectors if v[0] == "speed")
    normals = sorted(v for v in vectors if v[0] == "normal")
    bones = sorted(v for v in vectors if v[0] == "bone")
    # What a speed is the rate of comes first; then the two sides of a normal.
    pairs = [("bone", *v[1:]) for v in speeds] + bones
    pairs += [("bone", v[1], v[3]) for v in normals]
    pairs += [("bone", v[1], v[2]) for v in normals]
    bank = {v: at for at, v in enumerate(speeds)}
    bank |= {v: len(speeds) + at for at, v in enumerate(bones)}
    bank |= {v: len(speeds) + len(bones) + at for at, v in enumerate(normals)}
    left, right, above, below, angle = zip(*_QUESTIONS, strict=True)
    return {
        "start": torch.tensor([pair[1] for pair in pairs]),
        "end": torch.tensor([pair[2] for pair in pairs]),
        "sizes": (len(speeds), len(bones), len(normals), len(normals)),
        "left": torch.tensor([bank[v] for v in left]),
        "right": torch.tensor([bank[v] for v in right]),
        "angles": torch.tensor([at for at, yes in enumerate(angle) if yes]),
        "above": torch.tensor(above, dtype=torch.float64)[:, None],
        "below": torch.tensor(below, dtype=torch.float64)[:, None],
    }


_TABLES = _tables()


def geometric_features(
    joints: Tensor, *, fps: float | None = None, compat: bool = True
) -> Tensor:
    """Shares of frames on which each of 32 questions is answered yes.

    The questions (right hand above the neck? left knee bent? lying?) compare
    with lengths of SMPL's rest pose. Numbers 4 and 5 are the same question:
    the published code passes each a wrist that it never uses.

    Args:
        joints: [..., frames, 22 or 24, 3], Z up, metres, at least 2 frames.
        fps: frames per second; plays no part when ``compat`` is True.
        compat: keep the published frame time of 1/120 s in every speed.

    Returns:
        [..., 32] in [0, 1], in the joints' dtype. A question about a bone of
        length 0 is answered no.

    Raises:
        ValueError: wrong shape, fewer than 2 frames, NaN, or no fps.

    Source: Mueller et al. 2005, as coded in the AIST++ API.
    """
    joints = batch_of_clips(joints, joint_counts=(22, 24), least_frames=2)
    time = frame_time(compat=compat, fps=fps, published=PUBLISHED_FRAME_TIME)
    lead = joints.shape[:-3]
    points = _points(joints.detach().double())  # [3, 25, frames of all clips]
    bank = _vectors(points, time)
    left = bank.index_select(1, _TABLES["left"].to(bank.device))
    right = bank.index_select(1, _TABLES["right"].to(bank.device))
    value = _dot(left, right) / _dot(right, right).sqrt_()
    angles = _TABLES["angles"].to(bank.device)
    bones = left.index_select(1, angles)
    value[angles] /= _dot(bones, bones).sqrt_()
    yes = (value > _TABLES["above"].to(value)) & (
        value < _TABLES["below"].to(value)
    )
    # The first frame of each clip has no frame before it: it does not count.
    yes = yes.unflatten(1, (-1, joints.shape[-3]))[..., 1:]
    return yes.to(joints.dtype).mean(-1).T.reshape(*lead, 32)


def _points(joints: Tensor) -> Tensor:
    """[3, 22 joints and 3 helpers, frames of all clips], contiguous rows."""
    place = joints.reshape(-1, *joints.shape[-2:]).permute(2, 1, 0)
    points = place.new_zeros(3, 25, place.shape[-1])
    points[:, :22] = place[:, :22]
    points[2, _ABOVE] = 1.0
    points[2, _LOWEST] = place[2].amin(0)
    return points


def _vectors(points: Tensor, time: float) -> Tensor:
    """Speeds, bones and plane normals that the questions speak of."""
    start = points.index_select(1, _TABLES["start"].to(points.device))
    bone = points.index_select(1, _TABLES["end"].to(points.device))
    bone -= start
    moving, bones, first, second = bone.split(_TABLES["sizes"], dim=1)
    speed = torch.zeros_like(moving)
    torch.sub(moving[..., 1:], moving[..., :-1], out=speed[..., 1:])
    speed /= time
    normal = torch.linalg.cross(first, second, dim=0)
    return torch.cat([speed, bones, normal], dim=1)


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a[0] * b[0]).addcmul_(a[1], b[1]).addcmul_(a[2], b[2])
