"""Films of many kinds, read whole: sizes, times, memory, what is said."""

import itertools
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from mini_vimogen.formats import video
from mini_vimogen.formats.video import (
    VideoWarning,
    read_keypoints,
    video_frames,
)
from mini_vimogen.formats.video_stream import VideoStream
from tests.formats.films import SquareNetwork, ffmpeg, film, needs_video

pytestmark = needs_video
STATM = Path("/proc/self/statm")


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """The pose network is replaced by one that sees the white square."""
    networks = []

    def build(weights=None):
        networks.append(SquareNetwork(weights))
        return networks[-1]

    monkeypatch.setattr(video, "PoseNetwork", build)
    return networks


def along(count, *, step=3.0, start=(20.0, 40.0)):
    return [(start[0] + step * t, start[1]) for t in range(count)]


def centres(track):
    return track.keypoints[:, 0, :2]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", ()),
        ("a.MOV", ("-pix_fmt", "yuv420p", "-f", "mov")),
        ("a.avi", ("-c:v", "mpeg4", "-q:v", "2")),
        ("a.webm", ("-c:v", "libvpx", "-b:v", "1M")),
        ("a.mkv", ("-c:v", "libx265", "-x265-params", "log-level=none")),
    ],
)
def test_each_container_is_read(tmp_path, name, options):
    path = film(tmp_path / name, along(20), *options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing to be said about it
        track = read_keypoints(path)
    assert (track.frames, track.fps) == (20, 30.0)
    assert (track.width, track.height) == (128, 96)
    assert track.keypoints.dtype == torch.float32
    expected = torch.tensor(along(20))
    assert (centres(track) - expected).abs().max() < 1.0
    assert (track.keypoints[..., 2] == torch.tensor(0.9)).all()


def test_a_film_named_for_another_container_is_read(tmp_path):
    path = film(tmp_path / "a.webm", along(5), "-c:v", "libvpx")
    assert read_keypoints(path.rename(tmp_path / "a.mp4")).frames == 5


@pytest.mark.parametrize(
    ("degrees", "turned"),
    [
        (90, lambda x, y: (y, 128 - x)),  # counter-clockwise
        (180, lambda x, y: (128 - x, 96 - y)),
        (-90, lambda x, y: (96 - y, x)),
    ],
)
def test_a_telephone_held_upright_gives_upright_keypoints(
    tmp_path, degrees, turned
):
    """The file says how it was held; the pixels lie on their side."""
    lying = film(tmp_path / "lying.mp4", along(10))
    path = tmp_path / "upright.mp4"
    flag = ("-display_rotation:v:0", degrees)
    ffmpeg(*flag, "-i", lying, "-c", "copy", path)
    track = read_keypoints(path)
    size = (128, 96) if degrees == 180 else (96, 128)
    assert (track.width, track.height) == size
    expected = torch.tensor([turned(x, y) for x, y in along(10)])
    assert (centres(track) - expected).abs().max() < 1.0


def test_pixels_that_are_not_square_are_made_square(tmp_path):
    shape = ("-vf", "setsar=2", "-pix_fmt", "yuv420p")
    track = read_keypoints(film(tmp_path / "a.mp4", along(5), *shape))
    assert (track.width, track.height) == (256, 96)
    expected = torch.tensor(along(5)) * torch.tensor([2.0, 1.0])
    assert (centres(track) - expected).abs().max() < 1.5


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_uneven_time_stamps_are_brought_to_a_constant_rate(tmp_path, suffix):
    """A recorder that left out every fifth frame and waited for half a second.

    The square moves evenly in time, so it must do so in the track.
    """
    codec = ("-c:v", "libvpx") if suffix == "webm" else ("-pix_fmt", "yuv420p")
    left_out = "select='mod(n,5)-4',setpts='PTS+if(gte(N,24),0.5/TB,0)'"
    path = film(
        tmp_path / f"a.{suffix}",
        along(40, step=2.0),
        *("-vf", left_out, "-fps_mode", "passthrough", *codec),
    )
    track = read_keypoints(path)
    assert track.fps == 30.0
    # 40 frames without the last, and 15 in the pause.
    assert track.frames == 39 + 15
    seen = track.keypoints[..., 2].amax(dim=1) > 0
    before, after = seen[:29], seen[45:]
    assert before.all() and after.all() and not seen[29:45].any()
    expected = torch.tensor(along(40, step=2.0))
    assert (centres(track)[:29] - expected[:29]).abs().max() < 1.5
    assert (centres(track)[45:] - expected[30:39]).abs().max() < 1.5


def test_a_rate_of_television_is_exact(tmp_path):
    path = film(tmp_path / "a.mp4", along(12), fps="30000/1001")
    assert read_keypoints(path).fps == 30000 / 1001


def test_a_part_of_a_film(tmp_path):
    path = film(tmp_path / "a.mp4", along(20))
    track = read_keypoints(path, start=5, frames=4)
    expected = torch.tensor(along(20)[5:9])
    assert (centres(track) - expected).abs().max() < 1.0
    frames = list(video_frames(path, start=18))
    assert [frame.shape for frame in frames] == [(96, 128, 3)] * 2
    for frame, (x, y) in zip(frames, along(20)[18:], strict=True):
        assert frame[round(y), round(x)].min() > 200
        assert frame[0, 0].max() < 60


def test_a_person_who_leaves_has_no_confidence(tmp_path):
    places = [*along(10), *[None] * 6, *along(5)]
    track = read_keypoints(film(tmp_path / "a.mp4", places))
    seen = track.keypoints[..., 2].amax(dim=1) > 0
    assert seen.tolist() == [True] * 10 + [False] * 6 + [True] * 5


def test_large_frames_are_made_smaller_and_the_pixels_are_still_theirs(
    tmp_path, network
):
    """8K: 100 MB a frame in RGB; 6 MB arrive."""
    path = tmp_path / "8k.mkv"
    small = film(tmp_path / "small.mkv", along(3), "-c:v", "mjpeg", "-q:v", "2")
    large = ("-vf", "scale=7680:4320:flags=neighbor", "-c:v", "mjpeg")
    ffmpeg("-i", small, *large, "-threads", 1, path)
    shapes = []
    network_look = SquareNetwork.landmarks

    def look(self, frame, crop):
        shapes.append(frame.shape)
        return network_look(self, frame, crop)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SquareNetwork, "landmarks", look)
        track = read_keypoints(path)
    assert set(shapes) == {(1080, 1920, 3)}
    assert (track.width, track.height) == (7680, 4320)
    expected = torch.tensor(along(3)) * torch.tensor([60.0, 45.0])
    assert (centres(track) - expected).abs().max() < 30  # half a small pixel


@pytest.mark.skipif(not STATM.exists(), reason="needs /proc to see the memory")
def test_ten_minutes_take_no_more_memory_than_ten_seconds(
    tmp_path, monkeypatch
):
    path = tmp_path / "long.avi"
    source = "color=0x1e1e1e:s=32x32:r=60:d=600,drawbox=8:8:16:16:white:fill"
    ffmpeg("-f", "lavfi", "-i", source, "-c:v", "mpeg4", path)
    memory, page = [], os.sysconf("SC_PAGE_SIZE")

    calls = itertools.count()

    def look(self, frame, crop):
        if next(calls) % 100 == 0:
            memory.append(int(STATM.read_text().split()[1]) * page)
        return np.tile([16.0, 16.0, 0.9], (17, 1)), crop, 0.99

    monkeypatch.setattr(SquareNetwork, "landmarks", look)
    track = read_keypoints(path)
    assert (track.frames, track.fps) == (video.MAX_FRAMES, 60.0)
    ten_seconds = memory[len(memory) // 60]
    # The keypoints themselves are 7 MB.
    assert max(memory) - ten_seconds < 40e6


def test_longer_films_are_refused_at_once(tmp_path, monkeypatch, network):
    monkeypatch.setattr(video, "MAX_FRAMES", 20)
    path = film(tmp_path / "a.mp4", along(21))
    with pytest.raises(ValueError, match="has 21 frames; at most 20.*part of"):
        read_keypoints(path)
    assert read_keypoints(path, start=1).frames == 20
    # This header does not say how long the film is.
    live = tmp_path / "live.webm"
    options = ("-c:v", "libvpx", "-f", "webm", "-live", "1")
    film(live, along(30), *options)
    with pytest.raises(ValueError, match="over 20 frames; at most 20"):
        read_keypoints(live)


def test_progress_is_shown_on_stderr_only_when_asked(tmp_path, capsys):
    path = film(tmp_path / "a.mp4", along(12))
    read_keypoints(path)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
    read_keypoints(path, progress=True)
    said = capsys.readouterr()
    assert said.out == ""
    assert "a.mp4" in said.err and "12/12" in said.err


def test_several_people_are_announced_and_can_be_chosen(tmp_path, monkeypatch):
    class Two(SquareNetwork):
        """A smaller person stands 50 pixels to the right."""

        def detect(self, frame):
            (first,) = super().detect(frame)
            second = type(first)(first.box, self._second(first.crop), 0.8)
            return [second, first]

        def landmarks(self, frame, crop):
            keypoints, found, score = super().landmarks(frame, crop)
            if crop.side < found.side:
                found = self._second(found)
                keypoints[:, 0] += 50
            return keypoints, found, score

        @staticmethod
        def _second(crop):
            return type(crop)(crop.centre + [50, 0], 100.0, crop.angle)

    monkeypatch.setattr(video, "PoseNetwork", Two)
    path = film(tmp_path / "a.mp4", along(4))
    with pytest.warns(
        VideoWarning, match=r"shows 2 people; the largest.*--per"
    ):
        track = read_keypoints(path)
    assert (centres(track) - torch.tensor(along(4))).abs().max() < 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        track = read_keypoints(path, person=2)
    assert centres(track)[0, 0] == pytest.approx(70, abs=1)
    with pytest.raises(ValueError, match="from 1 to 2.*got 3"):
        read_keypoints(path, person=3)


def test_ffmpeg_is_gone_when_reading_stops_early(tmp_path):
    path = film(tmp_path / "a.mp4", along(200, step=0.2))
    with VideoStream(path) as stream:
        next(iter(stream))
        process = stream._process
        assert stream.expected_frames == 200
    assert process.poll() is not None
    frames = video_frames(path)
    next(frames)
    frames.close()
