"""A network of a few weights and data to train it on."""

import torch

from mini_vimogen.models.vimo import ViMoDenoiser
from mini_vimogen.training.presets import preset

SETTINGS = dict(
    features=7, condition_features=5, width=8, layers=1, heads=2, dropout=0.2
)


def network(seed: int = 0, **changes) -> ViMoDenoiser:
    torch.manual_seed(seed)
    return ViMoDenoiser(**SETTINGS | changes)


def recipe(**changes):
    numbers = dict(batch=4, steps=6, warmup=2, frames=6, ema=0.9)
    return preset("laptop", **numbers | changes)


def batches_of(count: int, *, features: int = 7, hints: int = 5, frames=6):
    """Batches of random motions that the condition tells."""

    def batches(generator: torch.Generator) -> dict[str, torch.Tensor]:
        condition = torch.randn(count, frames, hints, generator=generator)
        told = condition.repeat(1, 1, -(-features // hints))
        return dict(clean=told[..., :features], condition=condition)

    return batches


def loss(network, batch, generator):
    """Squared error of a guess from a random noise level."""
    clean = batch["clean"]
    noise = torch.randn(clean.shape, generator=generator).to(clean)
    t = torch.rand(len(clean), generator=generator).to(clean)
    noisy = clean + t[:, None, None] * noise
    error = (network(noisy, t, batch["condition"]) - clean).square()
    return error.mean(), dict(first=error[..., 0].mean())
