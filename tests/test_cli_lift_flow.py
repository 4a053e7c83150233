"""``lift --sampler flow`` as a command: what it does and what it refuses."""

import numpy as np
import pytest
import torch

from mini_vimogen.cli import main
from mini_vimogen.clip import Clip
from mini_vimogen.conditions.keypoints import FEATURES
from mini_vimogen.data import library
from mini_vimogen.formats import keypoint_file
from mini_vimogen.models.lifter import FlowLifter, Lifter
from mini_vimogen.models.regressor import Regressor
from mini_vimogen.tasks.lift import FLOW_LIFTER, lift
from mini_vimogen.tasks.sampling import FlowSampling
from mini_vimogen.training.checkpoint import save_model

KINDS = {"flow": FlowLifter, "ddpm": Lifter, "regressor": Regressor}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A keypoint file and one small model a kind; commands run there."""
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(3)
    network = dict(
        width=16,
        layers=1,
        heads=2,
        feed_forward=16,
        condition_features=FEATURES,
    )
    for name, kind in KINDS.items():
        model = kind(network=network, fps=30.0, frames=20)
        for weight in model.parameters():
            torch.nn.init.normal_(weight, std=0.1)
        save_model(model, tmp_path / f"{name}.safetensors")
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(17, 2, generator=generator) * 200 + 300
    drift = torch.arange(45)[:, None, None] * torch.tensor([2.0, 0.0])
    seen = torch.full((45, 17, 1), 0.9)
    np.savez(
        "track.npz",
        keypoints=torch.cat([points + drift, seen], dim=-1).numpy(),
        fps=30.0,
        width=1280.0,
        height=720.0,
    )
    return tmp_path


def command(*words, out="out.npz"):
    return main(["lift", "track.npz", "--out", out, *words])


def in_the_library(sampling, *, samples=1):
    from mini_vimogen.tasks.lift import load_lifter

    return lift(
        keypoint_file.read("track.npz"),
        lifter=load_lifter("flow.safetensors"),
        samples=samples,
        sampling=sampling,
        generator=torch.Generator().manual_seed(4),
    )


@pytest.mark.parametrize(
    ("words", "sampling"),
    [
        ([], FlowSampling()),
        (["--sampler", "flow"], FlowSampling()),
        (["--steps", "4"], FlowSampling(evaluations=4)),
        (
            ["--sampler", "flow", "--method", "heun", "--steps", "7"],
            FlowSampling(method="heun", evaluations=7),
        ),
        (["--method", "euler"], FlowSampling(method="euler")),
        (
            ["--method", "ab2", "--steps", "3", "--guidance", "2"],
            FlowSampling(method="ab2", evaluations=3, guidance=2.0),
        ),
    ],
)
def test_a_command_does_what_the_library_does(folder, words, sampling):
    """45 frames, three windows of the network's 20 and a rest."""
    model = ["--model", "flow.safetensors", "--seed", "4"]
    assert command(*model, *words) == 0
    (wanted,) = in_the_library(sampling)
    clip = Clip.load("out.npz")
    assert clip.frames == 45 and clip.source == "track.npz"
    assert torch.equal(clip.local_rotmat, wanted.local_rotmat)
    assert torch.equal(clip.root_position, wanted.root_position)


def test_several_samples_in_every_format(folder):
    words = ["--model", "flow.safetensors", "--seed", "4", "--samples", "2"]
    words += ["--out", "s.bvh", "--out", "s.glb", "--out", "s.html"]
    assert command(*words, out="s.npz") == 0
    wanted = in_the_library(FlowSampling(), samples=2)
    for number, clip in enumerate(wanted, 1):
        same = Clip.load(f"s_{number}.npz")
        assert torch.equal(same.local_rotmat, clip.local_rotmat)
        for suffix in ("bvh", "glb", "html"):
            assert (folder / f"s_{number}.{suffix}").stat().st_size > 1000


def test_without_a_model_the_shipped_one_is_taken(folder, monkeypatch):
    asked = []

    def shipped(name):
        asked.append(name)
        return folder / "flow.safetensors"

    monkeypatch.setattr(library, "data_path", shipped)
    assert command("--sampler", "flow", "--seed", "4") == 0
    assert asked == [FLOW_LIFTER]
    (wanted,) = in_the_library(FlowSampling())
    assert torch.equal(Clip.load("out.npz").local_rotmat, wanted.local_rotmat)


FLOW = ["--model", "flow.safetensors"]
DDPM = ["--model", "ddpm.safetensors"]
NO_SAMPLER = ["--model", "regressor.safetensors"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            [*DDPM, "--sampler", "flow"],
            "--sampler flow must be for a lifter trained with flow, got "
            "ddpm.safetensors, trained with diffusion",
        ),
        (
            [*FLOW, "--sampler", "ddim"],
            "--sampler ddim must be for a lifter trained with diffusion, got "
            "flow.safetensors, trained with flow",
        ),
        (
            [*NO_SAMPLER, "--sampler", "flow"],
            "trained with no path: it does not sample",
        ),
        ([*NO_SAMPLER, "--steps", "3"], "which does not sample"),
        (
            [*DDPM, "--method", "euler"],
            "method is for a lifter trained with flow, got 'euler'",
        ),
        (
            ["--sampler", "ddim", "--method", "heun"],
            "method is for a lifter trained with flow, got 'heun'",
        ),
        ([*FLOW, "--steps", "0"], "evaluations must be within 1..1000, got 0"),
        ([*FLOW, "--steps", "-8"], "evaluations must be within 1..1000, got"),
        ([*FLOW, "--steps", "1002"], "evaluations must be within 1..1000"),
        ([*FLOW, "--steps", "7"], "evaluations must be even for midpoint, got"),
        (
            [*FLOW, "--steps", "8", "--method", "heun"],
            "evaluations must be odd for heun, got 8",
        ),
        ([*FLOW, "--guidance", "50"], "guidance must be within 0..10, got 50"),
        ([*FLOW, "--guidance", "-1"], "guidance must be within 0..10, got -1"),
        ([*FLOW, "--guidance", "nan"], "guidance must be within 0..10, got na"),
        (
            ["--sampler", "flow", "--model", "absent.safetensors"],
            "there is no checkpoint file absent.safetensors",
        ),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(folder, capsys, words, message):
    before = sorted(folder.iterdir())
    assert command(*words) == 2
    said = capsys.readouterr()
    assert message in said.err and said.err.count("\n") == 1
    assert said.out == "" and sorted(folder.iterdir()) == before


def test_a_method_that_nobody_knows_is_refused(folder, capsys):
    with pytest.raises(SystemExit) as stopped:
        command(*FLOW, "--method", "rk4")
    assert stopped.value.code == 2
    assert "rk4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("flow", "the velocity is not finite at step 1 of 4, t = 1"),
        ("ddpm", "must be finite"),
    ],
)
def test_a_model_that_answers_nan_is_stopped(folder, capsys, name, message):
    """Weights that a file can hold, and a product that no number can."""
    model = KINDS[name](
        network=dict(
            width=16,
            layers=1,
            heads=2,
            feed_forward=16,
            condition_features=FEATURES,
        ),
        fps=30.0,
        frames=20,
    )
    torch.nn.init.constant_(model.denoiser.outwards.weight, 1e38)
    torch.nn.init.constant_(model.denoiser.inwards.weight, 1.0)
    save_model(model, folder / "bad.safetensors")
    before = sorted(folder.iterdir())
    assert command("--model", "bad.safetensors") == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
    assert "Traceback" not in said
    assert sorted(folder.iterdir()) == before
