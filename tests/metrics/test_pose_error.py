"""Pose errors: loops, invariances, alignment, padding, bad input."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mini_vimogen.geometry.rotations import rotation_about
from mini_vimogen.metrics import pose_error
from tests.metrics.motions import wandering

PAIRED = [
    pose_error.mpjpe,
    pose_error.pa_mpjpe,
    pose_error.n_mpjpe,
    pose_error.velocity_error,
    pose_error.acceleration_error,
    pose_error.pck,
    pose_error.auc,
]


def pair(seed: int = 0, frames: int = 20):
    """A true motion and one that is off by some centimetres, float64."""
    true = wandering(frames, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    error = torch.randn(true.shape, generator=generator, dtype=true.dtype)
    return true + 0.05 * error, true


def close(found, wanted, rtol=1e-9, atol=1e-9):
    torch.testing.assert_close(
        torch.as_tensor(found, dtype=torch.float64),
        torch.as_tensor(wanted, dtype=torch.float64),
        rtol=rtol,
        atol=atol,
    )


# ------------------------------------------------------------- naive twins


def mean_distance(pred, true) -> float:
    total = 0.0
    for frame_pred, frame_true in zip(pred, true, strict=True):
        for p, t in zip(frame_pred, frame_true, strict=True):
            total += math.dist(p, t)
    return 1000 * total / (pred.shape[0] * pred.shape[1])


def procrustes_distance(pred, true) -> float:
    """Kabsch and Umeyama, one frame at a time."""
    total = 0.0
    for p, t in zip(pred, true, strict=True):
        p0, t0 = p - p.mean(0), t - t.mean(0)
        u, size, vt = np.linalg.svd(p0.T @ t0)
        flip = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
        rotation = (u * flip) @ vt
        scale = (size * flip).sum() / (p0**2).sum()
        total += np.linalg.norm(scale * p0 @ rotation - t0, axis=-1).mean()
    return 1000 * total / len(pred)


@pytest.mark.parametrize("seed", range(3))
def test_errors_equal_naive_twins(seed):
    pred, true = pair(seed)
    p, t = pred.numpy(), true.numpy()
    close(pose_error.mpjpe(pred, true), mean_distance(p, t))
    relative = mean_distance(p - p[:, :1], t - t[:, :1])
    close(pose_error.mpjpe(pred, true, align="root"), relative)
    close(pose_error.pa_mpjpe(pred, true), procrustes_distance(p, t))
    steps = mean_distance(np.diff(p, axis=0), np.diff(t, axis=0))
    close(pose_error.velocity_error(pred, true), steps)
    close(pose_error.velocity_error(pred, true, fps=30), 30 * steps)
    turns = mean_distance(np.diff(p, n=2, axis=0), np.diff(t, n=2, axis=0))
    close(pose_error.acceleration_error(pred, true), turns)
    close(pose_error.acceleration_error(pred, true, fps=30), 900 * turns)


def test_best_yaw_equals_a_search():
    pred, true = pair(1)
    turned = pred @ rotation_about("z", torch.tensor(2.1)).double().T
    found = pose_error.mpjpe(turned, true, align="yaw")
    grid = torch.linspace(-math.pi, math.pi, 721, dtype=torch.float64)

    def squares(yaw):
        tried = turned @ rotation_about("z", yaw).T
        tried, wanted = (pose_error.root_relative(x) for x in (tried, true))
        return (tried - wanted).square().sum().item()

    best = min(grid, key=squares)
    tried = turned @ rotation_about("z", best).T
    close(found, pose_error.mpjpe(tried, true, align="root"), rtol=5e-3)
    assert found < pose_error.mpjpe(turned, true, align="root") / 3


def test_n_mpjpe_scales_by_the_best_scalar():
    _, true = pair()
    close(pose_error.n_mpjpe(1.7 * true, true), 0)
    pred, true = pair(2, frames=1)
    tried = [
        pose_error.mpjpe(s * pred, true).item() ** 2
        for s in torch.linspace(0.9, 1.1, 2001).tolist()
    ]
    assert pose_error.n_mpjpe(pred, true).item() ** 2 <= 1.01 * min(tried)


def test_jitter_closed_form():
    """x = t^3 has a third derivative of 6 metres per cubic second."""
    time = torch.arange(12, dtype=torch.float64) / 10
    joints = torch.zeros(12, 2, 3, dtype=torch.float64)
    joints[:, 0, 0] = time**3
    close(pose_error.jitter(joints, fps=10), 1000 * 6 / 2, rtol=1e-6)


def test_pck_and_auc_closed_form():
    true = torch.zeros(1, 4, 3, dtype=torch.float64)
    pred = true.clone()
    pred[0, :, 0] = torch.tensor([0.0, 0.1499, 0.1501, 0.0751])
    close(pose_error.pck(pred, true), 0.75)
    close(pose_error.pck(pred, true, threshold_mm=100), 0.5)
    # Within 0, 5, ..., 150: 31 thresholds; 31, 1, 0 and 15 are reached.
    close(pose_error.auc(pred, true), (31 + 1 + 0 + 15) / (4 * 31))


# -------------------------------------------------------------- invariances

shifts = st.tuples(*[st.floats(-9, 9)] * 3)


@settings(max_examples=20, deadline=None)
@given(shift=shifts, yaw=st.floats(-4, 4), scale=st.floats(0.3, 3))
def test_what_each_alignment_forgives(shift, yaw, scale):
    pred, true = pair()
    move = torch.tensor(shift, dtype=torch.float64)
    turn = rotation_about("z", torch.tensor(yaw, dtype=torch.float64))
    tilt = rotation_about("x", torch.tensor(0.3 * yaw, dtype=torch.float64))
    moved = pred + move
    turned = pred @ turn.T + move
    anyhow = scale * (pred @ (tilt @ turn).T) + move

    def error(p, **align):
        return pose_error.mpjpe(p, true, **align)

    close(error(moved, align="root"), error(pred, align="root"))
    close(error(turned, align="yaw"), error(pred, align="yaw"))
    close(
        pose_error.pa_mpjpe(anyhow, true), pose_error.pa_mpjpe(pred, true), 1e-7
    )
    scaled = pose_error.n_mpjpe(scale * moved, true, align="root")
    close(scaled, pose_error.n_mpjpe(pred, true, align="root"), 1e-7)


def test_yaw_does_not_forgive_a_tilt_and_procrustes_not_a_mirror():
    _, true = pair()
    tilted = true @ rotation_about("x", torch.tensor(0.5)).double().T
    assert pose_error.mpjpe(tilted, true, align="yaw") > 50
    close(pose_error.pa_mpjpe(tilted, true), 0, atol=1e-6)
    mirrored = true * torch.tensor([-1.0, 1.0, 1.0])
    assert pose_error.pa_mpjpe(mirrored, true) > 20


def test_one_yaw_for_the_clip_not_one_for_each_frame():
    _, true = pair(frames=30)
    drift = torch.linspace(0, 1.5, 30, dtype=torch.float64)
    drifting = (true - true[:, :1]) @ rotation_about("z", drift).mT
    assert pose_error.mpjpe(drifting, true, align="yaw") > 30


def test_perfect_predictions_score_0_or_1():
    _, true = pair()
    for function in PAIRED:
        perfect = 1 if function in (pose_error.pck, pose_error.auc) else 0
        close(function(true, true), perfect, atol=1e-6)


# --------------------------------------------------- batches, padding, types


@pytest.mark.parametrize("function", PAIRED)
def test_leading_dimensions(function):
    pairs = [pair(seed) for seed in range(6)]
    pred = torch.stack([p for p, _ in pairs])
    true = torch.stack([t for _, t in pairs])
    alone = torch.stack([function(p, t) for p, t in pairs])
    shape = (2, 3, *true.shape[1:])
    found = function(pred.reshape(shape), true.reshape(shape))
    assert found.shape == (2, 3)
    close(found.flatten(), alone)


@pytest.mark.parametrize("function", PAIRED)
def test_padding_changes_nothing(function):
    pred, true = pair(frames=12)
    garbage = torch.full((5, 24, 3), 7.0, dtype=torch.float64)
    padded_pred = torch.cat([pred, garbage]).expand(2, -1, -1, -1)
    padded_true = torch.cat([true, -garbage]).expand(2, -1, -1, -1)
    valid = (torch.arange(17) < 12).expand(2, -1)
    found = function(padded_pred, padded_true, valid=valid)
    close(found, function(pred, true).expand(2))


def test_padding_does_not_vote_for_the_yaw():
    pred, true = pair(frames=12)
    turned = torch.cat([pred, -5 * pred[:6]])
    padded = torch.cat([true, true[:6]])
    valid = torch.arange(18) < 12
    found = pose_error.mpjpe(turned, padded, align="yaw", valid=valid)
    close(found, pose_error.mpjpe(pred, true, align="yaw"))


def test_padding_in_jitter():
    joints = wandering(12)
    padded = torch.cat([joints, torch.zeros(4, 24, 3)])
    valid = torch.arange(16) < 12
    close(
        pose_error.jitter(padded, fps=30, valid=valid),
        pose_error.jitter(joints, fps=30),
    )


def test_differences_do_not_reach_over_a_gap():
    """One false frame inside: the differences that touch it do not count."""
    pred, true = pair(frames=9)
    spoiled = pred.clone()
    spoiled[4] += 3
    valid = torch.arange(9) != 4
    parts = [
        pose_error.velocity_error(pred[s], true[s])
        for s in (slice(0, 4), slice(5, 9))
    ]
    found = pose_error.velocity_error(spoiled, true, valid=valid)
    close(found, (parts[0] + parts[1]) / 2)


def test_gradients_are_finite():
    pred, true = pair(frames=6)
    pred = pred.float().requires_grad_()
    for function in (pose_error.mpjpe, pose_error.pa_mpjpe):
        (gradient,) = torch.autograd.grad(function(pred, true.float()), pred)
        assert torch.isfinite(gradient).all()
        assert gradient.abs().max() > 0


def test_collapsed_predictions_are_finite():
    _, true = pair(frames=3)
    flat = torch.zeros_like(true)
    for function in PAIRED:
        assert torch.isfinite(function(flat, true))


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("function", PAIRED)
def test_shapes_must_agree(function):
    with pytest.raises(ValueError, match="pred and true must have the same"):
        function(torch.zeros(5, 17, 3), torch.zeros(5, 24, 3))


@pytest.mark.parametrize("function", PAIRED)
@pytest.mark.parametrize("which", [0, 1])
def test_nan_is_refused_by_name(function, which):
    motions = list(pair(frames=5))
    motions[which][2, 3, 1] = math.nan
    with pytest.raises(ValueError, match=f"{('pred', 'true')[which]} must be"):
        function(*motions)


@pytest.mark.parametrize(
    ("function", "least"),
    [(pose_error.velocity_error, 2), (pose_error.acceleration_error, 3)],
)
def test_too_few_frames(function, least):
    with pytest.raises(ValueError, match=f"at least {least} frames"):
        function(*pair(frames=least - 1))


@pytest.mark.parametrize("frames", [1, 3])
def test_too_few_frames_for_jitter(frames):
    with pytest.raises(ValueError, match="at least 4 frames"):
        pose_error.jitter(wandering(4)[:frames], fps=30)


@pytest.mark.parametrize("fps", [0, -1, math.nan, math.inf])
def test_bad_fps(fps):
    with pytest.raises(ValueError, match="fps must be positive"):
        pose_error.jitter(wandering(8), fps=fps)
    with pytest.raises(ValueError, match="fps must be positive"):
        pose_error.velocity_error(*pair(), fps=fps)


def test_unknown_alignment():
    with pytest.raises(ValueError, match="none, root, yaw, got 'best'"):
        pose_error.mpjpe(*pair(), align="best")


@pytest.mark.parametrize(
    ("valid", "words"),
    [
        (torch.zeros(20, dtype=torch.bool), "at least 1 frames in a row"),
        (torch.ones(19, dtype=torch.bool), "must have shape"),
        (torch.ones(20), "True and False"),
    ],
)
def test_bad_valid(valid, words):
    with pytest.raises(ValueError, match=words):
        pose_error.mpjpe(*pair(frames=20), valid=valid)


def test_valid_without_two_frames_in_a_row():
    valid = torch.arange(20) % 2 == 0
    with pytest.raises(ValueError, match="at least 2 frames in a row"):
        pose_error.velocity_error(*pair(frames=20), valid=valid)


@pytest.mark.parametrize("threshold", [-1, math.nan, math.inf])
def test_bad_threshold(threshold):
    with pytest.raises(ValueError, match="threshold_mm"):
        pose_error.pck(*pair(), threshold_mm=threshold)
