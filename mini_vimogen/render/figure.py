"""Static pictures of motion: film strips, contact sheets, the rest pose."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.collections import PolyCollection

from mini_vimogen.conventions import STANDING_ROOT
from mini_vimogen.geometry.skeleton import Skeleton
from mini_vimogen.render.palette import FLOOR, PAPER, SIDES
from mini_vimogen.render.projection import THREE_QUARTER, View
from mini_vimogen.render.sheet import lay_out
from mini_vimogen.render.stickman import (
    BONE_RADIUS,
    capsules,
    draw_poses,
    reach,
    relative_to_root,
)
from mini_vimogen.render.theme import Picture, figure, label, themed
from mini_vimogen.render.tracks import Track, as_tracks, sides


def film_strip(
    clips,
    *,
    frames: int | Sequence[int] = 6,
    labels: Sequence[str] | None = None,
    title: str | None = None,
    view: View = THREE_QUARTER,
    skeleton: Skeleton | None = None,
    fps: float | None = None,
    width: str = "page",
) -> Picture:
    """A motion as a row of poses, several motions as rows under each other.

    Args:
        clips: a ``Clip``, joints [frames, joints, 3] in metres and Z up, or a
            list of these.
        frames: how many poses, evenly over each motion, or which frames.
        labels: one per row; None takes captions.
        title: above all rows.
        view: where the camera stands; it keeps each root in the middle.
        skeleton, fps: of joint tensors.
        width: "page" or "half".

    Raises:
        ValueError: nothing to draw, joints not finite, frames out of range.
    """
    tracks = as_tracks(clips, labels=labels, fps=fps, skeleton=skeleton)
    strips = [PoseStrip.of(track, frames, view) for track in tracks]
    picture = lay_out(strips, view=view, columns=1, title=title, width=width)
    names = "; ".join(track.label for track in tracks if track.label)
    picture.description = (
        f"Film strip: {title or names or 'a motion'}, "
        f"{len(strips[0].times)} poses from {strips[0].times[0]} to "
        f"{strips[0].times[-1]}"
        + (f", {len(tracks)} rows: {names}" if len(tracks) > 1 else "")
        + "."
    )
    return picture


def contact_sheet(
    clips,
    captions: Sequence[str] | None = None,
    *,
    columns: int = 2,
    frames: int = 5,
    title: str | None = None,
    view: View = THREE_QUARTER,
    skeleton: Skeleton | None = None,
    fps: float | None = None,
) -> Picture:
    """Many motions on one page, each a small film strip with its caption.

    Args:
        clips: list of ``Clip`` or joints [frames, joints, 3].
        captions: one per clip; None takes the clips' own.
        columns: strips beside each other.
        frames: poses in each strip.

    Raises:
        ValueError: nothing to draw, joints not finite, columns under 1.
    """
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    tracks = as_tracks(clips, labels=captions, fps=fps, skeleton=skeleton)
    strips = [PoseStrip.of(track, frames, view) for track in tracks]
    picture = lay_out(
        strips, view=view, columns=columns, title=title, width="page"
    )
    picture.description = (
        f"Contact sheet{f': {title}' if title else ''}: {len(tracks)} motions, "
        f"{frames} poses each, with captions."
    )
    return picture


def chosen_frames(frames: int | Sequence[int], total: int) -> list[int]:
    """Indices of the frames to show, evenly spaced if only counted.

    >>> chosen_frames(3, 61)
    [0, 30, 60]
    """
    if isinstance(frames, int):
        if frames < 1:
            raise ValueError(f"frames must be at least 1, got {frames}")
        spaced = np.linspace(0, total - 1, min(frames, total))
        return [int(f) for f in spaced.round()]
    listed = [int(f) for f in frames]
    if not listed or min(listed) < 0 or max(listed) >= total:
        raise ValueError(f"frames must lie within 0..{total - 1}, got {listed}")
    return listed


@dataclass(frozen=True, eq=False)
class PoseStrip:
    """Chosen poses of one track, each over the origin."""

    label: str
    times: list[str]
    box: np.ndarray
    joints: np.ndarray
    skeleton: Skeleton
    view: View

    @classmethod
    def of(cls, track: Track, frames, view: View) -> "PoseStrip":
        """Take the frames that are to be shown."""
        chosen = chosen_frames(frames, track.frames)
        joints = relative_to_root(track.joints[chosen])
        times = [track.time(frame) for frame in chosen]
        box = reach(joints, track.skeleton, view)
        return cls(track.label, times, box, joints, track.skeleton, view)

    def draw(self, axes, *, places, metres_per_point) -> np.ndarray:
        """Draw all poses; returns where the joints landed."""
        return draw_poses(
            axes,
            self.joints,
            self.skeleton,
            view=self.view,
            places=places,
            metres_per_point=metres_per_point,
        )


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
