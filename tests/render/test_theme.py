"""Figure sizes, labels with units, alt text in what a notebook stores."""

from base64 import b64decode
from io import BytesIO

import matplotlib
import pytest
from PIL import Image

from mini_vimogen.render import theme


@pytest.mark.parametrize("width,pixels", [("page", 800), ("half", 400)])
def test_two_widths(width, pixels):
    picture, axes = theme.figure(width=width, height=2.5, columns=2)
    assert axes.shape == (2,)
    bundle, _ = picture._repr_mimebundle_()
    image = Image.open(BytesIO(b64decode(bundle["image/png"])))
    assert image.size == (pixels, 250)


def test_a_picture_carries_its_description_and_what_it_lacks():
    picture, axes = theme.figure(description='Two lines, "ours" above')
    axes.plot([0, 1], [0, 1])
    axes.set_xlabel(theme.label("time", "s"))
    bundle, metadata = picture._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == 'Two lines, "ours" above'
    assert metadata["mini_vimogen"]["missing_labels"] == ["axes 0: y ''"]
    assert 'alt="Two lines, &quot;ours&quot; above"' in bundle["text/html"]
    axes.set_ylabel(theme.label("height", "m"))
    assert theme.missing_labels(picture) == []


def test_labels_without_brackets_are_missing_and_named_ticks_need_none():
    picture, axes = theme.figure(columns=3)
    axes[0].plot([0, 1], [0, 1])
    axes[0].set(xlabel="time", ylabel="height (m)")
    axes[1].bar(["ours", "mean"], [1, 2])
    axes[1].set_ylabel("error (mm)")
    axes[2].set_axis_off()
    assert theme.missing_labels(picture) == ["axes 0: x 'time'"]


def test_inner_axes_of_a_shared_row_need_no_labels():
    picture, axes = theme.figure(columns=2, sharey=True)
    for one in axes:
        one.plot([0, 1], [0, 1])
        one.set_xlabel("time (s)")
    axes[0].set_ylabel("height (m)")
    assert theme.missing_labels(picture) == []


def test_pictures_never_enter_pyplot():
    import matplotlib.pyplot as plt

    theme.figure()
    assert plt.get_fignums() == []


def test_show_displays_once_with_its_description(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    picture, _ = theme.figure()
    theme.show(picture, alt="A person who waves with the left hand")
    assert shown == [picture]
    assert picture.description == "A person who waves with the left hand"
    with pytest.raises(ValueError, match="alt must describe the picture"):
        theme.show(picture, alt="figure")


def test_theme_is_only_global_when_asked_for():
    before = matplotlib.rcParams["axes.grid"]
    theme.figure()
    assert matplotlib.rcParams["axes.grid"] == before
    with matplotlib.rc_context():
        theme.use_theme()
        assert matplotlib.rcParams["axes.titlesize"] == 10


@pytest.mark.parametrize(
    "arguments,said",
    [
        ({"width": "wide"}, "width must be one of page, half, got 'wide'"),
        ({"height": 0}, r"height must be within 0\.\.100 inches, got 0"),
        ({"height": 400}, r"height must be within 0\.\.100 inches, got 400"),
    ],
)
def test_odd_sizes_are_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        theme.figure(**arguments)


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="unit must be None or one of m, mm"):
        theme.label("height", "metres")
