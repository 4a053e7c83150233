"""From a 2D keypoint track to 3D motion."""

import torch
from torch import Tensor

from mini_vimogen.clip import Clip
from mini_vimogen.conditions.cuts import detect_cuts
from mini_vimogen.conditions.keypoints import condition_features
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.data.library import data_path
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.models.lifter import FlowLifter, Lifter, ScaledModel
from mini_vimogen.models.regressor import FrameRegressor, Regressor
from mini_vimogen.representation.shots import decode_camera_form
from mini_vimogen.representation.stitch import crossfade_features
from mini_vimogen.representation.vimo151 import CAMERA_LAYOUT
from mini_vimogen.samplers import long_form
from mini_vimogen.samplers.ddim import Denoise
from mini_vimogen.samplers.guidance import guided
from mini_vimogen.samplers.long_form import Windows, in_chunks, plan_windows
from mini_vimogen.tasks.sampling import (
    SCHEDULES,
    FlowSampling,
    Sampling,
    suited,
)
from mini_vimogen.training.batches import shortest_window
from mini_vimogen.training.checkpoint import load_model

WINDOWS_AT_ONCE = 32
"""Through the network in one call: what bounds the memory of a long lift."""

DEFAULT_LIFTER = "checkpoints/vimo_desk.safetensors"
FLOW_LIFTER = "checkpoints/vimo_flow_desk.safetensors"
"""Trained by flow matching: the same network, data, steps and seed."""


def load_lifter(path=None) -> ScaledModel:
    """A trained lifter, or a regressor in its place.

    Args:
        path: None loads the lifter that ships with the course.

    Raises:
        FileNotFoundError, ValueError: see ``checkpoint.load_model``; or it was
            made for another frame rate than ViMo's.
    """
    path = path or data_path(DEFAULT_LIFTER)
    kinds = Lifter, FlowLifter, Regressor, FrameRegressor
    lifter = load_model(path, *kinds)
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
    sampling: Sampling | FlowSampling | None = None,
    generator: torch.Generator | None = None,
) -> list[Clip]:
    """3D motions that a keypoint track may show.

    Args:
        track: one person, any frame rate and picture size.
        lifter: None takes the shipped one. A regressor's samples are equal.
        samples: how many motions.
        sampling: None is 10 steps of DDIM, or 8 evaluations of the midpoint
            method for a lifter trained with flow.
        generator: of the noise; None is seed 0.

    Returns:
        Clips at the lifter's frame rate, over the origin; the first camera
        looks along +Y. Cuts are found in the track; how far the camera
        turned at a cut is guessed from the motion around it.

    Raises:
        ValueError: samples under 1; a track shorter than what the lifter was
            trained on; or a way of sampling that is not for this lifter.
    """
    if samples < 1:
        raise ValueError(f"samples must be 1 or more, got {samples}")
    lifter = load_lifter() if lifter is None else lifter
    sampling = suited(lifter, sampling)
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
        sampling=sampling,
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
    sampling: Sampling | FlowSampling,
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
    sampling: Sampling | FlowSampling,
    generator: torch.Generator,
) -> Tensor:
    """Normalised features [b, windows, window, 151] for [b, frames, c]."""
    pieces, sampling = plan.cut(condition), suited(lifter, sampling)
    if not isinstance(lifter, Lifter):
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
        schedule=SCHEDULES[lifter.path],
        sampler=sampling.sampler(),
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
