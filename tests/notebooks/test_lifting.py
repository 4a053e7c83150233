"""Definitions are lifted out of a lesson with what they need, and no more."""

import pytest

from tests.notebooks.lifting import (
    functions_under,
    lesson_from_text,
    lift,
    names_bound_and_used,
)

TEXT = '''
# %% [markdown]
# ## From scratch
# ```python
# # not a heading
# ```

# %%
# %load_ext autoreload
import math

HALF = 0.5
unused = 1 / 0

# %%
def area(radius, HALF_TURN=1):
    """Uses a constant, a module and a later function."""
    total = circle(radius) * HALF
    return total

# %%
def circle(radius):
    return math.pi * radius**2

total = unused  # a local of area() has this name too
raise RuntimeError("a lesson is not run")

# %% [markdown]
# ## Elsewhere

# %%
def other():
    return 1
'''


def test_lift_runs_only_what_is_needed():
    names = lift(lesson_from_text(TEXT), ["area"])
    assert names["area"](2.0) == pytest.approx(2 * 3.14159265, rel=1e-6)
    assert "other" not in names and "unused" not in names


def test_lift_follows_assignments():
    with pytest.raises(ZeroDivisionError):
        lift(lesson_from_text(TEXT), ["total"])


def test_functions_are_found_under_their_heading():
    found = functions_under(lesson_from_text(TEXT), "from scratch")
    assert list(found) == ["area", "circle"]


def test_names_of_functions_are_told_from_names_of_the_module():
    bound, used = names_bound_and_used(
        "def f(a, b=outer):\n    local = a + glob\n    return local\n"
    )
    assert bound == {"f"}
    assert used == {"outer", "glob"}
