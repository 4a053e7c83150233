"""A lifter: the ViMo network together with the scale of its numbers."""

import torch
from torch import Tensor, nn

from mini_vimogen.models.vimo import ViMoDenoiser
from mini_vimogen.representation.normalizer import Normalizer


class ScaledModel(nn.Module):
    """What all models from keypoints to the camera form of a motion share.

    The scale of the numbers travels with the weights, so that a checkpoint is
    whole.

    Args:
        network: what answers, in normalised features.
        features: numbers a frame of its answers.
        fps: frames per second that it was made for.
        frames: length of the windows that it was trained on.
        normalizer: None while its values are still to be loaded.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        features: int,
        fps: float,
        frames: int,
        normalizer: Normalizer | None = None,
    ):
        super().__init__()
        self.denoiser = network
        self.features = features
        self.fps, self.frames = float(fps), int(frames)
        if normalizer is None:
            normalizer = Normalizer(torch.ones(features), torch.zeros(features))
        self.register_buffer("scale", normalizer.scale.clone())
        self.register_buffer("shift", normalizer.shift.clone())

    @property
    def normalizer(self) -> Normalizer:
        """Between features and what the network sees."""
        return Normalizer(self.scale, self.shift)


class Lifter(ScaledModel):
    """From 2D keypoints to the camera form of a motion, out of noise.

    Called as ``ViMoDenoiser`` is, on normalised features.

    Args:
        network: settings of the ``ViMoDenoiser``.
        fps, frames, normalizer: see ``ScaledModel``.
    """

    def __init__(
        self,
        *,
        network: dict,
        fps: float,
        frames: int,
        normalizer: Normalizer | None = None,
    ):
        denoiser = ViMoDenoiser(**network)
        super().__init__(
            denoiser,
            features=denoiser.features,
            fps=fps,
            frames=frames,
            normalizer=normalizer,
        )
        self.settings = dict(
            network=denoiser.settings, fps=self.fps, frames=self.frames
        )

    def forward(self, noisy: Tensor, t: Tensor, condition, **options) -> Tensor:
        """The clean motion; see ``ViMoDenoiser.forward``."""
        return self.denoiser(noisy, t, condition, **options)

    def encode_condition(self, condition: Tensor, **options):
        """See ``ViMoDenoiser.encode_condition``."""
        return self.denoiser.encode_condition(condition, **options)
