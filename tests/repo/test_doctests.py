"""The examples in the package's docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import mini_vimogen

MODULES = [
    info.name
    for info in pkgutil.walk_packages(mini_vimogen.__path__, "mini_vimogen.")
    if not info.name.endswith("__main__")
]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FINDER = doctest.DocTestFinder(exclude_empty=True)


def examples(name: str) -> list[doctest.DocTest]:
    module = importlib.import_module(name)
    return [test for test in FINDER.find(module) if test.examples]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of(name):
    for test in examples(name):
        said: list[str] = []
        runner = doctest.DocTestRunner(optionflags=FLAGS)
        assert runner.run(test, out=said.append).failed == 0, "".join(said)


def test_there_are_examples():
    assert sum(len(examples(name)) for name in MODULES) >= 10
