"""The player's page: its three template files, colours and data in one string.

``player.html``, ``player.css`` and ``player.js`` lie beside this module.
"""

import json
import re
from html import escape
from importlib.resources import files
from types import MappingProxyType

from mini_vimogen.render.palette import METHODS, SERIES, SIDES, SIDES_ON_DARK

PLAYER_STYLES = MappingProxyType(
    {**METHODS, **{f"series{i}": style for i, style in enumerate(SERIES)}}
)
"""Styles that a clip in the player can name."""


def page(motion: dict, *, title: str, description: str, frames: int) -> str:
    """Self-contained HTML that plays a motion; it asks no network for anything.

    Args:
        motion: what ``player.js`` reads: fps, step, layout and clips.
        title, description: plain text.
        frames: length of the slider.
    """
    light = {name: style.colour for name, style in PLAYER_STYLES.items()}
    dark = {name: style.on_dark for name, style in PLAYER_STYLES.items()}
    style = _fill(
        _part("player.css"),
        light=_variables({**SIDES, **light}),
        dark=_variables({**SIDES_ON_DARK, **dark}),
    )
    data = json.dumps(motion, separators=(",", ":"))
    return _fill(
        _part("player.html"),
        title=escape(title),
        description=escape(description),
        last=str(frames - 1),
        style=style,
        script=_part("player.js"),
        motion=data.replace("<", "\\u003c"),  # no tag ends the script early
    )


def _variables(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def _part(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _fill(template: str, **values: str) -> str:
    """Replace each {{name}} once; what is put in is not looked at again."""
    return re.sub(r"\{\{(\w+)\}\}", lambda m: values[m.group(1)], template)
