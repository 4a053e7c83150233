"""Fields drawn as arrows: their direction is the sampler's."""

import numpy as np
import pytest
import torch
from matplotlib.quiver import Quiver

from mini_vimogen.render.fields import (
    draw_field,
    draw_field_over_time,
    draw_paths,
    square,
)
from mini_vimogen.render.theme import figure, missing_labels


def away(noisy, t):
    """A velocity that leads away from the origin, faster at high levels."""
    return noisy * t[:, None, None]


def arrows_of(axes):
    """Places, and directions across and up, of the only set of arrows."""
    (arrows,) = [c for c in axes.collections if isinstance(c, Quiver)]
    return np.stack([arrows.X, arrows.Y]), np.stack([arrows.U, arrows.V])


def test_arrows_of_a_field_lead_to_the_motion():
    picture, axes = figure(height=2.0)
    draw_field(axes, away, 0.5, reach=3.0, arrows=7)
    places, directions = arrows_of(axes)
    assert places.shape == (2, 49) and np.abs(places).max() == 3.0
    np.testing.assert_allclose(directions, -0.5 * places, atol=1e-6)
    assert not missing_labels(picture)


def test_over_time_arrows_lead_to_lower_levels():
    picture, axes = figure(height=2.0)
    draw_field_over_time(axes, away, reach=2.0, columns=5, rows=3)
    (t, number), (later, upwards) = arrows_of(axes)
    assert sorted(set(t)) == [0.0, 0.25, 0.5, 0.75, 1.0]
    np.testing.assert_allclose(later, -1.0)
    np.testing.assert_allclose(upwards, -t * number, atol=1e-6)
    left, right = axes.get_xlim()
    assert left > 1 and right < 0
    assert not missing_labels(picture)


def test_paths_start_hollow_and_end_full():
    _, axes = figure(height=2.0)
    paths = torch.rand(5, 3, 2)
    draw_paths(axes, paths, color="#123456", label="three")
    *lines, starts, ends = axes.lines
    assert len(lines) == 3
    for line, path in zip(lines, paths.unbind(1), strict=True):
        np.testing.assert_allclose(line.get_xydata(), path, atol=1e-6)
    assert starts.get_markerfacecolor() == "none"
    assert ends.get_markerfacecolor() == "#123456"
    np.testing.assert_allclose(starts.get_xydata(), paths[0], atol=1e-6)
    np.testing.assert_allclose(ends.get_xydata(), paths[-1], atol=1e-6)
    assert axes.get_legend_handles_labels()[1] == ["three"]


def test_paths_that_need_gradients_are_drawn():
    _, axes = figure(height=2.0)
    draw_paths(axes, torch.rand(5, 3, 2, requires_grad=True))
    assert axes.lines


@pytest.mark.parametrize("reach", [1.0, 2.5])
def test_a_square_is_one(reach):
    _, axes = figure(height=2.0)
    square(axes, reach=reach)
    assert axes.get_aspect() == 1.0
    assert axes.get_xlim() == axes.get_ylim() == (-reach, reach)
