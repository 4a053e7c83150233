"""What only an executed lesson shows: CPU time, descriptions, page contents.

``pytest --nbmake notebooks --overwrite`` executes the lessons. Without that,
or when a lesson was changed since, these tests are skipped; with
``--executed`` (as in ``make test``) they fail.
"""

import re
from html.parser import HTMLParser

import nbformat
import pytest

from tests.notebooks.contract import MIN_ALT
from tests.notebooks.lifting import EXECUTED, LESSONS, ROOT, read_lesson

CPU_SECONDS, CPU_SECONDS_OF = 120, {"02": 240, "07": 240}
SLACK = 2  # a loaded machine's CPU seconds are longer
_CALLS_OUT = re.compile(r"\b(?:src|href|poster)=[\"']?(?:https?:)?//")


@pytest.fixture(params=LESSONS, ids=[path.stem for path in LESSONS])
def notebook(request):
    """The executed notebook of one lesson, of the same code as the lesson."""
    path = EXECUTED / f"{request.param.stem}.ipynb"
    missing = pytest.fail if request.config.getoption("--executed") else None
    refuse = missing or pytest.skip
    if not path.is_file():
        refuse(f"{path.name} was not executed: run make notebooks")
    executed = nbformat.read(path, as_version=4)
    source = [cell.text for cell in read_lesson(request.param).cells]
    if [cell.source for cell in executed.cells] != source:
        refuse(f"{path.name} is older than its lesson: run make notebooks")
    executed.metadata["lesson"] = request.param.stem
    return executed


def outputs(notebook):
    """(cell number, output) of every output of a notebook."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            yield number, output


class _Pictures(HTMLParser):
    """The images and frames of a piece of HTML, with their descriptions."""

    def __init__(self):
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        if tag in ("img", "iframe"):
            said = [v for k, v in attrs if k in ("alt", "title", "aria-label")]
            self.found.append((tag, max([*filter(None, said), ""], key=len)))


def undescribed_images(notebook) -> list[str]:
    """Images and frames among the outputs without a description."""
    found = []
    for number, output in outputs(notebook):
        data = output.get("data", {})
        for mime in data:
            if mime.startswith("image/"):
                alt = output.metadata.get(mime, {}).get("alt", "")
                if len(alt) < MIN_ALT:
                    found.append(f"cell {number}: {mime} has alt {alt!r}")
        pictures = _Pictures()
        pictures.feed(data.get("text/html", ""))
        for tag, said in pictures.found:
            if len(said) < MIN_ALT:
                found.append(f"cell {number}: <{tag}> says {said!r}")
    return found


def test_cpu_time_is_within_the_budget(notebook):
    lesson = notebook.metadata["lesson"]
    streams = [o for _, o in outputs(notebook) if o.output_type == "stream"]
    printed = re.search(r"CPU time: ([\d.]+) s", streams[-1].text)
    assert printed, f"the last output is {streams[-1].text!r}"
    budget = CPU_SECONDS_OF.get(lesson[:2], CPU_SECONDS)
    print(f"{lesson}: {printed[1]} of {budget} CPU seconds")
    assert float(printed[1]) <= SLACK * budget


def test_every_code_cell_ran(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code and all(cell.execution_count for cell in code if cell.source)
    for cell in code:
        failed = [o for o in cell.outputs if o.output_type == "error"]
        assert not failed or "raises-exception" in cell.metadata.get("tags", ())


def test_every_image_is_described(notebook):
    shown = [
        o for _, o in outputs(notebook) if "image/png" in o.get("data", {})
    ]
    assert shown, "the lesson shows no picture"
    assert undescribed_images(notebook) == []


def test_axes_are_labelled_with_units(notebook):
    for number, output in outputs(notebook):
        ours = output.get("metadata", {}).get("mini_vimogen", {})
        assert ours.get("missing_labels", []) == [], f"cell {number}"


def test_outputs_name_no_place_and_call_nobody(notebook):
    for number, output in outputs(notebook):
        texts = [output.get("text", "")]
        texts += [t for t in output.get("data", {}).values() if type(t) is str]
        for text in texts:
            assert str(ROOT) not in text, f"cell {number} shows a folder"
            assert not _CALLS_OUT.search(text), f"cell {number} calls out"


def test_an_image_without_description_is_seen():
    words = "A person who walks to the right"
    player = f'<iframe srcdoc="a>b" title="{words}"></iframe>'
    output = nbformat.v4.new_output
    cell = nbformat.v4.new_code_cell(
        outputs=[
            output("display_data", {"image/png": "x"}),
            output(
                "display_data",
                {"image/png": "x"},
                metadata={"image/png": {"alt": words}},
            ),
            output("display_data", {"text/html": '<img src="x" alt="short">'}),
            output("display_data", {"text/html": f'<img alt="{words}">'}),
            output("display_data", {"text/html": player}),
        ]
    )
    found = undescribed_images(nbformat.v4.new_notebook(cells=[cell]))
    assert len(found) == 2
    assert "image/png" in found[0] and "<img>" in found[1]
