"""``harvest`` as a command."""

import inspect
import json
from dataclasses import fields

import pytest

from mini_vimogen.cli import harvest as command
from mini_vimogen.cli import main
from mini_vimogen.data.quality_gates import Thresholds
from mini_vimogen.data.real_video import street_track
from mini_vimogen.formats import keypoint_file
from mini_vimogen.formats.keypoint_file import KeypointTrack


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    whole = street_track()
    part = KeypointTrack(
        whole.keypoints[:60], whole.fps, whole.width, whole.height
    )
    keypoint_file.write(part, folder / "street.npz")
    (folder / "bad.mp4").write_bytes(b"bad")
    return folder


def test_a_folder_is_harvested_with_the_shipped_model(folder, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["harvest", str(folder), "--out", str(out), "--samples", "2"]
    words += ["--steps", "1", "--seed", "4", "--most-jitter", "1e9"]
    words += ["--least-apart-mm", "0", "--most-sliding", "1e9"]
    assert main([*words, "--most-penetration", "1"]) == 0
    said = capsys.readouterr().out
    assert "2 files, 1 of them left out" in said
    assert "left out: bad.mp4 is not a video file" in said
    assert f"2 motions kept in {out / 'clips'}" in said
    assert f"wrote {out / 'manifest.json'}" in said
    told = json.loads((out / "manifest.json").read_text())
    assert told["model"]["file"] == "vimo_desk.safetensors"
    settings = told["settings"]
    assert (settings["seed"], settings["samples"]) == (4, 2)
    assert settings["sampling"]["steps"] == 1
    assert settings["thresholds"]["most_jitter"] == 1e9
    assert settings["thresholds"]["least_seen"] == Thresholds().least_seen
    assert (
        main([*words, "--most-penetration", "0", "--most-floating", "0"]) == 0
    )
    assert "0 motions kept" in capsys.readouterr().out


def test_every_threshold_is_an_option_and_its_default_is_told():
    parameters = inspect.signature(command.harvest).parameters
    for field in fields(Thresholds):
        assert parameters[field.name].default is None
        lines = inspect.getdoc(command.harvest).split(f"{field.name}: ")[1]
        told = " ".join(lines.split())
        assert f"{field.default:g} otherwise" in told.split(".  ")[0][:90]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--samples", "0"], "samples must be"),
        (["--seed", "-1"], "seed must be within"),
        (["--steps", "0"], "steps must be within 1..1000, got 0"),
        (["--guidance", "-1"], "guidance must be within"),
        (["--least-seen", "2"], "least_seen must be a share, 0 to 1, got 2"),
        (["--most-jitter", "nan"], "most_jitter must be 0 or more"),
        (["--model", "no.safetensors"], "no checkpoint file no.safetensors"),
    ],
)
def test_bad_options_are_one_sentence(folder, tmp_path, capsys, words, message):
    out = tmp_path / "out"
    assert main(["harvest", str(folder), "--out", str(out), *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith("mini_vimogen: ") and message in said
    assert said.count("\n") == 1 and not out.exists()


def test_a_folder_that_is_not_there(tmp_path, capsys):
    words = ["harvest", str(tmp_path / "no"), "--out", str(tmp_path / "out")]
    assert main(words) == 2
    assert "there is no folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--arm", "nothing"], "arms must be among clean, cut short"),
        (["--size", "desk"], "size must be left alone"),
    ],
)
def test_the_study_of_the_gates_is_a_command(tmp_path, capsys, words, message):
    assert main(["study", "gates", "--out", str(tmp_path), *words]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
