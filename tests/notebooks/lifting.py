"""Read a lesson as text and lift definitions out of it, without running it.

A lesson is a Jupytext percent file. ``read_lesson`` splits it into cells,
``directives`` finds MyST blocks in its prose, and ``lift`` runs only those
top-level statements on which the wanted names depend.
"""

import ast
import re
import symtable
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import jupytext

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.py"))
EXECUTED = ROOT / "book" / "notebooks"

_MAGIC = re.compile(r"^(\s*)([%!])", flags=re.MULTILINE)
_FENCE = re.compile(r"^\s*(`{3,}|:{3,})\{([\w-]+)\}[ \t]*(.*)$")
_CODE_FENCE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6}) +(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """One cell: its kind ("code" or "markdown"), text and tags."""

    number: int
    kind: str
    text: str
    tags: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        return len(self.text.strip().splitlines())

    def tree(self) -> ast.Module:
        """The cell's syntax tree; magics count as comments."""
        return ast.parse(_MAGIC.sub(r"\1# \2", self.text))


@dataclass(frozen=True)
class Directive:
    """A MyST block: ``{name} argument``, options such as ``:class:``, body."""

    name: str
    argument: str
    options: dict[str, str]
    body: str

    def python(self) -> str:
        """Its fenced Python code, all fences in one text."""
        return "\n".join(_CODE_FENCE.findall(self.body + "\n"))


@dataclass(frozen=True)
class Lesson:
    """A lesson's cells in order; ``name`` is the file's stem."""

    name: str
    cells: tuple[Cell, ...]

    @property
    def prose(self) -> str:
        return "\n\n".join(c.text for c in self.cells if c.kind == "markdown")

    @property
    def code(self) -> tuple[Cell, ...]:
        return tuple(c for c in self.cells if c.kind == "code")

    def headings(self) -> list[tuple[int, int, str]]:
        """(cell number, level, text) of every heading."""
        return [
            (cell.number, len(marks), text)
            for cell in self.cells
            if cell.kind == "markdown"
            for marks, text in _HEADING.findall(_without_fences(cell.text))
        ]

    def statements(self) -> list[ast.stmt]:
        return [node for cell in self.code for node in cell.tree().body]


def read_lesson(path: Path | str) -> Lesson:
    """A lesson file as cells."""
    return lesson_from_text(
        Path(path).read_text(encoding="utf-8"), name=Path(path).stem
    )


def lesson_from_text(text: str, *, name: str = "lesson") -> Lesson:
    """A lesson from the text of its percent file."""
    cells = jupytext.reads(text, fmt="py:percent").cells
    return Lesson(
        name,
        tuple(
            Cell(
                number,
                cell.cell_type,
                cell.source,
                tuple(cell.metadata.get("tags", ())),
            )
            for number, cell in enumerate(cells)
        ),
    )


def directives(prose: str, name: str) -> list[Directive]:
    """All MyST blocks of one name, backtick or colon fenced, in order."""
    found, lines = [], prose.splitlines()
    for start, line in enumerate(lines):
        opening = _FENCE.match(line)
        if not opening or opening[2] != name:
            continue
        body = []
        for inner in lines[start + 1 :]:
            if inner.strip() == opening[1]:
                break
            body.append(inner)
        options = {}
        while body and (option := re.match(r"\s*:([\w-]+):\s*(.*)$", body[0])):
            options[option[1]] = option[2].strip()
            body.pop(0)
        text = "\n".join(body)
        found.append(Directive(name, opening[3].strip(), options, text))
    return found


def names_bound_and_used(code: str) -> tuple[set[str], set[str]]:
    """Module-level names that the code binds, and those that it reads.

    Names read inside functions and classes count when they are looked up in
    the module; the locals of a function do not.
    """
    bound: set[str] = set()
    used: set[str] = set()

    def visit(table: symtable.SymbolTable) -> None:
        top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if top and (symbol.is_assigned() or symbol.is_imported()):
                bound.add(symbol.get_name())
            looked_up = symbol.is_referenced() and (top or symbol.is_global())
            if looked_up:
                used.add(symbol.get_name())
        for child in table.get_children():
            visit(child)

    visit(symtable.symtable(code, "<lesson>", "exec"))
    return bound, used


def needed_statements(lesson: Lesson, names: Iterable[str]) -> list[ast.stmt]:
    """The top-level statements that bind the names, and what those need.

    Statements that bind nothing (a call, an assert, a figure) are left out.
    """
    statements = [
        (node, *names_bound_and_used(ast.unparse(node)))
        for node in lesson.statements()
    ]
    wanted, taken = set(names), set()
    growing = True
    while growing:
        growing = False
        for index, (_, bound, used) in enumerate(statements):
            if index not in taken and bound & wanted:
                taken.add(index)
                wanted |= used | (bound & wanted)
                growing = True
    return [statements[index][0] for index in sorted(taken)]


def lift(lesson: Lesson, names: Iterable[str]) -> dict[str, object]:
    """Run the statements that the names need; return the namespace."""
    body = needed_statements(lesson, names)
    code = compile(ast.Module(body, type_ignores=[]), lesson.name, "exec")
    namespace: dict[str, object] = {"__name__": f"lesson_{lesson.name}"}
    exec(code, namespace)
    return namespace


def functions_under(lesson: Lesson, heading: str) -> dict[str, ast.FunctionDef]:
    """Functions that the lesson defines under headings holding these words."""
    found, inside, level = {}, False, 0
    for cell in lesson.cells:
        if cell.kind == "markdown":
            for marks, text in _HEADING.findall(_without_fences(cell.text)):
                if heading.lower() in text.lower():
                    inside, level = True, len(marks)
                elif len(marks) <= level:
                    inside = False
        elif inside:
            for node in cell.tree().body:
                if isinstance(node, ast.FunctionDef):
                    found[node.name] = node
    return found


def _without_fences(text: str) -> str:
    """Prose without its fenced blocks: a Python comment is no heading."""
    return re.sub(
        r"^(`{3,}|:{3,}).*?^\1\s*$", "", text, flags=re.DOTALL | re.MULTILINE
    )
