"""Lifters that give one answer: what a diffusion model has to be worth.

Both are trained on the same batches as a ``Lifter``, and answer in the same
normalised features, so that only the objective differs.
"""

import torch
from torch import Tensor, nn

from mini_vimogen.models.lifter import ScaledModel
from mini_vimogen.models.vimo import ViMoDenoiser


class Regressor(ScaledModel):
    """The backbone of a ``Lifter`` without noise and without noise levels.

    The same network with as many weights: where the noisy motion was there are
    zeros, and the noise level is always 0. What a squared error makes of it is
    the mean of all motions that fit the keypoints.

    Args:
        network: settings of the ``ViMoDenoiser``.
        scale: fps, frames, scaling, normalizer; see ``ScaledModel``.

    Source: the baseline of ViMo's Table 1, MotionBERT, regresses as well.
    """

    def __init__(self, *, network: dict, **scale):
        backbone = ViMoDenoiser(**network)
        super().__init__(backbone, features=backbone.features, **scale)
        self.settings = dict(network=backbone.settings, **self.numbers)

    def forward(
        self, condition: Tensor, *, valid: Tensor | None = None
    ) -> Tensor:
        """Normalised features [b, frames, c] for a condition [b, frames, k].

        ``valid`` [b, frames] bool, False on padding, where the answer is 0.
        """
        b, frames = condition.shape[:2]
        blank = condition.new_zeros(b, frames, self.features)
        return self.denoiser(blank, blank[:, 0, 0], condition, valid=valid)


class FrameRegressor(ScaledModel):
    """One frame at a time, by a multilayer perceptron that knows no other.

    Args:
        condition_features, features: numbers a frame that go in and come out.
        width: of the hidden layers. layers: how many.
        scale: fps, frames, scaling, normalizer; see ``ScaledModel``.

    Source: after Martinez et al. 2017 ("A simple yet effective baseline for 3d
    human pose estimation"), two residual layers at a time.
    """

    def __init__(
        self,
        *,
        condition_features: int,
        features: int = 151,
        width: int = 384,
        layers: int = 4,
        **scale,
    ):
        network = nn.ModuleDict(
            {
                "inwards": nn.Linear(condition_features, width),
                "hidden": nn.ModuleList(
                    nn.Sequential(
                        nn.LayerNorm(width), nn.Linear(width, width), nn.GELU()
                    )
                    for _ in range(layers)
                ),
                "outwards": nn.Linear(width, features),
            }
        )
        super().__init__(network, features=features, **scale)
        self.settings = dict(
            condition_features=condition_features,
            features=features,
            width=width,
            layers=layers,
            **self.numbers,
        )

    def forward(
        self, condition: Tensor, *, valid: Tensor | None = None
    ) -> Tensor:
        """As ``Regressor.forward``."""
        x = self.denoiser["inwards"](condition)
        for layer in self.denoiser["hidden"]:
            x = x + layer(x)
        clean = self.denoiser["outwards"](x)
        if valid is None:
            return clean
        return torch.where(valid[..., None], clean, 0.0)
