"""The surface: hidden faces left out, near ones last, sides tinted."""

import matplotlib
import numpy as np
import pytest
import torch

from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.render import FRONT, body_strip
from mini_vimogen.render.body_figure import LIGHT, SKIN

# An octahedron around the height of one metre, corners seen from outside
# counter-clockwise.
CORNERS = torch.tensor(
    [
        [0.5, 0.0, 1.0],
        [-0.5, 0.0, 1.0],
        [0.0, 0.5, 1.0],
        [0.0, -0.5, 1.0],
        [0.0, 0.0, 1.5],
        [0.0, 0.0, 0.5],
    ]
)
FACES = torch.tensor(
    [
        [0, 2, 4],
        [2, 1, 4],
        [1, 3, 4],
        [3, 0, 4],
        [2, 0, 5],
        [1, 2, 5],
        [3, 1, 5],
        [0, 3, 5],
    ]
)


def surfaces(picture):
    """The collections of lit faces, one a figure."""
    return [c for c in picture.axes[0].collections if c.get_zorder() == 3]


def test_only_the_four_faces_towards_the_reader_are_drawn():
    picture = body_strip(CORNERS[None], FACES, view=FRONT)
    (surface,) = surfaces(picture)
    assert len(surface.get_paths()) == 4
    # Turned inside out, the other four.
    flipped = body_strip(CORNERS[None], FACES.flip(1), view=FRONT)
    assert len(surfaces(flipped)[0].get_paths()) == 4
    assert "1 m" in [text.get_text() for text in picture.axes[0].texts]


def test_faces_above_are_lighter_than_those_below():
    (surface,) = surfaces(body_strip(CORNERS[None], FACES, view=FRONT))
    heights = [p.get_extents().y1 for p in surface.get_paths()]
    brightness = surface.get_facecolors()[:, :3].mean(axis=1)
    above = np.array(heights) > np.median(heights)
    assert brightness[above].min() > brightness[~above].max()
    assert np.linalg.norm(LIGHT) == pytest.approx(1.0, abs=0.01)


def test_near_faces_are_drawn_last():
    behind = CORNERS - torch.tensor([0.1, 0.6, 0.0])
    both = torch.cat([behind, CORNERS])[None]
    faces = torch.cat([FACES + 6, FACES])  # the near one comes first
    tint = torch.tensor([0] * 6 + [SMPL24.index("left_knee")] * 6)
    picture = body_strip(both, faces, view=FRONT, vertex_joint=tint)
    (surface,) = surfaces(picture)
    blue = surface.get_facecolors()[:, 2] > surface.get_facecolors()[:, 0]
    assert blue.tolist() == [False] * 4 + [True] * 4


def test_sides_are_tinted_and_the_key_says_so():
    side = ["right_hip", "left_hip", "pelvis", "pelvis", "pelvis", "pelvis"]
    joint = torch.tensor([SMPL24.index(name) for name in side])
    plain = body_strip(CORNERS[None], FACES)
    tinted = body_strip(CORNERS[None], FACES, vertex_joint=joint)
    assert len(tinted.axes[0].texts) == len(plain.axes[0].texts) + 2
    hue = surfaces(plain)[0].get_facecolors()[:, :3]
    skin = np.array(matplotlib.colors.to_rgb(SKIN))
    np.testing.assert_allclose(hue / hue[:, :1], [skin / skin[0]] * len(hue))


def test_frames_are_spread_over_the_page():
    moving = CORNERS + torch.arange(30.0)[:, None, None] * 0.1
    picture = body_strip(moving, FACES, frames=4, fps=30, title="Drift")
    shown = surfaces(picture)
    middles = [
        np.mean([p.get_extents().x0 for p in s.get_paths()]) for s in shown
    ]
    assert len(shown) == 4 and (np.diff(middles) > 1.0).all()
    assert picture.description == (
        "The body's surface: Drift, 4 figures from 0.00 s to 0.97 s."
    )


@pytest.mark.parametrize(
    "change,said",
    [
        ({"vertices": CORNERS}, r"vertices must have shape .* got \[6, 3\]"),
        ({"vertices": CORNERS[None] / 0}, "vertices must be finite"),
        ({"faces": FACES[:, :2]}, r"faces must have shape .* got \[8, 2\]"),
        ({"faces": FACES + 1}, r"must name vertices 0\.\.5, got 1\.\.6"),
        (
            {"vertex_joint": torch.zeros(5, dtype=torch.long)},
            r"vertex_joint must have shape \[6\] .* got shape \[5\]",
        ),
        ({"frames": 0}, "frames must be at least 1, got 0"),
    ],
)
def test_surfaces_that_do_not_fit_are_refused(change, said):
    arguments = {"vertices": CORNERS[None], "faces": FACES, **change}
    with pytest.raises(ValueError, match=said):
        body_strip(**arguments)
