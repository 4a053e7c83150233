"""Lens distortion: OpenCV's five numbers k1, k2, p1, p2, k3.

Points lie on the image plane at depth 1: x / depth, y / depth.
"""

import torch
from torch import Tensor


def distort(plane: Tensor, distortion: Tensor) -> Tensor:
    """Where a lens puts points of the image plane.

    Args:
        plane: [..., points, 2]
        distortion: [..., 5] k1, k2, p1, p2, k3.

    Returns:
        [..., points, 2]

    Source: the Brown-Conrady model as OpenCV and AIST++ use it.
    """
    k1, k2, p1, p2, k3 = distortion[..., None, :].unbind(-1)
    x, y = plane.unbind(-1)
    square = x * x + y * y
    radial = 1 + square * (k1 + square * (k2 + square * k3))
    across = 2 * p1 * x * y + p2 * (square + 2 * x * x)
    along = p1 * (square + 2 * y * y) + 2 * p2 * x * y
    return torch.stack([x * radial + across, y * radial + along], dim=-1)


def undistort(
    distorted: Tensor, distortion: Tensor, *, steps: int = 20
) -> Tensor:
    """Undo ``distort`` by fixed-point iteration [..., points, 2].

    Converges for the mild lenses of real cameras, within the picture.
    """
    plane = distorted
    for _ in range(steps):
        plane = plane + distorted - distort(plane, distortion)
    return plane


def lens_grows(plane: Tensor, distortion: Tensor) -> Tensor:
    """Whether points [..., points, 2] lie where the lens model holds.

    A barrel lens is a polynomial that grows, turns round and so folds points
    from far outside back into the picture. True where the radius still grows
    all the way (checked at four places) from the middle to the point.
    """
    square = plane.square().sum(dim=-1)
    k1, k2, _, _, k3 = distortion[..., None, :].unbind(-1)
    grows = torch.ones_like(square, dtype=torch.bool)
    for part in (0.25, 0.5, 0.75, 1.0):
        inner = square * part
        slope = 1 + inner * (3 * k1 + inner * (5 * k2 + inner * 7 * k3))
        grows = grows & (slope > 0)
    return grows
