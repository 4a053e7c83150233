"""Points seen by several known cameras, back to 3D."""

from itertools import combinations

import torch
from torch import Tensor

from mini_vimogen.geometry.camera import Camera, image_plane, project


def triangulate(
    pixels: Tensor,
    confidence: Tensor,
    cameras: Camera,
    *,
    max_error_px: float = 40.0,
) -> tuple[Tensor, Tensor]:
    """World points from their pixels in several views, outliers left out.

    Every pair of views proposes a point; the proposal that most views agree
    with (by clipped, confidence-weighted reprojection error) picks the views
    from which the point is computed.

    Args:
        pixels: [views, ..., 2]
        confidence: [views, ...] weights; a view with 0 is not used.
        cameras: leading dimensions [views].
        max_error_px: a view further off than this does not count.

    Returns:
        points [..., 3] in metres, NaN where fewer than two views saw
        anything; and bool [views, ...], which views were used.

    Raises:
        ValueError: fewer than two views, or shapes that do not fit.

    Source: direct linear transform (Hartley and Zisserman, section 12.2), with
    every minimal set tried instead of a random choice.
    """
    views, inner = len(pixels), pixels.shape[1:-1]
    if views < 2 or cameras.lead != (views,):
        raise ValueError(
            "pixels and cameras must have the same 2 or more views, got "
            f"{views} and cameras {list(cameras.lead)}"
        )
    if pixels.shape[-1] != 2 or confidence.shape != pixels.shape[:-1]:
        raise ValueError(
            "pixels must have shape [views, ..., 2] and confidence [views, "
            f"...], got {list(pixels.shape)} and {list(confidence.shape)}"
        )
    pixels = pixels.reshape(views, -1, 2)
    weight = confidence.reshape(views, -1)
    plane = image_plane(pixels, cameras)
    best = torch.full_like(weight[0], torch.inf)
    chosen = torch.zeros_like(weight, dtype=torch.bool)
    for pair in combinations(range(views), 2):
        of_pair = torch.zeros_like(weight)
        of_pair[list(pair)] = weight[list(pair)]
        error = _errors(_linear(plane, of_pair, cameras), pixels, cameras)
        cost = (error.clamp(max=max_error_px) * weight).sum(dim=0)
        better = (cost < best) & (of_pair[list(pair)] > 0).all(dim=0)
        best = torch.where(better, cost, best)
        agrees = (error < max_error_px) & (weight > 0)
        agrees[list(pair)] = True
        chosen = torch.where(better, agrees, chosen)
    points = _linear(plane, weight * chosen, cameras)
    points = torch.where(torch.isfinite(best)[:, None], points, torch.nan)
    return points.reshape(*inner, 3), chosen.reshape(views, *inner)


def reprojection_error(
    points: Tensor, pixels: Tensor, cameras: Camera
) -> Tensor:
    """Distance in pixels [views, ...] between points [..., 3] and pixels."""
    flat = pixels.reshape(len(pixels), -1, 2)
    error = _errors(points.reshape(-1, 3), flat, cameras)
    return error.reshape(pixels.shape[:-1])


def _errors(points: Tensor, pixels: Tensor, cameras: Camera) -> Tensor:
    seen, depth = project(points, cameras)
    error = (seen - pixels).norm(dim=-1)
    return torch.where(depth > 0, error, torch.inf)


def _linear(plane: Tensor, weight: Tensor, cameras: Camera) -> Tensor:
    """The weighted least-squares point [points, 3] of all rays."""
    matrix = torch.cat(
        [cameras.rotation, cameras.translation[..., None]], dim=-1
    )  # [views, 3, 4]
    matrix = matrix[:, None]
    rows = plane[..., None] * matrix[:, :, 2:] - matrix[:, :, :2]
    rows = rows * weight[..., None, None]  # [views, points, 2, 4]
    rows = rows.permute(1, 0, 2, 3).flatten(1, 2)
    homogeneous = torch.linalg.svd(rows).Vh[:, -1]
    scale = homogeneous[:, 3:]
    tiny = torch.finfo(scale.dtype).tiny
    return homogeneous[:, :3] / torch.where(scale.abs() < tiny, tiny, scale)
