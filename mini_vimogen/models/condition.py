"""A condition as tokens and one vector, computed once for all noise levels."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mini_vimogen.models.attention import EncoderLayer, Memory
from mini_vimogen.models.convolution import Neighbourhood
from mini_vimogen.models.embeddings import grouped, rotary_table, zeroed


@dataclass(frozen=True)
class EncodedCondition:
    """All that a denoiser needs of its condition.

    tokens: [b, n, width], one per frame (or per group of frames).
    vector: [b, width], their summary, which steers FiLM.
    frames: length of the condition before grouping.
    valid: [b, frames] bool, token_valid: [b, n] bool; None if all are real.
    table: rotary table of the n tokens, the motion's as well.
    memories: keys and values for each cross-attention layer; may be empty.
    """

    tokens: Tensor
    vector: Tensor
    frames: int
    valid: Tensor | None
    token_valid: Tensor | None
    table: Tensor
    memories: tuple[Memory, ...] = ()

    def after(self, count: int) -> Tensor:
        """Positions of ``count`` tokens behind the last valid one, [b, count].

        Counting from the last valid token, not from the padding's end, is what
        keeps the length of the padding without effect.
        """
        b, n = self.tokens.shape[:2]
        positions = torch.arange(n + count, device=self.tokens.device)
        if self.token_valid is None:
            return positions[n:].expand(b, count)
        last = (positions[:n] * self.token_valid).amax(dim=1, keepdim=True)
        return last + 1 + positions[:count]


class ConditionEncoder(nn.Module):
    """Condition -> tokens and vector, with learned stand-ins for no condition.

    Args: see ``ViMoDenoiser``; ``features`` are those of the condition,
        ``kernel`` is its condition_kernel.

    Source: EDGE's ``cond_projection``, ``cond_encoder``,
    ``non_attn_cond_projection`` and null embeddings.
    """

    def __init__(
        self,
        *,
        features: int,
        width: int,
        layers: int,
        heads: int,
        hidden: int,
        dropout: float,
        attention_dropout: float,
        null_frames: int,
        frames_per_token: int,
        kernel: int = 0,
    ):
        super().__init__()
        self.features, self.width = features, width
        self.frames_per_token = frames_per_token
        self.inwards = nn.Linear(frames_per_token * features, width)
        self.neighbourhood = Neighbourhood(width, kernel) if kernel else None
        self.layers = nn.ModuleList(
            EncoderLayer(
                width,
                heads,
                hidden,
                dropout=dropout,
                attention_dropout=attention_dropout,
            )
            for _ in range(layers)
        )
        self.summary = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, width),
        )
        self.null_tokens = nn.Parameter(torch.randn(1, null_frames, width))
        self.null_vector = nn.Parameter(torch.randn(1, width))

    def forward(
        self,
        condition: Tensor,
        *,
        present: Tensor | None = None,
        valid: Tensor | None = None,
        guidance: bool = False,
    ) -> EncodedCondition:
        """Arguments and errors as in ``ViMoDenoiser.encode_condition``."""
        self._check(condition, present, valid)
        if present is not None:
            condition = zeroed(condition, present[:, None])
        group = self.frames_per_token
        tokens = self.inwards(grouped(zeroed(condition, valid), group))
        token_valid = None
        if valid is not None:
            token_valid = grouped(valid[..., None], group).any(dim=-1)
            # Attention over nothing is undefined: an empty clip sees its zeros.
            token_valid = token_valid | ~token_valid.any(dim=1, keepdim=True)
        if self.neighbourhood is not None:
            tokens = self.neighbourhood(tokens, token_valid)
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        table = rotary_table(positions, self.width)
        for layer in self.layers:
            tokens = layer(tokens, table, token_valid)
        if guidance:
            b = len(condition)
            if present is None:
                present = condition.new_ones(b, dtype=torch.bool)
            present = torch.cat((present, torch.zeros_like(present)))
            tokens = tokens.repeat(2, 1, 1)
            valid = None if valid is None else valid.repeat(2, 1)
            token_valid = (
                token_valid if valid is None else token_valid.repeat(2, 1)
            )
        tokens, vector = self._with_null(tokens, present, token_valid)
        return EncodedCondition(
            tokens, vector, condition.shape[1], valid, token_valid, table
        )

    def _with_null(self, tokens, present, token_valid):
        """Put the stand-ins where no condition is present; summarise."""
        if present is not None:
            null = self._null(tokens.shape[1])
            tokens = torch.where(present[:, None, None], tokens, null)
        mean = tokens.mean(dim=1)
        if token_valid is not None:
            total = zeroed(tokens, token_valid).sum(dim=1)
            mean = total / token_valid.sum(dim=1, keepdim=True)
        vector = self.summary(mean)
        if present is not None:
            vector = torch.where(present[:, None], vector, self.null_vector)
        return tokens, vector

    def _null(self, n: int) -> Tensor:
        """The stand-in tokens for n tokens, [1, n, width]."""
        covered = self.null_tokens.shape[1]
        if covered == 1:
            return self.null_tokens.expand(1, n, -1)
        if n > covered:
            raise ValueError(
                f"this network's missing condition covers {covered} tokens, "
                f"got a motion of {n}: cut it into windows"
            )
        return self.null_tokens[:, :n]

    def _check(self, condition, present, valid):
        if condition.ndim != 3 or condition.shape[-1] != self.features:
            raise ValueError(
                f"condition must have shape [b, frames, {self.features}], got "
                f"{list(condition.shape)}"
            )
        flags = (("present", present, 1), ("valid", valid, 2))
        for name, flag, dims in flags:
            wanted = condition.shape[:dims]
            if flag is not None and (
                flag.shape != wanted or flag.dtype != torch.bool
            ):
                raise ValueError(
                    f"{name} must be bool of shape {list(wanted)}, got "
                    f"{flag.dtype} of shape {list(flag.shape)}"
                )
