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
from mini_vimogen.data.choreographer import ACTIONS, perform, plan_sequence
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


@pytest.mark.parametrize("action", ["kick", "punch", "wave", "turn", "spin"])
def test_a_mirrored_clip_loses_its_caption(action):
    one, clip = act(action, side="left")
    caption = describe([one])
    assert "left" in caption.text and "right" not in caption.text
    assert caption_check(caption, clip)
    assert not caption_check(caption, clip.mirror())


@pytest.mark.parametrize("action", ["jump", "squat", "bow", "kick", "punch"])
def test_another_count_is_another_caption(action):
    given = {} if action in ("jump", "squat", "bow") else {"side": "right"}
    one, clip = act(action, count=2, **given)
    assert "twice" in describe([one]).text
    assert caption_check(describe([one]), clip)
    assert not caption_check(describe([changed(one, count=1)]), clip)
    assert not caption_check(describe([changed(one, count=3)]), clip)


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
    "actions", [["wave", "walk"], ["turn", "jump", "bow"], ["squat", "run"]]
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
