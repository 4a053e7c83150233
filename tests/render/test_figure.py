"""Film strips and contact sheets: upright, on the floor, left on the left."""

from math import radians

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex, to_rgb

from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.render import (
    FRONT,
    LEFT_SIDE,
    THREE_QUARTER,
    View,
    contact_sheet,
    film_strip,
)
from mini_vimogen.render.figure import PoseStrip, chosen_frames
from mini_vimogen.render.palette import SIDES
from mini_vimogen.render.sheet import FINEST
from mini_vimogen.render.stickman import capsules
from mini_vimogen.render.tracks import as_tracks
from tests.oracles import standing_clip, wandering_clip

HEAD, PELVIS = SMPL24.index("head"), 0
LEFT, RIGHT = np.array(SMPL24.mirror_pairs).T


def pixels(picture) -> np.ndarray:
    """[height, width, 3] what a reader sees, 0 to 1."""
    canvas = FigureCanvasAgg(picture)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3] / 255


def where(image: np.ndarray, colour: str) -> np.ndarray:
    """[pixels, 2] column and row (downwards) of one colour."""
    hit = np.abs(image - to_rgb(colour)).max(axis=-1) < 0.02
    return np.argwhere(hit)[:, ::-1]


class Recorder:
    """Stands in for axes: keeps what is drawn."""

    def __init__(self):
        self.collections = []

    def add_collection(self, collection):
        self.collections.append(collection)


def drawn(clip, view, frames=3) -> np.ndarray:
    """[poses, joints, 2] where a film strip puts the joints."""
    strip = PoseStrip.of(as_tracks(clip)[0], frames, view)
    places = np.zeros((len(strip.times), 2))
    return strip.draw(Recorder(), places=places, metres_per_point=0.01)


@pytest.mark.parametrize("view", [FRONT, LEFT_SIDE, THREE_QUARTER])
def test_heads_are_above_pelves_and_feet_on_the_floor(view):
    joints = drawn(standing_clip(), view)
    assert (joints[:, HEAD, 1] > joints[:, PELVIS, 1] + 0.5).all()
    # A camera above the floor sees toes a little below the root's spot.
    tilt = 0.2 * np.sin(view.elevation)
    assert joints[..., 1].min() == pytest.approx(0.0, abs=tilt + 1e-6)


def test_the_bodys_left_is_on_its_left():
    joints = drawn(standing_clip(), FRONT)  # face to face: on the right
    assert (joints[:, LEFT, 0] > joints[:, RIGHT, 0]).all()
    back = drawn(standing_clip(), View(radians(180), 0.0))
    assert (back[:, LEFT, 0] < back[:, RIGHT, 0]).all()


def test_the_left_side_view_sees_the_left_hand_before_the_right():
    joints = standing_clip().joints()[0].numpy()
    near = LEFT_SIDE.project(joints)[:, 2]
    assert (near[LEFT] > near[RIGHT]).all()
    # The face looks to the left of the page.
    toes = LEFT_SIDE.project(joints)[SMPL24.index("left_foot"), 0]
    assert toes < -0.05


def test_a_parallel_view_keeps_metres():
    view = View(0.7, 0.3)
    basis = view.basis
    np.testing.assert_allclose(basis @ basis.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(basis) == pytest.approx(1.0)


def test_colours_agree_with_the_body_in_the_finished_picture():
    picture = film_strip(standing_clip(), frames=1, view=FRONT)
    image = pixels(picture)
    floor = image.shape[0] - 60  # the key and the times lie below
    left, right = (where(image, SIDES[s]) for s in ("left", "right"))
    left, right = left[left[:, 1] < floor], right[right[:, 1] < floor]
    assert min(len(left), len(right)) > 50
    assert left[:, 0].min() > right[:, 0].max() - 20
    assert left[:, 0].mean() > right[:, 0].mean() + 30
    # The right side is hollow: less ink for the same bones.
    assert len(right) < 0.8 * len(left)


def test_the_bar_is_one_metre_long():
    picture = film_strip(standing_clip(), frames=2)
    (axes,) = picture.axes
    bar = [
        c.get_paths()[0].get_extents()
        for c in axes.collections
        if isinstance(c, PolyCollection) and len(c.get_paths()) == 1
    ][0]
    assert bar.width == pytest.approx(1.0, abs=0.03)
    wide, tall = picture.get_size_inches()
    metres = np.ptp(axes.get_xlim()) / wide, np.ptp(axes.get_ylim()) / tall
    assert metres[0] == pytest.approx(metres[1]) == pytest.approx(FINEST)
    assert "1 m" in [text.get_text() for text in axes.texts]


def test_every_row_has_its_label_and_its_times():
    clips = [wandering_clip(31, seed=seed) for seed in range(3)]
    picture = film_strip(
        clips, frames=4, labels=["ours", "mean", "truth"], title="Three rows"
    )
    words = [text.get_text() for text in picture.axes[0].texts]
    assert {"ours", "mean", "truth", "Three rows"} <= set(words)
    assert words.count("0.00 s") == words.count("1.00 s") == 3
    assert picture.description == (
        "Film strip: Three rows, 4 poses from 0.00 s to 1.00 s, 3 rows: "
        "ours; mean; truth."
    )


LONG = "a person " + "walks and walks and " * 12 + "stops"


@pytest.mark.parametrize(
    "picture",
    [
        film_strip([wandering_clip(40)], labels=[LONG], title="Long"),
        film_strip(wandering_clip(150), frames=12, width="half"),
        contact_sheet(
            [wandering_clip(9, seed=s) for s in range(7)],
            [LONG] * 7,
            columns=3,
            title="Seven",
        ),
    ],
    ids=["long label", "half width", "contact sheet"],
)
def test_nothing_is_clipped(picture):
    picture.draw_without_rendering()
    (axes,) = picture.axes
    page = picture.bbox
    for text in axes.texts:
        box = text.get_window_extent()
        assert page.x0 <= box.x0 and box.x1 <= page.x1, text.get_text()
        assert page.y0 <= box.y0 and box.y1 <= page.y1, text.get_text()
    wide, tall = axes.get_xlim()[1], axes.get_ylim()[1]
    for collection in axes.collections:
        for path in collection.get_paths():
            box = path.get_extents()
            assert 0 <= box.x0 + 0.06 and box.x1 - 0.06 <= wide
            assert 0 <= box.y0 and box.y1 <= tall


def test_near_limbs_are_drawn_after_far_ones():
    axes = Recorder()
    strip = PoseStrip.of(as_tracks(standing_clip())[0], 1, LEFT_SIDE)
    strip.draw(axes, places=np.zeros((1, 2)), metres_per_point=0.01)
    colours = [to_hex(c) for c in axes.collections[-1].get_facecolors()]
    order = [c for c in colours if c in (SIDES["left"], SIDES["right"])]
    assert len(order) == 18
    assert order[:5] == [SIDES["right"]] * 5
    assert order[-5:] == [SIDES["left"]] * 5


def test_the_camera_goes_with_the_person():
    clip = wandering_clip(30)
    at_home = PoseStrip.of(as_tracks(clip)[0], 4, FRONT)
    away = PoseStrip.of(as_tracks(clip.moved(by=(9, -7, 0)))[0], 4, FRONT)
    np.testing.assert_allclose(at_home.joints, away.joints, atol=1e-5)
    assert (at_home.joints[:, 0, :2] == 0).all()


def test_a_row_of_another_length_may_have_fewer_poses():
    picture = film_strip([standing_clip(2), standing_clip(40)], frames=5)
    times = [t.get_text() for t in picture.axes[0].texts]
    assert sum(time.endswith(" s") for time in times) == 7


def test_contact_sheet_turns_every_clip_to_one_start():
    clips = [standing_clip().moved(yaw=yaw) for yaw in (0.0, 2.0, -1.0)]
    sheets = [pixels(contact_sheet([clip], columns=1)) for clip in clips]
    for other in sheets[1:]:
        assert np.abs(sheets[0] - other).max(axis=-1).mean() < 1e-3


def test_frames_can_be_counted_or_named():
    assert chosen_frames(6, 151) == [0, 30, 60, 90, 120, 150]
    assert chosen_frames(6, 3) == [0, 1, 2]
    assert chosen_frames([5, 2], 6) == [5, 2]


def test_capsules_are_as_long_and_as_thick_as_asked():
    start, end = np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])
    (shape,) = capsules(start, end, 0.5)
    along, across = np.array([0.6, 0.8]), np.array([-0.8, 0.6])
    assert np.ptp(shape @ along) == pytest.approx(6.0, abs=0.02)
    assert np.ptp(shape @ across) == pytest.approx(1.0, abs=0.02)
    (disc,) = capsules(start, start, 0.5)
    assert np.linalg.norm(disc, axis=1) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "options,said",
    [
        ({"frames": 0}, "frames must be at least 1, got 0"),
        ({"frames": [0, 9]}, r"frames must lie within 0\.\.3, got \[0, 9\]"),
        ({"width": "huge"}, "width must be one of page, half, got 'huge'"),
    ],
)
def test_odd_requests_are_refused(options, said):
    with pytest.raises(ValueError, match=said):
        film_strip(standing_clip(), **options)


def test_a_sheet_needs_columns():
    with pytest.raises(ValueError, match="columns must be at least 1, got 0"):
        contact_sheet([standing_clip()], columns=0)
