"""From a 2D keypoint track to 3D motion."""

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
from mini_vimogen.representation.stitch import crossfade_features
from mini_vimogen.representation.vimo151 import CAMERA_LAYOUT
from mini_vimogen.samplers import ddim, long_form
from mini_vimogen.samplers.ddim import Denoise
from mini_vimogen.samplers.guidance import guided
from mini_vimogen.samplers.long_form import Windows, in_chunks, plan_windows
from mini_vimogen.training.batches import shortest_window
from mini_vimogen.training.checkpoint import load_model

WINDOWS_AT_ONCE = 32
"""Through the network in one call: what bounds the memory of a long lift."""

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
        [b, frames, 151]. A motion longer than the lifter's window is made in
        windows that overlap by half and are sampled together, and what they
        still disagree in is blended; the last window reaches back so that it
        is whole.
    """
    plan = plan_windows(condition.shape[1], lifter.frames)
    clean = answers(
        lifter, condition, plan, sampling=sampling, generator=generator
    )
    features = lifter.normalizer.undo(clean)
    return crossfade_features(features, plan.starts, layout=CAMERA_LAYOUT)


def answers(
    lifter: ScaledModel,
    condition: Tensor,
    plan: Windows,
    *,
    sampling: Sampling,
    generator: torch.Generator,
) -> Tensor:
    """Normalised features [b, windows, window, 151] for [b, frames, c]."""
    pieces = plan.cut(condition)
    if not isinstance(lifter, Lifter):
        if sampling != Sampling():
            raise ValueError(
                "steps, eta and guidance must be left alone with a "
                f"{type(lifter).__name__}, which does not sample; got "
                f"{sampling}"
            )
        chunks = pieces.flatten(end_dim=1).split(WINDOWS_AT_ONCE)
        clean = torch.cat([lifter(chunk) for chunk in chunks])
        return clean.reshape(*pieces.shape[:3], -1)
    noise = torch.randn(
        *condition.shape[:2], lifter.features, generator=generator
    )
    return long_form.sample(
        windowed(lifter, pieces, guidance=sampling.guidance),
        plan.cut(noise.to(condition)),
        windows=plan,
        steps=sampling.steps,
        schedule=cosine,
        eta=sampling.eta,
        generator=generator,
    )


def windowed(
    lifter: Lifter,
    condition: Tensor,
    *,
    guidance: float,
    present: Tensor | None = None,
) -> Denoise:
    """The denoiser of many windows, a few of which go through at a time.

    Args:
        condition: [b, windows, window, c].
        guidance: see ``Sampling``.
        present: bool [b, windows], False where a window has no condition.
    """
    chunks = condition.flatten(end_dim=1).split(WINDOWS_AT_ONCE)
    shown = [None] * len(chunks)
    if present is not None:
        shown = present.flatten().split(WINDOWS_AT_ONCE)
    parts = [
        denoiser(lifter, chunk, guidance=guidance, present=its)
        for chunk, its in zip(chunks, shown, strict=True)
    ]
    return in_chunks(
        lambda some: parts[some.start // WINDOWS_AT_ONCE],
        size=WINDOWS_AT_ONCE,
    )


def denoiser(
    lifter: Lifter,
    condition: Tensor,
    *,
    guidance: float = 1.0,
    present: Tensor | None = None,
) -> Denoise:
    """(noisy, t) -> clean for one condition, which is encoded once."""
    plain = guidance == 1.0
    encoded = lifter.encode_condition(
        condition, present=present, guidance=not plain
    )

    def denoise(noisy: Tensor, t: Tensor) -> Tensor:
        return lifter(noisy, t, encoded)

    return denoise if plain else guided(denoise, guidance)
