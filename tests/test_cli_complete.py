"""``complete`` as a command: its JSON, what it writes, what it refuses."""

import json

import numpy as np
import pytest
import torch

from mini_vimogen.cli import completion_plan, export, main
from mini_vimogen.cli.completion_plan import LARGEST
from mini_vimogen.clip import Clip
from mini_vimogen.data.casual_video import PERFECT, film_clip
from mini_vimogen.data.library import real_motion
from mini_vimogen.formats import bvh, gltf, keypoint_file, smpl
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.representation.known import PARTS
from tests.oracles import standing_clip, wandering_clip

STEPS = ["--steps", "2"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two motions of 30 frames and a track of 20, in the folder we stand in."""
    monkeypatch.chdir(tmp_path)
    wandering_clip(30).save("a.npz")
    wandering_clip(30, seed=1).save("b.npz")
    film = film_clip(
        wandering_clip(20).canonical(),
        generator=torch.Generator().manual_seed(0),
        settings=PERFECT,
    )
    size = float(film.width), float(film.height)
    track = KeypointTrack(film.keypoints, 30.0, *size)
    keypoint_file.write(track, tmp_path / "track.npz")
    return tmp_path


def write(plan, name="plan.json"):
    text = plan if isinstance(plan, str) else json.dumps(plan)
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def completed(plan, *words, name="out.npz"):
    path = write(plan)
    assert main(["complete", path, "--out", name, *STEPS, *words]) == 0
    return Clip.load(name)


def same(one, other):
    return torch.equal(one.root_position, other.root_position) and torch.equal(
        one.local_rotmat, other.local_rotmat
    )


IN_BETWEEN = {
    "frames": 30,
    "known": [{"file": "a.npz", "frames": [[0, 10], [20, 30]]}],
}


def test_an_in_between_in_every_format(folder, capsys):
    names = ["a2.bvh", "a2.glb", "a2.html", "a2.npz", "a2.smpl.npz"]
    words = [w for name in names for w in ("--out", name)]
    assert main(["complete", write(IN_BETWEEN), *words, *STEPS]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == "read plan.json: 30 frames, 20 known"
    assert lines[1].startswith("path bent by ")
    assert lines[1].endswith(" m over frames 10..20")
    assert lines[2:] == [f"wrote {name}" for name in names]
    assert said.err == ""
    ours, clip = Clip.load("a2.npz"), wandering_clip(30)
    assert ours.source == "plan.json" and ours.frames == 30
    for part in ((0, 10), (20, 30)):
        assert same(ours.slice(*part), clip.slice(*part))
    joints = ours.joints()[:, :22]
    for read, path in (
        (bvh.read, "a2.bvh"),
        (gltf.read, "a2.glb"),
        (smpl.read_amass, "a2.smpl.npz"),
    ):
        assert (read(path).joints()[:, :22] - joints).abs().max() < 1e-4
    assert "<canvas" in (folder / "a2.html").read_text("utf-8")
    assert not (set(folder.glob("*.part*")) | set(folder.glob(".*")))


def test_samples_are_numbered_and_the_seed_decides(folder, capsys):
    ones = [completed(IN_BETWEEN, "--seed", seed) for seed in "335"]
    assert same(ones[0], ones[1]) and not same(ones[0], ones[2])
    capsys.readouterr()
    words = ["--out", "s.npz", "--samples", "2", *STEPS]
    assert main(["complete", write(IN_BETWEEN), *words]) == 0
    said = capsys.readouterr().out
    assert "motion 1: path bent" in said and "motion 2: path bent" in said
    one, two = Clip.load("s_1.npz"), Clip.load("s_2.npz")
    assert same(one.slice(0, 10), two.slice(0, 10)) and not same(one, two)
    other = completed(IN_BETWEEN, "--way", "equation8", "--seed", "3")
    assert not same(other, ones[0])


def test_two_motions_are_blended(folder):
    known = [
        {"file": "a.npz", "frames": [[0, 20]]},
        {"file": "b.npz", "frames": [[5, 25]], "at": 40, "place": "as_is"},
    ]
    ours = completed({"frames": 70, "known": known})
    assert ours.frames == 70
    assert same(ours.slice(0, 20), wandering_clip(30).slice(0, 20))
    second = wandering_clip(30, seed=1).slice(5, 25)
    assert same(ours.slice(40, 60), second)
    del known[1]["place"]
    follows = completed({"frames": 70, "known": known}).slice(40, 60)
    assert not same(follows, second)
    assert torch.equal(follows.local_rotmat[:, 1:], second.local_rotmat[:, 1:])


def test_legs_of_a_file_and_a_video(folder, capsys):
    known = [{"file": "a.npz", "joints": ["legs", "head"]}]
    shown = {"file": "track.npz", "at": 5, "start": 2, "frames": 15}
    ours = completed({"frames": 30, "known": known, "video": shown})
    line = capsys.readouterr().out.splitlines()[0]
    assert line.endswith(
        "30 frames, 0 known, 30 known in part, a video of 5..20"
    )
    kept = [SMPL24.index(n) for n in (*PARTS["legs"], *PARTS["head"])]
    clip = wandering_clip(30)
    assert torch.equal(ours.local_rotmat[:, kept], clip.local_rotmat[:, kept])
    without = completed({"frames": 30, "known": known})
    arm = SMPL24.index("left_elbow")
    assert not torch.allclose(
        ours.local_rotmat[:, arm], without.local_rotmat[:, arm], atol=1e-3
    )


def test_a_shipped_clip_and_other_formats(folder):
    bvh.write(wandering_clip(30), "a.bvh", unit="cm")
    smpl.write_amass(standing_clip(30), folder / "s.smpl.npz")
    known = [
        {"file": "cmu_016_22", "frames": [[0, 10]]},
        {"file": "a.bvh", "unit": "cm", "frames": [[0, 10]], "at": 20},
        {"file": "s.smpl.npz", "frames": [[0, 10]], "at": 40},
    ]
    ours = completed({"frames": 50, "known": known})
    (clip,) = (c for c in real_motion() if c.source == "cmu_016_22")
    assert same(ours.slice(0, 10), clip.slice(0, 10))
    height = bvh.read("a.bvh", unit="cm").root_position[:10, 2]
    assert torch.equal(ours.root_position[20:30, 2], height)


def test_paths_start_from_the_jsons_folder(folder, monkeypatch):
    write(IN_BETWEEN)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    words = ["--out", "out.npz", *STEPS]
    assert main(["complete", "../plan.json", *words]) == 0
    assert same(
        Clip.load("out.npz").slice(0, 10), wandering_clip(30).slice(0, 10)
    )
    plan = {"frames": 30, "known": [{"file": str(folder / "a.npz")}]}
    assert same(completed(plan), wandering_clip(30))


def test_all_is_known(folder, capsys):
    """Returned as it is, however short, and without a step of sampling."""
    plan = {
        "frames": 2,
        "known": [{"file": "b.npz", "frames": [[7, 8], [8, 9]]}],
    }
    assert same(completed(plan), wandering_clip(30, seed=1).slice(7, 9))
    assert "2 frames, 2 known\n" in capsys.readouterr().out


def test_nothing_is_known(folder):
    ours = completed({"frames": 45})
    assert ours.frames == 45 and bool(ours.joints().isfinite().all())
    assert same(ours, completed({"frames": 45, "known": []}))


def test_a_video_alone_is_what_lift_makes(folder):
    ours = completed({"frames": 20, "video": {"file": "track.npz"}})
    assert main(["lift", "track.npz", "--out", "l.npz", *STEPS]) == 0
    assert same(ours, Clip.load("l.npz"))


def test_a_file_that_is_to_be_read_is_not_written(folder, capsys):
    plan = write({**IN_BETWEEN, "video": {"file": "track.npz", "at": 0}})
    for name in ("a.npz", "track.npz"):
        before = (folder / name).read_bytes()
        assert main(["complete", plan, "--out", name]) == 2
        assert f"{name} is to be read" in capsys.readouterr().err
        assert (folder / name).read_bytes() == before


def known(**fields):
    return {"frames": 30, "known": [{"file": "a.npz", **fields}]}


def shown(**fields):
    return {"frames": 30, "video": {"file": "track.npz", **fields}}


BAD_PLANS = [
    ("", "PLAN must hold 1 to"),
    ("{", "PLAN plan.json is not whole JSON"),
    ("[" * 100_000, "PLAN plan.json is not whole JSON"),
    ('{"frames": 9, "frames": 8}', "the field 'frames' stands twice"),
    ([], "the plan must be an object, got []"),
    ({}, "the plan must have the field 'frames'"),
    ({"frames": 30, "fps": 60}, "no field but frames, known, video, got 'fps'"),
    ({"frames": 0}, "frames must be a whole number in 1..36000, got 0"),
    ({"frames": 36_001}, "in 1..36000, got 36001"),
    ({"frames": 30.0}, "got 30.0"),
    ({"frames": True}, "got true"),
    ({"frames": "30"}, 'got "30"'),
    ('{"frames": NaN}', "got NaN"),
    ({"frames": None}, "got null"),
    ({"frames": 30, "known": {}}, "known must be a list of known motions"),
    ({"frames": 30, "known": ["a.npz"]}, "known[0] must be an object"),
    ({"frames": 30, "known": [{}]}, "known[0] must have the field 'file'"),
    (known(spans=[[0, 9]]), "known[0] must have no field but file, frames"),
    (known(file=3), "known[0].file must be a text that is not empty, got 3"),
    (known(file=" "), "known[0].file must be a text that is not empty"),
    (known(file="no.npz"), "known[0]: there is no"),
    (known(file="no_such_clip"), "'no_such_clip' is neither a file"),
    (known(file="a.fbx"), "known[0]: CLIP must end in"),
    (known(file="track.npz"), "known[0]: track.npz is not"),
    (known(file="broken.npz"), "known[0]: broken.npz is not"),
    (known(file="nan.npz"), "must be finite, got NaN or infinity at frame 2"),
    (known(file="22.npz"), "known[0]: a known motion must be on skeleton SM"),
    (known(unit="cm"), "known[0].unit is for .bvh files only"),
    (known(unit="mm"), 'known[0].unit must be one of m, cm, got "mm"'),
    (known(frames=[0, 9]), "frames[0] must be a list of two frames"),
    (known(frames=[]), "known[0].frames must be a list of [start, stop] pa"),
    (known(frames=[[0, 9, 2]]), "frames[0] must be a list of two frames"),
    (known(frames=[[0, "9"]]), "known[0].frames[0][1] must be a whole number"),
    (known(frames=[[-1, 9]]), "known[0].frames[0][0] must be a whole number"),
    (known(frames=[[0, 31]]), "known[0]: a known span must lie within the mo"),
    (known(frames=[[9, 9]]), "not be empty, got 9..9"),
    (known(frames=[[0, 9], [8, 12]]), "not overlap, got 8..12 after 0..9"),
    (known(at=-1), "known[0].at must be a whole number in 0..36000, got -1"),
    (known(at=1), "known[0] must end within the motion's 30 frames, got fr"),
    (known(joints=["tail"]), "known[0]: there is no joint or part 'tail'"),
    (known(joints=[]), "known[0].joints must be a list of names of joints"),
    (known(joints="legs"), 'names of joints or parts, got "legs"'),
    (known(joints=[["legs"]]), "known[0].joints[0] must be a text"),
    (known(at=1.5), "known[0].at must be a whole number in 0..36000, got 1.5"),
    (known(file=["a.npz"]), "known[0].file must be a text that is not empty"),
    (known(file="a" * 999 + ".npz"), "known[0]: "),
    ({"frames": [30]}, "frames must be a whole number in 1..36000, got [30]"),
    ({"frames": 30, "known": None}, "known must be a list of known motions"),
    ({"frames": 30, "video": None}, "video must be an object, got null"),
    ('{"frames": 30, "known": [{"file": "a.npz", "at": 1e999}]}', "Infinity"),
    ({"frames": 20, "known": [{"file": "a.npz"}]}, "got frame 30"),
    (known(place="there"), "known[0].place must be one of follow, as_is"),
    (known(place=["as_is"]), "known[0].place must be one of follow, as_is"),
    (
        {"frames": 30, "known": [{"file": "a.npz"}, {"file": "b.npz"}]},
        "known[1] must not know what another one knows, but both know pelvis",
    ),
    ({"frames": 14}, "frames must be at least 15, the shortest"),
    ({"frames": 30, "video": "track.npz"}, "video must be an object"),
    ({"frames": 30, "video": {}}, "video must have the field 'file'"),
    (shown(file="no.npz"), "video: FILE: there is no file or folder no.npz"),
    (shown(file="a.npz"), "video: "),
    (shown(file="a.gif"), "video: FILE: there is no file or folder a.gif"),
    (shown(at=11), "the video must end within the motion's 30 frames, got"),
    (shown(start=19), "video: start must leave 2 of the 20 frames"),
    (shown(frames=1), "video.frames must be a whole number in 2..36000"),
    (shown(person=0), "video.person must be a whole number in 1..100, got 0"),
    (shown(fps=0), "video.fps must be a number above 0, got 0"),
    (shown(fps="25"), 'video.fps must be a number above 0, got "25"'),
    (shown(fps=25), "its fps is 30, but 25 was given"),
    (shown(width=100), "video must have width and height, or neither"),
    (shown(layout="body99"), "body99"),
    (shown(samples=2), "video must have no field but file, at, start"),
    (shown(file="cut.npz"), "the video must be one shot"),
]


@pytest.mark.parametrize("plan, message", BAD_PLANS)
def test_bad_plans_leave_one_sentence(folder, capsys, plan, message):
    (folder / "broken.npz").write_bytes(b"PK\x03\x04 not a zip")
    path = wandering_clip(9, joints=22).save(folder / "22.npz")
    with np.load(folder / "a.npz") as good:
        entries = dict(good)
    entries["root_position"][2, 1] = np.nan
    np.savez(folder / "nan.npz", **entries)
    track = keypoint_file.read(folder / "track.npz")
    points = track.keypoints.clone()
    points[10:, :, :2] = points[10:].flip(1)[..., :2] * 0.5 + 100
    cut = KeypointTrack(points, 30.0, track.width, track.height)
    keypoint_file.write(cut, folder / "cut.npz")
    assert path.is_file()
    plan = write(plan)
    before = sorted(folder.iterdir())
    assert main(["complete", plan, "--out", "out.npz"]) == 2
    said = capsys.readouterr()
    assert message in said.err and said.err.count("\n") == 1
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "words, message",
    [
        (["--steps", "0"], "steps must be within 1..1000, got 0"),
        (["--samples", "0"], "samples must be 1 or more, got 0"),
        (["--guidance", "-1"], "guidance must be within 0..10"),
        (["--seed", "-1"], "seed must be within 0..2**63 - 1, got -1"),
        (["--model", "absent.safetensors"], "no checkpoint file"),
        (["--unit", "cm"], "--unit cm is for .bvh files"),
        (["--out", "out.fbx"], "--out must end in one of .bvh, .glb"),
        (["--out", "nowhere/a.glb"], "there is no folder nowhere"),
        (["--out", "out.npz"], "named once, got"),
    ],
)
def test_bad_requests_leave_one_sentence(folder, capsys, words, message):
    plan = write(IN_BETWEEN)
    before = sorted(folder.iterdir())
    assert main(["complete", plan, "--out", "out.npz", *words]) == 2
    said = capsys.readouterr()
    assert message in said.err and said.err.count("\n") == 1
    assert said.out == "" and sorted(folder.iterdir()) == before


def test_other_plans_are_refused(folder, capsys):
    assert main(["complete", "no.json", "--out", "out.npz"]) == 2
    assert "there is no file no.json" in capsys.readouterr().err
    assert main(["complete", ".", "--out", "out.npz"]) == 2
    assert "PLAN: there is no file ." in capsys.readouterr().err
    assert main(["complete", "a.npz", "--out", "out.npz"]) == 2
    assert "PLAN a.npz is not whole JSON" in capsys.readouterr().err
    write(" " * LARGEST + "{}", "large.json")
    assert main(["complete", "large.json", "--out", "out.npz"]) == 2
    assert "bytes of JSON, got 1,048,578" in capsys.readouterr().err
    assert main(["complete", write(IN_BETWEEN)]) == 2
    assert "--out must name at least one file" in capsys.readouterr().err


def test_what_cannot_be_written_leaves_nothing(folder, monkeypatch, capsys):
    def full(clip, path, unit):
        path.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setitem(export.WRITERS, ".html", full)
    plan = write(IN_BETWEEN)
    before = sorted(folder.iterdir())
    words = ["--out", "o.glb", "--out", "o.html", *STEPS]
    assert main(["complete", plan, *words]) == 2
    assert "no space left on device" in capsys.readouterr().err
    assert sorted(folder.iterdir()) == before


def test_the_edges_of_what_is_allowed():
    check = completion_plan.whole(2, 9)
    assert [check(value, "x") for value in (2, 9)] == [2, 9]
    for value in (1, 10):
        with pytest.raises(ValueError, match="x must be a whole number in 2"):
            check(value, "x")
    longest = completion_plan.whole(1)
    assert longest(completion_plan.LONGEST, "frames") == 36_000
