"""The player in a real browser: it plays, turns, steps, and calls nobody."""

from contextlib import contextmanager

import pytest

from mini_vimogen.render import Player
from tests.oracles import standing_clip, wandering_clip
from tests.render.chromium_arguments import ARGUMENTS

pytestmark = pytest.mark.chromium
INK = """() => {
  const stage = document.getElementById("stage");
  const pixels = stage.getContext("2d")
    .getImageData(0, 0, stage.width, stage.height).data;
  let blue = 0, orange = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    const [r, g, b] = [pixels[i], pixels[i + 1], pixels[i + 2]];
    if (r === 0 && g === 79 && b === 140) blue++;
    if (r === 217 && g === 108 && b === 0) orange++;
  }
  return [blue, orange];
}"""


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=ARGUMENTS
        )
        yield started
        started.close()


@contextmanager
def opened(browser, path, **options):
    """A page on a file; fails if it errs or asks for anything else."""
    context = browser.new_context(
        **{"viewport": {"width": 800, "height": 420}, **options}
    )
    page = context.new_page()
    asked, errors = [], []
    context.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert asked == [path.as_uri()]
    assert errors == []


def frame(page) -> int:
    return int(page.locator("#stage").get_attribute("data-frame"))


@pytest.fixture
def saved(tmp_path):
    return Player(wandering_clip(90), title="Wander").save(tmp_path / "p.html")


def test_it_is_still_then_plays_then_pauses(browser, saved):
    with opened(browser, saved) as page:
        page.wait_for_timeout(300)
        assert frame(page) == 0
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("stage.dataset.frame > 5")
        page.get_by_role("button", name="Pause").click()
        held = frame(page)
        page.wait_for_timeout(200)
        assert frame(page) == held > 5
        assert page.locator("#clock").inner_text().endswith("of 89")


def test_both_sides_are_drawn_and_dragging_turns(browser, saved):
    with opened(browser, saved) as page:
        blue, orange = page.evaluate(INK)
        assert blue > 300 and orange > 150
        before = page.evaluate("stage.toDataURL()")
        box = page.locator("#stage").bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + 90, middle[1] + 20)
        page.mouse.up()
        assert page.evaluate("stage.toDataURL()") != before
        assert page.locator("#view").input_value() == "free"


def test_dragging_right_takes_the_near_side_to_the_right(browser, saved):
    near = """() => {
      const at = project(panels()[0]), [x, y] = at.middle;
      return at([x, y + 0.5, 1]).x - at([x, y, 1]).x;  // towards the camera
    }"""
    with opened(browser, saved) as page:
        page.evaluate("chooseView('front')")
        assert abs(page.evaluate(near)) < 1e-3
        page.mouse.move(300, 150)
        page.mouse.down()
        page.mouse.move(340, 150)
        page.mouse.up()
        assert page.evaluate(near) > 5


def test_near_limbs_cover_far_ones(browser, tmp_path):
    path = Player(standing_clip()).save(tmp_path / "stand.html")
    with opened(browser, path) as page:
        page.evaluate("chooseView('left'); draw()")
        blue_in_front, orange_behind = page.evaluate(INK)
        page.evaluate("camera.azimuth = -Math.PI / 2; draw()")
        blue_behind, orange_in_front = page.evaluate(INK)
    assert blue_in_front > 1.2 * blue_behind
    assert orange_in_front > orange_behind


def test_everybody_is_in_front_of_the_camera_and_floor_behind_is_not_drawn(
    browser, tmp_path
):
    clips = [standing_clip(), standing_clip().moved(by=(0.0, 40.0, 0.0))]
    path = Player(clips, layout="overlaid").save(tmp_path / "far.html")
    with opened(browser, path) as page:
        page.evaluate("chooseView('front'); draw()")
        seen = page.evaluate(
            """() => {
              const at = project(panels()[0]);
              return [...clips.map((c) => at(joint(c, 0, 0)).ok),
                at([0, 80, 0]).ok];
            }"""
        )
        assert seen == [True, True, False]


def test_keys_slider_and_views(browser, saved):
    with opened(browser, saved) as page:
        page.locator("#stage").focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        assert frame(page) == 2
        page.locator("#frame").fill("40")
        assert frame(page) == 40
        still = page.evaluate("stage.toDataURL()")
        page.get_by_label("View").select_option("above")
        assert page.evaluate("stage.toDataURL()") != still
        page.locator("#stage").focus()
        page.keyboard.press("Space")
        page.wait_for_function("stage.dataset.frame != 40")


def test_the_plain_wheel_is_left_to_the_page(browser, saved):
    with opened(browser, saved) as page:
        box = page.locator("#stage").bounding_box()
        page.mouse.move(box["x"] + 50, box["y"] + 50)
        page.mouse.wheel(0, 300)
        page.wait_for_timeout(50)
        assert page.evaluate("camera.zoom") == 1
        page.keyboard.down("Control")
        page.mouse.wheel(0, -300)
        page.keyboard.up("Control")
        page.wait_for_function("camera.zoom > 1")


def test_speed_is_counted_in_time_not_in_ticks(browser, saved):
    with opened(browser, saved) as page:
        # The script's own clock stands in for time: two seconds at half speed.
        reached = page.evaluate(
            """() => {
              speed.value = "0.5"; playing = true; startFrame = 0; started = 0;
              tick(2000); playing = false;
              return now;
            }"""
        )
        assert reached == 30


def test_a_tick_from_before_the_start_shows_the_start(browser, saved):
    with opened(browser, saved) as page:
        reached = page.evaluate(
            """() => {
              playing = true; startFrame = 0; started = 1000; tick(990);
              playing = false;
              return [now, stage.dataset.frame];
            }"""
        )
        assert reached == [0, "0"]


@pytest.mark.parametrize("calm,moves", [("reduce", False), (None, True)])
def test_autoplay_respects_readers_who_want_less_motion(
    browser, tmp_path, calm, moves
):
    player = Player(wandering_clip(90), autoplay=True)
    path = player.save(tmp_path / "auto.html")
    with opened(browser, path, reduced_motion=calm) as page:
        page.wait_for_timeout(400)
        assert (frame(page) > 0) is moves


def test_a_frame_without_height_does_not_err(browser, saved):
    tiny = {"width": 320, "height": 60}
    with opened(browser, saved, viewport=tiny) as page:
        page.evaluate("show(7)")
        assert frame(page) == 7


@pytest.mark.parametrize("width", [320, 800])
def test_nothing_is_cut_off_at_any_width(browser, tmp_path, width):
    clips = [wandering_clip(30, seed=seed) for seed in range(2)]
    path = Player(clips, labels=["one", "two"]).save(tmp_path / "two.html")
    view = {"width": width, "height": 420}
    with opened(browser, path, viewport=view) as page:
        for name in ("#play", "#frame", "#clock", "#speed", "#view", "#stage"):
            box = page.locator(name).bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
            assert box["y"] >= 0 and box["y"] + box["height"] <= 420
        assert page.locator("#stage").bounding_box()["height"] > 150


def test_a_dark_page_is_readable(browser, saved):
    with opened(browser, saved, color_scheme="dark") as page:
        colours = page.evaluate("[colours.background, colours.left]")
        assert colours == ["#17191c", "#4f9dff"]
        corner = page.evaluate(
            "[...pen.getImageData(2, 2, 1, 1).data].slice(0, 3)"
        )
        assert corner == [0x17, 0x19, 0x1C]


def test_two_players_on_one_page_do_not_clash(browser, tmp_path):
    players = [Player(wandering_clip(90, seed=s)) for s in range(2)]
    frames = [p._repr_mimebundle_()["text/html"] for p in players]
    path = tmp_path / "both.html"
    path.write_text("<!DOCTYPE html><body>" + "".join(frames))
    with opened(browser, path) as page:
        first, second = (page.frame_locator("iframe").nth(i) for i in (0, 1))
        second.get_by_role("button", name="Play").click()
        page.wait_for_timeout(400)
        stages = [f.locator("#stage") for f in (first, second)]
        found = [int(s.get_attribute("data-frame")) for s in stages]
        assert found[0] == 0 and found[1] > 0
