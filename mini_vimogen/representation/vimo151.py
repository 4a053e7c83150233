"""The 151 numbers a frame of ViMo and EDGE.

Four foot contacts, the root position, and 24 local rotations of six numbers
("rows"): 4 + 3 + 144. Encoding never moves a clip; ``Clip.canonical`` does.
"""

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.geometry.kinematics import foot_contacts
from mini_vimogen.geometry.rotations import rot6d_to_rotmat, rotmat_to_rot6d
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.representation.layout import Layout

LAYOUT = Layout(
    "vimo151", {"contacts": (4,), "root_position": (3,), "rot6d": (24, 6)}
)
"""Named blocks of the last axis."""

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
