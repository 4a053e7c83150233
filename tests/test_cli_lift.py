"""``lift``, ``demo``, ``train``, ``study``, ``evaluate`` as commands."""

import json
import sys
import warnings

import numpy as np
import pytest
import torch

from mini_vimogen.cli import export, main
from mini_vimogen.clip import Clip
from mini_vimogen.data.library import data_path
from mini_vimogen.formats import bvh, gltf, keypoint_file, smpl, video
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.metrics.pose_error import jitter
from mini_vimogen.models.vimo import ViMoDenoiser
from mini_vimogen.representation.smooth import smoothed
from mini_vimogen.training.checkpoint import save_model
from tests.oracles import standing_clip


def keypoints(frames=20):
    """A standing figure of 17 points that drifts to the right."""
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(17, 2, generator=generator) * 200 + 300
    drift = torch.arange(frames)[:, None, None] * torch.tensor([2.0, 0.0])
    seen = torch.full((frames, 17, 1), 0.9)
    return torch.cat([points + drift, seen], dim=-1).numpy()


@pytest.fixture
def track(tmp_path):
    """Write a keypoint file with some entries changed or left out."""

    def write(**changes):
        good = {
            "keypoints": keypoints(),
            "fps": 30.0,
            "width": 1280.0,
            "height": 720.0,
        }
        entries = {**good, **changes}
        entries = {k: v for k, v in entries.items() if v is not None}
        np.savez(tmp_path / "track.npz", **entries)
        return tmp_path / "track.npz"

    return write


def lifted_joints(path):
    """Joints of a file, by its suffix; AMASS has no hands, so 22 of them."""
    suffix = "".join(path.suffixes[-2:])
    if suffix.endswith(".bvh"):
        clip = bvh.read(path)
    elif suffix.endswith(".glb"):
        clip = gltf.read(path)
    elif suffix == ".smpl.npz":
        clip = smpl.read_amass(path)
    else:
        clip = Clip.load(path)
    return clip.joints()[:, :22]


def test_a_track_becomes_every_format(track, tmp_path, capsys):
    names = ("a.bvh", "a.html", "b.npz", "a.glb", "a.smpl.npz")
    outs = [tmp_path / name for name in names]
    words = [w for out in outs for w in ("--out", str(out))]
    assert main(["lift", str(track()), *words]) == 0
    clip = Clip.load(outs[2])
    assert clip.frames == 20 and clip.source == "track.npz"
    assert gltf.read(outs[3]).source == "track.npz"
    joints = clip.joints()[:, :22]
    for path in (outs[0], *outs[3:]):
        assert (lifted_joints(path) - joints).abs().max() < 1e-4
    assert "<canvas" in outs[1].read_text("utf-8")
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        f"read {tmp_path / 'track.npz'}: 20 frames at 30 fps, 1280 x 720, "
        "100 % of joints seen, no cuts",
        *(f"wrote {out}" for out in outs),
    ]
    assert said.err == ""
    assert {path.name for path in tmp_path.iterdir()} == {"track.npz", *names}


SUFFIXES = (".npz", ".bvh", ".glb", ".html", ".smpl.npz")


def test_several_samples_are_numbered_and_differ(track, tmp_path):
    words = [w for s in SUFFIXES for w in ("--out", str(tmp_path / f"s.t{s}"))]
    words += ["--samples", "2", "--steps", "2"]
    assert main(["lift", str(track()), *words]) == 0
    one, two = (Clip.load(tmp_path / f"s.t_{n}.npz") for n in (1, 2))
    assert not torch.equal(one.local_rotmat, two.local_rotmat)
    wanted = {f"s.t_{n}{suffix}" for n in (1, 2) for suffix in SUFFIXES}
    written = {path.name for path in tmp_path.iterdir()}
    assert written == wanted | {"track.npz"}
    for number, clip in ((1, one), (2, two)):
        for suffix in (".bvh", ".glb", ".smpl.npz"):
            joints = lifted_joints(tmp_path / f"s.t_{number}{suffix}")
            assert (joints - clip.joints()[:, :22]).abs().max() < 1e-4


def test_what_was_read_is_said_with_its_cuts(track, tmp_path, capsys):
    points = keypoints(60)
    points[31:, :, :2] = points[31:, ::-1, :2] * 0.5 + 100
    points[:, 0, 2] = 0
    words = ["--out", str(tmp_path / "a.npz"), "--steps", "1"]
    path = track(keypoints=points, fps=60.0)
    assert main(["lift", str(path), *words]) == 0
    said = capsys.readouterr().out.splitlines()[0]
    assert "60 frames at 60 fps, 1280 x 720, 94 % of joints seen" in said
    # Frame 31 of 60 a second; the lifter sees 30 a second, so its frame 16.
    assert said.endswith("1 cut (at 0.53 s)")


def test_part_of_a_track_is_lifted(track, tmp_path, capsys):
    words = ["--start", "5", "--frames", "15"]
    out = str(tmp_path / "a.npz")
    assert main(["lift", str(track()), *words, "--out", out]) == 0
    assert Clip.load(tmp_path / "a.npz").frames == 15
    kept = tmp_path / "kept.npz"
    assert main(["lift", str(track()), *words, "--keypoints", str(kept)]) == 0
    part = keypoint_file.read(kept).keypoints
    assert torch.equal(part, torch.from_numpy(keypoints()[5:20]))


def test_json_of_another_layout_is_lifted_and_kept(tmp_path, capsys):
    """BODY-25 in OpenPose's folder; fps and size come from the command."""
    folder, kept = tmp_path / "json", tmp_path / "kept.npz"
    folder.mkdir()
    points = np.random.default_rng(0).uniform(100, 500, (25, 2))
    for frame in range(15):
        three = np.concatenate([points + frame, np.ones((25, 1))], axis=1)
        people = [{"pose_keypoints_2d": three.flatten().tolist()}]
        name = f"clip_{frame:012d}_keypoints.json"
        (folder / name).write_text(json.dumps({"people": people}))
    words = ["lift", str(folder), "--keypoints", str(kept)]
    words += ["--layout", "openpose25", "--fps", "25"]
    words += ["--width", "640", "--height", "480"]
    out = tmp_path / "a.npz"
    assert main([*words, "--out", str(out), "--steps", "1"]) == 0
    assert Clip.load(out).source == "json"
    track = keypoint_file.read(kept)
    assert (track.fps, track.width, track.height) == (25, 640, 480)
    left_shoulder = track.keypoints[3, 5, :2].numpy()
    np.testing.assert_allclose(left_shoulder, points[5] + 3, rtol=1e-6)
    again = tmp_path / "b.npz"
    assert main(["lift", str(kept), "--out", str(again), "--steps", "1"]) == 0
    one, two = Clip.load(out), Clip.load(again)
    assert torch.equal(one.local_rotmat, two.local_rotmat)
    capsys.readouterr()
    assert main([*words[:-2], "--out", str(out)]) == 2
    assert "must be given together, got only --width" in capsys.readouterr().err


def test_a_smoothed_lift_trembles_less_and_says_so(track, tmp_path, capsys):
    points = keypoints(60)
    points[31:, :, :2] = points[31:, ::-1, :2] * 0.5 + 100  # a cut
    path = track(keypoints=points)
    for name, words in (
        ("plain", []),
        ("usual", ["--smooth", "0.3"]),
        ("longer", ["--smooth", "0.5"]),
    ):
        out = str(tmp_path / f"{name}.npz")
        assert main(["lift", str(path), "--out", out, *words]) == 0
    lines = [
        line
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("smoothed over")
    ]
    plain, usual, longer = (
        Clip.load(tmp_path / f"{name}.npz")
        for name in ("plain", "usual", "longer")
    )
    # As the library does it, with the cut that the track has.
    for clip, seconds in ((usual, 0.3), (longer, 0.5)):
        expected = smoothed(plain, seconds=seconds, cuts=[31])
        assert torch.equal(clip.local_rotmat, expected.local_rotmat)
        assert torch.equal(clip.root_position, expected.root_position)
    rates = [
        float(jitter(clip.joints(), fps=30.0)) / 1000
        for clip in (plain, usual, longer)
    ]
    assert rates[1] < 0.8 * rates[0]  # the jump at the cut stays
    assert lines == [
        f"smoothed over {seconds} s: jitter {rates[0]:.4g} -> {rate:.4g} m/s^3"
        for seconds, rate in ((0.3, rates[1]), (0.5, rates[2]))
    ]


@pytest.fixture
def camera(tmp_path, monkeypatch):
    """A file named mp4, and what was asked of the video reader."""
    asked = {}

    def read_keypoints(path, **options):
        asked.update(options, path=path)
        warnings.warn("it shows 2 people\nin all", UserWarning, stacklevel=2)
        return KeypointTrack(torch.from_numpy(keypoints()), 30.0, 1280, 720)

    monkeypatch.setattr(video, "read_keypoints", read_keypoints)
    path = tmp_path / "clip.MP4"
    path.write_bytes(b"a video")
    return path, asked


@pytest.mark.parametrize("terminal", [True, False])
def test_a_video_is_lifted_and_its_keypoints_are_kept(
    camera, tmp_path, monkeypatch, capsys, terminal
):
    path, asked = camera
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    kept, out, again = (tmp_path / f"{n}.npz" for n in ("kept", "a", "b"))
    words = ["--person", "2", "--start", "3", "--frames", "20"]
    words += ["--keypoints", str(kept), "--out", str(out)]
    assert main(["lift", str(path), *words]) == 0
    assert asked == {
        "path": path,
        "person": 2,
        "start": 3,
        "frames": 20,
        "progress": terminal,  # no bar in a log
    }
    said = capsys.readouterr()
    assert said.err == "mini_vimogen: note: it shows 2 people in all\n"
    assert said.out.count("wrote") == 2
    assert main(["lift", str(kept), "--out", str(again)]) == 0
    one, two = Clip.load(out), Clip.load(again)
    assert torch.equal(one.root_position, two.root_position)
    assert (one.source, two.source) == ("clip.MP4", "kept.npz")


def test_keypoints_alone_need_no_lifting(camera, tmp_path, capsys):
    path, _ = camera
    kept = tmp_path / "kept.npz"
    assert main(["lift", str(path), "--keypoints", str(kept)]) == 0
    assert {p.name for p in tmp_path.iterdir()} == {path.name, kept.name}


def test_videos_say_their_layout_themselves(camera, tmp_path, capsys):
    path, asked = camera
    out = tmp_path / "a.npz"
    words = ["--fps", "25", "--layout", "coco17", "--out", str(out)]
    assert main(["lift", str(path), *words]) == 2
    said = capsys.readouterr().err
    assert "layout, fps can be given for keypoint files only" in said
    assert asked == {} and not out.exists()


def test_a_lift_that_cannot_be_written_leaves_nothing(
    track, tmp_path, monkeypatch, capsys
):
    """The last of four files fails; none of the others is there."""

    def full(clip, path, unit):
        path.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setitem(export.WRITERS, ".html", full)
    words = [
        "--out",
        str(tmp_path / "a.glb"),
        "--out",
        str(tmp_path / "a.html"),
    ]
    words += ["--samples", "2", "--steps", "1"]
    old = tmp_path / "a_1.glb"
    old.write_text("old")
    assert main(["lift", str(track()), *words]) == 2
    assert "no space left on device" in capsys.readouterr().err
    assert {p.name for p in tmp_path.iterdir()} == {"track.npz", "a_1.glb"}
    assert old.read_text() == "old"


def with_nan():
    points = keypoints()
    points[3, 5, 0] = np.nan
    return points


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"keypoints": keypoints()[:, :16]}, "no known layout has 16 joints"),
        ({"keypoints": with_nan()}, "frame 3 must be finite"),
        ({"keypoints": keypoints() * [1, 1, 0]}, "must show somebody"),
        ({"keypoints": keypoints(1)}, "at least 2 frames"),
        ({"keypoints": keypoints()[0]}, "got [17, 3]"),
        ({"fps": 0.0}, "fps must be positive"),
        ({"width": None}, "lacks width"),
        ({"height": -5.0}, "height must be positive"),
    ],
)
def test_bad_tracks_leave_one_sentence(
    track, tmp_path, capsys, changes, message
):
    out = tmp_path / "out.bvh"
    assert main(["lift", str(track(**changes)), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    "words, message",
    [
        (["--steps", "0"], "steps must be within 1..1000, got 0"),
        (["--samples", "0"], "samples must be 1 or more, got 0"),
        (["--guidance", "-1"], "guidance must be within 0..10"),
        (["--model", "absent.safetensors"], "no checkpoint file"),
        (["--seed", str(2**63)], "seed must be within 0..2**63 - 1"),
        (["--unit", "cm"], "--unit cm is for .bvh files"),
        (["--out", "out.fbx"], "--out must end in one of .bvh, .glb"),
        (["--out", "nowhere/a.glb"], "there is no folder nowhere"),
        (["--out", "here.glb"], "here.glb: it is a folder"),
        (["--out", "out.npz"], "named once, got"),
        (["--out", "track.npz"], "track.npz is to be read"),
        (["--keypoints", "track.npz"], "track.npz is to be read"),
        (["--keypoints", "out.npz"], "named once"),
        (["--keypoints", "k.json"], "--keypoints must end in .npz"),
        (["--keypoints", "k.smpl.npz"], "--keypoints must end in .npz"),
        (["--keypoints", "none/k.npz"], "there is no folder none"),
        (["--start", "19"], "start must leave 2 of the 20 frames"),
        (["--start", "-1"], "start must leave 2 of the 20 frames"),
        (["--frames", "1"], "frames must be at least 2"),
        (["--height", "9"], "given together, got only --height"),
        (["--fps", "25"], "its fps is 30, but 25 was given"),
        (["--layout", "body99"], "body99"),
        (["--smooth", "0.1"], "smooth must be within 0.13..2 seconds"),
        (["--smooth", "3"], "0.13..2 seconds at 30 frames per second, got 3"),
        (["--smooth", "nan"], "frames per second, got nan"),
        (["--person", "0"], "person"),
        (["--person", "2"], "person"),
    ],
)
def test_bad_requests_leave_one_sentence(
    track, tmp_path, monkeypatch, capsys, words, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.glb").mkdir()
    track()
    before = (tmp_path / "track.npz").read_bytes()
    assert main(["lift", "track.npz", "--out", "out.npz", *words]) == 2
    said = capsys.readouterr()
    assert message in said.err and said.err.count("\n") == 1
    assert {p.name for p in tmp_path.iterdir()} == {"here.glb", "track.npz"}
    assert (tmp_path / "track.npz").read_bytes() == before
    assert said.out == ""


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("clip.mp4", None, "there is no file or folder clip.mp4"),
        ("no.npz", None, "there is no file or folder no.npz"),
        ("clip.mp4", b"a text file", "clip.mp4"),
        ("clip.mp4", b"", "clip.mp4 is empty"),
        ("clip.gif", b"GIF89a", "FILE must be a video (.mp4, "),
        ("clip", b"no suffix", "FILE must be a video (.mp4, "),
        ("k.json", b"{not json", "k.json"),
        ("k.json", b"[]", "k.json"),
        ("k.npz", b"PK\x03\x04 not a zip", "k.npz"),
        ("k.npy", b"\x93NUMPY", "k.npy"),
    ],
)
def test_other_inputs_are_refused(
    tmp_path, monkeypatch, capsys, name, content, message
):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    before = sorted(tmp_path.iterdir())
    words = ["--out", "out.npz", "--keypoints", "kept.npz"]
    assert main(["lift", name, *words]) == 2
    said = capsys.readouterr()
    assert message in said.err and said.err.count("\n") == 1
    assert said.out == "" and sorted(tmp_path.iterdir()) == before


def test_an_empty_folder_and_a_clip_file_are_no_keypoints(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    out = str(tmp_path / "out.npz")
    assert main(["lift", str(tmp_path / "empty"), "--out", out]) == 2
    assert "empty" in capsys.readouterr().err
    clip = standing_clip(3).save(tmp_path / "clip.npz")
    assert main(["lift", str(clip), "--out", out]) == 2
    said = capsys.readouterr().err
    assert "keypoints" in said and said.count("\n") == 1


def test_a_folder_that_may_not_be_written_to_is_refused_at_once(
    camera, tmp_path, monkeypatch, capsys
):
    path, asked = camera
    monkeypatch.setattr(export.os, "access", lambda folder, kind: False)
    assert main(["lift", str(path), "--out", str(tmp_path / "a.glb")]) == 2
    assert "its folder may not be written to" in capsys.readouterr().err
    assert asked == {}


def test_nothing_asked_for_is_refused(track, capsys):
    assert main(["lift", str(track())]) == 2
    assert "--out must name at least one file" in capsys.readouterr().err


def test_other_and_truncated_checkpoints_are_refused(track, tmp_path, capsys):
    out, path = tmp_path / "out.npz", tmp_path / "m.safetensors"
    words = ["lift", str(track()), "--out", str(out), "--model", str(path)]
    save_model(ViMoDenoiser(width=16, layers=1, heads=1), path)
    assert main(words) == 2
    assert "or a FrameRegressor, got a ViMoDenoiser" in capsys.readouterr().err
    shipped = data_path("checkpoints/vimo_desk.safetensors")
    path.write_bytes(shipped.read_bytes()[:-1000])
    card = shipped.with_suffix(".json").read_text()
    path.with_suffix(".json").write_text(card)
    assert main(words) == 2
    assert "truncated" in capsys.readouterr().err
    assert not out.exists()


def test_demo_writes_its_three_files(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path / "d")]) == 0
    assert "mean pose" in capsys.readouterr().out
    written = {path.name for path in (tmp_path / "d").iterdir()}
    assert written == {"lift.bvh", "lift.html", "lift.png"}


def test_demo_into_a_file_is_refused(tmp_path, capsys):
    (tmp_path / "d").write_text("")
    assert main(["demo", "--out", str(tmp_path / "d")]) == 2
    assert "--out must be a folder" in capsys.readouterr().err


def test_a_short_training_writes_weights_and_a_card(tmp_path, capsys):
    out = tmp_path / "m.safetensors"
    words = ["train", "lifter", "--out", str(out), "--steps", "2"]
    assert main(words) == 0
    assert {p.name for p in tmp_path.iterdir()} == {
        "m.safetensors",
        "m.json",
    }
    assert "step 2 of 2" in capsys.readouterr().out
    assert main(["train", "lifter", "--out", str(tmp_path / "m.bin")]) == 2
    assert ".safetensors" in capsys.readouterr().err


def test_studies_name_what_they_do_not_have(capsys, tmp_path):
    words = ["study", "table1", "--out", str(tmp_path)]
    assert main([*words, "--arm", "magic"]) == 2
    assert "arms must be among" in capsys.readouterr().err
    assert main([*words, "--seeds", "0"]) == 2
    assert "--seeds must be 1 or more" in capsys.readouterr().err


def test_a_folder_is_scored_and_a_bad_file_listed(tmp_path, capsys):
    for number in range(2):
        joints = np.random.default_rng(number).normal(size=(40, 22, 3))
        np.save(tmp_path / f"{number:04d}.npy", joints.astype(np.float32))
    (tmp_path / "0002.npy").write_text("junk")
    assert main(["evaluate", str(tmp_path), "--up-axis", "2"]) == 0
    said = capsys.readouterr().out
    assert "Foot_Sliding" in said and "0002.npy" in said
    assert main(["evaluate", str(tmp_path / "none")]) == 2
