"""A lifter: the ViMo network together with the scale of its numbers."""

import torch
from torch import Tensor, nn

from mini_vimogen.models.vimo import ViMoDenoiser
from mini_vimogen.representation.normalizer import Normalizer


class Lifter(nn.Module):
    """From 2D keypoints to the camera form of a motion.

    Called as ``ViMoDenoiser`` is, on normalised features. The scale travels
    with the weights, so that a checkpoint is whole.

    Args:
        network: settings of the ``ViMoDenoiser``.
        fps: frames per second that it was made for.
        frames: length of the windows that it was trained on.
        normalizer: None while its values are still to be loaded.
    """

    def __init__(
        self,
        *,
        network: dict,
        fps: float,
        frames: int,
        normalizer: Normalizer | None = None,
    ):
        super().__init__()
        self.denoiser = ViMoDenoiser(**network)
        self.fps, self.frames = float(fps), int(frames)
        width = self.denoiser.features
        if normalizer is None:
            normalizer = Normalizer(torch.ones(width), torch.zeros(width))
        self.register_buffer("scale", normalizer.scale.clone())
        self.register_buffer("shift", normalizer.shift.clone())
        self.settings = dict(
            network=self.denoiser.settings, fps=self.fps, frames=self.frames
        )

    @property
    def normalizer(self) -> Normalizer:
        """Between features and what the network sees."""
        return Normalizer(self.scale, self.shift)

    def forward(self, noisy: Tensor, t: Tensor, condition, **options) -> Tensor:
        """The clean motion; see ``ViMoDenoiser.forward``."""
        return self.denoiser(noisy, t, condition, **options)

    def encode_condition(self, condition: Tensor, **options):
        """See ``ViMoDenoiser.encode_condition``."""
        return self.denoiser.encode_condition(condition, **options)
