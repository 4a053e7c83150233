import json

import pytest

from mini_vimogen.studies.rows import digest, read_rows, run_missing


def run(folder, arms, seeds=2, calls=None):
    calls = [] if calls is None else calls

    def measure(arm, recipe, seed):
        calls.append((arm, seed))
        return {"error_mm": recipe["steps"] + seed}

    rows = run_missing(
        "toy",
        arms,
        seeds=range(seeds),
        measure=measure,
        size="laptop",
        device="cpu",
        folder=folder,
    )
    return list(rows), calls


def test_rows_say_what_made_them(tmp_path):
    rows, _ = run(tmp_path, {"a": {"steps": 3}})
    stored = read_rows("toy", tmp_path)
    assert stored == rows
    assert {r["seed"] for r in rows} == {0, 1}
    wanted = {"study", "arm", "seed", "recipe", "size", "device", "data"}
    assert wanted | {"commit", "figures"} == rows[0].keys()
    assert rows[1]["figures"] == {"error_mm": 4}


def test_rows_that_exist_are_not_measured_again(tmp_path):
    run(tmp_path, {"a": {"steps": 3}})
    _, calls = run(tmp_path, {"a": {"steps": 3}, "b": {"steps": 3}}, seeds=3)
    assert calls == [("b", 0), ("b", 1), ("a", 2), ("b", 2)]


def test_another_recipe_is_another_row(tmp_path):
    run(tmp_path, {"a": {"steps": 3}})
    rows, _ = run(tmp_path, {"a": {"steps": 4}})
    assert len(rows) == 2
    assert digest({"steps": 3}) != digest({"steps": 4})
    assert digest({"x": 1, "y": 2}) == digest({"y": 2, "x": 1})


def test_a_row_is_there_as_soon_as_it_is_measured(tmp_path):
    rows = run_missing(
        "toy",
        {"a": {}},
        seeds=range(2),
        measure=lambda *_: {},
        size="laptop",
        device="cpu",
        folder=tmp_path,
    )
    next(rows)
    assert len(read_rows("toy", tmp_path)) == 1


def test_absent_and_damaged_results_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no results"):
        read_rows("toy", tmp_path)
    (tmp_path / "toy.jsonl").write_text(json.dumps({}) + "\n{half")
    with pytest.raises(ValueError, match="line 2 of .* is not a row"):
        read_rows("toy", tmp_path)
