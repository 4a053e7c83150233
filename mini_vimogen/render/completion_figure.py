"""Film strips that say which poses were given and which were made up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Rectangle
from torch import Tensor

from mini_vimogen.geometry.skeleton import Skeleton
from mini_vimogen.render.figure import PoseStrip, chosen_frames
from mini_vimogen.render.projection import THREE_QUARTER, View
from mini_vimogen.render.sheet import lay_out
from mini_vimogen.render.theme import Picture
from mini_vimogen.render.tracks import as_tracks

MADE_UP = "#f4e3ec"
"""Behind poses that were made up: a tint of the colour of our own method."""


@dataclass(frozen=True, eq=False)
class CompletedStrip(PoseStrip):
    """A strip with a tint behind the poses that were not known.

    Args:
        unknown: bool [poses], where the tint goes.
        empty: leave the poses that were not known out.
    """

    unknown: np.ndarray
    empty: bool

    def draw(self, axes, *, places, metres_per_point) -> np.ndarray:
        """Draw the tint, then the poses; returns where all joints land."""
        top = float(self.box[:, 3].max())
        for place, box, unknown in zip(
            places, self.box, self.unknown, strict=True
        ):
            if unknown:
                left, bottom = place[0] + box[0], place[1] + min(box[1], 0.0)
                tint = Rectangle(
                    (left, bottom),
                    box[2] - box[0],
                    top - min(box[1], 0.0),
                    color=MADE_UP,
                    linewidth=0,
                    zorder=1.5,
                )
                axes.add_patch(tint)
        if not self.empty:
            return super().draw(
                axes, places=places, metres_per_point=metres_per_point
            )
        seen = ~self.unknown
        shown = PoseStrip(
            self.label,
            [time for time, one in zip(self.times, seen, strict=True) if one],
            self.box[seen],
            self.joints[seen],
            self.skeleton,
            self.view,
        )
        return shown.draw(
            axes, places=places[seen], metres_per_point=metres_per_point
        )


def completed_strip(
    clips,
    known,
    *,
    frames: int | Sequence[int] = 9,
    labels: Sequence[str] | None = None,
    given: int | None = 0,
    title: str | None = None,
    view: View = THREE_QUARTER,
    skeleton: Skeleton | None = None,
    fps: float | None = None,
) -> Picture:
    """What was given, and what was made of it, rows under each other.

    Args:
        clips: list of ``Clip`` or joints [frames, joints, 3] of one length.
        known: bool [frames], True where the motion was given. The other poses
            stand on a tint.
        frames: how many poses, evenly, or which frames.
        labels: one per row; None takes captions.
        given: number of the row that shows nothing where nothing was known;
            None for no such row.
        title: above all rows.
        view: where the camera stands.
        skeleton, fps: of joint tensors.

    Raises:
        ValueError: as ``film_strip``; lengths that differ from ``known``'s, or
            a row that does not exist.
    """
    tracks = as_tracks(clips, labels=labels, fps=fps, skeleton=skeleton)
    known = np.asarray(known.cpu() if isinstance(known, Tensor) else known)
    if known.ndim != 1 or any(t.frames != len(known) for t in tracks):
        raise ValueError(
            f"known must have shape [frames] for clips of as many frames, got "
            f"{list(known.shape)} for {[t.frames for t in tracks]} frames"
        )
    if given is not None and not 0 <= given < len(tracks):
        raise ValueError(
            f"given must be a row within 0..{len(tracks) - 1}, got {given}"
        )
    chosen = chosen_frames(frames, len(known))
    strips = []
    for row, track in enumerate(tracks):
        plain = PoseStrip.of(track, chosen, view)
        strips.append(
            CompletedStrip(
                plain.label,
                plain.times,
                plain.box,
                plain.joints,
                plain.skeleton,
                view,
                ~known[chosen].astype(bool),
                row == given,
            )
        )
    picture = lay_out(strips, view=view, columns=1, title=title, width="page")
    made = int((~known[chosen].astype(bool)).sum())
    picture.description = (
        f"Film strip: {title or 'a completed motion'}, {len(chosen)} poses, "
        f"{made} of them made up, on a tint; {len(tracks)} rows: "
        f"{'; '.join(track.label for track in tracks)}."
    )
    return picture
