"""A page that asks which of two motions is better, without saying whose.

Self-contained: the player is inside, nothing is fetched, and votes leave the
page as a CSV that the voter downloads. The template lies beside this module,
in ``votes.html``, ``votes.css`` and ``votes.js``.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from torch import Tensor

from mini_vimogen.conventions import COCO17
from mini_vimogen.files import written_whole
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.formats.vote_files import COLUMNS
from mini_vimogen.geometry.skeleton import Skeleton
from mini_vimogen.render.player import LARGEST, Player
from mini_vimogen.render.player_page import (
    as_script,
    fill,
    page_colours,
    part,
    unfilled_page,
)
from mini_vimogen.render.video_figure import COCO_BONES

LEAST_CONFIDENCE = 0.3
"""Keypoints below this are not drawn."""
_UNSEEN = -LARGEST - 1
_MARGIN = 0.08  # of the longer side


@dataclass(frozen=True, eq=False)
class ShownPair:
    """Two motions side by side, under names that say nothing.

    Args:
        id: of the pair.
        ids: of the left motion and of the right one.
        joints: of both, [frames, joints, 3] in metres, Z up.
        track: the 2D keypoints that both were lifted from, or None.
    """

    id: str
    ids: tuple[str, str]
    joints: tuple[Tensor, Tensor]
    track: KeypointTrack | None = None


@dataclass(frozen=True, eq=False)
class VotesPage:
    """The page.

    Args:
        name: of the page; every vote carries it.
        question: that the voters answer.
        pairs: in the order they come.
        fps: of all motions.
        skeleton: of all motions.
    """

    name: str
    question: str
    pairs: Sequence[ShownPair]
    fps: float
    skeleton: Skeleton

    def html(self) -> str:
        """The whole page."""
        player = unfilled_page(
            title="Motion 1 and motion 2",
            description="Two people in motion, side by side.",
        )
        study = {
            "page": self.name,
            "columns": list(COLUMNS),
            "player": player,
            "pairs": [self._pair(pair) for pair in self.pairs],
        }
        return fill(
            part("votes.html"),
            question=escape(self.question),
            style=page_colours() + part("votes.css"),
            script=part("votes.js"),
            study=as_script(study),
        )

    def save(self, path) -> Path:
        """Write the page; an older file is replaced whole or not at all."""
        path = Path(path)
        with written_whole(path) as partial:
            partial.write_text(self.html(), encoding="utf-8")
        return path

    def _pair(self, pair: ShownPair) -> dict:
        player = Player(
            list(pair.joints),
            labels=["1", "2"],
            fps=self.fps,
            title="Motion 1 and motion 2",
            autoplay=True,
            skeleton=self.skeleton,
        )
        left, right = pair.ids
        return {
            "id": pair.id,
            "left": left,
            "right": right,
            "last": player.frames - 1,
            "motion": player.motion(),
            "track": pair.track and _track(pair.track),
        }


def _track(track: KeypointTrack) -> dict:
    """Keypoints as base64 of little-endian int16, in steps of ``step`` px.

    The picture is cut to where the person is seen in the whole clip.
    """
    keypoints = track.keypoints.detach().double().cpu().numpy()
    places = keypoints[..., :2]
    seen = keypoints[..., 2] >= LEAST_CONFIDENCE
    if not seen.any():
        raise ValueError(
            "keypoints must show somebody to be drawn, got no confidence of "
            f"{LEAST_CONFIDENCE} or more"
        )
    low, high = places[seen].min(axis=0), places[seen].max(axis=0)
    margin = max(1.0, float((high - low).max()) * _MARGIN)
    width, height = (high - low + 2 * margin).tolist()
    step = max(width, height) / LARGEST
    whole = np.full(places.shape, _UNSEEN)
    whole[seen] = np.rint((places[seen] - low + margin) / step)
    packed = base64.b64encode(whole.astype("<i2").tobytes())
    return {
        "fps": track.fps,
        "frames": track.frames,
        "joints": len(COCO17),
        "width": width,
        "height": height,
        "step": step,
        "bones": [[*bone, _side(bone)] for bone in COCO_BONES],
        "points": packed.decode("ascii"),
    }


def _side(bone: tuple[int, int]) -> str:
    """ "left", "right", or "centre" for what joins the two."""
    sides = {COCO17[joint].partition("_")[0] for joint in bone}
    return sides.pop() if len(sides) == 1 else "centre"
