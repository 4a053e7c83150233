"""Sinusoids, rotary positions, frames in groups."""

import math

import pytest
import torch

from mini_vimogen.models.embeddings import (
    grouped,
    rotary_table,
    rotate,
    sinusoid,
    ungrouped,
    zeroed,
)


def naive_rotate(x, positions):
    """Pair by pair, with a 2 x 2 rotation matrix each."""
    width = x.shape[-1]
    turned = torch.empty_like(x)
    for row, position in enumerate(positions.tolist()):
        for i in range(width // 2):
            angle = position * 10000.0 ** (-2 * i / width)
            c, s = math.cos(angle), math.sin(angle)
            a, b = x[..., row, 2 * i], x[..., row, 2 * i + 1]
            turned[..., row, 2 * i] = a * c - b * s
            turned[..., row, 2 * i + 1] = a * s + b * c
    return turned


def test_rotate_equals_the_naive_twin(generator):
    x = torch.randn(2, 7, 6, generator=generator)
    positions = torch.tensor([0, 1, 2, 3, 50, 51, 149])
    ours = rotate(x, rotary_table(positions, 6))
    torch.testing.assert_close(
        ours, naive_rotate(x, positions), atol=1e-5, rtol=0
    )


def test_rotate_keeps_length_and_first_frame(generator):
    x = torch.randn(3, 9, 8, generator=generator)
    turned = rotate(x, rotary_table(torch.arange(9), 8))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    assert torch.equal(turned[:, 0], x[:, 0])


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_rotate_keeps_the_dtype(dtype):
    x = torch.ones(1, 2, 4, dtype=dtype)
    assert rotate(x, rotary_table(torch.arange(2), 4)).dtype == dtype


def test_sinusoid_by_formula():
    t = torch.tensor([0.0, 0.417, 1.0])
    ours = sinusoid(t, 8)
    for i in range(4):
        angle = 1000 * t * 10000.0 ** (-i / 3)
        torch.testing.assert_close(ours[:, i], angle.sin(), atol=1e-4, rtol=0)
        torch.testing.assert_close(
            ours[:, 4 + i], angle.cos(), atol=1e-4, rtol=0
        )
    assert sinusoid(torch.rand(2, 3), 8).shape == (2, 3, 8)


@pytest.mark.parametrize("frames", [1, 2, 5, 6])
@pytest.mark.parametrize("group", [1, 2, 3])
def test_groups_there_and_back(frames, group, generator):
    x = torch.randn(2, frames, 5, generator=generator)
    tokens = grouped(x, group)
    assert tokens.shape == (2, math.ceil(frames / group), 5 * group)
    assert torch.equal(ungrouped(tokens, group, frames), x)


def test_zeroed_removes_nan():
    x = torch.full((1, 2, 3), torch.nan)
    x[:, 0] = 1.0
    real = torch.tensor([[True, False]])
    assert zeroed(x, real).tolist() == [[[1.0] * 3, [0.0] * 3]]
    assert zeroed(x, None) is x
