import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from PIL import Image

from mini_vimogen.render.palette import SIDES
from mini_vimogen.render.theme import missing_labels
from mini_vimogen.render.video_figure import save_stacked, track_strip

POINTS = torch.tensor([[10.0 + 5 * j, 20.0 + 3 * j, 0.9] for j in range(17)])
FRAME = np.full((80, 120, 3), 200, np.uint8)


def colours(picture, panel=0):
    lines = picture.axes[panel].lines
    return [to_hex(line.get_color()) for line in lines]


def test_left_and_right_have_their_colours():
    picture = track_strip([FRAME], [POINTS], times=[0.0], title="t")
    drawn = colours(picture)
    assert drawn.count(SIDES["left"]) == drawn.count(SIDES["right"]) == 5
    left_arm = picture.axes[0].lines[1]
    assert left_arm.get_xdata().tolist() == [35.0, 45.0]
    assert to_hex(left_arm.get_color()) == SIDES["left"]


def test_unseen_joints_are_not_drawn():
    hidden = POINTS.clone()
    hidden[9, 2] = 0.0  # the left wrist
    picture = track_strip([FRAME], [hidden], times=[0.0])
    assert colours(picture).count(SIDES["left"]) == 4


def test_it_is_described_and_needs_no_units():
    picture = track_strip([FRAME] * 3, [POINTS] * 3, times=[0, 1, 2])
    assert "3 video frames" in picture.description
    assert missing_labels(picture) == []


def test_pictures_are_stacked_into_one_file(tmp_path):
    strip = track_strip([FRAME], [POINTS], times=[0.0])
    path = save_stacked([strip, strip], tmp_path / "s.png")
    with Image.open(path) as page:
        assert page.size == (800, 520)
    assert [p.name for p in tmp_path.iterdir()] == ["s.png"]


def test_different_numbers_are_refused():
    with pytest.raises(ValueError, match="must be as many"):
        track_strip([FRAME], [POINTS, POINTS], times=[0.0])
