"""Where a point of the world lands on the page: a parallel projection."""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np


@dataclass(frozen=True)
class View:
    """A distant camera: parallel lines stay parallel and metres stay metres.

    Args:
        azimuth: radians around the person, seen from above counter-clockwise;
            0 looks the canonical start in the face, a quarter turn sees its
            left side.
        elevation: radians above the floor.
    """

    azimuth: float = radians(35)
    elevation: float = radians(12)

    @property
    def basis(self) -> np.ndarray:
        """[3, 3]: rows are page right, page up, and towards the camera."""
        ca, sa = cos(self.azimuth), sin(self.azimuth)
        ce, se = cos(self.elevation), sin(self.elevation)
        return np.array(
            [
                [-ca, -sa, 0.0],
                [sa * se, -ca * se, ce],
                [-sa * ce, ca * ce, se],
            ]
        )

    def project(self, points: np.ndarray) -> np.ndarray:
        """[..., 3] metres to [..., 3]: page right, page up, nearness."""
        return points @ self.basis.T


THREE_QUARTER = View()
FRONT = View(0.0, 0.0)
LEFT_SIDE = View(radians(90), 0.0)
