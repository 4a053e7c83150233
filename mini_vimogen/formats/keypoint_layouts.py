"""Layouts of 2D keypoints by name, and the maps between them.

Joints of different layouts that mean the same carry the same name here, and
the maps are made from the names. A confidence travels with its joint: a copied
joint keeps it, a joint between others takes the smallest of theirs, and a joint
that the other layout lacks is unseen (position 0, confidence 0), never guessed.
"""

# Longer than 250 lines for its tables; its code is short.
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import torch
from torch import Tensor

from mini_vimogen.conventions import COCO17

Sources = tuple[tuple[int, ...], ...]
"""For each joint of the target, the joints of the source that it is the mean
of: one is a copy, none means that the source lacks it."""


def _sides(*names: str, first: str = "left") -> tuple[str, ...]:
    """Each name with both sides.

    >>> _sides("eye", "ear")
    ('left_eye', 'right_eye', 'left_ear', 'right_ear')
    """
    second = "right" if first == "left" else "left"
    return tuple(f"{side}_{name}" for name in names for side in (first, second))


def _limb(side: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{side}_{name}" for name in names)


@dataclass(frozen=True)
class KeypointLayout:
    """Which joint stands where in the points of a tool.

    Args:
        name: as ``layout=`` takes it.
        title: for people.
        joints: names in the order of the numbers; the side comes first.
        bones: pairs of joint names, for drawing.
        from_coco17: for each joint, the COCO-17 joints that it is the mean of;
            None where COCO-17 does not hold enough to fill the layout.
    """

    name: str
    title: str
    joints: tuple[str, ...]
    bones: tuple[tuple[str, str], ...] = field(repr=False)
    from_coco17: Mapping[str, tuple[str, ...]] | None = field(
        default=None, repr=False
    )

    def __len__(self) -> int:
        return len(self.joints)

    def index(self, joint: str) -> int:
        """Number of a joint.

        Raises:
            ValueError: the layout has no such joint.
        """
        if joint not in self.joints:
            raise ValueError(
                f"joint must be one of {', '.join(self.joints)} ({self.name}), "
                f"got {joint!r}"
            )
        return self.joints.index(joint)

    @property
    def to_coco17(self) -> Sources:
        """Where each of the 17 COCO joints comes from."""
        return tuple(
            (self.joints.index(name),) if name in self.joints else ()
            for name in COCO17
        )

    @property
    def out_of_coco17(self) -> Sources | None:
        """Where each of this layout's joints comes from in COCO-17."""
        if self.from_coco17 is None:
            return None
        return tuple(
            tuple(COCO17.index(name) for name in self.from_coco17[joint])
            for joint in self.joints
        )


_HALPE_EXTRA = ("head", "neck", "root")
_HALPE_FEET = _sides("big_toe", "small_toe", "heel")
_OPENPOSE_BODY = (
    *("nose", "neck"),
    *_limb("right", "shoulder", "elbow", "wrist"),
    *_limb("left", "shoulder", "elbow", "wrist"),
    "root",
    *_limb("right", "hip", "knee", "ankle"),
    *_limb("left", "hip", "knee", "ankle"),
    *_sides("eye", "ear", first="right"),
)
_H36M17 = (
    "root",
    *_limb("right", "hip", "knee", "ankle"),
    *_limb("left", "hip", "knee", "ankle"),
    *("belly", "neck", "nose", "head"),
    *_limb("left", "shoulder", "elbow", "wrist"),
    *_limb("right", "shoulder", "elbow", "wrist"),
)
_BLAZEPOSE = (
    "nose",
    *_limb("left", "eye_inner", "eye", "eye_outer"),
    *_limb("right", "eye_inner", "eye", "eye_outer"),
    *_sides("ear", "mouth", "shoulder", "elbow", "wrist"),
    *_sides("pinky", "index", "thumb", "hip", "knee", "ankle"),
    *_sides("heel", "foot_index"),
)


def _chains(*chains: str) -> tuple[tuple[str, str], ...]:
    """Bones along chains of names; S is replaced by each side.

    >>> _chains("hip:knee")
    (('hip', 'knee'),)
    """
    bones = []
    for chain in chains:
        for side in ("left_", "right_") if "S" in chain else ("",):
            names = chain.replace("S", side).split(":")
            bones += zip(names[:-1], names[1:], strict=True)
    return tuple(bones)


_ARMS_AND_LEGS = ("Sshoulder:Selbow:Swrist", "Ship:Sknee:Sankle")
_HIPS, _SHOULDERS = _sides("hip"), _sides("shoulder")
_FACE = ("nose:Seye:Sear",)
_FEET = ("Sankle:Sheel:Sbig_toe", "Sheel:Ssmall_toe")

_ALL = (
    KeypointLayout(
        "coco17",
        "COCO-17",
        COCO17,
        _chains(
            *_FACE,
            *_ARMS_AND_LEGS,
            "Sear:Sshoulder",
            "Sshoulder:Ship",
            "left_shoulder:right_shoulder",
            "left_hip:right_hip",
        ),
        {name: (name,) for name in COCO17},
    ),
    KeypointLayout(
        "h36m17",
        "H36M-17",
        _H36M17,
        _chains(
            *_ARMS_AND_LEGS,
            "root:belly:neck:nose:head",
            "root:Ship",
            "neck:Sshoulder",
        ),
        # Source: MotionBERT's conversion of COCO detections.
        {name: (name,) for name in _H36M17 if name in COCO17}
        | {
            "root": _HIPS,
            "neck": _SHOULDERS,
            "belly": _HIPS + _SHOULDERS,  # middle of root and neck
            "head": _sides("eye"),
        },
    ),
    KeypointLayout(
        "halpe26",
        "Halpe-26",
        COCO17 + _HALPE_EXTRA + _HALPE_FEET,
        _chains(
            *_FACE,
            *_ARMS_AND_LEGS,
            *_FEET,
            "head:neck:root",
            "neck:Sshoulder",
            "root:Ship",
        ),
    ),
    KeypointLayout(
        "openpose25",
        "OpenPose BODY_25",
        _OPENPOSE_BODY
        + _limb("left", "big_toe", "small_toe", "heel")
        + _limb("right", "big_toe", "small_toe", "heel"),
        _chains(
            *_FACE,
            *_ARMS_AND_LEGS,
            "nose:neck:root",
            "neck:Sshoulder",
            "root:Ship",
            "Sankle:Sheel",
            "Sankle:Sbig_toe:Ssmall_toe",
        ),
    ),
    KeypointLayout(
        "blazepose33",
        "BlazePose-33",
        _BLAZEPOSE,
        _chains(
            *_ARMS_AND_LEGS,
            "nose:Seye_inner:Seye:Seye_outer:Sear",
            "left_mouth:right_mouth",
            "left_shoulder:right_shoulder",
            "left_hip:right_hip",
            "Sshoulder:Ship",
            "Swrist:Spinky:Sindex:Swrist:Sthumb",
            "Sankle:Sheel:Sfoot_index:Sankle",
        ),
    ),
)

LAYOUTS: Mapping[str, KeypointLayout] = MappingProxyType(
    {layout.name: layout for layout in _ALL}
)
"""All layouts by name."""


def layout_named(layout: str) -> KeypointLayout:
    """The layout of that name.

    Raises:
        ValueError: no layout has that name.

    >>> layout_named("openpose25").index("left_wrist")
    7
    """
    if layout not in LAYOUTS:
        raise ValueError(
            f"layout must be one of {', '.join(LAYOUTS)}, got {layout!r}"
        )
    return LAYOUTS[layout]


def layout_of(joints: int) -> str:
    """The only layout with that many joints.

    Raises:
        ValueError: no layout has, or several have.

    >>> layout_of(25)
    'openpose25'
    """
    fitting = [name for name, one in LAYOUTS.items() if len(one) == joints]
    if not fitting:
        known = ", ".join(f"{n} ({len(one)})" for n, one in LAYOUTS.items())
        raise ValueError(
            f"no known layout has {joints} joints; there are {known}"
        )
    if len(fitting) > 1:
        raise ValueError(
            f"{joints} joints fit {' and '.join(fitting)}; say which with "
            "layout= (--layout on the command line)"
        )
    return fitting[0]


def to_coco17(points: Tensor, layout: str) -> Tensor:
    """Points of a named layout as COCO-17.

    Args:
        points: [..., joints, 3] x, y, confidence.
        layout: a name in ``LAYOUTS``.

    Returns:
        [..., 17, 3]. What the layout lacks has position 0 and confidence 0:
        that is the eyes and ears of h36m17. They are not taken from its
        "head", which is the middle of the eyes in some files and the top of
        the skull in others.

    Raises:
        ValueError: an unknown layout, or another number of joints than it has.
    """
    known = layout_named(layout)
    _check_points(points, known)
    return _mapped(points, known.to_coco17)


def from_coco17(points: Tensor, layout: str) -> Tensor:
    """COCO-17 points as another layout, where COCO-17 holds enough for it.

    Args:
        points: [..., 17, 3] x, y, confidence.
        layout: "coco17" or "h36m17".

    Returns:
        [..., joints, 3]. A joint between others (root, belly, neck and head of
        h36m17) is their mean with the smallest of their confidences; if one of
        them was not seen, neither is it, and its position is 0.

    Raises:
        ValueError: another layout, or not 17 joints.

    Source: MotionBERT's conversion for positions; it left the confidence of
    COCO's order in place (issue 132 there), which is mapped here.
    """
    known = layout_named(layout)
    _check_points(points, LAYOUTS["coco17"])
    if known.out_of_coco17 is None:
        fine = [n for n, one in LAYOUTS.items() if one.from_coco17 is not None]
        raise ValueError(
            f"layout must be one of {', '.join(fine)}: COCO-17 lacks joints of "
            f"{layout}"
        )
    return _mapped(points, known.out_of_coco17)


def _check_points(points: Tensor, layout: KeypointLayout) -> None:
    shape = list(points.shape)
    if len(shape) < 2 or shape[-2:] != [len(layout), 3]:
        raise ValueError(
            f"points must have shape [..., {len(layout)}, 3] ({layout.name}; "
            f"x, y, confidence), got {shape}"
        )


def _mapped(points: Tensor, sources: Sources) -> Tensor:
    joints = []
    for chosen in sources:
        if len(chosen) == 1:
            joints.append(points[..., chosen[0], :])
            continue
        if not chosen:
            joints.append(torch.zeros_like(points[..., 0, :]))
            continue
        parts = points[..., chosen, :]
        confidence = parts[..., 2].amin(dim=-1, keepdim=True)
        place = parts[..., :2].mean(dim=-2)
        place = torch.where(confidence > 0, place, 0.0)
        joints.append(torch.cat([place, confidence], dim=-1))
    return torch.stack(joints, dim=-2)
