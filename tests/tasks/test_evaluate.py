"""Scoring a folder: figures, prompt files, oddities of input, resuming."""

import json
import math
import re

import numpy as np
import pytest
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.formats import bvh, mbench_files
from mini_vimogen.formats.mbench_files import EvaluationPrompt
from mini_vimogen.metrics import mbench
from mini_vimogen.tasks import scoring
from mini_vimogen.tasks.evaluate import evaluate
from tests.metrics.motions import random_walkers, standing, wandering
from tests.oracles import standing_clip, wandering_clip

FIVE = tuple(mbench.DIMENSIONS)


def people(count: int, frames: int = 40):
    """[count, frames, 22, 3] float32: bodies that walk, dance and fall."""
    clips = [wandering(frames, seed=s, joints=22) for s in range(count)]
    return torch.stack(clips).float()


def folder_of(tmp_path, clips, **options):
    folder = tmp_path / "motions"
    folder.mkdir()
    for number, clip in enumerate(clips):
        mbench_files.write_motion(clip, folder / f"{number}.npy", **options)
    return folder


def quietly(folder, **options):
    return evaluate(folder, progress=False, **options)


# -------------------------------------------------------------- the figures


def test_scores_are_the_means_of_the_metrics(tmp_path):
    clips = people(6)
    found = quietly(folder_of(tmp_path, clips))
    assert tuple(found.scores) == FIVE
    for name, score in found.scores.items():
        values = [mbench.DIMENSIONS[name].score(clip) for clip in clips]
        assert score.mean == pytest.approx(np.mean(values))
        assert score.spread == pytest.approx(np.std(values))
        assert score.count == 6
        assert score.low <= score.mean <= score.high
        assert list(found.values(name).values()) == pytest.approx(values)
    assert found.up_axis == 2
    assert found.notes == ()


def test_ranking_knows_which_way_is_better(tmp_path):
    clips = people(5)
    found = quietly(folder_of(tmp_path, clips))
    for name, better in (("Jitter_Degree", 1), ("Dynamic_Degree", -1)):
        values = found.values(name)
        ranked = [better * values[path] for path in found.ranked(name)]
        assert ranked == sorted(ranked)


def test_chosen_dimensions_only(tmp_path):
    folder = folder_of(tmp_path, people(2))
    found = quietly(folder, dimensions=["Foot_Sliding", "Jitter_Degree"])
    assert list(found.scores) == ["Foot_Sliding", "Jitter_Degree"]
    assert set(found.files[0].values) == {"Foot_Sliding", "Jitter_Degree"}


def test_intervals_are_seeded(tmp_path):
    folder = folder_of(tmp_path, people(8))
    first, again, other = (quietly(folder, seed=s) for s in (1, 1, 2))
    assert first.scores == again.scores != other.scores
    wide = quietly(folder, level=0.99, seed=1)
    for name in FIVE:
        assert wide.scores[name].low <= first.scores[name].low


def test_table(tmp_path):
    folder = folder_of(tmp_path, people(3))
    (folder / "9.npy").write_bytes(b"no motion")
    table = quietly(folder).table()
    for name in FIVE:
        (line,) = [x for x in table.splitlines() if x.startswith(name)]
        mean = quietly(folder).scores[name].mean
        assert f"{mean:.5f}" in line
        assert mbench.DIMENSIONS[name].unit in line
    assert "95% interval" in table
    assert "1 motion of 4 that cannot be read" in table
    assert re.search(r"unreadable: .*9\.npy is not an \.npy file", table)


# ------------------------------------------------------------ prompt files


def rows_for(*pairs):
    return [
        EvaluationPrompt(id=i, dimension=d, prompt=f"motion {i}", frames=40)
        for d, i in pairs
    ]


def prompt_file(tmp_path, rows):
    return mbench_files.write_prompts(rows, tmp_path / "prompts.json")


def test_prompt_file_says_which_motion_counts_for_what(tmp_path):
    folder = folder_of(tmp_path, people(4))
    prompts = prompt_file(
        tmp_path,
        rows_for(
            ("Jitter_Degree", 0),
            ("Jitter_Degree", 2),
            ("Foot_Sliding", 3),
            ("Body_Penetration", 1),
        ),
    )
    found = quietly(folder, prompts=prompts)
    counts = {name: score.count for name, score in found.scores.items()}
    assert counts == {"Jitter_Degree": 2, "Foot_Sliding": 1}
    alone = quietly(folder).values("Jitter_Degree")
    values = [v for p, v in alone.items() if p.endswith(("0.npy", "2.npy"))]
    assert found.scores["Jitter_Degree"].mean == pytest.approx(sum(values) / 2)
    assert any("1 of 4 files not in the prompt" in n for n in found.notes)


def test_missing_motions_are_told_and_not_scored(tmp_path):
    folder = folder_of(tmp_path, people(2))
    rows = rows_for(*[("Jitter_Degree", i) for i in range(20)])
    found = quietly(folder, prompts=prompt_file(tmp_path, rows))
    assert found.scores["Jitter_Degree"].count == 2
    assert found.missing == tuple(str(i) for i in range(2, 20))
    (note,) = found.notes
    assert note.startswith("18 motions asked for by the prompt file but miss")
    assert note.endswith("10, 11, ...")


def test_prompt_file_of_other_motions(tmp_path):
    folder = folder_of(tmp_path, people(1))
    rows = rows_for(("Jitter_Degree", 77))
    with pytest.raises(ValueError, match="such as 77.npy; the folder has 0"):
        quietly(folder, prompts=prompt_file(tmp_path, rows))


def test_prompt_file_without_these_dimensions(tmp_path):
    folder = folder_of(tmp_path, people(1))
    rows = rows_for(("Pose_Quality", 0))
    with pytest.raises(ValueError, match="list no motion for Jitter_Degree"):
        quietly(folder, prompts=prompt_file(tmp_path, rows))


# ------------------------------------------------------- oddities of input


def test_y_up_files_are_noticed_and_read_rightly(tmp_path):
    clips = people(5)
    (tmp_path / "z").mkdir()
    (tmp_path / "y").mkdir()
    wanted = quietly(folder_of(tmp_path / "z", clips))
    folder = folder_of(tmp_path / "y", clips, release_axes=True)
    found = quietly(folder)
    assert found.up_axis == 1
    assert any("joints are y up" in note for note in found.notes)
    for name in FIVE:
        mean = wanted.scores[name].mean
        assert found.scores[name].mean == pytest.approx(mean, rel=1e-5)


def test_y_up_files_read_as_the_release_does(tmp_path):
    clips = people(3)
    folder = folder_of(tmp_path, clips, release_axes=True)
    found = quietly(folder, up_axis=2)
    turned = clips @ mbench_files.RELEASE_AXES.T
    values = [mbench.foot_sliding(clip) for clip in turned]
    assert found.scores["Foot_Sliding"].mean == pytest.approx(np.mean(values))
    assert any("read a wrong height" in note for note in found.notes)


@pytest.mark.parametrize(("unit", "factor"), [("cm", 100), ("mm", 1000)])
def test_other_units_are_noticed_and_converted(tmp_path, unit, factor):
    clips = people(4)
    clips[1:] *= factor
    found = quietly(folder_of(tmp_path, clips))
    words = {"cm": "centimetres", "mm": "millimetres"}[unit]
    assert any(f"3 motions in {words}" in note for note in found.notes)
    assert [file.unit for file in found.files] == ["m"] + [unit] * 3
    values = [mbench.jitter_degree(clip) for clip in people(4)]
    mean = found.scores["Jitter_Degree"].mean
    assert mean == pytest.approx(np.mean(values), rel=1e-4)


def test_legs_of_no_human_length_are_told(tmp_path):
    clips = people(2)
    clips[0] *= 9
    found = quietly(folder_of(tmp_path, clips))
    assert any("1 motion with legs of no human" in n for n in found.notes)


def test_people_upside_down_are_told(tmp_path):
    clips = people(3) * torch.tensor([1.0, 1.0, -1.0])
    found = quietly(folder_of(tmp_path, clips))
    assert any("upside down" in note for note in found.notes)


def test_other_frame_rates_are_resampled(tmp_path):
    slow = random_walkers(3, 41)
    at_20 = [torch.from_numpy(clip) for clip in slow]
    fine = [
        torch.nn.functional.interpolate(
            clip.flatten(1).T[None], size=81, mode="linear", align_corners=True
        )[0].T.reshape(81, 22, 3)
        for clip in at_20
    ]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    wanted = quietly(folder_of(tmp_path / "a", at_20), up_axis=2)
    found = quietly(folder_of(tmp_path / "b", fine), fps=40, up_axis=2)
    for name in FIVE:
        mean = wanted.scores[name].mean
        assert found.scores[name].mean == pytest.approx(mean, rel=0.01)
    assert any("resampled from 40 to 20 fps" in n for n in found.notes)


@pytest.mark.parametrize("fps", [10, 20, 30, 59.94])
@pytest.mark.parametrize("frames", [1, 2, 7, 31])
def test_resampling_keeps_start_length_and_straight_lines(fps, frames):
    time = torch.arange(frames) / fps
    joints = time[:, None, None].expand(-1, 22, 3)
    found = scoring.resampled(joints, fps, 20.0)
    seconds = torch.arange(len(found)) / 20
    torch.testing.assert_close(found[:, 0, 0], seconds, atol=1e-5, rtol=0)
    left = time[-1] - seconds[-1]
    assert -1e-5 <= left < 1 / 20 + 1e-5


def test_our_clips_and_bvh_files_are_scored_too(tmp_path):
    clip = wandering_clip(60)  # 30 fps, 24 joints
    clip.save(tmp_path / "1.npz")
    bvh.write(clip, tmp_path / "2.bvh")
    joints = clip.joints()[:, :22]
    mbench_files.write_motion(
        scoring.resampled(joints, 30, 20), tmp_path / "3.npy"
    )
    found = quietly(tmp_path)
    for name in FIVE:
        first, second, third = found.values(name).values()
        assert first == pytest.approx(third, rel=1e-5)
        assert second == pytest.approx(third, rel=1e-3, abs=1e-5)


def bad_files(folder):
    """Every way a file can be bad, by name."""
    rest = standing(5).float().numpy()
    spoiled = rest.copy()
    spoiled[2] = math.nan
    np.save(folder / "nan.npy", spoiled)
    np.save(folder / "joints.npy", rest[:, :17])
    np.save(folder / "empty_array.npy", rest[:0])
    np.save(folder / "flat.npy", rest.reshape(5, 66))
    np.save(folder / "text.npy", np.array(["a"]))
    np.save(folder / "pickle.npy", np.array([{}], dtype=object))
    (folder / "empty.npy").write_bytes(b"")
    (folder / "noise.npy").write_bytes(b"\x00" * 500)
    np.save(folder / "cut.npy", rest)
    whole = (folder / "cut.npy").read_bytes()
    (folder / "cut.npy").write_bytes(whole[:-9])
    (folder / "huge.npy").write_bytes(
        whole[:128].replace(b"(5, ", b"(5000000000, ").replace(b" " * 9, b"", 1)
    )
    (folder / "no_clip.npz").write_bytes(b"PK\x03\x04 broken")
    (folder / "no.bvh").write_text("MOTION")
    local = torch.eye(3).repeat(3, 1, 1, 1)
    from mini_vimogen.geometry.skeleton import Skeleton

    stick = Skeleton("stick", ("root",), (-1,), torch.zeros(1, 3))
    Clip(torch.zeros(3, 3), local, fps=20, skeleton=stick).save(
        folder / "stick.npz"
    )
    (folder / "folder.npy").mkdir()
    (folder / "gone.npy").symlink_to(folder / "nowhere.npy")
    return 15


def test_bad_files_never_stop_a_folder(tmp_path):
    clips = people(3)
    folder = folder_of(tmp_path, clips)
    count = bad_files(folder)
    found = quietly(folder, out=tmp_path / "out")
    assert len(found.unreadable) == count
    assert found.scores["Jitter_Degree"].count == 3
    values = [mbench.jitter_degree(clip) for clip in clips]
    assert found.scores["Jitter_Degree"].mean == pytest.approx(np.mean(values))
    for path, why in found.unreadable.items():
        assert path in why, why
        assert "\n" not in why
    assert f"{count} motions of {count + 3} that cannot be read" in found.notes


def test_short_clips_count_where_they_can(tmp_path):
    clips = [*people(2), people(1)[0, :1], people(1)[0, :2]]
    found = quietly(folder_of(tmp_path, clips))
    counts = {name: score.count for name, score in found.scores.items()}
    assert counts == {
        "Jitter_Degree": 2,
        "Dynamic_Degree": 3,
        "Ground_Penetration": 4,
        "Foot_Floating": 3,
        "Foot_Sliding": 3,
    }
    reason = found.files[2].unscored["Jitter_Degree"]
    assert reason == "needs 3 frames at 20 fps, has 1"
    assert "2 motions too short for some dimensions" in found.notes


def test_a_dimension_without_a_motion_is_absent(tmp_path):
    found = quietly(folder_of(tmp_path, people(1, frames=1)))
    assert list(found.scores) == ["Ground_Penetration"]
    (line,) = [x for x in found.table().splitlines() if x.startswith("Jitter")]
    assert line.split()[-1] == "-"


# ----------------------------------------------------------------- outputs


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_json_in_the_published_layout(tmp_path):
    folder = folder_of(tmp_path, people(3))
    rows = rows_for(
        ("Jitter_Degree", 1), ("Foot_Sliding", 1), ("Foot_Sliding", 2)
    )
    out = tmp_path / "out"
    found = quietly(
        folder,
        prompts=prompt_file(tmp_path, rows),
        out=out,
        name="ours",
        dimensions=["Jitter_Degree", "Foot_Sliding"],
    )
    results = read_json(out / "ours_eval_results.json")
    assert list(results) == ["Jitter_Degree", "Foot_Sliding"]
    aggregate = results["Foot_Sliding"]["aggregate"]
    assert aggregate["mean"] == found.scores["Foot_Sliding"].mean
    assert aggregate["num_samples"] == 2
    entry = results["Foot_Sliding"]["per_motion"][1]
    assert entry == {
        "id": 2,
        "prompt": "motion 2",
        "value": found.values("Foot_Sliding")[entry["evaluation_file"]],
        "evaluation_file": str(folder / "2.npy"),
        "motion_duration": 40,
    }
    motions = read_json(out / "ours_per_motion_results.json")["motions"]
    assert [m["id"] for m in motions] == [1, 2]
    assert list(motions[0]["dimensions"]) == ["Jitter_Degree", "Foot_Sliding"]
    summary = read_json(out / "ours_summary.json")
    assert summary["up_axis"] == 2
    assert summary["scores"]["Foot_Sliding"]["count"] == 2


def test_nothing_is_written_unless_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = folder_of(tmp_path, people(2))
    before = sorted(tmp_path.rglob("*"))
    quietly(folder)
    assert sorted(tmp_path.rglob("*")) == before


def test_report_shows_table_histograms_and_players(tmp_path):
    folder = folder_of(tmp_path, people(4))
    (folder / "bad<b>.npy").write_bytes(b"")
    out = tmp_path / "out"
    found = quietly(folder, out=out)
    page = (out / "motions_report.html").read_text(encoding="utf-8")
    assert page.count("<iframe") == page.count("<img") == 5
    assert page.count('alt="Histogram') == 5
    assert "bad&lt;b&gt;" in page and "bad<b>" not in page
    for name in FIVE:
        assert f"{found.scores[name].mean:.5f}" in page
        best = mbench_files.motion_id(found.ranked(name)[0])
        assert f"best: {best} (" in page
    assert "http://" not in page and "https://" not in page


def test_report_players_are_z_up(tmp_path):
    """Best and worst of Y-up centimetre files stand upright in metres."""
    from mini_vimogen.tasks import evaluation_report

    clips = people(2)
    folder = folder_of(tmp_path, 100 * clips, release_axes=True)
    settings = scoring.Settings(dimensions=FIVE, up_axis=1)
    shown = evaluation_report._z_up(str(folder / "0.npy"), settings)
    assert shown[..., 2].sub(clips[0, ..., 2]).abs().max() < 1e-4


# ----------------------------------------------------------------- resuming


def count_scored(monkeypatch, stop_after=None):
    """Count files scored; raise like Ctrl-C after some."""
    real, scored = scoring.score_file, []

    def counted(path, settings):
        if stop_after is not None and len(scored) == stop_after:
            raise KeyboardInterrupt
        scored.append(str(path))
        return real(path, settings)

    monkeypatch.setattr(scoring, "score_file", counted)
    return scored


def test_a_killed_run_goes_on(tmp_path, monkeypatch):
    folder, out = folder_of(tmp_path, people(8)), tmp_path / "out"
    whole = quietly(folder)
    with monkeypatch.context() as patch:
        count_scored(patch, stop_after=5)
        with pytest.raises(KeyboardInterrupt):
            quietly(folder, out=out)
    journal = out / "motions_journal.jsonl"
    assert len(journal.read_text().splitlines()) == 1 + 5
    assert not (out / "motions_eval_results.json").exists()
    with journal.open("a") as file:
        file.write('{"path": "cut o')  # the kill came in the middle of a line
    with monkeypatch.context() as patch:
        scored = count_scored(patch)
        found = quietly(folder, out=out)
    assert len(scored) == 3
    assert found.files == whole.files
    assert found.scores == whole.scores
    with monkeypatch.context() as patch:
        scored = count_scored(patch)
        assert quietly(folder, out=out).files == whole.files
        assert scored == []


def test_changed_files_and_settings_are_scored_again(tmp_path, monkeypatch):
    folder, out = folder_of(tmp_path, people(4)), tmp_path / "out"
    quietly(folder, out=out)
    mbench_files.write_motion(people(9)[8], folder / "2.npy")
    with monkeypatch.context() as patch:
        scored = count_scored(patch)
        quietly(folder, out=out)
        assert scored == [str(folder / "2.npy")]
    for options in ({"up_axis": 1}, {"fps": 30}, {"resume": False}):
        with monkeypatch.context() as patch:
            scored = count_scored(patch)
            quietly(folder, out=out, **options)
            assert len(scored) == 4, options


@pytest.mark.parametrize("content", ["", "{}", "garbage\n{}\n", "\x00\n"])
def test_a_damaged_journal_is_dropped(tmp_path, content):
    folder, out = folder_of(tmp_path, people(2)), tmp_path / "out"
    out.mkdir()
    (out / "motions_journal.jsonl").write_text(content)
    assert quietly(folder, out=out).scores == quietly(folder).scores


def test_two_workers_find_the_same(tmp_path):
    folder = folder_of(tmp_path, people(5))
    (folder / "9.npy").write_bytes(b"")
    assert quietly(folder, workers=2).files == quietly(folder).files


def test_records_do_not_hold_motions(tmp_path):
    """Memory does not grow by a motion for every file."""
    small = quietly(folder_of(tmp_path, people(1))).files[0]
    (tmp_path / "long").mkdir()
    clip = people(1, frames=4000)
    large = quietly(folder_of(tmp_path / "long", clip)).files[0]
    sizes = [len(repr(record)) for record in (small, large)]
    assert sizes[1] < sizes[0] + 100


def test_the_bar_counts_every_file(tmp_path, capsys):
    evaluate(folder_of(tmp_path, people(3)))
    assert "3/3" in capsys.readouterr().err


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dimensions": ["Beauty"]}, "got 'Beauty'"),
        ({"dimensions": ["Pose_Quality"]}, "needs a body mesh"),
        ({"fps": 0}, "fps must be positive"),
        ({"fps": math.nan}, "fps must be positive"),
        ({"up_axis": 3}, "up_axis must be"),
        ({"workers": 0}, "workers must be at least 1"),
        ({"level": 1.0}, "level must lie"),
    ],
)
def test_bad_options(tmp_path, options, words):
    folder = folder_of(tmp_path, people(1))
    with pytest.raises(ValueError, match=words):
        quietly(folder, out=tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_empty_folder(tmp_path):
    with pytest.raises(ValueError, match="holds no motion"):
        quietly(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        quietly(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="no prompt file"):
        quietly(folder_of(tmp_path, people(1)), prompts=tmp_path / "none")


def test_folder_of_bad_files_only(tmp_path):
    (tmp_path / "1.npy").write_bytes(b"")
    with pytest.raises(ValueError, match="no motion that can be read; the fir"):
        quietly(tmp_path)


def test_foreign_joints_and_still_people(tmp_path):
    clip = standing_clip(10).joints()[:, :22]
    found = quietly(folder_of(tmp_path, [clip]))
    for name in ("Jitter_Degree", "Dynamic_Degree", "Foot_Sliding"):
        assert found.scores[name].mean == pytest.approx(0, abs=1e-6)
