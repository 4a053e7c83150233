import pytest
import torch
import torch.nn.functional as F

from mini_vimogen.models.convolution import FeatureFilter, Neighbourhood
from mini_vimogen.models.vimo import ViMoDenoiser


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def filtered(taps, valid=None, x=None):
    layer = FeatureFilter(taps.shape[0], taps.shape[-1])
    layer.taps.data = taps
    with torch.no_grad():
        return layer(x, valid)


def test_a_new_filter_changes_nothing():
    x = random(2, 9, 3)
    torch.testing.assert_close(FeatureFilter(3, 5)(x), x)


def test_each_feature_has_its_own_filter_and_ends_are_held():
    x, taps = random(2, 6, 2), random(2, 1, 3, seed=1)
    found = filtered(taps, x=x)
    for feature in range(2):
        line = x[..., feature]
        line = torch.cat([line[:, :1], line, line[:, -1:]], dim=1)
        for frame in range(6):
            expected = (line[:, frame : frame + 3] * taps[feature, 0]).sum(1)
            torch.testing.assert_close(found[:, frame, feature], expected)


def test_padding_changes_no_valid_frame_of_a_filter():
    x, taps = random(1, 12, 4), random(4, 1, 7, seed=1)
    valid = torch.arange(12)[None] < 8
    noise = torch.where(valid[..., None], x, torch.nan)
    short = filtered(taps, x=x[:, :8])
    for padded in (x, noise):
        long = filtered(taps, valid, padded)[:, :8]
        torch.testing.assert_close(long, short, rtol=0, atol=0)


def test_a_filter_reaches_half_its_kernel_and_no_further():
    x, taps = random(1, 20, 1), torch.ones(1, 1, 5)
    other = x.clone()
    other[:, 10] += 1
    moved = (filtered(taps, x=other) - filtered(taps, x=x))[0, :, 0].abs() > 0.5
    assert torch.nonzero(moved)[:, 0].tolist() == [8, 9, 10, 11, 12]


def test_a_neighbourhood_adds_two_convolutions():
    layer, x = Neighbourhood(4, 3), random(2, 7, 4)
    inner = F.conv1d(x.mT, layer.first.weight, layer.first.bias, padding=1)
    inner = F.gelu(inner)
    outer = F.conv1d(inner, layer.second.weight, layer.second.bias, padding=1)
    torch.testing.assert_close(layer(x), x + outer.mT)


def test_padding_changes_no_valid_token_of_a_neighbourhood():
    layer, x = Neighbourhood(4, 5), random(1, 12, 4)
    valid = torch.arange(12)[None] < 7
    noise = torch.where(valid[..., None], x, 1e6)
    torch.testing.assert_close(layer(noise, valid)[:, :7], layer(x[:, :7]))


@pytest.mark.parametrize("layer", [Neighbourhood, FeatureFilter])
@pytest.mark.parametrize("kernel", [0, 4, -1])
def test_a_kernel_without_a_middle_is_refused(layer, kernel):
    with pytest.raises(ValueError, match="kernel must be an odd number"):
        layer(4, kernel)


@pytest.mark.parametrize("group", [1, 2])
def test_a_denoiser_with_filters_ignores_padding(group):
    torch.manual_seed(0)
    network = ViMoDenoiser(
        features=6,
        condition_features=5,
        width=16,
        layers=1,
        heads=2,
        frames_per_token=group,
        condition_kernel=3,
        output_kernel=5,
    ).eval()
    network.feature_filter.taps.data += 0.3 * random(6, 1, 5)
    assert network.settings["condition_kernel"] == 3
    assert network.settings["output_kernel"] == 5
    noisy, told, t = random(1, 12, 6), random(1, 12, 5, seed=1), torch.ones(1)
    valid = torch.arange(12)[None] < 8
    long = network(noisy, t, told, valid=valid)
    torch.testing.assert_close(
        long[:, :8], network(noisy[:, :8], t, told[:, :8])
    )
    assert bool((long[:, 8:] == 0).all())


def test_without_kernels_there_are_no_more_weights():
    settings = dict(features=6, condition_features=5, width=16, layers=1)
    names = ViMoDenoiser(**settings).state_dict()
    assert not any("filter" in name or "neighb" in name for name in names)
