"""Charts with axes: the rest pose with names, features over time, paths."""

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.collections import PolyCollection

from mini_vimogen.conventions import STANDING_ROOT
from mini_vimogen.geometry.skeleton import Skeleton
from mini_vimogen.render.palette import FLOOR, INK, PAPER, SIDES, method_styles
from mini_vimogen.render.stickman import BONE_RADIUS, capsules
from mini_vimogen.render.theme import Picture, figure, label, themed
from mini_vimogen.render.tracks import as_tracks, sides


@themed
def skeleton_figure(skeleton: Skeleton, *, title: str | None = None) -> Picture:
    """The rest pose face on, with every joint's number and name.

    Args:
        skeleton: what to show; its left is on the right, as in a mirror's
            opposite: the person looks at the reader.
    """
    joints = (skeleton.rest_joints.double() @ STANDING_ROOT.double().T).numpy()
    seen = np.stack([-joints[:, 0], joints[:, 2]], axis=-1)
    seen[:, 1] -= seen[:, 1].min()
    picture, axes = figure(
        height=5.6,
        description=(
            f"{skeleton.name}: {len(skeleton)} named joints in the rest pose, "
            "seen from the front; the body's left, in blue, is on the right."
        ),
    )
    side = np.array(sides(skeleton))
    _draw_rest(axes, seen, skeleton, side)
    _name_joints(axes, seen, skeleton, side)
    low, high = seen.min(axis=0), seen.max(axis=0)
    axes.set_aspect("equal")
    axes.set(xlim=(low[0] - 0.45, high[0] + 0.45), ylim=(-0.08, high[1] + 0.25))
    axes.set_xlabel(label("to the body's left", "m"))
    axes.set_ylabel(label("height above the lowest joint", "m"))
    axes.set_title(title or f"{skeleton.name} in its rest pose")
    return picture


def _draw_rest(axes, seen, skeleton: Skeleton, side) -> None:
    """Bones and joints; the right side hollow."""
    start, end = seen[list(skeleton.parents[1:])], seen[1:]
    right = side[1:] == "right"
    colours = np.array([SIDES[s] for s in side])
    bones = capsules(start, end, BONE_RADIUS / 2)
    cores = capsules(start[right], end[right], BONE_RADIUS / 5)
    for shapes, fill in ((bones, colours[1:]), (cores, PAPER)):
        axes.add_collection(
            PolyCollection(shapes, facecolors=fill, linewidths=0, zorder=2)
        )
    fill = np.where(side == "right", PAPER, colours)
    axes.scatter(
        *seen.T, s=34, facecolors=fill, edgecolors=colours, lw=1.6, zorder=3
    )


def _name_joints(axes, seen, skeleton: Skeleton, side) -> None:
    """Names where they do not meet: arms upwards, the spine to one side."""
    shoulder = 0.85 * seen[:, 1].max()
    for joint, name in enumerate(skeleton.names):
        x, y = seen[joint]
        out = 1 if x >= 0 else -1
        spread = abs(x) / seen[:, 0].max()
        place = {"xytext": (9 * out, 0), "va": "center"}
        place["ha"] = "left" if out > 0 else "right"
        if side[joint] == "centre" and y > shoulder:
            place.update(xytext=(5, 6), ha="left")
        elif side[joint] == "centre":
            place.update(xytext=(-90, 0), ha="right")
            place["arrowprops"] = {"arrowstyle": "-", "color": FLOOR}
        elif y > shoulder and spread < 0.15:
            place.update(xytext=(9 * out, -7))
        elif y > shoulder and joint in skeleton.parents:
            place.update(xytext=(5 * out, 8), rotation=50 * out)
            place["rotation_mode"] = "anchor"
        axes.annotate(
            f"{joint} {name}",
            xy=(x, y),
            textcoords="offset points",
            fontsize=8,
            **place,
        )


@themed
def feature_strip(
    features, layout, *, fps: float | None = None, title: str | None = None
) -> Picture:
    """A representation as an image, its named blocks bracketed and named.

    Each block is divided by its own largest magnitude, so that contacts,
    metres and rotations can be seen side by side.

    Args:
        features: [frames, width].
        layout: has ``width`` and ``blocks``, names mapped to slices.
        fps: to count seconds; without it, frames are counted.
        title: above the image.

    Raises:
        ValueError: the shape does not go with the layout, or values are not
            finite.
    """
    values = torch.as_tensor(features).detach().double().cpu().numpy()
    if values.ndim != 2 or values.shape[1] != layout.width or not len(values):
        raise ValueError(
            f"features must have shape [frames, {layout.width}], got "
            f"{list(values.shape)}"
        )
    if not np.isfinite(values).all():
        raise ValueError("features must be finite, got NaN or infinity")
    shown = values.copy()
    for block in layout.blocks.values():
        shown[:, block] /= max(np.abs(values[:, block]).max(), 1e-12)
    names = ", ".join(layout.blocks)
    picture, axes = figure(
        height=4.6,
        description=(
            f"{len(values)} frames of {layout.width} numbers as an image, in "
            f"blocks: {names}."
        ),
    )
    end = len(values) / (fps or 1)
    image = axes.imshow(
        shown.T,
        aspect="auto",
        interpolation="nearest",
        cmap="RdBu_r",
        vmin=-1,
        vmax=1,
        extent=(0, end, layout.width, 0),
    )
    _bracket_blocks(axes, layout, end)
    axes.grid(False)
    axes.set_xlabel(label("time", "s") if fps else label("time", "frames"))
    axes.set_ylabel(label("feature number", None))
    axes.set_title(title or f"{layout.width} numbers a frame")
    bar = picture.colorbar(image, ax=axes, location="bottom", shrink=0.5)
    bar.ax.tick_params(labelsize=8)
    bar.set_label(label("value / largest magnitude in its block", None))
    return picture


def _bracket_blocks(axes, layout, end: float) -> None:
    """Lines between blocks; names at the right, pushed apart if crowded."""
    apart = layout.width / 22
    lowest = -apart
    for name, block in layout.blocks.items():
        middle = (block.start + block.stop) / 2
        lowest = max(middle, lowest + apart)
        axes.axhline(block.stop, color=INK, linewidth=0.8)
        axes.annotate(
            f"{name} ({block.stop - block.start})",
            xy=(end, middle),
            xytext=(end * 1.03, lowest),
            va="center",
            fontsize=8,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.6},
        )


@themed
def path_figure(
    clips,
    *,
    labels: Sequence[str] | None = None,
    methods: Sequence[str] | None = None,
    every: float = 0.5,
    skeleton: Skeleton | None = None,
    fps: float | None = None,
    title: str | None = None,
) -> Picture:
    """Root paths seen from above, with arrows where the body faces.

    Args:
        clips: a ``Clip``, joints [frames, joints, 3], or a list of these.
        labels: one per clip; None takes captions.
        methods: names from ``palette.METHODS``, one per clip, for their
            colours; None where the clips are not methods.
        every: seconds between arrows; 10 frames where fps is unknown.
        skeleton, fps: of joint tensors.

    Raises:
        ValueError: nothing to draw, or an unknown method.
    """
    tracks = as_tracks(clips, labels=labels, fps=fps, skeleton=skeleton)
    styles = method_styles(methods, len(tracks))
    names = "; ".join(track.label for track in tracks if track.label)
    picture, axes = figure(
        height=4.5,
        description=(
            f"Paths on the floor seen from above: {names or len(tracks)}."
        ),
    )
    for track, style in zip(tracks, styles, strict=True):
        path = track.joints[:, 0, :2]
        line = {**style.line, "marker": None}
        axes.plot(*path.T, label=track.label or None, **line)
        axes.plot(*path[0], style.marker, color=style.colour, markersize=7)
        step = max(1, round(every * track.fps)) if track.fps else 10
        at = slice(None, None, step)
        axes.quiver(
            *path[at].T,
            -np.sin(track.yaw[at]),
            np.cos(track.yaw[at]),
            color=style.colour,
            angles="xy",
            scale_units="xy",
            scale=4,  # an arrow is a quarter of a metre
            width=0.004,
        )
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.15)
    axes.set_xlabel(label("X, to the right at the start", "m"))
    axes.set_ylabel(label("Y, forward at the start", "m"))
    if any(track.label for track in tracks):
        axes.legend(loc="best")
    axes.set_title(title or "Path from above; arrows show where the body faces")
    return picture
