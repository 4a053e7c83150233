"""What second models learn from, and rows of tiny ones.

The models are tiny and hardly trained: what they lift is nonsense, and must be
the same nonsense every time.
"""

import json
import math
from dataclasses import replace

import pytest
import torch

from mini_vimogen.conventions import COCO17
from mini_vimogen.data import library
from mini_vimogen.data.curation import Candidate
from mini_vimogen.data.quality_gates import (
    Thresholds,
    motion_figures,
    outline,
)
from mini_vimogen.metrics.pose_error import pa_mpjpe
from mini_vimogen.studies import harvest as study
from mini_vimogen.studies import harvest_models as learning
from mini_vimogen.studies import harvest_motions as motions
from mini_vimogen.studies import harvest_samples as several
from mini_vimogen.studies import model_folder
from mini_vimogen.studies.rows import digest, read_rows
from mini_vimogen.studies.table1_motions import CHOREOGRAPHED_SEED
from mini_vimogen.studies.table1_motions import Extent as Table1Extent
from mini_vimogen.tasks import train
from mini_vimogen.tasks.motion_mix import Mix, motion_groups, motion_pool
from mini_vimogen.tasks.train import recipe, seen_actions
from mini_vimogen.training.batches import MotionPool
from mini_vimogen.training.checkpoint import read_card
from mini_vimogen.training.losses import LossWeights
from mini_vimogen.training.presets import preset
from tests.oracles import standing_clip, wandering_clip

SMALL = dict(width=16, layers=1, heads=2, feed_forward=32, batch=4)
TINY = preset("laptop", steps=1, **SMALL)
TEACHER = preset("desk", steps=2, **SMALL)
EXTENT = study.Extent(
    videos=2,
    sampled=1,
    tests=1,
    seen=1,
    real=Table1Extent(cameras={}, other_cameras=1, takes=1),
    samples=(1, 2),
)
ALL_PASS = Thresholds(
    most_jitter=1e9, most_sliding=1e9, most_penetration=1e9, most_floating=1e9
)

# A few motions do for a test, and not for a covariance.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*covariance is singular"),
    pytest.mark.filterwarnings("ignore:.*constant in the true set"),
]


@pytest.fixture(scope="module", autouse=True)
def small_mix():
    """A mix of a few clips in place of 1100; what is trained is tiny."""
    groups = motion_groups(Mix(acted_clips=1, babbled_clips=2))
    weights = {name: getattr(Mix(), name) for name in groups}
    pool = MotionPool(groups, weights=weights, fps=30.0)
    with pytest.MonkeyPatch.context() as patch:
        for module in (learning, study):
            patch.setattr(module, "mix_groups", lambda fps: groups)
        for module in (study, train):
            patch.setattr(module, "motion_pool", lambda mix, fps=30.0: pool)
        yield groups


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return learning.Models(TINY, TEACHER, folder, videos=2)


@pytest.fixture
def all_pass(monkeypatch):
    """Gates that let the nonsense of tiny models pass, but for copies."""
    from mini_vimogen.data import curation
    from mini_vimogen.tasks import harvest as task

    for module in (curation, task):
        monkeypatch.setattr(module, "Thresholds", lambda: ALL_PASS)
    motions.gathered.cache_clear()
    yield
    motions.gathered.cache_clear()


# ------------------------------------------------------------------- videos


def test_harvest_and_tests_show_the_actions_that_only_videos_show():
    wanted = library.splits()["choreographed"]["video_only"]
    assert list(motions.video_only_actions()) == wanted
    assert not set(wanted) & set(seen_actions())
    videos = motions.sources(motions.video_only_actions(), 2, seed=0)
    assert [v.action for v in videos] == 2 * wanted
    assert len({video.file for video in videos}) == len(videos)
    tests = motions.fresh_videos(2, seed=0)
    assert [v.group for v in tests] == 2 * wanted


def test_no_motion_is_harvested_and_tested():
    """Nor is it another seed's, nor that of the distances' reference."""
    seeds = [motions.REFERENCE_SEED]
    for seed in range(3):
        seeds += [motions.HARVESTED_SEED + seed, motions.TEST_SEED + seed]
    assert len(set(seeds)) == 7
    assert not {CHOREOGRAPHED_SEED, Mix().seed} & set(seeds)
    first = [next(motions.acted(["sit"], 1, seed=seed))[1] for seed in seeds]
    paths = {one.root_position.numpy().tobytes() for one in first}
    assert len(paths) == 7
    videos = motions.sources(motions.video_only_actions(), 1, seed=1)
    tests = motions.fresh_videos(1, seed=1)
    for video, test in zip(videos, tests, strict=True):
        shown = (video.track.keypoints, test.track.keypoints)
        assert shown[0].shape != shown[1].shape or not torch.equal(*shown)


def test_a_video_is_a_function_of_its_seed():
    actions = motions.video_only_actions()
    once = motions.sources(actions, 1, seed=2)
    motions.sources.cache_clear()
    again = motions.sources(actions, 1, seed=2)
    for one, same in zip(once, again, strict=True):
        assert torch.equal(one.track.keypoints, same.track.keypoints)
        assert torch.equal(one.truth.joints(), same.truth.joints())


# ------------------------------------------------------------------- models


def test_the_control_has_as_many_videos_of_seen_actions(models):
    control = learning.SECOND["harvested, seen actions"]
    ours = learning.SECOND["harvested"]
    assert replace(control, actions=ours.actions) == ours
    videos = replace(models, videos=24).sources(control, 0)
    assert {video.action for video in videos} == set(seen_actions())
    assert len(videos) == 24 * len(motions.video_only_actions())


def test_what_is_added_takes_its_share_from_all_others(small_mix):
    clip = standing_clip(70)
    pool = learning.extended_pool([clip, clip], fps=30.0)
    counts = [len(group) for group in small_mix.values()] + [2]
    shares = [float(s.sum()) for s in pool.share.split(counts)]
    rest = 1 - learning.SHARE
    wanted = [rest * Mix().real, rest * Mix().acted, rest * Mix().babbled]
    assert shares == pytest.approx([*wanted, learning.SHARE], abs=1e-5)


def test_groups_are_those_of_the_pool():
    mix = Mix(real=0.5, acted=0.5, babbled=0.0, acted_clips=1)
    groups = motion_groups(mix)
    assert set(groups) == {"real", "acted"}
    frames = sum(clip.frames for group in groups.values() for clip in group)
    assert motion_pool(mix).length.sum() == frames


def test_the_ceiling_gets_the_truth_of_the_harvested_videos(models, all_pass):
    truths = models.added(learning.SECOND["real 3D"], 0)
    lifted = models.harvest(learning.SECOND["harvested"], 0)
    assert [one.frames for one in truths] == [
        video.truth.frames for video in models.sources(learning.Second(), 0)
    ]
    of = {id(sample.source.truth) for sample in lifted.samples}
    assert of == {id(truth) for truth in truths}
    for sample in lifted.samples:
        assert sample.clip.frames == sample.source.truth.frames
        error = motions.fidelity(sample)["pa_mpjpe_mm"]
        joints = sample.clip.joints(), sample.source.truth.joints()
        assert error == pytest.approx(float(pa_mpjpe(*joints)), rel=1e-4)


def test_models_of_other_pools_are_not_taken_for_one_another(models, all_pass):
    plain = model_folder.trained_path("lifter", TINY, 0, models.folder)
    models.second("real 3D", 0)
    models.second("harvested", 0)
    models.second("harvested", 0)
    cards = {
        path.stem: read_card(path)
        for path in models.folder.glob("lifter_laptop_0*.safetensors")
    }
    assert len(cards) == 3
    told = [card.get("extra", {}) for card in cards.values()]
    assert sorted(one.get("added", "") for one in told) == [
        "",
        "harvest",
        "truth",
    ]
    (harvested,) = (one for one in told if one.get("added") == "harvest")
    first = read_card(models.first(0))
    assert harvested["first_model_sha256"] == first["weights_sha256"]
    assert model_folder.trained_path("lifter", TINY, 0, models.folder) == plain
    assert len({card["weights_sha256"] for card in cards.values()}) == 3


def test_a_model_with_more_is_not_the_plain_one(models, tmp_path):
    """Whichever of the two was trained first."""
    options = dict(
        pool=lambda: learning.extended_pool([standing_clip(70)], fps=30.0)
    )
    extra = model_folder.trained_path(
        "lifter", TINY, 0, tmp_path, extra={"added": "one"}, **options
    )
    assert extra.name == "lifter_laptop_0.safetensors"
    plain = model_folder.trained_path("lifter", TINY, 0, tmp_path)
    assert plain != extra
    with pytest.raises(ValueError, match="extra must say what the pool holds"):
        model_folder.trained_path("lifter", TINY, 0, tmp_path, **options)


# ------------------------------------------------------------------ samples


def sample(source, number, clip):
    """A lifted motion, as a harvest has it."""
    name = f"{source.file}_{number + 1}.npz"
    track = {"seconds": clip.duration, "seen_share": 1.0}
    asked = Candidate(name, track, motion_figures(clip), outline(clip))
    return motions.Sample(source, number, clip, asked)


def source(file, truth):
    return motions.Source(file, "sit", truth, None)


def shifted(clip, metres, joint=3):
    """A clip with no joint elsewhere, but turned at one."""
    from mini_vimogen.geometry.rotations import rotation_about

    local = clip.local_rotmat.clone()
    turn = rotation_about("x", torch.tensor(metres))
    local[:, joint] = local[:, joint] @ turn
    return clip.with_(local_rotmat=local)


def test_how_far_samples_are_apart_does_not_depend_on_their_number():
    truth = wandering_clip(40)
    one = source("a.npz", truth)
    three = [
        sample(one, k, shifted(truth, turn))
        for k, turn in enumerate((0.0, 0.4, 0.0, 0.4))
    ]
    of_two = several.between_samples(three[:2])
    of_four = several.between_samples(three)
    assert "apart_mm" not in several.between_samples(three[:1])
    # Of the six pairs of four, four are as far apart as the one pair of two.
    assert of_four["apart_mm"] == pytest.approx(of_two["apart_mm"] * 4 / 6)
    assert of_two["spread_mm"] == pytest.approx(of_two["apart_mm"] / 2)
    assert of_two["best_pa_mpjpe_mm"] == pytest.approx(0.0, abs=0.01)
    assert of_two["pa_mpjpe_mm"] > 1


def test_videos_count_alike():
    truth = wandering_clip(40)
    good, bad = source("a.npz", truth), source("b.npz", truth)
    found = [sample(good, k, truth) for k in range(3)]
    error = several.between_samples([sample(bad, 0, shifted(truth, 0.5))])
    found.append(sample(bad, 0, shifted(truth, 0.5)))
    both = several.between_samples(found[:1] + found[3:])
    assert both["pa_mpjpe_mm"] == pytest.approx(error["pa_mpjpe_mm"] / 2, 1e-3)


def test_a_set_covers_what_it_holds_and_copies_add_nothing():
    tests = [wandering_clip(40, seed=k) for k in range(3)]
    seen = several.Seen(tests)
    all_of_them = seen.worth(tests)
    assert all_of_them["coverage_mm"] == pytest.approx(0.0, abs=0.1)
    one = seen.worth(tests[:1] * 2)
    assert one["coverage_mm"] > 1
    assert one["div_m"] == pytest.approx(0.0, abs=1e-6)
    assert all_of_them["div_m"] == pytest.approx(all_of_them["true_div_m"])


def test_fewer_samples_meet_the_gates_again():
    clip = standing_clip(60)
    files = [source("a.npz", clip), source("b.npz", clip)]
    found = motions.Gathered(
        tuple(
            sample(one, number, clip) for one in files for number in range(2)
        ),
        several.curate([]),
    )
    first = several.first_samples(found, {"a.npz", "b.npz"}, 1)
    assert len(first.samples) == 2 and len(first.kept) == 1  # a copy
    assert [one.source.file for one in first.kept] == ["a.npz"]
    other = several.first_samples(found, {"b.npz"}, 2)
    assert [one.source.file for one in other.kept] == ["b.npz"]


# --------------------------------------------------------------------- rows


@pytest.fixture(scope="module")
def options(models):
    return dict(
        seeds=1,
        models=models.folder,
        extent=EXTENT,
        steps=1,
        teacher=TEACHER,
    )


@pytest.fixture
def tiny_size(monkeypatch):
    monkeypatch.setattr(
        study, "preset", lambda size: replace(TINY, size=size or "laptop")
    )


def test_every_arm_has_its_row_once(options, tiny_size, all_pass, tmp_path):
    options = options | {"folder": tmp_path}
    rows = {row["arm"]: row for row in study.run("laptop", **options)}
    assert tuple(rows) == study.ARMS
    assert len({row["recipe"] for row in rows.values()}) == len(rows)
    actions = motions.video_only_actions()
    for arm in ("mean pose", "first model", *learning.SECOND):
        found = rows[arm]["figures"]
        errors = [found[action]["pa_mpjpe_mm"] for action in actions]
        own = found["video only"]
        assert own["pa_mpjpe_mm"] == pytest.approx(sum(errors) / 4, rel=1e-3)
        assert own["clips"] == 4 and math.isfinite(own["fid_m"])
        groups = ["seen actions", "real", "walking", "acrobatics"]
        groups += ["sit, 40 % hidden", "video only, legs hidden"]
        for group in groups:
            assert found[group]["pa_mpjpe_mm"] > 1
        assert ("harvest" in found) == arm.startswith("harvested")
    told = rows["harvested, 3 samples"]["figures"]["harvest"]
    assert (
        told["candidates"]
        == 3 * rows["harvested"]["figures"]["harvest"]["candidates"]
    )
    lost = sum(told[name] for name in told if name.startswith("lost_at_"))
    assert told["candidates"] - lost == told["kept"] > 0
    known = rows["choreography of the mix"]["figures"]
    assert known["choreography of the mix"]["coverage_mm"] > 0
    sets = rows["several samples"]["figures"]
    assert sets["4 videos, 2 samples"]["lifted"] == 8
    assert sets["4 videos, 2 samples, guidance 0.5"]["apart_mm"] > 0
    assert sets["4 videos, true motions"]["coverage_mm"] > 0
    json.dumps(rows, allow_nan=False)
    assert list(study.run("laptop", **options)) == []
    assert read_rows("harvest", tmp_path) == list(rows.values())


def test_a_recipe_tells_what_its_figures_depend_on():
    def made(arm, **changes):
        extent = replace(EXTENT, **changes)
        return study.arm_recipe(arm, TINY, TEACHER, extent)

    without, ours = made("without"), made("harvested")
    assert "first" not in without and "added" not in without
    assert ours["first"] == recipe(TEACHER, Mix(), LossWeights())
    assert ours["added"]["videos"] == 2
    assert made("several samples")["ways"]["guidance 0.5"]["guidance"] == 0.5
    recipes = {digest(made(arm)) for arm in study.ARMS}
    assert len(recipes) == len(study.ARMS)
    assert digest(made("harvested", videos=3)) != digest(ours)
    assert digest(made("without", videos=3)) == digest(without)
    assert digest(made("without", tests=3)) != digest(without)


def test_unknown_arms_are_refused(tmp_path):
    with pytest.raises(ValueError, match="arms must be among real against"):
        next(study.run("laptop", arms=["oracle"], folder=tmp_path))


def test_a_table_hides_knees_and_ankles_and_nothing_else():
    (video, *_) = motions.fresh_videos(1, seed=0)
    worse = motions.with_legs_hidden(video).track.keypoints
    names = {COCO17[joint] for joint in motions.LEGS}
    wanted = {
        f"{side}_{at}"
        for side in ("left", "right")
        for at in "knee ankle".split()
    }
    assert names == wanted
    others = [joint for joint in range(17) if joint not in motions.LEGS]
    assert (worse[:, motions.LEGS] == 0).all()
    assert torch.equal(worse[:, others], video.track.keypoints[:, others])
    assert (video.track.keypoints[:, motions.LEGS] > 0).any()
