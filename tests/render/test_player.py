"""The player's page: what is in it, what is not, what is refused."""

import base64
import html
import json
import re

import numpy as np
import pytest
import torch

from mini_vimogen.geometry.skeleton import SMPL22, SMPL24, Skeleton
from mini_vimogen.render import Player
from mini_vimogen.render.player import LARGEST
from tests.oracles import standing_clip, wandering_clip


def motion(page: str) -> dict:
    """What the page's script reads."""
    found = re.search(r'id="motion">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])


def unpacked(data: dict, number: int = 0) -> np.ndarray:
    """[frames, joints, 3] metres that the script will draw, in the world."""
    clip = data["clips"][number]
    whole = np.frombuffer(base64.b64decode(clip["positions"]), dtype="<i2")
    joints = whole.reshape(clip["frames"], len(clip["parents"]), 3)
    return joints * data["step"] + [*clip["origin"], 0.0]


@pytest.mark.parametrize("layout", ["side_by_side", "overlaid"])
def test_positions_come_back_to_half_a_step(layout):
    clips = [wandering_clip(50), wandering_clip(31, seed=1, joints=22)]
    clips[1] = clips[1].moved(by=(3.0, -2.0, 0.0))
    data = motion(Player(clips, layout=layout).html())
    for number, clip in enumerate(clips):
        found = unpacked(data, number)
        step = data["step"]
        assert found.shape == tuple(clip.joints().shape)
        worst = np.abs(found - clip.joints().numpy()).max()
        assert worst <= 0.5 * step + 1e-6
    assert data["step"] < 2e-4
    assert data["clips"][1]["parents"] == list(SMPL22.parents)


def test_far_from_the_origin_positions_stay_sharp():
    clip = wandering_clip(20).moved(by=(4000.0, -7000.0, 0.0))
    data = motion(Player(clip).html())
    assert data["step"] * LARGEST < 6
    worst = np.abs(unpacked(data) - clip.joints().numpy()).max()
    assert worst < 2e-3  # float32 itself is this coarse at 7 km


def test_floor_squares_stay_where_they_were():
    clip = wandering_clip(20).moved(by=(1.3, 0.2, 0.0))
    origin = np.array(motion(Player(clip).html())["clips"][0]["origin"])
    assert (origin * 2 == np.round(origin * 2)).all()


def test_overlaid_people_share_an_origin_and_neighbours_do_not():
    clips = [standing_clip(), standing_clip().moved(by=(5.0, 0.0, 0.0))]

    def origins(layout):
        data = motion(Player(clips, layout=layout).html())
        return [clip["origin"] for clip in data["clips"]]

    assert origins("overlaid")[0] == origins("overlaid")[1] == [2.5, 0.0]
    assert origins("side_by_side")[0] != origins("side_by_side")[1]


def test_sides_and_head_travel_with_the_skeleton():
    clip = motion(Player(standing_clip()).html())["clips"][0]
    assert clip["sides"][SMPL24.index("left_knee")] == "left"
    assert clip["sides"][SMPL24.index("right_knee")] == "right"
    assert clip["head"] == SMPL24.index("head")
    stick = Skeleton("stick", ("root", "tip"), (-1, 0), torch.eye(2, 3))
    page = Player(torch.rand(4, 2, 3), skeleton=stick, fps=10).html()
    assert motion(page)["clips"][0]["head"] == -1


def test_the_page_asks_no_network_for_anything():
    page = Player([wandering_clip(40), standing_clip()]).html()
    # Base64 may spell anything by chance; the rest may not.
    words = re.sub(r'"positions":"[^"]*"', "", page)
    assert "http" not in words.lower() and "//" not in re.sub(
        r"^\s*//.*$|\s// .*$", "", words, flags=re.MULTILINE
    )
    for outside in ("src=", "href=", "url(", "import", "fetch(", "@font-face"):
        assert outside not in words


def test_a_page_is_small():
    frames, joints = 150, 24
    size = len(Player(wandering_clip(frames)).html())
    assert size < 20_000 + frames * joints * 3 * 2 * 4 / 3


def test_hostile_labels_stay_text():
    evil = '</script><script>alert("x")</script>{{script}}'
    player = Player(standing_clip(), labels=[evil], title=evil + "!")
    page = player.html()
    assert page.count("<script") == 2 and page.count("</script>") == 2
    assert motion(page)["clips"][0]["label"] == evil
    assert html.escape(evil) in page


def test_a_notebook_gets_a_sandboxed_frame_and_plain_text():
    player = Player(standing_clip(60), title="Stand")
    bundle = player._repr_mimebundle_()
    frame = bundle["text/html"]
    assert frame.startswith('<iframe sandbox="allow-scripts" loading="lazy"')
    inner = re.search(r'srcdoc="([^"]*)"', frame)[1]
    assert html.unescape(inner) == player.html()
    assert 'title="Stand: 60 frames at 30 fps, one skeleton."' in frame
    assert bundle["text/plain"] == repr(player)
    assert repr(player) == "Player: Stand: 60 frames at 30 fps, one skeleton."


def test_every_control_says_what_it_is():
    page = Player(standing_clip()).html()
    for tag in re.findall(r"<(?:button|input|select|canvas)\b[^>]*>", page):
        assert 'aria-label="' in tag, tag
    assert "prefers-reduced-motion" in page and ":focus-visible" in page
    assert ">Play</button>" in page and '"Pause"' in page


def test_descriptions():
    walk = standing_clip(60).with_(caption="Walk")
    assert Player([walk, walk]).description == (
        "Walk: 60 frames at 30 fps, two skeletons side by side."
    )
    three = Player(
        [walk, walk.slice(0, 9), walk], layout="overlaid", title="All"
    )
    assert three.description == (
        "All: up to 60 frames at 30 fps, three skeletons overlaid."
    )
    assert Player(standing_clip(1).joints(), fps=12.5).description == (
        "Motion: 1 frame at 12.5 fps, one skeleton."
    )
    long = walk.with_(caption="a person walks and turns to the left slowly")
    other = long.with_(caption="a person walks and turns to the right slowly")
    assert Player([long, other]).title == "Two motions"


def test_clips_of_other_rates_are_resampled_to_the_one_asked_for():
    slow = standing_clip(21, fps=20)
    data = motion(Player([standing_clip(31), slow], fps=30).html())
    assert [clip["frames"] for clip in data["clips"]] == [31, 31]
    assert data["fps"] == 30


def test_still_until_asked():
    assert motion(Player(standing_clip()).html())["autoplay"] is False
    page = Player(standing_clip(), autoplay=True).html()
    assert motion(page)["autoplay"] is True
    assert "if (motion.autoplay && !calm)" in page


def test_methods_bring_their_colours():
    clips = [standing_clip(), standing_clip()]
    named = Player(clips, layout="overlaid", methods=["truth", "ours"]).html()
    styles = [clip["style"] for clip in motion(named)["clips"]]
    assert styles == ["truth", "ours"] and "--ours: #882255;" in named
    usual = motion(Player(clips, layout="overlaid").html())["clips"]
    assert [clip["style"] for clip in usual] == [None, "series0"]


def test_nothing_is_moved_or_changed_in_the_input():
    joints = wandering_clip(10).joints()
    before = joints.clone()
    Player(joints, fps=30).html()
    assert torch.equal(joints, before)


def test_save_replaces_whole_or_not_at_all(tmp_path):
    path = tmp_path / "stand.html"
    path.write_text("old")
    player = Player(standing_clip())
    assert player.save(path) == path
    assert path.read_text(encoding="utf-8") == player.html()
    assert [p.name for p in tmp_path.iterdir()] == ["stand.html"]
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        player.save(tmp_path / "nowhere" / "stand.html")


BROKEN = standing_clip(4).joints()
BROKEN[2, 0, 0] = float("nan")


@pytest.mark.parametrize(
    "clips,options,said",
    [
        ([], {}, "clips must hold at least one clip, got none"),
        ([], {"fps": 30}, "clips must hold at least one clip, got none"),
        (standing_clip(), {"layout": "grid"}, "layout must be one of side_by"),
        (
            standing_clip(),
            {"height": 10},
            "height must be at least 200, got 10",
        ),
        (standing_clip(), {"fps": -1}, "fps must be positive"),
        (BROKEN, {"fps": 30}, r"clips\[0\] must be finite, .* at frame 2"),
        (BROKEN[:2], {}, "fps must be given to play joint tensors, got None"),
        (
            [standing_clip(), standing_clip(fps=20)],
            {},
            r"fps must be given to play clips of different rates \(20, 30\)",
        ),
        (
            [standing_clip(), standing_clip()],
            {"methods": ["ours"]},
            "methods must name 2 of ours",
        ),
    ],
)
def test_what_cannot_be_played_is_refused(clips, options, said):
    with pytest.raises(ValueError, match=said):
        Player(clips, **options)
