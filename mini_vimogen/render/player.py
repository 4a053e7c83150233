"""An interactive 3D player in one string of HTML: no library, no network.

Stick figures on a plain canvas. In a notebook or the book the page sits in a
sandboxed iframe, so that players on one page cannot disturb each other.
"""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

from mini_vimogen.clip import Clip
from mini_vimogen.files import written_whole
from mini_vimogen.geometry.skeleton import Skeleton
from mini_vimogen.render.palette import SERIES, SIDES, method_styles
from mini_vimogen.render.player_page import PLAYER_STYLES, page
from mini_vimogen.render.tracks import Track, as_tracks, sides

LAYOUTS = ("side_by_side", "overlaid")
LARGEST = 32767
"""Largest int16: positions are whole numbers of a step of at most this many."""
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


class Player:
    """Motions to orbit, scrub and play; still until the reader presses Play.

    Drag turns the view, Ctrl with the wheel (or + and -) zooms, so that the
    plain wheel keeps scrolling the page. Space plays and the arrow keys step
    while the picture has the focus.

    Args:
        clips: a ``Clip``, joints [frames, joints, 3] in metres and Z up, or a
            list of these.
        labels: one per clip; None takes captions.
        layout: "side_by_side" gives each its own panel, followed by its own
            camera; "overlaid" shows all in one world.
        fps: frames per second to show. Clips at another rate are resampled;
            joint tensors must have this rate. None takes the clips' own.
        title: above the picture; None takes the labels.
        trail: draw the path of each root on the floor.
        autoplay: start at once, except for readers who ask for less motion.
        methods: names from ``palette.METHODS``, one per clip: colours for
            "overlaid"; None draws the first clip in the colours of its sides.
        skeleton: of joint tensors; None takes SMPL by joint count.
        height: pixels of the frame in a page.

    Raises:
        ValueError: nothing to show, joints not finite, an unknown layout, or
            frame rates that differ while ``fps`` is None.
    """

    def __init__(
        self,
        clips,
        *,
        labels: Sequence[str] | None = None,
        layout: str = "side_by_side",
        fps: float | None = None,
        title: str | None = None,
        trail: bool = True,
        autoplay: bool = False,
        methods: Sequence[str] | None = None,
        skeleton: Skeleton | None = None,
        height: int = 420,
    ):
        if layout not in LAYOUTS:
            raise ValueError(
                f"layout must be one of {', '.join(LAYOUTS)}, got {layout!r}"
            )
        if height < 200:
            raise ValueError(f"height must be at least 200, got {height}")
        several = clips if isinstance(clips, (list, tuple)) else [clips]
        if fps is not None:
            several = [_at(one, fps) for one in several]
        self._tracks = as_tracks(
            several, labels=labels, fps=fps, skeleton=skeleton
        )
        self.fps = _common_fps(self._tracks)
        self.layout = layout
        self.trail = trail
        self.autoplay = autoplay
        self.height = height
        self._styles = _style_names(methods, len(self._tracks))
        self.title = title or _usual_title(self._tracks)

    @property
    def frames(self) -> int:
        """Frames of the longest motion."""
        return max(track.frames for track in self._tracks)

    @property
    def description(self) -> str:
        """One sentence for those who cannot see the picture."""
        number = len(self._tracks)
        lengths = {track.frames for track in self._tracks}
        frames = f"{self.frames} frame{'s' if self.frames > 1 else ''}"
        people = f"{_counted(number)} skeleton{'s' if number > 1 else ''}"
        if number > 1:
            people += f" {self.layout.replace('_', ' ')}"
        upto = "up to " if len(lengths) > 1 else ""
        return f"{self.title}: {upto}{frames} at {self.fps:g} fps, {people}."

    def html(self) -> str:
        """The whole page, self-contained."""
        return page(
            self.motion(),
            title=self.title,
            description=self.description,
            frames=self.frames,
        )

    def motion(self) -> dict:
        """What the page needs, positions as base64 of little-endian int16."""
        origins = [_middle([track]) for track in self._tracks]
        if self.layout == "overlaid":
            origins = [_middle(self._tracks)] * len(self._tracks)
        moved = [
            track.joints - np.append(origin, 0.0)
            for track, origin in zip(self._tracks, origins, strict=True)
        ]
        farthest = max(float(np.abs(joints).max()) for joints in moved)
        step = max(farthest, 1e-3) / LARGEST
        return {
            "fps": self.fps,
            "step": step,
            "layout": self.layout,
            "trail": self.trail,
            "autoplay": self.autoplay,
            "colours": [*SIDES, *PLAYER_STYLES],
            "clips": [
                {
                    "label": "" if track.label == self.title else track.label,
                    "frames": track.frames,
                    "parents": list(track.skeleton.parents),
                    "sides": list(sides(track.skeleton)),
                    "head": _head(track.skeleton),
                    "style": style,
                    "origin": origin.tolist(),
                    "positions": _packed(joints, step),
                }
                for track, joints, origin, style in zip(
                    self._tracks, moved, origins, self._styles, strict=True
                )
            ],
        }

    def save(self, path) -> Path:
        """Write the page; an older file is replaced whole or not at all.

        Raises:
            FileNotFoundError: the folder does not exist.
        """
        path = Path(path)
        with written_whole(path) as partial:
            partial.write_text(self.html(), encoding="utf-8")
        return path

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        described = escape(self.description)
        frame = (
            f'<iframe sandbox="allow-scripts" loading="lazy" '
            f'title="{described}" '
            f'style="box-sizing:border-box;width:100%;'
            f"height:{self.height}px;border:1px solid "
            f'#8a8a8a;border-radius:4px" srcdoc="{escape(self.html())}">'
            f"</iframe>"
        )
        return {
            "text/html": f'{frame}<p style="margin:0">{described}</p>',
            "text/plain": repr(self),
        }

    def __repr__(self) -> str:
        return f"Player: {self.description}"


def _counted(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def _usual_title(tracks: list[Track]) -> str:
    """The labels, or how many motions there are if that gets long."""
    names = dict.fromkeys(track.label for track in tracks if track.label)
    listed = ", ".join(names)
    if len(tracks) > 1 and len(listed) > 60:
        return f"{_counted(len(tracks)).capitalize()} motions"
    return listed or "Motion"


def _at(one, fps: float):
    """A clip at the wanted rate; joint tensors are at it by definition."""
    is_other = isinstance(one, Clip) and one.fps != fps
    return one.resample(fps) if is_other else one


def _common_fps(tracks: list[Track]) -> float:
    rates = {track.fps for track in tracks}
    if None in rates:
        raise ValueError("fps must be given to play joint tensors, got None")
    if len(rates) > 1:
        listed = ", ".join(f"{rate:g}" for rate in sorted(rates))
        raise ValueError(
            f"fps must be given to play clips of different rates ({listed}) "
            "together"
        )
    return rates.pop()


def _style_names(methods, number: int) -> list[str | None]:
    if methods is not None:
        method_styles(methods, number)  # refuses unknown names
        return list(methods)
    series = [f"series{i % len(SERIES)}" for i in range(number - 1)]
    return [None, *series]


def _middle(tracks: list[Track]) -> np.ndarray:
    """[2] middle of all joints on the floor, to half a metre."""
    points = np.concatenate([t.joints[..., :2].reshape(-1, 2) for t in tracks])
    return np.round(points.min(axis=0) + points.max(axis=0)) / 2


def _packed(joints: np.ndarray, step: float) -> str:
    whole = np.rint(joints / step).astype("<i2")
    return base64.b64encode(whole.tobytes()).decode("ascii")


def _head(skeleton: Skeleton) -> int:
    """The joint below the skull, -1 where there is none."""
    return skeleton.index("head") if "head" in skeleton.names else -1
