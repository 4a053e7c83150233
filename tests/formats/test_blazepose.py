"""The numpy part of BlazePose: anchors, crops, detections, landmarks."""

import numpy as np
import pytest

from mini_vimogen.formats.blazepose import (
    COCO17_OF_BLAZEPOSE,
    Crop,
    Detection,
    decode_detections,
    decode_landmarks,
    detector_anchors,
    sigmoid,
    windows,
    without_doubles,
)


def test_anchors_cover_the_picture_layer_by_layer():
    anchors = detector_anchors()
    assert anchors.shape == (2254, 2)
    # 28 x 28 cells twice, 14 x 14 twice, 7 x 7 six times.
    assert anchors[:3].tolist() == [[0.5 / 28] * 2] * 2 + [[1.5 / 28, 0.5 / 28]]
    assert anchors[2 * 28].tolist() == [0.5 / 28, 1.5 / 28]  # the second row
    assert anchors[1568].tolist() == [0.5 / 14] * 2
    assert anchors[-1].tolist() == [6.5 / 7] * 2
    assert (np.unique(anchors[-294:], axis=0, return_counts=True)[1] == 6).all()


def test_sigmoid_does_not_overflow():
    assert sigmoid(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("up", "angle"),
    [((0, -1), 0.0), ((1, 0), np.pi / 2), ((-1, 0), -np.pi / 2)],
)
def test_a_crop_turns_the_person_upright(up, angle):
    centre = np.array([300.0, 200.0])
    crop = Crop.around(centre, centre + 80 * np.array(up))
    assert crop.angle == pytest.approx(angle)
    assert crop.side == pytest.approx(2 * 80 * 1.25)
    # The point above the middle of the crop lies in the person's up direction.
    above = crop.to_image(np.array([0.5, 0.5 - 0.4]))
    assert above == pytest.approx(centre + 80 * np.array(up))
    assert crop.to_image(np.array([0.5, 0.5])) == pytest.approx(centre)


def raw_outputs(people):
    """Detector outputs that say: these hip centres and circle points (input
    pixels), with these logits, at these anchors."""
    boxes, logits = np.zeros((2254, 12)), np.full(2254, -9.0)
    anchors = detector_anchors() * 224
    for anchor, centre, circle, logit in people:
        boxes[anchor, 4:6] = np.array(centre) - anchors[anchor]
        boxes[anchor, 6:8] = np.array(circle) - anchors[anchor]
        boxes[anchor, 2:4] = 20.0
        logits[anchor] = logit
    return boxes, logits


def test_detections_are_decoded_in_pixels_best_first_without_doubles():
    boxes, logits = raw_outputs(
        [
            (10, (50, 60), (50, 30), 1.0),
            (700, (51, 61), (51, 31), 3.0),  # the same person, surer
            (2000, (150, 100), (150, 80), 2.0),
            (2100, (20, 20), (20, 10), -1.0),  # too weak
        ]
    )
    found = decode_detections(
        boxes, logits, scale=4.0, shift=np.array([0.0, -100.0])
    )
    assert [round(p.score, 3) for p in found] == [0.953, 0.881]
    assert found[0].crop.centre.tolist() == [204.0, 144.0]
    assert found[0].crop.side == pytest.approx(2 * 30 * 4 * 1.25)
    assert found[1].crop.centre.tolist() == [600.0, 300.0]
    assert found[0].box[2:].tolist() == [80.0, 80.0]  # sizes are not shifted


def test_landmarks_are_put_back_into_the_frame():
    points = np.zeros((39, 5))
    points[:, 0] = np.arange(39) * 4.0
    points[:, 1] = 128.0
    points[:, 3:] = 9.0
    points[11, 3] = -9.0  # the left shoulder is hidden
    points[33, :2], points[34, :2] = (128, 128), (128, 64)
    crop = Crop(np.array([500.0, 300.0]), 512.0, 0.0)
    keypoints, following = decode_landmarks(points, crop)
    # BlazePose 28 is the right ankle, 27 the left; 256 pixels are 512 here.
    assert keypoints[16, :2].tolist() == [500 - 256 + 28 * 8, 300.0]
    assert keypoints[15, :2].tolist() == [500 - 256 + 27 * 8, 300.0]
    assert keypoints[5, 2] < 1e-3 < 0.99 < keypoints[6, 2]
    assert following.centre.tolist() == [500.0, 300.0]
    assert following.side == pytest.approx(2 * 128 * 1.25)
    assert len(COCO17_OF_BLAZEPOSE) == 17


def test_of_doubles_from_several_windows_the_surest_is_kept():
    def seen(x, side, score):
        crop = Crop(np.array([x, 50.0]), side, 0.0)
        return Detection(np.zeros(4), crop, score)

    people = [seen(100, 90, 0.6), seen(300, 90, 0.7), seen(110, 80, 0.9)]
    kept = without_doubles(people)
    assert [p.score for p in kept] == [0.9, 0.7]
    assert [p.crop.centre[0] for p in kept] == [110, 300]


@pytest.mark.parametrize(
    "size", [(994, 1768), (1920, 1080), (960, 1080), (480, 480), (1, 1)]
)
def test_windows_see_every_part_of_the_frame_twice(size):
    """Once whole; and once in a square that it is not at the edge of."""
    height, width = size
    whole, *squares = windows(height, width)
    assert whole.side == max(size)
    assert whole.centre.tolist() == [width / 2, height / 2]
    assert {square.side for square in squares} == {
        min(height, width, 0.6 * max(size))
    }
    for axis, length in ((0, width), (1, height)):
        middles = sorted({float(s.centre[axis]) for s in squares})
        side = squares[0].side
        assert middles[0] == pytest.approx(side / 2)
        assert middles[-1] == pytest.approx(length - side / 2)
        steps = np.diff(middles)
        assert (steps <= side / 2 + 1e-9).all()


def test_a_very_long_frame_is_not_cut_into_many_squares():
    assert len(windows(100, 5000)) == 1
