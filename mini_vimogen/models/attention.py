"""Attention, FiLM, and the encoder and decoder layers made of them."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mini_vimogen.models.dropout import Dropout
from mini_vimogen.models.embeddings import rotate


class Memory(NamedTuple):
    """What queries look at, projected once: keys and values of each head.

    keys, values: [b, heads, tokens, width / heads].
    """

    keys: Tensor
    values: Tensor

    def joined(self, other: "Memory") -> "Memory":
        """These tokens and then the other's."""
        pairs = zip(self, other, strict=True)
        return Memory(*(torch.cat(pair, dim=2) for pair in pairs))


class Attention(nn.Module):
    """Multi-head attention whose queries and keys know their position.

    As in EDGE, the rotation acts on the full-width *input* of the query and
    key projections, not on each head; values are not rotated. The scores are
    thus not a function of relative distance alone.

    Args:
        width: channels, a multiple of ``heads``.
        heads: number of heads.
        dropout: of the attention weights; any but 0 is slow on a CPU.
    """

    def __init__(self, width: int, heads: int, *, dropout: float = 0.0):
        super().__init__()
        if width % heads:
            raise ValueError(
                f"width must be a multiple of heads, got {width} and {heads}"
            )
        self.heads = heads
        self.dropout = dropout
        self.query_key_value = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.query_key_value.weight)
        nn.init.zeros_(self.query_key_value.bias)
        nn.init.zeros_(self.out.bias)

    def rows(self, *counts: int) -> list[tuple[Tensor, Tensor]]:
        """Weight and bias in parts: of counts 2, 1 the first makes queries and
        keys, the second values.

        Split, not sliced: the gradients of all parts are put side by side at
        once, where each slice would fill a whole matrix with zeros for its own.
        """
        sizes = [count * self.out.in_features for count in counts]
        weight, bias = self.query_key_value.weight, self.query_key_value.bias
        return list(zip(weight.split(sizes), bias.split(sizes), strict=True))

    def project(self, x: Tensor, rows: tuple[Tensor, Tensor]) -> list[Tensor]:
        """What these rows make of x [b, n, width], split into heads."""
        width = self.out.in_features
        parts = F.linear(x, *rows).split(width, dim=-1)
        return [
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in parts
        ]

    def memory(self, x: Tensor, turned: Tensor) -> Memory:
        """Keys and values of tokens x [b, n, width].

        ``turned`` is ``rotate(x, table)``: every layer's memory needs it, so it
        is made once.
        """
        _, for_keys, for_values = self.rows(1, 1, 1)
        (keys,) = self.project(turned, for_keys)
        (values,) = self.project(x, for_values)
        return Memory(keys, values)

    def to_itself(self, x: Tensor, table: Tensor, valid=None) -> Tensor:
        """Self-attention over x [b, n, width]; ``valid`` as in attend."""
        for_both, for_values = self.rows(2, 1)
        queries, keys = self.project(rotate(x, table), for_both)
        (values,) = self.project(x, for_values)
        return self.attend(queries, Memory(keys, values), valid)

    def to_memory(self, x: Tensor, table: Tensor, memory, valid=None) -> Tensor:
        """Cross-attention of x [b, n, width] to a memory of m tokens."""
        for_queries, _ = self.rows(1, 2)
        (queries,) = self.project(rotate(x, table), for_queries)
        return self.attend(queries, memory, valid)

    def attend(self, queries: Tensor, memory: Memory, valid=None) -> Tensor:
        """Mix the values: [b, heads, n, width / heads] -> [b, n, width].

        ``valid`` [b, m] bool: tokens of the memory that may be looked at.
        """
        mixed = F.scaled_dot_product_attention(
            queries,
            memory.keys,
            memory.values,
            attn_mask=None if valid is None else valid[:, None, None, :],
            dropout_p=self.dropout if self.training else 0.0,
        )
        return self.out(mixed.transpose(1, 2).flatten(-2))


class FeedForward(nn.Module):
    """Two linear maps with a GELU between, on each token by itself."""

    def __init__(self, width: int, hidden: int, *, dropout: float = 0.0):
        super().__init__()
        self.inwards = nn.Linear(width, hidden)
        self.outwards = nn.Linear(hidden, width)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.outwards(self.dropout(F.gelu(self.inwards(x))))


class EncoderLayer(nn.Module):
    """Pre-norm self-attention and feed-forward: digests the condition."""

    def __init__(
        self,
        width: int,
        heads: int,
        hidden: int,
        *,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
    ):
        super().__init__()
        self.self_norm = nn.LayerNorm(width)
        self.self_attention = Attention(width, heads, dropout=attention_dropout)
        self.feed_norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, hidden, dropout=dropout)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor, table: Tensor, valid=None) -> Tensor:
        y = self.self_norm(x)
        x = x + self.dropout(self.self_attention.to_itself(y, table, valid))
        return x + self.dropout(self.feed_forward(self.feed_norm(x)))


class FiLM(nn.Module):
    """Scale and shift of each channel, chosen by one vector per sample.

    Source: Perez et al. 2018; y -> (1 + scale) y + shift as in EDGE.
    """

    def __init__(self, width: int):
        super().__init__()
        self.scale_shift = nn.Linear(width, 2 * width)

    def forward(self, x: Tensor, y: Tensor, vector: Tensor) -> Tensor:
        """x + FiLM(y): y [b, n, width] modulated, then added to the stream x.

        ``vector`` [b, width] has gone through its activation already, once for
        all the layers.
        """
        scale, shift = self.scale_shift(vector)[:, None].chunk(2, dim=-1)
        # In place on a sum that is our own: one big temporary less.
        return (x + shift).addcmul_(y, 1 + scale)


class DecoderLayer(nn.Module):
    """Self-attention, cross-attention if asked for, feed-forward; FiLM each.

    Source: EDGE's ``FiLMTransformerDecoderLayer``; ViMo calls it a denoising
    module.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        hidden: int,
        *,
        cross: bool,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
    ):
        super().__init__()
        self.self_norm = nn.LayerNorm(width)
        self.self_attention = Attention(width, heads, dropout=attention_dropout)
        self.self_film = FiLM(width)
        if cross:
            self.cross_norm = nn.LayerNorm(width)
            self.cross_attention = Attention(
                width, heads, dropout=attention_dropout
            )
            self.cross_film = FiLM(width)
        self.feed_norm = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, hidden, dropout=dropout)
        self.feed_film = FiLM(width)
        self.dropout = Dropout(dropout)

    def forward(
        self,
        x: Tensor,
        vector: Tensor,
        table: Tensor,
        *,
        valid: Tensor | None = None,
        memory: Memory | None = None,
        memory_valid: Tensor | None = None,
    ) -> Tensor:
        y = self.self_attention.to_itself(self.self_norm(x), table, valid)
        x = self.self_film(x, self.dropout(y), vector)
        if memory is not None:
            y = self.cross_attention.to_memory(
                self.cross_norm(x), table, memory, memory_valid
            )
            x = self.cross_film(x, self.dropout(y), vector)
        y = self.feed_forward(self.feed_norm(x))
        return self.feed_film(x, self.dropout(y), vector)
