"""From what each shot of a video shows to one path through the world.

In the camera form (``vimo151.CAMERA_LAYOUT``) headings are relative to the
camera. Inside a shot the camera is taken to keep its direction; where the film
is cut, it jumps by an angle that nobody knows. The body does not jump: each new
shot is turned so that the body goes on facing where it was about to face.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.geometry.rotations import (
    heading,
    rot6d_to_rotmat,
    rotation_about,
    slerp_rotmat,
)
from mini_vimogen.representation.vimo151 import (
    CAMERA_LAYOUT,
    ROT6D_LAYOUT,
    turned_level,
)

AROUND = 12
"""Frames on either side of a cut that say how the body was turning."""


def decode_camera_form(
    features: Tensor,
    *,
    fps: float = VIMO_FPS,
    cuts: Sequence[int] = (),
    **texts: str,
) -> Clip:
    """One clip in the world from the camera form of a whole video.

    Args:
        features: [frames, 151], blocks as in ``CAMERA_LAYOUT``.
        fps: frames per second.
        cuts: first frames of new shots, in order.
        texts: caption, source, licence of the clip.

    Returns:
        A clip that starts over the origin; the first shot's camera looks
        along +Y.

    Raises:
        ValueError: another width, values that are not finite, or a cut outside
            1..frames - 1.
    """
    if features.ndim != 2:
        raise ValueError(
            f"features must have shape [frames, 151], got "
            f"{list(features.shape)}"
        )
    parts = CAMERA_LAYOUT.split(features)
    if not torch.isfinite(features).all():
        raise ValueError("features must be finite, got NaN or infinity")
    local = rot6d_to_rotmat(parts["rot6d"], layout=ROT6D_LAYOUT)
    root = join_shots(local[:, 0], cuts)
    velocity = turned_level(parts["root_velocity"], heading(root))
    path = torch.cumsum(velocity[:-1] / fps, dim=0)
    path = torch.cat([torch.zeros_like(velocity[:1]), path])
    return Clip(
        torch.cat([path, parts["root_height"]], dim=-1),
        torch.cat([root[:, None], local[:, 1:]], dim=1),
        fps=fps,
        **texts,
    )


def join_shots(root_rotmat: Tensor, cuts: Sequence[int]) -> Tensor:
    """Turn each shot about the vertical so that the body does not jump.

    Args:
        root_rotmat: [frames, 3, 3] relative to the camera of each shot.
        cuts: first frames of new shots, in order.

    Returns:
        [frames, 3, 3] relative to the first shot's camera.
    """
    frames = len(root_rotmat)
    if list(cuts) != sorted({c for c in cuts if 0 < c < frames}):
        raise ValueError(
            f"cuts must rise and lie within 1..{frames - 1}, got {list(cuts)}"
        )
    joined = root_rotmat.clone()
    for start, cut, end in zip(
        [0, *cuts], cuts, [*cuts[1:], frames], strict=False
    ):
        before = joined[max(start, cut - AROUND) : cut]
        after = root_rotmat[cut : min(end, cut + AROUND)]
        turn = rotation_about("z", yaw_across(before, after))
        joined[cut:end] = turn @ root_rotmat[cut:end]
    return _bridge_cuts(joined, cuts)


def yaw_across(before: Tensor, after: Tensor) -> Tensor:
    """The yaw that lets a turning body go on turning across a cut.

    Every frame before is compared with every frame after, less what the body
    turned in between at its usual speed, and the angles are averaged. The two
    frames next to the cut are left out where there are others.

    Args:
        before, after: [frames, 3, 3] each, next to each other in time.
    """
    earlier = torch.arange(-len(before), 0).to(before)
    later = torch.arange(len(after)).to(before)
    if len(before) > 2:
        before, earlier = before[:-1], earlier[:-1]
    if len(after) > 2:
        after, later = after[1:], later[1:]
    steps = [
        yaw_between(shot[:-1], shot[1:])
        for shot in (before, after)
        if len(shot) > 1
    ]
    speed = torch.cat(steps).median() if steps else before.new_zeros(())
    turned = speed * (later - earlier[:, None])
    yaw = yaw_between(after, before[:, None]) + turned
    return torch.atan2(yaw.sin().mean(), yaw.cos().mean())


def _bridge_cuts(joined: Tensor, cuts: Sequence[int]) -> Tensor:
    """Take the root's rotation next to each cut from one frame further off.

    A lifter that sees two views at once mixes them: in the two frames at a cut
    the root was found three times as wrong as elsewhere (28 degrees against
    10), while the body itself turns smoothly.
    """
    bridged = joined.clone()
    for cut in cuts:
        if cut >= 2 and cut + 1 < len(joined):
            weight = torch.tensor([1 / 3, 2 / 3]).to(joined)
            bridged[cut - 1 : cut + 1] = slerp_rotmat(
                joined[cut - 2].expand(2, 3, 3),
                joined[cut + 1].expand(2, 3, 3),
                weight,
            )
    return bridged


def yaw_between(start: Tensor, end: Tensor) -> Tensor:
    """The yaw [...] that turns ``start`` as near to ``end`` as a yaw can.

    Maximises the trace of ``end^T Rz(yaw) start``: unlike a difference of
    headings it is defined for any posture.
    """
    apart = end @ start.mT
    return torch.atan2(
        apart[..., 1, 0] - apart[..., 0, 1],
        apart[..., 0, 0] + apart[..., 1, 1],
    )
