"""The choreographer: figures on a few seeds (``choreographer_figures`` has the
many), plans, compositions, and bad input."""

import time

import numpy as np
import pytest
import torch

from mini_vimogen.data.choreographer import (
    ACTIONS,
    MOODS,
    Plan,
    choreograph,
    compose,
    perform,
    plan_sequence,
)
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.limits import AngleRange
from mini_vimogen.data.choreographer.settle import settle
from mini_vimogen.data.choreographer.style import draw_style, standing_score
from mini_vimogen.data.library import real_motion
from mini_vimogen.geometry.rotations import (
    heading,
)
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.metrics import lowering, readings
from tests.data.choreographer_figures import measure_feet

SEEDS = range(6)
GESTURES = [name for name, action in ACTIONS.items() if not action.travels]


@pytest.fixture(scope="module")
def real_range():
    return AngleRange.of(real_motion())


# ------------------------------------------------------------------ figures


@pytest.mark.parametrize("action", ACTIONS)
def test_figures_of_an_action(action, real_range):
    clips = [choreograph(action, generator=seed) for seed in SEEDS]
    feet = [measure_feet(clip) for clip in clips]
    assert np.mean([f.contact for f in feet]) > 0.4
    assert np.mean([f.speed for f in feet]) < 0.02
    assert max(f.depth for f in feet) < 0.01
    within = [real_range.share_within(clip.local_rotmat) for clip in clips]
    assert np.mean(within) > 0.995


def test_a_sinking_foot_is_measured():
    clip = choreograph("wave", generator=0)
    root = clip.root_position.clone()
    root[20:30, 2] -= 0.02
    feet = measure_feet(clip.with_(root_position=root))
    assert 0.018 < feet.depth < 0.022


def test_thousand_clips_in_a_minute():
    for action in ACTIONS:  # lazy imports and caches
        choreograph(action, generator=0, duration=2.0)
    start = time.process_time()
    for seed in range(3):
        for action in ACTIONS:
            choreograph(action, generator=seed, duration=2.0)
    each = (time.process_time() - start) / (3 * len(ACTIONS))
    assert each < 0.060


# ------------------------------------------------- seeds, plans, conventions


@pytest.mark.parametrize("action", ACTIONS)
def test_a_seed_fixes_the_clip(action):
    before = torch.get_rng_state()
    one = choreograph(action, generator=3)
    generator = torch.Generator().manual_seed(3)
    two = choreograph(action, generator=generator)
    other = choreograph(action, generator=4)
    assert torch.equal(one.local_rotmat, two.local_rotmat)
    assert torch.equal(one.root_position, two.root_position)
    assert one.caption == two.caption
    differs = one.frames != other.frames
    assert differs or not torch.equal(one.root_position, other.root_position)
    assert torch.equal(before, torch.get_rng_state())


def test_a_generator_moves_on():
    generator = torch.Generator().manual_seed(0)
    clips = [choreograph("bow", generator=generator) for _ in range(2)]
    assert clips[0].frames != clips[1].frames


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("fps", [20.0, 30.0])
def test_clip_is_canonical_and_as_long_as_asked(action, fps):
    clip = choreograph(action, generator=1, duration=2.0, fps=fps)
    assert clip.frames == round(2 * fps) + 1 and clip.fps == fps
    assert clip.skeleton is SMPL24
    assert clip.root_position[0, :2].abs().max() < 1e-6
    assert abs(float(heading(clip.local_rotmat[0, 0]))) < 1e-5
    assert abs(float(clip.joints()[..., 2].min())) < 1e-5


def test_a_plan_goes_through_json():
    plan = plan_sequence(["walk", ("kick", {"side": "left"})], generator=5)
    again = Plan.from_json(plan.to_json())
    assert again == plan
    one, two = perform(plan), perform(again)
    assert torch.equal(one.local_rotmat, two.local_rotmat)
    assert plan.frames == one.frames


def test_given_parameters_are_kept():
    plan = plan_sequence(
        [("jump", {"count": 3, "size": "small", "metres": 0.0})], generator=2
    )
    parameters = plan.acts[0].parameters
    assert parameters["count"] == 3 and parameters["size"] == "small"
    joints = perform(plan).joints()
    assert readings.jump_count(joints, fps=30) == 3


@pytest.mark.parametrize("mood", MOODS)
def test_moods(mood):
    assert plan_sequence(["walk"], generator=0, mood=mood).style.mood == mood


def test_a_sad_person_hangs_the_head():
    drops = {}
    for mood in ("happy", "sad"):
        clips = [choreograph("walk", generator=s, mood=mood) for s in SEEDS]
        ahead = [
            readings.forward_lean(clip.joints(), fps=30).mean()
            for clip in clips
        ]
        drops[mood] = float(torch.stack(ahead).mean())
    assert drops["sad"] > drops["happy"] + np.deg2rad(5)


# -------------------------------------------------------------- compositions


@pytest.mark.parametrize("action", GESTURES)
def test_a_gesture_ends_as_it_began(action):
    """So that any gesture may follow any other without a seam."""
    for seed in SEEDS:
        dice = Dice(seed)
        style = draw_style("neutral", dice)
        given = {"rises": True} if action == "sit" else {}
        parameters = settle(ACTIONS[action], dice, given, seconds=None)
        parameters["seconds"] = round(parameters["seconds"] * 30) / 30
        score = ACTIONS[action].act(parameters, style, 30.0)
        place = score.pelvis[-1, :2]
        stand = standing_score(1, style)
        stand = stand.placed(*place, score.pelvis_turn[-1, 0])
        for name, value in vars(stand).items():
            last = getattr(score, name)[-1]
            assert np.allclose(value[0], last, atol=2e-3), name
        if action not in ("march", "sidestep"):  # they may lead aside
            assert abs(place[0]) < 1e-6


@pytest.mark.parametrize(
    "actions",
    [
        ["wave", "walk", "bow"],
        ["turn", "jump", "kick"],
        ["run", "spin", "punch", "squat"],
        ["walk", "run", "walk"],
        ["hop", "clap", "lunge"],
        ["walk", "march", "reach"],
        ["stretch", "sidestep", "throw"],
        ["sit", "kneel", "walk"],
    ],
)
def test_compositions_have_no_seam(actions):
    for seed in range(3):
        plan = plan_sequence(actions, generator=seed)
        clip = perform(plan)
        joints = clip.joints()
        assert [act.action for act in plan.acts] == actions
        for one, two in zip(plan.acts[:-1], plan.acts[1:], strict=True):
            assert two.start == one.stop - 1
        assert clip.frames == plan.acts[-1].stop
        # Feet land hard anywhere; a seam would show above them.
        body = joints[:, [0, 9, 15, 18, 19, 20, 21]]
        change = body.diff(n=2, dim=0).norm(dim=-1).amax(1) * 30**2
        for act in plan.acts[1:]:
            near = slice(act.start - 2, act.start + 2)
            elsewhere = change.clone()
            elsewhere[near] = 0.0
            assert change[near].max() <= 1.05 * elsewhere.max()
        feet = measure_feet(clip)
        assert feet.speed < 0.02 and feet.depth < 0.01


def test_a_walk_goes_over_into_a_run_without_a_stop():
    plan = plan_sequence(["walk", "run"], generator=1)
    clip, join = perform(plan), plan.acts[1].start
    step = clip.root_position[:, :2].diff(dim=0).norm(dim=-1) * 30
    slow = plan.acts[0].parameters["metres_per_second"]
    assert step[join - 5 : join + 5].min() > 0.8 * slow
    still = plan_sequence(["walk", "bow"], generator=1)
    clip, join = perform(still), still.acts[1].start
    step = clip.root_position[:, :2].diff(dim=0).norm(dim=-1) * 30
    assert step[join - 2 : join + 2].max() < 0.2


def test_who_sits_rises_before_the_next_action():
    for seed in SEEDS:
        plan = plan_sequence([("sit", {"rises": False}), "bow"], generator=seed)
        assert plan.acts[0].parameters["rises"] is True
        last = plan_sequence(["bow", ("sit", {"rises": False})], generator=seed)
        assert last.acts[1].parameters["rises"] is False
        joints = perform(last).joints()
        bows = last.acts[0].parameters["count"]
        assert readings.bow_count(joints, fps=30) == bows
        assert lowering.ends_seated(joints, fps=30)


def test_compose_is_plan_and_perform():
    wishes = ["bow", ("punch", {"side": "left", "count": 2})]
    one = compose(wishes, generator=7)
    two = perform(plan_sequence(wishes, generator=7))
    assert torch.equal(one.local_rotmat, two.local_rotmat)
    assert "punches" in one.caption and "bows" in one.caption


# -------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"action": "fly"}, "action must be one of walk, run"),
        ({"action": "walk", "count": 2}, "walk has no parameter 'count'"),
        ({"action": "kick", "side": "both"}, "side of kick must be one of"),
        (
            {"action": "walk", "heading": 9.0},
            "heading of walk must be a number",
        ),
        ({"action": "walk", "heading": "left"}, "heading of walk must be"),
        ({"action": "turn", "heading": 0.0}, "heading of turn must be 0.2"),
        (
            {"action": "turn", "heading": 1.0, "side": "right"},
            "agree with side",
        ),
        ({"action": "bow", "mood": "bored"}, "mood must be one of neutral"),
        ({"action": "bow", "duration": 0.3}, "duration must be at least"),
        ({"action": "bow", "duration": -1.0}, "duration must be positive"),
        ({"action": "run", "duration": 0.05}, "duration must be at least"),
        ({"action": "bow", "fps": 0}, "fps must be positive"),
        ({"action": "bow", "generator": "x"}, "generator must be a torch"),
        ({"action": "bow", "generator": True}, "generator must be a torch"),
    ],
)
def test_bad_wishes(wish, words):
    with pytest.raises(ValueError, match=words):
        choreograph(**{"generator": 0, **wish})


def test_bad_sequences():
    with pytest.raises(ValueError, match="at least 1 action"):
        plan_sequence([], generator=0)
    with pytest.raises(ValueError, match="one entry for each of 1"):
        plan_sequence(["bow"], generator=0, durations=[1.0, 2.0])
