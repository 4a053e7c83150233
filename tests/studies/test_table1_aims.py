"""Aims of Table 1, computed from rows whose figures are known."""

import copy

import pytest

from mini_vimogen.studies.table1_aims import (
    Aim,
    aims,
    best_evaluations,
    evaluation_curve,
    newest,
)

GROUPS = ("real", "walking", "acrobatics")


def error(pa, **others):
    return {"pa_mpjpe_mm": pa} | others


def our_figures():
    found = {}
    for group in GROUPS:
        found[group] = error(
            50.0,
            jitter_ratio=1.8,
            smoothed_jitter_ratio=0.9,
            path_end_share=0.1,
        )
        found |= {
            f"{group}, best of 10": error(40.0),
            f"{group}, average of 10": error(50.0),
            f"{group}, mean of 10": error(45.0),
            f"{group}, 0 cuts": error(48.0),
            f"{group}, 4 cuts": error(55.0),
            f"{group}, 1 evaluation": error(60.0),
            f"{group}, 5 evaluations": error(47.0),
            f"{group}, 50 evaluations": error(49.0),
        }
    keys = ("fid_k", "fid_m", "fid_k_corrected", "fid_m_corrected")
    found["choreographed"] = error(40.0) | dict.fromkeys(keys, 3.0)
    found["calibrated video"] = error(80.0, agreement_mm=60.0)
    return found


def row(arm, figures, seed=0, recipe="r", size="desk"):
    return {
        "arm": arm,
        "seed": seed,
        "recipe": recipe,
        "size": size,
        "figures": copy.deepcopy(figures),
    }


@pytest.fixture
def rows():
    rival, still = our_figures(), our_figures()
    for group in GROUPS:
        rival[group]["pa_mpjpe_mm"] = 45.0
        still[group]["pa_mpjpe_mm"] = 100.0
    for key in rival["choreographed"]:
        rival["choreographed"][key] = 4.0
    still["calibrated video"] |= error(150.0, demonstration_pa_mm=184.0)
    return [
        row(arm, figures, seed)
        for seed in range(3)
        for arm, figures in (
            ("mean pose", still),
            ("ViMo", our_figures()),
            ("regressor", rival),
        )
    ]


def find(rows, *words) -> Aim:
    (aim,) = [a for a in aims(rows) if all(word in a.name for word in words)]
    return aim


def test_what_reaches_every_bar_is_said_to(rows):
    found = aims(rows)
    assert [aim.met for aim in found] == [True] * len(found)
    assert len(found) == 20
    assert all(len(aim.figures) == 3 for aim in found)
    assert len({aim.name for aim in found}) == 20


@pytest.mark.parametrize(
    "words,figure,bar",
    [
        (("walking", "one sample"), 0.5, 0.6),
        (("acrobatics", "one sample"), 0.5, 0.75),
        (("walking", "4 cuts"), 55 / 48, 1.25),
        (("walking", "best of 10", "average"), 0.8, 1),
        (("acrobatics", "best of 10", "mean of 10"), 40 / 45, 1),
        (("walking", "best of 10", "regressor"), 40 / 45, 1),
        (("path",), 0.1, 0.15),
        (("walking", "jitter"), 1.8, 2),
        (("FID_m over",), 0.75, 1),
        (("FID_k_corrected over",), 0.75, 1),
        (("calibrated", "over the mean pose"), 80 / 150, 0.6),
        (("calibrated", "demonstration"), 80 / 184, 0.6),
        (("agreement",), 0.75, 1),
    ],
)
def test_figures_and_bars_are_the_issues(rows, words, figure, bar):
    aim = find(rows, *words)
    assert aim.figure == pytest.approx(figure)
    assert aim.bar == bar


# (arm, group, key, value that misses), and the aim that it misses
MISSES = [
    ("ViMo", "walking", "pa_mpjpe_mm", 61.0, ("walking", "one sample")),
    ("ViMo", "acrobatics", "pa_mpjpe_mm", 76.0, ("acrobatics", "one sample")),
    ("ViMo", "walking, 4 cuts", "pa_mpjpe_mm", 61.0, ("walking", "4 cuts")),
    (
        "ViMo",
        "walking, mean of 10",
        "pa_mpjpe_mm",
        40.0,
        ("walking", "best of 10 over the mean of 10"),
    ),
    (
        "regressor",
        "acrobatics",
        "pa_mpjpe_mm",
        39.0,
        ("acrobatics", "the regressor's"),
    ),
    ("ViMo", "walking", "path_end_share", 0.16, ("path",)),
    ("ViMo", "acrobatics", "jitter_ratio", 2.1, ("acrobatics", "jitter")),
    ("ViMo", "calibrated video", "agreement_mm", 81.0, ("agreement",)),
    ("ViMo", "calibrated video", "pa_mpjpe_mm", 91.0, ("over the mean pose",)),
]


@pytest.mark.parametrize("arm,group,key,value,words", MISSES)
def test_a_missed_bar_is_seen(rows, arm, group, key, value, words):
    for one in rows:
        if one["arm"] == arm:
            one["figures"][group][key] = value
    if "over the mean pose" in words:
        words = ("calibrated", *words)
    assert find(rows, *words).met is False


def test_fid_must_be_below_in_every_seed(rows):
    ours = [one for one in rows if one["arm"] == "ViMo"]
    ours[1]["figures"]["choreographed"]["fid_m"] = 4.0  # as the regressor
    aim = find(rows, "FID_m over")
    assert aim.met is False and aim.figure == 1
    assert find(rows, "FID_k over").met is True


def test_elsewhere_the_mean_of_the_seeds_counts(rows):
    ours = [one for one in rows if one["arm"] == "ViMo"]
    ours[1]["figures"]["walking"]["pa_mpjpe_mm"] = 70.0
    aim = find(rows, "walking", "one sample")
    assert aim.figures == pytest.approx((0.5, 0.7, 0.5))
    assert aim.met is True


def test_smoothed_jitter_stands_beside(rows):
    assert find(rows, "walking", "jitter").beside == (0.9, 0.9, 0.9)


def test_what_was_not_measured_is_neither_met_nor_missed(rows):
    ours = [one for one in rows if one["arm"] == "ViMo"]
    aim = find(ours, "walking", "one sample")
    assert aim.figures == () and aim.met is None and aim.figure is None
    assert find(ours, "path").met is True


def test_seeds_are_paired(rows):
    rows = [r for r in rows if (r["arm"], r["seed"]) != ("regressor", 1)]
    assert len(find(rows, "FID_k over").figures) == 2


def test_rows_of_an_older_recipe_are_left_out(rows):
    old = row("ViMo", our_figures(), recipe="older")
    old["figures"]["walking"]["path_end_share"] = 0.9
    laptop = row("ViMo", our_figures(), size="laptop")
    assert newest([old, laptop, *rows]) == rows
    assert find([old, *rows], "path").figures == (0.1, 0.1, 0.1)


def test_the_best_number_of_evaluations_is_named(rows):
    assert best_evaluations(rows) == 5
    curve = evaluation_curve(rows, group="walking")
    assert curve == {1: [60.0] * 3, 5: [47.0] * 3, 50: [49.0] * 3}
    for one in rows:
        if one["arm"] == "regressor":  # is not asked
            one["figures"]["real, 1 evaluation"] = error(0.0)
    assert best_evaluations(rows) == 5
    with pytest.raises(ValueError, match="ViMo"):
        best_evaluations([])
