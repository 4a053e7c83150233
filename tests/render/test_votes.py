"""The page of pairs: what is in it, and what it does in a real browser."""

import base64
import csv
import io
import json
import re

import numpy as np
import pytest
import torch

from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.formats.vote_files import COLUMNS
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.render.votes import ShownPair, VotesPage
from tests.oracles import wandering_clip
from tests.render.chromium_arguments import ARGUMENTS
from tests.render.test_player_in_chromium import opened

READY = "body[data-ready=yes]"
PAIRS = 3


def walking_track(frames: int = 30) -> KeypointTrack:
    """Somebody who crosses a picture of 640 x 480; the left wrist is unseen."""
    keypoints = torch.zeros(frames, 17, 3)
    keypoints[..., 0] = torch.arange(17) * 5.0
    keypoints[..., 0] += torch.linspace(40, 500, frames)[:, None]
    keypoints[..., 1] = torch.linspace(100, 400, 17)
    keypoints[..., 2] = 0.9
    keypoints[:, 9, 2] = 0.1
    return KeypointTrack(keypoints, 15.0, 640, 480)


def votes_page(*, pairs=PAIRS, track=None, frames=60) -> VotesPage:
    shown = [
        ShownPair(
            f"pair{i}",
            (f"left{i}", f"right{i}"),
            tuple(
                wandering_clip(frames, seed=2 * i + side).joints()
                for side in range(2)
            ),
            track,
        )
        for i in range(pairs)
    ]
    return VotesPage("a1b2", "Which one <is> better?", shown, 30.0, SMPL24)


def study_of(page: VotesPage) -> dict:
    """The data in the page."""
    found = re.search(r'id="study">(.*?)</script>', page.html(), re.DOTALL)
    return json.loads(found[1])


def test_the_page_holds_the_motions_and_nothing_else_about_them():
    page = votes_page()
    study = study_of(page)
    assert set(study) == {"page", "columns", "player", "pairs"}
    assert study["columns"] == list(COLUMNS)
    for number, pair in enumerate(study["pairs"]):
        assert set(pair) == {"id", "left", "right", "last", "motion", "track"}
        assert (pair["left"], pair["right"]) == (
            f"left{number}",
            f"right{number}",
        )
        clips = pair["motion"]["clips"]
        assert [clip["label"] for clip in clips] == ["1", "2"]
        for clip, joints in zip(clips, page.pairs[number].joints, strict=True):
            packed = np.frombuffer(base64.b64decode(clip["positions"]), "<i2")
            found = packed.reshape(60, 24, 3) * pair["motion"]["step"]
            found = found + np.array([*clip["origin"], 0.0])
            assert np.abs(found - joints.numpy()).max() < 1e-3


def test_texts_are_escaped_and_the_page_may_ask_nobody():
    html = votes_page().html()
    assert "Which one &lt;is&gt; better?" in html and "<is>" not in html
    assert "default-src 'none'" in html
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", html)
    assert "{{question}}" not in html and "{{study}}" not in html


def test_keypoints_come_back_out_of_the_page():
    track = walking_track()
    found = study_of(votes_page(track=track))["pairs"][0]["track"]
    packed = np.frombuffer(base64.b64decode(found["points"]), "<i2")
    points = packed.reshape(30, 17, 2)
    seen = track.keypoints[..., 2].numpy() >= 0.3
    assert (points[~seen] == -32768).all() and (points[seen] >= 0).all()
    places = points[seen] * found["step"]
    assert (places.max(axis=0) < [found["width"], found["height"]]).all()
    wanted = track.keypoints[..., :2].numpy()[seen]
    shift = places - wanted
    assert np.abs(shift - shift[0]).max() < 0.1  # moved as a whole
    sides = {tuple(bone[:2]): bone[2] for bone in found["bones"]}
    assert sides[5, 7] == "left" and sides[6, 8] == "right"
    assert sides[5, 6] == sides[11, 12] == "centre"


def test_keypoints_too_faint_to_draw_are_refused():
    track = walking_track()
    track.keypoints[..., 2] = 0.2
    with pytest.raises(ValueError, match="must show somebody to be drawn"):
        votes_page(track=track).html()


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=ARGUMENTS
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return votes_page().save(tmp_path_factory.mktemp("votes") / "votes.html")


@pytest.fixture(scope="module")
def with_track(tmp_path_factory):
    path = tmp_path_factory.mktemp("votes") / "track.html"
    return votes_page(track=walking_track()).save(path)


def vote(page, key: str) -> None:
    """Press a key once the pair takes votes."""
    page.wait_for_selector(READY)
    page.keyboard.press(key)


def progress(page) -> str:
    return page.locator("#progress").inner_text()


def downloaded(page) -> list[dict]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download my votes").click()
    download = waiting.value
    assert re.fullmatch(
        r"votes_a1b2_[0-9a-f]{12}\.csv", download.suggested_filename
    )
    with open(download.path(), encoding="utf-8", newline="") as file:
        text = file.read()
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.chromium
def test_keys_vote_and_the_csv_says_what_was_chosen(browser, saved):
    with opened(browser, saved) as page:
        assert progress(page) == "Pair 1 of 3, 0 voted on."
        vote(page, "1")
        assert progress(page) == "Chosen: motion 1. Pair 2 of 3, 1 voted on."
        vote(page, "2")
        page.wait_for_selector(READY)
        page.get_by_role("button", name="Motion 1").click()
        assert "3 voted on. All done" in progress(page)
        assert page.locator("#download:focus").count() == 1
        rows = downloaded(page)
    assert [row["pair"] for row in rows] == ["pair0", "pair1", "pair2"]
    assert [row["chosen"] for row in rows] == ["left0", "right1", "left2"]
    assert {row["page"] for row in rows} == {"a1b2"}
    assert len({row["voter"] for row in rows}) == 1
    assert all(0.5 <= float(row["seconds"]) < 60 for row in rows)


@pytest.mark.chromium
def test_keys_work_while_the_player_has_the_focus(browser, saved):
    with opened(browser, saved) as page:
        page.wait_for_selector(READY)
        page.frame_locator("iframe").locator("#stage").focus()
        vote(page, "2")
        assert progress(page).startswith("Chosen: motion 2. Pair 2")


@pytest.mark.chromium
def test_a_key_pressed_twice_votes_once(browser, saved):
    with opened(browser, saved) as page:
        page.wait_for_selector(READY)
        page.keyboard.press("1")
        page.keyboard.press("1")
        assert "1 voted on" in progress(page)
        page.wait_for_selector(READY)
        page.keyboard.down("2")
        page.wait_for_selector(READY)
        page.keyboard.down("2")  # held: it repeats
        assert "2 voted on" in progress(page)


@pytest.mark.chromium
def test_a_name_is_typed_not_voted_and_survives_the_csv(browser, saved):
    with opened(browser, saved) as page:
        vote(page, "1")
        page.wait_for_selector(READY)
        page.get_by_label("Your name").fill('=Ann "1", 2')
        page.get_by_label("Your name").press("2")
        assert "1 voted on" in progress(page)
        (row,) = downloaded(page)
    assert row["voter"] == 'Ann "1", 22'


@pytest.mark.chromium
def test_going_back_changes_a_vote_and_next_leaves_a_pair_out(browser, saved):
    with opened(browser, saved) as page:
        vote(page, "1")
        page.get_by_role("button", name="Previous pair").click()
        chosen = page.locator("#vote [aria-pressed=true]")
        assert chosen.inner_text().startswith("Motion 1")
        vote(page, "2")
        assert progress(page) == "Chosen: motion 2. Pair 2 of 3, 1 voted on."
        page.get_by_role("button", name="Next pair").click()
        assert page.get_by_role("button", name="Next pair").is_disabled()
        vote(page, "1")  # the one left out comes again
        assert progress(page) == "Chosen: motion 1. Pair 2 of 3, 2 voted on."
        rows = downloaded(page)
    assert [row["chosen"] for row in rows] == ["right0", "left2"]


@pytest.mark.chromium
def test_a_reload_keeps_votes_name_and_place(browser, tmp_path):
    path = votes_page().save(tmp_path / "v.html")
    context = browser.new_context()
    page = context.new_page()
    page.goto(path.as_uri())
    page.get_by_label("Your name").fill("Bo")
    page.get_by_label("Your name").press("Enter")  # leaves the field
    vote(page, "2")
    page.wait_for_selector(READY)
    page.reload()
    assert progress(page) == "Pair 2 of 3, 1 voted on."
    assert [row["voter"] for row in downloaded(page)] == ["Bo"]
    other = votes_page()
    other = VotesPage("ffff", "Another?", other.pairs, 30.0, SMPL24)
    page.goto(other.save(tmp_path / "o.html").as_uri())
    assert progress(page) == "Pair 1 of 3, 0 voted on."
    context.close()


@pytest.mark.chromium
@pytest.mark.parametrize(
    "kept",
    [
        "nonsense",
        "null",
        "[]",
        '{"id": 7, "votes": []}',
        '{"id": "x", "at": 99, "votes": [{"pair": 1}, null]}',
        '{"id": "x", "votes": [{"pair": "pair0", "chosen": "left1"}]}',
    ],
)
def test_what_is_kept_is_not_trusted(browser, saved, kept):
    context = browser.new_context()
    store = f"localStorage.setItem('mini_vimogen votes a1b2', {kept!r})"
    context.add_init_script(f"if (window === top) {store}")
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(saved.as_uri())
    vote(page, "1")
    assert progress(page) == "Chosen: motion 1. Pair 2 of 3, 1 voted on."
    context.close()
    assert errors == []


@pytest.mark.chromium
def test_without_a_store_votes_are_kept_in_memory_and_it_is_said(
    browser, saved
):
    broken = """Object.defineProperty(window, "localStorage",
      { get() { throw new DOMException("no", "SecurityError"); } })"""
    context = browser.new_context()
    context.add_init_script(broken)
    page = context.new_page()
    page.goto(saved.as_uri())
    vote(page, "1")
    vote(page, "2")
    assert "does not keep votes" in page.locator("#kept").inner_text()
    assert len(downloaded(page)) == 2
    context.close()


@pytest.mark.chromium
def test_starting_over_asks_then_forgets_and_is_another_voter(browser, saved):
    with opened(browser, saved) as page:
        vote(page, "1")
        (first,) = downloaded(page)
        vote(page, "1")
        asked = []
        answers = iter([False, True])

        def answer(dialog):
            asked.append(dialog.message)
            dialog.accept() if next(answers) else dialog.dismiss()

        page.on("dialog", answer)
        again = page.get_by_role("button", name="Start over")
        again.click()
        assert "2 voted on" in progress(page)
        again.click()
        assert progress(page) == "Pair 1 of 3, 0 voted on."
        vote(page, "2")
        (second,) = downloaded(page)
    assert all("not downloaded" in message for message in asked)
    assert first["voter"] != second["voter"]


@pytest.mark.chromium
def test_both_motions_play_in_step_and_start_again(browser, saved):
    with opened(browser, saved) as page:
        player = page.frame_locator("iframe")
        moved = player.locator("#stage:not([data-frame='0'])")
        moved.wait_for(timeout=5000)
        player.get_by_role("button", name="Pause").click()
        player.locator("#frame").fill("50")
        assert player.locator("#clock").inner_text().endswith("50 of 59")
        page.wait_for_selector(READY)
        page.keyboard.press("r")
        player.get_by_role("button", name="Pause").wait_for()
        frame = int(player.locator("#stage").get_attribute("data-frame"))
        assert frame < 50
        page.locator("h1").click()
        page.keyboard.press("Space")
        player.get_by_role("button", name="Play").wait_for()


@pytest.mark.chromium
def test_readers_who_want_less_motion_press_play_themselves(browser, saved):
    with opened(browser, saved, reduced_motion="reduce") as page:
        page.wait_for_selector(READY)
        stage = page.frame_locator("iframe").locator("#stage")
        assert stage.get_attribute("data-frame") == "0"


@pytest.mark.chromium
def test_the_video_moves_with_the_motions(browser, with_track):
    left_blue = """() => {
      const c = document.getElementById("track");
      const p = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
      let sum = 0, n = 0;
      for (let i = 0; i < p.length; i += 4)
        if (p[i + 3] === 255 && p[i] === 0 && p[i + 1] === 79) {
          sum += (i / 4) % c.width; n++;
        }
      return n > 20 ? sum / n / c.width : null;
    }"""
    options = {"bypass_csp": True, "reduced_motion": "reduce"}
    with opened(browser, with_track, **options) as page:
        page.wait_for_selector(READY)
        slider = page.frame_locator("iframe").locator("#frame")
        places = []
        for frame in (0, 29, 58):
            slider.fill(str(frame))
            page.wait_for_timeout(100)
            places.append(page.evaluate(left_blue))
    # 15 frames a second against 30: frame 58 is the track's last but one.
    assert places[0] < 0.25 and places[2] > 0.75
    assert places[1] == pytest.approx((places[0] + places[2]) / 2, abs=0.03)


@pytest.mark.chromium
def test_no_video_no_empty_picture(browser, saved):
    with opened(browser, saved) as page:
        page.wait_for_selector(READY)
        assert not page.locator("#video").is_visible()


@pytest.mark.chromium
def test_pairs_do_not_enter_the_history(browser, saved):
    """Else Back would show an older pair's motions under a newer one's id."""
    with opened(browser, saved, bypass_csp=True) as page:
        before = page.evaluate("history.length")
        vote(page, "1")
        vote(page, "1")
        page.wait_for_selector(READY)
        assert page.evaluate("history.length") == before


@pytest.mark.chromium
@pytest.mark.parametrize("width", [420, 1280])
def test_nothing_is_cut_off_and_buttons_stand_under_their_motions(
    browser, with_track, width
):
    view = {"width": width, "height": 900}
    with opened(browser, with_track, viewport=view) as page:
        page.wait_for_selector(READY)
        boxes = {}
        for name in ("#track", "iframe", "#choose_left", "#choose_right"):
            box = boxes[name] = page.locator(name).bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= 900
        for name in ("#download", "#again", "#name", "#next", "#restart"):
            box = page.locator(name).bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
        middle = boxes["iframe"]["x"] + boxes["iframe"]["width"] / 2
        left, right = boxes["#choose_left"], boxes["#choose_right"]
        assert left["x"] + left["width"] <= middle <= right["x"]
        assert min(left["height"], right["height"]) >= 44  # for a thumb


@pytest.mark.chromium
def test_every_control_has_a_name_and_can_be_reached_by_tab(browser, saved):
    with opened(browser, saved) as page:
        vote(page, "1")
        page.wait_for_selector(READY)
        page.locator("h1").click()
        reached = []
        for _ in range(20):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            if focused.count():
                reached.append(focused.get_attribute("id"))
        wanted = {"choose_left", "choose_right", "restart", "name", "download"}
        assert wanted <= set(reached)
        for name in ("Motion 1", "Motion 2", "Previous", "Next", "From the"):
            assert page.get_by_role("button", name=name).count() == 1
        assert page.get_by_role("status").count() == 1
        assert page.get_by_role("group", name="Which one").count() == 1
        title = page.locator("iframe").get_attribute("title")
        assert "Motion 1 on the left" in title
