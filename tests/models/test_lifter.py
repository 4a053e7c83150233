"""The lifter on two paths: one network, what it answers, and its file."""

import json

import pytest
import torch

from mini_vimogen.conditions.keypoints import FEATURES
from mini_vimogen.models.lifter import FlowLifter, Lifter
from mini_vimogen.paths.flow import straight
from mini_vimogen.paths.predictions import velocity_to_clean
from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.tasks.lift import load_lifter
from mini_vimogen.training.checkpoint import load_model, save_model


def options():
    network = dict(
        width=16,
        layers=1,
        heads=2,
        feed_forward=16,
        condition_features=FEATURES,
    )
    scale, shift = torch.rand(151) + 0.5, torch.randn(151)
    normalizer = Normalizer(scale, shift)
    return dict(network=network, fps=30.0, frames=20, normalizer=normalizer)


def restless(model):
    torch.manual_seed(3)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    return model.eval()


def question(b=3):
    noisy, t = torch.randn(b, 20, 151), torch.tensor([0.0, 0.4, 1.0])
    return noisy, t, torch.randn(b, 20, FEATURES)


def test_one_network_on_two_paths():
    """As many weights, of the same names: one can be loaded as the other."""
    diffusion, flow = restless(Lifter(**options())), FlowLifter(**options())
    assert (diffusion.path, flow.path) == ("diffusion", "flow")
    flow.load_state_dict(diffusion.state_dict())
    asked = question()
    with torch.no_grad():
        assert torch.equal(flow.eval()(*asked), diffusion(*asked))


def test_a_network_of_velocities_answers_the_clean_motion():
    lifter = restless(FlowLifter(answers="velocity", **options()))
    noisy, t, condition = question()
    inner = {}
    lifter.denoiser.register_forward_hook(
        lambda _, told, answer: inner.update(velocity=answer)
    )
    with torch.no_grad():
        clean = lifter(noisy, t, condition)
    wanted = velocity_to_clean(noisy, inner["velocity"], t, schedule=straight)
    torch.testing.assert_close(clean, wanted)
    assert torch.equal(clean[0], noisy[0])  # at t = 0 there is nothing to do
    assert inner["velocity"].abs().amax() > 0.1


@pytest.mark.parametrize("answers", ["clean", "velocity"])
def test_an_encoded_condition_gives_the_same(answers):
    lifter = restless(FlowLifter(answers=answers, **options()))
    noisy, t, condition = question()
    with torch.no_grad():
        encoded = lifter.encode_condition(condition)
        torch.testing.assert_close(
            lifter(noisy, t, encoded), lifter(noisy, t, condition)
        )


@pytest.mark.parametrize("answers", ["clean", "velocity"])
@pytest.mark.parametrize("read", [load_lifter, None])
def test_a_file_keeps_what_it_answers(answers, read, tmp_path):
    lifter = restless(FlowLifter(answers=answers, **options()))
    path = tmp_path / "f.safetensors"
    save_model(lifter, path, card={"seed": 0})
    loaded = read(path) if read else load_model(path, FlowLifter)
    assert type(loaded) is FlowLifter and not loaded.training
    assert (loaded.answers, loaded.path) == (answers, "flow")
    assert loaded.settings == lifter.settings
    asked = question()
    with torch.no_grad():
        assert torch.equal(loaded(*asked), lifter(*asked))
    card = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert card["network"] == "FlowLifter"
    assert card["settings"]["answers"] == answers


def test_a_file_of_one_path_is_not_read_as_the_other(tmp_path):
    path = tmp_path / "f.safetensors"
    save_model(FlowLifter(**options()), path)
    with pytest.raises(ValueError, match="must hold a Lifter, got a FlowLifte"):
        load_model(path, Lifter)
    assert load_lifter(path).path == "flow"
    save_model(Lifter(**options()), path)
    assert load_lifter(path).path == "diffusion"


def test_a_card_with_another_answer_is_refused(tmp_path):
    with pytest.raises(ValueError, match="answers must be one of clean, veloc"):
        FlowLifter(answers="noise", **options())
    path = tmp_path / "f.safetensors"
    save_model(FlowLifter(**options()), path)
    card = json.loads(path.with_suffix(".json").read_text("utf-8"))
    card["settings"]["answers"] = "noise"
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ValueError, match="f.safetensors does not fit a FlowL"):
        load_lifter(path)
