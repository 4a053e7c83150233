"""A pose detector's errors: what is hidden, unsure, noisy, or mistaken."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mini_vimogen.conventions import COCO17
from mini_vimogen.data.draws import BatchDraws
from mini_vimogen.data.occlusion import (
    LIMBS,
    MIRRORED,
    SIDED_GROUPS,
    SINGLE_JOINTS,
    random_spans,
)


@dataclass(frozen=True)
class DetectorSettings:
    """What a detector misses and mistakes. Pairs are (low, high).

    Args:
        hidden_joints, hidden_limbs: spans per second in which one joint, or a
            limb, is not seen (confidence 0).
        unsure_limbs: spans per second in which a limb is guessed: confidence
            0.1 to 0.4 and about four times the noise.
        swaps: spans per second in which left is taken for right, in the whole
            body, the legs or the arms.
        flicker: share of single joints missing in single frames.
        span_seconds: how long the spans are.
        noise_px: size of the error (root mean square, each axis) in pixels for
            a person 600 pixels tall, drawn for each clip; it grows with the
            person's size in the picture, and with doubt: by 1 + 4 (1 -
            confidence).
        noise_steady: share of the error's variance that changes slowly.
        noise_seconds: how slowly.
        confidence: of joints that are seen; most are near the upper end.

    The noise is that of BlazePose on the four views of ``real_video.npz``,
    measured against the 3D fitted to them: 5.4 pixels on that scale, four
    fifths of its variance slow (correlation 0.5 after 0.1 seconds), 5 pixels
    at confidence 0.99, 8 at 0.75 and 15 below 0.6.
    """

    hidden_joints: float = 0.3
    hidden_limbs: float = 0.15
    unsure_limbs: float = 0.1
    swaps: float = 0.05
    flicker: float = 0.01
    span_seconds: tuple[float, float] = (0.1, 1.0)
    noise_px: tuple[float, float] = (2.0, 7.0)
    noise_steady: float = 0.8
    noise_seconds: float = 0.13
    confidence: tuple[float, float] = (0.6, 1.0)


FLAWLESS = DetectorSettings(
    hidden_joints=0.0,
    hidden_limbs=0.0,
    unsure_limbs=0.0,
    swaps=0.0,
    flicker=0.0,
    noise_px=(0.0, 0.0),
    confidence=(1.0, 1.0),
)
"""A detector that never errs."""


def detect(
    pixels: Tensor,
    in_picture: Tensor,
    *,
    fps: float,
    generator: torch.Generator,
    settings: DetectorSettings | None = None,
) -> tuple[Tensor, Tensor]:
    """What a detector reports of the true pixels.

    Args:
        pixels: [batch, frames, 17, 2]
        in_picture: bool [batch, frames, 17]
        fps: frames per second.
        generator: all draws come from it.
        settings: None takes ``DetectorSettings()``.

    Returns:
        keypoints [batch, frames, 17, 3], all zeros where nothing is reported,
        and bool [batch, frames, 17]: in the picture and not hidden.
    """
    settings = settings or DetectorSettings()
    draws = BatchDraws(pixels, generator)
    batch, frames = pixels.shape[:2]
    seconds = torch.arange(frames, device=pixels.device).to(pixels) / fps

    def spans(groups, per_second):
        return random_spans(
            draws,
            batch,
            seconds,
            groups=groups,
            per_second=per_second,
            length=settings.span_seconds,
        )

    hidden = spans(SINGLE_JOINTS, settings.hidden_joints)
    hidden = hidden | spans(LIMBS, settings.hidden_limbs)
    visible = in_picture & ~hidden
    unsure = spans(LIMBS, settings.unsure_limbs)
    reported = visible & ~draws.chance(
        batch, frames, len(COCO17), share=settings.flicker
    )
    confidence = _confidence(draws, unsure, seconds, settings)
    error = _errors(draws, pixels, seconds, settings)
    error = error * (1 + 4 * (1 - confidence))[..., None]
    keypoints = torch.cat([pixels + error, confidence[..., None]], dim=-1)
    keypoints = torch.where(reported[..., None], keypoints, 0.0)
    swapped = spans(SIDED_GROUPS, settings.swaps)
    mirrored = keypoints[..., MIRRORED, :]
    return torch.where(swapped[..., None], mirrored, keypoints), visible


def _confidence(draws, unsure: Tensor, seconds: Tensor, settings) -> Tensor:
    """Smoothly changing confidence [batch, frames, 17]."""
    low, high = settings.confidence
    wave = _slow_noise(draws, (*unsure.shape, 1), seconds, window=0.3)[..., 0]
    sure = high - (high - low) * torch.special.ndtr(wave) ** 3
    guess = 0.1 + 0.3 * torch.special.ndtr(wave)
    return torch.where(unsure, guess, sure)


def _errors(draws, pixels: Tensor, seconds: Tensor, settings) -> Tensor:
    """Detector errors [batch, frames, 17, 2] in pixels at full confidence."""
    low, high = settings.noise_px
    if high == 0:
        return torch.zeros_like(pixels)
    size = draws.even(len(pixels), 1, 1, 1, low=low, high=high)
    # Nose to ankles is about nine tenths of a body's height; a bent body's box
    # is smaller, so the clip's largest box counts.
    box = (pixels.amax(dim=2) - pixels.amin(dim=2)).norm(dim=-1)
    tall = box.median(dim=1).values / 0.9
    slow = _slow_noise(
        draws, pixels.shape, seconds, window=settings.noise_seconds
    )
    fast = draws.normal(*pixels.shape)
    steady = settings.noise_steady
    noise = slow * steady**0.5 + fast * (1 - steady) ** 0.5
    return noise * size * (tall / 600)[:, None, None, None]


def _slow_noise(draws, shape, seconds: Tensor, *, window: float) -> Tensor:
    """Normal noise [batch, frames, ...] with a Gaussian correlation in time."""
    apart = (seconds[:, None] - seconds) / max(window, 1e-6)
    kernel = torch.exp(-apart.square())
    kernel = kernel / kernel.norm(dim=1, keepdim=True)
    white = draws.normal(*shape)
    return torch.einsum("tf,bf...->bt...", kernel, white)
