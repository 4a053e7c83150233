"""The player's page: its template files, colours and data in one string.

``player.html``, ``player.css``, ``player.js`` and ``page_colours.css`` lie
beside this module.
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
    return _page(
        title=title,
        description=description,
        last=str(frames - 1),
        motion=as_script(motion),
    )


def unfilled_page(*, title: str, description: str) -> str:
    """The same page, with {{motion}} and {{last}} left for a script to fill."""
    return _page(
        title=title,
        description=description,
        last="{{last}}",
        motion="{{motion}}",
    )


def _page(*, title: str, description: str, last: str, motion: str) -> str:
    return fill(
        part("player.html"),
        title=escape(title),
        description=escape(description),
        last=last,
        style=page_colours() + part("player.css"),
        script=part("player.js"),
        motion=motion,
    )


def as_script(data) -> str:
    """JSON for inside a script element, which no text in it can end early."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def page_colours() -> str:
    """CSS variables of the course's colours, on light and on dark."""
    light = {name: style.colour for name, style in PLAYER_STYLES.items()}
    dark = {name: style.on_dark for name, style in PLAYER_STYLES.items()}
    return fill(
        part("page_colours.css"),
        light=_variables({**SIDES, **light}),
        dark=_variables({**SIDES_ON_DARK, **dark}),
    )


def _variables(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def part(name: str) -> str:
    """A template file that lies beside this module."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def fill(template: str, **values: str) -> str:
    """Replace each {{name}} once; what is put in is not looked at again."""
    return re.sub(r"\{\{(\w+)\}\}", lambda m: values[m.group(1)], template)
