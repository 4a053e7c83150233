"""ViMo's four losses on motions in the world, in metres."""

import pytest
import torch

from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.representation.vimo151 import LAYOUT, encode
from mini_vimogen.training.vimo_loss import (
    FEET,
    ViMoWeights,
    vimo_loss,
    vimo_terms,
    world_joints,
)
from tests.oracles import wandering_clip


@pytest.fixture(scope="module")
def motions():
    """World-form features [2, 20, 151]; the second is padding after 12."""
    clips = [wandering_clip(20, seed=seed) for seed in range(2)]
    features = torch.stack([encode(clip) for clip in clips])
    valid = torch.arange(20)[None] < torch.tensor([20, 12])[:, None]
    return features, valid, Normalizer.fit_range(features, clip=False)


def terms_of(answer, motions, **options):
    features, valid, normalizer = motions
    return vimo_terms(
        normalizer.apply(answer),
        normalizer.apply(features),
        valid=valid,
        normalizer=normalizer,
        **options,
    )


def test_the_truth_costs_only_what_its_feet_slide(motions):
    features, valid, _ = motions
    terms = terms_of(features, motions)
    for name in ("simple", "velocity", "joints"):
        assert terms[name].abs().max() < 1e-9
    feet = world_joints(features)[0][:, FEET]
    planted = features[0, :-1, LAYOUT.slice("contacts")] > 0.95
    steps = feet.diff(dim=0).square() * planted[..., None]
    torch.testing.assert_close(
        terms["contact"][0], steps.sum() / (20 * 4 * 3), rtol=1e-3, atol=1e-8
    )


def test_soft_contacts_multiply(motions):
    features, _, _ = motions
    half = features.clone()
    half[..., LAYOUT.slice("contacts")] = 0.5
    assert terms_of(half, motions)["contact"].max() == 0
    feet = world_joints(features)[0][:, FEET]
    wanted = (0.5 * feet.diff(dim=0)).square().sum() / (20 * 4 * 3)
    soft = terms_of(half, motions, soft=True)["contact"][0]
    torch.testing.assert_close(soft, wanted, rtol=1e-3, atol=1e-8)


def test_padding_costs_nothing(motions):
    features, valid, _ = motions
    wrong = torch.where(valid[..., None], features, 3.0)
    right, padded = terms_of(features, motions), terms_of(wrong, motions)
    for name, value in right.items():
        torch.testing.assert_close(padded[name], value)


def test_joints_are_in_square_metres(motions):
    features, _, _ = motions
    raised = features.clone()
    raised[..., LAYOUT.slice("root_position")][..., 2] += 0.3
    terms = terms_of(raised, motions)
    wanted = torch.full((2,), 0.09 / 3)
    torch.testing.assert_close(terms["joints"], wanted, rtol=1e-3, atol=0)
    assert terms["velocity"].max() < 1e-9


def test_velocity_leaves_out_the_contacts(motions):
    features, _, _ = motions
    flipped = features.clone()
    flipped[..., LAYOUT.slice("contacts")] = torch.rand(
        2, 20, 4, generator=torch.Generator().manual_seed(0)
    )
    terms = terms_of(flipped, motions)
    assert terms["velocity"].max() < 1e-9 < terms["simple"].min()


def test_levels_are_weighted_but_not_for_feet(motions):
    features, _, _ = motions
    terms = terms_of(features + 0.05, motions)
    plain, parts = vimo_loss(terms)
    weighted, lowered = vimo_loss(terms, level_weight=torch.zeros(2))
    torch.testing.assert_close(plain, sum(parts.values()))
    assert lowered["simple"] == 0
    torch.testing.assert_close(weighted, parts["contact"])
    only = vimo_loss(terms, weights=ViMoWeights(1.0, 0.0, 0.0, 0.0))[0]
    torch.testing.assert_close(only, terms["simple"].mean())


def test_gradients_are_finite_for_any_answer(motions):
    features, _, _ = motions
    answer = torch.zeros_like(features).requires_grad_()
    for options in (dict(), dict(soft=True), dict(on_scaled=True)):
        total, _ = vimo_loss(terms_of(answer, motions, **options))
        (slope,) = torch.autograd.grad(total, answer)
        assert torch.isfinite(slope).all()


def test_metres_need_a_normalizer(motions):
    features, valid, _ = motions
    with pytest.raises(ValueError, match="normalizer is needed"):
        vimo_terms(features, features, valid=valid, normalizer=None)
