"""Hand-made joints for the metric tests: bodies that do one known thing."""

import numpy as np
import torch
from torch import Tensor

from mini_vimogen.conventions import STANDING_ROOT
from mini_vimogen.geometry.skeleton import SMPL24
from tests.oracles import wandering_clip


def standing(frames: int, joints: int = 22) -> Tensor:
    """[frames, joints, 3] float64: arms out, facing +Y, lowest joint at 0."""
    body = (SMPL24.rest_joints @ STANDING_ROOT.T).double()[:joints]
    body[:, 2] -= body[:, 2].min()
    return body.repeat(frames, 1, 1)


def wandering(frames: int, *, seed: int = 0, joints: int = 24) -> Tensor:
    """Random smooth joint angles of a travelling body, float64."""
    clip = wandering_clip(frames, seed=seed)
    return clip.joints().double()[:, :joints]


def tangle(frames: int, *, seed: int = 0, joints: int = 24) -> Tensor:
    """Joints that wander about a body on their own: every question gets asked.

    No skeleton holds them together; float64.
    """
    generator = torch.Generator().manual_seed(seed)
    time = torch.arange(frames, dtype=torch.float64)[:, None, None] / 60
    size, phase = torch.randn(
        2, joints, 3, generator=generator, dtype=torch.float64
    )
    swing = 0.5 * size * torch.sin(time * (1 + size.abs()) + 3 * phase)
    return 0.5 * standing(frames, joints) + swing


def random_walkers(count: int, frames: int, *, seed: int = 0) -> np.ndarray:
    """[count, frames, 22, 3] float32: feet that step, slide, hang and jump.

    Nothing moves on a straight line or stands on a threshold, so that float32
    and float64 give the same answers.
    """
    draw = np.random.default_rng(seed)
    clips = []
    for _ in range(count):
        time = np.arange(frames) / 20
        body = draw.normal(size=(22, 3)) * [0.2, 0.2, 0.3] + [0, 0, 1]
        pace = draw.uniform(0, 2)
        sway = draw.normal(size=3) * [0.2, 0.2, 0.03]
        root = np.outer(time, [0.1 * pace, pace, 0.0]) + np.outer(
            np.sin(draw.uniform(1, 7) * time), sway
        )
        wobble = 0.03 * np.sin(
            draw.uniform(1, 9, size=(1, 22, 3)) * time[:, None, None]
            + draw.uniform(0, 6, size=(1, 22, 3))
        )
        joints = body + root[:, None] + wobble
        for side, foot in enumerate((10, 11)):
            phase = 2 * np.pi * draw.uniform(0.8, 2) * time + np.pi * side
            lift = draw.choice([0.0, 0.1, 0.4])
            swing = draw.choice([0.05, 0.3])
            joints[:, foot] = root * [1, draw.choice([0.1, 1.0]), 0] + np.stack(
                [
                    0.2 * side + 0.01 * np.sin(1.3 * phase),
                    swing * np.sin(phase),
                    0.013 + lift * np.maximum(0, np.cos(phase)) ** 2,
                ],
                axis=-1,
            )
            joints[:, foot, 2] += draw.choice([0.0, 0.0, 0.11, -0.03])
        clips.append(joints)
    return np.stack(clips).astype(np.float32)
