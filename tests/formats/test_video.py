"""The numpy part of BlazePose, following a person, and the errors."""

import sys

import numpy as np
import pytest
import torch

from mini_vimogen.formats import video
from mini_vimogen.formats.blazepose import (
    COCO17_OF_BLAZEPOSE,
    Crop,
    Detection,
    decode_detections,
    decode_landmarks,
    detector_anchors,
    sigmoid,
)
from mini_vimogen.formats.pose_network import PoseNetwork
from mini_vimogen.formats.video import PersonFollower, read_keypoints


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


def person(x, side=100.0, score=0.9) -> Detection:
    return Detection(np.zeros(4), Crop(np.array([x, 50.0]), side, 0.0), score)


class ScriptedNetwork:
    """Sees the people that a frame lists; landmarks are the crop's place."""

    def __init__(self):
        self.detections = 0

    def detect(self, frame):
        self.detections += 1
        return [person(x, side) for x, side in frame]

    def landmarks(self, frame, crop):
        near = [p for p in frame if abs(p[0] - crop.centre[0]) < p[1] / 2]
        if not near:
            return np.full((17, 3), np.nan), crop, 0.0
        x, side = near[0]
        keypoints = np.tile([x, 50.0, 0.9], (17, 1))
        return keypoints, Crop(np.array([x, 50.0]), side, 0.0), 0.99


def followed(frames, **options):
    network = ScriptedNetwork()
    follower = PersonFollower(network, **options)
    places = [float(follower.next(frame)[0, 0]) for frame in frames]
    return places, network.detections


def test_the_largest_person_is_followed_without_detecting_again():
    frames = [[(100 + 10 * t, 60.0), (300 - 10 * t, 90.0)] for t in range(8)]
    places, detections = followed(frames)
    assert places == [300 - 10 * t for t in range(8)] and detections == 1


def test_the_person_near_a_place_is_followed_past_others():
    frames = [[(100 + 20 * t, 60.0), (160, 60.0)] for t in range(3)]
    places, _ = followed(frames, near=(90, 50))
    assert places == [100, 120, 140]


def test_a_lost_person_is_found_again_near_where_it_was():
    frames = [[(100, 60.0), (900, 50.0)], [], [(130, 60.0), (900, 80.0)]]
    places, detections = followed(frames)
    # Lost for a frame; then the nearest, though another is larger.
    assert places == [100, 0, 130] and detections == 3


def test_a_fast_person_is_looked_at_twice():
    """The second pass uses the crop of the first, so nothing lags."""
    crops = []

    class Recording(ScriptedNetwork):
        def landmarks(self, frame, crop):
            crops.append(crop.centre[0])
            return super().landmarks(frame, crop)

    follower = PersonFollower(Recording())
    follower.next([(100, 60.0)])
    follower.next([(120, 60.0)])
    assert crops[-2:] == [100, 120]


def test_missing_files_and_packages_are_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="no pose network file"):
        PoseNetwork(tmp_path)
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ValueError, match=r"mini_vimogen\[video\]"):
        read_keypoints(tmp_path / "a.mp4", weights=tmp_path)
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    weights = tmp_path / "pose_detection"
    weights.mkdir()
    (weights / "pose_detection.tflite").write_bytes(b"")
    with pytest.raises(ValueError, match="ai-edge-litert"):
        PoseNetwork(tmp_path)


class FakeOpenCV:
    """As much of OpenCV as ``video_size`` and ``video_frames`` use."""

    CAP_PROP_FPS, CAP_PROP_FRAME_COUNT, COLOR_BGR2RGB = 5, 7, 4

    def __init__(self, fps=30.0, count=10, readable=True):
        self.properties = {5: fps, 7: count}
        self.left = 10 if readable else 0

    def VideoCapture(self, path):  # noqa: N802  (OpenCV's name)
        self.at = 0
        return self

    def get(self, name):
        return self.properties[name]

    def read(self):
        if self.at >= self.left:
            return False, None
        self.at += 1
        return True, np.full((48, 64, 3), self.at, np.uint8)

    def release(self):
        pass

    def cvtColor(self, frame, code):  # noqa: N802
        return frame[..., ::-1]


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"frames")
    return path


def opencv(monkeypatch, **options):
    monkeypatch.setitem(sys.modules, "cv2", FakeOpenCV(**options))


def test_a_missing_video_is_named(tmp_path, monkeypatch):
    opencv(monkeypatch)
    with pytest.raises(FileNotFoundError, match="no video file"):
        read_keypoints(tmp_path / "nowhere.mp4")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"readable": False}, "not a video"),
        ({"fps": 0.0}, "not a video"),
        ({"fps": float("nan")}, "not a video"),
        ({"count": 10**6}, "at most 20000"),
    ],
)
def test_broken_and_endless_videos_are_refused(
    film, monkeypatch, options, message
):
    opencv(monkeypatch, **options)
    with pytest.raises(ValueError, match=message):
        read_keypoints(film)


def test_frames_can_be_chosen(film, monkeypatch):
    opencv(monkeypatch)
    numbers = [int(f[0, 0, 0]) for f in video.video_frames(film)]
    assert numbers == list(range(1, 11))
    some = video.video_frames(film, start=3, frames=2)
    assert [int(f[0, 0, 0]) for f in some] == [4, 5]
    with pytest.raises(ValueError, match="start must be"):
        list(video.video_frames(film, start=-1))


def test_a_read_video_is_a_track(film, monkeypatch):
    opencv(monkeypatch)
    monkeypatch.setattr(video, "PoseNetwork", lambda weights: LineNetwork())
    track = read_keypoints(film)
    assert (track.frames, track.fps) == (10, 30.0)
    assert (track.width, track.height) == (64, 48)
    assert track.keypoints[:, 0, 0].tolist() == list(range(1, 11))
    assert track.keypoints.dtype == torch.float32
    with pytest.raises(ValueError, match="no frame 50"):
        read_keypoints(film, start=50)


def test_a_video_without_people_is_refused(film, monkeypatch):
    opencv(monkeypatch)
    monkeypatch.setattr(video, "PoseNetwork", lambda weights: BlindNetwork())
    with pytest.raises(ValueError, match="shows nobody"):
        read_keypoints(film)


class LineNetwork:
    """A person whose x is the brightness of the frame."""

    def detect(self, frame):
        return [person(float(frame[0, 0, 0]))]

    def landmarks(self, frame, crop):
        x = float(frame[0, 0, 0])
        keypoints = np.tile([x, 20.0, 0.9], (17, 1))
        return keypoints, Crop(np.array([x, 20.0]), 10.0, 0.0), 0.99


class BlindNetwork:
    """Nobody, ever."""

    def detect(self, frame):
        return []
