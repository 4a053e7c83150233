"""``harvest`` as a command."""

import inspect
import json
import signal
import subprocess
import sys
import time
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


def test_places_and_folders_that_will_not_do(folder, tmp_path, capsys):
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("mine")
    unreadable = tmp_path / "unreadable"
    unreadable.mkdir()
    (unreadable / "a.mp4").write_bytes(b"bad")
    (unreadable / "b.npz").write_bytes(b"")
    new = tmp_path / "new"
    refused = [
        (folder, other, "other holds something else"),
        (folder, folder / "bad.mp4", "--out must be a folder, got the file"),
        (unreadable, new, "holds nothing that can be read; the first: a.mp4"),
    ]
    before = sorted(tmp_path.rglob("*"))
    for source, out, message in refused:
        assert main(["harvest", str(source), "--out", str(out)]) == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert message in line.split("\r")[-1]
        assert sorted(tmp_path.rglob("*")) == before


def digests(out):
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name != "journal.jsonl"
    }


def test_a_run_that_the_system_kills_goes_on_to_the_same_bytes(
    folder, tmp_path
):
    """SIGKILL between two sources: no handler runs, nothing is cleared up."""
    whole = street_track()
    size = whole.fps, whole.width, whole.height
    for start in (30, 60, 90, 120):
        part = KeypointTrack(whole.keypoints[start : start + 60], *size)
        keypoint_file.write(part, folder / f"street{start}.npz")
    words = ["harvest", str(folder), "--samples", "1", "--most-jitter", "1e9"]
    killed, calm = tmp_path / "killed", tmp_path / "calm"
    command = [sys.executable, "-m", "mini_vimogen", *words]
    journal = killed / "journal.jsonl"
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    child = subprocess.Popen([*command, "--out", str(killed)], **quiet)
    while child.poll() is None:
        lines = journal.read_bytes().count(b"\n") if journal.is_file() else 0
        if lines >= 3:  # the settings and two of six sources
            child.kill()
            break
        time.sleep(0.005)
    assert child.wait() == -signal.SIGKILL
    assert not (killed / "manifest.json").exists()
    done = journal.read_bytes().splitlines()[:3]
    assert main([*words, "--out", str(killed)]) == 0
    assert journal.read_bytes().splitlines()[:3] == done
    assert main([*words, "--out", str(calm)]) == 0
    assert digests(killed) == digests(calm)


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
