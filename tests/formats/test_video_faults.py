"""Files that are no good: one sentence each, and nothing on the terminal."""

import struct
import subprocess
import sys
import warnings

import pytest

from mini_vimogen.formats import video, video_stream
from mini_vimogen.formats.video import VideoWarning, read_keypoints
from mini_vimogen.formats.video_faults import video_path
from tests.formats.films import SquareNetwork, ffmpeg, film, needs_video

H264 = ("-pix_fmt", "yuv420p", "-movflags", "+faststart")
AVI = ("-c:v", "mpeg4")
# So that frames, not headers, make up the file.
GRAIN = ("-vf", "noise=alls=25:allf=t", "-g", "5")


@pytest.fixture(autouse=True)
def network(monkeypatch):
    monkeypatch.setattr(video, "PoseNetwork", SquareNetwork)


def along(count):
    return [(20 + 2 * t, 40) for t in range(count)]


def cut(path, share, *, name=None):
    content = path.read_bytes()
    part = path.with_name(name or f"cut_{path.name}")
    part.write_bytes(content[: int(share * len(content))])
    return part


def a_text(folder):
    path = folder / "text.mp4"
    path.write_text("this is no film\n" * 50, "utf-8")
    return path


def an_empty_file(folder):
    path = folder / "empty.mp4"
    path.touch()
    return path


def a_folder(folder):
    path = folder / "folder.mp4"
    path.mkdir()
    return path


def one_without_index(folder):
    whole = film(folder / "whole.mp4", along(30), *GRAIN)
    return cut(whole, 0.6)  # the index would have come last


def sound_only(folder):
    path = folder / "sound.mp4"
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", path)
    return path


def sound_with_a_cover(folder):
    sound, cover = folder / "sound.m4a", folder / "cover.mp4"
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", sound)
    picture = film(folder / "cover.png", along(1))
    attached = ("-map", 0, "-map", 1, "-c", "copy")
    attached += ("-disposition:v:0", "attached_pic")
    ffmpeg("-i", sound, "-i", picture, *attached, cover)
    return cover


def an_unknown_codec(folder):
    whole = film(folder / "whole.avi", along(10), *AVI)
    path = folder / "codec.avi"
    content = whole.read_bytes().replace(b"FMP4", b"XYZW")
    path.write_bytes(content.replace(b"fmp4", b"XYZW"))
    return path


def a_rate_of_zero(folder):
    content = bytearray(
        film(folder / "whole.avi", along(10), *AVI).read_bytes()
    )
    stream = content.index(b"strh") + 8
    content[stream + 20 : stream + 28] = struct.pack("<II", 0, 0)
    path = folder / "zero.avi"
    path.write_bytes(bytes(content))
    return path


def all_frames_at_once(folder):
    path = folder / "still.mp4"
    options = ("-vf", "settb=1/90000,setpts=N", "-fps_mode", "passthrough")
    options += ("-enc_time_base", "1/90000", "-video_track_timescale", "90000")
    return film(path, along(10), *options, *H264)


def a_playlist(folder):
    film(folder / "other.mp4", along(5))
    path = folder / "list.mp4"
    path.write_text("ffconcat version 1.0\nfile other.mp4\n", "utf-8")
    return path


def noise(folder):
    path = folder / "noise.mkv"
    path.write_bytes(bytes(range(256)) * 400)
    return path


def nobody(folder):
    return film(folder / "nobody.mp4", [None] * 10)


def one_frame(folder):
    return film(folder / "one.mp4", along(1))


def a_picture(folder):
    return film(folder / "picture.png", along(1))


def a_changing_size(folder):
    """Two films of different sizes in one stream, as a call records them."""
    first = film(folder / "a.ts", along(6), *H264, "-f", "mpegts")
    second = film(
        folder / "b.ts", along(6), *H264, "-f", "mpegts", width=64, height=96
    )
    both = folder / "both.ts"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    path = folder / "changing.mkv"
    ffmpeg("-f", "mpegts", "-i", both, "-c", "copy", path)
    return path


REFUSED = [
    (a_text, "text.mp4 is not a video file"),
    (an_empty_file, "empty.mp4 is empty: it has 0 bytes"),
    (a_folder, "folder.mp4 is a folder, not a video file"),
    (one_without_index, r"cut short: its index \(moov\) is missing"),
    (sound_only, "sound.mp4 holds sound but no pictures"),
    (sound_with_a_cover, "cover.mp4 holds sound but no pictures"),
    (an_unknown_codec, "codec XYZW.* convert it to H.264"),
    (a_rate_of_zero, "zero.avi has a frame rate of 0"),
    (all_frames_at_once, "still.mp4: .*frames per second; between 1 and"),
    (a_playlist, "list.mp4 is not a video file"),
    (noise, "noise.mkv is not a video file"),
    (nobody, "nobody.mp4 shows nobody"),
    (one_frame, "one.mp4: a motion needs at least 2 frames"),
    (a_picture, "must end in .mp4, .mov.*got 'picture.png'"),
    (a_changing_size, "changes its picture size from 128x96 to 64x96"),
]


@needs_video
@pytest.mark.parametrize(("make", "sentence"), REFUSED)
def test_refused_in_one_sentence(make, sentence, tmp_path, capfd):
    path = make(tmp_path)
    capfd.readouterr()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ValueError, match=sentence) as caught:
        read_keypoints(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
    assert capfd.readouterr() == ("", "")
    assert sorted(tmp_path.iterdir()) == before


@needs_video
@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"person": 0}, "person must be at least 1"),
        ({"person": 2}, "person must be from 1 to 1"),
        ({"start": -1}, "start must be at least 0"),
        ({"frames": 0}, "frames must be at least 2"),
        ({"frames": 1}, "frames must be at least 2"),
        ({"start": 50}, "has no frame 50 to start from"),
        ({"start": 9}, "at least 2 frames"),
    ],
)
def test_a_choice_that_the_film_does_not_offer(tmp_path, choice, sentence):
    path = film(tmp_path / "a.mp4", along(10))
    with pytest.raises(ValueError, match=sentence):
        read_keypoints(path, **choice)


@needs_video
@pytest.mark.parametrize(
    ("name", "options"),
    [("a.mp4", H264), ("a.avi", AVI), ("a.webm", ("-c:v", "libvpx"))],
)
def test_of_a_film_cut_in_the_middle_the_rest_is_read(
    tmp_path, name, options, capfd
):
    whole = film(tmp_path / name, along(40), *GRAIN, *options)
    capfd.readouterr()
    with pytest.warns(VideoWarning, match="damaged or cut short.* ends after"):
        track = read_keypoints(cut(whole, 0.7))
    assert 10 < track.frames < 40
    assert capfd.readouterr() == ("", "")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_keypoints(whole).frames == 40
        # Who asks for a part that is there is not told of the rest.
        assert read_keypoints(cut(whole, 0.7), frames=5).frames == 5


@needs_video
def test_an_avi_cut_between_two_frames_is_known_by_its_header(tmp_path):
    """ffmpeg itself takes what is left for the whole film."""
    content = film(tmp_path / "a.avi", along(40), *GRAIN, *AVI).read_bytes()
    path = tmp_path / "cut.avi"
    path.write_bytes(content[: content.index(b"00dc", len(content) // 2)])
    with pytest.warns(VideoWarning, match="damaged or cut short"):
        assert 5 < read_keypoints(path).frames < 40


@needs_video
def test_a_frame_of_too_many_pixels_is_refused(tmp_path, monkeypatch):
    path = film(tmp_path / "a.mp4", along(3))
    monkeypatch.setattr(video_stream, "MAX_PIXELS", 5000)
    with pytest.raises(ValueError, match="more pixels than can be read"):
        read_keypoints(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no video file .*nowhere.mp4"):
        read_keypoints(tmp_path / "nowhere.mp4")


def test_a_path_is_never_an_address():
    with pytest.raises(FileNotFoundError, match="no video file"):
        video_path("https://example.org/a.mp4")


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"frames")
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ValueError, match=r"imageio-ffmpeg.*vimogen\[video\]"):
        read_keypoints(path)


@needs_video
def test_nothing_but_the_sentence_reaches_the_terminal(tmp_path):
    """In a process of its own, where compiled code may write what it likes."""
    paths = [make(tmp_path) for make in (a_text, an_unknown_codec)]
    whole = film(tmp_path / "b.mp4", along(40), *GRAIN, *H264)
    paths += [cut(whole, 0.7)]
    program = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        "from mini_vimogen.formats import video\n"
        "from tests.formats.films import SquareNetwork\n"
        "video.PoseNetwork = SquareNetwork\n"
        "for path in sys.argv[1:]:\n"
        "    try: print(video.read_keypoints(path).frames)\n"
        "    except ValueError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert done.stderr == "" and len(lines) == 3
    assert "not a video" in lines[0] and int(lines[2]) > 10
