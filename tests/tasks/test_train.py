"""Each kind of model trains on the same batches, and lifts a track."""

import pytest
import torch

from mini_vimogen.conditions.keypoints import features_of
from mini_vimogen.data.casual_video import film_clip
from mini_vimogen.tasks.lift import Sampling, lift, load_lifter
from mini_vimogen.tasks.motion_mix import Mix, motion_pool
from mini_vimogen.tasks.train import (
    KINDS,
    LossWeights,
    draw_part,
    new_model,
    recipe,
    train_model,
)
from mini_vimogen.training.checkpoint import save_model
from mini_vimogen.training.presets import preset
from tests.oracles import wandering_clip

SMALL = Mix(acted=0.5, real=0.0, babbled=0.5, acted_clips=1, babbled_clips=3)


@pytest.fixture(scope="module")
def pool():
    return motion_pool(SMALL)


def size(**changes):
    return preset("laptop", **(dict(steps=2, warmup=0, batch=4) | changes))


def trained(kind, pool, **changes):
    *_, state = train_model(kind, size(**changes), mix=SMALL, pool=pool)
    return state.average.model


@pytest.fixture(scope="module")
def track():
    generator = torch.Generator().manual_seed(0)
    return film_clip(wandering_clip(70, seed=1), generator=generator).track()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_trains_and_lifts(kind, pool, track, tmp_path):
    model = trained(kind, pool)
    save_model(model, tmp_path / "m.safetensors")
    loaded = load_lifter(tmp_path / "m.safetensors")
    sampling = Sampling(steps=2) if kind == "lifter" else None
    clips = lift(track, lifter=loaded, samples=2, sampling=sampling)
    assert [clip.frames for clip in clips] == [70, 70]
    same = torch.equal(clips[0].local_rotmat, clips[1].local_rotmat)
    assert same == (kind not in ("lifter", "flow"))


def test_steps_change_the_weights_of_each_kind(pool):
    for kind in KINDS:
        models = [
            next(
                iter(train_model(kind, size(), mix=SMALL, pool=pool, seed=seed))
            ).model
            for seed in (0, 1)
        ]
        first, second = (m.state_dict() for m in models)
        assert any(not torch.equal(first[k], second[k]) for k in first)


def test_all_kinds_see_the_same_first_batch(pool):
    """What differs is drawn after it: the noise of the diffusion model."""
    parts = [
        draw_part(pool, size(), SMALL.film(), torch.Generator().manual_seed(5))
        for _ in range(2)
    ]
    assert torch.equal(parts[0].clean, parts[1].clean)
    assert torch.equal(parts[0].condition, parts[1].condition)


@pytest.mark.parametrize("scaling", ["clip", "both"])
def test_another_scaling_of_the_keypoints(scaling, pool, track, tmp_path):
    model = trained("regressor", pool, scaling=scaling)
    width = model.settings["network"]["condition_features"]
    assert width == features_of(scaling)
    save_model(model, tmp_path / "m.safetensors")
    loaded = load_lifter(tmp_path / "m.safetensors")
    assert loaded.scaling == scaling
    (clip,) = lift(track, lifter=loaded)
    assert clip.frames == 70


def test_the_rig_films_its_share(pool):
    cuts = {}
    for rig in (0.0, 1.0):
        film = Mix(rig=rig).film()
        generator = torch.Generator().manual_seed(0)
        batch = draw_part(pool, size(batch=64), film, generator)
        still = batch.sight_yaw.diff(dim=1).cos().amin(dim=1) > 0.7
        cuts[rig] = float((~still).float().mean())
    assert cuts[1.0] == 0.0 and cuts[0.0] > 0.2


def test_a_recipe_names_the_kind_the_rig_and_the_loss():
    told = recipe(size(), Mix(rig=0.5), LossWeights(contact=2.0), kind="x")
    assert told["kind"] == "x" and told["film"]["rig"] == 0.5
    assert told["loss"]["contact"] == 2.0
    assert told["preset"]["scaling"] == "frame"


def test_unknown_kinds_and_shares_are_refused(pool):
    with pytest.raises(ValueError, match="kind must be one of"):
        next(train_model("oracle", size(), pool=pool))
    with pytest.raises(ValueError, match="rig must be within 0..1"):
        Mix(rig=1.5)
    with pytest.raises(ValueError, match="scaling must be one of"):
        size(scaling="world")


def test_the_perceptron_needs_no_preset_of_its_own():
    from mini_vimogen.representation.normalizer import Normalizer

    scale = Normalizer(torch.ones(151), torch.zeros(151))
    model = new_model("frame_mlp", size(), scale)
    assert model.fps == 30.0 and model.frames == 60
