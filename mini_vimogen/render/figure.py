"""Static pictures of motion: film strips and contact sheets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mini_vimogen.geometry.skeleton import Skeleton
from mini_vimogen.render.projection import THREE_QUARTER, View
from mini_vimogen.render.sheet import lay_out
from mini_vimogen.render.stickman import (
    draw_poses,
    reach,
    relative_to_root,
    turned,
)
from mini_vimogen.render.theme import Picture
from mini_vimogen.render.tracks import Track, as_tracks


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

    Every motion is turned to start in the same direction, face towards +Y.

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
    strips = [
        PoseStrip.of(track, frames, view, turn=-track.yaw[0])
        for track in tracks
    ]
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
    def of(
        cls, track: Track, frames, view: View, *, turn: float = 0.0
    ) -> "PoseStrip":
        """Take the frames to be shown, turned about the vertical by radians."""
        chosen = chosen_frames(frames, track.frames)
        joints = turned(relative_to_root(track.joints[chosen]), turn)
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
