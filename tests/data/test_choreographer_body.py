"""How the choreographed body moves: gait, limbs, inverse kinematics, curves."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mini_vimogen.conventions import STANDING_ROOT
from mini_vimogen.data.choreographer import (
    ACTIONS,
    choreograph,
    hands,
    legs,
    perform,
    plan_sequence,
    rig,
    upper,
)
from mini_vimogen.data.choreographer.curves import ease, keyed, smooth_cover
from mini_vimogen.data.choreographer.dice import Dice
from mini_vimogen.data.choreographer.footsteps import lift_heel
from mini_vimogen.data.choreographer.limits import AngleRange
from mini_vimogen.data.choreographer.style import draw_style, standing_score
from mini_vimogen.data.library import real_motion
from mini_vimogen.geometry.rotations import (
    axis_angle_to_rotmat,
    rotation_about,
)
from mini_vimogen.metrics import flights, leg_readings, readings
from mini_vimogen.metrics.body_signals import body_axes
from tests.data.choreographer_figures import measure_feet
from tests.oracles import standing_clip

SEEDS = range(6)
ONE_OUT = torch.tensor([1.0, -1.0])
"""The left one minus the right one."""


# ------------------------------------------------------------ walking, running


def moving(action: str, seed: int, **parameters):
    """Somebody in full motion for 3 s, and the plan."""
    plan = plan_sequence(
        [(action, {"starts_moving": True, "stops_moving": True, **parameters})],
        generator=seed,
        durations=[3.0],
        mood="neutral",
    )
    return plan, perform(plan)


@pytest.mark.parametrize("action", ["walk", "run"])
def test_speed_and_heading_are_those_of_the_plan(action):
    for seed in SEEDS:
        plan, clip = moving(action, seed, heading=1.0)
        numbers = plan.acts[0].parameters
        joints = clip.joints()
        found = readings.path_length(joints, fps=30)
        assert found == pytest.approx(numbers["metres_along"], rel=0.05)
        way = numbers["metres_per_second"] * 3.0
        assert numbers["metres_along"] == pytest.approx(way, rel=1e-3)
        turned = readings.turned_angle(joints, fps=30)
        assert turned == pytest.approx(1.0, abs=np.deg2rad(25))
        apart = readings.travelled_distance(joints, fps=30)
        assert apart == pytest.approx(numbers["metres_apart"], rel=0.05)


@pytest.mark.parametrize("action", ["walk", "run"])
def test_arms_swing_against_the_legs(action):
    for seed in SEEDS:
        _, clip = moving(action, seed, heading=0.0)
        joints = clip.joints()
        ahead = joints[..., 1] - joints[:, :1, 1]
        legs_apart = ahead[:, 7] - ahead[:, 8]
        arms_apart = ahead[:, 20] - ahead[:, 21]
        pair = torch.stack([legs_apart, arms_apart])
        assert float(torch.corrcoef(pair)[0, 1]) < -0.8


def test_somebody_who_runs_is_airborne_and_who_walks_is_not():
    for seed in SEEDS:
        _, walk = moving("walk", seed)
        _, run = moving("run", seed)
        assert measure_feet(walk).contact == 1.0
        assert 0.4 < measure_feet(run).contact < 0.9


def test_flight_is_free_fall():
    plan = plan_sequence([("jump", {"size": "large"})], generator=1)
    clip = perform(plan)
    feet = clip.joints()[:, [7, 8, 10, 11], 2].amin(1)
    air = torch.nonzero(feet > 0.1).flatten()
    flight = (
        air[: int((air.diff() > 1).nonzero()[0, 0]) + 1]
        if (air.diff() > 1).any()
        else air
    )
    height = clip.root_position[flight[0] : flight[-1] + 1, 2].double()
    gravity = height.diff().diff() * 30**2
    assert len(gravity) >= 5
    assert torch.allclose(gravity, torch.tensor(-9.81).double(), atol=0.3)


def test_walking_resembles_real_walking():
    """Knees, stride and pelvis of our walk lie near those of 069 and 016."""

    def shape(clip):
        joints = clip.resample(30).joints()
        knee = joints[:, [4, 5]] - joints[:, [1, 2]]
        shin = joints[:, [7, 8]] - joints[:, [4, 5]]
        cosine = torch.nn.functional.cosine_similarity(knee, shin, dim=-1)
        return torch.tensor(
            [
                cosine.clamp(-1, 1).acos().max(),
                (joints[:, 7] - joints[:, 8]).norm(dim=-1).max(),
                joints[:, 0, 2].mean(),
            ]
        )

    real = [c for c in real_motion() if c.source.startswith("cmu_069")]
    theirs = torch.stack([shape(clip) for clip in real]).mean(0)
    ours = torch.stack(
        [shape(moving("walk", s, speed="normal")[1]) for s in SEEDS]
    ).mean(0)
    assert ours == pytest.approx(theirs, rel=0.2)


# ------------------------------------------- what else carries the body


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_kneeling_knee_rests_on_the_floor(side):
    at = ("left", "right").index(side)
    for seed in SEEDS:
        plan = plan_sequence(
            [("kneel", {"side": side, "count": 1})], generator=seed
        )
        joints = perform(plan).joints()
        knee, other = joints[:, 4 + at], joints[:, 5 - at]
        assert 0.035 < knee[:, 2].min() < 0.05 < 0.3 < other[:, 2].min()
        rests = knee[:, 2] < knee[:, 2].min() + 0.004
        parameters = plan.acts[0].parameters
        held = parameters["hold"] / parameters["pace"]
        assert int(rests.sum()) > 0.9 * held * 30
        on_floor = knee[rests]
        assert float((on_floor - on_floor.mean(0)).norm(dim=-1).max()) < 0.012
        # Upright over it: nobody could stand like this on the feet alone.
        hip = joints[rests][:, 1 + at]
        assert float((hip - on_floor)[:, :2].norm(dim=-1).max()) < 0.09


def test_somebody_seated_is_as_high_as_the_seat_and_behind_the_feet():
    for seed in SEEDS:
        plan = plan_sequence(
            [("sit", {"rises": False})], generator=seed, mood="neutral"
        )
        joints = perform(plan).joints()
        height = plan.acts[0].parameters["hip_height"]
        hips, knees, ankles = (joints[-5:, [j, j + 1]] for j in (1, 4, 7))
        assert float((hips[..., 2] - height).abs().max()) < 0.03
        shin = knees - ankles
        assert float(shin[..., :2].norm(dim=-1).max()) < 0.12
        assert float((ankles - hips)[..., 1].min()) > 0.28


def test_sidesteps_lead_as_far_as_planned_without_a_turn():
    for seed in SEEDS:
        for sign, side in ((-1, "left"), (1, "right")):
            plan = plan_sequence([("sidestep", {"side": side})], generator=seed)
            joints = perform(plan).joints()
            way = joints[-1, 0, :2] - joints[0, 0, :2]
            metres = plan.acts[0].parameters["metres_apart"]
            assert float(way[0]) * sign == pytest.approx(metres, abs=0.03)
            assert abs(float(way[1])) < 0.05
            # The feet never cross: left stays to the left of right.
            assert float((joints[:, 8, 0] - joints[:, 7, 0]).min()) > 0.08


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_throw_winds_up_and_the_other_foot_steps(side):
    at = ("left", "right").index(side)
    for seed in SEEDS:
        plan = plan_sequence(
            [("throw", {"side": side, "count": 1})], generator=seed
        )
        joints = perform(plan).joints()
        hand = joints[:, 20 + at] - joints[:, 0]
        speed = hand.diff(dim=0)[:, 1] * 30
        release = int(speed.argmax())
        before = hand[:release]
        assert speed.max() > 2.5 and before[:, 1].min() < -0.05
        shoulder = joints[release, 16 + at]
        assert joints[release, 20 + at, 2] > shoulder[2]
        front, rear = joints[:, 8 - at], joints[:, 7 + at]
        step = plan.acts[0].parameters["step"]
        ahead = float(front[release, 1] - front[0, 1])
        assert ahead == pytest.approx(step, abs=0.02)
        toes = joints[:, 10 + at]
        assert float((toes - toes[0])[:, :2].norm(dim=-1).max()) < 0.005
        assert float(rear[-1, 2]) == pytest.approx(float(rear[0, 2]), abs=0.01)


def test_a_lifted_heel_leaves_the_toes():
    score = standing_score(20, draw_style("neutral", Dice(0)))
    pitch = np.linspace(0, 1, 20)
    before = score.ankle.copy()
    lift_heel(score, 0, pitch)
    foot = rig.foot_rotmat(score.foot_turn[:, 0, 0], score.foot_turn[:, 0, 1])
    toes = score.ankle[:, 0] + foot @ rig.FOOT[0]
    assert np.abs(toes - toes[0]).max() < 1e-12
    assert np.array_equal(score.ankle[:, 1], before[:, 1])
    assert score.ankle[-1, 0, 2] > before[-1, 0, 2] + 0.05


def at_rest(place):
    """Greatest distance of a joint [frames, 3] from where it began, metres."""
    return float((place - place[0]).norm(dim=-1).max())


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_hop_is_on_one_foot(side):
    at = ("left", "right").index(side)
    for seed in SEEDS:
        given = {"side": side, "count": 3, "metres": 0.3}
        plan = plan_sequence([("hop", given)], generator=seed)
        joints = perform(plan).joints()
        toes, free = joints[:, 10 + at], joints[:, 11 - at]
        air = toes[:, 2] > toes[0, 2] + 0.05
        assert air.any() and free[air, 2].min() > 0.2
        way = joints[-1, 0] - joints[0, 0]
        assert float(way[1]) == pytest.approx(0.9, abs=0.04)
        assert flights.hop_counts(joints, fps=30)[side] == 3


def test_marching_knees_come_up_and_the_other_arm_with_them():
    for seed in SEEDS:
        plan = plan_sequence([("march", {"size": "large"})], generator=seed)
        joints = perform(plan).joints()
        rise = leg_readings.knee_rise(joints, fps=30)
        assert rise.amax(0).min() > 0.6  # thighs within 25 degrees of level
        front = joints[:, [4, 5, 20, 21]] - joints[:, :1]
        _, ahead = body_axes(joints)
        apart = (front[..., :2] * ahead[:, None]).sum(-1)
        pair = torch.stack([apart[:, 0] - apart[:, 1], apart[:, 2:] @ ONE_OUT])
        assert float(torch.corrcoef(pair)[0, 1]) < -0.8


@pytest.mark.parametrize("height", ["chest", "overhead"])
def test_clapping_hands_meet_each_time_and_do_not_pass_each_other(height):
    for seed in SEEDS:
        given = {"height": height, "count": 4}
        joints = choreograph("clap", generator=seed, **given).joints()
        wrists = joints[:, 20] - joints[:, 21]
        gap = wrists.norm(dim=-1)
        near = [int(t) for t in range(1, len(gap) - 1) if is_dip(gap, t)]
        assert len(near) == 4
        assert 0.06 < gap[near].min() and gap[near].max() < 0.13
        hands = joints[near, 22] - joints[near, 23]
        assert hands.norm(dim=-1).max() < 0.16
        # Left stays left of right (the person faces +Y, left is -X).
        assert float(wrists[:, 0].max()) < -0.05


def is_dip(gap, at: int) -> bool:
    lowest = gap[max(at - 3, 0) : at + 4].argmin() == min(at, 3)
    return bool(lowest and gap[at] < 0.2)


@pytest.mark.parametrize(
    ("direction", "axis", "least"),
    [("up", 2, 0.33), ("forward", 1, 0.42), ("side", 0, 0.42)],
)
def test_a_reaching_hand_goes_where_it_should(direction, axis, least):
    for seed in SEEDS:
        joints = choreograph(
            "reach", generator=seed, direction=direction, side="right"
        ).joints()
        arm = joints[:, 21] - joints[:, 17]
        assert float(arm[:, axis].max()) > least
        assert float(joints[:, 20, 2].max()) < 1.0  # the other one hangs
        assert at_rest(joints[:, 10]) < 0.005 and at_rest(joints[:, 11]) < 0.005


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_lunge_stands_on_a_far_foot_and_on_toes(side):
    at = ("left", "right").index(side)
    for seed in SEEDS:
        given = {"side": side, "count": 1}
        plan = plan_sequence([("lunge", given)], generator=seed)
        joints = perform(plan).joints()
        deepest = int(joints[:, 0, 2].argmin())
        front, metres = joints[:, 7 + at], plan.acts[0].parameters["metres"]
        ahead = float(front[deepest, 1] - front[0, 1])
        assert ahead == pytest.approx(metres, abs=0.01)
        # The shin over the front foot is nearly upright.
        shin = joints[deepest, 4 + at] - front[deepest]
        assert abs(float(shin[1])) < 0.17
        rear = joints[:, 8 - at]
        assert at_rest(joints[:, 11 - at]) < 0.005
        assert float(rear[deepest, 2] - rear[0, 2]) > 0.05
        assert float(joints[:, 5 - at, 2].min()) > 0.1  # the knee hovers


def test_an_arm_arrives_at_its_place():
    for side, out in ((0, 1.0), (1, -1.0)):
        for place in ([0.04, 0.1, 0.3], [0.06, 0.55, 0.1], [0.2, -0.25, 0.0]):
            wanted = np.array(place) * [out, 1, 1]
            for elbow_out in (0.2, 1.2):
                angles, elbow = hands.arm_to(
                    wanted, side, elbow_out=elbow_out, lift=0.2
                )
                arm = upper.shoulder_rotmat(np.tile(angles, (2, 1)))[side]
                bent = rig.turn("y", -out * elbow) @ hands.FOREARM[side]
                found = arm @ (hands.UPPER_ARM[side] + bent)
                found = rig.turn("z", out * 0.2) @ found
                found = found + hands.shoulder_place(side, 0.2)
                assert found == pytest.approx(wanted, abs=1e-9)
        low = [out * 0.2, -0.25, 0.0]
        elbows = []
        for elbow_out in (0.0, 1.4):
            angles, _ = hands.arm_to(low, side, elbow_out=elbow_out)
            arm = upper.shoulder_rotmat(np.tile(angles, (2, 1)))[side]
            elbows.append(arm @ hands.UPPER_ARM[side])
        back, aside = elbows
        assert back[2] < -0.1 and out * aside[0] > out * back[0] + 0.1


# ---------------------------------------------------- limbs bend as they should


@pytest.mark.parametrize("action", ACTIONS)
def test_knees_and_elbows_bend_the_right_way(action):
    for seed in SEEDS:
        clip = choreograph(action, generator=seed)
        local = clip.local_rotmat.double()
        angles = torch.atan2(local[:, [4, 5], 2, 1], local[:, [4, 5], 1, 1])
        assert (angles > 0.05).all() and (angles < 2.5).all()
        elbow = torch.atan2(-local[:, [18, 19], 2, 0], local[:, [18, 19], 0, 0])
        assert (elbow[:, 0] < 0).all() and (elbow[:, 1] > 0).all()
        hinge = local[:, [4, 5], 0, 0]
        assert torch.allclose(hinge, torch.ones_like(hinge), atol=1e-5)


@pytest.mark.parametrize("side", ["left", "right"])
def test_sides_are_the_body_s_own(side):
    at = ("left", "right").index(side)
    kick = choreograph("kick", generator=0, side=side).joints()
    assert kick[:, 7 + at, 2].max() > 0.4 > kick[:, 8 - at, 2].max()
    wave = choreograph("wave", generator=0, side=side).joints()
    assert wave[:, 20 + at, 2].max() > wave[:, 16 + at, 2].max()
    assert wave[:, 21 - at, 2].max() < 1.0
    turn = choreograph("turn", generator=0, side=side).joints()
    assert readings.turned_angle(turn, fps=30) * (1 - 2 * at) > 0.5
    assert wave[0, 16, 0] < wave[0, 17, 0]  # left is at -X


def test_inverse_kinematics_reaches_its_ankles():
    score = standing_score(40, draw_style("neutral", Dice(0)))
    rng = np.random.default_rng(0)
    score.pelvis += 0.1 * rng.uniform(-1, 0, (40, 3)) - [0, 0, 0.1]
    score.pelvis_turn += 0.2 * rng.uniform(-1, 1, (40, 3))
    root = rig.root_rotmat(*score.pelvis_turn.T)
    hip, knee, ankle, _ = np.moveaxis(legs.leg_rotmats(score, root), 1, 0)
    thigh = root[:, None] @ hip
    shin = thigh @ knee
    found = legs.hips(score, root)
    found = found + np.einsum("fsij,sj->fsi", thigh, rig.THIGH)
    found = found + np.einsum("fsij,sj->fsi", shin, rig.SHIN)
    assert np.abs(found - score.ankle).max() < 1e-9
    foot = shin @ ankle
    flat = rig.foot_rotmat(score.foot_turn[..., 0], score.foot_turn[..., 1])
    assert np.abs(foot - flat).max() < 1e-9


def test_a_pelvis_out_of_reach_is_lowered_enough():
    score = standing_score(30, draw_style("neutral", Dice(0)))
    score.pelvis[10:14, 2] += 0.15
    root = rig.root_rotmat(*score.pelvis_turn.T)
    legs.lower_pelvis(score, root)
    reach = np.linalg.norm(score.ankle - legs.hips(score, root), axis=-1)
    assert (reach <= legs.REACH + 1e-9).all()
    assert score.pelvis[:, 2].min() > 0.75


@pytest.mark.parametrize(
    ("shoulder", "points"),
    [
        ((0.0, 0.0, 0.0), (0, -1, 0)),  # hangs
        ((np.pi / 2, 0.0, 0.0), (0, 0, 1)),  # ahead
        ((0.0, np.pi / 2, 0.0), (1, 0, 0)),  # outward: the left arm to +x
        ((0.0, np.pi / 2, 1.0), (1, 0, 0)),  # a twist does not move it
        ((np.pi, 0.0, 0.0), (0, 1, 0)),  # up
    ],
)
def test_words_of_anatomy(shoulder, points):
    both = np.tile(np.array(shoulder), (1, 2, 1))
    rotmat = upper.shoulder_rotmat(both)[0]
    left = rotmat[0] @ [1.0, 0.0, 0.0]
    right = rotmat[1] @ [-1.0, 0.0, 0.0]
    assert left == pytest.approx(points, abs=1e-9)
    assert right == pytest.approx([-points[0], *points[1:]], abs=1e-9)


def test_turn_is_rotation_about():
    angle = torch.linspace(-3, 3, 7, dtype=torch.float64)
    for axis in "xyz":
        ours = torch.from_numpy(rig.turn(axis, angle.numpy()))
        torch.testing.assert_close(ours, rotation_about(axis, angle))
    zero = np.zeros(1)
    root = torch.from_numpy(rig.root_rotmat(zero, zero, zero))[0]
    torch.testing.assert_close(root, STANDING_ROOT.double())


# ------------------------------------------------------------------ yardsticks


def test_angle_range_by_hand():
    angles = torch.zeros(101, 24, 3, dtype=torch.float64)
    angles[:, 4, 0] = torch.linspace(0, 1, 101)
    local = axis_angle_to_rotmat(angles)
    clip = standing_clip(frames=101).with_(local_rotmat=local)
    limits = AngleRange.of([clip])
    assert float(limits.low[3, 0]) == pytest.approx(0.01, abs=1e-7)
    assert float(limits.high[3, 0]) == pytest.approx(0.99, abs=1e-7)
    assert limits.share_within(local, margin=0.0) == pytest.approx(99 / 101)
    assert limits.share_within(local) == 1.0


rows = arrays(
    np.float64, st.integers(1, 60), elements=st.floats(0, 5, width=32)
)


@given(rows, st.integers(0, 5))
def test_a_cover_lies_nowhere_below(excess, frames):
    assert (smooth_cover(excess, frames) >= excess - 1e-9).all()


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=8))
def test_keyed_never_overshoots(keys):
    times = np.arange(len(keys))
    curve = keyed(np.linspace(-2, len(keys) + 1, 101), times, keys)
    assert curve.min() >= min(keys) - 1e-9 and curve.max() <= max(keys) + 1e-9
    assert keyed(times, times, keys) == pytest.approx(keys, abs=1e-9)


def test_ease():
    share = np.linspace(0, 1, 101)
    assert (np.diff(ease(share)) > 0).all()
    assert ease(0.25) + ease(0.75) == pytest.approx(1.0)
