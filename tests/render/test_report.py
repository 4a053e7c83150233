"""The evaluation page: labelled histograms, escaped text, nothing fetched."""

import pytest
import torch

from mini_vimogen.render.report import Report, Section, histogram
from mini_vimogen.render.theme import missing_labels
from tests.metrics.motions import standing


def section(**changes):
    fields = {
        "name": "Foot_Sliding",
        "unit": "m/frame",
        "better": "low",
        "mean": 0.02,
        "interval": (0.01, 0.03),
        "values": (0.01, 0.02, 0.03),
        "motions": {"best: <7>": standing(5).float()},
    }
    return Section(**fields | changes)


def test_histogram_is_labelled_and_described():
    picture = histogram(section())
    (axes,) = picture.axes
    assert missing_labels(picture) == []
    assert axes.get_xlabel() == "Foot_Sliding, lower is better (m/frame)"
    assert "3 motions" in picture.description
    heights = [bar.get_height() for bar in axes.patches[:-1]]
    assert sum(heights) == 3


@pytest.mark.parametrize("values", [(0.02,), (0.0, 0.0, 0.0)])
def test_histogram_of_equal_values(values):
    picture = histogram(section(values=values, interval=(0.02, 0.02)))
    assert picture.axes


def test_page_escapes_and_fetches_nothing(tmp_path):
    report = Report(
        title="<script>",
        level=0.9,
        sections=[section(), section(name="Jitter_Degree", motions={})],
        lists={"Notes": ["<b>"], "Nothing": []},
        fps=20,
    )
    page = report.save(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<h1>&lt;script&gt;</h1>" in page
    assert "<li>&lt;b&gt;</li>" in page
    assert "Nothing" not in page
    assert "90% interval" in page
    assert page.count("<iframe") == 1
    assert "<7>" not in page
    for outside in ("http://", "https://", "<link"):
        assert outside not in page


def test_clip_of_another_shape_is_refused():
    bad = section(motions={"best": torch.zeros(5, 7, 3)})
    report = Report(title="", level=0.9, sections=[bad], lists={}, fps=20)
    with pytest.raises(ValueError):
        report.html()
