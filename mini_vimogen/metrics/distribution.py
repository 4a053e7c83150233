"""Two sets of motions compared as clouds of features, one row a motion.

None of these numbers means much alone. Say with each: the number of motions in
both sets, their length and frame rate, the features and their ``compat`` flag,
and ``frechet_floor`` at the same count: what real motions score against real
motions. The Frechet distance grows as the sample shrinks, and a sample smaller
than the feature width (72 or 32) has a singular covariance: that draws a
warning.
"""

# Over 250 lines: measures of two sets that share their statistics.

import math
import warnings

import torch
from torch import Tensor

from mini_vimogen.metrics.intervals import bootstrap_interval
from mini_vimogen.metrics.joint_input import as_float

__all__ = [
    "bootstrap_interval",
    "diversity",
    "frechet_distance",
    "frechet_floor",
    "multimodality",
    "standardized",
]

STANDARD_DEVIATION_FLOOR = 1e-10
CONSTANT_CHOICES = ("drop", "published")


def _features(values, name: str, least: int = 2) -> Tensor:
    values = as_float(values, name=name)
    if values.ndim != 2 or values.shape[1] == 0:
        raise ValueError(
            f"{name} must have shape [motions, features], got "
            f"{list(values.shape)}"
        )
    if len(values) < least:
        raise ValueError(
            f"{name} must have at least {least} motions, got {len(values)}"
        )
    return values.detach().double()


def _two_sets(pred, true, least_pred: int = 2) -> tuple[Tensor, Tensor]:
    pred = _features(pred, "pred", least_pred)
    true = _features(true, "true")
    if pred.shape[1] != true.shape[1]:
        raise ValueError(
            f"pred and true must have the same features, got {pred.shape[1]} "
            f"and {true.shape[1]}"
        )
    return pred, true


def standardized(
    pred, true, *, constant: str = "drop"
) -> tuple[Tensor, Tensor]:
    """Both sets in units of the true set's mean and spread, per feature.

    Args:
        pred, true: [motions, features].
        constant: what happens to a feature that is the same number in every
            true motion but not in every predicted one. "drop" leaves the
            feature out of both sets and warns; "published" divides by 1e-10 as
            the original scripts do, so that one such feature makes the Frechet
            distance about 1e17.

    Returns:
        pred and true, float64.

    Raises:
        ValueError: shapes, NaN, fewer than 2 true motions, no feature left.

    Source: the AIST++ evaluation (mint) and Bailando: population standard
    deviation of the true set plus 1e-10.
    """
    if constant not in CONSTANT_CHOICES:
        raise ValueError(
            f"constant must be one of {', '.join(CONSTANT_CHOICES)}, got "
            f"{constant!r}"
        )
    pred, true = _two_sets(pred, true, least_pred=1)
    mean, spread = true.mean(0), true.std(0, correction=0)
    if constant == "drop":
        scale = 1e-8 * mean.abs().clamp(min=1)
        differs = ((pred - mean).abs() > scale).any(0)
        broken = (spread <= scale) & differs
        if broken.all():
            raise ValueError("true must have a feature that is not constant")
        if broken.any():
            which = torch.nonzero(broken).flatten().tolist()
            warnings.warn(
                f"features {which} are constant in the true set but not in "
                "the predicted one; they are left out",
                stacklevel=3,
            )
            pred, true = pred[:, ~broken], true[:, ~broken]
            mean, spread = mean[~broken], spread[~broken]
        # A constant of both sets, up to rounding, is 0 in both.
        spread = torch.where(spread <= scale[~broken], math.inf, spread)
    spread = spread + STANDARD_DEVIATION_FLOOR
    return (pred - mean) / spread, (true - mean) / spread


def _warn_if_small(values: Tensor, name: str) -> None:
    motions, width = values.shape
    if motions <= width:
        warnings.warn(
            f"{name} has {motions} motions for {width} features: its "
            "covariance is singular and the Frechet distance is biased upward",
            stacklevel=3,
        )


def frechet_distance(
    pred, true, *, standardize: bool = True, constant: str = "drop"
) -> float:
    """Frechet distance between Gaussians fitted to two sets of features (FID).

    Args:
        pred, true: [motions, features], at least 2 motions each.
        standardize: use the true set's mean and spread as units, as published
            for the dance features. Without it the largest feature rules.
        constant: see ``standardized``.

    Returns:
        A number of 0 or more (rounding apart); 0 for equal mean and covariance.

    Raises:
        ValueError: shapes, different widths, fewer than 2 motions, NaN.

    Source: Heusel et al. 2017, equation 6. The trace of the square root of the
    product of covariances is taken from a symmetric form of it, whose
    eigenvalues are real and not negative.

    >>> true = torch.tensor([[0.0], [2.0]])
    >>> frechet_distance(true + 3, true, standardize=False)
    9.0
    """
    pred, true = _two_sets(pred, true)
    if standardize:
        pred, true = standardized(pred, true, constant=constant)
    _warn_if_small(pred, "pred")
    _warn_if_small(true, "true")
    shift = (pred.mean(0) - true.mean(0)).square().sum()
    spread_pred, spread_true = torch.cov(pred.T), torch.cov(true.T)
    if pred.shape[1] == 1:
        spread_pred, spread_true = (
            spread_pred[None, None],
            spread_true[None, None],
        )
    # tr sqrt(A B) = sum of the singular values of sqrt(A) sqrt(B).
    roots = _matrix_root(spread_pred) @ _matrix_root(spread_true)
    overlap = torch.linalg.svdvals(roots).sum()
    total = shift + spread_pred.trace() + spread_true.trace() - 2 * overlap
    return total.item()


def _matrix_root(symmetric: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(symmetric)
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.T


def frechet_floor(
    true,
    *,
    count: int,
    generator: torch.Generator,
    repeats: int = 20,
    standardize: bool = True,
) -> Tensor:
    """What real motions score against real motions, at the predictions' count.

    Draws ``count`` true motions as if they were predictions and compares them
    with all the others, ``repeats`` times.

    Args:
        true: [motions, features].
        count: as many as there are predictions; at least 2 others must remain.
        generator: draws the motions.

    Returns:
        [repeats] Frechet distances.

    Raises:
        ValueError: shapes, NaN, or a count outside 2 .. motions - 2.
    """
    true = _features(true, "true", least=4)
    if not 2 <= count <= len(true) - 2:
        raise ValueError(
            f"count must lie in 2..{len(true) - 2} for {len(true)} true "
            f"motions, got {count}"
        )
    floor = []
    for _ in range(repeats):
        order = torch.randperm(len(true), generator=generator)
        drawn, others = true[order[:count]], true[order[count:]]
        floor.append(frechet_distance(drawn, others, standardize=standardize))
    return torch.tensor(floor, dtype=torch.float64)


def _mean_pair_distance(values: Tensor) -> float:
    """Mean Euclidean distance of all unordered pairs of rows, row by row."""
    total = sum(
        (values[at + 1 :] - row).norm(dim=-1).sum()
        for at, row in enumerate(values[:-1])
    )
    return (2 * total / (len(values) * (len(values) - 1))).item()


def diversity(
    pred, true=None, *, standardize: bool = True, constant: str = "drop"
) -> float:
    """Mean distance between the features of all pairs of motions (Div).

    Args:
        pred: [motions, features], at least 2 motions.
        true: [motions, features], the units; needed unless ``standardize`` is
            False. Diversity is good when it is near that of ``true`` itself.
        standardize: use the true set's mean and spread as units.
        constant: see ``standardized``.

    Returns:
        A number of 0 or more.

    Raises:
        ValueError: shapes, NaN, fewer than 2 motions, ``true`` missing.

    Source: Bailando's and mint's evaluation (all unordered pairs).
    """
    pred = _features(pred, "pred")
    if standardize:
        if true is None:
            raise ValueError("true is required when standardize is True")
        pred, _ = standardized(pred, true, constant=constant)
    return _mean_pair_distance(pred)


def multimodality(
    pred, true=None, *, standardize: bool = True, constant: str = "drop"
) -> float:
    """Mean distance between motions made for the same prompt.

    Args:
        pred: [prompts, samples, features], at least 2 samples a prompt.
        true: [motions, features], the units; as in ``diversity``.

    Returns:
        A number of 0 or more; all pairs of each prompt are used, where the
        original draws a random few.

    Raises:
        ValueError: shapes, NaN, one sample a prompt, ``true`` missing.

    Source: Guo et al. 2020 (Action2Motion).
    """
    pred = as_float(pred, name="pred")
    if pred.ndim != 3 or pred.shape[0] == 0 or pred.shape[1] < 2:
        raise ValueError(
            "pred must have shape [prompts, samples, features] with at least 2 "
            f"samples, got {list(pred.shape)}"
        )
    if standardize and true is None:
        raise ValueError("true is required when standardize is True")
    flat = pred.detach().double().flatten(0, 1)
    if standardize:
        flat, _ = standardized(flat, true, constant=constant)
    by_prompt = flat.unflatten(0, pred.shape[:2])
    distances = [_mean_pair_distance(samples) for samples in by_prompt]
    return sum(distances) / len(distances)
