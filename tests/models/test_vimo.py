"""What the lifter's network promises, whatever its weights."""

import itertools

import pytest
import torch

from mini_vimogen.models.vimo import CONDITION_ENTRIES, ViMoDenoiser

SMALL = dict(width=16, layers=2, heads=2, features=11, condition_features=5)
FORMS = list(itertools.product(CONDITION_ENTRIES, (1, 2)))


def network(entry="add", group=1, **more):
    torch.manual_seed(1)
    settings = SMALL | dict(condition_entry=entry, frames_per_token=group)
    return ViMoDenoiser(**settings | more).eval()


def inputs(b=3, frames=9):
    torch.manual_seed(2)
    noisy, t = torch.randn(b, frames, 11), torch.rand(b)
    return noisy, t, torch.randn(b, frames, 5)


@pytest.mark.parametrize("entry, group", FORMS)
@pytest.mark.parametrize("frames", [1, 2, 9, 40])
def test_any_length_and_depth(entry, group, frames):
    noisy, t, condition = inputs(frames=frames)
    absent = torch.tensor([False, True, False])
    for layers in (1, 3):
        net = network(entry, group, layers=layers)
        assert net(noisy, t, condition, present=absent).shape == noisy.shape


@pytest.mark.parametrize("entry, group", FORMS)
@pytest.mark.parametrize("frames", [8, 9])
@torch.no_grad()
def test_padding_changes_nothing(entry, group, frames):
    net = network(entry, group, condition_layers=1)
    noisy, t, condition = inputs(frames=frames)
    present = torch.tensor([True, False, True])
    wanted = net(noisy, t, condition, present=present)
    for padding, content in ((1, torch.nan), (2, 7.0), (13, torch.inf)):
        pad = (0, 0, 0, padding)
        padded = torch.nn.functional.pad(noisy, pad, value=content)
        hint = torch.nn.functional.pad(condition, pad, value=content)
        valid = (torch.arange(frames + padding) < frames).expand(3, -1)
        ours = net(padded, t, hint, present=present, valid=valid)
        torch.testing.assert_close(ours[:, :frames], wanted, atol=1e-5, rtol=0)
        assert (ours[:, frames:] == 0).all()


@pytest.mark.parametrize("entry, group", FORMS)
@torch.no_grad()
def test_lengths_do_not_mix_in_a_batch(entry, group):
    net = network(entry, group)
    noisy, t, condition = inputs()
    valid = torch.arange(9) < torch.tensor([[9], [4], [1]])
    ours = net(noisy, t, condition, valid=valid)
    for b, frames in enumerate((9, 4, 1)):
        alone = net(
            noisy[b : b + 1, :frames],
            t[b : b + 1],
            condition[b : b + 1, :frames],
        )
        torch.testing.assert_close(
            ours[b, :frames], alone[0], atol=1e-5, rtol=0
        )


@pytest.mark.parametrize("entry, group", FORMS)
def test_all_padding_is_finite(entry, group):
    net = network(entry, group)
    noisy, t, condition = inputs()
    valid = torch.tensor([[True] * 9, [False] * 9, [True] * 9])
    clean = net(noisy, t, condition, valid=valid)
    assert (clean[1] == 0).all()
    clean.square().sum().backward()
    for name, weight in net.named_parameters():
        # The null condition is not used here.
        assert weight.grad is None or weight.grad.isfinite().all(), name


@pytest.mark.parametrize("entry, group", FORMS)
@torch.no_grad()
def test_absent_condition_is_not_read(entry, group):
    net = network(entry, group)
    noisy, t, condition = inputs()
    present = torch.tensor([True, False, True])
    wanted = net(noisy, t, condition, present=present)
    condition[1] = torch.nan
    ours = net(noisy, t, condition, present=present)
    assert torch.equal(ours, wanted)
    assert not torch.equal(ours[0], net(noisy, t, -condition)[0])


@pytest.mark.parametrize("entry, group", FORMS)
def test_an_absent_condition_of_nan_leaves_finite_gradients(entry, group):
    net = network(entry, group, condition_layers=1)
    noisy, t, condition = inputs()
    condition[1] = torch.nan
    present = torch.tensor([True, False, True])
    net(noisy, t, condition, present=present).square().sum().backward()
    for name, weight in net.named_parameters():
        assert weight.grad.isfinite().all(), name


@pytest.mark.parametrize("entry, group", FORMS)
@torch.no_grad()
def test_the_condition_and_the_level_matter(entry, group):
    net = network(entry, group)
    noisy, t, condition = inputs()
    clean = net(noisy, t, condition)
    later = condition.clone()
    later[:, 3] += 1.0
    assert (net(noisy, t, later) - clean).abs().max() > 1e-3
    assert (net(noisy, t / 2, condition) - clean).abs().max() > 1e-3


@pytest.mark.parametrize("entry, group", FORMS)
@torch.no_grad()
def test_encoded_beforehand_or_not(entry, group):
    net = network(entry, group)
    noisy, t, condition = inputs()
    flags = dict(
        present=torch.tensor([True, False, True]),
        valid=torch.arange(9) < torch.tensor([[9], [4], [1]]),
    )
    encoded = net.encode_condition(condition, **flags)
    wanted = net(noisy, t, condition, **flags)
    assert torch.equal(net(noisy, t, encoded), wanted)
    twice = net.encode_condition(condition, **flags, guidance=True)
    with_it, without = net(
        torch.cat((noisy, noisy)), torch.cat((t, t)), twice
    ).chunk(2)
    torch.testing.assert_close(with_it, wanted, atol=1e-5, rtol=0)
    flags["present"] = torch.zeros(3, dtype=torch.bool)
    wanted = net(noisy, t, condition, **flags)
    torch.testing.assert_close(without, wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize("entry, group", FORMS)
def test_every_weight_learns(entry, group):
    net = network(entry, group, condition_layers=1)
    noisy, t, condition = inputs()
    present = torch.tensor([True, False, True])
    net(noisy, t, condition, present=present).square().sum().backward()
    for name, weight in net.named_parameters():
        assert weight.grad.abs().max() > 0, name


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_the_ends_of_time(level):
    net = network("both")
    noisy, _, condition = inputs()
    noisy.requires_grad_()
    clean = net(noisy, torch.full((3,), level), condition)
    clean.sum().backward()
    assert clean.isfinite().all() and noisy.grad.isfinite().all()


def test_arguments_are_not_modified():
    net = network("both", 2)
    given = inputs()
    flags = dict(
        present=torch.tensor([True, False, True]),
        valid=torch.arange(9) < torch.tensor([[9], [4], [1]]),
    )
    before = [x.clone() for x in (*given, *flags.values())]
    net(*given, **flags)
    for was, now in zip(before, (*given, *flags.values()), strict=True):
        assert torch.equal(was, now)


def test_settings_rebuild_the_network():
    net = network("both", 2, feed_forward=24, null_frames=7)
    again = ViMoDenoiser(**net.settings)
    assert again.settings == net.settings
    again.load_state_dict(net.state_dict())


def test_bfloat16(generator):
    net = network("both")
    given = inputs()
    with torch.autocast("cpu", torch.bfloat16):
        coarse = net(*given).float()
    torch.testing.assert_close(coarse, net(*given), atol=0.1, rtol=0)


def test_a_null_condition_of_fixed_length():
    net = network("cross", null_frames=6)
    noisy, t, condition = inputs(frames=9)
    net(noisy, t, condition)
    present = torch.zeros(3, dtype=torch.bool)
    net(noisy[:, :6], t, condition[:, :6], present=present)
    net(noisy[:, :5], t, condition[:, :5], present=present)
    with pytest.raises(ValueError, match="covers 6 tokens, got a motion of 9"):
        net(noisy, t, condition, present=present)


def test_bad_input():
    net = network()
    noisy, t, condition = inputs()
    with pytest.raises(ValueError, match="condition_entry .*'concat'"):
        ViMoDenoiser(condition_entry="concat")
    with pytest.raises(ValueError, match=r"frames, 5\], got \[3, 9, 11\]"):
        net(noisy, t, noisy)
    with pytest.raises(ValueError, match=r"noisy .* \[3, 9, 11\]"):
        net(condition, t, condition)
    with pytest.raises(ValueError, match=r"noisy .*got \[3, 8, 11\]"):
        net(noisy[:, :8], t, condition)
    with pytest.raises(ValueError, match=r"noisy .*got \[3, 9, 11\]"):
        network(group=2)(noisy, t, condition[:, :8].repeat(1, 2, 1)[:, :10])
    with pytest.raises(ValueError, match=r"t must have shape \[3\]"):
        net(noisy, t[0], condition)
    with pytest.raises(ValueError, match=r"valid must be bool .*\[3, 9\]"):
        net(noisy, t, condition, valid=torch.ones(3, 9))
    with pytest.raises(ValueError, match=r"present must be bool .*\[3\]"):
        net(noisy, t, condition, present=torch.ones(2, dtype=torch.bool))
    encoded = net.encode_condition(condition)
    with pytest.raises(ValueError, match="go to encode_condition"):
        net(noisy, t, encoded, valid=torch.ones(3, 9, dtype=torch.bool))
