"""The conventions of the whole package, as code.

World: right-handed, Z up; metres, seconds, radians. In the canonical start a
person's right is +X and the face looks along +Y. Everything else (Y-up files,
centimetres, other 6D layouts) is turned at the reader and the writer in
``formats`` and nowhere else.

Time: the noise level ``t`` is 0 for clean data and 1 for pure noise.
Polarity: ``valid``, ``known``, ``present``, ``visible``; True means yes.
"""

import torch

UP_AXIS = 2
"""Index of the world's vertical axis."""

Y_UP_TO_Z_UP = torch.tensor(
    [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]
)
"""Turns a Y-up vector into the Z-up world: (x, y, z) -> (x, -z, y)."""

Z_UP_TO_Y_UP = Y_UP_TO_Z_UP.T.contiguous()
"""Turns a world vector into a Y-up file: (x, y, z) -> (x, z, -y)."""

STANDING_ROOT = torch.tensor(
    [[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
)
"""Root rotation of a person in the canonical start.

SMPL's body axes are x to the body's left, y up, z forward. This matrix takes
them to the world: left to -X (so the right is +X), up to +Z, forward to +Y.
"""

ROT6D_LAYOUTS = ("rows", "columns", "interleaved")
"""Three ways to flatten two vectors of a rotation matrix R to six numbers.

- ``rows`` (EDGE, ViMo, PyTorch3D): R00 R01 R02  R10 R11 R12
- ``columns`` (Zhou et al.): R00 R10 R20  R01 R11 R21
- ``interleaved`` (ViMoGen): R00 R01  R10 R11  R20 R21
"""

ROT6D_EXAMPLE = {
    "rows": (0.0, -1.0, 0.0, 1.0, 0.0, 0.0),
    "columns": (0.0, 1.0, 0.0, -1.0, 0.0, 0.0),
    "interleaved": (0.0, -1.0, 1.0, 0.0, 0.0, 0.0),
}
"""One worked example of each layout: a quarter turn left about Z,
R = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]."""

VIMO_FPS = 30.0
VIMOGEN_FPS = 20.0

COCO17 = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
"""Names of the 2D keypoints, each (x, y, confidence), image y down;
confidence 0 means not seen."""
