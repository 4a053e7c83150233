"""What of a motion is known, written as the features of a network.

Frames and joints come as separate masks that broadcast: known_frames(...) &
known_joints(...) is both. What "known" promises after decoding:

- Joint rotations come back as they were given, to float precision.
- World form (``vimo151.LAYOUT``): so does everything else.
- Camera form (``CAMERA_LAYOUT``): the root's rotation relative to the camera
  and its height too, but not where it stands. The root moves by velocities,
  and decoding adds them up from the first frame, which is put at the origin. So
  known frames in one piece are exact up to that level shift; a second piece,
  after a gap, stands where the velocities made up for the gap lead.
  ``gaps.reach`` takes it to a given place, and says how far off it was.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from mini_vimogen.geometry.kinematics import FOOT_JOINTS
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.representation.layout import Layout
from mini_vimogen.representation.vimo151 import CAMERA_LAYOUT


def _limb(side: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{side}_{name}" for name in names)


_LEG = "hip", "knee", "ankle", "foot"
_ARM = "collar", "shoulder", "elbow", "wrist", "hand"

PARTS = {
    "left_leg": ("pelvis", *_limb("left", *_LEG)),
    "right_leg": ("pelvis", *_limb("right", *_LEG)),
    "legs": ("pelvis", *_limb("left", *_LEG), *_limb("right", *_LEG)),
    "torso": ("spine1", "spine2", "spine3"),
    "head": ("neck", "head"),
    "left_arm": _limb("left", *_ARM),
    "right_arm": _limb("right", *_ARM),
    "arms": (*_limb("left", *_ARM), *_limb("right", *_ARM)),
}
"""Names for joints that go together. A leg brings the pelvis with it: without
the root its foot would not stay where it stood. An arm does not: it stays as it
was on the body, wherever that goes. "head" is the part, with the neck."""


def known_joints(
    names: Sequence[str], *, layout: Layout = CAMERA_LAYOUT
) -> Tensor:
    """Features that say how some joints move, bool [1, 151].

    Args:
        names: joints of SMPL24 or parts of ``PARTS``; together at least one.
            The pelvis stands for the root: its rotation and where it goes.
        layout: form of the features.

    Returns:
        True for the rotations of these joints relative to their parents. A
        foot's contact is known where everything that moves that foot is: the
        root and all joints above it.

    Raises:
        ValueError: an unknown name, or none.

    >>> known_joints(["legs"])[0, :7].all().item()
    True
    >>> known_joints(["arms"]).sum().item() == 10 * 6
    True
    """
    if isinstance(names, str) or not names:
        raise ValueError(
            f"names must list at least one joint or part, got {names!r}"
        )
    joints = set()
    for name in names:
        if name not in PARTS and name not in SMPL24.names:
            raise ValueError(
                f"there is no joint or part {name!r}; there are "
                + ", ".join((*PARTS, *SMPL24.names))
            )
        joints |= {SMPL24.index(one) for one in PARTS.get(name, (name,))}
    parts = {
        block: torch.zeros(shape, dtype=torch.bool)
        for block, shape in layout.shapes.items()
    }
    parts["rot6d"][sorted(joints)] = True
    for foot, joint in enumerate(FOOT_JOINTS):
        parts["contacts"][foot] = _above(joint) <= joints
    for block in parts.keys() - {"rot6d", "contacts"}:
        parts[block][:] = 0 in joints
    return layout.join(**parts)[None]


def known_frames(frames: int, spans: Sequence[tuple[int, int]]) -> Tensor:
    """Frames that are known whole, bool [frames, 1].

    Args:
        frames: of the motion.
        spans: (start, stop) of each known stretch, stop not included: for an
            in-between the first and the last frames, for an in-fill all but a
            hole, for a motion to go on with its beginning.

    Raises:
        ValueError: a span that is empty or goes beyond the motion.

    >>> known_frames(6, [(0, 2), (5, 6)]).flatten().tolist()
    [True, True, False, False, False, True]
    """
    known = torch.zeros(frames, 1, dtype=torch.bool)
    for start, stop in spans:
        if not 0 <= start < stop <= frames:
            raise ValueError(
                f"a known span must lie within 0..{frames} and not be empty, "
                f"got {start}..{stop}"
            )
        known[start:stop] = True
    return known


def placed(
    pieces: Sequence[tuple[int, Tensor]],
    *,
    frames: int,
    layout: Layout = CAMERA_LAYOUT,
) -> tuple[Tensor, Tensor]:
    """Pieces of motions on one time line, with free frames between them.

    Contacts at the end of a piece are left free unless the motion ends there:
    they say whether a foot stays until the next frame, which is not known.
    Blending two motions is a piece of each and a gap between.

    Args:
        pieces: (first frame, features [length, 151]) each.
        frames: of the whole motion.
        layout: form of the features.

    Returns:
        known bool [frames, 151], and values [frames, 151], NaN where unknown.

    Raises:
        ValueError: no piece, another width, or pieces that overlap or go
            beyond the motion.
    """
    if not pieces:
        raise ValueError("pieces must hold at least one piece, got none")
    dtype = pieces[0][1].dtype
    values = torch.full((frames, layout.width), torch.nan, dtype=dtype)
    taken = torch.zeros(frames, 1, dtype=torch.bool)
    loose = torch.zeros(frames, layout.width, dtype=torch.bool)
    for start, features in pieces:
        layout.check(features, "a piece")
        stop = start + len(features)
        span = known_frames(frames, [(start, stop)])
        if bool((span & taken).any()):
            raise ValueError(
                f"pieces must not overlap, but the one at {start}..{stop} does"
            )
        taken |= span
        values[start:stop] = features
        if stop < frames:
            loose[stop - 1, layout.slice("contacts")] = True
    known = taken & ~loose
    return known, torch.where(known, values, torch.nan)


def _above(joint: int) -> set[int]:
    """All joints whose rotation moves this one."""
    above = set()
    while (joint := SMPL24.parents[joint]) >= 0:
        above.add(joint)
    return above
