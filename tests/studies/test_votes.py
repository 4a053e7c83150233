"""A user study from folders to win rates; all voters here are made up."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.data.casual_video import film_clip
from mini_vimogen.formats import bvh, keypoint_file
from mini_vimogen.formats.vote_files import read_key
from mini_vimogen.geometry.skeleton import Skeleton
from mini_vimogen.metrics.win_rate import wilson_interval
from mini_vimogen.studies.votes import build
from mini_vimogen.studies.votes_count import count
from mini_vimogen.studies.votes_motions import match
from tests.oracles import standing_clip, wandering_clip
from tests.render.chromium_arguments import ARGUMENTS
from tests.studies.voting import ARMS, MOTIONS, folders, row, write_csv

FIRST, SECOND = ARMS


@pytest.fixture
def arms(tmp_path):
    return folders(tmp_path)


@pytest.fixture
def built(arms, tmp_path):
    return build(arms, tmp_path / "out", seed=3)


@pytest.fixture
def key(built):
    return read_key(built.key)


def ballot(tmp_path, key, choices, *, voter="v", seconds=4.0):
    """A CSV of one voter, who prefers an arm on each pair in turn."""
    rows = [
        row(key, place, arm=arm, voter=voter, seconds=seconds)
        for place, arm in enumerate(choices)
    ]
    return write_csv(tmp_path / f"votes_{voter}.csv", rows)


# --- The page and its key ---------------------------------------------------


def test_every_motion_is_shown_once_by_both_arms(built, key):
    assert built.pairs == len(key.pairs) == len(MOTIONS)
    assert key.arms == ARMS
    assert sorted(pair.motion for pair in key.pairs) == sorted(MOTIONS)
    assert all(set(pair.arms) == set(ARMS) for pair in key.pairs)
    assert all(pair.seconds == pytest.approx(1.0) for pair in key.pairs)


@pytest.mark.parametrize("seed", range(8))
def test_each_arm_is_on_the_left_half_of_the_time(arms, tmp_path, seed):
    out = build(arms, tmp_path / str(seed), seed=seed)
    lefts = [pair.left.arm for pair in read_key(out.key).pairs]
    assert Counter(lefts) == dict.fromkeys(ARMS, len(MOTIONS) // 2)


def test_seeds_shuffle_order_sides_and_names(arms, tmp_path):
    found = [
        read_key(build(arms, tmp_path / str(seed), seed=seed).key)
        for seed in range(12)
    ]
    orders = {tuple(pair.motion for pair in key.pairs) for key in found}
    lefts = {key.pairs[0].left.arm for key in found}
    spins = {
        pair.left.arm
        for key in found
        for pair in key.pairs
        if pair.motion == "spin"
    }
    names = [pair.id for key in found for pair in key.pairs]
    assert len(orders) > 9 and lefts == spins == set(ARMS)
    assert len(set(names)) == len(names)
    assert len({key.page for key in found}) == len(found)


def test_a_seed_gives_the_same_page_and_none_gives_another(arms, tmp_path):
    pages = [
        build(arms, tmp_path / name, seed=seed)
        for name, seed in (("a", 7), ("b", 7), ("c", None), ("d", None))
    ]
    same, again, drawn, other = (page.page.read_bytes() for page in pages)
    assert same == again
    assert len({same, drawn, other}) == 3
    seed = read_key(pages[2].key).seed
    rebuilt = build(arms, tmp_path / "e", seed=seed)
    assert rebuilt.page.read_bytes() == drawn


def test_other_motions_make_another_page(arms, tmp_path):
    before = read_key(build(arms, tmp_path / "a", seed=1).key)
    wandering_clip(30, seed=99).save(arms[FIRST] / "spin.npz")
    after = read_key(build(arms, tmp_path / "b", seed=1).key)
    assert [p.id for p in before.pairs] == [p.id for p in after.pairs]
    assert before.page != after.page


def test_the_page_does_not_say_whose_motions_it_shows(tmp_path):
    motions = ("spin_left", "kick_high")
    built = build(folders(tmp_path, motions=motions), tmp_path / "out")
    page, key = built.page.read_text("utf-8"), read_key(built.key)
    for word in (*ARMS, *motions, "from_", '"seed"', '"arm', str(tmp_path)):
        assert word not in page, word
    assert str(key.seed) not in page
    for pair in key.pairs:
        for name in (pair.id, pair.left.id, pair.right.id):
            assert page.count(name) == 1
            assert re.fullmatch(r"[0-9a-f]{10}", name)


def positions(built) -> list[tuple[list, list]]:
    """Of each pair: bytes of the left motion and of the right one."""
    page = built.page.read_text("utf-8")
    text = re.search(r'id="study">(.*?)</script>', page, re.DOTALL)[1]
    return [
        tuple(clip["positions"] for clip in pair["motion"]["clips"])
        for pair in json.loads(text)["pairs"]
    ]


def test_the_key_is_right_about_the_sides(arms, tmp_path):
    """One arm stands still: its positions repeat from frame to frame."""
    for path in arms[SECOND].iterdir():
        standing_clip(30).save(path)
    built = build(arms, tmp_path / "out", seed=11)
    pairs = zip(positions(built), read_key(built.key).pairs, strict=True)
    for (left, right), pair in pairs:
        still = left if pair.left.arm == SECOND else right
        moving = right if pair.left.arm == SECOND else left
        assert len(still) == len(moving)
        frame = len(still) // 30
        assert still[:frame] == still[frame : 2 * frame]
        assert moving[:frame] != moving[frame : 2 * frame]


def test_nothing_but_the_motion_differs_between_arms(arms, tmp_path):
    """Another place, heading, rate, length, format: all made alike."""
    for path in sorted(arms[SECOND].iterdir()):
        clip = Clip.load(arms[FIRST] / path.name)
        clip = clip.moved(yaw=2.0, by=torch.tensor([3.0, -4.0, 0.7]))
        path.unlink()
        bvh.write(clip.resample(60), path.with_suffix(".bvh"))
    clip = wandering_clip(32, seed=0)
    found = match(arms)
    assert found.fps == 30
    assert found.notes == ("frame rates differ (30, 60): all shown at 30",)
    for name in MOTIONS:
        first, second = (found.motions[arm][name] for arm in ARMS)
        torch.testing.assert_close(first, second, atol=1e-3, rtol=0)
        assert first[..., 2].min() == pytest.approx(0, abs=1e-5)
        assert first[0, 0, :2].abs().max() < 1e-5
    clip.save(arms[FIRST] / "spin.npz")
    wandering_clip(20, seed=0).save(arms[FIRST] / "kick.npz")
    found = match(arms)
    for name, frames in (("spin", 30), ("kick", 20)):
        assert {len(found.motions[arm][name]) for arm in ARMS} == {frames}
    assert "such as kick" in found.notes[1] and "1 cut" in found.notes[1]


def test_an_arm_without_hands_takes_them_from_the_others(arms):
    for path in arms[SECOND].iterdir():
        wandering_clip(30, joints=24).save(path)
    assert len(match(arms).skeleton) == 24
    for path in arms[SECOND].iterdir():
        clip = Clip.load(path)
        bare = Clip(
            clip.root_position,
            clip.local_rotmat[:, :22],
            fps=30,
        )
        bare.save(path)
    found = match(arms)
    assert found.skeleton.name == "SMPL22"
    shapes = {m.shape for by in found.motions.values() for m in by.values()}
    assert shapes == {(30, 22, 3)}


def test_motions_of_one_arm_only_are_left_out_and_said(arms, tmp_path):
    (arms[SECOND] / "spin.npz").unlink()
    wandering_clip(30).save(arms[SECOND] / "extra.npz")
    built = build(arms, tmp_path / "out")
    assert built.pairs == len(MOTIONS) - 1
    (note,) = built.notes
    assert note == "2 left out, not in every arm: extra, spin"


def test_three_arms_all_meet(tmp_path):
    arms = folders(tmp_path, arms=("aa", "bb", "cc"), motions=MOTIONS[:4])
    key = read_key(build(arms, tmp_path / "out", seed=0).key)
    met = Counter(pair.arms for pair in key.pairs)
    assert met == {("aa", "bb"): 4, ("aa", "cc"): 4, ("bb", "cc"): 4}


def test_tracks_are_shown_and_must_all_be_there(arms, tmp_path, generator):
    tracks = tmp_path / "tracks"
    tracks.mkdir()
    for name in MOTIONS:
        clip = wandering_clip(45)
        track = film_clip(clip, generator=generator).track()
        keypoint_file.write(track, tracks / f"{name}.npz")
    built = build(arms, tmp_path / "out", tracks=tracks)
    assert "fits the video" in built.page.read_text("utf-8")
    assert '"track":null' not in built.page.read_text("utf-8")
    (tracks / "kick.npz").unlink()
    with pytest.raises(FileNotFoundError, match="kick.npz"):
        build(arms, tmp_path / "other", tracks=tracks)
    with pytest.raises(FileNotFoundError, match="no folder .*gone"):
        build(arms, tmp_path / "other", tracks=tmp_path / "gone")
    assert not (tmp_path / "other").exists()


def test_an_old_key_is_never_written_over(built, arms, tmp_path):
    before = built.key.read_bytes()
    with pytest.raises(ValueError, match="is there already"):
        build(arms, tmp_path / "out")
    assert built.key.read_bytes() == before


def _only(arms, tmp_path):
    return {FIRST: arms[FIRST]}


def _gone(arms, tmp_path):
    return arms | {"third": tmp_path / "gone"}


def _twin(arms, tmp_path):
    return arms | {"third": arms[FIRST]}


def _nameless(arms, tmp_path):
    return {FIRST: arms[FIRST], " ": arms[SECOND]}


def _empty(arms, tmp_path):
    (tmp_path / "empty").mkdir()
    return arms | {"third": tmp_path / "empty"}


def _strangers(arms, tmp_path):
    for path in arms[SECOND].iterdir():
        path.rename(path.with_stem(f"x{path.stem}"))
    return arms


def _twice(arms, tmp_path):
    bvh.write(wandering_clip(30), arms[SECOND] / "spin.bvh")
    return arms


def _broken(arms, tmp_path):
    (arms[SECOND] / "roll.npz").write_bytes(b"PK\x03\x04 no")
    return arms


def _empty_bvh(arms, tmp_path):
    (arms[SECOND] / "roll.npz").unlink()
    (arms[SECOND] / "roll.bvh").write_bytes(b"")
    return arms


def _foreign(arms, tmp_path):
    tail = Skeleton("tail", ("a", "b"), (-1, 0), torch.eye(3)[:2] * 0)
    local = torch.eye(3).repeat(30, 2, 1, 1)
    clip = Clip(torch.zeros(30, 3), local, fps=30, skeleton=tail)
    clip.save(arms[SECOND] / "roll.npz")
    return arms


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_only, f"arms must be two or more, got {FIRST}"),
        (_gone, "there is no folder .*gone"),
        (_twin, f"{FIRST} and third are the same folder"),
        (_nameless, "needs a name"),
        (_empty, r"holds no motion \(\.bvh"),
        (_strangers, f"no motion has the same name in all arms: {FIRST} has"),
        (_twice, "one motion twice: spin.bvh and spin.npz"),
        (_broken, "roll.npz is not a readable clip file"),
        (_empty_bvh, "roll.bvh"),
        (_foreign, "have SMPL's joints, got SMPL24 and tail"),
    ],
)
def test_arms_that_cannot_be_compared_are_refused(arms, tmp_path, spoil, said):
    arms = spoil(arms, tmp_path)
    with pytest.raises((ValueError, FileNotFoundError), match=said) as caught:
        build(arms, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_seeds_out_of_range_are_refused(arms, tmp_path, seed):
    with pytest.raises(ValueError, match=f"seed must .* got {seed}"):
        build(arms, tmp_path / "out", seed=seed)


@pytest.mark.parametrize("question", ["", "  \n"])
def test_a_question_needs_words(arms, tmp_path, question):
    with pytest.raises(ValueError, match="question must have words"):
        build(arms, tmp_path / "out", question=question)


# --- The count --------------------------------------------------------------


def test_votes_become_win_rates(tmp_path, built, key):
    """Four of six for the first arm by one voter, one of two by another."""
    one = [FIRST] * 4 + [SECOND] * 2
    files = [
        ballot(tmp_path, key, one, voter="ann"),
        ballot(tmp_path, key, [SECOND, FIRST], voter="bo", seconds=0.5),
    ]
    found = count(files, built.key)
    first, second = found.rates
    assert (first.arm, first.against) == (FIRST, SECOND)
    assert (second.arm, second.against) == (SECOND, FIRST)
    assert (first.wins, first.votes, second.wins) == (5, 8, 3)
    assert first.win_rate == 5 / 8 and second.win_rate == 3 / 8
    assert first.wilson == pytest.approx(wilson_interval(5, 8))
    assert second.wilson == pytest.approx(wilson_interval(3, 8))
    assert first.over_voters == pytest.approx((0.5, 4 / 6))
    assert second.over_voters == pytest.approx((2 / 6, 0.5))
    assert found.voters == 2 and found.votes == 8 and found.hasty == 2
    again = count(files[::-1], built.key)
    assert again.rates[0].win_rate == first.win_rate


def test_voters_who_agree_on_each_motion_leave_only_motions_to_redraw(
    tmp_path, built, key
):
    files = [
        ballot(tmp_path, key, [FIRST] * 3 + [SECOND] * 3, voter=voter)
        for voter in ("ann", "bo", "cy")
    ]
    first, _ = count(files, built.key).rates
    assert first.over_voters == pytest.approx((0.5, 0.5))
    # Six fair coins: 2.5 % lie at 0 or 1 of 6 and below, or at the top.
    assert first.over_motions == pytest.approx((1 / 6, 5 / 6), abs=0.01)


def test_it_is_counted_which_side_was_chosen(tmp_path, built, key):
    lefts = [pair.left.arm for pair in key.pairs]
    found = count([ballot(tmp_path, key, lefts)], built.key)
    assert found.left == found.votes == len(MOTIONS)
    assert found.left_p == pytest.approx(2 * 0.5**6)
    assert found.rates[0].wins == found.rates[1].wins == 3
    rights = [pair.right.arm for pair in key.pairs[:4]]
    assert count([ballot(tmp_path, key, rights)], built.key).left == 0


def test_one_voter_and_one_motion_have_no_interval_over_them(
    tmp_path, built, key
):
    found = count([ballot(tmp_path, key, [FIRST])], built.key)
    assert found.rates[0].over_voters is None
    assert found.rates[0].over_motions is None
    line = next(x for x in found.table().splitlines() if x.startswith(FIRST))
    assert line.split()[-2:] == ["-", "-"]


def test_the_table_shows_what_was_counted(tmp_path, built, key):
    files = [
        ballot(tmp_path, key, [FIRST] * 5 + [SECOND], voter=f"v{number}")
        for number in range(3)
    ]
    lines = count(files, built.key).table().splitlines()
    assert lines[0] == "question: Which motion looks better?"
    assert lines[1] == f"page {key.page}: 6 pairs, 3 voters, 18 votes of 18"
    assert "95% Wilson" in lines[3]
    assert re.match(rf"{FIRST} +15 of 18 +83.33% ", lines[4])
    assert re.match(rf"{SECOND} +3 of 18 +16.67% ", lines[5])
    assert "83.3% .. 83.3%" in lines[4]  # over voters, who all agree
    text = "\n".join(lines)
    assert "3 voters: too few" in text and "left was chosen in" in text
    assert "played once" not in text


def test_ten_voters_are_not_called_too_few(tmp_path, built, key):
    files = [
        ballot(tmp_path, key, [FIRST, SECOND], voter=f"v{number}")
        for number in range(10)
    ]
    assert "too few" not in count(files, built.key).table()


def test_a_contest_nobody_voted_on_has_no_rate(tmp_path):
    arms = folders(tmp_path, arms=("aa", "bb", "cc"), motions=MOTIONS[:2])
    built = build(arms, tmp_path / "out", seed=0)
    key = read_key(built.key)
    places = [
        place
        for place, pair in enumerate(key.pairs)
        if pair.arms == ("bb", "cc")
    ]
    rows = [row(key, place, arm="cc") for place in places]
    found = count([write_csv(tmp_path / "v.csv", rows)], built.key)
    assert [(rate.arm, rate.wins) for rate in found.rates] == [
        ("bb", 0),
        ("cc", 2),
    ]
    assert len(found.table().splitlines()) < 12


def test_the_same_voter_in_two_files_is_refused(tmp_path, built, key):
    one = ballot(tmp_path, key, [FIRST])
    two = write_csv(tmp_path / "b.csv", [row(key, 0, arm=SECOND)])
    for files in ([one, two], [one, one], [one, Path(str(one))]):
        with pytest.raises(ValueError, match="'v' votes on pair .* in both"):
            count(files, built.key)
    other = write_csv(tmp_path / "c.csv", [row(key, 1, arm=SECOND)])
    assert count([one, other], built.key).votes == 2


def test_votes_on_another_page_are_refused(tmp_path, arms, built, key):
    other = read_key(build(arms, tmp_path / "other", seed=4).key)
    votes = ballot(tmp_path, other, [FIRST])
    with pytest.raises(ValueError, match=f"and the key is of page '{key.page}"):
        count([votes], built.key)
    forged = ballot(tmp_path, replace(other, page=key.page), [FIRST])
    with pytest.raises(ValueError, match="the page has no pair"):
        count([forged], built.key)


def test_nothing_to_count_is_refused(built):
    with pytest.raises(ValueError, match="at least one CSV"):
        count([], built.key)


def test_the_books_intervals_are_wilsons():
    page = Path(__file__).parents[2] / "book" / "votes.md"
    words = " ".join(page.read_text("utf-8").split())
    said = re.findall(r"([\d.]+) to ([\d.]+) % after (\d+)", words)
    assert len(said) == 3
    for low, high, votes in said:
        ends = wilson_interval(round(0.6 * int(votes)), int(votes))
        assert [f"{100 * end:.1f}" for end in ends] == [low, high]


# --- There and back ---------------------------------------------------------


@pytest.mark.chromium
def test_what_is_pressed_in_the_page_is_what_is_counted(
    chromium, tmp_path, built, key
):
    """One voter prefers the first arm throughout, another the left side."""
    from playwright.sync_api import sync_playwright

    wishes = {
        "loyal": lambda pair: "1" if pair.left.arm == FIRST else "2",
        "lazy": lambda pair: "1",
    }
    files, asked = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=ARGUMENTS
        )
        for name, wish in wishes.items():
            context = browser.new_context()
            context.on("request", lambda request: asked.append(request.url))
            page = context.new_page()
            page.goto(built.page.as_uri())
            for pair in key.pairs:
                page.wait_for_selector("body[data-ready=yes]")
                page.keyboard.press(wish(pair))
            with page.expect_download() as download:
                page.locator("#download").click()
            files.append(tmp_path / f"{name}.csv")
            download.value.save_as(files[-1])
            context.close()
        browser.close()
    assert set(asked) == {built.page.as_uri()}
    loyal = count(files[:1], built.key)
    assert loyal.rates[0].win_rate == 1 and loyal.left == 3
    lazy = count(files[1:], built.key)
    assert lazy.rates[0].win_rate == 0.5 and lazy.left == 6
    both = count(files, built.key)
    assert (both.rates[0].wins, both.votes, both.voters) == (9, 12, 2)
