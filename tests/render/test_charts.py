"""Charts with axes: units on every label, sides, blocks and headings."""

from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.quiver import Quiver

from mini_vimogen.geometry.skeleton import SMPL22, SMPL24
from mini_vimogen.render import feature_strip, path_figure, skeleton_figure
from mini_vimogen.render.palette import METHODS, PAPER, SERIES, SIDES
from mini_vimogen.render.theme import missing_labels
from mini_vimogen.representation import vimo151
from tests.oracles import standing_clip, wandering_clip


@pytest.mark.parametrize("skeleton", [SMPL24, SMPL22])
def test_the_rest_pose_names_every_joint(skeleton):
    picture = skeleton_figure(skeleton)
    (axes,) = picture.axes
    words = [text.get_text() for text in axes.texts]
    assert words == [f"{j} {name}" for j, name in enumerate(skeleton.names)]
    assert missing_labels(picture) == []
    at = {text.get_text().split()[1]: text.xy for text in axes.texts}
    assert at["head"][1] > at["pelvis"][1] > at["left_foot"][1]
    assert at["left_wrist"][0] > at["right_wrist"][0]  # face to face


def test_the_rest_pose_marks_the_right_side_hollow():
    (axes,) = skeleton_figure(SMPL24).axes
    dots = axes.collections[-1]
    fills = matplotlib.colors.to_hex
    for joint, name in enumerate(SMPL24.names):
        side = name.split("_")[0] if "_" in name else "centre"
        assert fills(dots.get_edgecolors()[joint]) == SIDES[side]
        wanted = PAPER if side == "right" else SIDES[side]
        assert fills(dots.get_facecolors()[joint]) == wanted


def test_names_of_the_rest_pose_do_not_cover_each_other():
    picture = skeleton_figure(SMPL24)
    picture.draw_without_rendering()
    level = [t for t in picture.axes[0].texts if t.get_rotation() == 0]
    boxes = [matplotlib.text.Text.get_window_extent(text) for text in level]
    for i, one in enumerate(boxes):
        assert not any(one.shrunk(0.9, 0.7).overlaps(o) for o in boxes[:i])


def test_features_are_shown_in_their_blocks():
    clip = wandering_clip(40)
    x = vimo151.encode(clip)
    picture = feature_strip(x, vimo151.LAYOUT, fps=30)
    axes = picture.axes[0]
    assert missing_labels(picture) == []
    names = [text.get_text() for text in axes.texts]
    assert names == ["contacts (4)", "root_position (3)", "rot6d (144)"]
    shown = np.asarray(axes.images[0].get_array())
    assert shown.shape == (151, 40)
    for block in vimo151.LAYOUT.blocks.values():
        raw = x[:, block].T.numpy()
        largest = max(np.abs(raw).max(), 1e-12)
        np.testing.assert_allclose(shown[block], raw / largest, atol=1e-6)
    assert axes.get_xlabel() == "time (s)"
    assert axes.images[0].get_extent()[1] == pytest.approx(40 / 30)


@pytest.mark.parametrize(
    "features,said",
    [
        (torch.zeros(5, 150), r"\[frames, 151\], got \[5, 150\]"),
        (torch.zeros(0, 151), r"\[frames, 151\], got \[0, 151\]"),
        (torch.full((5, 151), float("nan")), "features must be finite"),
    ],
)
def test_features_that_do_not_fit_are_refused(features, said):
    with pytest.raises(ValueError, match=said):
        feature_strip(features, vimo151.LAYOUT)


def test_crowded_block_names_are_pushed_apart():
    blocks = {f"b{i}": slice(i, i + 1) for i in range(10)}
    blocks["rest"] = slice(10, 200)
    layout = SimpleNamespace(blocks=blocks, width=200)
    (axes, _) = feature_strip(torch.randn(9, 200), layout).axes
    heights = [text.xyann[1] for text in axes.texts]
    assert np.diff(heights).min() > 8
    assert axes.get_xlabel() == "time (frames)"


def test_paths_start_and_point_where_the_body_does():
    clip = standing_clip(31).moved(yaw=0.5, by=(1.0, 2.0, 0.0))
    picture = path_figure([clip], labels=["stand"])
    (axes,) = picture.axes
    assert missing_labels(picture) == []
    (arrows,) = [c for c in axes.collections if isinstance(c, Quiver)]
    assert len(arrows.U) == 3  # every half second of one second
    np.testing.assert_allclose(arrows.U, -np.sin(0.5), atol=1e-5)
    np.testing.assert_allclose(arrows.V, np.cos(0.5), atol=1e-5)
    np.testing.assert_allclose(arrows.XY, [[1.0, 2.0]] * 3, atol=1e-6)


def test_paths_take_the_colours_of_methods_or_a_series():
    clips = [wandering_clip(20), wandering_clip(20, seed=1)]
    for methods, styles in (
        (["truth", "ours"], [METHODS["truth"], METHODS["ours"]]),
        (None, SERIES[:2]),
    ):
        (axes,) = path_figure(clips, methods=methods).axes
        drawn = [line for line in axes.lines if line.get_linestyle() != "None"]
        assert [line.get_color() for line in drawn] == [
            style.colour for style in styles
        ]


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="methods must name 1 of ours"):
        path_figure(standing_clip(), methods=["best"])
