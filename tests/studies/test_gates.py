"""What gates lose and catch: at most 5 % of clean motions, every defect."""

import json

import pytest
import torch

from mini_vimogen.data.quality_gates import Thresholds
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.studies import gates as study
from mini_vimogen.studies.gate_defects import DEFECTS, example
from tests.oracles import standing_clip, wandering_clip

OFTEN = 0.05


def track(frames, confidence=1.0):
    keypoints = torch.full((frames, 17, 3), 100.0)
    keypoints[..., 2] = confidence
    return KeypointTrack(keypoints, 30.0, 640, 480)


@pytest.fixture
def few(monkeypatch):
    """Two motions of a kind in place of the 73."""
    examples = {
        "real": [
            example("real 0", standing_clip(45), track(45)),
            example("real 1", standing_clip(60), track(60)),
        ],
        "choreographed": [
            example("choreographed 0", standing_clip(90), track(90)),
            example("choreographed 1", standing_clip(15), track(15)),
        ],
    }
    monkeypatch.setattr(study, "clean_examples", lambda seed: examples)
    return examples


def test_what_clean_motions_lose_is_counted_by_gate(few):
    found = study.measure("clean", 0, Thresholds())
    assert found["real"]["lost"] == 0.0 and found["real"]["clips"] == 2
    assert found["choreographed"]["lost"] == 0.5
    assert found["choreographed"]["lost_at"]["length"] == 1
    why = found["choreographed"]["why"]
    assert why == {"choreographed 1": "lasts 0.5 s, less than 0.75 s"}


@pytest.mark.parametrize("arm", DEFECTS)
def test_more_of_a_defect_is_caught_more_often(few, arm):
    found = study.measure(arm, 0, Thresholds())
    assert found["clips"] == 3  # the fourth is too short
    assert found["caught"] == sorted(found["caught"])
    assert found["caught"][0] < found["caught"][-1] == 1.0
    assert found["by_its_gate"][-1] == 1.0
    assert found["gate"] == DEFECTS[arm].gate


@pytest.mark.parametrize("arm", DEFECTS)
def test_a_defect_of_no_strength_is_none(arm):
    """But for copies, which are duplicates, and a track of no length."""
    one = example("one", wandering_clip(30), track(30))
    generator = torch.Generator().manual_seed(0)
    strength = 1.0 if arm == "cut short" else 0.0
    spoiled = DEFECTS[arm].plant(one, strength, generator)
    was = one.candidate
    assert spoiled.track == was.track
    assert spoiled.motion == pytest.approx(was.motion)
    assert (spoiled.name == was.name) == (arm != "copies")
    if arm != "copies":
        torch.testing.assert_close(spoiled.outline, was.outline)


def test_hidden_joints_and_cut_tracks_are_what_they_say():
    one = example("one", standing_clip(300), track(300))
    generator = torch.Generator().manual_seed(0)
    hidden = DEFECTS["hidden joints"].plant(one, 0.3, generator)
    assert hidden.track["seen_share"] == pytest.approx(0.7, abs=0.03)
    short = DEFECTS["cut short"].plant(one, 2.0, generator)
    assert short.track["seconds"] == pytest.approx(2.0)


def test_rows_are_written_once(few, tmp_path):
    arms = ("clean", "raised floor")
    rows = list(study.run(seeds=1, arms=arms, folder=tmp_path))
    assert [row["arm"] for row in rows] == list(arms)
    assert list(study.run(seeds=1, arms=arms, folder=tmp_path)) == []
    other = Thresholds(most_floating=0.01)
    again = study.run(seeds=1, arms=arms, folder=tmp_path, thresholds=other)
    assert len(list(again)) == 2
    assert len((tmp_path / "gates.jsonl").read_text().splitlines()) == 4
    json.dumps(rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"arms": ["nothing"]}, "arms must be among clean, .* got nothing"),
        ({"size": "desk"}, "size must be left alone.*got desk"),
        ({"models": "here"}, "models must be left alone.*got here"),
    ],
)
def test_bad_requests(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        list(study.run(folder=tmp_path, **options))


def test_at_most_a_twentieth_of_clean_motions_is_lost():
    """The aim of the thresholds' defaults, on the data itself."""
    for kind, group in study.clean_examples(0).items():
        found = study.lost(group, Thresholds())
        assert found["lost"] <= OFTEN, (kind, found["why"])
        assert found["clips"] >= 30
