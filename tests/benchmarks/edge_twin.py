"""A slow twin of ViMo at EDGE's shape: the same numbers, EDGE's way of working.

Written by formula before the speed test that it is the yardstick of. It takes
our weights, so its answers can be compared with ours. What costs time here, and
every point of it is the way EDGE's published code works:

- the condition is projected, encoded and averaged anew at every step, and once
  more in the pass without condition, which then throws it away;
- guidance is two passes, one after the other;
- keys and values of all 152 memory tokens are projected anew in each pass;
- attention is ``nn.MultiheadAttention`` without weights asked for: three
  projections, dropout of the attention weights while training;
- rotary positions: the angles are kept, their sines and cosines are not; the
  swapped copy of x is built by stacking; the memory is turned in every layer;
- each FiLM generator has its own Mish.

``edge_twin_learning`` has the training step.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mini_vimogen.models.vimo import ViMoDenoiser

STEPS = 1000

# ---------------------------------------------------------------- the network


class Rotary(nn.Module):
    """x * cos + swapped(x) * sin, over the full width."""

    def __init__(self, width: int):
        super().__init__()
        self.rate = 1.0 / 10000 ** (torch.arange(0, width, 2) / width)
        self.angles = {}

    def forward(self, x: Tensor) -> Tensor:
        frames = x.shape[-2]
        if frames not in self.angles:
            angle = torch.arange(frames)[:, None] * self.rate
            self.angles[frames] = angle.repeat_interleave(2, dim=-1)
        angle = self.angles[frames]
        even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
        swapped = torch.stack((-odd, even), dim=-1).flatten(-2)
        return x * angle.cos() + swapped * angle.sin()


class FeedForward(nn.Module):
    def __init__(self, width: int, hidden: int, dropout: float):
        super().__init__()
        self.inwards = nn.Linear(width, hidden)
        self.dropout = nn.Dropout(dropout)
        self.outwards = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.outwards(self.dropout(F.gelu(self.inwards(x))))


def attention(width: int, heads: int, dropout: float) -> nn.Module:
    return nn.MultiheadAttention(
        width, heads, dropout=dropout, batch_first=True
    )


class EncoderLayer(nn.Module):
    def __init__(self, width, heads, hidden, dropout, rotary):
        super().__init__()
        self.self_norm = nn.LayerNorm(width)
        self.self_attention = attention(width, heads, dropout)
        self.feed_norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, hidden, dropout)
        self.dropout = nn.Dropout(dropout)
        self.rotary = rotary

    def to_itself(self, x: Tensor) -> Tensor:
        y = self.self_norm(x)
        turned = self.rotary(y)
        mixed = self.self_attention(turned, turned, y, need_weights=False)
        return self.dropout(mixed[0])

    def fed(self, x: Tensor) -> Tensor:
        return self.dropout(self.feed_forward(self.feed_norm(x)))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.to_itself(x)
        return x + self.fed(x)


class DecoderLayer(EncoderLayer):
    def __init__(self, width, heads, hidden, dropout, rotary):
        super().__init__(width, heads, hidden, dropout, rotary)
        self.cross_norm = nn.LayerNorm(width)
        self.cross_attention = attention(width, heads, dropout)
        self.self_film, self.cross_film, self.feed_film = (
            nn.Sequential(nn.Mish(), nn.Linear(width, 2 * width))
            for _ in range(3)
        )

    def to_memory(self, x: Tensor, memory: Tensor) -> Tensor:
        turned = self.rotary(self.cross_norm(x))
        keys = self.rotary(memory)
        mixed = self.cross_attention(turned, keys, memory, need_weights=False)
        return self.dropout(mixed[0])

    def forward(self, x: Tensor, memory: Tensor, vector: Tensor) -> Tensor:
        x = x + modulated(self.to_itself(x), self.self_film(vector))
        y = self.to_memory(x, memory)
        x = x + modulated(y, self.cross_film(vector))
        return x + modulated(self.fed(x), self.feed_film(vector))


def modulated(y: Tensor, scale_shift: Tensor) -> Tensor:
    scale, shift = scale_shift[:, None].chunk(2, dim=-1)
    return (scale + 1) * y + shift


class Condition(nn.Module):
    """Our names, so that our weights find their place."""

    def __init__(self, sizes: dict, layer: tuple):
        super().__init__()
        width = sizes["width"]
        self.inwards = nn.Linear(sizes["condition_features"], width)
        self.layers = nn.Sequential(
            *(EncoderLayer(*layer) for _ in range(sizes["condition_layers"]))
        )
        self.summary = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, width),
        )
        null = torch.randn(1, sizes["null_frames"], width)
        self.null_tokens = nn.Parameter(null)
        self.null_vector = nn.Parameter(torch.randn(1, width))


class EdgeTwin(nn.Module):
    """The network. ``sizes``: the settings of ours; ``dropout``: everywhere."""

    def __init__(self, sizes: dict, *, dropout: float):
        super().__init__()
        width = sizes["width"]
        rotary = Rotary(width)
        layer = (width, sizes["heads"], sizes["feed_forward"], dropout, rotary)
        self.width = width
        self.time_hidden = nn.Linear(width, 4 * width)
        self.time_vector = nn.Linear(4 * width, width)
        self.time_tokens = nn.Linear(4 * width, 2 * width)
        self.memory_norm = nn.LayerNorm(width)
        self.inwards = nn.Linear(sizes["features"], width)
        self.condition = Condition(sizes, layer)
        self.decoder = nn.ModuleList(
            DecoderLayer(*layer) for _ in range(sizes["layers"])
        )
        self.outwards = nn.Linear(width, sizes["features"])

    def forward(self, noisy, step, condition, present) -> Tensor:
        """noisy [b, n, features], step [b] of 1000, present [b] bool."""
        x = self.inwards(noisy)
        parts = self.condition
        tokens = parts.layers(parts.inwards(condition))
        tokens = torch.where(present[:, None, None], tokens, parts.null_tokens)
        summary = parts.summary(tokens.mean(dim=-2))
        summary = torch.where(present[:, None], summary, parts.null_vector)
        hidden = F.mish(self.time_hidden(self.sinusoid(step)))
        vector = self.time_vector(hidden) + summary
        time = self.time_tokens(hidden).unflatten(-1, (2, -1))
        memory = self.memory_norm(torch.cat((tokens, time), dim=-2))
        for layer in self.decoder:
            x = layer(x, memory, vector)
        return self.outwards(x)

    def sinusoid(self, step: Tensor) -> Tensor:
        half = self.width // 2
        rate = -math.log(10000) / (half - 1)
        angle = step[:, None] * torch.exp(torch.arange(half) * rate)
        return torch.cat((angle.sin(), angle.cos()), dim=-1)

    def guided(self, noisy, step, condition, weight) -> Tensor:
        yes = torch.ones(len(noisy), dtype=torch.bool)
        without = self(noisy, step, condition, ~yes)
        conditioned = self(noisy, step, condition, yes)
        return without + (conditioned - without) * weight


def twin_of(network: ViMoDenoiser, *, dropout: float = 0.1) -> EdgeTwin:
    """A twin with copies of our weights, in eval mode."""
    twin = EdgeTwin(network.settings, dropout=dropout)
    twin.load_state_dict(
        {twin_name(name): w for name, w in network.state_dict().items()}
    )
    return twin.eval()


def twin_name(name: str) -> str:
    """What the twin calls our weight."""
    for ours, theirs in (
        (".query_key_value.", ".in_proj_"),
        (".out.", ".out_proj."),
        (".scale_shift.", ".1."),
    ):
        name = name.replace(ours, theirs)
    return name


# ---------------------------------------------------------------- the sampler


def cosine_kept() -> Tensor:
    """Energy of the clean motion left at each of 1000 steps, float32."""
    level = torch.arange(STEPS + 1, dtype=torch.float64) / STEPS
    share = torch.cos((level + 0.008) / 1.008 * math.pi / 2) ** 2
    betas = (1 - share[1:] / share[:-1]).clamp(0, 0.999)
    return (1 - betas.float()).cumprod(0)


@torch.no_grad()
def ddim_states(twin: EdgeTwin, noise, condition, *, weight, steps):
    """Noisy motion after each guided step; ``noise`` [steps, b, n, c]."""
    kept = cosine_kept()
    times = torch.linspace(-1, STEPS - 1, steps + 1).int().flip(0).tolist()
    x = noise[0]
    for i, (now, then) in enumerate(zip(times[:-1], times[1:], strict=True)):
        step = torch.full((len(x),), now)
        clean = twin.guided(x, step, condition, weight).clamp(-1.0, 1.0)
        inverse = 1 / kept[now]
        guess = (inverse.sqrt() * x - clean) / (inverse - 1).sqrt()
        if then < 0:
            yield clean
            continue
        spread = (1 - kept[now] / kept[then]) * (1 - kept[then])
        sigma = (spread / (1 - kept[now])).sqrt()
        rest = (1 - kept[then] - sigma**2).sqrt()
        x = clean * kept[then].sqrt() + rest * guess + sigma * noise[i + 1]
        yield x
