import pytest
import torch

from mini_vimogen.metrics.floor import floor_gap
from tests.oracles import standing_clip


def test_a_standing_body_raised_by_a_hand_has_that_gap():
    joints = standing_clip(20).joints()
    assert floor_gap(joints) == pytest.approx(0.0, abs=1e-6)
    up = torch.tensor([0.0, 0.0, 0.1])
    assert floor_gap(joints + up) == pytest.approx(0.1, abs=1e-6)
    assert floor_gap(joints - up) == 0.0


@pytest.mark.parametrize(("on_floor", "gap"), [(8, 0.0), (0, 0.5)])
def test_a_jump_is_no_gap_but_a_flight_without_end_is(on_floor, gap):
    joints = torch.full((40, 3, 3), 0.5)
    joints[:on_floor, 1, 2] = 0.0
    assert floor_gap(joints) == pytest.approx(gap)


def test_one_low_frame_does_not_bring_a_body_down():
    joints = torch.full((40, 3, 3), 0.5)
    joints[3, 1, 2] = -0.2
    assert floor_gap(joints) == pytest.approx(0.5)


def test_the_axis_of_height():
    joints = torch.zeros(5, 2, 3)
    joints[..., 1] = 0.3
    assert floor_gap(joints, up_axis=1) == pytest.approx(0.3)
    assert floor_gap(joints) == 0.0


@pytest.mark.parametrize(
    ("joints", "message"),
    [
        (torch.zeros(2, 3), "one clip"),
        (torch.zeros(0, 2, 3), "at least 1 frame"),
        (torch.full((2, 2, 3), torch.nan), "must be finite"),
    ],
)
def test_bad_joints(joints, message):
    with pytest.raises(ValueError, match=message):
        floor_gap(joints)
