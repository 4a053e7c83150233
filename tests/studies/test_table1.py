"""Table 1: what is measured, and that rows are what they claim.

The models are tiny and untrained: what they say is nonsense, and must be the
same nonsense every time.
"""

import dataclasses
import functools
import json
import math
import warnings

import pytest
import torch

from mini_vimogen.conditions.keypoints import FEATURES
from mini_vimogen.data import library
from mini_vimogen.geometry.rotations import rotation_about
from mini_vimogen.metrics.dance import kinetic_features, zero_start
from mini_vimogen.metrics.distribution import frechet_distance
from mini_vimogen.metrics.pose_error import jitter, mpjpe, pa_mpjpe
from mini_vimogen.models.lifter import Lifter
from mini_vimogen.studies import model_folder, table1
from mini_vimogen.studies import table1_figures as figures
from mini_vimogen.studies import table1_measure as measuring
from mini_vimogen.studies import table1_motions as motions
from mini_vimogen.studies import table1_ways as ways
from mini_vimogen.studies.rows import read_rows
from mini_vimogen.tasks.lift import Sampling
from mini_vimogen.tasks.train import Mix, seen_actions
from mini_vimogen.training.checkpoint import read_card
from mini_vimogen.training.presets import preset

SMALL = dict(width=16, layers=1, heads=2, feed_forward=32)
TINY = preset("laptop", **SMALL, steps=2, batch=4)
MIX = Mix(acted_clips=1, babbled_clips=2)
EXTENT = motions.Extent(
    cameras={},
    other_cameras=1,
    takes=1,
    clips=2,
    sampled=1,
    samples=2,
    cuts=(0, 4),
    hidden=(0.4,),
    evaluations=(1, 2),
)


@pytest.fixture(scope="module")
def lifter():
    torch.manual_seed(3)
    network = TINY.network() | {"condition_features": FEATURES}
    model = Lifter(network=network, fps=30.0, frames=60)
    for weight in model.parameters():  # a network that starts at zero
        torch.nn.init.normal_(weight, std=0.2)
    return model.eval()


@pytest.fixture(scope="module")
def use(lifter):
    return functools.partial(ways.lifted, lifter, seed=0)


@pytest.fixture(scope="module")
def videos():
    return motions.real_videos(0, EXTENT)


# 24 motions do for a test, and not for a covariance.
pytestmark = pytest.mark.filterwarnings("ignore:.*covariance is singular")


@pytest.fixture(scope="module")
def measured(use):
    return measuring.measure_fully(use, 0, EXTENT)


# What is lifted.


def test_every_test_family_is_filmed_and_no_training_clip(videos):
    assert [v.group for v in videos] == sorted(library.splits()["real"]["test"])
    trained = {clip.source for clip in library.real_motion("train")}
    taken = {clip.source for _, clip in motions.real_takes(None)}
    assert len(taken) == 20 and not taken & trained


def test_as_many_cameras_as_a_family_is_given():
    extent = motions.Extent(cameras={"cmu_016": 3}, other_cameras=2, takes=2)
    groups = [video.group for video in motions.real_videos(0, extent)]
    assert groups.count("cmu_016") == 6  # two takes
    assert groups.count("deepmimic_kick") == 2
    numbers = [video.number for video in motions.real_videos(0, extent)]
    assert len(set(numbers)) == len(numbers)


def test_the_full_extent_has_more_than_500_choreographed_clips():
    assert motions.Extent().clips * len(seen_actions()) >= 500


def test_a_video_is_a_function_of_its_seed(videos):
    again = motions.real_videos(0, EXTENT)
    for one, same in zip(videos, again, strict=True):
        assert torch.equal(one.track.keypoints, same.track.keypoints)
    other = motions.real_videos(1, EXTENT)
    assert not torch.equal(videos[0].track.keypoints, other[0].track.keypoints)


def test_conditions_differ_in_their_cuts_only(videos):
    """Up to the first cut, the picture is the same with 0, 1 and 4 cuts."""
    none, four = (motions.real_videos(0, EXTENT, cuts=cuts) for cuts in (0, 4))
    for a, b, c in zip(none, videos, four, strict=True):
        assert a.track.width == b.track.width == c.track.width
    shared = [
        float((a.track.keypoints == b.track.keypoints)[:8, :, 2].float().mean())
        for a, b in zip(none, four, strict=True)
    ]
    assert min(shared) > 0.9


def test_choreography_is_held_out_and_balanced():
    from mini_vimogen.data.choreographer import choreograph

    first = motions.choreographed_clips(motions.CHOREOGRAPHED_SEED, 2)
    assert len(first) == 2 * len(seen_actions())
    generator = torch.Generator().manual_seed(Mix().seed)
    trained = [choreograph(a, generator=generator) for a in seen_actions()]
    for one, same_action in zip(first, trained, strict=False):
        assert one.frames != same_action.frames or not torch.equal(
            one.root_position, same_action.root_position
        )
    seeds = [motions.REFERENCE_SEED]
    seeds += [motions.CHOREOGRAPHED_SEED + seed for seed in range(3)]
    assert len({*seeds, Mix().seed}) == 5
    captions = {clip.caption for clip in first[: len(seen_actions())]}
    assert len(captions) == len(seen_actions())


# Hidden joints.


@pytest.mark.parametrize("share", [0.2, 0.4, 0.83])
def test_the_share_of_hidden_joints_is_met_to_the_frame(videos, share):
    track = videos[0].track
    sure = track.keypoints.clone()
    sure[..., 2] = 1.0
    track = type(track)(sure, track.fps, track.width, track.height)
    hidden = motions.hide_joints(
        track, share, generator=torch.Generator().manual_seed(1)
    )
    unseen = hidden.keypoints[..., 2] == 0
    assert int(unseen.sum()) == round(share * unseen.numel())
    assert (hidden.keypoints[unseen] == 0).all()
    assert torch.equal(hidden.keypoints[~unseen], track.keypoints[~unseen])
    # Spans, not single frames: each joint changes seldom.
    changes = unseen.diff(dim=0).sum()
    assert changes < 0.25 * unseen.sum()
    assert unseen.any(dim=0).sum() > 8 * share


def test_what_the_detector_missed_stays_missed(videos):
    before = videos[1].track.keypoints[..., 2] == 0
    (hidden,) = motions.with_hidden([videos[1]], 0.4, 0)
    after = hidden.track.keypoints[..., 2] == 0
    assert after[before].all()
    assert after.sum() > before.sum()
    assert torch.equal(hidden.truth, videos[1].truth)
    assert hidden.number == videos[1].number


def test_hidden_joints_are_the_same_for_all_arms_of_a_seed(videos):
    once, twice = (motions.with_hidden(videos, 0.4, 0) for _ in range(2))
    other = motions.with_hidden(videos, 0.4, 1)
    for a, b in zip(once, twice, strict=True):
        assert torch.equal(a.track.keypoints, b.track.keypoints)
    same = [
        torch.equal(a.track.keypoints, b.track.keypoints)
        for a, b in zip(once, other, strict=True)
    ]
    assert not any(same)


@pytest.mark.parametrize("share", [-0.1, 1.0, math.nan])
def test_a_share_must_be_one(videos, share, generator):
    with pytest.raises(ValueError, match=r"share must be within 0\.\.1"):
        motions.hide_joints(videos[0].track, share, generator=generator)


# The figures of a clip.


def walker(frames=90, *, speed=1.2, steps=True):
    """Joints that go straight ahead; feet 7 and 10 stand half of the time."""
    joints = torch.randn(24, 3).expand(frames, -1, -1).clone()
    joints[:, 0] = 0
    seconds = torch.arange(frames) / 30
    joints[..., 1] += (speed * seconds)[:, None]
    if steps:
        joints[:45, (7, 10)] = joints[0, (7, 10)]
    return joints


def test_a_perfect_answer_has_no_error_and_true_jitter():
    truth = walker() + 0.01 * torch.randn(90, 24, 3)
    turn = rotation_about("z", torch.tensor(0.7))
    found = figures.clip_figures((truth + 5) @ turn.T, truth, fps=30.0)
    for name in ("mpjpe_mm", "pa_mpjpe_mm", "path_end_share"):
        assert found[name] == pytest.approx(0, abs=2e-3)
    assert found["jitter_m_s3"] == pytest.approx(
        found["true_jitter_m_s3"], 1e-3
    )
    assert found["acceleration_m_s2"] < 1e-2
    assert found["path_length_ratio"] == pytest.approx(1, 1e-3)
    assert found["smoothed_jitter_m_s3"] < 0.5 * found["jitter_m_s3"]


def test_errors_are_those_of_the_metrics():
    truth = walker()
    guess = truth + 0.05 * torch.randn(90, 24, 3)
    found = figures.clip_figures(guess, truth, fps=30.0)
    assert found["mpjpe_mm"] == pytest.approx(
        float(mpjpe(guess, truth, align="yaw")), rel=1e-4
    )
    assert found["pa_mpjpe_mm"] == pytest.approx(float(pa_mpjpe(guess, truth)))
    around = guess - guess[:, :1]
    assert found["jitter_m_s3"] == pytest.approx(
        float(jitter(around, fps=30.0)) / 1000
    )


def test_the_path_is_turned_by_the_joints_and_not_by_itself():
    truth = walker(steps=False)
    guess = truth.clone()
    guess[..., 0] += (torch.arange(90) / 90)[:, None]  # drifts a metre aside
    found = figures.path_figures(guess, truth)
    travelled = 1.2 * 89 / 30
    assert found["path_end_share"] == pytest.approx(
        89 / 90 / travelled, rel=1e-3
    )
    half = truth.clone()
    half[..., 1] -= 0.6 * (torch.arange(90) / 30)[:, None]
    short = figures.path_figures(half, truth)
    assert short["path_end_share"] == pytest.approx(0.5, rel=1e-3)
    assert short["path_length_ratio"] == pytest.approx(0.5, rel=1e-3)


def test_one_wrong_frame_is_not_an_error_of_the_whole_way():
    truth = walker(steps=False)
    guess = truth.clone()
    turn = rotation_about("z", torch.tensor(1.0))
    guess[0] = (guess[0] - guess[0, :1]) @ turn.T + guess[0, :1]
    found = figures.path_figures(guess, truth)
    assert found["path_end_share"] < 0.05
    assert found["path_end_first_share"] == pytest.approx(
        2 * math.sin(0.5), rel=1e-3
    )


def test_who_stays_has_no_path():
    still = walker(speed=0.1, steps=False)
    assert figures.path_figures(still, still) == {}


def test_feet_slide_only_while_the_true_ones_stand():
    truth = walker()
    guess = truth.clone()
    guess[:, (7, 10)] = walker(steps=False)[:, (7, 10)]  # never stand
    found = figures.clip_figures(guess, truth, fps=30.0)
    assert found["true_sliding_m_s"] == pytest.approx(0, abs=1e-4)
    assert found["sliding_m_s"] == pytest.approx(1.2, rel=1e-3)
    lifted = guess.clone()
    lifted[..., 2] += torch.arange(90)[:, None] / 30  # level speed counts
    up = figures.clip_figures(lifted, truth, fps=30.0)
    assert up["sliding_m_s"] == pytest.approx(1.2, rel=1e-3)


def test_smoothing_is_what_its_name_says():
    from scipy.signal import savgol_filter

    joints = torch.randn(40, 24, 3)
    wanted = savgol_filter(joints.numpy(), 9, 2, axis=0)
    torch.testing.assert_close(
        figures.smoothed(joints), torch.from_numpy(wanted)
    )
    assert "9 frames (0.3 s), order 2" in figures.SMOOTHING
    for frames in (1, 2, 3, 4, 8):
        assert figures.smoothed(joints[:frames]).shape == (frames, 24, 3)


# Averages.


def test_clips_are_averaged_in_families_and_families_count_alike():
    found = [("cmu_016", {"pa_mpjpe_mm": 10.0})] * 9
    found += [("cmu_056", {"pa_mpjpe_mm": 30.0})]
    found += [("deepmimic_kick", {"pa_mpjpe_mm": 110.0, "path_end_share": 0.5})]
    groups = ways.by_family(found)
    error = {name: values["pa_mpjpe_mm"] for name, values in groups.items()}
    assert error["cmu_016"] == 10 and error["cmu_056"] == 30
    assert error["walking"] == 20
    assert error["acrobatics"] == 110
    assert error["real"] == 50
    assert groups["real"]["path_end_share"] == 0.5
    assert "path_end_share" not in groups["walking"]
    named = ways.by_family(found, "best of 10", "4 cuts")
    assert named["real, best of 10, 4 cuts"] == groups["real"]
    short = measuring.in_short(named)
    assert list(short) == [
        f"{group}, best of 10, 4 cuts"
        for group in ("real", "walking", "acrobatics")
    ]
    assert short["real, best of 10, 4 cuts"] == groups["real"]


def test_jitter_is_a_ratio_of_means():
    calm = {"jitter_m_s3": 10.0, "true_jitter_m_s3": 0.001}
    calm["smoothed_jitter_m_s3"] = 5.0
    lively = {"jitter_m_s3": 90.0, "true_jitter_m_s3": 49.999}
    lively["smoothed_jitter_m_s3"] = 20.0
    mean = figures.mean_figures([calm, lively])
    assert mean["jitter_ratio"] == pytest.approx(2.0)
    assert mean["smoothed_jitter_ratio"] == pytest.approx(0.5)


def test_feet_that_never_stand_do_not_spoil_the_mean():
    clips = [{"sliding_m_s": math.nan}, {"sliding_m_s": 0.2}]
    assert figures.mean_figures(clips) == {"sliding_m_s": 0.2}


# Several samples.


def test_the_best_of_several_is_never_worse_than_their_average(use, videos):
    answer = use(sampling=Sampling(steps=2))
    for video in videos:
        drawn = answer(video, 10)
        found = ways.compare(drawn, video.truth, fps=video.fps)
        each = [float(pa_mpjpe(one, video.truth)) for one in drawn]
        best = found["best of 10"]["pa_mpjpe_mm"]
        average = found["average of 10"]["pa_mpjpe_mm"]
        assert best == pytest.approx(min(each))
        assert average == pytest.approx(sum(each) / 10)
        assert best < average
        assert found[""]["pa_mpjpe_mm"] == pytest.approx(each[0])
        mean = torch.stack(drawn).mean(dim=0)
        assert found["mean of 10"]["pa_mpjpe_mm"] == pytest.approx(
            float(pa_mpjpe(mean, video.truth))
        )
        apart = (torch.stack(drawn) - mean) * 1000
        apart = (apart - apart[:, :, :1]).norm(dim=-1).mean()
        assert found["average of 10"]["spread_mm"] == pytest.approx(
            float(apart), rel=1e-4
        )


def test_the_best_is_one_sample_in_all_its_figures():
    truth = walker()
    near = truth + 0.01 * torch.randn(90, 24, 3)
    far = truth + 0.2 * torch.randn(24, 3)  # smooth, but elsewhere
    found = ways.compare([far, near], truth, fps=30.0)
    assert found["best of 2"] == figures.clip_figures(near, truth, fps=30.0)


def test_one_answer_has_no_best(videos):
    found = ways.compare([videos[0].truth], videos[0].truth, fps=30.0)
    assert list(found) == [""]


# Distributions.


def test_distributions_are_those_of_the_metrics_at_a_zero_start():
    def clip(speed):
        return walker(40, speed=speed) + 0.02 * torch.randn(40, 24, 3)

    true = figures.dance_features([clip(1.0) for _ in range(30)], fps=30.0)
    own = [clip(2.0) + 7 for _ in range(30)]
    found = figures.distribution_figures(
        figures.dance_features(own, fps=30.0), true
    )
    for name, compat in (("k", True), ("k_corrected", False)):
        moved = torch.stack(
            [
                kinetic_features(zero_start(one), fps=30.0, compat=compat)
                for one in own
            ]
        )
        wanted = frechet_distance(moved, true[name])
        assert found[f"fid_{name}"] == pytest.approx(wanted, rel=1e-5)
    itself = figures.distribution_figures(true, true)
    assert itself["fid_m"] == pytest.approx(0, abs=1e-6)
    assert itself["div_m"] == itself["true_div_m"] > 0
    assert found["fid_k"] > itself["fid_k"] + 1


def test_features_that_never_vary_are_left_out_for_everybody():
    true = {"k": torch.randn(50, 3)}
    true["k"][:, 1] = 4.0
    own = {"k": torch.randn(50, 3)}
    with warnings.catch_warnings():  # left to the metric, it depends on own
        warnings.simplefilter("error")
        found = figures.distribution_figures(own, true)
    assert found["features_k"] == 2
    assert found["fid_k"] < 5


def test_real_against_real_is_two_disjoint_sets():
    found = measuring.measure_real(0, motions.Extent(clips=4))
    values = found[motions.CHOREOGRAPHED]
    assert values["fid_k"] > 0.01  # not the same clips
    assert values["div_m"] != values["true_div_m"]


# A whole row.


def test_a_row_has_every_condition_and_way(measured):
    groups = ("real", "walking", "acrobatics")
    conditions = ("", "0 cuts", "4 cuts", "40 % hidden")
    for group in groups:
        for way in ("", "mean of 2", "best of 2", "average of 2"):
            for condition in conditions:
                assert ways.named(group, way, condition) in measured
        for way in ("guidance 2", "1 evaluation", "2 evaluations"):
            assert f"{group}, {way}" in measured
    for family in library.splits()["real"]["test"]:
        assert {family, f"{family}, best of 2"} <= measured.keys()
        assert f"{family}, 4 cuts" not in measured
    actions = len(seen_actions())
    assert measured["choreographed"]["clips"] == 2 * actions
    assert measured["choreographed, best of 2"]["clips"] == actions
    wanted = {"fid_k", "fid_m", "div_k", "div_m", "fid_k_corrected"}
    assert wanted <= measured["choreographed"].keys()
    view = measured["calibrated video"]
    assert view["agreement_mm"] > 0 and view["pa_mpjpe_mm"] > 0
    assert "agreement_mm" in measured["calibrated video, mean of 2"]
    json.dumps(measured, allow_nan=False)


def test_conditions_change_what_is_seen(measured):
    for one, other in (
        ("real, 0 cuts", "real, 4 cuts"),
        ("real", "real, 40 % hidden"),
        ("real, 1 evaluation", "real, 2 evaluations"),
        ("real", "real, guidance 2"),
    ):
        assert measured[one]["mpjpe_mm"] != measured[other]["mpjpe_mm"]


def test_measuring_twice_gives_the_same(use, measured):
    less = dataclasses.replace(EXTENT, cuts=(), hidden=(0.4,))
    again = measuring.measure(use(), 0, less, samples=EXTENT.samples)
    assert again == {name: measured[name] for name in again}
    less = dataclasses.replace(EXTENT, cuts=(), hidden=(), clips=1)
    other = measuring.measure(use(), 1, less)
    assert other["real"] != measured["real"]


def test_views_that_agree_are_those_of_one_motion():
    truth = motions.calibrated_videos(30.0)[0].truth
    assert truth.shape[1] == 13
    assert ways.agreement([truth, 2 * truth + 1]) == pytest.approx(0, abs=0.1)
    other = truth + 0.1 * torch.randn(truth.shape)
    pair = [truth, other]
    both = [float(pa_mpjpe(*pair)), float(pa_mpjpe(*pair[::-1]))]
    assert ways.agreement(pair) == pytest.approx(sum(both) / 2, rel=1e-5)


def test_the_calibrated_points_are_those_of_the_demonstration():
    from mini_vimogen.tasks.demo import body_points

    clip = library.real_motion("test")[0]
    torch.testing.assert_close(ways.points(clip.joints()), body_points(clip))


# Rows and models.


@pytest.fixture
def tiny(monkeypatch):
    """A study of tiny models: seconds where the true one takes hours."""
    small = {
        name: table1.Arm(arm.kind, MIX, changes=SMALL | dict(steps=2, batch=4))
        for name, arm in table1.TRAINED.items()
    }
    monkeypatch.setattr(table1, "TRAINED", small)
    monkeypatch.setattr(table1, "motion_pool", lambda _: MIX_POOL())
    return small


@functools.cache
def MIX_POOL():
    from mini_vimogen.tasks.train import motion_pool

    return motion_pool(MIX)


def test_rows_that_exist_are_not_measured_again(tiny, tmp_path):
    arms = ("mean pose", "regressor", "real against real")
    options = dict(
        seeds=1,
        folder=tmp_path / "rows",
        models=tmp_path / "models",
        extent=EXTENT,
    )
    first = list(table1.run("laptop", arms=arms, **options))
    assert [row["arm"] for row in first] == list(arms)
    assert read_rows("table1", tmp_path / "rows") == first
    assert list(table1.run("laptop", arms=arms, **options)) == []
    still, regressor, _ = (row["figures"] for row in first)
    assert still["calibrated video"]["demonstration_pa_mm"] > 100
    assert regressor["training"]["parameters"] > 0
    weights = tmp_path / "models" / "regressor_laptop_0.safetensors"
    assert weights.is_file()
    assert not list((tmp_path / "models").glob("*.resume"))


def test_a_model_is_trained_once(tmp_path, monkeypatch):
    make = functools.partial(model_folder.trained_path, mix=MIX)
    path = make("lifter", TINY, 0, tmp_path)
    assert path.name == "lifter_laptop_0.safetensors"
    card = read_card(path)
    assert card["seed"] == 0 and card["kind"] == "lifter"
    assert {"data", "commit", "cpu_seconds"} <= card.keys()
    other = make(
        "lifter", preset("laptop", **SMALL, steps=3, batch=4), 0, tmp_path
    )
    assert other != path and path.is_file()
    monkeypatch.setattr(model_folder, "train_model", None)  # not called
    assert make("lifter", TINY, 0, tmp_path) == path
    model = model_folder.trained("lifter", TINY, 0, tmp_path, mix=MIX)
    assert isinstance(model, Lifter) and not model.training
    with pytest.raises(TypeError):  # another seed is another model
        make("lifter", TINY, 1, tmp_path)
    with pytest.raises(TypeError):  # and so is another mix
        make(
            "lifter", TINY, 0, tmp_path, mix=Mix(acted_clips=2, babbled_clips=2)
        )


def test_unknown_arms_are_refused():
    with pytest.raises(ValueError, match="arms must be among .* got nobody"):
        list(table1.run("laptop", arms=["nobody"]))
