"""Known camera set-ups."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.geometry.camera import Camera, look_at
from mini_vimogen.geometry.camera_motion import around


@dataclass(frozen=True)
class Rig:
    """Fixed cameras on a ring, all looking at its middle.

    The first one stands in front of a person who faces +Y, as motions do at
    their canonical start, the next ones follow towards that person's right.
    Once all ``angles`` are taken, further cameras stand at the first ones
    again, at another height. Their lenses are perfect.

    Args:
        count: cameras. AIST++ has 9.
        angles: places on the ring. AIST++ has 8; its ninth camera is in front,
            as is its first.
        radius: metres over the ground from the ring's middle. AIST++: 5.
        height: metres above the floor. AIST++: 1.8.
        further_height: that of cameras that find the ring full. AIST++: 1.7.
        focal: pixels. AIST++: 1600.
        size: width and height in pixels. AIST++: 1920 x 1080.
        aim_height: metres above the floor where they all look. Ours: so a
            person up to 1.5 m from the middle is in the picture from the soles
            to raised hands at 2.2 m.

    Raises:
        ValueError: a number that is no camera's.

    Source: the values from which AIST++'s authors start their calibration,
    but that those cameras look level, which would lose the feet. What they
    calibrated differs from setting to setting and can be read with
    ``formats.aist_cameras``.
    """

    count: int = 9
    angles: int = 8
    radius: float = 5.0
    height: float = 1.8
    further_height: float = 1.7
    focal: float = 1600.0
    size: tuple[int, int] = (1920, 1080)
    aim_height: float = 1.0

    def __post_init__(self):
        for name in ("count", "angles", "radius", "focal"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} must be positive, got {value}")
        if len(self.size) != 2 or not min(self.size) > 0:
            raise ValueError(
                "size must be a width and a height above 0, got "
                f"{tuple(self.size)}"
            )

    def places(self, which: Tensor, *, middle: Tensor) -> Tensor:
        """Where cameras stand, [n, 3] metres, heights from the floor.

        Args:
            which: [n] int64, their numbers from 0.
            middle: [n, 3] metres, of the ring over the ground.
        """
        # The first looks along -Y; the others follow clockwise, from above.
        turn = 2 * math.pi / self.angles * (which % self.angles).to(middle)
        yaw = math.pi - turn
        place = around(
            middle,
            yaw=yaw,
            pitch=torch.zeros_like(yaw),
            distance=torch.full_like(yaw, self.radius),
        )
        heights = middle.new_tensor([self.height, self.further_height])
        place[..., 2] = heights[(which >= self.angles).long()]
        return place


def aist_rig() -> Camera:
    """Nine cameras placed as in the AIST dance database, as a batch of nine.

    Those of ``Rig``, but they look level at the middle, as the start values of
    AIST++'s calibration (Li et al. 2021) have it; these are not its results.
    """
    rig = Rig()
    which = torch.arange(rig.count)
    place = rig.places(which, middle=torch.zeros(rig.count, 3))
    middle = place * place.new_tensor([0.0, 0.0, 1.0])
    return look_at(place, middle, focal=rig.focal, size=rig.size)
