"""``make looks``: every figure of a lesson is on its sheet, whole."""

import base64
import runpy
from io import BytesIO
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from mini_vimogen.render import Player
from tests.oracles import standing_clip

ROOT = Path(__file__).resolve().parents[2]
COLOURS = ["#ff0000", "#00ff00", "#0000ff"]


@pytest.fixture(scope="module")
def looks():
    """The names of the script, without running it as one."""
    return runpy.run_path(str(ROOT / "book" / "looks.py"))


@pytest.fixture
def notebook(tmp_path) -> Path:
    """Three cells: text, a picture, two pictures; 50 x 20 pixels and up."""

    def output(number):
        buffer = BytesIO()
        size = (50 + 200 * number, 20 + 10 * number)
        Image.new("RGB", size, COLOURS[number]).save(buffer, "PNG")
        return nbformat.v4.new_output(
            "display_data",
            {"image/png": base64.b64encode(buffer.getvalue()).decode()},
            metadata={"image/png": {"alt": f"picture {number} " * 20}},
        )

    words = nbformat.v4.new_output("stream", text="hello")
    outputs = [[words], [output(0)], [output(1), output(2)]]
    cells = [nbformat.v4.new_code_cell(outputs=made) for made in outputs]
    path = tmp_path / "07_x.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_every_picture_is_found_with_its_description(looks, notebook):
    found = looks["figures"](notebook)
    assert [picture.size for _, picture in found] == [
        (50, 20),
        (250, 30),
        (450, 40),
    ]
    assert found[0][0].startswith("cell 1: picture 0")
    assert found[2][0].startswith("cell 2: picture 2")


def test_the_sheet_holds_every_picture_whole(looks, notebook):
    page = np.asarray(looks["sheet"](looks["figures"](notebook)))
    wanted = [50 * 20, 250 * 30, 450 * 40]
    for colour, pixels in zip(np.eye(3) * 255, wanted, strict=True):
        assert (page == colour).all(axis=-1).sum() == pixels


def test_long_descriptions_stay_on_the_sheet(looks, notebook):
    page = looks["sheet"](looks["figures"](notebook))
    right_margin = np.asarray(page.convert("L"))[:, -4:]
    assert (right_margin == 255).all()
    dark = np.asarray(page.convert("L")) < 64
    assert dark.sum() > 3000  # three captions of several lines each


def test_no_lesson_executed_is_said_and_fails(looks, tmp_path, capsys):
    main = looks["main"]
    main.__globals__.update(EXECUTED=tmp_path / "none", LOOKS=tmp_path / "to")
    assert main() == 2
    assert "no lesson was executed" in capsys.readouterr().err


def test_sheets_are_written_for_every_lesson(
    looks, notebook, tmp_path, monkeypatch
):
    main = looks["main"]
    target = tmp_path / "to"
    monkeypatch.setattr("shutil.which", lambda name: None)
    main.__globals__.update(EXECUTED=notebook.parent, LOOKS=target)
    assert main() == 0
    assert [p.name for p in target.iterdir()] == ["07_x_figures.png"]


@pytest.mark.chromium
def test_a_player_far_down_a_page_is_painted(looks, chromium, tmp_path):
    player = Player(standing_clip())._repr_mimebundle_()["text/html"]
    page = tmp_path / "long.html"
    page.write_text(
        "<!DOCTYPE html><body style='margin:0'>"
        f"<div style='height:5000px'></div>{player}"
    )
    looks["screenshots"].__globals__.update(
        LOOKS=tmp_path, WIDTHS={"phone": 390}
    )
    looks["screenshots"]([page], chromium)
    taken = np.asarray(Image.open(tmp_path / "long_phone.png").convert("RGB"))
    blue = (taken == [0, 79, 140]).all(axis=-1)
    assert taken.shape[1] == 390 and taken.shape[0] > 5400
    assert blue[5000:].sum() > 100 and not blue[:5000].any()
