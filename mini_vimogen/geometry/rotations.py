"""Rotations: matrices, axis-angle, quaternions, six numbers in three layouts.

A rotation is a matrix that acts on columns; a quaternion is (w, x, y, z).
Every function takes any leading batch dimensions, keeps device and dtype, and
has a finite value and gradient at the rest pose (the identity).
"""

import roma
import torch
from torch import Tensor

from mini_vimogen.conventions import ROT6D_LAYOUTS


def _require_last(x: Tensor, name: str, *shape: int) -> None:
    if tuple(x.shape[-len(shape) :]) != shape:
        wanted = ", ".join(map(str, shape))
        raise ValueError(
            f"{name} must have shape [..., {wanted}], got {list(x.shape)}"
        )


def _require_layout(layout: str) -> None:
    if layout not in ROT6D_LAYOUTS:
        raise ValueError(
            f"layout must be one of {', '.join(ROT6D_LAYOUTS)}, got {layout!r}"
        )


def rot6d_to_rotmat(x: Tensor, *, layout: str) -> Tensor:
    """Six numbers to a rotation matrix, by Gram-Schmidt.

    Args:
        x: [..., 6], need not be orthonormal.
        layout: "rows", "columns" or "interleaved"; see ``conventions``. No
            default: the wrong layout decodes to a valid, wrong rotation.

    Returns:
        [..., 3, 3]

    Raises:
        ValueError: last size is not 6, or the layout is unknown.

    Source: Zhou et al. 2019, section B; rows as in PyTorch3D and EDGE.

    >>> x = torch.tensor([0.0, -1, 0, 1, 0, 0])  # a quarter turn about Z
    >>> rot6d_to_rotmat(x, layout="rows")[0].tolist()
    [0.0, -1.0, 0.0]
    """
    _require_layout(layout)
    _require_last(x, "x", 6)
    if layout == "interleaved":
        first, second = x[..., 0::2], x[..., 1::2]
    else:
        first, second = x[..., :3], x[..., 3:]
    first = torch.nn.functional.normalize(first, dim=-1)
    along = (first * second).sum(dim=-1, keepdim=True)
    second = torch.nn.functional.normalize(second - along * first, dim=-1)
    third = torch.linalg.cross(first, second)
    # The two vectors are rows of R in one layout and columns in the others.
    return torch.stack(
        (first, second, third), dim=-2 if layout == "rows" else -1
    )


def rotmat_to_rot6d(rotmat: Tensor, *, layout: str) -> Tensor:
    """Rotation matrix to six numbers.

    Args:
        rotmat: [..., 3, 3]
        layout: "rows", "columns" or "interleaved"; see ``conventions``.

    Returns:
        [..., 6]

    Raises:
        ValueError: last sizes are not 3 x 3, or the layout is unknown.

    >>> rotmat_to_rot6d(torch.eye(3), layout="interleaved").tolist()
    [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    """
    _require_layout(layout)
    _require_last(rotmat, "rotmat", 3, 3)
    if layout == "rows":
        two = rotmat[..., :2, :]
    elif layout == "columns":
        two = rotmat[..., :, :2].transpose(-1, -2)
    else:
        two = rotmat[..., :, :2]
    return two.flatten(-2)


def axis_angle_to_rotmat(axis_angle: Tensor) -> Tensor:
    """Axis times angle in radians [..., 3] to rotation matrix [..., 3, 3].

    Finite and exact at the zero vector, with the right gradient there.

    >>> axis_angle_to_rotmat(torch.zeros(3)).diagonal().tolist()
    [1.0, 1.0, 1.0]
    """
    _require_last(axis_angle, "axis_angle", 3)
    return roma.rotvec_to_rotmat(axis_angle)


def rotmat_to_axis_angle(rotmat: Tensor) -> Tensor:
    """Matrix [..., 3, 3] to axis times angle [..., 3], angle in [0, pi].

    At a half turn the axis has two answers; either may be returned.
    """
    _require_last(rotmat, "rotmat", 3, 3)
    return roma.rotmat_to_rotvec(rotmat)


def quaternion_to_rotmat(quaternion: Tensor) -> Tensor:
    """Quaternion (w, x, y, z) [..., 4], of any length, to [..., 3, 3]."""
    _require_last(quaternion, "quaternion", 4)
    unit = torch.nn.functional.normalize(quaternion, dim=-1)
    return roma.unitquat_to_rotmat(roma.quat_wxyz_to_xyzw(unit))


def rotmat_to_quaternion(rotmat: Tensor) -> Tensor:
    """Rotation matrix [..., 3, 3] to unit quaternion (w, x, y, z), w >= 0."""
    _require_last(rotmat, "rotmat", 3, 3)
    quaternion = roma.quat_xyzw_to_wxyz(roma.rotmat_to_unitquat(rotmat))
    return torch.where(quaternion[..., :1] < 0, -quaternion, quaternion)


def slerp_rotmat(start: Tensor, end: Tensor, weight: Tensor) -> Tensor:
    """Turn from one rotation to another at constant speed, the short way.

    Args:
        start, end: [..., 3, 3]
        weight: [...], 0 gives ``start``, 1 gives ``end``.

    Returns:
        [..., 3, 3]

    Source: Shoemake 1985, as start * exp(weight * log(start^-1 end)).
    """
    _require_last(start, "start", 3, 3)
    _require_last(end, "end", 3, 3)
    turn = rotmat_to_axis_angle(start.transpose(-1, -2) @ end)
    return start @ axis_angle_to_rotmat(weight[..., None] * turn)


def geodesic_distance(a: Tensor, b: Tensor) -> Tensor:
    """Angle in radians [...] of the turn between rotations [..., 3, 3].

    Accurate for tiny angles and next to a half turn: the angle is taken from
    sine and cosine together, not from the arc cosine of the trace.

    >>> quarter = rotation_about("z", torch.tensor(torch.pi / 2))
    >>> round(geodesic_distance(torch.eye(3), quarter).item(), 4)
    1.5708
    """
    _require_last(a, "a", 3, 3)
    _require_last(b, "b", 3, 3)
    return roma.rotmat_geodesic_distance(a, b)


def rotation_about(axis: str, angle: Tensor) -> Tensor:
    """Turn by ``angle`` radians [...] about "x", "y" or "z": [..., 3, 3]."""
    if axis not in ("x", "y", "z"):
        raise ValueError(f"axis must be 'x', 'y' or 'z', got {axis!r}")
    unit = torch.zeros(3, dtype=angle.dtype, device=angle.device)
    unit["xyz".index(axis)] = 1.0
    return axis_angle_to_rotmat(angle[..., None] * unit)


def heading(root_rotmat: Tensor) -> Tensor:
    """Yaw [...] in radians of the body's forward axis, from [..., 3, 3].

    0 looks along +Y; positive is a turn to the left, seen from above. When the
    body lies down, its forward axis is vertical and the line from feet to head
    takes over. Continuous through standing, bending, lying and a cartwheel; in
    a somersault it jumps by half a turn, 128 degrees of pitch from standing
    (no heading is continuous everywhere).

    >>> from mini_vimogen.conventions import STANDING_ROOT
    >>> left = rotation_about("z", torch.tensor(torch.pi / 2))
    >>> round(heading(left @ STANDING_ROOT).rad2deg().item())
    90
    """
    _require_last(root_rotmat, "root_rotmat", 3, 3)
    forward, up = root_rotmat[..., :, 2], root_rotmat[..., :, 1]
    # A body bent forward by 90 degrees has its forward axis pointing down and
    # its up axis pointing forward; bent backward, the other way round.
    lean = forward[..., 2:3]
    level = forward[..., :2] - lean * up[..., :2]
    return torch.atan2(-level[..., 0], level[..., 1])


def nearest_rotation(matrix: Tensor) -> Tensor:
    """The rotation [..., 3, 3] closest to a matrix, by singular values.

    Source: orthogonal Procrustes problem with determinant +1 (Kabsch 1976).
    """
    _require_last(matrix, "matrix", 3, 3)
    return roma.special_procrustes(matrix)
