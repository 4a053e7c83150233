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
        scaling: of the keypoints, see ``conditions.keypoints``.
        normalizer: None while its values are still to be loaded.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        features: int,
        fps: float,
        frames: int,
        scaling: str = "frame",
        normalizer: Normalizer | None = None,
    ):
        super().__init__()
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
        return dict(fps=self.fps, frames=self.frames, scaling=self.scaling)

    @property
    def normalizer(self) -> Normalizer:
        """Between features and what the network sees."""
        return Normalizer(self.scale, self.shift)


class Lifter(ScaledModel):
    """From 2D keypoints to the camera form of a motion, out of noise.

    Called as ``ViMoDenoiser`` is, on normalised features.

    Args:
        network: settings of the ``ViMoDenoiser``.
        scale: fps, frames, scaling, normalizer; see ``ScaledModel``.
    """

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
