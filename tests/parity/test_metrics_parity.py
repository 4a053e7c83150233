"""The metrics equal the original implementations' figures.

Inputs are synthetic; outputs were computed by the public code of EDGE, the
AIST++ API, mint, Bailando, MotionBERT and MBench. Features agree to 1e-6
relative, all other figures to 1e-5.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from mini_vimogen.metrics import dance, distribution, mbench, pose_error

GOLDEN = Path(__file__).parent / "golden"
FEATURES, FIGURES = 1e-6, 1e-5


def load(name: str) -> dict[str, np.ndarray]:
    with np.load(GOLDEN / f"metrics_{name}.npz") as stored:
        return {key: stored[key] for key in stored.files}


def assert_equal_to(found, golden, tolerance: float) -> None:
    found = torch.as_tensor(found, dtype=torch.float64)
    golden = torch.as_tensor(golden, dtype=torch.float64)
    torch.testing.assert_close(found, golden, rtol=tolerance, atol=1e-12)


# ------------------------------------------------------------------ dance


@pytest.fixture(scope="module")
def golden_dance():
    return load("dance")


@pytest.fixture(scope="module")
def joints(golden_dance):
    return torch.from_numpy(golden_dance["joints"])


@pytest.fixture(scope="module")
def feature_joints(golden_dance):
    """The Y-up joints that the features were taken from, turned exactly.

    They differ from ``joints`` by the rounding of forward kinematics, 7e-7 m:
    enough to move one of the beats by a frame.
    """
    return torch.from_numpy(golden_dance["feature_joints"])


@pytest.mark.parametrize("suffix", ["", "_zero_start"])
def test_kinetic_features(golden_dance, feature_joints, suffix):
    clips = dance.zero_start(feature_joints) if suffix else feature_joints
    found = dance.kinetic_features(clips)
    assert_equal_to(found, golden_dance["kinetic" + suffix], FEATURES)


@pytest.mark.parametrize("suffix", ["", "_zero_start"])
def test_geometric_features(golden_dance, feature_joints, suffix):
    clips = dance.zero_start(feature_joints) if suffix else feature_joints
    found = dance.geometric_features(clips)
    assert_equal_to(found, golden_dance["manual" + suffix], FEATURES)


def test_physical_foot_contact(golden_dance, joints):
    found = dance.physical_foot_contact(joints, fps=30)
    assert_equal_to(found, golden_dance["pfc_each"], FIGURES)
    assert_equal_to(found.mean(), golden_dance["pfc_all"], FIGURES)


def test_motion_beats(golden_dance, joints):
    golden = torch.from_numpy(golden_dance["motion_beats"])
    found = dance.motion_beats(joints)
    assert found.equal(golden[:8, : found.shape[1]])
    assert (golden[:8, found.shape[1] :] == -1).all()
    long = torch.from_numpy(golden_dance["long_joints"])
    assert dance.motion_beats(long).tolist() == [b for b in golden[8] if b >= 0]


def test_beat_alignment(golden_dance, joints):
    golden = golden_dance["beat_alignment"]
    music = golden_dance["music_beats"]
    found = dance.beat_alignment(joints, music[:8])
    without = np.isnan(golden[:8])
    assert without.sum() == 1  # the original stops: no motion beat
    assert found[without].item() == 0
    assert_equal_to(found[~without], golden[:8][~without], FIGURES)
    long = torch.from_numpy(golden_dance["long_joints"])
    assert_equal_to(dance.beat_alignment(long, music[8]), golden[8], FIGURES)


# ----------------------------------------------------------- distribution


@pytest.fixture(scope="module")
def golden_sets():
    return load("distribution")


SETS = [("k", "kinetic"), ("m", "manual")]


@pytest.mark.filterwarnings("ignore:.*singular")
@pytest.mark.parametrize(("letter", "name"), SETS)
@pytest.mark.parametrize(("suffix", "count"), [("", 100), ("_n20", 20)])
def test_frechet_distance(golden_sets, letter, name, suffix, count):
    pred = golden_sets[f"pred_{name}"][:count]
    true = golden_sets[f"gt_{name}"]
    found = distribution.frechet_distance(pred, true)
    assert_equal_to(found, golden_sets[f"fid_mint_{letter}{suffix}"], FIGURES)


@pytest.mark.parametrize(("letter", "name"), SETS)
def test_frechet_distance_in_float64(golden_sets, letter, name):
    pred = golden_sets[f"pred_{name}"].astype(np.float64)
    true = golden_sets[f"gt_{name}"].astype(np.float64)
    found = distribution.frechet_distance(pred, true, constant="published")
    assert_equal_to(found, golden_sets[f"fid_mint_{letter}_f64"], FIGURES)


@pytest.mark.parametrize(("letter", "name"), SETS)
def test_frechet_distance_without_units(golden_sets, letter, name):
    pred, true = golden_sets[f"pred_{name}"], golden_sets[f"gt_{name}"]
    found = distribution.frechet_distance(pred, true, standardize=False)
    assert_equal_to(found, golden_sets[f"fid_raw_nonorm_{letter}"], FIGURES)


@pytest.mark.filterwarnings("ignore:.*singular")
@pytest.mark.parametrize(("suffix", "count"), [("", 100), ("_n20", 20)])
def test_frechet_distance_of_the_varying_features(golden_sets, suffix, count):
    keep = golden_sets["manual_keep_mask"]
    pred = golden_sets["pred_manual"][:count, keep]
    true = golden_sets["gt_manual"][:, keep]
    found = distribution.frechet_distance(pred, true)
    assert_equal_to(found, golden_sets[f"fid_mint_m_varying{suffix}"], FIGURES)


@pytest.mark.parametrize(("letter", "name"), SETS)
@pytest.mark.parametrize(("suffix", "count"), [("", 100), ("_n20", 20)])
def test_diversity(golden_sets, letter, name, suffix, count):
    pred = golden_sets[f"pred_{name}"][:count]
    true = golden_sets[f"gt_{name}"]
    for found, key in (
        (distribution.diversity(pred, true), "div_bailando"),
        (distribution.diversity(true, true), "div_gt_bailando"),
        (distribution.diversity(pred, standardize=False), "div_raw"),
    ):
        assert_equal_to(found, golden_sets[f"{key}_{letter}{suffix}"], FIGURES)


# ----------------------------------------------------------------- mbench

TO_RELEASE = np.array([[-1, 0, 0], [0, 0, 1], [0, 1, 0]], dtype=np.float32)


@pytest.fixture(scope="module")
def golden_mbench():
    return load("mbench")


@pytest.mark.parametrize("dimension", mbench.DIMENSIONS)
@pytest.mark.parametrize("axes", ["zup", "yup"])
def test_mbench(golden_mbench, dimension, axes):
    """``yup``: files as the release converts them, read as it reads them."""
    turn = TO_RELEASE.T if axes == "yup" else np.eye(3, dtype=np.float32)
    score = mbench.DIMENSIONS[dimension].score
    found = [
        score(torch.from_numpy(golden_mbench[f"joints/{name}"] @ turn))
        for name in golden_mbench["names"]
    ]
    assert_equal_to(found, golden_mbench[f"{axes}/{dimension}"], FIGURES)


@pytest.mark.parametrize("dimension", mbench.DIMENSIONS)
def test_mbench_of_y_up_files_read_rightly(golden_mbench, dimension):
    score = mbench.DIMENSIONS[dimension].score
    found = [
        score(
            torch.from_numpy(golden_mbench[f"joints/{name}"] @ TO_RELEASE.T),
            up_axis=1,
        )
        for name in golden_mbench["names"]
    ]
    assert_equal_to(found, golden_mbench[f"zup/{dimension}"], FIGURES)


def test_mbench_contact(golden_mbench):
    for name in golden_mbench["names"]:
        found = mbench.foot_contact(
            torch.from_numpy(golden_mbench[f"joints/{name}"])
        )
        golden = torch.from_numpy(golden_mbench[f"contact/{name}"]).bool()
        assert found.equal(golden), name


# ------------------------------------------------------------- pose error


@pytest.fixture(scope="module")
def golden_error():
    return load("pose_error")


def test_pose_errors(golden_error):
    pred = torch.from_numpy(golden_error["pred"])  # [6, 40, 17, 3]
    true = torch.from_numpy(golden_error["gt"])
    for function, key in (
        (pose_error.mpjpe, "mpjpe"),
        (pose_error.pa_mpjpe, "p_mpjpe"),
        (pose_error.n_mpjpe, "n_mpjpe"),
        (pose_error.velocity_error, "velocity"),
    ):
        found = function(pred, true)
        assert found.shape == (6,)
        assert_equal_to(found.mean() / 1000, golden_error[key], FIGURES)


@pytest.mark.parametrize("key", ["mpjpe", "p_mpjpe"])
def test_pose_errors_of_single_frames(golden_error, key):
    pred = torch.from_numpy(golden_error["pred"]).reshape(240, 1, 17, 3)
    true = torch.from_numpy(golden_error["gt"]).reshape(240, 1, 17, 3)
    function = {"mpjpe": pose_error.mpjpe, "p_mpjpe": pose_error.pa_mpjpe}[key]
    found = function(pred, true) / 1000
    assert_equal_to(found, golden_error[f"{key}_per_frame"], FIGURES)
