"""Static pictures of motion: film strips, contact sheets, the rest pose."""

import textwrap
from collections.abc import Sequence

import numpy as np

from mini_vimogen.geometry.skeleton import Skeleton
from mini_vimogen.render.projection import THREE_QUARTER, View
from mini_vimogen.render.stickman import (
    draw_key,
    draw_poses,
    reach,
    relative_to_root,
)
from mini_vimogen.render.theme import (
    DPI,
    INK,
    SIDES,
    WIDTHS,
    Picture,
    figure,
    label,
)
from mini_vimogen.render.tracks import Track, as_tracks, sides
