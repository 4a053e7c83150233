"""Tables and figures of Table 1, from rows whose figures are known."""

import numpy as np
import pytest

from mini_vimogen.render.palette import METHODS
from mini_vimogen.render.table1_charts import (
    condition_figure,
    evaluation_figure,
)
from mini_vimogen.render.table1_tables import (
    aims_table,
    condition_table,
    distribution_table,
    error_table,
    paper_table,
)
from mini_vimogen.render.theme import missing_labels
from mini_vimogen.studies.table1_aims import Aim


def figures(scale):
    found = {
        group: {"pa_mpjpe_mm": at * scale, "mpjpe_mm": 2 * at * scale}
        for group, at in (("walking", 40.0), ("acrobatics", 120.0))
    }
    for group in list(found):
        own = found[group]
        own |= {"sliding_m_s": 0.3, "true_sliding_m_s": 0.1}
        for cuts, factor in ((4, 1.2), (0, 0.9), (2, 1.1)):
            name = f"{group}, {cuts} cuts"
            found[name] = {"pa_mpjpe_mm": own["pa_mpjpe_mm"] * factor}
        name = f"{group}, 40 % hidden"
        found[name] = {"pa_mpjpe_mm": own["pa_mpjpe_mm"] * 1.5}
    found["choreographed"] = {
        "fid_k": scale,
        "fid_m": 2 * scale,
        "div_k": 5.0,
        "div_m": 6.0,
        "fid_k_corrected": 9 * scale,
    }
    return found


@pytest.fixture
def rows():
    rows = []
    for seed in range(3):
        ours = figures(1 + 0.1 * seed)
        ours["walking, best of 10"] = {"pa_mpjpe_mm": 30.0}
        ours["walking, best of 10, 4 cuts"] = {"pa_mpjpe_mm": 31.0}
        ours["walking, 5 evaluations"] = {"pa_mpjpe_mm": 32.0}
        for arm, own in (
            ("real against real", {"choreographed": {"fid_k": 0.3}}),
            ("an ablation", figures(3.0)),
            ("regressor", figures(2.0)),
            ("ViMo", ours),
        ):
            rows.append({"arm": arm, "seed": seed, "figures": own})
    return rows


def cells(table):
    lines = [line.strip("|").split("|") for line in table.splitlines()]
    return [[cell.strip() for cell in line] for line in lines]


def test_errors_are_means_with_the_spread_of_the_seeds(rows):
    head, _, *lines = cells(error_table(rows, "walking"))
    assert head == ["who", "MPJPE (mm)", "PA-MPJPE (mm)", "sliding (m/s)"]
    by_name = {line[0]: line[1:] for line in lines}
    assert list(by_name) == [
        "ViMo",
        "ViMo, best of 10",
        "regressor",
        "an ablation",
        "the truth itself",
    ]
    assert by_name["ViMo"][1] == "44 (40-48)"
    assert by_name["ViMo, best of 10"][:2] == ["–", "30 (30-30)"]
    assert by_name["the truth itself"][2] == "0.1 (0.1-0.1)"


def test_conditions_stand_in_order(rows):
    head, _, *lines = cells(condition_table(rows, "walking"))
    assert head[1:] == [
        "0 cuts",
        "1 cut, none hidden",
        "2 cuts",
        "4 cuts",
        "40 % hidden",
    ]
    assert [line[0] for line in lines] == ["ViMo", "regressor", "an ablation"]
    assert lines[1][1:] == [
        f"{at:g} ({at:g}-{at:g})" for at in (72, 80, 88, 96)
    ] + ["120 (120-120)"]


def test_distances_of_ours_and_of_the_paper_are_two_tables(rows):
    head, _, *lines = cells(distribution_table(rows))
    assert head == ["who", "FID_k", "FID_m", "Div_k", "Div_m"]
    assert lines[0] == [
        "ViMo",
        "1.1 (1-1.2)",
        "2.2 (2-2.4)",
        *["5 (5-5)"],
        "6 (6-6)",
    ]
    assert lines[-2][:3] == ["real against real", "0.3 (0.3-0.3)", "–"]
    corrected = cells(distribution_table(rows, corrected=True))
    assert corrected[2][1] == "9.9 (9-10.8)"
    paper = cells(paper_table())[2:]
    assert [line[1:] for line in paper] == [
        ["19.22", "9.03", "5.27", "5.02"],
        ["15.70", "8.25", "4.85", "5.77"],
    ]
    assert all("paper, AIST++" in line[0] for line in paper)


def test_a_missed_aim_is_told_as_one():
    aims = [
        Aim("near", 0.6, (0.5, 0.6), beside=(3.0,)),
        Aim("far", 1.0, (0.9, 1.0), below=True, all_seeds=True),
        Aim("nowhere", 1.0, ()),
    ]
    near, far, nowhere = cells(aims_table(aims))[2:]
    assert near == ["near", "0.55 (0.5-0.6); beside: 3", "≤ 0.6", "yes"]
    assert far[2:] == ["< 1, every seed", "**no**"]
    assert nowhere[1:] == ["–", "≤ 1", "not measured"]


def test_the_curves_go_through_the_means_of_the_seeds(rows):
    picture = condition_figure(rows)
    assert missing_labels(picture) == []
    assert len(picture.description) > 40
    cuts, hidden, *_ = picture.axes
    ours = {line.get_label(): line for line in cuts.lines}["ViMo"]
    assert ours.get_color() == METHODS["ours"].colour
    np.testing.assert_allclose(ours.get_xdata(), [0, 1, 2, 4])
    np.testing.assert_allclose(
        ours.get_ydata(), 44 * np.array([0.9, 1.0, 1.1, 1.2])
    )
    band = cuts.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(36)
    assert band[:, 1].max() == pytest.approx(57.6)
    ours = {line.get_label(): line for line in hidden.lines}["ViMo"]
    np.testing.assert_allclose(ours.get_xdata(), [0, 40])
    assert cuts.get_ylim()[0] == 0


def test_the_best_number_of_evaluations_is_named_in_the_picture():
    curves = {
        "walking": {1: [50.0, 52.0], 5: [40.0, 44.0], 50: [41.0, 45.0]},
        "acrobatics": {1: [150.0], 5: [151.0], 50: [152.0]},
    }
    picture = evaluation_figure(curves, beside={"walking": [39.0, 47.0]})
    assert missing_labels(picture) == []
    words = [axes.texts[0].get_text() for axes in picture.axes]
    assert words == ["best: 5", "best: 1"]
    assert "walking: least at 5" in picture.description
    names = [line.get_label() for line in picture.axes[0].lines]
    assert "regressor, 1 evaluation" in names
    with pytest.raises(ValueError, match="curves must hold evaluations"):
        evaluation_figure({"walking": {}})
