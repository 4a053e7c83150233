"""Charts of completion, gates and harvest show what the rows say."""

import numpy as np
import pytest

from mini_vimogen.render.application_charts import (
    gap_figure,
    gate_figure,
    learner_figure,
    of_arm,
)
from mini_vimogen.render.theme import missing_labels

GAPS = (5, 30)


def completion_rows():
    return [
        {
            "arm": arm,
            "seed": seed,
            "figures": {
                f"gap {gap}": {
                    "mpjpe_mm": worse * gap + seed,
                    "border_velocity_ratio": worse + seed,
                    "sliding_m_s": worse,
                }
                for gap in GAPS
            },
        }
        for arm, worse in (("eased", 1.0), ("slerp", 2.0))
        for seed in (0, 2)
    ]


def test_a_gap_figure_has_means_bands_and_the_live_marker():
    arms = {"eased": "ours", "slerp": "mean"}
    live = {"mpjpe_mm": 17.0, "border_velocity_ratio": 3.0, "sliding_m_s": 1.5}
    picture = gap_figure(
        completion_rows(), arms, gaps=GAPS, live=live, live_name="mine"
    )
    left, right, feet = picture.axes
    lines = {line.get_label(): line for line in left.lines}
    np.testing.assert_allclose(lines["eased"].get_ydata(), [6, 31])
    np.testing.assert_allclose(lines["slerp"].get_ydata(), [11, 61])
    assert list(lines["mine"].get_xdata()) == [30]
    assert list(lines["mine"].get_ydata()) == [17]
    tops = [c.get_paths()[0].get_extents().y1 for c in left.collections]
    assert tops == [32, 62]
    assert any(list(line.get_ydata()) == [1, 1] for line in right.lines)
    assert [list(line.get_ydata()) for line in feet.lines] == [
        [1, 1],
        [2, 2],
        [1.5],
    ]
    assert missing_labels(picture) == []
    assert len(picture.legends) == 1
    plain = gap_figure(completion_rows(), arms, gaps=GAPS)
    assert len(plain.axes[0].lines) == 2


def test_an_arm_or_a_gap_without_rows_is_refused():
    rows = completion_rows()
    with pytest.raises(ValueError, match="for the arm 'linear'"):
        gap_figure(rows, {"linear": "mean"}, gaps=GAPS)
    with pytest.raises(ValueError, match="'gap 7'"):
        gap_figure(rows, {"eased": "ours"}, gaps=(7,))
    assert of_arm(rows, "eased", "gap 5", "mpjpe_mm") == [5.0, 7.0]


def gate_rows(count):
    clean = {"arm": "clean", "seed": 0, "figures": {}}
    return [clean] + [
        {
            "arm": f"defect {number}",
            "seed": seed,
            "figures": {
                "caught": [0.0, 0.5 + 0.1 * seed, 1.0],
                "strengths": [1.0, 2.0, 4.0],
                "unit": "mm",
            },
        }
        for number in range(count)
        for seed in (0, 1)
    ]


@pytest.mark.parametrize("count", [1, 4, 7])
def test_each_defect_has_a_panel(count):
    picture = gate_figure(gate_rows(count))
    shown = [axes for axes in picture.axes if axes.axison]
    assert [a.get_title() for a in shown] == [
        f"defect {number}" for number in range(count)
    ]
    for axes in shown:
        (points, _, _) = axes.containers[0]
        np.testing.assert_allclose(points.get_ydata(), [0, 55, 100])
        ticks = [tick.get_text() for tick in axes.get_xticklabels()]
        assert ticks == ["1", "2", "4"]
    assert missing_labels(picture) == []


def test_no_defect_is_refused():
    with pytest.raises(ValueError, match="planted defect"):
        gate_figure(gate_rows(0))


def test_learners_stand_beside_each_other_in_each_group():
    rows = [
        {
            "arm": arm,
            "seed": seed,
            "figures": {"new": {"pa_mpjpe_mm": error + seed}},
        }
        for arm, error in (("without", 60.0), ("harvested", 50.0))
        for seed in (0, 4)
    ]
    arms = {"without": "baseline", "harvested": "ours"}
    picture = learner_figure(rows, arms, {"new": "new videos"})
    (axes,) = picture.axes
    assert axes.get_title() == "new videos"
    drawn = [float(c[0].get_ydata()[0]) for c in axes.containers]
    assert drawn == [62.0, 52.0]
    names = [tick.get_text() for tick in axes.get_xticklabels()]
    assert names == ["without", "harvested"]
    assert missing_labels(picture) == []
    with pytest.raises(ValueError, match="'old'"):
        learner_figure(rows, arms, {"old": "old videos"})
