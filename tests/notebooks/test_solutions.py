"""The solution of every exercise runs on the lesson's own definitions."""

import pytest

from tests.notebooks.lifting import (
    LESSONS,
    directives,
    lift,
    names_bound_and_used,
    read_lesson,
)

SOLUTIONS = [
    pytest.param(path, solution, id=f"{path.stem[:2]}-{solution.argument}")
    for path in LESSONS
    for solution in directives(read_lesson(path).prose, "solution")
]


@pytest.mark.skipif(not LESSONS, reason="no lesson exists yet")
def test_there_are_solutions():
    assert len(SOLUTIONS) >= 2 * len(LESSONS)


@pytest.mark.parametrize(("path", "solution"), SOLUTIONS)
def test_solution_runs(path, solution):
    code = solution.python()
    bound, used = names_bound_and_used(code)
    namespace = lift(read_lesson(path), used - bound)
    exec(compile(code, f"{path.name}:{solution.argument}", "exec"), namespace)
