"""A lifter: the ViMo network together with the scale of its numbers."""

import math

import torch
from torch import Tensor, nn

from mini_vimogen.conditions.keypoints import SCALINGS
from mini_vimogen.models.vimo import ViMoDenoiser
from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.representation.vimo151 import CAMERA_LAYOUT


class ScaledModel(nn.Module):
    """What all models from keypoints to the camera form of a motion share.

    The scale of the numbers travels with the weights, so that a checkpoint is
    whole.

    Args:
        network: what answers, in normalised features.
        features: numbers a frame of its answers.
        fps: frames per second that it was made for.
        frames: length of the windows that it was trained on.
        scaling: of the keypoints, see ``conditions.keypoints``.
        layout: name of the numbers of its answers.
        normalizer: None while its values are still to be loaded.

    Raises:
        ValueError: another layout than ``CAMERA_LAYOUT``, or features that are
            not its; no such scaling; fps or frames that are not positive.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        features: int,
        fps: float,
        frames: int,
        scaling: str = "frame",
        layout: str = CAMERA_LAYOUT.name,
        normalizer: Normalizer | None = None,
    ):
        super().__init__()
        if (layout, features) != (CAMERA_LAYOUT.name, CAMERA_LAYOUT.width):
            raise ValueError(
                f"layout must be {CAMERA_LAYOUT.name!r} of "
                f"{CAMERA_LAYOUT.width} numbers, got {layout!r} of {features}"
            )
        if scaling not in SCALINGS:
            raise ValueError(
                f"scaling must be one of {SCALINGS}, got {scaling!r}"
            )
        if not (fps > 0 and math.isfinite(fps) and frames >= 1):
            raise ValueError(
                f"fps and frames must be positive, got {fps} and {frames}"
            )
        self.scaling = scaling
        self.denoiser = network
        self.features = features
        self.fps, self.frames = float(fps), int(frames)
        if normalizer is None:
            normalizer = Normalizer(torch.ones(features), torch.zeros(features))
        self.register_buffer("scale", normalizer.scale.clone())
        self.register_buffer("shift", normalizer.shift.clone())

    @property
    def numbers(self) -> dict:
        """Its share of the settings that rebuild the model."""
        return dict(
            fps=self.fps,
            frames=self.frames,
            scaling=self.scaling,
            layout=CAMERA_LAYOUT.name,
        )

    @property
    def normalizer(self) -> Normalizer:
        """Between features and what the network sees."""
        return Normalizer(self.scale, self.shift)


class Lifter(ScaledModel):
    """From 2D keypoints to the camera form of a motion, out of noise.

    Called as ``ViMoDenoiser`` is, on normalised features. ``path`` names how
    motion and noise were mixed while it learned.

    Args:
        network: settings of the ``ViMoDenoiser``.
        scale: fps, frames, scaling, normalizer; see ``ScaledModel``.
    """

    path = "diffusion"

    def __init__(self, *, network: dict, **scale):
        denoiser = ViMoDenoiser(**network)
        super().__init__(denoiser, features=denoiser.features, **scale)
        self.settings = dict(network=denoiser.settings, **self.numbers)

    def forward(self, noisy: Tensor, t: Tensor, condition, **options) -> Tensor:
        """The clean motion; see ``ViMoDenoiser.forward``."""
        return self.denoiser(noisy, t, condition, **options)

    def encode_condition(self, condition: Tensor, **options):
        """See ``ViMoDenoiser.encode_condition``."""
        return self.denoiser.encode_condition(condition, **options)


ANSWERS = ("clean", "velocity")


class FlowLifter(Lifter):
    """A lifter on the straight path of flow matching.

    The same network with as many weights. Whatever comes out of it, what is
    answered is the clean motion, so that losses, samplers and completion take
    it as they take a ``Lifter``.

    Args:
        answers: of the network inside, "clean" or "velocity".
        options: see ``Lifter``.

    Raises:
        ValueError: no such word.

    Source: velocity: Lipman et al. 2023; clean: Li and He 2025 (JiT).
    """

    path = "flow"

    def __init__(self, *, answers: str = "clean", **options):
        super().__init__(**options)
        if answers not in ANSWERS:
            raise ValueError(
                f"answers must be one of {', '.join(ANSWERS)}, got {answers!r}"
            )
        self.answers = answers
        self.settings["answers"] = answers

    def forward(self, noisy: Tensor, t: Tensor, condition, **options) -> Tensor:
        """The clean motion; see ``ViMoDenoiser.forward``."""
        answer = super().forward(noisy, t, condition, **options)
        if self.answers == "clean":
            return answer
        # ``paths.predictions.velocity_to_clean``, a room out of reach.
        return noisy - t[..., None, None] * answer
