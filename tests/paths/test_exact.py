"""The perfect velocity, against the gradient of the density and by counting."""

import pytest
import torch
from torch import distributions as laws

from mini_vimogen.paths.exact import exact_velocity
from mini_vimogen.paths.flow import interpolate, straight
from mini_vimogen.paths.schedules import cosine

POINTS = torch.tensor(
    [[[-1.0, 0.2], [0.0, 1.0]], [[0.4, 0.9], [1.0, 0.0]]], dtype=torch.float64
)


def of_the_score(noisy, t, points, spread, schedule):
    """noise is -sigma * score, and clean is what is left."""
    alpha, sigma = schedule(t)
    size = (alpha**2 * spread**2 + sigma**2).sqrt()
    parts = laws.Independent(laws.Normal(alpha * points, size), 2)
    even = laws.Categorical(torch.ones(len(points)).double())
    law = laws.MixtureSameFamily(even, parts)
    noisy = noisy.clone().requires_grad_()
    (score,) = torch.autograd.grad(law.log_prob(noisy).sum(), noisy)
    noise = -sigma * score
    return noise - (noisy.detach() - sigma * noise) / alpha


@pytest.mark.parametrize("schedule", [straight, cosine])
@pytest.mark.parametrize("spread", [0.3, torch.tensor([0.2, 1.5]).double()])
@pytest.mark.parametrize("level", [0.05, 0.5, 0.95])
def test_equals_the_gradient_of_the_density(schedule, spread, level, generator):
    noisy = torch.randn(7, 2, 2, generator=generator).double()
    t = torch.tensor(level).double()
    told = dict(points=POINTS, spread=spread, schedule=schedule)
    ours = exact_velocity(noisy, t.expand(7), **told)
    wanted = of_the_score(noisy, t, POINTS, torch.as_tensor(spread), schedule)
    torch.testing.assert_close(ours, wanted)


def test_is_the_mean_of_what_may_lie_behind(generator):
    """Regression on drawn pairs: no other field has a smaller error."""
    count = 100_000
    which = torch.randint(2, (count,), generator=generator)
    extra, noise = torch.randn(2, count, 2, 2, generator=generator).double()
    clean = POINTS[which] + 0.3 * extra
    t = torch.full((count,), 0.6).double()
    noisy = interpolate(clean, noise, t)
    ours = exact_velocity(
        noisy, t, points=POINTS, spread=0.3, schedule=straight
    )
    left = noise - clean - ours
    # What is left is unlike the answer and unlike the question.
    for known in (ours, noisy, torch.ones_like(noisy), noisy.tanh()):
        assert abs((left * known).mean()) < 0.01


def test_finite_at_both_ends(generator):
    noisy = torch.randn(3, 2, 2, generator=generator).double()
    told = dict(points=POINTS, spread=1e-3, schedule=straight)
    at = [exact_velocity(noisy, torch.full((3,), t), **told) for t in (0.0, 1)]
    torch.testing.assert_close(at[0], -noisy)
    torch.testing.assert_close(at[1], noisy - POINTS.mean(0))


def test_batches_one_by_one(generator):
    noisy = torch.randn(2, 3, 2, 2, generator=generator).double()
    t = torch.rand(2, 3, generator=generator).double()
    told = dict(points=POINTS, spread=0.3, schedule=straight)
    together = exact_velocity(noisy, t, **told)
    alone = exact_velocity(noisy[1, 2], t[1, 2], **told)
    torch.testing.assert_close(together[1, 2], alone)


@pytest.mark.parametrize("spread", [0.0, -1.0, float("nan")])
def test_points_without_spread(spread):
    x = torch.zeros(1, 2, 2)
    told = dict(points=POINTS, spread=spread, schedule=straight)
    with pytest.raises(ValueError, match="spread must be positive"):
        exact_velocity(x, torch.zeros(1), **told)
