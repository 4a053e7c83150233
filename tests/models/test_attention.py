"""Attention against PyTorch's own, FiLM against its formula."""

import pytest
import torch
from torch import nn

from mini_vimogen.models.attention import (
    Attention,
    DecoderLayer,
    EncoderLayer,
    FiLM,
)
from mini_vimogen.models.embeddings import rotary_table, rotate

WIDTH, HEADS = 16, 4


@pytest.fixture
def pair():
    """Our attention and PyTorch's, with the same weights."""
    ours = Attention(WIDTH, HEADS)
    theirs = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
    with torch.no_grad():
        for weight in ours.parameters():
            weight.normal_()
        theirs.in_proj_weight.copy_(ours.query_key_value.weight)
        theirs.in_proj_bias.copy_(ours.query_key_value.bias)
        theirs.out_proj.load_state_dict(ours.out.state_dict())
    return ours, theirs


@pytest.mark.parametrize("padded", [False, True])
def test_self_attention(pair, padded, generator):
    ours, theirs = pair
    x = torch.randn(2, 6, WIDTH, generator=generator)
    table = rotary_table(torch.arange(6), WIDTH)
    valid = torch.arange(6) < torch.tensor([[6], [4]]) if padded else None
    turned = rotate(x, table)
    wanted, _ = theirs(
        turned, turned, x, key_padding_mask=~valid if padded else None
    )
    torch.testing.assert_close(ours.to_itself(x, table, valid), wanted)


def test_cross_attention_in_two_pieces(pair, generator):
    """Tokens behind the memory, projected apart, are as good as at once."""
    ours, theirs = pair
    x = torch.randn(2, 5, WIDTH, generator=generator)
    tokens = torch.randn(2, 7, WIDTH, generator=generator)
    table = rotary_table(torch.arange(7), WIDTH)
    wanted, _ = theirs(rotate(x, table[:5]), rotate(tokens, table), tokens)
    turned = rotate(tokens, table)
    first = ours.memory(tokens[:, :4], turned[:, :4])
    memory = first.joined(ours.memory(tokens[:, 4:], turned[:, 4:]))
    torch.testing.assert_close(ours.to_memory(x, table[:5], memory), wanted)


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="multiple of heads, got 10 and 4"):
        Attention(10, 4)


def test_film_by_formula(generator):
    film = FiLM(WIDTH)
    x, y = torch.randn(2, 3, 5, WIDTH, generator=generator)
    vector = torch.randn(3, WIDTH, generator=generator)
    both = film.scale_shift(vector)
    scale, shift = both[:, :WIDTH], both[:, WIDTH:]
    for b in range(3):
        torch.testing.assert_close(
            film(x, y, vector)[b], x[b] + (1 + scale[b]) * y[b] + shift[b]
        )


def test_dropout_only_while_training(generator):
    x = torch.randn(2, 6, WIDTH, generator=generator)
    table = rotary_table(torch.arange(6), WIDTH)
    drops = dict(dropout=0.5, attention_dropout=0.5)
    encoder = EncoderLayer(WIDTH, HEADS, 32, **drops)
    decoder = DecoderLayer(WIDTH, HEADS, 32, cross=False, **drops)
    vector = torch.randn(2, WIDTH, generator=generator)
    for run in (
        lambda: encoder(x, table),
        lambda: decoder(x, vector, table),
    ):
        assert not torch.equal(run(), run())
        encoder.eval(), decoder.eval()
        assert torch.equal(run(), run())
        encoder.train(), decoder.train()
