"""Captions: their words, and checks that take the right motion only."""

import json

import pytest
import torch

from mini_vimogen.data.acts import Act
from mini_vimogen.data.captions import (
    STYLES,
    caption_check,
    captions,
    describe,
)
from mini_vimogen.data.choreographer import (
    ACTIONS,
    choreograph,
    perform,
    plan_sequence,
)
from mini_vimogen.metrics import readings
from mini_vimogen.metrics.text_match import Check, InOrder
from tests.data.choreographer_figures import (
    accepted,
    draw_samples,
    wrongly_taken,
)

SEEDS = range(8)


@pytest.fixture(scope="module")
def samples():
    return {action: draw_samples(action, SEEDS) for action in ACTIONS}


def act(action: str, **given):
    """One act and its clip."""
    plan = plan_sequence([(action, given)], generator=0)
    return plan.acts[0], perform(plan)


def changed(one: Act, **parameters) -> Act:
    """The act with other numbers."""
    return Act(
        one.action, {**one.parameters, **parameters}, one.start, one.stop
    )


@pytest.mark.parametrize("action", ACTIONS)
def test_a_caption_takes_its_own_clip(action, samples):
    failed = accepted(samples[action])
    said = sum(len(sample.captions) for sample in samples[action])
    assert len(failed) <= 0.03 * said, [text for text, _ in failed]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_caption_leaves_the_clips_of_other_actions(action, samples):
    others = [s for a in ACTIONS if a != action for s in samples[a]]
    assert wrongly_taken(samples[action], others) <= 0.05


@pytest.mark.parametrize(
    "action",
    ["kick", "punch", "wave", "turn", "spin"]
    + ["stretch", "sidestep", "throw", "kneel"]
    + ["hop", "reach", "lunge"],
)
def test_a_mirrored_clip_loses_its_caption(action):
    one, clip = act(action, side="left")
    caption = describe([one])
    assert "left" in caption.text and "right" not in caption.text
    assert caption_check(caption, clip)
    assert not caption_check(caption, clip.mirror())


@pytest.mark.parametrize(
    "action",
    ["jump", "squat", "bow", "kick", "punch"]
    + ["stretch", "throw", "kneel"]
    + ["hop", "clap", "reach", "lunge"],
)
def test_another_count_is_another_caption(action):
    given = (
        {} if action in ("jump", "squat", "bow", "clap") else {"side": "right"}
    )
    one, clip = act(action, count=2, **given)
    assert "twice" in describe([one]).text
    assert caption_check(describe([one]), clip)
    assert not caption_check(describe([changed(one, count=1)]), clip)
    assert not caption_check(describe([changed(one, count=3)]), clip)


@pytest.mark.parametrize("rises", [True, False])
def test_who_stays_seated_does_not_stand_up(rises):
    one, clip = act("sit", rises=rises)
    assert caption_check(describe([one]), clip)
    assert not caption_check(describe([changed(one, rises=not rises)]), clip)


def test_the_number_of_sidesteps_is_checked_where_it_is_named():
    one, clip = act("sidestep", count=3, side="left")
    assert "takes three steps to the left" in describe([one]).text
    assert caption_check(describe([one]), clip)
    assert not caption_check(describe([changed(one, count=2)]), clip)
    assert not caption_check(describe([changed(one, side="right")]), clip)


def test_a_stretch_up_and_a_side_bend_are_two_captions():
    up, clip = act("stretch", side="none", count=1)
    assert caption_check(describe([up]), clip)
    for side in ("left", "right", "both"):
        bend, bent = act("stretch", side=side, count=1)
        assert caption_check(describe([bend]), bent)
        assert not caption_check(describe([up]), bent)
        assert not caption_check(describe([bend]), clip)


def test_the_number_of_marching_steps_is_checked_where_it_is_named():
    one, clip = act("march", count=6)
    other = changed(one, count=7)
    stated = 0
    for seed in range(20):
        said = []
        for what in (one, other):
            words = torch.Generator().manual_seed(seed)
            said.append(describe([what], generator=words))
        right, wrong = said
        assert caption_check(right, clip)
        named = "6 steps" in right.text
        assert caption_check(wrong, clip) is not named
        stated += named
    assert 3 < stated < 17


def test_directions_of_a_reach_are_different_captions():
    made = {
        direction: act("reach", direction=direction, side="left")
        for direction in ("up", "forward", "side")
    }
    for direction, (one, _) in made.items():
        for other, (_, clip) in made.items():
            taken = caption_check(describe([one]), clip)
            assert taken is (other == direction)


@pytest.mark.parametrize("seed", [0, 77, 81])
def test_a_hand_raised_past_the_chest_does_not_punch(seed):
    clip = choreograph("reach", generator=seed)
    assert "reaches up" in clip.caption
    assert readings.punch_side(clip.joints(), fps=30) == "none"


def test_claps_have_a_height():
    chest, before = act("clap", height="chest")
    over, above = act("clap", height="overhead", count=3)
    assert "above the head" in describe([over]).text
    assert caption_check(describe([over]), above)
    same = changed(chest, height="overhead")
    assert caption_check(describe([chest]), before)
    assert not caption_check(describe([same]), before)


def test_a_walk_is_no_march_and_a_hop_no_jump():
    walk, walked = act("walk", heading=0.0)
    march, marched = act("march", metres=0.5, heading=0.0)
    jump, jumped = act("jump", count=2)
    hop, hopped = act("hop", count=2)
    pairs = ((walk, marched), (march, walked), (jump, hopped), (hop, jumped))
    for one, clip in pairs:
        assert not caption_check(describe([one]), clip)


def test_a_bend_to_the_other_side_is_another_caption():
    one, clip = act("walk", heading=1.5)
    assert caption_check(describe([one]), clip)
    assert not caption_check(describe([changed(one, heading=-1.5)]), clip)
    assert not caption_check(describe([changed(one, heading=0.0)]), clip)


def test_a_stated_distance_is_checked():
    one, clip = act("walk", heading=0.0, metres_per_second=1.2)
    longer = changed(one, metres_apart=3 * one.parameters["metres_apart"])
    stated = 0
    for seed in range(40):
        words = torch.Generator().manual_seed(seed)
        caption = describe([longer], style="long", generator=words)
        if "metres" in caption.text:
            stated += 1
            assert not caption_check(caption, clip)
    assert stated > 5


def test_pace_words_need_the_pace():
    one, _ = act("walk", heading=0.0, speed="fast")
    for seed in range(20):
        words = torch.Generator().manual_seed(seed)
        slow = changed(one, metres_along=0.4 * one.parameters["seconds"])
        text = describe([slow], style="long", generator=words).text
        assert not any(word in text for word in ("quick", "brisk"))


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("style", STYLES)
def test_words(action, style, samples):
    for sample in samples[action]:
        for caption in sample.captions:
            text = caption.text
            assert caption.checks and "  " not in text and text == text.strip()
            if caption.style == "long":
                assert text[0].isupper() and text.endswith(".")
            else:
                assert text[0].islower() and not text.endswith(".")
                assert len(text.split()) <= 13
            for check in caption.checks:
                side = check.numbers.get("side")
                assert side in (None, "both") or side in text


def test_wording_varies_and_is_fixed_by_the_generator():
    one, _ = act("jump", count=2)
    texts = {
        describe([one], generator=torch.Generator().manual_seed(seed)).text
        for seed in range(30)
    }
    assert len(texts) >= 8
    again = [
        captions([one], generator=torch.Generator().manual_seed(1), each=3)
        for _ in range(2)
    ]
    assert again[0] == again[1]
    assert len({caption.text for caption in again[0]}) == len(again[0])
    assert {caption.style for caption in again[0]} == set(STYLES)


def test_only_long_captions_name_a_mood():
    one, _ = act("bow")
    assert describe([one], mood="sad", style="long").text.endswith("sadly.")
    assert describe([one], mood="sad").text == describe([one]).text
    neutral = describe([one], style="long").text
    assert not any(word in neutral for word in ("sad", "angr", "tired"))


@pytest.mark.parametrize(
    "actions",
    [["wave", "walk"], ["turn", "jump", "bow"], ["squat", "run"]]
    + [["throw", "kneel"], ["sidestep", "stretch", "sit"]]
    + [["hop", "clap"], ["lunge", "reach"], ["march", "wave"]],
)
def test_sequences_are_checked_in_order(actions):
    for seed in range(3):
        plan = plan_sequence(actions, generator=seed)
        clip = perform(plan)
        caption = describe(plan.acts)
        assert " then " in caption.text or ", and " in caption.text
        assert caption_check(caption, clip)
        backwards = describe(plan.acts[::-1])
        assert not caption_check(backwards, clip)


def test_in_order_by_hand():
    still = torch.zeros(40, 24, 3)
    gone = still.clone()
    gone[:20, :, 1] = torch.linspace(0, 1, 20)[:, None]
    gone[20:, :, 1] = 1.0
    moves = (Check("travelled_distance", {"metres": 1.0}),)
    stays = (Check("travelled_distance", {"metres": 0.0}),)
    assert InOrder((moves, stays))(gone, fps=20)
    assert not InOrder((moves, stays, moves))(gone, fps=20)
    assert not InOrder((moves, moves))(gone, fps=20)
    with pytest.raises(ValueError, match="at least 2 parts"):
        InOrder((moves,))
    with pytest.raises(ValueError, match="at least 2 parts"):
        InOrder((moves, ()))


def test_checks_are_plain_numbers():
    plan = plan_sequence(["walk", "kick"], generator=0)
    for one in plan.acts:
        for check in describe([one]).checks:
            assert json.loads(json.dumps(check.numbers)) == check.numbers


def test_bad_input():
    one, _ = act("bow")
    with pytest.raises(ValueError, match="style must be one of terse, long"):
        describe([one], style="poem")
    with pytest.raises(ValueError, match="at least 1 act"):
        describe([])
    with pytest.raises(ValueError, match="action must be one of"):
        describe([Act("fly", {}, 0, 10)])
