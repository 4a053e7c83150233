"""Distribution metrics: scipy, closed forms, degenerate sets, bad input."""

import math
import warnings

import numpy as np
import pytest
import scipy.linalg
import torch

from mini_vimogen.metrics import distribution
from tests.benchmarks import metric_twins


def normal(count, width, *, seed=0, mean=0.0, spread=1.0):
    draw = np.random.default_rng(seed)
    return torch.from_numpy(mean + spread * draw.normal(size=(count, width)))


def scipy_frechet(pred, true) -> float:
    """The formula with the general matrix square root."""
    product = np.cov(pred.T) @ np.cov(true.T)
    trace = scipy.linalg.sqrtm(product).real.trace()
    shift = pred.mean(0) - true.mean(0)
    spreads = np.cov(pred.T).trace() + np.cov(true.T).trace()
    return shift @ shift + spreads - 2 * trace


@pytest.mark.parametrize("seed", range(3))
def test_frechet_distance_equals_the_general_square_root(seed):
    mix = np.random.default_rng(seed).normal(size=(8, 8))
    pred = normal(60, 8, seed=seed).numpy() @ mix
    true = normal(90, 8, seed=seed + 9, mean=0.3).numpy()
    found = distribution.frechet_distance(pred, true, standardize=False)
    assert found == pytest.approx(scipy_frechet(pred, true), rel=1e-8)
    units = [(x - true.mean(0)) / (true.std(0) + 1e-10) for x in (pred, true)]
    found = distribution.frechet_distance(pred, true)
    assert found == pytest.approx(scipy_frechet(*units), rel=1e-8)


def test_frechet_distance_closed_form():
    """Gaussians on one axis: squared mean gap plus squared spread gap."""
    true = torch.tensor([[-1.0], [1.0]], dtype=torch.float64)
    pred = 3 * true + 5  # spread sqrt(2): becomes 3 sqrt(2)
    found = distribution.frechet_distance(pred, true, standardize=False)
    assert found == pytest.approx(25 + 2 * (3 - 1) ** 2)


def test_frechet_distance_is_symmetric_without_units_only():
    a, b = normal(50, 4), normal(50, 4, seed=1, spread=3.0)
    plain = [
        distribution.frechet_distance(*s, standardize=False)
        for s in ((a, b), (b, a))
    ]
    assert plain[0] == pytest.approx(plain[1])
    assert distribution.frechet_distance(a, b) < 0.2 * (
        distribution.frechet_distance(b, a)
    )


def test_frechet_distance_of_a_set_to_itself_is_0():
    true = normal(30, 6)
    assert distribution.frechet_distance(true, true) == pytest.approx(
        0, abs=1e-8
    )


def test_frechet_distance_falls_with_the_sample():
    true = normal(4000, 10)
    found = [
        distribution.frechet_distance(normal(n, 10, seed=n), true)
        for n in (20, 100, 1000)
    ]
    assert found[0] > 3 * found[1] > 9 * found[2]


@pytest.mark.parametrize(("motions", "small"), [(6, True), (7, False)])
@pytest.mark.parametrize("which", ["pred", "true"])
def test_a_sample_smaller_than_the_features_warns(motions, small, which):
    sets = {"pred": normal(50, 6), "true": normal(60, 6, seed=1)}
    sets[which] = sets[which][:motions]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        distribution.frechet_distance(sets["pred"], sets["true"])
    told = [str(w.message) for w in caught]
    wanted = f"{which} has {motions} motions for 6 features"
    assert any(wanted in message for message in told) is small


# ---------------------------------------------------------- constant features


def with_constant(true_value=0.25, pred_values=0.25):
    pred, true = normal(50, 4), normal(60, 4, seed=1)
    pred[:, 2], true[:, 2] = pred_values, true_value
    return pred, true


@pytest.mark.parametrize("value", [0.0, 0.25, 1e6, 0.1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_constant_of_both_sets_counts_nothing(value, dtype):
    pred, true = (x.to(dtype) for x in with_constant(value, value))
    keep = [0, 1, 3]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = distribution.frechet_distance(pred, true)
    wanted = distribution.frechet_distance(pred[:, keep], true[:, keep])
    assert found == pytest.approx(wanted)
    assert distribution.diversity(pred, true) == pytest.approx(
        distribution.diversity(pred[:, keep], true[:, keep])
    )


@pytest.mark.parametrize("pred_values", [0.5, torch.linspace(0, 1, 50)])
def test_a_constant_of_the_true_set_only_is_dropped_aloud(pred_values):
    pred, true = with_constant(pred_values=pred_values)
    keep = [0, 1, 3]
    with pytest.warns(UserWarning, match=r"features \[2\] are constant"):
        found = distribution.frechet_distance(pred, true)
    wanted = distribution.frechet_distance(pred[:, keep], true[:, keep])
    assert found == pytest.approx(wanted)
    with pytest.warns(UserWarning, match=r"features \[2\] are constant"):
        distribution.diversity(pred, true)


def test_a_constant_of_the_true_set_as_published_explodes():
    pred, true = with_constant(pred_values=torch.linspace(0, 1, 50))
    found = distribution.frechet_distance(pred, true, constant="published")
    assert found > 1e15


def test_no_feature_left():
    with pytest.raises(ValueError, match="not constant"):
        distribution.frechet_distance(normal(5, 2), torch.ones(9, 2))


# -------------------------------------------------- diversity, multimodality


def test_diversity_equals_the_twin():
    pred, true = normal(25, 5), normal(40, 5, seed=1, mean=2, spread=3)
    plain = distribution.diversity(pred, standardize=False)
    assert plain == pytest.approx(metric_twins.diversity(pred.numpy()))
    units = (pred - true.mean(0)) / true.std(0, correction=0)
    assert distribution.diversity(pred, true) == pytest.approx(
        metric_twins.diversity(units.numpy())
    )


def test_multimodality_is_the_mean_diversity_of_the_prompts():
    pred = normal(24, 5).reshape(4, 6, 5)
    true = normal(40, 5, seed=1)
    wanted = [distribution.diversity(samples, true) for samples in pred]
    found = distribution.multimodality(pred, true)
    assert found == pytest.approx(sum(wanted) / 4)
    same = pred[:, :1].expand(4, 6, 5)
    assert distribution.multimodality(same, true) == 0


# ------------------------------------------------------ floors and intervals


def test_floor_is_drawn_at_the_count(generator):
    true = normal(300, 6)
    few = distribution.frechet_floor(true, count=20, generator=generator)
    many = distribution.frechet_floor(true, count=150, generator=generator)
    assert few.shape == (20,)
    assert few.mean() > 2 * many.mean() > 0
    again = distribution.frechet_floor(
        true, count=20, generator=torch.Generator().manual_seed(0)
    )
    assert again.equal(few)


def test_floor_separates_equal_from_different_sets(generator):
    true = normal(400, 6)
    floor = distribution.frechet_floor(true, count=100, generator=generator)
    same = distribution.frechet_distance(normal(100, 6, seed=5), true)
    other = distribution.frechet_distance(
        normal(100, 6, seed=5, spread=1.5), true
    )
    assert same < 2 * floor.max()
    assert other > 2 * floor.max()


def test_interval_of_a_mean_covers_the_truth():
    inside = 0
    for seed in range(60):
        values = normal(40, 1, seed=seed)[:, 0]
        low, high = distribution.bootstrap_interval(
            torch.mean,
            values,
            generator=torch.Generator().manual_seed(seed),
            repeats=200,
        )
        inside += low <= 0 <= high
    assert 50 <= inside < 60  # 95 % of 60 is 57


def test_interval_narrows_with_level_and_count(generator):
    def width(count, level):
        low, high = distribution.bootstrap_interval(
            torch.mean, normal(count, 1)[:, 0], level=level, generator=generator
        )
        return high - low

    assert width(50, 0.95) > 1.5 * width(50, 0.68)
    assert width(50, 0.95) > 2 * width(1000, 0.95)


def test_basic_interval_undoes_the_bias_of_duplicates(generator):
    pred, true = normal(80, 6), normal(80, 6, seed=1, mean=1)
    figure = distribution.frechet_distance(pred, true)
    intervals = {
        method: distribution.bootstrap_interval(
            distribution.frechet_distance,
            pred,
            true,
            generator=generator,
            repeats=100,
            method=method,
        )
        for method in ("percentile", "basic")
    }
    low, high = intervals["basic"]
    assert low < figure < high
    assert sum(intervals["basic"]) < sum(intervals["percentile"])


# ---------------------------------------------------------------- bad input

BOTH = [distribution.frechet_distance, distribution.diversity]


@pytest.mark.parametrize("function", BOTH)
@pytest.mark.parametrize(
    ("pred", "words"),
    [
        (torch.zeros(1, 4), "pred must have at least 2 motions, got 1"),
        (torch.zeros(0, 4), "pred must have at least 2 motions, got 0"),
        (torch.zeros(4), "pred must have shape"),
        (torch.zeros(4, 0), "pred must have shape"),
        (torch.full((5, 4), math.nan), "pred must be finite"),
        (torch.rand(5, 3), "same features, got 3 and 4"),
        ("features", "pred must be a tensor"),
    ],
)
def test_bad_predictions(function, pred, words):
    with pytest.raises(ValueError, match=words):
        function(pred, normal(10, 4))


@pytest.mark.parametrize("function", BOTH)
def test_bad_truth(function):
    with pytest.raises(ValueError, match="true must be finite"):
        function(normal(10, 4), torch.full((5, 4), math.inf))
    with pytest.raises(ValueError, match="drop, published, got 'keep'"):
        function(normal(10, 4), normal(10, 4), constant="keep")


def test_units_need_a_true_set():
    with pytest.raises(ValueError, match="true is required"):
        distribution.diversity(normal(10, 4))
    with pytest.raises(ValueError, match="true is required"):
        distribution.multimodality(normal(12, 4).reshape(3, 4, 4))


@pytest.mark.parametrize("shape", [(3, 1, 4), (0, 2, 4), (3, 4)])
def test_bad_prompts(shape):
    with pytest.raises(ValueError, match="prompts, samples, features"):
        distribution.multimodality(torch.zeros(shape), normal(10, 4))


@pytest.mark.parametrize("count", [0, 1, 9, 100])
def test_floor_needs_both_parts(count, generator):
    with pytest.raises(ValueError, match="count must lie in 2..8"):
        distribution.frechet_floor(
            normal(10, 2), count=count, generator=generator
        )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"level": 0.0}, "level"),
        ({"level": 1.0}, "level"),
        ({"repeats": 1}, "repeats"),
        ({"method": "bca"}, "method"),
    ],
)
def test_bad_interval_options(options, words, generator):
    with pytest.raises(ValueError, match=words):
        distribution.bootstrap_interval(
            torch.mean, torch.ones(3), generator=generator, **options
        )


def test_interval_of_nothing(generator):
    with pytest.raises(ValueError, match="at least 1 row"):
        distribution.bootstrap_interval(
            torch.mean, torch.ones(0), generator=generator
        )
