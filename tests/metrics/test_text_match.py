"""Caption checks: each accepts its motion and rejects all the others."""

import math

import pytest
import torch

from mini_vimogen.data import library
from mini_vimogen.metrics import (
    large_moves,
    lowering,
    readings,
    text_match,
)
from mini_vimogen.metrics.text_match import Check, CheckJudge
from tests.metrics import acted

MOTIONS = {
    "hop_right": acted.hop,
    "hop_left": lambda fps=20.0: acted.hop(fps, "left"),
    "march": acted.march,
    "clap": acted.clap,
    "reach_right": acted.reach,
    "reach_left": lambda fps=20.0: acted.reach(fps, "left"),
    "lunge_right": acted.lunge,
    "lunge_left_twice": lambda fps=20.0: acted.lunge(fps, "left", 2),
    "stand": acted.stand,
    "walk": acted.walk,
    "walk_backward": acted.walk_backward,
    "run": acted.run,
    "turn_left": acted.turn,
    "turn_right": lambda fps=20.0: acted.turn(fps, -90),
    "spin_left": acted.spin,
    "spin_right": lambda fps=20.0: acted.spin(fps, -1),
    "jump_twice": acted.jump,
    "jump_thrice": lambda fps=20.0: acted.jump(fps, 3),
    "squat": acted.squat,
    "bow": acted.bow,
    "kick_right": acted.kick,
    "kick_left": lambda fps=20.0: acted.kick(fps, "left"),
    "punch_right": acted.punch,
    "punch_left_twice": lambda fps=20.0: acted.punch(fps, "left", 2),
    "wave_right": acted.wave,
    "wave_left": lambda fps=20.0: acted.wave(fps, "left"),
    "stretch": acted.stretch,
    "stretch_left": lambda fps=20.0: acted.stretch(fps, "left"),
    "stretch_right_twice": lambda fps=20.0: acted.stretch(fps, "right", 2),
    "sidestep_right": acted.sidestep,
    "sidestep_left": lambda fps=20.0: acted.sidestep(fps, "left", 2),
    "throw_right": acted.throw,
    "throw_left_twice": lambda fps=20.0: acted.throw(fps, "left", 2),
    "sit_and_rise": acted.sit,
    "sit_and_stay": lambda fps=20.0: acted.sit(fps, False),
    "kneel_right": acted.kneel,
    "kneel_left_twice": lambda fps=20.0: acted.kneel(fps, "left", 2),
}

CHECKED = {
    "hop_right": [Check("hop_side", {"side": "right", "count": 2})],
    "hop_left": [Check("hop_side", {"side": "left", "count": 2})],
    "march": [Check("march_steps", {"count": 5})],
    "clap": [Check("clap_count", {"count": 3})],
    "reach_right": [
        Check("reach_side", {"side": "right", "direction": "up", "count": 1})
    ],
    "reach_left": [Check("reach_side", {"side": "left", "direction": "up"})],
    "lunge_right": [Check("lunge_side", {"side": "right", "count": 1})],
    "lunge_left_twice": [Check("lunge_side", {"side": "left", "count": 2})],
    "walk": [
        Check("gait", {"kind": "walk"}),
        Check("travelled_distance", {"metres": 2}),
        Check("travel_direction", {"direction": "forward"}),
    ],
    "walk_backward": [
        Check("gait", {"kind": "walk"}),
        Check("travel_direction", {"direction": "backward"}),
    ],
    "run": [
        Check("gait", {"kind": "run"}),
        Check("mean_speed", {"at_least": 2}),
    ],
    "turn_left": [Check("turned_angle", {"degrees": 90})],
    "turn_right": [Check("turned_angle", {"degrees": -90})],
    "spin_left": [Check("spin_angle", {"turns": 1})],
    "spin_right": [Check("spin_angle", {"turns": -1})],
    "jump_twice": [Check("jump_count", {"count": 2})],
    "jump_thrice": [Check("jump_count", {"count": 3})],
    "squat": [Check("squat_count", {"count": 2})],
    "bow": [Check("bow_count", {"count": 1})],
    "kick_right": [Check("kick_side", {"side": "right", "count": 1})],
    "kick_left": [Check("kick_side", {"side": "left"})],
    "punch_right": [Check("punch_side", {"side": "right", "count": 1})],
    "punch_left_twice": [Check("punch_side", {"side": "left", "count": 2})],
    "wave_right": [Check("wave_side", {"side": "right"})],
    "wave_left": [Check("wave_side", {"side": "left"})],
    "stretch": [Check("stretch_side", {"side": "none", "count": 1})],
    "stretch_left": [Check("stretch_side", {"side": "left", "count": 1})],
    "stretch_right_twice": [
        Check("stretch_side", {"side": "right", "count": 2})
    ],
    "sidestep_right": [Check("sidestep_side", {"side": "right", "count": 3})],
    "sidestep_left": [Check("sidestep_side", {"side": "left"})],
    "throw_right": [Check("throw_side", {"side": "right", "count": 1})],
    "throw_left_twice": [Check("throw_side", {"side": "left", "count": 2})],
    "sit_and_rise": [Check("sit_count", {"count": 1, "rises": True})],
    "sit_and_stay": [Check("sit_count", {"count": 1, "rises": False})],
    "kneel_right": [Check("kneel_side", {"side": "right", "count": 1})],
    "kneel_left_twice": [Check("kneel_side", {"side": "left", "count": 2})],
}


@pytest.mark.parametrize("name", CHECKED)
@pytest.mark.parametrize("fps", [20.0, 30.0, 60.0])
def test_a_motion_passes_its_checks(name, fps):
    assert text_match.passes_all(CHECKED[name], MOTIONS[name](fps), fps=fps)


@pytest.mark.parametrize("name", CHECKED)
def test_a_check_rejects_all_other_motions(name):
    for other, motion in MOTIONS.items():
        passed = text_match.passes_all(CHECKED[name], motion(), fps=20)
        assert passed is (other == name), other


@pytest.mark.parametrize("name", CHECKED)
def test_checks_see_through_the_jitter_of_a_lifter(name, generator):
    clip = MOTIONS[name](30.0)
    noise = torch.randn(clip.shape, generator=generator, dtype=clip.dtype)
    assert text_match.passes_all(CHECKED[name], clip + 0.008 * noise, fps=30)


@pytest.mark.parametrize("name", CHECKED)
def test_checks_do_not_care_where_the_person_stands(name):
    clip = MOTIONS[name]()
    yaw = torch.tensor(2.5, dtype=clip.dtype)
    turn = torch.eye(3, dtype=clip.dtype)
    turn[:2, :2] = torch.stack(
        [
            torch.stack([yaw.cos(), -yaw.sin()]),
            torch.stack([yaw.sin(), yaw.cos()]),
        ]
    )
    moved = clip @ turn.T + torch.tensor([3.0, -8.0, 0.4])
    assert text_match.passes_all(CHECKED[name], moved, fps=20)


def test_every_check_is_used_or_tested():
    used = {check.name for checks in CHECKED.values() for check in checks}
    assert set(text_match.CHECKS) - used == {"hand_above_head"}


def test_sides_swap_in_the_mirror():
    swap = list(range(22))
    for left, right in (
        (1, 2),
        (4, 5),
        (7, 8),
        (10, 11),
        (13, 14),
        (16, 17),
        (18, 19),
        (20, 21),
    ):
        swap[left], swap[right] = right, left
    for name, mirrored in (
        ("kick_right", "kick_left"),
        ("wave_right", "wave_left"),
        ("turn_left", "turn_right"),
        ("spin_right", "spin_left"),
        ("hop_right", "hop_left"),
        ("reach_right", "reach_left"),
    ):
        clip = MOTIONS[name]()[:, swap] * torch.tensor([-1.0, 1.0, 1.0])
        assert text_match.passes_all(CHECKED[mirrored], clip, fps=20)


# ----------------------------------------------------------------- readings


def test_distances_and_speeds_are_metres_and_seconds():
    clip = acted.walk(metres=2.0)  # 2 m in 2.5 s
    assert readings.travelled_distance(clip, fps=20) == pytest.approx(
        2, abs=0.1
    )
    assert readings.path_length(clip, fps=20) == pytest.approx(2, abs=0.1)
    assert readings.mean_speed(clip, fps=20) == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("degrees", [-450, -90, 30, 180, 270, 720])
def test_turns_add_up_beyond_one_turn(degrees):
    clip = acted.turn(30.0, degrees)
    found = math.degrees(readings.turned_angle(clip, fps=30))
    assert found == pytest.approx(degrees, abs=5)


def test_a_curve_walked_face_first_is_forward():
    clip = acted.walk(yaw=lambda t: 1.2 * t)
    assert readings.travel_direction(clip, fps=20) == "forward"
    assert readings.travelled_distance(clip, fps=20) < 1.7
    assert readings.path_length(clip, fps=20) == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("shift", "direction"),
    [
        ((1, 0), "right"),
        ((-1, 0), "left"),
        ((0, 1), "forward"),
        ((0, -1), "backward"),
        ((0, 0.1), "none"),
    ],
)
def test_directions_are_the_bodys_own(shift, direction):
    clip = acted.stand()
    share = torch.linspace(0, 1, len(clip), dtype=clip.dtype)
    clip[..., :2] += share[:, None, None] * torch.tensor(shift)
    assert readings.travel_direction(clip, fps=20) == direction


def test_a_jump_counts_only_off_and_onto_both_feet():
    clip = acted.jump(count=1)
    assert readings.jump_count(clip, fps=20) == 1
    hop = clip.clone()
    hop[:, [7, 10], 2] += 0.2  # the left foot never comes down
    hop[0, [7, 10], 2] -= 0.2
    assert readings.jump_count(hop, fps=20) == 0


def test_hand_above_head():
    clip = acted.stand()
    assert readings.hand_above_head(clip, fps=20) == "none"
    clip[10:30, 20, 2] = clip[10:30, 15, 2] + 0.1
    assert text_match.CHECKS["hand_above_head"](clip, fps=20, side="left")
    clip[10:30, 21, 2] = clip[10:30, 15, 2] + 0.1
    assert readings.hand_above_head(clip, fps=20) == "both"
    brief = acted.stand()
    brief[10:12, 20, 2] += 2.0
    assert readings.hand_above_head(brief, fps=20) == "none"


def test_unfinished_squats_do_not_count():
    clip = acted.squat(count=1)
    bottom = len(clip) // 2
    assert readings.squat_count(clip, fps=20) == 1
    assert readings.squat_count(clip[:bottom], fps=20) == 0
    assert readings.squat_count(clip[bottom:], fps=20) == 0


def test_a_squat_that_leans_forward_is_no_bow():
    def depth(t):
        return acted.bump(t, 0.3, 1.5)

    leaning = acted.crouch(depth) | {3: ("x", lambda t: 1.0 * depth(t))}
    clip = acted.act(2.2, 20.0, leaning)
    assert readings.forward_lean(clip, fps=20).max() > math.radians(40)
    assert readings.squat_count(clip, fps=20) == 1
    assert readings.bow_count(clip, fps=20) == 0


def test_one_side_only_means_not_the_other():
    both = torch.cat([acted.kick(), acted.kick(side="left")])
    for side, fits in (("right", False), ("left", False), ("both", True)):
        check = Check("kick_side", {"side": side})
        assert check(both, fps=20) is fits, side
    assert Check("kick_side", {"side": "both", "count": 2})(both, fps=20)
    assert not Check("kick_side", {"side": "both"})(acted.kick(), fps=20)


def test_a_wave_goes_to_and_fro():
    """A raised hand that sinks to one side, however far, does not wave."""
    clip = acted.act(
        2.5, 20.0, {17: ("z", lambda t: 0.4 * t - 0.9), 19: ("z", -0.4)}
    )
    assert readings.wave_side(clip, fps=20) == "none"
    swing = torch.sin(torch.linspace(0, 6 * math.pi, 200))
    assert len(readings._reversals(swing, 0.05)) == 6
    assert readings._reversals(swing, 2.1) == []
    bent = torch.tensor([0.0, 1, 0, -1, -2, -3])
    assert readings._reversals(bent, 0.5) == [1]
    assert readings._reversals(torch.zeros(0), 0.5) == []


def test_a_raised_arm_that_swings_slowly_does_not_wave():
    def wave(hertz):
        swing = {
            17: ("z", -0.6),
            19: ("z", lambda t: -0.7 - 0.5 * torch.sin(6.28 * hertz * t)),
        }
        return readings.wave_side(acted.act(5, 20.0, swing), fps=20)

    assert wave(1.2) == "right"
    assert wave(0.6) == "none"


def test_an_arm_raised_straight_does_not_punch():
    """Nor does one that comes down from above: only a drawn fist does."""
    raised = {
        17: ("z", 0.0),
        14: ("y", lambda t: 1.55 * acted.ramp(t, 0.5, 0.3)),
    }
    clip = acted.act(2, 20.0, raised)
    assert readings.punch_side(clip, fps=20) == "none"
    assert readings.punch_side(acted.throw(), fps=20) == "none"
    assert readings.punch_side(acted.punch(), fps=20) == "right"


def test_squatting_sitting_kneeling_are_three_things():
    counts = {}
    for name, clip in (
        ("squat", acted.squat(count=1)),
        ("sit", acted.sit()),
        ("kneel", acted.kneel(side="left")),
    ):
        kneels = lowering.kneel_counts(clip, fps=20)
        counts[name] = (
            readings.squat_count(clip, fps=20),
            lowering.sit_count(clip, fps=20),
            kneels["left"],
            kneels["right"],
        )
    assert counts["squat"] == (1, 0, 0, 0)
    assert counts["sit"] == (0, 1, 0, 0)
    assert counts["kneel"] == (0, 0, 1, 0)


def test_who_sits_from_the_start_does_not_sit_down():
    clip = acted.sit(rises=False)
    seated = clip[len(clip) // 2 :]
    assert lowering.sit_spans(seated, fps=20) == [range(len(seated))]
    assert lowering.sit_count(seated, fps=20) == 0
    assert lowering.ends_seated(seated, fps=20)
    assert not lowering.ends_standing(seated, fps=20)


def test_a_slow_overarm_move_is_no_throw():
    clip = acted.throw(fps=60.0)
    assert large_moves.throw_counts(clip, fps=60) == {"left": 0, "right": 1}
    # The same frames, shown at a third of the rate, are three times slower.
    assert large_moves.throw_counts(clip, fps=20)["right"] == 0


def test_bends_of_a_stretch_have_sides():
    both = torch.cat([acted.stretch(side=s) for s in ("left", "right")])
    assert large_moves.side_bend_counts(both, fps=20) == {
        "left": 1,
        "right": 1,
    }
    assert Check("stretch_side", {"side": "both", "count": 2})(both, fps=20)
    assert not Check("stretch_side", {"side": "none", "count": 2})(both, fps=20)
    # A bend with hanging arms is no stretch.
    bent = acted.act(3, 20.0, {3: ("z", lambda t: 0.5 * acted.bump(t, 0.5, 2))})
    assert large_moves.side_bend_counts(bent, fps=20) == {
        "left": 0,
        "right": 0,
    }


def test_a_step_to_the_side_and_back_leads_nowhere():
    clip = acted.sidestep(count=2)
    there_and_back = torch.cat([clip, clip.flip(0)])
    check = Check("sidestep_side", {"side": "right"})
    assert check(clip, fps=20) and not check(there_and_back, fps=20)


def test_smoothing_keeps_the_ends_and_the_mean():
    clip = acted.stand()
    torch.testing.assert_close(readings.steady(clip, 20), clip)


def test_readings_take_24_joints_and_one_frame():
    clip = torch.cat([acted.walk(), acted.walk()[:, 20:22]], dim=1)
    assert readings.gait(clip, fps=20) == "walk"
    still = acted.stand()[:1]
    assert readings.gait(still, fps=20) == "none"
    assert readings.jump_count(still, fps=20) == 0
    assert readings.turned_angle(still, fps=20) == 0


# ------------------------------------------------- real motion, and sequences


@pytest.fixture(scope="module")
def real():
    return {clip.source: clip for clip in library.real_motion()}


def readings_of(clip, reading):
    return reading(clip.joints(), fps=clip.fps)


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("cmu_016_27", 1),
        ("cmu_016_29", -1),
        ("cmu_069_20", -1),
        ("cmu_069_24", 1),
    ],
)
def test_real_quarter_turns(real, name, side):
    degrees = math.degrees(readings_of(real[name], readings.turned_angle))
    assert 60 < side * degrees < 110


def test_real_gaits(real):
    for name, clip in real.items():
        walks = name.startswith(("cmu_016", "cmu_069", "deepmimic_walk"))
        found = readings_of(clip, readings.gait)
        assert (found == "run") is (name == "deepmimic_run"), name
        assert found == "walk" or not walks, name


def test_real_jump_and_kick(real):
    assert readings_of(real["deepmimic_jump"], readings.jump_count) == 1
    assert readings_of(real["deepmimic_kick"], readings.kick_side) == "right"
    # The runner's back leg is high and straight, and no kick.
    assert readings_of(real["deepmimic_run"], readings.kick_side) == "none"
    for name, clip in real.items():
        if name.startswith("cmu"):
            joints = clip.joints()
            for reading in (
                readings.kick_side,
                readings.punch_side,
                readings.wave_side,
                readings.hand_above_head,
            ):
                assert reading(joints, fps=clip.fps) == "none", name
            for reading in (
                readings.jump_count,
                readings.squat_count,
                readings.bow_count,
            ):
                assert reading(joints, fps=clip.fps) == 0, name


def test_checks_in_order():
    bow, jump = acted.bow(), acted.jump(count=1)
    both = torch.cat([bow, jump])
    parts = (
        (Check("bow_count", {"count": 1}),),
        (Check("jump_count", {"count": 1}),),
    )
    assert text_match.InOrder(parts)(both, fps=20)
    assert not text_match.InOrder(parts[::-1])(both, fps=20)
    assert not text_match.InOrder(parts)(torch.cat([bow, bow]), fps=20)
    with pytest.raises(ValueError, match="at least 2 parts"):
        text_match.InOrder(parts[:1])
    with pytest.raises(ValueError, match="at least 2 parts"):
        text_match.InOrder((parts[0], ()))


# ------------------------------------------------------------------- judges

CAPTIONS = {name: checks for name, checks in CHECKED.items()}
LABELS = [name for name in CHECKED if name != "walk_backward"]


def test_a_judge_by_numbers_finds_the_caption(generator):
    judge = CheckJudge(CAPTIONS)
    clips = [MOTIONS[name]() for name in LABELS]
    distractors = [[n for n in LABELS if n != name][:9] for name in LABELS]
    right = text_match.condition_consistency(
        judge, clips, LABELS, distractors, fps=20, generator=generator
    )
    assert right == [True] * len(LABELS)
    shifted = LABELS[1:] + LABELS[:1]
    assert text_match.generalizability(judge, clips, LABELS, fps=20) == [
        True
    ] * len(LABELS)
    assert not any(text_match.generalizability(judge, clips, shifted, fps=20))


class FirstOption:
    """A judge that always names the first option and says yes to all."""

    seen = ()

    def choose(self, joints, options, *, fps):
        self.seen = tuple(options)
        return 0

    def accepts(self, joints, caption, *, fps):
        return True


def test_options_are_shuffled_from_the_generator():
    def run(seed):
        return text_match.condition_consistency(
            FirstOption(),
            [acted.stand()] * 300,
            ["a"] * 300,
            [list("bcdefghij")] * 300,
            fps=20,
            generator=torch.Generator().manual_seed(seed),
        )

    assert run(0) == run(0) != run(1)
    assert 10 < sum(run(0)) < 60  # one in ten by chance


def test_a_distractor_equal_to_the_label_is_dropped(generator):
    judge = FirstOption()
    text_match.condition_consistency(
        judge,
        [acted.stand()],
        ["A b"],
        [["a B", "c"]],
        fps=20,
        generator=generator,
    )
    assert sorted(judge.seen) == ["A b", "c"]


class Silent(FirstOption):
    def choose(self, joints, options, *, fps):
        return None


def test_a_judge_that_cannot_say_is_wrong(generator):
    assert text_match.condition_consistency(
        Silent(), [acted.stand()], ["a"], [["b"]], fps=20, generator=generator
    ) == [False]


def test_two_fitting_captions_are_no_answer():
    judge = CheckJudge({"a": CHECKED["bow"], "b": CHECKED["bow"]})
    assert judge.choose(acted.bow(), ["a", "b"], fps=20) is None
    assert judge.choose(acted.bow(), ["a"], fps=20) == 0


# ---------------------------------------------------------------- bad input


def test_unknown_check():
    with pytest.raises(ValueError, match="name of a check must be one of"):
        Check("somersault_count", {"count": 1})


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("gait", {"kind": "crawl"}),
        ("travel_direction", {"direction": "up"}),
        ("kick_side", {"side": "none"}),
        ("wave_side", {"side": "up"}),
        ("hand_above_head", {"side": 3}),
    ],
)
def test_unknown_words(name, numbers):
    with pytest.raises(ValueError, match="must be one of"):
        Check(name, numbers)(acted.stand(), fps=20)


@pytest.mark.parametrize("fps", [0, -1, math.nan, math.inf])
def test_bad_fps(fps):
    with pytest.raises(ValueError, match="fps must be positive"):
        readings.gait(acted.stand(), fps=fps)


@pytest.mark.parametrize("shape", [(10, 17, 3), (10, 22, 2), (2, 10, 22, 3)])
def test_bad_joints(shape):
    with pytest.raises(ValueError, match="joints must"):
        readings.jump_count(torch.zeros(shape), fps=20)


def test_nothing_to_check():
    with pytest.raises(ValueError, match="at least 1 check"):
        text_match.passes_all([], acted.stand(), fps=20)
    with pytest.raises(ValueError, match="'sing' has no numeric check"):
        CheckJudge({}).accepts(acted.stand(), "sing", fps=20)


def test_lists_of_different_lengths(generator):
    judge = CheckJudge(CAPTIONS)
    with pytest.raises(ValueError, match="captions must hold one entry"):
        text_match.generalizability(judge, [acted.stand()], [], fps=20)
    with pytest.raises(ValueError, match="distractors must hold one entry"):
        text_match.condition_consistency(
            judge, [acted.stand()], ["a"], [], fps=20, generator=generator
        )
