"""One dial: names, numbers, and two steps of every size."""

import dataclasses

import pytest
import torch

from mini_vimogen.models.vimo import ViMoDenoiser
from mini_vimogen.training.loop import train
from mini_vimogen.training.presets import PRESETS, Preset, preset
from tests.training.tiny import batches_of, loss


def test_names_and_default(monkeypatch):
    assert list(PRESETS) == ["laptop", "desk", "gpu", "paper"]
    monkeypatch.delenv("MINI_VIMOGEN_SIZE", raising=False)
    assert preset().size == "laptop"
    monkeypatch.setenv("MINI_VIMOGEN_SIZE", "desk")
    assert preset().size == "desk"
    assert preset("gpu").size == "gpu"
    monkeypatch.setenv("MINI_VIMOGEN_SIZE", "huge")
    with pytest.raises(ValueError, match="MINI_VIMOGEN_SIZE .*'huge'"):
        preset()
    with pytest.raises(ValueError, match="size must be one of .*'tiny'"):
        preset("tiny")


def test_windows_of_the_design():
    frames = {size: each.frames for size, each in PRESETS.items()}
    assert frames == dict(laptop=60, desk=60, gpu=150, paper=150)
    assert {each.fps for each in PRESETS.values()} == {30.0}


def test_frozen_and_changed():
    laptop = preset("laptop")
    with pytest.raises(dataclasses.FrozenInstanceError):
        laptop.steps = 3
    assert preset("laptop", steps=3) == dataclasses.replace(laptop, steps=3)
    assert preset("laptop").steps != 3


@pytest.mark.parametrize(
    "change, said",
    [
        (dict(layers=0), "layers must be 1 or more, got 0"),
        (dict(width=8.0), "width must be whole, got 8.0"),
        (dict(fps=0), "fps must be positive, got 0"),
        (dict(learning_rate=-1.0), "learning_rate must be positive"),
        (dict(warmup=-1), "warmup must be 0 or more"),
        (dict(ema=1.5), r"ema must be within 0\.\.1, got 1.5"),
        (dict(device="tpu"), "device must be one of .*'tpu'"),
        (dict(precision="fp16"), "precision must be one of .*'fp16'"),
        (dict(batch=10, accumulation=4), "batch must be a multiple of .* 4"),
    ],
)
def test_out_of_range(change, said):
    with pytest.raises(ValueError, match=said):
        preset("laptop", **change)


def counted(recipe: Preset) -> int:
    with torch.device("meta"):
        network = ViMoDenoiser(**recipe.network())
    return sum(weight.numel() for weight in network.parameters())


def test_sizes_of_the_networks():
    assert 2 * counted(preset("desk")) <= 2 * 2**20  # bytes as float16
    assert counted(preset("paper")) == 47_032_983
    assert counted(preset("laptop")) <= counted(preset("desk"))


@pytest.mark.parametrize(
    "size, changes",
    {
        "laptop": {},
        "desk": {},
        "gpu": dict(batch=2, device="cpu"),
        "paper": dict(device="meta"),
    }.items(),
)
def test_two_steps_of_every_size(size, changes, generator):
    recipe = preset(size, **changes)
    with torch.device("meta" if size == "paper" else "cpu"):
        network = ViMoDenoiser(**recipe.network())
    batches = batches_of(
        recipe.part, features=151, hints=51, frames=recipe.frames
    )
    steps = 0
    for state in train(
        network, batches, loss, preset=recipe, generator=generator
    ):
        steps += 1
        if recipe.device != "meta":
            assert state.loss.isfinite()
        if steps == 2:
            break
    assert state.step == 2


@pytest.mark.gpu
@pytest.mark.parametrize(
    "precision, tolerance", [("fp32", 1e-3), ("bf16", 0.1)]
)
def test_cpu_and_cuda_agree(precision, tolerance):
    losses = {}
    for device in ("cpu", "cuda"):
        torch.manual_seed(0)
        recipe = preset(
            "laptop", device=device, steps=5, batch=4, precision=precision
        )
        network = ViMoDenoiser(**recipe.network())
        states = train(
            network,
            batches_of(4, features=151, hints=51, frames=20),
            loss,
            preset=recipe,
            generator=torch.Generator().manual_seed(0),
        )
        losses[device] = [float(state.loss) for state in states]
    assert losses["cpu"] == pytest.approx(losses["cuda"], rel=tolerance)
