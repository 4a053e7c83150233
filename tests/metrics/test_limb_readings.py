"""Hops, high steps, lunges, claps and reaches: what is one, and what is not."""

import math

import pytest
import torch

from mini_vimogen.metrics import flights, readings
from mini_vimogen.metrics.checks import Check
from mini_vimogen.metrics.hand_readings import clap_count, reach_counts
from mini_vimogen.metrics.leg_readings import (
    feet_split,
    knee_rise,
    lunge_counts,
    march_steps,
)
from tests.metrics import acted
from tests.metrics.acted import act, bump, ramp

NONE = {"left": 0, "right": 0}


def high_steps(hip: float, sides: str, *, knee=1.4, fps=20.0):
    """One knee after another is raised by a hip angle, and bent ``knee``
    times as far."""

    def turns(side, size):
        at = [k for k, name in enumerate(sides) if name == side]
        return lambda t: sum(
            (size * bump(t, 0.3 + 0.7 * k, 0.7) for k in at),
            torch.zeros_like(t),
        )

    knees = {
        1: ("x", turns("l", -hip)),
        2: ("x", turns("r", -hip)),
        4: ("x", turns("l", knee * hip)),
        5: ("x", turns("r", knee * hip)),
    }
    return act(0.6 + 0.7 * len(sides), fps, knees)


def test_rise_of_a_knee_by_hand():
    clip = act(2, 20.0, {1: ("x", -math.pi / 3)})
    rise = knee_rise(clip, fps=20)
    # The rest pose's thigh is 1 degree off the vertical.
    assert rise[20].tolist() == pytest.approx([0.5, 0.0], abs=0.03)


def test_split_of_the_feet_by_hand():
    clip = torch.zeros(20, 22, 3)
    clip[:, [2, 17], 0] = 0.3  # faces +Y
    clip[:, 7, 1], clip[:, 8, 1] = 0.4, -0.1
    assert torch.allclose(feet_split(clip, fps=20), torch.tensor(0.5).double())


def test_marching_is_on_both_feet_in_turn_with_high_knees():
    assert march_steps(high_steps(1.2, "lrlr"), fps=20) == 4
    assert march_steps(high_steps(1.2, "llr"), fps=20) == 0
    assert march_steps(high_steps(0.8, "lrlr", knee=2), fps=20) == 0
    # Both knees at once: a tuck in the air.
    assert march_steps(acted.jump(), fps=20) == 0


def test_a_lunge_is_held_and_its_knee_stays_off_the_floor():
    clip = acted.lunge(side="left")
    assert lunge_counts(clip, fps=20) == {"left": 1, "right": 0}
    # The same frames shown five times as fast: a moment of a stride.
    assert lunge_counts(clip, fps=100) == NONE
    floor = clip[..., [7, 8, 10, 11], 2].amin()
    touching = clip.clone()
    touching[:, 5, 2] = torch.minimum(
        clip[:, 5, 2],
        floor + 0.02 + 0.5 * (clip[:, 0, 2] - clip[:, 0, 2].min()),
    )
    assert lunge_counts(touching, fps=20) == NONE


def test_a_split_squat_is_a_lunge_and_no_squat():
    clip = acted.lunge()
    assert readings.squat_count(clip, fps=20) == 0
    assert readings.squat_count(acted.squat(count=1), fps=20) == 1
    assert lunge_counts(acted.squat(count=1), fps=20) == NONE


def test_hops_are_counted_by_the_foot_that_leaves_the_floor():
    for side in ("left", "right"):
        clip = acted.hop(side=side, count=3)
        assert flights.hop_counts(clip, fps=20) == {**NONE, side: 3}
        assert readings.jump_count(clip, fps=20) == 0
    assert flights.hop_counts(acted.jump(), fps=20) == NONE
    assert flights.hop_counts(acted.run(), fps=20) == NONE
    assert flights.flight_kinds(acted.jump(), fps=20) == ["jump", "jump"]
    assert set(flights.flight_kinds(acted.run(), fps=20)) == {"stride"}


def test_hopping_along_is_neither_walking_nor_running():
    clip = acted.hop(count=3)
    seconds = torch.arange(len(clip), dtype=clip.dtype) / 20
    way = sum(0.6 * ramp(seconds, 0.8 + 0.9 * k, 0.6) for k in range(3))
    clip = clip.clone()
    clip[..., 1] += way[:, None]
    assert readings.step_count(clip, fps=20) >= 2
    assert readings.gait(clip, fps=20) == "none"


def hands_together(when, lift=0.0):
    """Arms ahead (lift 0) or raised, folded to meet at ``when`` times."""
    return act(
        3,
        20.0,
        {
            16: ("y", -math.pi / 2),
            17: ("y", math.pi / 2),
            18: ("y", lambda t: -0.75 * when(t)),
            19: ("y", lambda t: 0.75 * when(t)),
            3: ("x", lift),
        },
    )


def test_folded_hands_do_not_clap():
    def quick(t):
        return bump(t, 0.5, 0.5) + bump(t, 1.5, 0.5)

    def folded(t):
        return ramp(t, 0.3, 0.3) - ramp(t, 2.3, 0.3)

    assert clap_count(hands_together(quick), fps=20) == 2
    assert clap_count(hands_together(folded), fps=20) == 0


def test_hands_that_meet_below_the_belt_do_not_clap():
    clip = acted.clap()
    low = clip.clone()
    low[:, [20, 21], 2] -= 0.6
    assert clap_count(clip, fps=20) == 3
    assert clap_count(low, fps=20) == 0


def test_claps_overhead_are_no_waves():
    clip = acted.clap(count=4).clone()
    clip[:, [20, 21], 2] += 0.5
    assert readings.wave_side(clip, fps=20) == "none"
    assert Check("clap_count", {"count": 4, "height": "overhead"})(clip, fps=20)
    before = Check("clap_count", {"count": 4, "height": "chest"})
    assert not before(clip, fps=20) and before(acted.clap(count=4), fps=20)


def test_a_reach_leaves_the_other_hand_hanging():
    def raised(t):
        return -1.35 + 2.7 * bump(t, 0.3, 2.2)

    alone = act(2.8, 20.0, {16: ("z", raised)})
    assert reach_counts(alone, fps=20, direction="up")["left"] == 1
    guarded = act(2.8, 20.0, {16: ("z", raised), 17: ("y", math.pi / 2)})
    assert reach_counts(guarded, fps=20, direction="up") == NONE
    # The same frames shown four times as fast: a swing, not a reach.
    assert reach_counts(alone, fps=80, direction="up") == NONE


def test_a_straight_arm_that_waves_does_not_reach():
    def waving(t):
        up = ramp(t, 0.3, 0.6) - ramp(t, 3.2, 0.6)
        return -1.35 + up * (2.5 + 0.3 * torch.sin(8 * t))

    clip = act(4, 20.0, {16: ("z", waving)})
    assert reach_counts(clip, fps=20, direction="up")["left"] == 1
    assert readings.wave_side(clip, fps=20) == "left"
    numbers = {"side": "left", "direction": "up"}
    assert not Check("reach_side", numbers)(clip, fps=20)
    assert Check("reach_side", numbers)(acted.reach(side="left"), fps=20)


def test_a_hand_on_its_way_up_does_not_reach_aside():
    clip = acted.reach(side="left")
    assert reach_counts(clip, fps=20, direction="up")["left"] == 1
    assert reach_counts(clip, fps=20, direction="side") == NONE
    aside = {16: ("z", lambda t: -1.35 + 1.3 * bump(t, 0.3, 2.2))}
    clip = act(2.8, 20.0, aside)
    assert reach_counts(clip, fps=20, direction="side")["left"] == 1
    assert reach_counts(clip, fps=20, direction="forward") == NONE
    mirrored = {17: ("z", lambda t: 1.35 - 1.3 * bump(t, 0.3, 2.2))}
    clip = act(2.8, 20.0, mirrored)
    assert reach_counts(clip, fps=20, direction="side")["right"] == 1


def test_bad_words():
    clip = acted.clap()
    with pytest.raises(ValueError, match="height must be one of overhead"):
        Check("clap_count", {"count": 3, "height": "knee"})(clip, fps=20)
    reach = {"side": "left", "direction": "down"}
    with pytest.raises(ValueError, match="direction must be one of up"):
        Check("reach_side", reach)(clip, fps=20)
    with pytest.raises(ValueError, match="fps"):
        clap_count(clip, fps=0)
