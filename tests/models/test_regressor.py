import pytest
import torch

from mini_vimogen.models.lifter import Lifter
from mini_vimogen.models.regressor import FrameRegressor, Regressor
from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.training.checkpoint import load_model, save_model

NETWORK = dict(
    features=151,
    condition_features=5,
    width=16,
    layers=2,
    heads=2,
    frames_per_token=2,
)


def regressor(seed=0):
    torch.manual_seed(seed)
    scale = Normalizer(torch.full((151,), 2.0), torch.full((151,), 0.5))
    model = Regressor(network=NETWORK, fps=30.0, frames=12, normalizer=scale)
    return model.eval()


def frame_regressor():
    torch.manual_seed(0)
    return FrameRegressor(
        condition_features=5,
        features=151,
        width=16,
        layers=2,
        fps=30,
        frames=12,
    ).eval()


def condition(b=3, frames=12, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(b, frames, 5, generator=generator)


def weights(model):
    return sum(weight.numel() for weight in model.parameters())


def test_the_regressor_has_as_many_weights_as_the_lifter():
    lifter = Lifter(network=NETWORK, fps=30.0, frames=12)
    assert weights(regressor()) == weights(lifter)


def test_the_regressor_is_the_backbone_at_a_blank_page_and_level_zero():
    model, told = regressor(), condition()
    blank, level = torch.zeros(3, 12, 151), torch.zeros(3)
    expected = model.denoiser(blank, level, told)
    torch.testing.assert_close(model(told), expected, rtol=0, atol=0)
    assert model(told).std() > 0


@pytest.mark.parametrize("make", [regressor, frame_regressor])
def test_padding_changes_nothing_and_is_zero(make):
    model, told = make(), condition(1)
    valid = torch.arange(12)[None] < 8
    padded = model(told, valid=valid)
    noise = told.clone()
    noise[:, 8:] = 1e6
    torch.testing.assert_close(model(noise, valid=valid), padded)
    torch.testing.assert_close(padded[:, :8], model(told[:, :8]))
    assert bool((padded[:, 8:] == 0).all())


def test_a_perceptron_sees_one_frame_at_a_time_and_the_regressor_all():
    told = condition(1)
    changed = told.clone()
    changed[:, 3] += 1.0
    for model, others_move in ((frame_regressor(), False), (regressor(), True)):
        apart = (model(changed) - model(told)).abs().amax(dim=-1)[0]
        assert apart[3] > 1e-4
        others = torch.cat([apart[:2], apart[4:]])
        assert bool((others > 1e-7).any()) == others_move


@pytest.mark.parametrize("make", [regressor, frame_regressor])
def test_there_and_back_through_a_checkpoint(make, tmp_path):
    model, told = make(), condition()
    save_model(model, tmp_path / "r.safetensors")
    loaded = load_model(
        tmp_path / "r.safetensors", Lifter, Regressor, FrameRegressor
    )
    assert type(loaded) is type(model)
    torch.testing.assert_close(loaded(told), model(told))
    assert loaded.fps == 30.0 and loaded.frames == 12
    torch.testing.assert_close(loaded.scale, model.scale)
