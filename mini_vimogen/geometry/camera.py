"""Pinhole cameras with lens distortion: world points to pixels, and back.

Camera axes: x right, y down, z forward (depth). Pixels: x right, y down. The
distortion is OpenCV's five-number model, which AIST++ uses as well.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mini_vimogen.geometry.lens import distort, lens_grows, undistort
from mini_vimogen.geometry.rotations import rotation_about

# A little over 250 lines: one record and all that is asked of it.

NEAR = 0.01
"""Metres; a point closer to the lens plane, or behind it, is not seen."""


@dataclass(frozen=True, eq=False)
class Camera:
    """One camera, or a batch: every field may have leading dimensions.

    A moving camera has ``frames`` as its last leading dimension.

    Args:
        rotation: [..., 3, 3] world to camera axes.
        translation: [..., 3] metres; a world point p has the camera
            coordinates rotation @ p + translation.
        focal: [..., 2] pixels along x and y.
        centre: [..., 2] principal point in pixels.
        size: [..., 2] image width and height in pixels.
        distortion: [..., 5] k1, k2, p1, p2, k3; None is a perfect lens.

    Raises:
        ValueError: a last size is wrong, or leading dimensions do not
            broadcast.
    """

    rotation: Tensor
    translation: Tensor
    focal: Tensor
    centre: Tensor
    size: Tensor
    distortion: Tensor | None = None

    def __post_init__(self):
        wanted = {"translation": 3, "focal": 2, "centre": 2, "size": 2}
        if self.distortion is not None:
            wanted["distortion"] = 5
        if self.rotation.shape[-2:] != (3, 3):
            raise ValueError(
                "rotation must have shape [..., 3, 3], got "
                f"{list(self.rotation.shape)}"
            )
        leads = [self.rotation.shape[:-2]]
        for name, count in wanted.items():
            shape = getattr(self, name).shape
            if not shape or shape[-1] != count:
                raise ValueError(
                    f"{name} must have shape [..., {count}], got {list(shape)}"
                )
            leads.append(shape[:-1])
        try:
            torch.broadcast_shapes(*leads)
        except RuntimeError as error:
            raise ValueError(
                "the camera's fields must have leading dimensions that "
                f"broadcast, got {[list(lead) for lead in leads]}"
            ) from error

    @property
    def position(self) -> Tensor:
        """Where the lens is in the world, [..., 3] metres."""
        turned = self.rotation.transpose(-1, -2) @ self.translation[..., None]
        return -turned[..., 0]

    def with_(self, **changes) -> "Camera":
        """A copy with some fields changed."""
        return replace(self, **changes)

    @property
    def lead(self) -> torch.Size:
        """The leading dimensions."""
        shapes = [
            value.shape[:-1]
            for value in (self.translation, self.focal, self.centre, self.size)
        ]
        if self.distortion is not None:
            shapes.append(self.distortion.shape[:-1])
        return torch.broadcast_shapes(self.rotation.shape[:-2], *shapes)

    def __getitem__(self, index) -> "Camera":
        """Pick from the leading dimensions, as in ``camera[0]``."""
        return self._each(lambda value: value[index])

    def reshape(self, *lead: int) -> "Camera":
        """Other leading dimensions of the same total size."""
        count = len(self.lead)
        return self._each(lambda x: x.reshape(*lead, *x.shape[count:]))

    def _each(self, change) -> "Camera":
        """Apply a function to every field at its full leading size."""
        lead = self.lead
        fields = {"rotation": change(self.rotation.expand(*lead, 3, 3))}
        for name in ("translation", "focal", "centre", "size", "distortion"):
            value = getattr(self, name)
            if value is not None:
                value = change(value.expand(*lead, value.shape[-1]))
            fields[name] = value
        return Camera(**fields)

    def viewing_yaw(self) -> Tensor:
        """Yaw [...] of the viewing direction: 0 along +Y, left is positive.

        A camera that looks straight down or up takes the direction that is up
        (or down) in its image instead.
        """
        down, forward = self.rotation[..., 1, :], self.rotation[..., 2, :]
        lean = forward[..., 2:3]
        level = forward[..., :2] + lean * down[..., :2]
        # Same form as geometry.rotations.heading: continuous through level
        # and steep views.
        return torch.atan2(-level[..., 0], level[..., 1])


def to_camera(points: Tensor, camera: Camera) -> Tensor:
    """World points [..., points, 3] to camera coordinates, metres.

    Leading dimensions of points and camera broadcast.
    """
    turned = points @ camera.rotation.transpose(-1, -2)
    return turned + camera.translation[..., None, :]


def project(points: Tensor, camera: Camera) -> tuple[Tensor, Tensor]:
    """World points to pixels.

    Args:
        points: [..., points, 3] metres.
        camera: its leading dimensions broadcast with those of the points; one
            camera a frame goes with points [frames, points, 3].

    Returns:
        pixels [..., points, 2] and depth [..., points] in metres. A point
        behind the camera has a depth below 0 and finite pixels that mean
        nothing; ``in_view`` tells.

    >>> camera = look_at([0, -3.0, 1.0], [0, 0, 1.0], focal=1000)
    >>> pixels, depth = project(torch.tensor([[0.3, 0.0, 1.0]]), camera)
    >>> pixels.tolist(), depth.tolist()
    ([[1060.0, 540.0]], [3.0])
    """
    seen = to_camera(points, camera)
    depth = seen[..., 2]
    plane = seen[..., :2] / depth.clamp(min=NEAR)[..., None]
    if camera.distortion is not None:
        plane = distort(plane, camera.distortion)
    focal, centre = camera.focal[..., None, :], camera.centre[..., None, :]
    return plane * focal + centre, depth


def unproject(pixels: Tensor, depth: Tensor, camera: Camera) -> Tensor:
    """Pixels [..., points, 2] and depth [..., points] to world points.

    Undoes ``project`` for points in front of the camera.
    """
    plane = image_plane(pixels, camera)
    seen = torch.cat([plane, torch.ones_like(plane[..., :1])], dim=-1)
    seen = seen * depth[..., None] - camera.translation[..., None, :]
    return seen @ camera.rotation


def image_plane(pixels: Tensor, camera: Camera) -> Tensor:
    """Pixels [..., points, 2] to x / depth, y / depth, lens removed."""
    focal, centre = camera.focal[..., None, :], camera.centre[..., None, :]
    plane = (pixels - centre) / focal
    if camera.distortion is not None:
        plane = undistort(plane, camera.distortion)
    return plane


def in_view(points: Tensor, camera: Camera) -> Tensor:
    """Which world points [..., points, 3] land on the image [..., points].

    A barrel lens polynomial folds points far outside back into the picture;
    such points (see ``lens_grows``) count as not seen.
    """
    pixels, depth = project(points, camera)
    size = camera.size[..., None, :]
    inside = ((pixels >= 0) & (pixels < size)).all(dim=-1) & (depth > NEAR)
    if camera.distortion is None:
        return inside
    seen = to_camera(points, camera)
    plane = seen[..., :2] / depth.clamp(min=NEAR)[..., None]
    return inside & lens_grows(plane, camera.distortion)


def viewing_rotation(direction: Tensor, *, roll=0.0) -> Tensor:
    """World-to-camera rotation [..., 3, 3] of a level camera.

    Args:
        direction: [..., 3] where the camera looks, of any length above 0.
        roll: radians [...] by which the camera is turned clockwise about its
            viewing direction, so that the picture turns counter-clockwise.

    Looking straight up or down leaves "level" open: the image's right is then
    the world's +X.
    """
    forward = torch.nn.functional.normalize(direction, dim=-1)
    across = torch.stack(
        [forward[..., 1], -forward[..., 0], torch.zeros_like(forward[..., 0])],
        dim=-1,
    )  # forward x up
    length = across.norm(dim=-1, keepdim=True)
    fallback = torch.zeros_like(across)
    fallback[..., 0] = 1.0
    steep = length < 1e-6
    right = torch.where(
        steep, fallback, across / torch.where(steep, 1.0, length)
    )
    down = torch.linalg.cross(forward, right)
    level = torch.stack([right, down, forward], dim=-2)
    roll = torch.as_tensor(roll, dtype=level.dtype, device=level.device)
    return rotation_about("z", -roll) @ level


def look_at(
    position, target, *, focal=1500.0, size=(1920, 1080), roll=0.0
) -> Camera:
    """A camera at a place, looking at another.

    Args:
        position, target: [..., 3] metres in the world.
        focal: pixels, a number or [...].
        size: image width and height; the principal point is its middle.
        roll: radians, see ``viewing_rotation``.

    Raises:
        ValueError: position and target coincide.
    """
    position = torch.as_tensor(position)
    if not position.is_floating_point():
        position = position.to(torch.get_default_dtype())
    target = torch.as_tensor(target).to(position)
    position, target = torch.broadcast_tensors(position, target)
    if bool((position == target).all(dim=-1).any()):
        raise ValueError(
            "position and target must differ, got the same point for both"
        )
    rotation = viewing_rotation(target - position, roll=roll)
    focal = torch.as_tensor(focal).to(position)
    size = torch.as_tensor(size).to(position)
    return Camera(
        rotation=rotation,
        translation=-(rotation @ position[..., None])[..., 0],
        focal=torch.stack([focal, focal], dim=-1),
        centre=size / 2,
        size=size,
    )
