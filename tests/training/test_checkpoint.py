"""Files: shipped weights, and a killed run that goes on bit for bit."""

import json
import os
import pickle
import signal
import subprocess
import sys

import pytest
import torch

from mini_vimogen.models.vimo import ViMoDenoiser
from mini_vimogen.training import checkpoint
from mini_vimogen.training.checkpoint import (
    load_model,
    read_card,
    save_model,
    save_resume,
)
from mini_vimogen.training.loop import train
from tests.training.tiny import batches_of, loss, network, recipe


def run(seed=0, resume=None, model=None, **changes):
    preset = recipe(accumulation=2, **changes)
    return train(
        model or network(seed),
        batches_of(preset.part),
        loss,
        preset=preset,
        generator=torch.Generator().manual_seed(seed),
        resume=resume,
    )


def everything(state):
    """All numbers of a run, flat."""
    flat = {
        f"model.{k}": v.clone() for k, v in state.model.state_dict().items()
    }
    for key, value in state.average.model.state_dict().items():
        flat[f"average.{key}"] = value.clone()
    for index, slots in state.optimizer.state_dict()["state"].items():
        for key, value in slots.items():
            flat[f"optimizer.{index}.{key}"] = value.clone()
    flat["generator"] = state.generator.get_state()
    flat["loss"], flat["norm"] = state.loss, state.gradient_norm
    flat["rate"] = torch.tensor(state.learning_rate)
    flat["step"] = torch.tensor([state.step, state.average.updates])
    return flat


def assert_same_run(ours, theirs):
    assert ours.keys() == theirs.keys() and len(ours) > 100
    for key, value in theirs.items():
        assert torch.equal(ours[key], value), key


@pytest.fixture(scope="module")
def uninterrupted():
    *_, state = run()
    return everything(state)


@pytest.mark.parametrize("killed_at", [1, 3, 5])
def test_resume_bit_for_bit(tmp_path, uninterrupted, killed_at):
    file = tmp_path / "run.pt"
    for state in run(resume=file):
        if state.step == killed_at:
            save_resume(state, file)
        if state.step == killed_at + 1:  # done and lost
            break
    # Another start: everything must come from the file.
    steps = []
    for state in run(seed=99, resume=file):
        steps.append(state.step)
    assert steps == list(range(killed_at + 1, 7))
    assert_same_run(everything(state), uninterrupted)


KILLED = """
import os, signal, sys
from mini_vimogen.training.checkpoint import save_resume
from tests.training.test_checkpoint import run
import torch
torch.set_num_threads(1)
for state in run(resume=sys.argv[1]):
    if state.step == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    save_resume(state, sys.argv[1])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_goes_on(tmp_path, uninterrupted):
    file = tmp_path / "run.pt"
    done = subprocess.run([sys.executable, "-c", KILLED, str(file)])
    assert done.returncode == -signal.SIGKILL
    *_, state = run(seed=99, resume=file)
    assert_same_run(everything(state), uninterrupted)


def test_a_finished_run_is_yielded_once(tmp_path, uninterrupted):
    file = tmp_path / "run.pt"
    *_, state = run()
    save_resume(state, file)
    (again,) = run(seed=99, resume=file)
    assert_same_run(everything(again), uninterrupted)


def test_a_write_that_fails_keeps_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "run.pt"
    trail = run()
    save_resume(next(trail), file)
    before = file.read_bytes()

    def full(stored, path):
        path.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(checkpoint.torch, "save", full)
    with pytest.raises(OSError, match="no space"):
        save_resume(next(trail), file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"]


@pytest.fixture
def resume_file(tmp_path):
    file = tmp_path / "run.pt"
    save_resume(next(run()), file)
    return file


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, 0.99])
def test_truncated_resume_file(resume_file, kept):
    content = resume_file.read_bytes()
    size = int(kept * len(content)) if isinstance(kept, float) else kept
    resume_file.write_bytes(content[:size])
    with pytest.raises(ValueError, match="not a whole resume file") as told:
        next(run(resume=resume_file))
    assert "\n" not in str(told.value)


class Evil:
    def __reduce__(self):
        return (print, ("code ran",))


def test_resume_file_cannot_run_code(tmp_path, capsys):
    plain = lambda x, p: p.write_bytes(pickle.dumps(x, protocol=2))  # noqa: E731
    for writer in (torch.save, plain):
        writer(dict(format=1, step=Evil()), tmp_path / "evil.pt")
        with pytest.raises(ValueError, match="not a whole resume file"):
            next(run(resume=tmp_path / "evil.pt"))
    assert capsys.readouterr().out == ""


def test_resume_file_of_something_else(tmp_path, resume_file):
    torch.save(dict(weights=torch.ones(3)), tmp_path / "other.pt")
    with pytest.raises(ValueError, match="not a resume file of format 1"):
        next(run(resume=tmp_path / "other.pt"))
    with pytest.raises(ValueError, match="steps 6, and cannot go on with 9"):
        next(run(resume=resume_file, steps=9))
    with pytest.raises(ValueError, match="another network"):
        next(run(resume=resume_file, model=network(layers=2)))
    with pytest.raises(ValueError, match="go on with a Linear, got a ViMoDen"):
        next(run(resume=resume_file, model=torch.nn.Linear(2, 2)))


@pytest.fixture
def shipped(tmp_path):
    file = tmp_path / "vimo.safetensors"
    save_model(network(), file, card=dict(seed=0, recipe=dict(steps=6)))
    return file


def test_weights_there_and_back(shipped):
    ours, theirs = load_model(shipped, ViMoDenoiser), network()
    assert not ours.training and ours.settings == theirs.settings
    for name, weight in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], weight)
    card = read_card(shipped)
    assert card["seed"] == 0 and card["recipe"] == dict(steps=6)
    assert card["network"] == "ViMoDenoiser"


def test_half_precision_halves_the_file(tmp_path, shipped):
    file = tmp_path / "half.safetensors"
    save_model(network(), file, dtype=torch.float16)
    assert file.stat().st_size < 0.7 * shipped.stat().st_size
    ours = load_model(file, ViMoDenoiser)
    for name, weight in network().state_dict().items():
        close = ours.state_dict()[name]
        assert close.dtype == torch.float32
        torch.testing.assert_close(close, weight, atol=1e-3, rtol=1e-3)


def test_half_precision_refuses_what_it_cannot_hold(tmp_path):
    model = network()
    with torch.no_grad():
        model.outwards.bias[0] = 1e6
    with pytest.raises(ValueError, match="outwards.bias has values that"):
        save_model(model, tmp_path / "x.safetensors", dtype=torch.float16)
    assert not list(tmp_path.iterdir())


def test_checkpoints_that_are_not(shipped, tmp_path):
    with pytest.raises(ValueError, match="must hold a Linear, got a ViMoDen"):
        load_model(shipped, torch.nn.Linear)
    with pytest.raises(ValueError, match="must end in .safetensors"):
        load_model(tmp_path / "vimo.pt", ViMoDenoiser)
    with pytest.raises(FileNotFoundError, match="no checkpoint file"):
        load_model(tmp_path / "none.safetensors", ViMoDenoiser)
    content = shipped.read_bytes()
    shipped.write_bytes(content[:-50])
    with pytest.raises(ValueError, match="truncated or not the file"):
        load_model(shipped, ViMoDenoiser)
    shipped.write_bytes(content)
    shipped.with_suffix(".json").unlink()
    with pytest.raises(FileNotFoundError, match="vimo.json"):
        load_model(shipped, ViMoDenoiser)


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda card: card["settings"].update(layers=2), "does not fit"),
        (lambda card: card["settings"].update(colour="red"), "does not fit"),
        (lambda card: card["settings"].update(condition_entry="x"), "one of"),
        (lambda card: card.pop("settings"), "must have network, settings"),
    ],
)
def test_cards_that_do_not_fit(shipped, change, said):
    path = shipped.with_suffix(".json")
    card = json.loads(path.read_text())
    change(card)
    path.write_text(json.dumps(card))
    with pytest.raises(ValueError, match=said) as told:
        load_model(shipped, ViMoDenoiser)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "\x00"])
def test_cards_that_are_no_json(shipped, text):
    shipped.with_suffix(".json").write_text(text)
    with pytest.raises(ValueError, match="not a checkpoint's card"):
        load_model(shipped, ViMoDenoiser)
