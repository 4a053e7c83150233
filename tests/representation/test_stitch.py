"""Overlapping windows to one motion: closed forms, naive twin, bad input."""

import pytest
import torch

from mini_vimogen.geometry.rotations import rotation_about
from mini_vimogen.representation import stitch, vimo151
from tests.oracles import wandering_clip

STARTS = (0, 4, 7, 9)
WINDOW = 6


def cut(motion, starts=STARTS, window=WINDOW, axis=0):
    return torch.stack(
        [motion.narrow(axis, s, window) for s in starts], dim=axis
    )


def test_windows_that_agree_are_put_back_together(generator):
    motion = torch.randn(15, 3, generator=generator)
    assert torch.equal(stitch.crossfade(cut(motion), STARTS), motion)
    clip = wandering_clip(15)
    ours = stitch.crossfade_rotations(cut(clip.local_rotmat), STARTS)
    torch.testing.assert_close(ours, clip.local_rotmat)
    features = vimo151.encode(clip)
    ours = stitch.crossfade_features(cut(features), STARTS)
    torch.testing.assert_close(ours, features)


def test_naive_twin(generator):
    """Frame by frame; a third window fades in over the faded two."""
    windows = torch.randn(4, WINDOW, 2, generator=generator)
    naive = list(windows[0])
    for start, window in zip(STARTS[1:], windows[1:], strict=True):
        shared = len(naive) - start
        for i, fresh in enumerate(window):
            if i >= shared:
                naive.append(fresh)
                continue
            weight = i / (shared - 1) if shared > 1 else 0.0
            old = naive[start + i]
            naive[start + i] = (1 - weight) * old + weight * fresh
    ours = stitch.crossfade(windows, STARTS)
    torch.testing.assert_close(ours, torch.stack(naive))


def test_a_linear_fade_by_hand():
    two = torch.tensor([[0.0] * 6, [10.0] * 6])[..., None]
    ours = stitch.crossfade(two, (0, 1)).flatten()
    wanted = torch.tensor([0.0, 0, 2.5, 5, 7.5, 10, 10])
    torch.testing.assert_close(ours, wanted)
    side_by_side = stitch.crossfade(two, (0, 6)).flatten()
    assert torch.equal(side_by_side, two.flatten())
    one_frame = stitch.crossfade(two, (0, 5)).flatten()
    assert one_frame.tolist() == [0.0] * 6 + [10.0] * 5


def test_rotations_turn_at_constant_speed_the_short_way():
    """From -170 to 170 degrees are 20 degrees, not 340."""
    angles = torch.tensor([-170.0, 170.0]).deg2rad()
    windows = rotation_about("z", angles)[:, None, None].repeat(1, 5, 2, 1, 1)
    ours = stitch.crossfade_rotations(windows, (0, 0 + 1))
    wanted = torch.tensor([-170, -170, -176.6667, 176.6667, 170, 170.0])
    wanted = rotation_about("z", wanted.deg2rad())[:, None].expand(-1, 2, 3, 3)
    torch.testing.assert_close(ours, wanted, rtol=0, atol=1e-5)


def test_features_fade_block_by_block(generator):
    """The camera form too, raw numbers where one window is alone."""
    layout = vimo151.CAMERA_LAYOUT
    windows = torch.randn(2, 8, 151, generator=generator)
    ours = stitch.crossfade_features(windows, (0, 5), layout=layout)
    assert ours.shape == (13, 151)
    assert torch.equal(ours[:5], windows[0, :5])
    assert torch.equal(ours[8:], windows[1, 3:])
    plain = slice(0, layout.slice("rot6d").start)
    faded = stitch.crossfade(windows[..., plain], (0, 5))
    assert torch.equal(ours[:, plain], faded)
    rot6d = layout.split(ours)["rot6d"][5:8]
    lengths = rot6d.unflatten(-1, (2, 3)).norm(dim=-1)
    torch.testing.assert_close(lengths, torch.ones_like(lengths))


def test_any_leading_axes_and_arguments_left_alone(generator):
    windows = torch.randn(2, 3, 4, WINDOW, 151, generator=generator)
    before = windows.clone()
    many = stitch.crossfade_features(windows, STARTS)
    one = stitch.crossfade_features(windows[1, 2], STARTS)
    assert many.shape == (2, 3, 15, 151)
    torch.testing.assert_close(many[1, 2], one)
    assert torch.equal(windows, before)
    single = stitch.crossfade_features(windows[..., :1, :, :], (0,))
    assert torch.equal(single, windows[..., 0, :, :])


@pytest.mark.parametrize(
    "call, said",
    [
        (
            lambda: stitch.crossfade(torch.zeros(3, 6, 2), STARTS),
            r"each of the 4 starts .* got shape \[3, 6, 2\]",
        ),
        (
            lambda: stitch.crossfade(torch.zeros(6, 2), (0, 1)),
            r"each of the 2 starts .* got shape \[6, 2\]",
        ),
        (
            lambda: stitch.crossfade(torch.zeros(2, 6, 2), (0, 7)),
            r"by 1 to 6 frames at a time .* got \[0, 7\]",
        ),
        (
            lambda: stitch.crossfade(torch.zeros(2, 6, 2), (1, 3)),
            r"starts must rise from 0 .* got \[1, 3\]",
        ),
        (
            lambda: stitch.crossfade(torch.zeros(2, 6, 2), (0, 0)),
            r"starts must rise from 0 .* got \[0, 0\]",
        ),
        (
            lambda: stitch.crossfade(torch.zeros(0, 6, 2), ()),
            "each of the 0 starts",
        ),
        (
            lambda: stitch.crossfade_features(torch.zeros(2, 6, 150), (0, 3)),
            r"features must have shape \[..., 151\]",
        ),
    ],
)
def test_bad_input(call, said):
    with pytest.raises(ValueError, match=said):
        call()
