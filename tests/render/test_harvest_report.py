"""The page of a harvest: labelled funnel, escaped text, nothing fetched."""

from mini_vimogen.data.curation import Stage
from mini_vimogen.render.harvest_report import HarvestReport, funnel_figure
from mini_vimogen.render.theme import missing_labels
from tests.oracles import standing_clip

FUNNEL = (
    Stage("candidates", 10, 0),
    Stage("length", 7, 3),
    Stage("jitter", 7, 0),
    Stage("floor", 2, 5),
)


def test_bars_are_what_is_left_and_what_was_turned_away():
    picture = funnel_figure(FUNNEL)
    (axes,) = picture.axes
    assert missing_labels(picture) == []
    left, lost = axes.containers
    assert [bar.get_width() for bar in left] == [10, 7, 7, 2]
    assert [bar.get_width() for bar in lost] == [0, 3, 0, 5]
    assert [bar.get_x() for bar in lost] == [10, 7, 7, 2]
    assert [text.get_text() for text in axes.texts] == [
        *(" 10", " 7 (-3)", " 7", " 2 (-5)"),
    ]
    assert "length 7" in picture.description


def test_a_funnel_of_nothing_is_drawn():
    assert funnel_figure((Stage("candidates", 0, 0),)).axes


def test_page_escapes_and_fetches_nothing(tmp_path):
    clip = standing_clip(5)
    report = HarvestReport(
        title="<script>",
        funnel=FUNNEL,
        kept={"a<1>": clip, "b": clip},
        rejected={"floor": {"c floats <b>": clip}, "length": {}},
        lists={"Files left out": ["<b>.mp4"], "Nothing": []},
    )
    page = report.save(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<h1>&lt;script&gt;</h1>" in page
    assert "<li>&lt;b&gt;.mp4</li>" in page
    assert "<td>length</td><td>3</td><td>7</td>" in page
    assert "Nothing" not in page and "Rejected: length" not in page
    assert page.count("<iframe") == 2
    assert "a<1>" not in page and "floats <b>" not in page
    for outside in ("http://", "https://", "<link"):
        assert outside not in page
