"""Pictures of keypoint layouts: numbered joints, and where each comes from."""

from types import MappingProxyType

from matplotlib.patches import Ellipse, FancyBboxPatch

from mini_vimogen.formats.keypoint_layouts import LAYOUTS, KeypointLayout
from mini_vimogen.render.palette import FLOOR, GROUND, INK, PAPER, SIDES
from mini_vimogen.render.theme import Picture, figure, themed

_CENTRE = {
    "head": (0.0, 1.76),
    "nose": (0.0, 1.60),
    "neck": (0.0, 1.42),
    "belly": (0.0, 1.17),
    "root": (0.0, 0.93),
}
_LEFT = {
    "eye_inner": (0.017, 1.631),
    "eye": (0.036, 1.638),
    "eye_outer": (0.055, 1.631),
    "ear": (0.078, 1.61),
    "mouth": (0.022, 1.565),
    "shoulder": (0.19, 1.40),
    "elbow": (0.29, 1.14),
    "wrist": (0.36, 0.89),
    "thumb": (0.32, 0.77),
    "index": (0.405, 0.73),
    "pinky": (0.475, 0.81),
    "hip": (0.115, 0.92),
    "knee": (0.13, 0.52),
    "ankle": (0.14, 0.14),
    "heel": (0.065, 0.05),
    "big_toe": (0.145, -0.04),
    "foot_index": (0.165, -0.04),
    "small_toe": (0.235, 0.02),
}
FIGURE = MappingProxyType(
    _CENTRE
    | {f"left_{name}": place for name, place in _LEFT.items()}
    | {f"right_{name}": (-x, y) for name, (x, y) in _LEFT.items()}
)
"""Where joints are on a person who stands and faces the reader, about in
metres, y up: the body's left is on the right. Hands and feet are drawn larger
than life, for the numbers."""

_FACE = ("nose", "eye_inner", "eye", "eye_outer", "ear", "mouth")
_FACE_CENTRE, _ZOOM = (0.65, 1.70), 4.0
_FACE_BOX = (0.44, 0.24)  # half its width and height
_LIMITS = {"xlim": (-0.58, 1.12), "ylim": (-0.12, 2.12)}


def side_of(joint: str) -> str:
    """Which side of the body a joint is on.

    >>> side_of("left_ear"), side_of("neck")
    ('left', 'centre')
    """
    side = joint.partition("_")[0]
    return side if side in ("left", "right") else "centre"


@themed
def layout_figure(name: str) -> Picture:
    """A layout's numbers on a figure, and the map to or from COCO-17.

    Args:
        name: of the layout. For COCO-17 itself the second figure is H36M-17,
            which can be made from it; else it is COCO-17.

    Raises:
        KeyError: an unknown layout.
    """
    layout = LAYOUTS[name]
    if name == "coco17":
        target = LAYOUTS["h36m17"]
        sources = target.out_of_coco17
    else:
        target = LAYOUTS["coco17"]
        sources = layout.to_coco17
    picture, (own, mapped) = figure(height=5.4, columns=2)
    lacking = [
        joint
        for joint, taken in zip(target.joints, sources, strict=True)
        if not taken
    ]
    _panel(own, layout, f"{layout.title}: its {len(layout)} joints")
    for joint, place in _places(layout).items():
        _mark(own, place, side_of(joint), str(layout.index(joint)))
    _panel(mapped, target, f"{target.title} out of {layout.title}", lacking)
    for joint, place in _places(target).items():
        number = target.index(joint)
        taken = ",".join(str(source) for source in sorted(sources[number]))
        _tag(mapped, place, joint, f"{number}←{taken or 'none'}")
    picture.supxlabel(
        "The person faces you. Left of the body: blue, full; right: orange, "
        "hollow.",
        fontsize=8,
    )
    picture.description = (
        f"A standing figure with the {len(layout)} numbered joints of "
        f"{layout.title}, and beside it the joints of {target.title} with the "
        "numbers each is taken from"
        + (f"; {', '.join(lacking)} are taken from none." if lacking else ".")
    )
    return picture


def _places(layout: KeypointLayout) -> dict[str, tuple[float, float]]:
    """Where each joint's number goes; a face with eyes is drawn enlarged."""
    places = {joint: FIGURE[joint] for joint in layout.joints}
    if "left_eye" in places:
        x, y = _FACE_CENTRE
        for joint in _face(layout):
            own_x, own_y = FIGURE[joint]
            own_y -= FIGURE["nose"][1]
            places[joint] = (x + _ZOOM * own_x, y + _ZOOM * own_y)
    return places


def _face(layout: KeypointLayout) -> list[str]:
    return [
        joint
        for joint in layout.joints
        if joint.removeprefix("left_").removeprefix("right_") in _FACE
    ]


def _panel(axes, layout: KeypointLayout, title: str, lacking=()) -> None:
    """The bones, and the frame of the enlarged face."""
    axes.set(aspect="equal", **_LIMITS)
    axes.text(_LIMITS["xlim"][0], 2.04, title, fontsize=10)
    axes.set_axis_off()
    axes.add_patch(Ellipse((0, 1.615), 0.2, 0.29, fc=PAPER, ec=FLOOR, zorder=0))
    places = _places(layout)
    enlarged = set(_face(layout)) if "left_eye" in places else set()
    if enlarged:
        _face_frame(axes)
    for start, end in layout.bones:
        if start in lacking or end in lacking:
            continue
        colour = SIDES[_bone_side(start, end)]
        inside = {start, end} & enlarged
        if len(inside) < 2:
            _bone(axes, FIGURE[start], FIGURE[end], colour)
        else:
            _bone(axes, places[start], places[end], colour)
            _bone(axes, FIGURE[start], FIGURE[end], colour, width=1.0)


def _bone_side(start: str, end: str) -> str:
    sides = {side_of(start), side_of(end)} - {"centre"}
    return sides.pop() if len(sides) == 1 else "centre"


def _bone(axes, start, end, colour, *, width=2.2) -> None:
    xs, ys = zip(start, end, strict=True)
    axes.plot(xs, ys, color=colour, lw=width, alpha=0.45, zorder=1)


def _face_frame(axes) -> None:
    (x, y), (wide, high) = _FACE_CENTRE, _FACE_BOX
    box = FancyBboxPatch(
        (x - wide, y - high),
        *(2 * wide, 2 * high),
        boxstyle="round,pad=0,rounding_size=0.08",
        facecolor=GROUND,
        edgecolor=FLOOR,
        zorder=0,
    )
    axes.add_patch(box)
    edge = FIGURE["left_ear"][0] + 0.03
    for corner in (y - high + 0.05, y + high - 0.05):
        axes.plot(
            *([edge, x - wide], [FIGURE["nose"][1], corner]),
            color=FLOOR,
            lw=1,
            zorder=0,
        )


def _mark(axes, place, side: str, text: str) -> None:
    """A number in a disc."""
    full = side != "right"
    axes.plot(
        *place,
        "o",
        ms=12,
        mfc=SIDES[side] if full else PAPER,
        mec=SIDES[side],
        mew=1.4,
        zorder=2,
    )
    axes.annotate(
        text,
        place,
        ha="center",
        va="center_baseline",
        fontsize=7.5,
        color=PAPER if full else SIDES[side],
        weight="bold",
        zorder=3,
    )


def _tag(axes, place, joint: str, text: str) -> None:
    """A number and where it comes from; it grows away from the body."""
    side, lacks = side_of(joint), text.endswith("none")
    full = side != "right" and not lacks
    edge = INK if lacks else SIDES[side]
    grow = {"left": "left", "right": "right", "centre": "center"}[side]
    if joint == "root":  # between the hips there is no room
        place = (place[0], place[1] + 0.09)
    axes.annotate(
        text,
        place,
        ha=grow if place == FIGURE[joint] else "center",
        va="center_baseline",
        fontsize=7,
        color=PAPER if full else edge,
        weight="normal" if lacks else "bold",
        zorder=3,
        bbox={
            "boxstyle": "round,pad=0.25",
            "facecolor": edge if full else PAPER,
            "edgecolor": edge,
            "linestyle": ":" if lacks else "-",
        },
    )
