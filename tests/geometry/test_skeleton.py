import pytest
import torch

from mini_vimogen.geometry.skeleton import SMPL22, SMPL24, Skeleton


def test_smpl22_is_the_start_of_smpl24():
    assert SMPL22.names == SMPL24.names[:22]
    assert torch.equal(SMPL22.offsets, SMPL24.offsets[:22])


def test_rest_pose_is_a_person_in_a_t():
    rest = SMPL24.rest_joints
    height = rest[:, 1].max() - rest[:, 1].min()
    assert 1.3 < height < 1.6  # from the toes to the head joint
    span = rest[SMPL24.index("left_wrist"), 0] - rest[21, 0]
    assert 1.2 < span < 1.7
    for left, right in SMPL24.mirror_pairs:
        assert rest[left, 0] > 0 > rest[right, 0]
        assert (
            SMPL24.names[left].replace("left", "right") == SMPL24.names[right]
        )


def test_mirrored_order_is_its_own_inverse():
    order = torch.tensor(SMPL24.mirrored_order)
    assert torch.equal(order[order], torch.arange(24))
    assert (order != torch.arange(24)).sum() == 18


def test_unknown_joint_is_named():
    with pytest.raises(ValueError, match="no joint 'tail'; it has pelvis"):
        SMPL24.index("tail")


@pytest.mark.parametrize(
    "parents, offsets, message",
    [
        ((-1, 0), 3, r"2 names need as many parents and offsets \[2, 3\]"),
        ((-1, 1), 2, "the parent of joint 1 must be one of 0..0, got 1"),
        ((0, 0), 2, "joint 0 must be the root"),
    ],
)
def test_broken_trees_are_refused(parents, offsets, message):
    with pytest.raises(ValueError, match=message):
        Skeleton("toy", ("a", "b"), parents, torch.zeros(offsets, 3))
