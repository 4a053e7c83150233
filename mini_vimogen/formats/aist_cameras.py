"""AIST++ camera settings (``setting*.json``), in and out.

A setting is a list of cameras: name, size, matrix 3 x 3, rotation (axis times
angle), translation in centimetres, distortions k1, k2, p1, p2, k3; it looks at
the Y-up world. Ours look at the Z-up world in metres.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import torch

from mini_vimogen.conventions import Y_UP_TO_Z_UP, Z_UP_TO_Y_UP
from mini_vimogen.files import written_whole
from mini_vimogen.formats.aist_mapping import small_text
from mini_vimogen.geometry.camera import Camera
from mini_vimogen.geometry.rotations import (
    axis_angle_to_rotmat,
    rotmat_to_axis_angle,
)

VIEWS = tuple(f"c{number:02d}" for number in range(1, 10))
"""Names of the nine cameras, in the order of the 2D keypoints."""

_FIELDS = {
    "size": (2,),
    "matrix": (3, 3),
    "rotation": (3,),
    "translation": (3,),
    "distortions": (5,),
}


def read_aist_cameras(
    path,
    *,
    names: Sequence[str] = VIEWS,
    scaling: float = 100.0,
    mirrored: bool = False,
    dtype: torch.dtype = torch.float32,
) -> list[Camera]:
    """Read the cameras of a setting.

    Args:
        path: ``setting*.json``.
        names: which cameras, in the order wanted.
        scaling: centimetres to a unit of length of what they look at: 100 for
            real metres, a motion's smpl_scaling (``read_aist_scaling``) for
            the clip that ``read_aist`` gives.
        mirrored: the cameras that see a motion which was read mirrored. They
            give the pixels of before, with the depth's sign turned.
        dtype: of the cameras' numbers.

    Returns:
        One camera a name, in the Z-up world.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not such a list, a camera that is not there or there
            twice, a missing or misshapen field, numbers that are not finite, a
            matrix that is no pinhole's, scaling not positive.
    """
    path = Path(path)
    _check_scaling(scaling)
    try:
        listed = json.loads(small_text(path, "camera setting"))
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(
            f"{path} is not a camera setting (json): {error}"
        ) from error
    if not isinstance(listed, list) or not all(
        isinstance(entry, dict) and isinstance(entry.get("name"), str)
        for entry in listed
    ):
        raise ValueError(
            f"{path} is not a camera setting: it must hold a list of cameras "
            "with names"
        )
    by_name = {entry["name"]: entry for entry in listed}
    if len(by_name) != len(listed):
        raise ValueError(f"{path} names a camera twice")
    for name in names:
        if name not in by_name:
            raise ValueError(
                f"{path} has no camera {name!r}; it has "
                + (", ".join(by_name) or "none")
            )
    cameras = [_camera(path, by_name[name], scaling) for name in names]
    if mirrored:
        cameras = [mirrored_camera(camera) for camera in cameras]
    return [_cast(camera, dtype) for camera in cameras]


def _cast(camera: Camera, dtype: torch.dtype) -> Camera:
    values = {f.name: getattr(camera, f.name) for f in fields(camera)}
    return Camera(
        **{
            name: None if value is None else value.detach().cpu().to(dtype)
            for name, value in values.items()
        }
    )


def _check_scaling(scaling: float) -> None:
    if not (scaling > 0 and math.isfinite(scaling)):
        raise ValueError(f"scaling must be positive, got {scaling}")


def _camera(path: Path, entry: dict, scaling: float) -> Camera:
    where = f"{path}: camera {entry['name']}"
    values = {}
    for field, shape in _FIELDS.items():
        try:
            value = torch.tensor(entry.get(field), dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError, OverflowError):
            value = torch.empty(0)
        if value.shape != shape or not torch.isfinite(value).all():
            raise ValueError(
                f"{where}: {field} must be finite numbers of shape "
                f"{list(shape)}, got {str(entry.get(field, 'nothing'))[:60]}"
            )
        values[field] = value
    matrix = values["matrix"]
    focal = matrix.diagonal()[:2]
    pinhole = torch.diag_embed(torch.cat([focal, focal.new_ones(1)]))
    pinhole[:2, 2] = matrix[:2, 2]
    if not torch.equal(matrix, pinhole) or bool((focal <= 0).any()):
        raise ValueError(
            f"{where}: matrix must be a pinhole camera's with positive focal "
            f"lengths and no skew, got {matrix.tolist()}"
        )
    if bool((values["size"] <= 0).any()):
        raise ValueError(
            f"{where}: size must be positive, got {values['size'].tolist()}"
        )
    rotation = axis_angle_to_rotmat(values["rotation"])
    return Camera(
        rotation=rotation @ Z_UP_TO_Y_UP.double(),
        translation=values["translation"] / scaling,
        focal=focal,
        centre=matrix[:2, 2],
        size=values["size"],
        distortion=values["distortions"],
    )


def mirrored_camera(camera: Camera) -> Camera:
    """The camera that sees a mirrored world in the same pixels.

    A motion reflected in the world's YZ plane (``Clip.mirror``) and seen by
    this camera has the pixels of before; depths change their sign. So it mends
    a world that was calibrated as its own mirror image, in which everything
    lies behind the cameras. Mirrored twice it is the camera again.
    """
    flip = camera.rotation.new_tensor([-1.0, 1.0, 1.0])
    return camera.with_(
        rotation=-camera.rotation * flip, translation=-camera.translation
    )


def write_aist_cameras(
    cameras: Sequence[Camera],
    path,
    *,
    names: Sequence[str] = VIEWS,
    scaling: float = 100.0,
) -> Path:
    """Write cameras as a setting of AIST++.

    Args:
        cameras: single cameras in the Z-up world; a lens of None is written
            as five zeros.
        path: file to write; replaced only when the whole file is there.
        names: one a camera.
        scaling: as in ``read_aist_cameras``.

    Raises:
        ValueError: not as many names as cameras, a name twice, a camera with
            leading dimensions, scaling not positive.
        FileNotFoundError: no such folder.
    """
    _check_scaling(scaling)
    if len(names) != len(cameras) or len(set(names)) != len(names):
        raise ValueError(
            f"names must name each of the {len(cameras)} cameras once, got "
            f"{', '.join(names) or 'none'}"
        )
    listed = [
        {"name": name, **_entry(camera, scaling)}
        for name, camera in zip(names, cameras, strict=True)
    ]
    with written_whole(path) as partial:
        partial.write_text(json.dumps(listed, allow_nan=False), "utf-8")
    return Path(path)


def _entry(camera: Camera, scaling: float) -> dict[str, list]:
    if camera.lead:
        raise ValueError(
            "cameras must be single ones, got one with leading dimensions "
            f"{list(camera.lead)}"
        )
    camera = _cast(camera, torch.float64)
    turned = camera.rotation @ Y_UP_TO_Z_UP.double()
    (fx, fy), (cx, cy) = camera.focal.tolist(), camera.centre.tolist()
    lens = camera.distortion
    return {
        "size": camera.size.tolist(),
        "matrix": [[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]],
        "rotation": rotmat_to_axis_angle(turned).tolist(),
        "translation": (camera.translation * scaling).tolist(),
        "distortions": [0.0] * 5 if lens is None else lens.tolist(),
    }
