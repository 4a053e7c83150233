"""The contract of a lesson, as rules over its text. CONTRIBUTING.md states it.

A rule takes a ``Lesson`` and yields one sentence for each thing that is wrong.
"""

import ast
import re
from collections.abc import Callable, Iterator

from tests.notebooks.lifting import Cell, Lesson, directives

HEADER = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---
"""
BOX_LABELS = ("You will", "You need to have read", "CPU time", "Paper section")
SCRATCH, PACKAGE, AGREE = "From scratch", "The package's version", "They agree"
BREAK, ANSWERS = "Break it", "What you can do now"
READING = "Further reading"
PAPER_BOX = "What the paper does differently"
WANTED_LINES, MAX_LINES = 15, 25
MIN_ALT = 20
_FORBIDDEN_MODULES = {
    *("urllib", "requests", "httpx", "aiohttp", "ftplib", "socket", "wget"),
    *("subprocess", "huggingface_hub", "gdown", "pip"),
}
_SHELL = re.compile(
    r"^\s*#?\s*(!|%pip|%conda|%run|%store|%%bash)"
    r"|\b(pip3? install|wget|curl)\b",
    re.MULTILINE,
)
_ABSOLUTE = re.compile(r"^(/\w|~|[A-Za-z]:[\\/]|file:)")
_PAPER_LINK = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")


def opening(lesson: Lesson) -> Iterator[str]:
    """Title with the lesson's number, the question, the box."""
    first = lesson.cells[0]
    title = re.match(r"# (\d+)\. \S", first.text)
    if first.kind != "markdown" or not title:
        yield "the first cell must open with '# N. Title'"
        return
    if int(title[1]) != int(lesson.name[:2]):
        yield f"the title says lesson {title[1]}, the file {lesson.name[:2]}"
    before_box = re.split(r"^(?:`{3,}|:{3,})\{", first.text, flags=re.M)[0]
    if not before_box.rstrip().endswith("?"):
        yield "a question must stand between the title and the box"
    boxes = directives(first.text, "admonition")
    if not boxes:
        yield "the first cell must hold the box, an {admonition}"
        return
    yield from _box_problems(boxes[0].body)


def _box_problems(box: str) -> Iterator[str]:
    places = [box.find(f"**{label}") for label in BOX_LABELS]
    for label, place in zip(BOX_LABELS, places, strict=True):
        if place < 0:
            yield f"the box lacks '**{label}**'"
    if min(places) >= 0:
        if places != sorted(places):
            yield f"the box must say, in order: {', '.join(BOX_LABELS)}"
        goals = re.findall(r"^\s*[-*] ", box[: places[1]], flags=re.M)
        if len(goals) != 3:
            yield f"'You will' must have three bullets, it has {len(goals)}"


def cell_length(lesson: Lesson) -> Iterator[str]:
    """No code cell over MAX_LINES lines."""
    for cell in lesson.code:
        if cell.lines > MAX_LINES:
            yield (
                f"cell {cell.number} has {cell.lines} lines, at most "
                f"{MAX_LINES} (better {WANTED_LINES})"
            )


def scratch_then_package(lesson: Lesson) -> Iterator[str]:
    """From scratch, the package's version, they agree: in this order."""
    order = (SCRATCH, PACKAGE, AGREE)
    stages = [
        (number, stage)
        for number, _, text in lesson.headings()
        for stage in order
        if stage.lower() in text.lower()
    ]
    said = [stage for _, stage in stages]
    if not said or said != list(order) * (len(said) // 3):
        yield (
            f"headings must run '{SCRATCH}', '{PACKAGE}', '{AGREE}' (once or "
            f"more), they run {said}"
        )
    for number, stage in stages:
        if stage == AGREE and "assert_close" not in _code_after(lesson, number):
            yield f"'{AGREE}' (cell {number}) must call assert_close"


def _code_after(lesson: Lesson, number: int) -> str:
    """Code between a cell with a heading and the next heading."""
    later = [n for n, _, _ in lesson.headings() if n > number]
    end = min(later, default=len(lesson.cells))
    return "\n".join(c.text for c in lesson.code if number < c.number < end)


def picture_before_formula(lesson: Lesson) -> Iterator[str]:
    """One picture made by code stands before any displayed formula."""
    formula = next(
        (
            cell.number
            for cell in lesson.cells
            if cell.kind == "markdown"
            and ("$$" in cell.text or "{math}" in cell.text)
        ),
        len(lesson.cells),
    )
    shown = [cell.number for cell, _ in _calls(lesson, "show")]
    if not shown or min(shown) > formula:
        yield f"a picture (a show(...) call) must precede cell {formula}"


def described_figures(lesson: Lesson) -> Iterator[str]:
    """Every figure goes through ``show(figure, alt="...")``."""
    for cell, call in _calls(lesson, "show"):
        if isinstance(call.func, ast.Attribute):
            if getattr(call.func.value, "id", "") in ("plt", "pyplot"):
                yield f"cell {cell.number} uses plt.show; use show(figure, ...)"
            continue
        alt = next((k.value for k in call.keywords if k.arg == "alt"), None)
        if alt is None or len(_literal_text(alt)) < MIN_ALT:
            yield (
                f"cell {cell.number}: show(...) needs alt= with a description "
                f"of at least {MIN_ALT} characters"
            )


def nothing_from_outside(lesson: Lesson) -> Iterator[str]:
    """No downloads, no shell, no absolute path, no other lesson's state."""
    for cell in lesson.code:
        if found := _SHELL.search(cell.text):
            yield f"cell {cell.number} runs a command: {found[0].strip()!r}"
        for node in ast.walk(cell.tree()):
            for module in _imported(node):
                if module.split(".")[0] in _FORBIDDEN_MODULES:
                    yield f"cell {cell.number} imports {module}"
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if _ABSOLUTE.match(node.value):
                    yield f"cell {cell.number} has a path {node.value!r}"


def exercises(lesson: Lesson) -> Iterator[str]:
    """Two or three exercises, each with a folded, self-checking solution."""
    asked = [
        d.options.get("label") for d in directives(lesson.prose, "exercise")
    ]
    solved = directives(lesson.prose, "solution")
    if len(asked) not in (2, 3):
        yield f"there must be two or three exercises, there are {len(asked)}"
    answered = [solution.argument for solution in solved]
    if answered != asked:
        yield (
            f"exercises {asked} need solutions of the same labels in the same "
            f"order, there are {answered}"
        )
    for solution in solved:
        if "dropdown" not in solution.options.get("class", ""):
            yield f"solution {solution.argument} needs ':class: dropdown'"
        if "assert" not in solution.python():
            yield (
                f"solution {solution.argument} needs a ```python block with "
                "an assert"
            )


def closing(lesson: Lesson) -> Iterator[str]:
    """Broken once; the paper's difference; reading; answers; CPU time last."""
    texts = [text for _, _, text in lesson.headings()]
    if not any(BREAK.lower() in text.lower() for text in texts):
        yield f"a heading must hold '{BREAK}'"
    boxes = [box.argument for box in directives(lesson.prose, "admonition")]
    if PAPER_BOX not in boxes:
        yield f"an {{admonition}} must be called '{PAPER_BOX}'"
    if not cited(lesson):
        yield "further reading must cite with {cite}`key`"
    sections = [text for _, level, text in lesson.headings() if level == 2]
    last = [text for text in sections if text != READING][-1:]
    if last != [ANSWERS]:
        yield f"the last section must be '## {ANSWERS}', it is {last}"
    final = lesson.code[-1].text if lesson.code else ""
    if "process_time" not in final or "CPU time" not in final:
        yield "the last code cell must print 'CPU time: ... s' (process_time)"


def cited(lesson: Lesson) -> list[str]:
    """Keys that the lesson cites."""
    keys = _PAPER_LINK.findall(lesson.prose)
    return [key.strip() for group in keys for key in group.split(",")]


RULES: dict[str, Callable[[Lesson], Iterator[str]]] = {
    rule.__name__: rule
    for rule in (
        opening,
        cell_length,
        scratch_then_package,
        picture_before_formula,
        described_figures,
        nothing_from_outside,
        exercises,
        closing,
    )
}


def _calls(lesson: Lesson, name: str) -> Iterator[tuple[Cell, ast.Call]]:
    for cell in lesson.code:
        for node in ast.walk(cell.tree()):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", None)
                if name in (called, getattr(node.func, "id", None)):
                    yield cell, node


def _literal_text(node: ast.expr) -> str:
    """The literal part of a string, an f-string or a sum of them."""
    return "".join(
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
