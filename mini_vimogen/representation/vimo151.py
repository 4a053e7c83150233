"""The 151 numbers a frame of ViMo and EDGE, in two forms.

The world form is EDGE's: four foot contacts, the root position, and 24 local
rotations of six numbers ("rows"), 4 + 3 + 144. Encoding never moves a clip;
``Clip.canonical`` does.

The camera form is what an unknown camera can see: the root's rotation is
relative to the direction in which the camera looks at the person, and the root
moves by a velocity in the body's own heading frame. ``representation.shots``
joins it to one world path again.
"""

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.geometry.kinematics import foot_contacts, forward_kinematics
from mini_vimogen.geometry.rotations import (
    heading,
    rot6d_to_rotmat,
    rotation_about,
    rotmat_to_rot6d,
)
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.representation.layout import Layout

LAYOUT = Layout(
    "vimo151", {"contacts": (4,), "root_position": (3,), "rot6d": (24, 6)}
)
"""Named blocks of the world form."""

CAMERA_LAYOUT = Layout(
    "vimo151, camera form",
    {
        "contacts": (4,),
        "root_velocity": (2,),
        "root_height": (1,),
        "rot6d": (24, 6),
    },
)
"""Named blocks of the camera form. ``root_velocity`` is in metres per second to
the body's right and forward; ``root_height`` in metres above the floor."""

ROT6D_LAYOUT = "rows"


def encode(clip: Clip) -> Tensor:
    """A clip on SMPL24 as numbers.

    Args:
        clip: any frame rate; contacts use EDGE's speed limit of 0.3 m/s.

    Returns:
        [frames, 151], blocks as in ``LAYOUT``.

    Raises:
        ValueError: the clip has another skeleton.

    Source: ViMo (arXiv 2408.06614) section 3; EDGE (Tseng et al. 2023).
    """
    if not clip.skeleton.same_as(SMPL24):
        raise ValueError(
            "clip must be on skeleton SMPL24 to be written as 151 numbers, "
            f"got {clip.skeleton.name} with {len(clip.skeleton)} joints"
        )
    return LAYOUT.join(
        contacts=foot_contacts(clip.joints(), fps=clip.fps),
        root_position=clip.root_position,
        rot6d=rotmat_to_rot6d(clip.local_rotmat, layout=ROT6D_LAYOUT),
    )


def encode_camera_form(
    root_position: Tensor,
    local_rotmat: Tensor,
    *,
    camera_yaw: Tensor,
    fps: float,
) -> Tensor:
    """Motions as an unknown camera sees them, for any leading dimensions.

    Args:
        root_position: [..., frames, 3] metres, floor at z = 0.
        local_rotmat: [..., frames, 24, 3, 3].
        camera_yaw: [..., frames] radians, where the camera of that frame
            looks, as a heading: 0 along +Y, positive to the left.
        fps: frames per second, for contacts and velocities.

    Returns:
        [..., frames, 151], blocks as in ``CAMERA_LAYOUT``. The last frame's
        velocity is that of the one before it (0 for a single frame).

    Raises:
        ValueError: shapes that do not fit, or fps not positive.
    """
    joints = forward_kinematics(local_rotmat, root_position, SMPL24)
    yaw = heading(local_rotmat[..., 0, :, :])
    step = root_position[..., 1:, :2] - root_position[..., :-1, :2]
    last = step[..., -1:, :]
    if step.shape[-2] == 0:
        last = torch.zeros_like(root_position[..., :1, :2])
    step = torch.cat([step, last], dim=-2) * fps
    seen = rotation_about("z", -camera_yaw) @ local_rotmat[..., 0, :, :]
    local = torch.cat([seen[..., None, :, :], local_rotmat[..., 1:, :, :]], -3)
    return CAMERA_LAYOUT.join(
        contacts=foot_contacts(joints, fps=fps),
        root_velocity=turned_level(step, -yaw),
        root_height=root_position[..., 2:],
        rot6d=rotmat_to_rot6d(local, layout=ROT6D_LAYOUT),
    )


def turned_level(vectors: Tensor, angle: Tensor) -> Tensor:
    """Level vectors [..., 2] turned about the vertical by ``angle`` [...]."""
    x, y = vectors.unbind(-1)
    cosine, sine = angle.cos(), angle.sin()
    return torch.stack([cosine * x - sine * y, sine * x + cosine * y], dim=-1)


def decode(features: Tensor, *, fps: float = VIMO_FPS, **texts: str) -> Clip:
    """Numbers back to a clip; six numbers are made orthonormal on the way.

    Args:
        features: [frames, 151]; contacts are not needed for a clip.
        fps: frames per second of ``features``.
        texts: caption, source, licence of the clip.

    Raises:
        ValueError: another width, no frames, NaN, or fps not positive.

    >>> standing = torch.zeros(2, 151)
    >>> standing[:, LAYOUT.slice("rot6d")] = torch.tensor(
    ...     [1.0, 0, 0, 0, 1, 0]
    ... ).repeat(24)
    >>> decode(standing).joints().shape
    torch.Size([2, 24, 3])
    """
    if features.ndim != 2:
        raise ValueError(
            f"features must have shape [frames, 151], got "
            f"{list(features.shape)}"
        )
    parts = LAYOUT.split(features)
    if not torch.isfinite(features).all():
        raise ValueError("features must be finite, got NaN or infinity")
    return Clip(
        parts["root_position"],
        rot6d_to_rotmat(parts["rot6d"], layout=ROT6D_LAYOUT),
        fps=fps,
        **texts,
    )
