"""Made-up poses stand on a tint, and what was not given stays empty."""

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from mini_vimogen.render.completion_figure import MADE_UP, completed_strip
from tests.oracles import standing_clip, wandering_clip


def tints(picture):
    (axes,) = picture.axes
    return [
        patch
        for patch in axes.patches
        if isinstance(patch, Rectangle)
        and to_hex(patch.get_facecolor()) == MADE_UP
    ]


def bones(picture):
    (axes,) = picture.axes
    return sum(len(c.get_paths()) for c in axes.collections)


def hole(frames=10):
    known = torch.ones(frames, dtype=torch.bool)
    known[3:7] = False
    return known


def test_a_tint_for_each_pose_that_was_made_up():
    clips = [standing_clip(10), wandering_clip(10)]
    picture = completed_strip(
        clips, hole(), frames=10, labels=["given", "filled"], title="A hole"
    )
    assert len(tints(picture)) == 2 * 4
    assert "4 of them made up" in picture.description
    assert "given; filled" in picture.description
    words = [text.get_text() for text in picture.axes[0].texts]
    assert {"given", "filled", "A hole"} <= set(words)


def test_the_given_row_leaves_the_hole_empty():
    clips = [standing_clip(10)] * 2
    counts = {
        given: bones(completed_strip(clips, hole(), frames=10, given=given))
        for given in (None, 0, 1)
    }
    assert counts[0] == counts[1] < counts[None]
    # A pose is its shadow, its surrounds, bodies and cores.
    per_pose = (counts[None] - counts[0]) / 4
    assert counts[None] - 20 * per_pose < 0.1 * counts[None]


def test_a_tint_reaches_from_the_floor_to_the_tallest_head():
    picture = completed_strip(
        [standing_clip(10)], hole(), frames=[0, 4], given=None
    )
    (tint,) = tints(picture)
    low, high = tint.get_y(), tint.get_y() + tint.get_height()
    heights = [
        path.get_extents()
        for c in picture.axes[0].collections
        for path in c.get_paths()
    ]
    assert high == pytest.approx(max(box.y1 for box in heights), abs=0.05)
    assert 1.4 < high - low < 2.0


def test_nothing_known_and_everything_known():
    known = np.zeros(5, bool)
    clip = standing_clip(5)
    assert len(tints(completed_strip([clip], known, frames=5))) == 5
    assert not tints(completed_strip([clip], ~known, frames=5))


def test_what_does_not_fit_is_refused():
    clip = standing_clip(10)
    with pytest.raises(ValueError, match=r"known must have shape \[frames\]"):
        completed_strip([clip], hole(9))
    with pytest.raises(ValueError, match=r"given must be a row within 0\.\.0"):
        completed_strip([clip], hole(), given=1)
