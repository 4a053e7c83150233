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
    joints_named,
    random_spans,
)


def _by_joint(**groups: float) -> tuple[float, ...]:
    """A number for each COCO-17 point from the number of its kind.

    >>> _by_joint(face=1.0, wrist=2.0)[7:11]
    (0.0, 0.0, 2.0, 2.0)
    """
    face = groups.pop("face")
    values = [0.0] * len(COCO17)
    for joint in joints_named("nose", "eye", "ear"):
        values[joint] = face
    for name, value in groups.items():
        for joint in joints_named(name):
            values[joint] = value
    return tuple(values)


# Fitted to BlazePose on views 1 and 2 of the laboratory video and the first
# half of the street track; book/real_video.md shows the fit and what was held
# out. Confidence is the logistic function of a certainty that wanders.
_CERTAINTY = _by_joint(
    face=8.2, shoulder=8.8, hip=7.4, elbow=5.6, wrist=4.6, knee=4.6, ankle=4.2
)
_SWAY, _SWAY_SECONDS = 1.3, 0.25
"""Standard deviation of the certainty, and how long it remembers."""

_FAR_SIDE, _TURN_SECONDS = 1.5, 2.0
"""The body hides the limbs of its far side: loss of certainty, drawn for each
clip from an exponential distribution with this mean; how soon sides change."""

_GUESS = -1.5
"""Certainty of a limb in an unsure span."""

_NOISE_SHARE = _by_joint(
    face=0.87,
    shoulder=0.68,
    hip=0.68,
    elbow=1.0,
    wrist=1.05,
    knee=1.3,
    ankle=1.35,
)
"""Error of a joint over the mean error of all."""

_LIMB_SIDE = tuple(
    side * limb
    for side, limb in zip(
        (1 if name.startswith("left") else -1 for name in COCO17),
        _by_joint(face=0.0, elbow=1.0, wrist=1.0, knee=1.0, ankle=1.0),
        strict=True,
    )
)


@dataclass(frozen=True)
class DetectorSettings:
    """What a detector misses and mistakes. Pairs are (low, high).

    Args:
        hidden_joints, hidden_limbs: spans per second in which one joint, or a
            limb, is not seen (confidence 0).
        unsure_limbs: spans per second in which a limb is guessed: confidence
            mostly 0.02 to 0.5 and four to five times the noise.
        swaps: spans per second in which left is taken for right, in the whole
            body, the legs or the arms.
        flicker: share of single joints missing in single frames.
        span_seconds: how long the spans are.
        noise_px: size of the error (root mean square, each axis) in pixels for
            a person 600 pixels tall, drawn for each clip; it grows with the
            person's size in the picture, and with doubt: by 1 + 4 (1 -
            confidence).
        noise_steady: share of the error's variance that wanders; the rest is
            new in every frame.
        noise_seconds: how long the error remembers: its correlation falls to
            0.37 in this time.
        confidence: lowest and highest of joints that are seen; most are near
            the upper end, and limbs on the body's far side lower.

    The constants are BlazePose's on parts of ``real_video.npz``; the page
    book/real_video.md says which, how near they come, and how they do on the
    parts held out. Measured earlier, on all four laboratory views against the
    3D fitted to them: noise of 5.4 pixels whose correlation is 0.5 after 0.1
    seconds; 5 pixels at confidence 0.99, 8 at 0.75 and 15 below 0.6.
    """

    hidden_joints: float = 0.1
    hidden_limbs: float = 0.05
    unsure_limbs: float = 0.15
    swaps: float = 0.05
    flicker: float = 0.001
    span_seconds: tuple[float, float] = (0.1, 1.0)
    noise_px: tuple[float, float] = (3.0, 9.0)
    noise_steady: float = 1.0
    noise_seconds: float = 0.13
    confidence: tuple[float, float] = (0.0, 1.0)


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
    batch = len(unsure)
    sway = _wander(draws, (*unsure.shape, 1), seconds, memory=_SWAY_SECONDS)
    sway = _SWAY * sway[..., 0]
    far = -_FAR_SIDE * (1 - draws.even(batch, 1, 1)).log()  # exponential
    shape = (batch, len(seconds), 1)
    side = _wander(draws, (*shape, 1), seconds, memory=_TURN_SECONDS)[..., 0]
    far = far * (side * side.new_tensor(_LIMB_SIDE)).relu()
    certainty = sway.new_tensor(_CERTAINTY)
    low, high = settings.confidence
    sure = low + (high - low) * torch.sigmoid(certainty + sway - far)
    return torch.where(unsure, torch.sigmoid(_GUESS + sway), sure)


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
    noise = _wander(draws, pixels.shape, seconds, memory=settings.noise_seconds)
    steady = settings.noise_steady
    if steady < 1:
        white = draws.normal(*pixels.shape)
        noise = noise * steady**0.5 + white * (1 - steady) ** 0.5
    share = pixels.new_tensor(_NOISE_SHARE)[:, None]
    return noise * (size * (tall / 600)[:, None, None, None] * share)


def _wander(draws, shape, seconds: Tensor, *, memory: float) -> Tensor:
    """Normal noise [batch, frames, joints, k] that forgets at a constant rate.

    Its correlation is exp(-time / memory) (Ornstein and Uhlenbeck's process):
    every frame keeps a part of the one before and draws the rest anew.
    """
    frames = len(seconds)
    if frames == 0:
        return draws.normal(*shape)
    apart = (seconds[:, None] - seconds) / max(memory, 1e-6)
    kept = torch.exp(-apart.clamp(min=0)).tril()
    fresh = (1 - kept.diagonal(-1).square()).sqrt()
    kernel = torch.cat([kept[:, :1], kept[:, 1:] * fresh], dim=1)
    white = draws.normal(*shape)
    return torch.einsum("tf,bf...->bt...", kernel, white)
