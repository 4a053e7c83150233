"""The motions that models are trained on, and in what shares."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.data import library
from mini_vimogen.data.casual_video import VideoSettings
from mini_vimogen.data.choreographer import (
    ACTIONS,
    PosePool,
    babble,
    choreograph,
)
from mini_vimogen.training.batches import MotionPool, looped

CYCLIC = ("deepmimic_walk", "deepmimic_run")
"""Real clips that repeat: their end fits their start."""

SPEEDS = (0.8, 1.0, 1.25)
"""Real clips are also trained on slower and faster."""


@dataclass(frozen=True)
class Mix:
    """Where training motions come from.

    Args:
        real, acted, babbled: shares of the windows drawn.
        acted_clips: choreographed clips an action.
        babbled_clips: random walks through real postures.
        rig: share of the windows filmed by one camera of a calibrated rig, as
            ViMo's training data are; a casual camera films the others.
        seed: of the choreography and the babble.
    """

    real: float = 0.5
    acted: float = 0.35
    babbled: float = 0.15
    acted_clips: int = 60
    babbled_clips: int = 300
    rig: float = 0.25
    seed: int = 0

    def __post_init__(self):
        shares = (self.real, self.acted, self.babbled)
        if min(shares) < 0 or not math.isclose(sum(shares), 1.0):
            raise ValueError(
                f"real, acted and babbled must be shares that sum to 1, got "
                f"{shares}"
            )
        if not 0 <= self.rig <= 1:
            raise ValueError(f"rig must be within 0..1, got {self.rig}")

    def film(self) -> VideoSettings:
        """How the windows are filmed."""
        return VideoSettings(rig=self.rig)


def seen_actions() -> list[str]:
    """Choreographed actions that lifters may train on and that exist."""
    seen = library.splits()["choreographed"]["seen"]
    return [action for action in seen if action in ACTIONS]


def real_training_clips() -> list[Clip]:
    """The training split at three speeds, cycles looped to 3 seconds."""
    clips = []
    for clip in library.real_motion("train"):
        if clip.source in CYCLIC:
            clip = looped(clip, frames=90)
        for speed in SPEEDS:
            clips.append(clip.with_(fps=clip.fps * speed).resample(clip.fps))
    return clips


def motion_groups(mix: Mix, *, fps: float = VIMO_FPS) -> dict[str, list[Clip]]:
    """The clips of a mix by group; groups whose share is 0 are left out."""
    generator = torch.Generator().manual_seed(mix.seed)
    postures = PosePool.of(library.real_motion("train"))
    makers: dict[str, Callable[[], list[Clip]]] = {
        "real": real_training_clips,
        "acted": lambda: [
            choreograph(action, generator=generator)
            for action in seen_actions()
            for _ in range(mix.acted_clips)
        ],
        "babbled": lambda: [
            babble(postures, generator=generator, duration=3.0)
            for _ in range(mix.babbled_clips)
        ],
    }
    groups = {
        name: maker() for name, maker in makers.items() if getattr(mix, name)
    }
    if fps != VIMO_FPS:
        groups = {
            name: [clip.resample(fps) for clip in group]
            for name, group in groups.items()
        }
    return groups


def motion_pool(mix: Mix, *, fps: float = VIMO_FPS) -> MotionPool:
    """The pool of a mix; groups whose share is 0 are left out."""
    groups = motion_groups(mix, fps=fps)
    weights = {name: getattr(mix, name) for name in groups}
    return MotionPool(groups, weights=weights, fps=fps)
