import pytest
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.geometry.skeleton import SMPL22
from mini_vimogen.representation import vimo151
from tests.oracles import standing_clip, wandering_clip


def test_there_and_back_under_a_tenth_of_a_millimetre():
    clip = wandering_clip(40, seed=3)
    back = vimo151.decode(vimo151.encode(clip), fps=clip.fps, caption="x")
    assert (back.joints() - clip.joints()).abs().max() < 1e-5
    assert (back.fps, back.caption) == (30.0, "x")


def test_encoding_never_moves_a_clip():
    clip = wandering_clip().moved(by=(5.0, 6.0, 7.0))
    block = vimo151.LAYOUT.split(vimo151.encode(clip))["root_position"]
    assert torch.equal(block, clip.root_position)


def test_contacts_do_not_depend_on_the_frame_rate():
    slow = wandering_clip(60).with_(fps=30.0)
    contacts = vimo151.LAYOUT.slice("contacts")
    at_30 = vimo151.encode(slow)[:-1, contacts]
    at_60 = vimo151.encode(slow.resample(60.0))[:-2:2, contacts]
    assert (at_30 == at_60).float().mean() > 0.97
    assert vimo151.encode(standing_clip())[:, contacts].all()


def test_one_frame_is_enough():
    features = vimo151.encode(standing_clip(1))
    assert features.shape == (1, 151)
    assert vimo151.decode(features).frames == 1


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: vimo151.encode(
                Clip(
                    torch.zeros(1, 3),
                    torch.eye(3).repeat(1, 22, 1, 1),
                    fps=20,
                    skeleton=SMPL22,
                )
            ),
            "clip must be on skeleton SMPL24 .* got SMPL22 with 22",
        ),
        (lambda: vimo151.decode(torch.zeros(4, 150)), r"\[..., 151\]"),
        (
            lambda: vimo151.decode(torch.zeros(151)),
            r"features must have shape \[frames, 151\], got \[151\]",
        ),
        (
            lambda: vimo151.decode(torch.full((2, 151), torch.nan)),
            "features must be finite",
        ),
        (
            lambda: vimo151.decode(vimo151.encode(standing_clip()), fps=0),
            "fps must be positive",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
