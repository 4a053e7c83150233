"""``lift``, ``demo``, ``train``, ``study``, ``evaluate`` as commands."""

import numpy as np
import pytest
import torch

from mini_vimogen.cli import main
from mini_vimogen.clip import Clip
from mini_vimogen.data.library import data_path
from mini_vimogen.formats import bvh
from mini_vimogen.models.vimo import ViMoDenoiser
from mini_vimogen.training.checkpoint import save_model


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


def test_a_track_becomes_every_format(track, tmp_path, capsys):
    outs = [tmp_path / name for name in ("a.bvh", "a.html", "b.npz")]
    words = [w for out in outs for w in ("--out", str(out))]
    assert main(["lift", str(track()), *words]) == 0
    clip = Clip.load(outs[2])
    assert clip.frames == 20 and clip.source == "track.npz"
    read = bvh.read(outs[0])
    assert (read.joints() - clip.joints()).abs().max() < 1e-4
    assert capsys.readouterr().out.count("wrote") == 3


def test_several_samples_are_numbered_and_differ(track, tmp_path):
    out = tmp_path / "s.npz"
    words = ["--samples", "2", "--steps", "2", "--out", str(out)]
    assert main(["lift", str(track()), *words]) == 0
    one, two = (Clip.load(tmp_path / f"s_{n}.npz") for n in (1, 2))
    assert not torch.equal(one.local_rotmat, two.local_rotmat)
    assert not out.exists()


def with_nan():
    points = keypoints()
    points[3, 5, 0] = np.nan
    return points


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"keypoints": keypoints()[:, :16]}, "[frames, 17, 3]"),
        ({"keypoints": with_nan()}, "NaN or infinity at frame 3"),
        ({"keypoints": keypoints() * [1, 1, 0]}, "must show somebody"),
        ({"keypoints": keypoints(1)}, "at least 2 frames"),
        ({"keypoints": keypoints()[0]}, "[frames, 17, 3]"),
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
    ],
)
def test_bad_requests_leave_one_sentence(
    track, tmp_path, capsys, words, message
):
    out = tmp_path / "out.npz"
    assert main(["lift", str(track()), "--out", str(out), *words]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
    assert not out.exists()


def test_other_inputs_are_refused(track, tmp_path, capsys):
    out = str(tmp_path / "out.npz")
    assert main(["lift", "clip.mp4", "--out", out]) == 2
    assert "must be a keypoint file ending in .npz" in capsys.readouterr().err
    assert main(["lift", str(tmp_path / "no.npz"), "--out", out]) == 2
    assert "there is no keypoint file" in capsys.readouterr().err
    assert main(["lift", str(track()), "--out", str(tmp_path / "a.fbx")]) == 2
    assert "--out must end in one of" in capsys.readouterr().err


def test_other_and_truncated_checkpoints_are_refused(track, tmp_path, capsys):
    out, path = tmp_path / "out.npz", tmp_path / "m.safetensors"
    words = ["lift", str(track()), "--out", str(out), "--model", str(path)]
    save_model(ViMoDenoiser(width=16, layers=1, heads=1), path)
    assert main(words) == 2
    assert "must hold a Lifter, got a ViMoDenoiser" in capsys.readouterr().err
    shipped = data_path("checkpoints/vimo_laptop.safetensors")
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
    words = ["study", "first_lift", "--out", str(tmp_path)]
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
