import itertools

import numpy as np
import pytest

from mini_vimogen.formats.keypoint_layouts import LAYOUTS
from mini_vimogen.render.keypoint_figure import (
    FIGURE,
    layout_figure,
    side_of,
)
from mini_vimogen.render.palette import SIDES


def labels(axes) -> dict[str, object]:
    """Annotations of joints by their text."""
    return {note.get_text(): note for note in axes.texts if hasattr(note, "xy")}


@pytest.fixture(scope="module", params=LAYOUTS)
def drawn(request):
    picture = layout_figure(request.param)
    picture.canvas.draw()
    return request.param, picture


def test_every_joint_is_numbered_once(drawn):
    name, picture = drawn
    own, mapped = picture.axes
    assert set(labels(own)) == {str(at) for at in range(len(LAYOUTS[name]))}
    starts = sorted(int(text.split("←")[0]) for text in labels(mapped))
    assert starts == list(range(17))


def test_what_the_map_says_is_what_the_code_does(drawn):
    name, picture = drawn
    said = {
        int(text.split("←")[0]): text.split("←")[1]
        for text in labels(picture.axes[1])
    }
    layout = LAYOUTS["h36m17"] if name == "coco17" else LAYOUTS[name]
    sources = layout.out_of_coco17 if name == "coco17" else layout.to_coco17
    for at, taken in enumerate(sources):
        wanted = {str(one) for one in taken} or {"none"}
        assert set(said[at].split(",")) == wanted


def test_numbers_can_be_read_and_stay_inside(drawn):
    _, picture = drawn
    window = picture.get_window_extent()
    for axes in picture.axes:
        boxes = [note.get_window_extent() for note in labels(axes).values()]
        for box in boxes:
            assert window.x0 <= box.x0 and box.x1 <= window.x1
            assert window.y0 <= box.y0 and box.y1 <= window.y1
        for one, other in itertools.combinations(boxes, 2):
            assert not one.overlaps(other)


def test_the_person_is_upright_and_left_is_on_the_readers_right(drawn):
    name, picture = drawn
    own = labels(picture.axes[0])
    layout = LAYOUTS[name]
    place = {
        joint: np.array(own[str(at)].xy)
        for at, joint in enumerate(layout.joints)
    }
    assert place["nose"][1] > place["left_hip"][1] > place["left_ankle"][1]
    for joint in layout.joints:
        if joint.startswith("left_"):
            other = joint.replace("left_", "right_")
            assert place[joint][0] > place[other][0]


def test_sides_have_their_colours(drawn):
    name, picture = drawn
    own = labels(picture.axes[0])
    for at, joint in enumerate(LAYOUTS[name].joints):
        colour = own[str(at)].get_color()
        assert (colour == SIDES["right"]) == (side_of(joint) == "right")


def test_it_describes_itself(drawn):
    name, picture = drawn
    assert LAYOUTS[name].title in picture.description
    assert ("none" in picture.description) == (name == "h36m17")


def test_the_figure_has_every_joint_of_every_layout():
    joints = {joint for one in LAYOUTS.values() for joint in one.joints}
    assert joints == set(FIGURE)
