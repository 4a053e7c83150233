import json
import math

import pytest
import torch

from mini_vimogen.conditions.keypoints import FEATURES
from mini_vimogen.data.casual_video import PERFECT, film_clip
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.models.lifter import Lifter
from mini_vimogen.models.regressor import Regressor
from mini_vimogen.samplers import ddim
from mini_vimogen.tasks import lift as task
from mini_vimogen.tasks.lift import (
    Sampling,
    denoiser,
    lift,
    load_lifter,
    sample_features,
)
from mini_vimogen.training.checkpoint import save_model
from tests.oracles import wandering_clip


@pytest.fixture
def lifter():
    torch.manual_seed(0)
    network = dict(
        width=32,
        layers=1,
        heads=2,
        feed_forward=32,
        condition_features=FEATURES,
    )
    return Lifter(network=network, fps=30.0, frames=20).eval()


def track(frames=30, fps=30.0):
    video = film_clip(
        wandering_clip(frames).canonical(),
        generator=torch.Generator().manual_seed(0),
        settings=PERFECT,
    )
    size = float(video.width), float(video.height)
    return KeypointTrack(video.keypoints, fps, *size)


@pytest.mark.parametrize("frames", [5, 7, 20, 33, 60])
def test_any_length_gives_a_clip_of_that_length(lifter, frames):
    (clip,) = lift(track(frames), lifter=lifter)
    assert clip.frames == frames
    assert clip.fps == 30.0
    assert torch.isfinite(clip.joints()).all()
    assert torch.allclose(clip.root_position[0, :2], torch.zeros(2))


def test_another_frame_rate_is_resampled(lifter):
    (clip,) = lift(track(41, fps=60.0), lifter=lifter)
    assert (clip.fps, clip.frames) == (30.0, 21)


def test_samples_differ_and_the_seed_decides(lifter):
    def samples(seed):
        generator = torch.Generator().manual_seed(seed)
        return lift(track(), lifter=lifter, samples=2, generator=generator)

    one, two = samples(0)
    again, _ = samples(0)
    assert torch.equal(one.local_rotmat, again.local_rotmat)
    assert not torch.equal(one.local_rotmat, two.local_rotmat)


def test_guidance_of_1_is_the_plain_network(lifter):
    condition = torch.randn(2, 20, FEATURES)
    noisy, t = torch.randn(2, 20, 151), torch.tensor([0.3, 0.9])
    plain = denoiser(lifter, condition)(noisy, t)
    nearly = denoiser(lifter, condition, guidance=1.0 + 1e-6)(noisy, t)
    assert torch.allclose(plain, nearly, atol=1e-4)
    direct = lifter(noisy, t, condition)
    assert torch.allclose(plain, direct, atol=1e-5)


def features_of(lifter, condition, *, steps=1):
    generator = torch.Generator().manual_seed(0)
    sampling = Sampling(steps=steps) if isinstance(lifter, Lifter) else None
    return sample_features(
        lifter,
        condition,
        sampling=sampling or Sampling(),
        generator=generator,
    )


def told(frames, b=1):
    generator = torch.Generator().manual_seed(3)
    return torch.randn(b, frames, FEATURES, generator=generator)


def test_the_ends_of_a_long_motion_are_those_of_its_windows(lifter):
    """Windows at 0, 10, 20 and 30 of 50 frames: 10 at each end are alone."""
    condition = told(50)
    whole = features_of(lifter, condition)
    noise = torch.randn(1, 50, 151, generator=torch.Generator().manual_seed(0))
    windows = [slice(start, start + 20) for start in (0, 30)]
    level = ddim.levels(1)[0].expand(1).float()
    for window, alone in zip(
        windows, (slice(0, 10), slice(10, 20)), strict=True
    ):
        clean = lifter(noise[:, window], level, condition[:, window])
        clean = lifter.normalizer.undo(clean)[:, alone]
        place = slice(window.start + alone.start, window.start + alone.stop)
        torch.testing.assert_close(whole[:, place], clean, atol=1e-5, rtol=1e-4)


def test_chunks_of_windows_change_nothing(lifter, monkeypatch):
    condition = told(95, b=2)
    whole = features_of(lifter, condition, steps=3)
    monkeypatch.setattr(task, "WINDOWS_AT_ONCE", 3)
    parts = features_of(lifter, condition, steps=3)
    torch.testing.assert_close(whole, parts, atol=1e-4, rtol=1e-4)


def test_a_regressors_windows_fade_into_each_other(lifter):
    network = lifter.settings["network"]
    torch.manual_seed(1)
    model = Regressor(network=network, fps=30.0, frames=20).eval()
    condition = told(30)
    whole = features_of(model, condition)[0]
    with torch.no_grad():
        first, last = (
            model.normalizer.undo(model(condition[:, s : s + 20]))[0]
            for s in (0, 10)
        )
    torch.testing.assert_close(whole[:10], first[:10])
    torch.testing.assert_close(whole[20:], last[10:])
    velocity = whole[10:20, 4:7]  # numbers that are no rotations: linearly
    low = torch.minimum(first[10:, 4:7], last[:10, 4:7])
    high = torch.maximum(first[10:, 4:7], last[:10, 4:7])
    assert bool(((velocity >= low - 1e-6) & (velocity <= high + 1e-6)).all())
    share = (velocity - first[10:, 4:7]) / (last[:10, 4:7] - first[10:, 4:7])
    assert bool((share.diff(dim=0) > 0).all())


def test_a_saved_lifter_lifts_the_same(lifter, tmp_path):
    save_model(lifter, tmp_path / "l.safetensors", card={"seed": 0})
    loaded = load_lifter(tmp_path / "l.safetensors")
    (one,), (two,) = lift(track(), lifter=lifter), lift(track(), lifter=loaded)
    assert torch.equal(one.local_rotmat, two.local_rotmat)
    assert torch.equal(one.root_position, two.root_position)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: Sampling(steps=0), "steps must be within 1..1000, got 0"),
        (lambda: Sampling(steps=1001), "steps must be within 1..1000"),
        (lambda: Sampling(eta=2.0), "eta must be within 0..1, got 2.0"),
        (lambda: Sampling(steps=2.5), "steps must be a whole number, got 2.5"),
        (lambda: Sampling(eta=math.nan), "eta must be within 0..1, got nan"),
        (lambda: Sampling(guidance=-1.0), "guidance must be within 0..10"),
        (lambda: Sampling(guidance=50.0), "guidance must be within 0..10"),
        (
            lambda: Sampling(guidance=math.nan),
            "guidance must be within 0..10, got nan",
        ),
        (lambda: lift(None, samples=0), "samples must be 1 or more, got 0"),
    ],
)
def test_bad_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_track_shorter_than_any_in_training_is_refused(lifter):
    with pytest.raises(ValueError, match=r"at least 0.17 s.* got 0.13 s"):
        lift(track(4), lifter=lifter)


def test_a_regressor_is_not_asked_how_to_sample(lifter):
    network = lifter.settings["network"]
    model = Regressor(network=network, fps=30.0, frames=20).eval()
    assert len(lift(track(), lifter=model, sampling=Sampling())) == 1
    for sampling in (Sampling(steps=50), Sampling(guidance=2.0)):
        with pytest.raises(ValueError, match="with a Regressor, which does no"):
            lift(track(), lifter=model, sampling=sampling)


def changed_card(path, **numbers):
    """Another value in the settings of a checkpoint's card."""
    card = json.loads(path.with_suffix(".json").read_text("utf-8"))
    card["settings"] |= numbers
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"fps": 20.0}, "for 30 frames per second, got one for 20"),
        ({"fps": 0.0}, "fps and frames must be positive, got 0.0"),
        ({"frames": 0}, "fps and frames must be positive, got 30.0 and 0"),
        ({"layout": "vimogen276"}, "layout must be 'vimo151, camera form'"),
        ({"scaling": "world"}, "scaling must be one of .*got 'world'"),
    ],
)
def test_a_checkpoint_of_another_layout_or_rate_is_refused(
    lifter, tmp_path, numbers, message
):
    path = tmp_path / "l.safetensors"
    save_model(lifter, path)
    changed_card(path, **numbers)
    with pytest.raises(ValueError, match=message) as refused:
        load_lifter(path)
    assert str(path) in str(refused.value)


def test_a_checkpoint_of_before_the_layout_was_named_is_read(lifter, tmp_path):
    path = tmp_path / "l.safetensors"
    save_model(lifter, path)
    card = json.loads(path.with_suffix(".json").read_text("utf-8"))
    del card["settings"]["layout"], card["settings"]["scaling"]
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    assert load_lifter(path).scaling == "frame"


def test_other_and_truncated_checkpoints_are_refused(lifter, tmp_path):
    path = tmp_path / "l.safetensors"
    with pytest.raises(FileNotFoundError, match="no checkpoint file"):
        load_lifter(path)
    save_model(lifter.denoiser, path)
    with pytest.raises(
        ValueError, match="must hold a Lifter or a FlowLifter .* got a ViMoDen"
    ):
        load_lifter(path)
    save_model(lifter, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="truncated"):
        load_lifter(path)
