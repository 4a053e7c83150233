"""The command line: what works, and one sentence for what cannot."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import torch

from mini_vimogen.cli import COMMANDS, check, export, lab, main
from mini_vimogen.clip import Clip
from mini_vimogen.formats import bvh, gltf, parts, smpl
from mini_vimogen.geometry.skeleton import Skeleton

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def walk(tmp_path) -> Path:
    """A clip of five frames that moves forward, as a file."""
    root = torch.zeros(5, 3)
    root[:, 1] = torch.arange(5) * 0.1
    local = torch.eye(3).repeat(5, 24, 1, 1)
    path = tmp_path / "walk.npz"
    Clip(root, local, fps=30, caption="a walk").save(path)
    return path


def run(*arguments, **kwargs) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "mini_vimogen", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, **kwargs)


def refused(capsys, *arguments) -> str:
    """The one sentence on stderr of a command that exits with 2."""
    assert main([str(word) for word in arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("mini_vimogen: ")
    assert output.err.count("\n") == 1 and "Traceback" not in output.err
    return output.err


def test_help_lists_every_command():
    said = run("--help")
    assert said.returncode == 0
    assert all(command in said.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert "usage" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["dance"], ["check", "--nothing"]])
def test_unknown_words_exit_with_2(words):
    said = run(*words)
    assert said.returncode == 2
    assert said.stderr and "Traceback" not in said.stderr


def test_export_writes_each_format(walk, tmp_path, capsys):
    suffixes = ("bvh", "html", "npz", "glb", "smpl.npz")
    outs = [tmp_path / f"out.{suffix}" for suffix in suffixes]
    words = [word for out in outs for word in ("--out", str(out))]
    assert main(["export", str(walk), *words]) == 0
    joints = Clip.load(walk).joints()
    torch.testing.assert_close(
        bvh.read(outs[0]).joints(), joints, atol=1e-4, rtol=0
    )
    assert "<canvas" in outs[1].read_text("utf-8")
    torch.testing.assert_close(Clip.load(outs[2]).joints(), joints)
    glb, amass = gltf.read(outs[3]), smpl.read_amass(outs[4])
    torch.testing.assert_close(glb.joints(), joints, atol=1e-5, rtol=0)
    torch.testing.assert_close(
        amass.joints(), joints[:, : len(amass.skeleton)], atol=1e-5, rtol=0
    )
    assert capsys.readouterr().out.splitlines() == [f"wrote {o}" for o in outs]


def test_export_reads_bvh_and_keeps_the_unit(walk, tmp_path):
    in_cm, back = tmp_path / "cm.bvh", tmp_path / "back.npz"
    export = ["export", str(walk), "--out", str(in_cm), "--unit", "cm"]
    assert main(export) == 0
    assert main(["export", str(in_cm), "--out", str(back), "--unit", "cm"]) == 0
    torch.testing.assert_close(
        Clip.load(back).joints(), Clip.load(walk).joints(), atol=1e-4, rtol=0
    )
    metres = bvh.read(in_cm).root_position
    assert float(metres[-1, 1]) == pytest.approx(40.0, abs=1e-3)


@pytest.mark.parametrize("suffix", ["glb", "smpl.npz"])
def test_export_reads_what_it_wrote(walk, tmp_path, suffix):
    middle, back = tmp_path / f"middle.{suffix}", tmp_path / "back.npz"
    assert main(["export", str(walk), "--out", str(middle)]) == 0
    assert main(["export", str(middle), "--out", str(back)]) == 0
    joints = Clip.load(back).joints()
    wanted = Clip.load(walk).joints()[:, : joints.shape[1]]
    torch.testing.assert_close(joints, wanted, atol=1e-5, rtol=0)


def test_export_writes_all_files_or_none(walk, tmp_path, monkeypatch, capsys):
    """The second writer fails: the first file is not there either."""

    def full(clip, path, unit):
        path.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setitem(export.WRITERS, ".html", full)
    outs = [str(tmp_path / name) for name in ("a.glb", "b.html")]
    err = refused(capsys, "export", walk, "--out", outs[0], "--out", outs[1])
    assert "no space left" in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["walk.npz"]


def test_export_draws_bones_where_the_body_does_not_fit(tmp_path, capsys):
    tail = Skeleton("tail", ("a", "b"), (-1, 0), torch.eye(3)[:2] * 0)
    local = torch.eye(3).repeat(2, 2, 1, 1)
    clip = Clip(torch.zeros(2, 3), local, fps=30, skeleton=tail)
    source, out = clip.save(tmp_path / "a.npz"), tmp_path / "a.glb"
    assert main(["export", str(source), "--out", str(out)]) == 0
    assert "the .glb shows bones" in capsys.readouterr().out
    assert gltf.read(out).skeleton.names == ("a", "b")
    amass = tmp_path / "a.smpl.npz"
    assert "SMPL22" in refused(capsys, "export", source, "--out", amass)


def test_export_takes_a_shipped_clip_by_name(tmp_path):
    out = tmp_path / "walk.npz"
    assert main(["export", "cmu_016_22", "--out", str(out)]) == 0
    assert Clip.load(out).source == "cmu_016_22"


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("out.fbx", ".bvh, .glb, .html, .npz, .smpl.npz"),
        ("out", ".bvh, .glb, .html, .npz, .smpl.npz"),
        ("good.bvh", "named once"),
        ("nowhere/out.bvh", "no folder"),
    ],
)
def test_export_refuses_a_name_before_it_writes(
    walk, tmp_path, monkeypatch, capsys, out, said
):
    monkeypatch.chdir(tmp_path)
    err = refused(capsys, "export", walk, "--out", "good.bvh", "--out", out)
    assert said in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["walk.npz"]


def test_export_refuses_a_folder_as_file(walk, tmp_path, capsys):
    (tmp_path / "folder.bvh").mkdir()
    out = tmp_path / "folder.bvh"
    assert "folder" in refused(capsys, "export", walk, "--out", out)


def test_export_needs_an_out(walk, capsys):
    assert "--out" in refused(capsys, "export", walk)


def test_export_refuses_a_unit_that_nothing_has(walk, tmp_path, capsys):
    out = tmp_path / "out.npz"
    err = refused(capsys, "export", walk, "--out", out, "--unit", "cm")
    assert "--unit cm" in err and not out.exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.npz", None, "gone.npz"),
        ("gone.bvh", None, "gone.bvh"),
        ("walk.fbx", b"", ".bvh, .glb, .npz, .smpl.npz or .pkl"),
        ("broken.npz", b"PK\x03\x04 not a zip", "broken.npz"),
        ("empty.bvh", b"", "empty.bvh"),
        ("no_such_clip", None, "nearest names"),
    ],
)
def test_export_says_what_is_wrong_with_its_input(
    tmp_path, capsys, name, content, said
):
    source = tmp_path / name
    if content is not None:
        source.write_bytes(content)
    word = source if source.suffix else name
    out = tmp_path / "out.bvh"
    assert said in refused(capsys, "export", word, "--out", out)
    assert not out.exists()


def test_export_refuses_pickled_objects(tmp_path, capsys):
    source = tmp_path / "evil.npz"
    np.savez(source, fps=np.array([{"a": 1}], dtype=object))
    out = tmp_path / "out.bvh"
    assert "pickled" in refused(capsys, "export", source, "--out", out)


def test_check_explains_the_machine(capsys):
    assert main(["check"]) == 0
    said = capsys.readouterr().out
    assert f"torch {torch.__version__}" in said
    assert re.search(r"data +\S+data_small \(57 real clips", said)
    assert "threads" in said and "GPU" in said and "lessons" in said
    assert "MISSING" not in said


def test_check_into_a_closed_pipe_says_nothing():
    command = f"'{sys.executable}' -m mini_vimogen check | head -n 1"
    said = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, cwd=ROOT
    )
    assert said.stdout.startswith("mini_vimogen ") and said.stderr == ""


def test_check_says_how_to_get_what_is_missing(monkeypatch, capsys):
    version = check.version_of
    monkeypatch.setattr(
        check,
        "version_of",
        lambda p: None if p in ("roma", "librosa") else version(p),
    )
    assert main(["check"]) == 1
    said = capsys.readouterr().out
    assert "MISSING: roma; get them with pip install -c constraints.txt" in said
    assert "music: lacks librosa" in said and '".[music]"' in said


def test_check_finds_the_data_where_it_is_told(tmp_path, monkeypatch, capsys):
    for name in ("real_motion.npz", "splits.json"):
        copy = tmp_path / name
        copy.write_bytes((ROOT / "data_small" / name).read_bytes())
    monkeypatch.setenv("MINI_VIMOGEN_DATA", str(tmp_path))
    assert main(["check"]) == 0
    assert f"{tmp_path} (57 real clips" in capsys.readouterr().out


def test_check_fetches_parts_only_when_asked(tmp_path, monkeypatch, capsys):
    fetched = []
    monkeypatch.setenv("MINI_VIMOGEN_CACHE", str(tmp_path))
    monkeypatch.setattr(parts, "fetch", fetched.append)
    assert main(["check"]) == 0 and fetched == []
    assert "check --fetch" in capsys.readouterr().out
    assert main(["check", "--fetch"]) == 0
    assert fetched == list(parts.PARTS)


def test_check_says_that_fetching_failed(monkeypatch, capsys):
    def offline(name):
        raise FileNotFoundError("pip could not download it")

    monkeypatch.setattr(parts, "fetch", offline)
    assert main(["check", "--fetch"]) == 2
    assert "pip could not" in capsys.readouterr().err


def test_lab_needs_a_checkout(monkeypatch, capsys):
    monkeypatch.setattr(lab, "find_checkout", lambda: None)
    assert "clone the repository" in refused(capsys, "lab")


def test_lab_needs_jupyterlab(monkeypatch, capsys):
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda _: None)
    err = refused(capsys, "lab")
    assert "jupyterlab" in err and '".[notebooks]"' in err


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_lab_opens_lessons_as_notebooks(tmp_path):
    """The real server: its settings make a double click open a notebook."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "mini_vimogen", "lab", f"--port={port}"]
        + ["--no-browser", "--allow-root"],
        env=os.environ
        | {"JUPYTER_TOKEN": "secret", "JUPYTER_RUNTIME_DIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    plugin = "@jupyterlab/docmanager-extension:plugin"
    home = f"http://127.0.0.1:{port}"
    try:
        settings = fetched(f"{home}/lab/api/settings/{plugin}?token=secret")
        assert '"python": "Jupytext Notebook"' in settings
        page = fetched(f"{home}/?token=secret")
        assert "notebooks" in page and "jupyterlab" in page.lower()
    finally:
        os.killpg(server.pid, 9)
        server.wait()


def fetched(address: str, *, patience: float = 90.0) -> str:
    """The page at an address, once the server answers."""
    end = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(address, timeout=20) as answer:
                return answer.read().decode("utf-8")
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)
