"""The study completion: what its figures mean, and its rows."""

import json
import math
from dataclasses import replace

import pytest
import torch

from mini_vimogen.conditions.keypoints import FEATURES
from mini_vimogen.data.library import real_motion
from mini_vimogen.models.lifter import Lifter
from mini_vimogen.studies import completion as study
from mini_vimogen.studies import completion_arms as limbs
from mini_vimogen.studies import completion_figures as figures
from mini_vimogen.studies import completion_measure as measures
from mini_vimogen.studies import completion_seams as seams
from mini_vimogen.studies import completion_ways as ways
from mini_vimogen.studies.completion_aims import aims, wins_from
from mini_vimogen.studies.rows import digest, read_rows
from mini_vimogen.tasks.lift import Sampling, lift, load_lifter
from mini_vimogen.training.checkpoint import save_model
from mini_vimogen.training.presets import preset
from tests.oracles import wandering_clip

EXTENT = study.Extent(
    gaps=(5,),
    guided_gaps=(30,),
    takes=1,
    clips=2,
    tracks=1,
    seconds=5.0,
    costs=(2.0,),
)
FEW = Sampling(steps=2)


def steady(frames=20, speed=0.1):
    """Two joints that go straight on, metres a frame."""
    joints = torch.zeros(frames, 2, 3)
    joints[..., 0] = speed * torch.arange(frames)[:, None]
    joints[:, 1, 2] = 1.0
    return joints


# ------------------------------------------------------------------ figures


def test_a_jump_is_the_largest_change_that_a_border_cuts():
    motion = steady()
    assert figures.jump(motion, (8, 13), order=2) == pytest.approx(0, abs=1e-6)
    motion[8:13, 1, 1] = 0.3  # one joint is elsewhere in the gap
    assert figures.jump(motion, (8, 13), order=2) == pytest.approx(0.3)
    assert figures.jump(motion, (8, 13), order=3) == pytest.approx(0.6)
    # A corner within the gap is no border's.
    motion = steady()
    motion[10, 0, 1] = 5.0
    assert figures.jump(motion, (8, 13), order=2) == pytest.approx(0, abs=1e-6)
    # Two borders are averaged.
    motion = steady()
    motion[8:, 0, 2] += 0.4
    assert figures.jump(motion, (8, 13), order=2) == pytest.approx(0.2)


@pytest.mark.parametrize(
    "frame, largest", [(5, 0), (6, 1), (7, 2), (8, 2), (9, 1), (10, 0)]
)
def test_differences_of_one_side_do_not_count(frame, largest):
    """A hat of one frame near the border before frame 8: changes 1, -2, 1."""
    motion = torch.zeros(20, 1, 3)
    motion[frame, 0, 0] = 1.0
    found = figures.jump(motion, (8, 15), order=2)
    # The other border sees nothing of it, and the two are averaged.
    assert found == pytest.approx(largest / 2)


def test_figures_of_a_gap():
    truth = steady().repeat(1, 12, 1)
    ours = truth.clone()
    ours[8:13, :, 1] += 0.2  # all of it, to the side
    ours[8:13, 1::2, 2] += 0.1  # every other joint, up
    found = figures.gap_figures(ours, truth, (8, 13), fps=30.0)
    both = math.hypot(0.2, 0.1)
    assert found["mpjpe_mm"] == pytest.approx(1000 * (0.2 + both) / 2)
    assert found["root_error_mm"] == pytest.approx(200)
    assert found["root_relative_mm"] == pytest.approx(50)
    assert found["known_error_m"] == 0
    assert found["velocity_jump_m_s"] == pytest.approx(30 * both)
    assert found["true_velocity_jump_m_s"] == pytest.approx(0, abs=1e-4)
    ours[3, 0, 0] += 0.007
    found = figures.gap_figures(ours, truth, (8, 13), fps=30.0)
    assert found["known_error_m"] == pytest.approx(0.007, abs=1e-6)
    ours[17, 0, 0] += 0.011
    found = figures.gap_figures(ours, truth, (8, 13), fps=30.0)
    assert found["known_error_m"] == pytest.approx(0.011, abs=1e-6)


def test_ratios_are_of_means_and_families_count_alike():
    def one(jump, true, error=0.0):
        return {
            "mpjpe_mm": error,
            "known_error_m": error,
            "jitter_m_s3": jump,
            "true_jitter_m_s3": true,
            "velocity_jump_m_s": jump,
            "true_velocity_jump_m_s": true,
            "acceleration_jump_m_s2": 2 * jump,
            "true_acceleration_jump_m_s2": true,
            "sliding_m_s": math.nan,
        }

    group = [one(2.0, 1.0), one(4.0, 3.0, 6.0)]
    found = figures.group_figures(group)
    assert found["border_velocity_ratio"] == 1.5
    assert found["border_acceleration_ratio"] == 3.0
    assert found["jitter_ratio"] == 1.5
    assert found["mpjpe_mm"] == 3.0 and found["known_error_m"] == 6.0
    assert "sliding_m_s" not in found
    both = figures.family_figures({"a": group, "b": [one(5.0, 1.0, 1.0)]})
    assert both["border_velocity_ratio"] == 3.25
    assert both["mpjpe_mm"] == 2.0 and both["known_error_m"] == 6.0


# --------------------------------------------------------------------- ways


def test_real_pieces_are_of_held_out_clips_and_lie_in_their_middle():
    taken = ways.real_pieces(None, 60)
    names = {clip.source for clip in real_motion("test")}
    assert {clip.source for _, clip in taken} <= names
    assert all(clip.frames == 60 for _, clip in taken)
    lengths = [clip.frames for clip in real_motion("test")]
    assert len(taken) == sum(frames // 60 for frames in lengths)
    one, two = ways.pieces(wandering_clip(125), 60)
    whole = wandering_clip(125)
    assert torch.equal(one.root_position, whole.root_position[2:62])
    assert torch.equal(two.root_position, whole.root_position[62:122])
    assert ways.pieces(wandering_clip(59), 60) == []


def test_choreographed_pieces_have_seeds_of_their_own():
    one = ways.choreographed_pieces(0, 3, 60)
    again = ways.choreographed_pieces(0, 3, 60)
    other = ways.choreographed_pieces(1, 3, 60)
    assert len(one) == 3 and all(clip.frames == 60 for clip in one)
    assert torch.equal(one[2].root_position, again[2].root_position)
    assert not torch.equal(one[0].root_position, other[0].root_position)


@pytest.mark.parametrize("fill", [ways.slerp, ways.linear])
def test_fillers_leave_the_known_part_and_go_straight(fill):
    clip = wandering_clip(21)
    holed = ways.with_gap(clip, 5, group="", number=0)
    assert holed.gap == (8, 13)
    (ours,) = fill([holed], 0)
    for part in (slice(0, 8), slice(13, 21)):
        assert torch.equal(ours.local_rotmat[part], clip.local_rotmat[part])
        assert torch.equal(ours.root_position[part], clip.root_position[part])
    steps = ours.root_position[7:14].diff(dim=0)
    torch.testing.assert_close(steps, steps[:1].expand_as(steps))
    eye = torch.eye(3).expand_as(ours.local_rotmat[8:13])
    turned = ours.local_rotmat[8:13]
    torch.testing.assert_close(turned @ turned.mT, eye, atol=1e-5, rtol=0)


def test_slerp_turns_at_constant_speed_and_lines_do_not():
    clip = wandering_clip(21)
    holed = ways.with_gap(clip, 5, group="", number=0)

    def unevenness(made):
        part = made.local_rotmat[7:14]
        turn = part[:-1].mT @ part[1:]
        trace = turn.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
        angle = ((trace - 1) / 2).clamp(-1, 1).acos()
        return float((angle.std(dim=0) / angle.mean(dim=0)).max())

    even, other = (f([holed], 0)[0] for f in (ways.slerp, ways.linear))
    assert unevenness(even) < 0.01 < unevenness(other)


def test_a_video_shows_the_gap_and_nothing_else():
    (clip, *_) = ways.choreographed_pieces(0, 3, 60)
    holed = ways.with_gap(clip, 30, group="", number=7)
    request = ways.request_of(holed, 0, shown=True)
    assert request.shown.span == slice(15, 45)
    assert not request.known[15:45].any()
    assert request.known[:15].all() and request.known[45:].all()
    assert ways.request_of(holed, 0, shown=False).shown is None


def test_another_camera_films_what_looks_like_a_cut(monkeypatch):
    (clip, *_) = ways.choreographed_pieces(0, 3, 60)
    holed = ways.with_gap(clip, 30, group="", number=7)
    seen, detect = [], ways.detect_cuts

    def twice_cut(keypoints, *size):
        seen.append(keypoints)
        return detect(keypoints, *size) | (len(seen) < 3)

    monkeypatch.setattr(ways, "detect_cuts", twice_cut)
    track = ways.one_shot(holed, 0)
    assert len(seen) == 3 and torch.equal(track.keypoints, seen[2])
    assert not torch.equal(seen[0], seen[1])
    monkeypatch.setattr(ways, "detect_cuts", lambda *_: torch.ones(30).bool())
    assert ways.one_shot(holed, 0) is None
    assert ways.request_of(holed, 0, shown=True).shown is None


def test_arms_of_others():
    clip = wandering_clip(60)
    arms, kept = list(limbs.ARMS_OF_THE_BODY), list(limbs.KEPT)
    assert sorted(arms + kept) == list(range(24)) and len(arms) == 10
    for made in (
        limbs.with_arms(clip, limbs.mean_arms()),
        limbs.turning_arms(clip),
        limbs.another_motions_arms(clip, 3),
    ):
        found = measures.arms_figures(made.joints(), clip.joints())
        assert found["known_error_m"] == 0 and found["arms_mpjpe_mm"] > 10
        same = made.local_rotmat[:, kept] == clip.local_rotmat[:, kept]
        assert same.all()
    turned = limbs.turning_arms(clip).local_rotmat
    for frame in (0, -1):
        torch.testing.assert_close(
            turned[frame, arms], clip.local_rotmat[frame, arms]
        )


# -------------------------------------------------------------------- seams


def test_seam_figures_tell_seams_from_the_rest():
    truth = steady(40)
    ours = truth.clone()
    ours[20:, :, 1] += 0.1  # a step before frame 20
    found = seams.seam_figures(ours, truth, [20], fps=30.0)
    assert found["inside_jitter_m_s3"] == pytest.approx(0, abs=1.0)
    # Three differences cut the step: 1, -2 and 1 tenths of a metre.
    expected = 0.1 * (1 + 2 + 1) / 3 * 30**3
    assert found["seam_jitter_m_s3"] == pytest.approx(expected, rel=1e-3)
    elsewhere = seams.seam_figures(ours, truth, [10], fps=30.0)
    assert elsewhere["seam_jitter_m_s3"] == pytest.approx(0, abs=1.0)
    assert elsewhere["inside_jitter_m_s3"] > 100
    assert seams.seam_ratio({"a": 1} | found, "true_") >= 0


def test_long_videos_are_long_and_of_one_shot():
    video = seams.long_video(7.0, number=0, seed=0)
    assert len(video.truth) == video.track.frames == 210
    again = seams.long_video(7.0, number=0, seed=0)
    assert torch.equal(video.track.keypoints, again.track.keypoints)


def test_windows_that_overlap_are_what_lift_does():
    video = seams.long_video(5.0, number=0, seed=0)
    model = load_lifter()
    ours, starts = seams.lift_in_windows(video, model, overlap=None, seed=0)
    assert starts == (30, 60, 90)
    (expected,) = lift(
        video.track,
        lifter=model,
        generator=seams.generator_of(0, video.number),
    )
    assert torch.equal(ours.local_rotmat[:, 1:], expected.local_rotmat[:, 1:])
    _, starts = seams.lift_in_windows(video, model, overlap=0, seed=0)
    assert starts == (60, 90)


# --------------------------------------------------------------------- rows


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A folder with an untrained lifter, in place of a training."""
    torch.manual_seed(0)
    size = preset("laptop")
    network = dict(
        width=32,
        layers=1,
        heads=2,
        feed_forward=32,
        condition_features=FEATURES,
    )
    lifter = Lifter(network=network, fps=30.0, frames=60)
    path = tmp_path / "lifter.safetensors"
    save_model(lifter, path, card={})
    asked = []

    def found(kind, chosen, seed, folder):
        asked.append((kind, chosen, seed))
        return path

    monkeypatch.setattr(study, "trained_path", found)
    for module in (study, measures):
        monkeypatch.setattr(module, "USUAL_SAMPLING", FEW)
    yield tmp_path
    assert set(asked) <= {("lifter", size, 0)}


def test_rows_of_every_arm_are_measured_once(tmp_path, models):
    options = dict(seeds=1, folder=tmp_path, models=models, extent=EXTENT)
    rows = {row["arm"]: row for row in study.run("laptop", **options)}
    assert tuple(rows) == study.ARMS
    json.dumps(rows)
    groups = {"gap 5", "choreographed gap 5"}
    groups |= {"walking, gap 5", "acrobatics, gap 5"}
    for arm in ("real", "slerp", "linear", "equation8", "eased", "kriged"):
        own = rows[arm]["figures"]
        assert set(own) == groups
        for group in own.values():
            assert group["known_error_m"] == 0
            assert (group["mpjpe_mm"] == 0) == (arm == "real")
    for group in rows["real"]["figures"].values():
        assert group["border_velocity_ratio"] == 1
        assert group["border_acceleration_ratio"] == 1
    guided = rows["video-guided"]["figures"]
    assert set(guided) == {name.replace("5", "30") for name in groups}
    arms = rows["joints"]["figures"]
    assert arms["arms"]["known_error_m"] == 0
    others = {"arms, mean", "arms, slerp", "arms, another's"}
    assert set(arms) == {"arms", "arms, mean of 5"} | others
    means = [
        arms[name]["arms_mpjpe_mm"] for name in ("arms, mean of 5", "arms")
    ]
    assert means[0] < means[1]
    long = rows["overlap"]["figures"]
    assert set(long) == {"seams", "2 s"}
    assert long["2 s"]["cpu_seconds"] > 0 and long["2 s"]["grown_mb"] < 100
    assert long["2 s"]["peak_mb"] > 50
    assert set(rows["no overlap"]["figures"]) == {"seams"}
    wanted = study.arm_recipe("kriged", preset("laptop"), EXTENT)
    assert rows["kriged"]["recipe"] == digest(wanted)
    assert list(study.run("laptop", **options)) == []
    assert read_rows("completion", tmp_path) == list(rows.values())


def test_recipes_name_what_figures_depend_on():
    desk, extent = preset("desk"), study.Extent()
    seen = {digest(study.arm_recipe(arm, desk, extent)) for arm in study.ARMS}
    assert len(seen) == len(study.ARMS)
    more = replace(extent, samples=9)
    changed = [
        arm
        for arm in study.ARMS
        if study.arm_recipe(arm, desk, more)
        != study.arm_recipe(arm, desk, extent)
    ]
    assert changed == ["joints"]
    assert "lifter" not in study.arm_recipe("slerp", desk, extent)
    assert "sampling" in study.arm_recipe("eased", desk, extent)


def test_unknown_arms_are_refused(tmp_path):
    with pytest.raises(ValueError, match="arms must be among real, slerp"):
        next(study.run("laptop", arms=["oracle"], folder=tmp_path))


# --------------------------------------------------------------------- aims


def rows_of(ours: dict[int, float], *, seam=1.1, known=0.0):
    """One seed: errors by gap, slerp's always 10 mm."""

    def gaps(errors):
        return {
            f"{kind}gap {gap}": {
                "mpjpe_mm": error,
                "border_velocity_ratio": 1.4,
                "known_error_m": known,
            }
            for kind in ("", "choreographed ")
            for gap, error in errors.items()
        }

    straight = {gap: 10.0 for gap in ours}
    arms = {
        "kriged": gaps(ours),
        "slerp": gaps(straight),
        "linear": gaps(straight),
        "joints": {"arms": {"known_error_m": known}},
        "overlap": {"seams": {"seam_ratio": seam}, "60 s": {"cpu_seconds": 9}},
        "no overlap": {"seams": {"seam_ratio": 7.0}},
    }
    return [
        {"arm": arm, "seed": 0, "recipe": "a", "size": "desk", "figures": own}
        for arm, own in arms.items()
    ]


def test_aims_hold_figures_against_bars():
    rows = rows_of({5: 12.0, 15: 9.0, 30: 8.0, 45: 9.0})
    found = {aim.name: aim for aim in aims(rows)}
    assert found["gap 5: MPJPE over slerp's"].met is False
    assert found["gap 15: MPJPE over slerp's"].met is True
    assert found["gap 30: MPJPE over linear's"].figure == pytest.approx(0.8)
    assert found["gap 5: velocity jump at the border over the real one"].met
    seam = found["long lifts: jitter at seams over that inside"]
    assert seam.met and seam.beside == (7.0,)
    assert found["60 s lifted, CPU seconds"].met
    name = "video-guided, gap 45: velocity jump at the border over the real one"
    assert found[name].met is None
    guided = found["video-guided: largest error of what is known, metres"]
    assert guided.met is None  # not measured


def test_aims_that_are_missed():
    rows = rows_of({g: 1.0 for g in (5, 15, 30, 45)}, seam=1.3, known=0.1)
    found = {aim.name: aim for aim in aims(rows)}
    assert not found["long lifts: jitter at seams over that inside"].met
    assert not found["joints: largest error of what is known, metres"].met


@pytest.mark.parametrize(
    "errors, first",
    [
        ((12.0, 9.0, 8.0, 9.0), 15),
        ((9.0, 12.0, 8.0, 9.0), 30),
        ((9.0, 9.0, 9.0, 9.0), 5),
        ((9.0, 9.0, 9.0, 10.0), None),
    ],
)
def test_from_which_gap_on_ours_wins(errors, first):
    rows = rows_of(dict(zip((5, 15, 30, 45), errors, strict=True)))
    assert wins_from(rows, "slerp") == first
    assert wins_from(rows, "linear", kind="choreographed gap") == first


def test_wins_of_nothing_are_refused():
    with pytest.raises(ValueError, match="'kriged' and 'slerp', got none"):
        wins_from([], "slerp")
