import numpy as np
import pytest
import torch

from mini_vimogen.conventions import COCO17
from mini_vimogen.formats.blazepose import COCO17_OF_BLAZEPOSE
from mini_vimogen.formats.keypoint_layouts import (
    LAYOUTS,
    from_coco17,
    layout_of,
    to_coco17,
)
from tests.formats.keypoint_examples import FIGURE, ORDERS, confidence, figure

FACE = ("left_eye", "right_eye", "left_ear", "right_ear")


def points(layout: str) -> torch.Tensor:
    return torch.from_numpy(figure(layout))


@pytest.mark.parametrize("layout", [n for n in LAYOUTS if n != "h36m17"])
def test_one_figure_in_every_layout_is_the_same_in_coco17(layout):
    assert torch.equal(to_coco17(points(layout), layout), points("coco17"))


def test_h36m17_lacks_the_face_and_says_so():
    mapped = to_coco17(points("h36m17"), "h36m17")
    lacking = torch.tensor([name in FACE for name in COCO17])
    assert torch.equal(mapped[~lacking], points("coco17")[~lacking])
    assert not mapped[lacking].any()  # position and confidence 0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_left_stays_left(layout):
    known = LAYOUTS[layout]
    x = dict(zip(known.joints, points(layout)[:, 0].tolist(), strict=True))
    mapped = to_coco17(points(layout), layout)
    x |= {
        name: point[0]
        for name, point in zip(COCO17, mapped.tolist(), strict=True)
        if point[2] > 0
    }
    lefts = [name for name in x if name.startswith("left_")]
    assert len(lefts) >= 6
    for name in lefts:
        assert x[name] > x[name.replace("left_", "right_")], name


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_are_whole(layout):
    known = LAYOUTS[layout]
    assert len(known) == len(ORDERS[layout].split()) == len(set(known.joints))
    assert known.index(known.joints[3]) == 3
    bones = [joint for bone in known.bones for joint in bone]
    # A picture leaves no joint of the body alone, and no bone is twice.
    assert set(known.joints) == set(bones)
    assert len({frozenset(bone) for bone in known.bones}) == len(known.bones)


def test_blazepose_as_the_video_reader_has_it():
    wanted = tuple((index,) for index in COCO17_OF_BLAZEPOSE)
    assert LAYOUTS["blazepose33"].to_coco17 == wanted


def middle(*codes: str) -> np.ndarray:
    place = np.mean([FIGURE[code] for code in codes], axis=0)
    return np.append(place, min(confidence(code) for code in codes))


def test_h36m17_out_of_coco17_is_motionberts_with_the_confidence():
    out = from_coco17(points("coco17"), "h36m17").numpy()
    hips, shoulders = ("lhip", "rhip"), ("lsho", "rsho")
    derived = {
        "root": middle(*hips),
        "neck": middle(*shoulders),
        "head": middle("leye", "reye"),
        "belly": (middle(*hips) + middle(*shoulders)) / 2,
    }
    derived["belly"][2] = min(confidence(code) for code in hips + shoulders)
    for at, code in enumerate(ORDERS["h36m17"].split()):
        wanted = derived.get(code, (*FIGURE[code], confidence(code)))
        np.testing.assert_allclose(out[at], wanted, err_msg=code)


def test_a_joint_between_others_is_unseen_if_one_of_them_is():
    coco = points("coco17")
    coco[COCO17.index("left_hip"), 2] = 0
    out = from_coco17(coco, "h36m17")
    index = LAYOUTS["h36m17"].index
    assert not out[index("root")].any() and not out[index("belly")].any()
    assert torch.equal(out[index("left_hip")], coco[COCO17.index("left_hip")])
    assert out[index("neck"), 2] > 0


def test_there_and_back_through_h36m17():
    back = to_coco17(from_coco17(points("coco17"), "h36m17"), "h36m17")
    body = torch.tensor([name not in FACE for name in COCO17])
    assert torch.equal(back[body], points("coco17")[body])
    assert torch.equal(
        from_coco17(points("coco17"), "coco17"), points("coco17")
    )


def test_leading_dimensions_and_the_argument_stay_as_they_are():
    many = torch.rand(2, 3, 25, 3, dtype=torch.float64)
    before = many.clone()
    mapped = to_coco17(many, "openpose25")
    assert mapped.shape == (2, 3, 17, 3) and mapped.dtype == many.dtype
    assert torch.equal(many, before)
    assert torch.equal(mapped[1, 2], to_coco17(many[1, 2], "openpose25"))


def test_a_number_of_joints_names_its_layout_if_only_one_has_it():
    assert layout_of(26) == "halpe26" and layout_of(33) == "blazepose33"
    with pytest.raises(ValueError, match="17 joints fit coco17 and h36m17"):
        layout_of(17)
    with pytest.raises(ValueError, match="no known layout has 18 joints"):
        layout_of(18)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: to_coco17(p, "body25"), "layout must be one of coco17, .*"),
        (lambda p: to_coco17(p, "halpe26"), r"shape \[..., 26, 3\] \(halpe26"),
        (lambda p: to_coco17(p[0], "coco17"), r"shape \[..., 17, 3\]"),
        (lambda p: to_coco17(p[:, :2], "coco17"), r"got \[17, 2\]"),
        (lambda p: from_coco17(p, "halpe26"), "one of coco17, h36m17: COCO-17"),
        (lambda p: from_coco17(p[:16], "h36m17"), r"got \[16, 3\]"),
        (lambda p: LAYOUTS["h36m17"].index("left_eye"), "got 'left_eye'"),
    ],
)
def test_bad_input_is_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call(points("coco17"))
    assert "\n" not in str(caught.value)
