"""The weights, and what the two networks see in real video."""

import resource
import shutil
import subprocess
import sys
import warnings

import pytest
import torch

from mini_vimogen.conventions import COCO17
from mini_vimogen.data.real_video import laboratory_video
from mini_vimogen.formats.parts import kept
from mini_vimogen.formats.pose_network import (
    DETECTOR_FILE,
    LANDMARK_FILE,
    PoseNetwork,
)
from mini_vimogen.formats.video import VideoWarning, read_keypoints
from mini_vimogen.geometry.triangulation import triangulate
from tests.formats.films import (
    ffmpeg,
    needs_laboratory,
    needs_network_files,
    needs_video,
)

COMMAND = "python -m mini_vimogen check --fetch --part pose_network"
LIMBS = [
    (COCO17.index(f"{side}_{above}"), COCO17.index(f"{side}_{below}"))
    for side in ("left", "right")
    for above, below in (
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
        ("hip", "knee"),
        ("knee", "ankle"),
    )
]


@pytest.fixture
def weights(tmp_path):
    """A folder of the user's with the true files in it."""
    folder = tmp_path / "weights"
    for name, path in kept("pose_network").items():
        (folder / name).parent.mkdir(parents=True)
        shutil.copy(path, folder / name)
    return folder


@needs_video
def test_absent_weights_name_the_command(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=COMMAND):
        PoseNetwork(tmp_path)
    monkeypatch.setenv("MINI_VIMOGEN_CACHE", str(tmp_path / "nothing"))
    with pytest.raises(FileNotFoundError, match=COMMAND):
        PoseNetwork()
    assert not (tmp_path / "nothing").exists()  # nothing was fetched


@needs_network_files
@pytest.mark.parametrize("name", [DETECTOR_FILE, LANDMARK_FILE])
def test_altered_weights_are_refused(weights, name):
    PoseNetwork(weights)
    content = bytearray((weights / name).read_bytes())
    content[len(content) // 2] ^= 1  # one bit
    (weights / name).write_bytes(bytes(content))
    with pytest.raises(ValueError, match="SHA-256 differs"):
        PoseNetwork(weights)
    (weights / name).write_bytes(bytes(content[:1000]))
    with pytest.raises(ValueError, match="SHA-256 differs"):
        PoseNetwork(weights)


@needs_network_files
def test_altered_weights_in_the_cache_name_the_command(weights, monkeypatch):
    cache = weights.parent
    monkeypatch.setenv("MINI_VIMOGEN_CACHE", str(cache))
    weights.rename(cache / "mediapipe-0.10.21")
    PoseNetwork()
    (cache / "mediapipe-0.10.21" / LANDMARK_FILE).write_bytes(b"altered")
    with pytest.raises(ValueError, match=f"SHA-256 differs.*{COMMAND}"):
        PoseNetwork()


@needs_network_files
@pytest.mark.parametrize(
    ("module", "package"),
    [("cv2", "opencv"), ("ai_edge_litert.interpreter", "ai-edge-litert")],
)
def test_missing_packages_are_one_sentence(monkeypatch, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ValueError, match=rf"{package}.*mini_vimogen\[video\]"):
        PoseNetwork()


@needs_network_files
def test_the_networks_say_nothing_on_the_terminal():
    program = (
        "import sys, numpy\n"
        "from mini_vimogen.formats.pose_network import PoseNetwork\n"
        "frame = numpy.zeros((240, 320, 3), numpy.uint8)\n"
        "assert PoseNetwork().detect(frame) == []\n"
        "print('ours', file=sys.stderr)\n"  # stderr is open again
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "ours\n")


def _cpu_seconds() -> float:
    """Of this process and of the ffmpegs that it has waited for."""
    used = map(
        resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return sum(one.ru_utime + one.ru_stime for one in used)


@needs_laboratory
def test_four_calibrated_views_of_a_real_person():
    """Found in every frame, ten frames a second, bones of steady length."""
    films = kept("laboratory")
    shipped = laboratory_video()
    began = _cpu_seconds()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # one person, and nothing is damaged
        tracks = [
            read_keypoints(films[f"videos/cam0{view}.mp4"])
            for view in (1, 2, 3, 4)
        ]
    took = _cpu_seconds() - began
    for track, before in zip(tracks, shipped.tracks, strict=True):
        assert (track.frames, track.fps) == (100, 60.0)
        assert (track.width, track.height) == (before.width, before.height)
        assert (track.keypoints[..., 2].amax(dim=1) > 0.5).all()
        off = track.keypoints[..., :2] - before.keypoints[..., :2]
        assert off.norm(dim=-1).median() < 5
    assert 400 / took > 10  # frames in a second of one core
    keypoints = torch.stack([track.keypoints for track in tracks]).double()
    points, _ = triangulate(
        keypoints[..., :2],
        keypoints[..., 2],
        shipped.cameras,
        max_error_px=100,  # 5 % of the picture: views now and then swap sides
    )
    upper, lower = map(list, zip(*LIMBS, strict=True))
    lengths = (points[:, upper] - points[:, lower]).norm(dim=-1)
    assert ((lengths.mean(dim=0) > 0.2) & (lengths.mean(dim=0) < 0.45)).all()
    assert (lengths.std(dim=0) / lengths.mean(dim=0)).max() < 0.1


@needs_laboratory
def test_two_real_people_one_of_whom_leaves(tmp_path):
    """Two views side by side; the left one slides out of the picture."""
    films, path = kept("laboratory"), tmp_path / "two.mp4"
    ffmpeg(
        *("-i", films["videos/cam04.mp4"], "-i", films["videos/cam03.mp4"]),
        "-filter_complex",
        "[0]scale=540:960[l];[1]scale=408:720,pad=540:960:66:200:gray[r];"
        "color=gray:s=1080x960:r=60[g];"
        "[g][l]overlay=x='-45*max(n-8,0)':shortest=1[x];[x][r]overlay=x=540",
        *("-frames:v", 30, "-preset", "ultrafast", path),
    )
    with pytest.warns(VideoWarning, match="shows 2 people; the largest"):
        left = read_keypoints(path)
    right = read_keypoints(path, person=2)
    seen = left.keypoints[..., 2].amax(dim=1) > 0
    assert seen[:10].all() and not seen[20:].any()
    assert (left.keypoints[seen][:, 11:13, 0] < 540).all()
    assert (right.keypoints[..., 2].amax(dim=1) > 0.5).all()
    assert (right.keypoints[:, 11:13, 0] > 540).all()
