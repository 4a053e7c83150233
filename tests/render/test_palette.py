"""The colours stay apart for everybody, and on paper without colour."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from mini_vimogen.render import palette

DARK = "#17191c"
"""Background of the player where the reader prefers dark."""

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)


def linear(colour: str) -> np.ndarray:
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Web Content Accessibility Guidelines 2.1, 1 to 21."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


STYLES = [*palette.METHODS.values(), *palette.SERIES]


@pytest.mark.parametrize("style", STYLES)
def test_lines_are_visible_on_light_and_on_dark(style):
    assert contrast(style.colour, palette.PAPER) >= 3
    assert contrast(style.on_dark, DARK) >= 3


def test_sides_are_visible_on_light_and_on_dark():
    for side in ("left", "right", "centre"):
        assert contrast(palette.SIDES[side], palette.PAPER) >= 3
        assert contrast(palette.SIDES_ON_DARK[side], DARK) >= 3


@pytest.mark.parametrize("blindness", [DEUTERANOPIA, PROTANOPIA])
def test_left_and_right_stay_apart_for_the_colour_blind(blindness):
    for sides in (palette.SIDES, palette.SIDES_ON_DARK):
        seen = [blindness @ linear(sides[side]) for side in ("left", "right")]
        assert np.linalg.norm(seen[0] - seen[1]) > 0.25


def test_left_and_right_differ_in_greyscale():
    for sides in (palette.SIDES, palette.SIDES_ON_DARK):
        assert contrast(sides["left"], sides["right"]) > 1.3
    assert contrast(palette.SIDES["left"], palette.SIDES["right"]) > 2


def test_no_two_methods_share_line_style_and_marker():
    for styles in (palette.METHODS.values(), palette.SERIES):
        for one, other in combinations(styles, 2):
            assert one.colour != other.colour
            assert one.marker != other.marker


def test_method_styles_by_name_and_by_default():
    named = palette.method_styles(["truth", "ours"], 2)
    assert named == [palette.METHODS["truth"], palette.METHODS["ours"]]
    assert named[1].line == {
        "color": "#882255",
        "linestyle": "-",
        "marker": "o",
    }
    six = palette.method_styles(None, 6)
    assert six[0] == six[4] == palette.SERIES[0]
    assert not set(palette.SERIES) & set(palette.METHODS.values())


@pytest.mark.parametrize("methods", [["mine", "ours"], ["ours"]])
def test_unknown_or_too_few_methods_are_refused(methods):
    with pytest.raises(ValueError, match="methods must name 2 of ours, "):
        palette.method_styles(methods, 2)
