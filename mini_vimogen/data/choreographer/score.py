"""Score: the control curves of a motion, before any joint is turned.

A score says where the pelvis goes, where the feet stand and how far the arms
are raised; ``perform`` turns it into joint rotations. Curves are in the words
of anatomy, so an action is a few keyframes long.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from mini_vimogen.data.choreographer import rig


@dataclass
class Score:
    """Control curves [frames, ...]; metres and radians, index 0 is left.

    pelvis: [frames, 3] position; pelvis_turn: [frames, 3] yaw (left), pitch
    (forward), roll (left side up).
    ankle: [frames, 2, 3] position; foot_turn: [frames, 2, 2] yaw and pitch
    (heel up); planted: [frames, 2] the foot carries and must not move;
    foot_free: [frames, 2] 0 foot turned in the world, 1 hanging from its shin
    with pitch as its bend; knee_out: [frames, 2] knee turned outward.
    spine, head: [frames, 3] pitch (forward), twist (left), roll (left up).
    collar: [frames, 2, 2] raise, forward; shoulder: [frames, 2, 3] flexion
    (forward), abduction (outward), inward twist; elbow: [frames, 2] flexion;
    wrist: [frames, 2, 2] palmar bend, twist; exact: [frames, 2] 1 where a hand
    must arrive, so that the small movements leave its arm alone.
    """

    pelvis: np.ndarray
    pelvis_turn: np.ndarray
    ankle: np.ndarray
    foot_turn: np.ndarray
    planted: np.ndarray
    foot_free: np.ndarray
    knee_out: np.ndarray
    spine: np.ndarray
    head: np.ndarray
    collar: np.ndarray
    shoulder: np.ndarray
    elbow: np.ndarray
    wrist: np.ndarray
    exact: np.ndarray

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.pelvis)

    def cut(self, start: int, stop: int) -> "Score":
        """Frames ``start`` up to but not including ``stop``."""
        parts = {
            f.name: getattr(self, f.name)[start:stop] for f in fields(self)
        }
        return Score(**parts)

    def held(self, before: int, after: int) -> "Score":
        """The first and the last frame repeated so many times."""
        at = np.arange(-before, self.frames + after)
        at = at.clip(0, self.frames - 1)
        parts = {f.name: getattr(self, f.name)[at] for f in fields(self)}
        return Score(**parts)

    def placed(self, x: float, y: float, yaw: float) -> "Score":
        """The same score begun elsewhere: turned about Z, then shifted."""
        turn = rig.turn("z", yaw)
        shift = np.array([x, y, 0.0])
        pelvis_turn, foot_turn = self.pelvis_turn.copy(), self.foot_turn.copy()
        pelvis_turn[:, 0] += yaw
        foot_turn[..., 0] += yaw
        return replace(
            self,
            pelvis=self.pelvis @ turn.T + shift,
            ankle=self.ankle @ turn.T + shift,
            pelvis_turn=pelvis_turn,
            foot_turn=foot_turn,
        )


def joined(scores: list[Score]) -> Score:
    """One score after another; a first frame equal to the last is dropped."""
    rest = [score.cut(1, score.frames) for score in scores[1:]]
    return Score(
        **{
            f.name: np.concatenate(
                [getattr(s, f.name) for s in scores[:1] + rest]
            )
            for f in fields(Score)
        }
    )
