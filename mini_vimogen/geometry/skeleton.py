"""Skeletons: names, parents, rest offsets, left-right pairs."""

from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A tree of joints in its rest pose.

    Args:
        name: how errors speak of it.
        names: one name a joint; the root comes first.
        parents: index of each joint's parent, -1 for the root. A parent always
            stands before its children.
        offsets: [joints, 3] metres from the parent to the joint in the rest
            pose, in body axes: x to the body's left, y up, z forward. The
            root's row is zero.
        mirror_pairs: (left, right) joint indices.

    Raises:
        ValueError: sizes differ, or the parents are not a tree in order.
    """

    name: str
    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Tensor = field(repr=False)
    mirror_pairs: tuple[tuple[int, int], ...] = field(default=(), repr=False)

    def __post_init__(self):
        joints = len(self.names)
        if len(self.parents) != joints or self.offsets.shape != (joints, 3):
            raise ValueError(
                f"skeleton {self.name}: {joints} names need as many parents "
                f"and offsets [{joints}, 3], got {len(self.parents)} parents "
                f"and offsets {list(self.offsets.shape)}"
            )
        if joints == 0 or self.parents[0] != -1:
            raise ValueError(f"skeleton {self.name}: joint 0 must be the root")
        for joint, parent in enumerate(self.parents[1:], start=1):
            if not 0 <= parent < joint:
                raise ValueError(
                    f"skeleton {self.name}: the parent of joint {joint} must "
                    f"be one of 0..{joint - 1}, got {parent}"
                )

    def __len__(self) -> int:
        return len(self.names)

    def index(self, joint_name: str) -> int:
        """Index of a joint.

        >>> SMPL24.index("head")
        15
        """
        if joint_name not in self.names:
            raise ValueError(
                f"skeleton {self.name} has no joint {joint_name!r}; it has "
                + ", ".join(self.names)
            )
        return self.names.index(joint_name)

    @cached_property
    def mirrored_order(self) -> tuple[int, ...]:
        """Joint indices with left and right exchanged."""
        order = list(range(len(self)))
        for left, right in self.mirror_pairs:
            order[left], order[right] = right, left
        return tuple(order)

    @cached_property
    def rest_joints(self) -> Tensor:
        """[joints, 3] rest pose in body axes, root at the origin."""
        rest = [self.offsets[0]]
        for joint in range(1, len(self)):
            rest.append(rest[self.parents[joint]] + self.offsets[joint])
        return torch.stack(rest)

    def same_as(self, other: "Skeleton") -> bool:
        """True if joints, parents and offsets agree (to 0.1 mm)."""
        return (
            self.names == other.names
            and self.parents == other.parents
            and torch.allclose(self.offsets, other.offsets, rtol=0, atol=1e-4)
        )


# SMPL joint order; offsets in metres from parent to child, as used by EDGE.
# Columns: name, parent, x (left), y (up), z (forward).
_SMPL_TABLE = (
    ("pelvis", -1, 0.0, 0.0, 0.0),
    ("left_hip", 0, 0.05858135, -0.08228004, -0.01766408),
    ("right_hip", 0, -0.06030973, -0.09051332, -0.01354254),
    ("spine1", 0, 0.00443945, 0.12440352, -0.03838522),
    ("left_knee", 1, 0.04345142, -0.38646945, 0.008037),
    ("right_knee", 2, -0.04325663, -0.38368791, -0.00484304),
    ("spine2", 3, 0.00448844, 0.1379564, 0.02682033),
    ("left_ankle", 4, -0.01479032, -0.42687458, -0.037428),
    ("right_ankle", 5, 0.01905555, -0.4200455, -0.03456167),
    ("spine3", 6, -0.00226458, 0.05603239, 0.00285505),
    ("left_foot", 7, 0.04105436, -0.06028581, 0.12204243),
    ("right_foot", 8, -0.03483987, -0.06210566, 0.13032329),
    ("neck", 9, -0.0133902, 0.21163553, -0.03346758),
    ("left_collar", 9, 0.07170245, 0.11399969, -0.01889817),
    ("right_collar", 9, -0.08295366, 0.11247234, -0.02370739),
    ("head", 12, 0.01011321, 0.08893734, 0.05040987),
    ("left_shoulder", 13, 0.12292141, 0.04520509, -0.019046),
    ("right_shoulder", 14, -0.11322832, 0.04685326, -0.00847207),
    ("left_elbow", 16, 0.2553319, -0.01564902, -0.02294649),
    ("right_elbow", 17, -0.26012748, -0.01436928, -0.03126873),
    ("left_wrist", 18, 0.26570925, 0.01269811, -0.00737473),
    ("right_wrist", 19, -0.26910836, 0.00679372, -0.00602676),
    ("left_hand", 20, 0.08669055, -0.01063603, -0.01559429),
    ("right_hand", 21, -0.0887537, -0.00865157, -0.01010708),
)


def _from_table(name: str, joints: int) -> Skeleton:
    rows = _SMPL_TABLE[:joints]
    names = tuple(row[0] for row in rows)
    pairs = tuple(
        (names.index(n), names.index(n.replace("left", "right")))
        for n in names
        if n.startswith("left")
    )
    return Skeleton(
        name=name,
        names=names,
        parents=tuple(row[1] for row in rows),
        offsets=torch.tensor([row[2:] for row in rows]),
        mirror_pairs=pairs,
    )


SMPL24 = _from_table("SMPL24", 24)
"""The 24 joints of SMPL, with EDGE's rest offsets; used by ViMo."""

SMPL22 = _from_table("SMPL22", 22)
"""SMPL24 without the hands; used by ViMoGen."""
