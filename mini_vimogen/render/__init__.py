"""Pictures, film strips and the player: the only room that draws."""

from mini_vimogen.render.body_figure import body_strip
from mini_vimogen.render.charts import (
    feature_strip,
    path_figure,
    skeleton_figure,
)
from mini_vimogen.render.figure import contact_sheet, film_strip
from mini_vimogen.render.player import Player
from mini_vimogen.render.projection import FRONT, LEFT_SIDE, THREE_QUARTER, View
from mini_vimogen.render.theme import label, show, use_theme

__all__ = [
    "FRONT",
    "LEFT_SIDE",
    "Player",
    "THREE_QUARTER",
    "View",
    "body_strip",
    "contact_sheet",
    "feature_strip",
    "film_strip",
    "label",
    "path_figure",
    "show",
    "skeleton_figure",
    "use_theme",
]
