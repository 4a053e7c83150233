"""Figures over evaluations and noise levels, from numbers that are known."""

import numpy as np
import pytest

from mini_vimogen.render.nfe_charts import (
    LEVELS,
    STYLES,
    Panel,
    evaluations_figure,
    level_figure,
)
from mini_vimogen.render.theme import missing_labels


def test_ways_are_drawn_over_a_doubling_axis():
    curves = {"ddim": {1: [3.0, 5.0], 8: [2.0], 50: [1.0]}, "euler": {2: [6.0]}}
    beside = {"regressor": [7.0, 9.0]}
    panels = [
        Panel("error, walking", "mm", curves, beside),
        Panel("distance", "mm", curves, log=True),
        Panel("FID", None, curves),
    ]
    picture = evaluations_figure(panels, description="three panels " * 3)
    assert missing_labels(picture) == []
    first, second, third, empty = picture.axes
    assert not empty.axison
    lines = {line.get_label(): line for line in first.lines}
    np.testing.assert_allclose(lines["ddim"].get_xdata(), [1, 8, 50])
    np.testing.assert_allclose(lines["ddim"].get_ydata(), [4, 2, 1])
    assert lines["regressor"].get_ydata()[0] == 8
    assert lines["ddim"].get_color() == STYLES["ddim"].colour
    assert (first.get_ylabel(), first.get_title()) == (
        "error (mm)",
        "error, walking",
    )
    assert [int(at) for at in first.get_xticks()] == [1, 2, 8]
    assert (first.get_yscale(), second.get_yscale()) == ("linear", "log")
    (legend,) = picture.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["ddim", "euler", "regressor"]


def test_errors_are_drawn_over_the_noise_level():
    own = {"flow": {0.05: [1.0, 3.0], 0.15: [4.0]}}
    picture = level_figure(
        {"joints_mm": own, "velocity": own},
        beside={"regressor": [5.0]},
        description="errors over levels",
    )
    assert missing_labels(picture) == []
    clean, velocity = picture.axes
    lines = {line.get_label(): line for line in clean.lines}
    np.testing.assert_allclose(lines["flow"].get_ydata(), [2, 4])
    assert lines["regressor"].get_ydata()[0] == 5
    assert clean.get_ylim()[0] == 0 and velocity.get_yscale() == "log"
    assert clean.get_xlim() == velocity.get_xlim() == (0, 1)


PAIR = ("diffusion", "flow")


def test_every_way_has_a_look_of_its_own():
    ways = [name for name in STYLES if name not in PAIR]
    looks = {(STYLES[way].colour, STYLES[way].linestyle) for way in ways}
    assert len(looks) == len(ways) == 8
    assert LEVELS.keys() == {"real against real", "regressor", "mean pose"}


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="panels must hold curves"):
        evaluations_figure([Panel("FID", None, {})], description="nothing")
    with pytest.raises(ValueError, match="panels must hold curves"):
        evaluations_figure([Panel("FID", None, {"ddim": {}})], description="")
