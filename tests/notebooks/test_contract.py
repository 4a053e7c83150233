"""Each lesson keeps the contract; each rule of the contract can be broken."""

import re
import warnings

import pytest

from tests.notebooks.contract import (
    HEADER,
    RULES,
    WANTED_LINES,
    cited,
)
from tests.notebooks.lifting import (
    LESSONS,
    ROOT,
    directives,
    lesson_from_text,
    read_lesson,
)

every_lesson = pytest.mark.parametrize(
    "path", LESSONS, ids=[path.stem for path in LESSONS]
)


@every_lesson
@pytest.mark.parametrize("rule", RULES)
def test_lesson_keeps_the_contract(path, rule):
    problems = list(RULES[rule](read_lesson(path)))
    assert not problems, "\n".join(problems)


@every_lesson
def test_header_is_the_kernel_and_nothing_more(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith(HEADER + "\n# %% [markdown]\n")
    assert "\r" not in text


@every_lesson
def test_citations_are_in_the_bibliography(path):
    bibliography = (ROOT / "book" / "references.bib").read_text("utf-8")
    keys = set(re.findall(r"^@\w+\{([^,\s]+),", bibliography, flags=re.M))
    assert set(cited(read_lesson(path))) <= keys


@every_lesson
def test_cells_longer_than_wanted_are_reported(path):
    lesson = read_lesson(path)
    words = len(lesson.prose.split())
    long = [c.number for c in lesson.code if c.lines > WANTED_LINES]
    print(f"{path.stem}: {words} words, {len(lesson.code)} code cells")
    if long:
        warnings.warn(
            f"{path.stem}: cells {long} have over {WANTED_LINES} lines",
            stacklevel=1,
        )
    assert words > 0 and lesson.code


GOOD = (
    HEADER
    + '''
# %% [markdown]
# # 0. A line is a tensor
#
# What numbers make a line?
#
# :::{admonition} In this lesson
# **You will**
# - see a line
# - build a line
# - measure a line
#
# **You need to have read:** nothing
#
# **CPU time:** 1 s
#
# **Paper section:** none
# :::

# %% tags=["hide-input"]
import time

import torch
from mini_vimogen.render.theme import show

started = time.process_time()
SCALE = 2.0

# %%
show(line_figure(), alt="A straight line from the lower left to the top")

# %% [markdown]
# ## Doubling, from scratch
#
# $$ y = 2 x $$ (eq-double)

# %%
def double(x):
    """Twice x."""
    return SCALE * x

# %% [markdown]
# ## The package's version

# %%
from operator import add as package_double

# %% [markdown]
# ## They agree

# %%
x = torch.ones(3)
torch.testing.assert_close(double(x), package_double(x, x))

# %% [markdown]
# ## Break it on purpose
#
# ````{exercise}
# :label: ex-00-one
# Halve it.
# ````
#
# ````{solution} ex-00-one
# :class: dropdown
# ```python
# assert double(0.5) == 1.0
# ```
# ````
#
# :::{exercise}
# :label: ex-00-two
# Again.
# :::
#
# ````{solution} ex-00-two
# :class: dropdown
# ```python
# halves = x / 2
# torch.testing.assert_close(double(halves), x)
# ```
# ````

# %% [markdown]
# ## What you can do now
#
# :::{admonition} What the paper does differently
# Nothing.
# :::
#
# ## Further reading
#
# {cite}`zhou2019continuity`

# %%
print(f"CPU time: {time.process_time() - started:.1f} s")
'''
)


def problems_of(text: str) -> set[str]:
    lesson = lesson_from_text(text, name="00_line")
    return {name for name, rule in RULES.items() if list(rule(lesson))}


def test_a_good_lesson_has_no_problems():
    assert problems_of(GOOD) == set()


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("opening", "# # 0. A line", "# # 1. A line"),
        ("opening", "make a line?", "make a line."),
        ("opening", "# - see a line\n", ""),
        ("opening", "**CPU time:**", "**Time:**"),
        ("opening", "{admonition} In this", "{note} In this"),
        ("cell_length", "SCALE = 2.0\n", "SCALE = 2.0\n" + "x = 1\n" * 25),
        ("scratch_then_package", "## The package's version", "## Package"),
        ("scratch_then_package", "torch.testing.assert_close(", "print("),
        ("picture_before_formula", "# What numbers", "# $$x$$\n# What numbers"),
        ("described_figures", 'alt="A straight line from', 'text="A line'),
        ("described_figures", "A straight line from the lower left to the", ""),
        ("described_figures", "show(line_figure()", "plt.show(line_figure()"),
        ("nothing_from_outside", "import time\n", "import urllib.request\n"),
        ("nothing_from_outside", "SCALE = 2.0", "# !pip install x"),
        ("nothing_from_outside", "SCALE = 2.0", "# %pip install x"),
        ("nothing_from_outside", "SCALE = 2.0", 'SCALE = "/data/x.npz"'),
        ("nothing_from_outside", "SCALE = 2.0", 'SCALE = "~/x.npz"'),
        ("exercises", "# :label: ex-00-two\n", ""),
        ("exercises", ":class: dropdown", ":class: tip"),
        ("exercises", "assert double(0.5) == 1.0", "double(0.5)"),
        ("exercises", "{solution} ex-00-one", "{solution} ex-00-none"),
        ("closing", "## Break it", "## Look at it"),
        ("closing", "What the paper does differently", "Aside"),
        ("closing", "{cite}`zhou2019continuity`", "Read more."),
        ("closing", "## What you can do now", "## Summary"),
        ("closing", 'print(f"CPU time:', 'print(f"Time:'),
    ],
)
def test_each_rule_sees_its_violation(rule, old, new):
    assert old in GOOD
    assert rule in problems_of(GOOD.replace(old, new))


def test_directives_read_both_fences_and_their_options():
    prose = lesson_from_text(GOOD).prose
    first, second = directives(prose, "solution")
    assert first.argument == "ex-00-one"
    assert first.options == {"class": "dropdown"}
    assert first.python() == "assert double(0.5) == 1.0\n"
    labels = [d.options["label"] for d in directives(prose, "exercise")]
    assert labels == ["ex-00-one", "ex-00-two"]
    assert "halves" in second.python()
