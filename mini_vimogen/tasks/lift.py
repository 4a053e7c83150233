"""From a 2D keypoint track to 3D motion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conditions.cuts import detect_cuts
from mini_vimogen.conditions.keypoints import condition_features
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.data.library import data_path
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.models.lifter import Lifter, ScaledModel
from mini_vimogen.models.regressor import FrameRegressor, Regressor
from mini_vimogen.paths.schedules import cosine
from mini_vimogen.representation.shots import decode_camera_form
from mini_vimogen.samplers import ddim
from mini_vimogen.samplers.guidance import guided
from mini_vimogen.training.batches import shortest_window
from mini_vimogen.training.checkpoint import load_model

DEFAULT_LIFTER = "checkpoints/vimo_desk.safetensors"


@dataclass(frozen=True)
class Sampling:
    """How a lifter is sampled.

    Args:
        steps: network evaluations of DDIM, 1..1000. 1 is a single call at the
            highest noise level.
        eta: 0 keeps the noise, 1 draws it afresh at each step (EDGE).
        guidance: 0 ignores the keypoints, 1 is the plain network.

    Raises:
        ValueError: a number out of range.
    """

    steps: int = 10
    eta: float = 1.0
    guidance: float = 1.0

    def __post_init__(self):
        if not isinstance(self.steps, int):
            raise ValueError(f"steps must be a whole number, got {self.steps}")
        ddim.levels(self.steps)
        if not 0 <= self.eta <= 1:
            raise ValueError(f"eta must be within 0..1, got {self.eta}")
        if not 0 <= self.guidance <= 10:
            raise ValueError(
                f"guidance must be within 0..10, got {self.guidance}"
            )


def load_lifter(path=None) -> ScaledModel:
    """A trained lifter, or a regressor in its place.

    Args:
        path: None loads the lifter that ships with the course.

    Raises:
        FileNotFoundError, ValueError: see ``checkpoint.load_model``; or it was
            made for another frame rate than ViMo's.
    """
    path = path or data_path(DEFAULT_LIFTER)
    lifter = load_model(path, Lifter, Regressor, FrameRegressor)
    if lifter.fps != VIMO_FPS:
        raise ValueError(
            f"{path} must hold a lifter for {VIMO_FPS:g} frames per second, "
            f"got one for {lifter.fps:g}"
        )
    return lifter


def lift(
    track: KeypointTrack,
    *,
    lifter: ScaledModel | None = None,
    samples: int = 1,
    sampling: Sampling | None = None,
    generator: torch.Generator | None = None,
) -> list[Clip]:
    """3D motions that a keypoint track may show.

    Args:
        track: one person, any frame rate and picture size.
        lifter: None takes the shipped one. A regressor's samples are equal.
        samples: how many motions.
        sampling: None is 10 steps of DDIM.
        generator: of the noise; None is seed 0.

    Returns:
        Clips at the lifter's frame rate, over the origin; the first camera
        looks along +Y. Cuts are found in the track; how far the camera
        turned at a cut is guessed from the motion around it.

    Raises:
        ValueError: samples under 1; a track shorter than what the lifter was
            trained on; or ways of sampling asked of a regressor.
    """
    if samples < 1:
        raise ValueError(f"samples must be 1 or more, got {samples}")
    lifter = load_lifter() if lifter is None else lifter
    generator = generator or torch.Generator().manual_seed(0)
    track = track.resample(lifter.fps)
    least = shortest_window(lifter.frames)
    if track.frames < least:
        raise ValueError(
            f"keypoints must last at least {least / lifter.fps:.2g} s, the "
            "shortest that the lifter was trained on, got "
            f"{track.frames / lifter.fps:.2g} s"
        )
    size = track.width, track.height
    cuts = detect_cuts(track.keypoints, *size)
    condition = condition_features(
        track.keypoints, *size, cuts=cuts, scaling=lifter.scaling
    )
    first_frames = torch.nonzero(cuts)[:, 0].tolist()
    features = sample_features(
        lifter,
        condition.expand(samples, -1, -1),
        sampling=sampling or Sampling(),
        generator=generator,
    )
    return [
        decode_camera_form(
            one, fps=lifter.fps, cuts=first_frames, source="lifted"
        )
        for one in features
    ]


@torch.no_grad()
def sample_features(
    lifter: ScaledModel,
    condition: Tensor,
    *,
    sampling: Sampling,
    generator: torch.Generator,
) -> Tensor:
    """Camera-form features for conditions of any length.

    Args:
        condition: [b, frames, c].

    Returns:
        [b, frames, 151]. Motions longer than the lifter's window are made
        window by window and put end to end; the last window reaches back so
        that it is whole.
    """
    count, frames = condition.shape[:2]
    window = min(lifter.frames, frames)
    starts = window_starts(frames, window)
    pieces = torch.cat([condition[:, s : s + window] for s in starts])
    clean = answers(lifter, pieces, sampling=sampling, generator=generator)
    clean = lifter.normalizer.undo(clean).split(count)
    whole = condition.new_empty(count, frames, clean[0].shape[-1])
    for start, piece in zip(starts, clean, strict=True):
        whole[:, start : start + window] = piece
    return whole


def answers(
    lifter: ScaledModel,
    condition: Tensor,
    *,
    sampling: Sampling,
    generator: torch.Generator,
) -> Tensor:
    """Normalised features [b, frames, 151] for conditions [b, frames, c]."""
    if not isinstance(lifter, Lifter):
        if sampling != Sampling():
            raise ValueError(
                "steps, eta and guidance must be left alone with a "
                f"{type(lifter).__name__}, which does not sample; got "
                f"{sampling}"
            )
        return lifter(condition)
    noise = torch.randn(
        *condition.shape[:2], lifter.features, generator=generator
    )
    return ddim.sample(
        denoiser(lifter, condition, guidance=sampling.guidance),
        noise.to(condition),
        steps=sampling.steps,
        schedule=cosine,
        eta=sampling.eta,
        generator=generator,
    )


def window_starts(frames: int, window: int) -> Sequence[int]:
    """First frames of windows that cover everything.

    >>> window_starts(130, 60)
    [0, 60, 70]
    """
    starts = list(range(0, frames - window + 1, window))
    if starts[-1] + window < frames:
        starts.append(frames - window)
    return starts


def denoiser(
    lifter: Lifter, condition: Tensor, *, guidance: float = 1.0
) -> Callable[[Tensor, Tensor], Tensor]:
    """(noisy, t) -> clean for one condition, which is encoded once."""
    plain = guidance == 1.0
    encoded = lifter.encode_condition(condition, guidance=not plain)

    def denoise(noisy: Tensor, t: Tensor) -> Tensor:
        return lifter(noisy, t, encoded)

    return denoise if plain else guided(denoise, guidance)
