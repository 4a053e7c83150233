import pytest
import torch

from mini_vimogen.representation import vimo151
from mini_vimogen.representation.layout import Layout

TOY = Layout("toy", {"contacts": (4,), "turns": (2, 3)})


def test_blocks_are_in_order_disjoint_and_fill_the_width():
    for layout in (TOY, vimo151.LAYOUT):
        at = 0
        for block in layout:
            assert layout.slice(block).start == at
            at = layout.slice(block).stop
        assert at == layout.width
    assert vimo151.LAYOUT.width == 151


def test_join_and_split_undo_each_other():
    features = torch.arange(20.0).reshape(2, 10)
    parts = TOY.split(features)
    assert parts["turns"].shape == (2, 2, 3)
    assert torch.equal(TOY.join(**parts), features)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: TOY.slice("root"), "no block 'root'; it has contacts, turns"),
        (lambda: TOY.split(torch.zeros(9)), r"\[..., 10\] \(layout toy\), got"),
        (lambda: TOY.join(contacts=torch.zeros(4)), "wants the blocks"),
        (
            lambda: TOY.join(contacts=torch.zeros(4), turns=torch.zeros(6)),
            r"turns must have shape \[..., 2, 3\], got \[6\]",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
