"""SMPL motions of the published data sets: AMASS and AIST++, in and out.

The door to ``amass``, ``aist``, ``aist_cameras``, ``aist_mapping``,
``aist_sides`` and ``smpl_motion``. A ``Clip`` holds the pelvis joint in the
Z-up world; what the files hold (SMPL's ``transl``, Y up, centimetres, a scaled
body) is turned there.
"""

from mini_vimogen.formats.aist import (
    AIST_FPS,
    read_aist,
    read_aist_keypoints,
    read_aist_scaling,
    write_aist,
)
from mini_vimogen.formats.aist_cameras import (
    VIEWS,
    mirrored_camera,
    read_aist_cameras,
    write_aist_cameras,
)
from mini_vimogen.formats.aist_mapping import read_aist_mapping
from mini_vimogen.formats.aist_sides import Sides, aist_sides
from mini_vimogen.formats.amass import (
    BodyShape,
    is_amass,
    read_amass,
    read_body_shape,
    write_amass,
)
from mini_vimogen.formats.smpl_motion import (
    SMPL_REST_PELVIS,
    SMPLX_REST_PELVIS,
    rest_pelvis_of,
)

__all__ = [
    "AIST_FPS",
    "SMPLX_REST_PELVIS",
    "SMPL_REST_PELVIS",
    "VIEWS",
    "BodyShape",
    "Sides",
    "aist_sides",
    "is_amass",
    "mirrored_camera",
    "read_aist",
    "read_aist_cameras",
    "read_aist_keypoints",
    "read_aist_mapping",
    "read_aist_scaling",
    "read_amass",
    "read_body_shape",
    "rest_pelvis_of",
    "write_aist",
    "write_aist_cameras",
    "write_amass",
]
