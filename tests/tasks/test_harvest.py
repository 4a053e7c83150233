"""A folder becomes a data set: whole, resumable, and nothing else."""

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.conditions.keypoints import FEATURES, complete
from mini_vimogen.data.casual_video import PERFECT, film_clip
from mini_vimogen.data.quality_gates import Thresholds
from mini_vimogen.formats import keypoint_file
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.metrics.floor import floor_level
from mini_vimogen.models.lifter import Lifter
from mini_vimogen.tasks import harvest as task
from mini_vimogen.tasks import harvest_lifting, harvest_set
from mini_vimogen.tasks.lift import Sampling, lift, load_lifter
from mini_vimogen.training.checkpoint import save_model
from tests.oracles import wandering_clip

OPEN = Thresholds(
    least_seconds=0.3,
    most_jitter=1e9,
    most_sliding=1e9,
    most_penetration=1e9,
    most_floating=1e9,
    least_apart_mm=0.0,
)
"""An untrained lifter's motions pass; only short and unseen tracks do not."""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.manual_seed(0)
    network = dict(width=32, layers=1, heads=2, feed_forward=32)
    network["condition_features"] = FEATURES
    lifter = Lifter(network=network, fps=30.0, frames=20).eval()
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    save_model(lifter, path)
    return path


def track(seed=0, frames=30, fps=30.0):
    video = film_clip(
        wandering_clip(frames, seed=seed).canonical(),
        generator=torch.Generator().manual_seed(seed),
        settings=PERFECT,
    )
    size = float(video.width), float(video.height)
    return KeypointTrack(video.keypoints, fps, *size)


def make_folder(folder):
    """Three tracks, one of them again, one unreadable, one too short."""
    folder.mkdir()
    for number, name in enumerate(("a", "b", "c")):
        keypoint_file.write(track(number), folder / f"{name}.npz")
    shutil.copy(folder / "a.npz", folder / "z_same_bytes.npz")
    (folder / "broken.mp4").write_bytes(b"not a video")
    (folder / "empty.npz").write_bytes(b"")
    keypoint_file.write(track(7, frames=5), folder / "short.npz")
    (folder / "notes.txt").write_text("hello")
    (folder / ".hidden.npz").write_bytes(b"")
    return folder


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "in")


def run(folder, out, model, **options):
    options = {"samples": 2, "thresholds": OPEN, "progress": False} | options
    few = options.pop("sampling", Sampling(steps=2))
    return task.harvest(folder, out, model=model, sampling=few, **options)


def content(out, *, journal=False):
    """Name -> digest of every file of a harvest."""
    return {
        str(path.relative_to(out)): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and (journal or path.name != harvest_set.JOURNAL)
    }


def manifest(out):
    return json.loads((out / task.MANIFEST).read_text("utf-8"))


# ------------------------------------------------------------- what is made


def test_a_folder_becomes_clips_manifest_and_report(folder, model, tmp_path):
    out = tmp_path / "new" / "out"
    found = run(folder, out, model)
    names = [f"{name}.npz_{k}.npz" for name in "abc" for k in (1, 2)]
    assert [path.name for path in found.kept] == names
    assert set(content(out)) == {
        *(f"clips/{name}" for name in names),
        *(task.MANIFEST, task.REPORT),
    }
    assert not (out / "waiting").exists()
    faults = {s.file: s.fault for s in found.sources if s.fault}
    assert set(faults) == {"broken.mp4", "empty.npz", "z_same_bytes.npz"}
    assert faults["z_same_bytes.npz"] == (
        "z_same_bytes.npz shows the same as a.npz"
    )
    stages = {s.gate: (s.lost, s.left) for s in found.curation.funnel}
    assert stages["candidates"] == (0, 8) and stages["length"] == (2, 6)
    assert stages["duplicates"] == (0, 6)
    page = (out / task.REPORT).read_text("utf-8")
    assert "notes.txt" in page and "broken.mp4 is not a video" in page
    assert "<h1>Harvest of in</h1>" in page
    assert page.count("<iframe") == 1 and "https://" not in page
    assert str(tmp_path) not in page
    table = found.table()
    assert "7 files, 3 of them left out" in table
    assert "8 motions wanted" in table and "6 motions kept in" in table


def test_provenance_makes_every_motion_again(folder, model, tmp_path):
    run(folder, tmp_path / "out", model, seed=5)
    told = manifest(tmp_path / "out")
    weights = json.loads(model.with_suffix(".json").read_text())
    assert told["model"] == {
        "file": "tiny.safetensors",
        "weights_sha256": weights["weights_sha256"],
    }
    assert told["settings"]["seed"] == 5
    assert told["settings"]["thresholds"]["least_seconds"] == 0.3
    (one,) = [m for m in told["motions"] if m["name"] == "b.npz_2.npz"]
    source = folder / one["source"]
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    assert one["source_sha256"] == sha256 and one["sample"] == 2
    assert one["frames"] == [0, 30] and one["kept"] and one["reason"] is None
    clips = lift(
        keypoint_file.read(source),
        lifter=load_lifter(model),
        samples=2,
        sampling=Sampling(**told["settings"]["sampling"]),
        generator=torch.Generator().manual_seed(one["noise_seed"]),
    )
    clip = Clip.load(tmp_path / "out" / one["file"])
    assert torch.equal(clip.local_rotmat, clips[1].local_rotmat)
    raised = torch.tensor([0.0, 0.0, one["figures"]["raised_m"]])
    torch.testing.assert_close(
        clip.root_position, clips[1].root_position + raised
    )
    assert abs(floor_level(clip.joints())) < 1e-5
    assert clip.source == "b.npz"
    figures = harvest_lifting.motion_figures(clip)
    assert {k: one["figures"][k] for k in figures} == pytest.approx(figures)
    (short,) = [m for m in told["motions"] if m["name"] == "short.npz_1.npz"]
    assert short["file"] is None and not short["kept"]
    assert short["rejected_by"] == "length"
    assert short["reason"] == "lasts 0.167 s, less than 0.3 s"


def test_missing_joints_are_completed(folder, model, tmp_path):
    """A track with gaps is lifted as the completed one would be."""
    gaps = track(3)
    gaps.keypoints[5:15, 9] = 0.0
    gaps.keypoints[:, 16] = 0.0
    source = tmp_path / "gaps"
    source.mkdir()
    keypoint_file.write(gaps, source / "gaps.npz")
    run(source, tmp_path / "out", model, samples=1)
    (one,) = manifest(tmp_path / "out")["motions"]
    assert one["figures"]["seen_share"] == pytest.approx(1 - 40 / (30 * 17))
    filled = replace(gaps, keypoints=complete(gaps.keypoints))
    (clip,) = lift(
        filled,
        lifter=load_lifter(model),
        sampling=Sampling(steps=2),
        generator=torch.Generator().manual_seed(one["noise_seed"]),
    )
    kept = Clip.load(tmp_path / "out" / one["file"])
    raised = torch.tensor([0.0, 0.0, one["figures"]["raised_m"]])
    torch.testing.assert_close(kept.root_position, clip.root_position + raised)
    torch.testing.assert_close(kept.local_rotmat, clip.local_rotmat)


def test_seeds_and_files_draw_their_own_noise(folder, model, tmp_path):
    run(folder, tmp_path / "one", model)
    run(folder, tmp_path / "two", model, seed=1)
    seeds = [
        {m["name"]: m["noise_seed"] for m in manifest(tmp_path / n)["motions"]}
        for n in ("one", "two")
    ]
    assert seeds[0]["a.npz_1.npz"] == seeds[0]["a.npz_2.npz"]
    assert seeds[0]["a.npz_1.npz"] != seeds[0]["b.npz_1.npz"]
    assert all(seeds[0][name] != seeds[1][name] for name in seeds[0])
    one = Clip.load(tmp_path / "one" / "clips" / "a.npz_1.npz")
    two = Clip.load(tmp_path / "one" / "clips" / "a.npz_2.npz")
    assert not torch.equal(one.local_rotmat, two.local_rotmat)


def test_a_track_in_another_file_is_a_duplicate(folder, model, tmp_path):
    """Other bytes, the same track."""
    one = keypoint_file.read(folder / "a.npz")
    np.savez(
        folder / "again.npz",
        keypoints=one.keypoints.numpy(),
        fps=one.fps,
        width=one.width,
        height=one.height,
    )
    found = run(folder, tmp_path / "out", model)
    (again,) = [s for s in found.sources if s.file == "again.npz"]
    assert again.fault == "again.npz shows the same as a.npz"
    assert len(found.kept) == 6


def test_shots_are_joined_or_split(model, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    one, two = track(0).keypoints, track(1, frames=20).keypoints
    both = torch.cat([one, two * 0.5 + 100])
    both[..., 2] = 1.0
    cut = replace(track(0), keypoints=both)
    keypoint_file.write(cut, source / "cut.npz")
    found = run(source, tmp_path / "joined", model, samples=1)
    assert [path.name for path in found.kept] == ["cut.npz_1.npz"]
    (joined,) = manifest(tmp_path / "joined")["motions"]
    assert joined["frames"] == [0, 50] and joined["cuts"] == [30]
    found = run(source, tmp_path / "split", model, samples=1, split_cuts=True)
    names = ["cut.npz_shot1_1.npz", "cut.npz_shot2_1.npz"]
    assert [path.name for path in found.kept] == names
    assert [Clip.load(path).frames for path in found.kept] == [30, 20]
    shots = manifest(tmp_path / "split")["motions"]
    assert [shot["frames"] for shot in shots] == [[0, 30], [30, 50]]


def test_gates_sort_what_was_lifted(folder, model, tmp_path):
    found = run(folder, tmp_path / "out", model)
    told = manifest(tmp_path / "out")["motions"]
    jitters = [m["figures"].get("jitter_m_per_s3", 0.0) for m in told]
    middle = sorted(j for j in jitters if j)[3]
    strict = replace(OPEN, most_jitter=middle)
    found = run(folder, tmp_path / "strict", model, thresholds=strict)
    assert len(found.kept) == 4
    written = set(content(tmp_path / "strict"))
    gone = {n for n, w in found.curation.rejected.items() if w.gate == "jitter"}
    assert {f"rejected/{name}" for name in gone} < written and len(gone) == 2
    assert (tmp_path / "strict" / task.REPORT).read_text().count("<iframe") == 2


def test_near_equal_samples_are_kept_once(folder, model, tmp_path):
    wide = replace(OPEN, least_apart_mm=1e6)
    found = run(folder, tmp_path / "out", model, thresholds=wide)
    assert [path.name for path in found.kept] == ["a.npz_1.npz"]
    assert found.curation.funnel[-1].lost == 5


# ------------------------------------------------------------------ resuming


class Killed(BaseException):
    """What a signal would do, as no handler of errors sees it."""


def dies_after(monkeypatch, where, name, calls):
    """The function works so many times, then the run is killed in it."""
    works, count = getattr(where, name), [0]

    def dying(*args, **options):
        count[0] += 1
        if count[0] > calls:
            raise Killed
        return works(*args, **options)

    monkeypatch.setattr(where, name, dying)


DEATHS = [
    (harvest_lifting, "lift", 0),
    (harvest_lifting, "lift", 2),
    (harvest_lifting, "motion_figures", 1),
    (harvest_set.HarvestJournal, "add", 3),
    (task, "curate", 0),
    (task, "sort", 0),
    (task, "_report", 0),
    (task, "write_manifest", 0),
]


@pytest.fixture(scope="module")
def uninterrupted(model, tmp_path_factory):
    """What a harvest of the folder gives that nobody kills."""
    place = tmp_path_factory.mktemp("whole")
    source = make_folder(place / "in")
    run(source, place / "out", model)
    return source, content(place / "out")


@pytest.mark.parametrize(("where", "name", "calls"), DEATHS)
def test_a_killed_run_goes_on_to_the_same_bytes(
    uninterrupted, model, tmp_path, monkeypatch, where, name, calls
):
    source, whole = uninterrupted
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        dies_after(patch, where, name, calls)
        with pytest.raises(Killed):
            run(source, out, model)
    assert not (out / task.MANIFEST).exists()
    for path in out.rglob("*.npz"):
        Clip.load(path)  # whole, wherever the kill came
    # What a kill by the system leaves behind, which clears nothing up:
    with (out / harvest_set.JOURNAL).open("a") as file:
        file.write('{"file": "a.npz", "sha2')
    (out / "waiting").mkdir(exist_ok=True)
    (out / "waiting" / ".b.npz_1.77.part.npz").write_bytes(b"half")
    (out / ".manifest.77.part.json").write_text("{")
    run(source, out, model)
    assert content(out) == whole
    dies_after(monkeypatch, harvest_lifting, "lift", 0)
    run(source, out, model)  # as every line of the journal is whole


def test_what_was_lifted_is_not_lifted_again(
    folder, model, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        dies_after(patch, harvest_lifting, "lift", 2)
        with pytest.raises(Killed):
            run(folder, out, model)
    dies_after(monkeypatch, harvest_lifting, "lift", 1)
    run(folder, out, model)  # c alone is left
    before = content(out, journal=True)
    run(folder, out, model)
    assert content(out, journal=True) == before


def test_other_thresholds_judge_again_without_lifting(
    folder, model, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    run(folder, out, model)
    whole = content(out)
    dies_after(monkeypatch, harvest_lifting, "lift", 0)
    strict = replace(OPEN, most_jitter=0.0)
    with monkeypatch.context() as patch:
        dies_after(patch, task, "sort", 0)
        with pytest.raises(Killed):
            run(folder, out, model, thresholds=strict)
    assert not (out / task.MANIFEST).exists()  # the old one would be wrong
    assert run(folder, out, model, thresholds=strict).kept == []
    assert {p.parent.name for p in out.rglob("*.npz")} == {"rejected"}
    run(folder, out, model)
    assert content(out) == whole


def test_looser_track_gates_lift_what_was_left_out(folder, model, tmp_path):
    out = tmp_path / "out"
    run(folder, out, model)
    loose = replace(OPEN, least_seconds=0.1)
    assert len(run(folder, out, model, thresholds=loose).kept) == 8
    run(folder, tmp_path / "fresh", model, thresholds=loose)
    assert content(out) == content(tmp_path / "fresh")


def test_new_changed_and_missing_files(folder, model, tmp_path):
    out = tmp_path / "out"
    run(folder, out, model)
    keypoint_file.write(track(8), folder / "a.npz")  # z is no copy any more
    keypoint_file.write(track(9), folder / "a0.npz")
    (folder / "c.npz").unlink()
    (folder / "broken.mp4").unlink()
    run(folder, out, model)
    run(folder, tmp_path / "fresh", model)
    assert content(out) == content(tmp_path / "fresh")
    assert "clips/z_same_bytes.npz_2.npz" in content(out)


def test_a_lost_clip_is_made_again(folder, model, tmp_path):
    out = tmp_path / "out"
    run(folder, out, model)
    whole = content(out)
    (out / "clips" / "b.npz_2.npz").unlink()
    run(folder, out, model)
    assert content(out) == whole


# ----------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 0}, r"samples must be .* 1..100, got 0"),
        ({"samples": 101}, r"samples must be .* 1..100, got 101"),
        ({"samples": 1.5}, r"samples must be a whole number .* got 1.5"),
        ({"seed": -1}, "seed must be within 0.* got -1"),
        ({"seed": 2**63}, "seed must be within 0"),
        ({"seed": 0.5}, "seed must be within 0.* got 0.5"),
    ],
)
def test_bad_options(folder, model, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        run(folder, tmp_path / "out", model, **options)
    assert not (tmp_path / "out").exists()


def test_bad_folders(folder, model, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(FileNotFoundError, match="there is no folder .*nowhere"):
        run(tmp_path / "nowhere", out, model)
    with pytest.raises(ValueError, match="FOLDER must be a folder, got the fi"):
        run(folder / "a.npz", out, model)
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "notes.txt").write_text("x")
    (empty / ".a.npz").write_bytes(b"")
    (empty / "b.npz").mkdir()
    with pytest.raises(ValueError, match="holds no video .* and no keypoint"):
        run(empty, out, model)
    with pytest.raises(FileNotFoundError, match="no checkpoint file"):
        run(folder, out, tmp_path / "no.safetensors")
    assert not out.exists()
    (empty / "bad.npz").write_bytes(b"bad")
    with pytest.raises(ValueError, match="can be read; the first: bad.npz is"):
        run(empty, out, model)
    assert not out.exists()


def test_an_earlier_harvest_survives_files_that_became_unreadable(
    folder, model, tmp_path
):
    """Its journal stays, and what was lifted from the old files goes."""
    out = tmp_path / "out"
    run(folder, out, model)
    good = {path: path.read_bytes() for path in folder.glob("?.npz")}
    whole = content(out)
    for path in [*good, folder / "z_same_bytes.npz", folder / "short.npz"]:
        path.write_bytes(b"bad")
    with pytest.raises(ValueError, match="holds nothing that can be read"):
        run(folder, out, model)
    assert (out / harvest_set.JOURNAL).is_file()
    assert not (out / task.MANIFEST).exists()
    shutil.rmtree(folder)
    run(make_folder(folder), out, model)
    assert content(out) == whole


def test_bad_places_to_write(folder, model, tmp_path):
    with pytest.raises(ValueError, match="--out must be a folder, got the fi"):
        run(folder, folder / "notes.txt", model)
    with pytest.raises(ValueError, match="another folder than the harvested"):
        run(folder, folder, model)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("mine")
    with pytest.raises(ValueError, match="other holds something else"):
        run(folder, other, model)
    (other / harvest_set.JOURNAL).write_text("no journal\n")
    with pytest.raises(ValueError, match="is not the journal of a harvest"):
        run(folder, other, model)
    assert (other / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": 3}, "holds a harvest with seed 0, got 3: choose another"),
        ({"samples": 1}, "holds a harvest with samples 2, got 1"),
        ({"split_cuts": True}, "with split_cuts False, got True"),
        ({"sampling": Sampling(steps=3)}, "with sampling .*'steps': 2.*got"),
    ],
)
def test_another_recipe_in_the_same_folder_is_refused(
    folder, model, tmp_path, options, message
):
    run(folder, tmp_path / "out", model)
    before = content(tmp_path / "out", journal=True)
    with pytest.raises(ValueError, match=message):
        run(folder, tmp_path / "out", model, **options)
    after = content(tmp_path / "out", journal=True)
    assert after == before


def test_faults_of_files_are_told_and_do_not_stop(folder, model, tmp_path):
    """Every kind of bad file beside good ones, each with its reason."""
    good = keypoint_file.read(folder / "a.npz")
    points = good.keypoints.numpy()
    size = {"fps": 30.0, "width": 640.0, "height": 480.0}
    bad = {
        "nan.npz": {"keypoints": points * np.nan} | size,
        "fps.npz": {"keypoints": points} | size | {"fps": 0.0},
        "nobody.npz": {"keypoints": points * 0} | size,
        "joints.npz": {"keypoints": points[:, :16]} | size,
        "one.npz": {"keypoints": points[:1]} | size,
        "silent.npz": {"keypoints": points},
        "other.npz": {"something": points},
    }
    for name, entries in bad.items():
        np.savez(folder / name, **entries)
    whole = (folder / "b.npz").read_bytes()
    (folder / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (folder / "bad.json").write_text("{")
    (folder / "bad.npy").write_bytes(b"")
    (folder / "empty.mp4").write_bytes(b"")
    wandering_clip(30).save(folder / "clip.npz")
    found = run(folder, tmp_path / "out", model)
    assert len(found.kept) == 6
    faults = {s.file: s.fault for s in found.sources if s.fault}
    told = {*bad, "cut.npz", "bad.json", "bad.npy", "empty.mp4", "clip.npz"}
    assert told <= set(faults)
    for name, fault in faults.items():
        assert name in fault and "\n" not in fault, fault
        assert str(tmp_path) not in fault, fault


def test_a_track_that_the_lifter_refuses_is_told(model, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    keypoint_file.write(track(0), source / "a.npz")
    keypoint_file.write(track(1, frames=3), source / "tiny.npz")
    loose = replace(OPEN, least_seconds=0.0)
    found = run(source, tmp_path / "out", model, thresholds=loose)
    why = found.curation.rejected["tiny.npz_1.npz"]
    assert why.gate == "lifting" and "must last at least" in why.reason
    assert len(found.kept) == 2
