import functools

import torch

from mini_vimogen.paths.diffusion import random_levels
from mini_vimogen.representation.normalizer import Normalizer
from mini_vimogen.representation.vimo151 import encode_camera_form
from mini_vimogen.training.batches import LifterBatch
from mini_vimogen.training.losses import (
    FEET,
    LossWeights,
    joints_around_root,
    lifter_loss,
    masked_mean,
    motion_loss,
    planted_steps,
    regression_loss,
)
from tests.oracles import wandering_clip


def batch():
    clips = [wandering_clip(20, seed=seed).canonical() for seed in range(3)]
    clean = encode_camera_form(
        torch.stack([clip.root_position for clip in clips]),
        torch.stack([clip.local_rotmat for clip in clips]),
        camera_yaw=torch.zeros(3, 20),
        fps=30.0,
    )
    valid = torch.arange(20)[None] < torch.tensor([20, 12, 5])[:, None]
    return LifterBatch(
        clean,
        torch.zeros(3, 20, 4),
        torch.ones(3).bool(),
        valid,
        torch.zeros(3, 20),
    )


def loss_of(answer, data, **weights):
    """The loss if the network gives ``answer``."""
    normalizer = Normalizer.fit_range(data.clean, clip=False)
    seen = {}

    def network(noisy, t, condition, *, present, valid):
        seen.update(noisy=noisy, t=t)
        return normalizer.apply(answer)

    value, parts = lifter_loss(
        network,
        data,
        torch.Generator().manual_seed(0),
        normalizer=normalizer,
        weights=LossWeights(**weights),
        draw_levels=lambda n, g: random_levels(n, generator=g),
    )
    return value, parts, seen


def test_the_truth_costs_nothing():
    data = batch()
    value, parts, _ = loss_of(data.clean, data)
    assert value < 1e-9
    assert set(parts) == {"simple", "velocity", "joints"}


def test_padding_costs_nothing():
    data = batch()
    wrong = torch.where(data.valid[..., None], data.clean, 7.0)
    value, _, _ = loss_of(wrong, data)
    assert value < 1e-9


def test_joints_are_in_square_metres():
    data = batch()
    turned = data.clean.roll(1, dims=1)
    _, parts, _ = loss_of(turned, data)
    apart = joints_around_root(turned) - joints_around_root(data.clean)
    wanted = apart.square().sum(-1).mean(-1)[data.valid].mean()
    assert torch.allclose(parts["joints"], wanted, rtol=1e-4)


def test_weights_multiply_the_terms():
    data = batch()
    wrong = data.clean + 0.1
    value, parts, _ = loss_of(wrong, data, simple=2.0, velocity=0, joints=0.5)
    wanted = 2.0 * parts["simple"] + 0.5 * parts["joints"]
    assert torch.allclose(value, wanted)


def test_a_constant_offset_has_no_velocity():
    data = batch()
    _, parts, _ = loss_of(data.clean + 0.1, data)
    assert parts["velocity"] < 1e-9 < parts["simple"]


def test_noise_grows_with_the_level():
    data = batch()
    _, _, seen = loss_of(data.clean, data)
    clean = Normalizer.fit_range(data.clean, clip=False).apply(data.clean)
    apart = (seen["noisy"] - clean).square().mean(dim=(1, 2))
    assert torch.equal(apart.argsort(), seen["t"].argsort())


def test_gradients_are_finite_for_any_answer():
    data = batch()
    answer = torch.zeros_like(data.clean).requires_grad_()
    loss = functools.partial(loss_of, data=data)
    value, _, _ = loss(answer)
    value.backward()
    assert torch.isfinite(answer.grad).all()


def test_masked_mean_by_hand():
    values = torch.tensor([[[1.0], [3.0]], [[5.0], [100.0]]])
    valid = torch.tensor([[True, True], [True, False]])
    assert masked_mean(values, valid) == 3.0
    assert masked_mean(values, torch.zeros(2, 2).bool()) == 0.0


def test_planted_steps_are_those_of_the_feet_in_the_world():
    clip = wandering_clip(20, seed=4).canonical()
    yaw = torch.linspace(0.3, 2.5, 20)
    features = encode_camera_form(
        clip.root_position,
        clip.local_rotmat,
        camera_yaw=yaw,
        fps=clip.fps,
    )
    features[:, :4] = torch.tensor([1.0, 0.5, 0.96, 0.0])
    found = planted_steps(
        features[None],
        joints_around_root(features[None]),
        yaw[None],
        fps=clip.fps,
    )
    feet = clip.joints()[:, FEET]
    expected = feet.diff(dim=0).square().sum(dim=-1)
    expected[:, 1] = expected[:, 3] = 0.0
    assert expected.max() > 1e-5
    torch.testing.assert_close(found[0], expected, rtol=1e-3, atol=1e-8)


def test_a_term_counts_only_if_it_has_a_weight():
    data = batch()
    answer = data.clean.clone()
    answer[..., 7:] += torch.sin(torch.arange(20.0))[None, :, None] / 10
    plain, parts, _ = loss_of(answer, data)
    assert set(parts) == {"simple", "velocity", "joints"}
    total, parts, _ = loss_of(answer, data, joint_velocity=7.0, contact=3.0)
    assert parts["joint_velocity"] > 0
    extra = 7 * parts["joint_velocity"] + 3 * parts["contact"]
    torch.testing.assert_close(total - plain, extra)


def test_joint_velocity_is_the_error_of_steps_in_metres():
    data = batch()
    still = data.clean[:, :1].expand_as(data.clean)
    _, parts, _ = loss_of(still, data, joint_velocity=1.0)
    steps = joints_around_root(data.clean).diff(dim=1).square().sum(dim=-1)
    pairs = data.valid[:, 1:] & data.valid[:, :-1]
    expected = masked_mean(steps, pairs)
    torch.testing.assert_close(
        parts["joint_velocity"], expected, rtol=1e-3, atol=1e-7
    )


def test_regression_is_punished_by_the_same_terms_without_noise():
    data = batch()
    normalizer = Normalizer.fit_range(data.clean, clip=False)
    answer = normalizer.apply(data.clean) + 0.1
    options = dict(normalizer=normalizer, weights=LossWeights(contact=1.0))
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()

    def network(condition, *, valid):
        assert condition is data.condition and valid is data.valid
        return answer

    value, parts = regression_loss(network, data, generator, **options)
    expected, terms = motion_loss(answer, data, **options)
    assert value == expected and parts == terms
    torch.testing.assert_close(parts["simple"], torch.tensor(0.01))
    assert torch.equal(generator.get_state(), before)
