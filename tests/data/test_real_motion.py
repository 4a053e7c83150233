"""What the 57 shipped clips must show, read off their joints alone."""

import hashlib
import json
import re

import numpy as np
import pytest
import torch

from mini_vimogen.data.library import data_path, family, real_motion, splits
from mini_vimogen.geometry.kinematics import (
    FOOT_JOINTS,
    foot_contacts,
    global_rotmat,
)
from mini_vimogen.geometry.rotations import heading, rotmat_to_axis_angle
from mini_vimogen.geometry.skeleton import SMPL24

CLIPS = {clip.source: clip for clip in real_motion()}
MANIFEST = json.loads(data_path("manifest.json").read_text(encoding="utf-8"))
UPSIDE_DOWN = {
    f"deepmimic_{name}"
    for name in (
        "backflip cartwheel crawl getup_facedown getup_faceup kick roll spin"
    ).split()
}
STANDING = sorted(CLIPS.keys() - UPSIDE_DOWN)
WALKS = sorted(n for n in STANDING if "walk" in CLIPS[n].caption)


def joint(clip, name: str) -> torch.Tensor:
    return clip.joints()[:, SMPL24.index(name)]


def turn_degrees(clip) -> float:
    yaw = np.unwrap(heading(clip.local_rotmat[:, 0]).numpy())
    return float(np.degrees(yaw[-1] - yaw[0]))


def speed(positions: torch.Tensor, fps: float) -> torch.Tensor:
    return positions.diff(dim=0).norm(dim=-1) * fps


def test_counts():
    assert len(CLIPS) == 57 and len(WALKS) == 42
    assert len({family(clip) for clip in CLIPS.values()}) == 21
    seconds = sum(clip.duration for clip in CLIPS.values())
    assert 180 < seconds < 190
    for clip in CLIPS.values():
        assert clip.fps == 30 and clip.skeleton is SMPL24
        assert clip.caption.startswith("a person ") and clip.licence


@pytest.mark.parametrize("name", sorted(MANIFEST["files"]))
def test_manifest_matches_the_file(name):
    entry, path = MANIFEST["files"][name], data_path(name)
    content = path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert len(content) == entry["bytes"] < 2 * 2**20
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as data:
            found = {n: list(data[n].shape) for n in data.files}
            types = {n: str(data[n].dtype) for n in data.files}
        assert {n: a["shape"] for n, a in entry["arrays"].items()} == found
        assert {n: a["dtype"] for n, a in entry["arrays"].items()} == types
        assert all(a["unit"] for a in entry["arrays"].values())


def test_manifest_lists_every_clip_as_it_is():
    assert sorted(MANIFEST["clips"]) == sorted(CLIPS)
    for name, entry in MANIFEST["clips"].items():
        clip = CLIPS[name]
        assert entry["caption"] == clip.caption
        assert entry["family"] == family(clip)
        assert entry["family"] in splits()["real"][entry["split"]]
        assert entry["frames"] == clip.frames
        assert entry["turn_degrees"] == pytest.approx(
            turn_degrees(clip), abs=0.1
        )


def test_real_splits_cut_between_families():
    real = splits()["real"]
    listed = [name for families in real.values() for name in families]
    assert len(listed) == len(set(listed)) == 21
    assert set(listed) == {family(clip) for clip in CLIPS.values()}
    assert {"cmu_016", "cmu_056", "deepmimic_kick"} <= set(real["test"])
    assert {"cmu_047", "cmu_077"} <= set(real["validation"])


def test_action_splits():
    acted = splits()["choreographed"]
    assert list(acted) == ["seen", "held_out", "video_only"]
    actions = [action for kind in acted.values() for action in kind]
    assert len(actions) == len(set(actions)) == 20
    first = "walk run turn jump squat kick punch wave bow spin".split()
    assert len(set(first) & set(acted["seen"])) >= 8
    assert not set(first) & set(acted["video_only"])
    assert len(acted["video_only"]) >= 3 and len(acted["held_out"]) >= 2


@pytest.mark.parametrize("name", CLIPS)
def test_on_the_floor_over_the_origin(name):
    clip = CLIPS[name]
    height = clip.joints()[..., 2]
    assert abs(float(height.min())) < 5e-4
    assert torch.allclose(clip.root_position[0, :2], torch.zeros(2), atol=1e-6)
    # Nobody flies for longer than a leap.
    airborne = (height.min(dim=1).values > 0.15).sum() / clip.fps
    assert airborne < 0.7


@pytest.mark.parametrize("name", CLIPS)
def test_no_jumps_between_frames(name):
    clip = CLIPS[name]
    assert speed(clip.root_position, clip.fps).max() < 6
    assert speed(clip.joints(), clip.fps).max() < 16
    turn = clip.local_rotmat[:-1].transpose(-1, -2) @ clip.local_rotmat[1:]
    cosine = (turn.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2
    assert cosine.min() > np.cos(1.1)  # radians in one thirtieth of a second


@pytest.mark.parametrize("name", STANDING)
def test_upright(name):
    clip = CLIPS[name]
    rise = joint(clip, "head")[:, 2] - joint(clip, "pelvis")[:, 2]
    assert rise.min() > 0.3
    assert (joint(clip, "pelvis")[:, 2] > 0.4).all()


@pytest.mark.parametrize("name", STANDING)
def test_left_is_on_the_left(name):
    """Forward is where the feet point, up is from pelvis to neck."""
    clip = CLIPS[name]
    up = joint(clip, "neck") - joint(clip, "pelvis")
    for part in ("hip", "shoulder"):
        across = joint(clip, f"left_{part}") - joint(clip, f"right_{part}")
        toes = sum(
            joint(clip, f"{side}_foot") - joint(clip, f"{side}_ankle")
            for side in ("left", "right")
        )
        left = torch.linalg.cross(up, toes)
        agreement = torch.cosine_similarity(across, left)
        assert (agreement > 0).float().mean() > 0.9, part


def test_knees_and_elbows_bend_the_human_way():
    """A knee turns about +x; a left elbow about -y, a right one about +y."""
    for name, clip in CLIPS.items():
        for joint_name, axis, sign in (
            ("left_knee", 0, 1),
            ("right_knee", 0, 1),
            ("left_elbow", 1, -1),
            ("right_elbow", 1, 1),
        ):
            turn = clip.local_rotmat[:, SMPL24.index(joint_name)]
            bend = sign * rotmat_to_axis_angle(turn)[:, axis]
            # One kick overstretches a knee by 13 degrees.
            assert bend.min() > -0.23, (name, joint_name)
            assert bend.max() > 0.35, (name, joint_name)


@pytest.mark.parametrize("name", WALKS)
def test_walkers_go_where_they_face(name):
    clip = CLIPS[name]
    step = clip.root_position.diff(dim=0)[:, :2] * clip.fps
    yaw = heading(clip.local_rotmat[:-1, 0])
    ahead = torch.stack([-yaw.sin(), yaw.cos()], dim=-1)
    forward = (step * ahead).sum(-1)
    aside = (step - forward[:, None] * ahead).norm(dim=-1)
    assert forward.mean() > 0.25 and forward.mean() > 1.5 * aside.mean()


TURNS = {
    r"90-degree left": (65, 110),
    r"90-degree right": (-110, -65),
    r"veers to the left": (30, 50),
    r"veers to the right": (-50, -25),
    r"turning slightly to the left": (15, 45),
    r"walks, turning to the left": (45, 75),
    r"turning sharply to the right": (-115, -80),
    r"walks, turning to the right": (-75, -40),
    r"in a circle to the left": (300, 400),
    r"turning around once to the right": (-400, -320),
    r"spins around to the left": (330, 760),
    r"spinning kick to the left": (330, 390),
    r"leg, turning to the left": (90, 200),
    r"walks forward$|runs forward$|jumps forward$|hand$": (-13, 13),
    r"starts to walk|and stops|shifts their weight": (-10, 10),
}


@pytest.mark.parametrize("name", CLIPS)
def test_turns_agree_with_captions(name):
    clip = CLIPS[name]
    ranges = [
        wanted
        for words, wanted in TURNS.items()
        if re.search(words, clip.caption)
    ]
    if name in UPSIDE_DOWN and not ranges:
        assert not re.search("left|right", clip.caption)
        return
    if name == "deepmimic_dance_b":
        return  # its caption names no direction
    ((low, high),) = ranges
    assert low < turn_degrees(clip) < high


def test_every_turning_word_is_met():
    for words in TURNS:
        assert any(re.search(words, c.caption) for c in CLIPS.values()), words


def test_starts_stops_and_standing():
    for name, clip in CLIPS.items():
        pace = speed(clip.root_position[:, :2], clip.fps)
        first, last = pace[:10].mean(), pace[-10:].mean()
        if "starts to walk" in clip.caption:
            assert first < 0.15 and last > 0.8, name
        if "and stops" in clip.caption:
            assert first > 0.6 and last < 0.15, name
        if "shifts" in clip.caption:
            assert pace.quantile(0.99) < 0.25, name
            assert clip.root_position[:, :2].abs().max() < 0.2, name


@pytest.mark.parametrize(
    ("name", "slowest", "fastest"),
    [
        # The recordings' 1.3-1.7 m/s, times the ratio of leg lengths, 0.82.
        *((f"cmu_016_{take}", 1.0, 1.45) for take in (22, 23, 47, 58)),
        ("deepmimic_walk", 0.8, 1.1),
        ("deepmimic_run", 3.0, 3.8),
        ("deepmimic_walker_forward", 0.8, 1.1),
    ],
)
def test_speeds(name, slowest, fastest):
    clip = CLIPS[name]
    pace = speed(clip.root_position[:, :2], clip.fps).mean()
    assert slowest < pace < fastest


@pytest.mark.parametrize("name", WALKS)
def test_walking_feet_stay_near_the_floor_and_take_turns(name):
    clip = CLIPS[name]
    joints = clip.joints()
    lowest = joints[:, list(FOOT_JOINTS), 2].min(dim=1).values
    # The two long walks were recorded on a floor that is not quite level.
    long = name in ("cmu_047_01", "cmu_056_01")
    assert lowest.median() < (0.05 if long else 0.03)
    assert lowest.max() < (0.11 if long else 0.06)
    planted = foot_contacts(joints, fps=clip.fps)[:-1]
    moving = speed(joints[:, list(FOOT_JOINTS)], clip.fps)
    slide = (moving * planted).sum() / planted.sum()
    assert slide < 0.21  # metres per second; the recordings slide as much
    for left, right in ((0, 1), (2, 3)):
        for foot in (left, right):
            assert 0.15 < planted[:, foot].mean() < 0.95


def test_what_the_acrobatics_are_named_for():
    def height(name, part):
        return joint(CLIPS[f"deepmimic_{name}"], part)[:, 2]

    hip = height("kick", "pelvis")
    assert (height("kick", "right_ankle") > hip).any()
    assert not (height("kick", "left_ankle") > hip).any()
    lowest = CLIPS["deepmimic_backflip"].joints()[..., 2].min(dim=1).values
    assert lowest.max() > 0.5
    assert height("backflip", "head").min() < height("backflip", "pelvis").max()
    wheel = CLIPS["deepmimic_cartwheel"]
    over = joint(wheel, "left_ankle")[:, 2] - joint(wheel, "head")[:, 2]
    assert over.max() > 0.5
    hands = joint(wheel, "left_hand")[:, 2], joint(wheel, "right_hand")[:, 2]
    assert all(hand.min() < 0.05 for hand in hands)
    assert height("crawl", "pelvis").max() < 0.5
    for name in ("getup_facedown", "getup_faceup"):
        rise = height(name, "head")
        assert rise[0] < 0.45 and rise[-1] > 1.4, name
    jump = CLIPS["deepmimic_jump"].joints()[..., 2].min(dim=1).values
    assert jump.max() > 0.15


def test_the_punch_is_with_the_right_hand():
    clip = CLIPS["deepmimic_punch"]
    neck = joint(clip, "neck")
    ahead = {
        side: (joint(clip, f"{side}_wrist") - neck)[:, :2].norm(dim=-1).max()
        for side in ("left", "right")
    }
    assert ahead["right"] > ahead["left"] + 0.1


def test_hands_and_wrists():
    """No hand is under the floor; wrists bend by at most 90 degrees."""
    for name, clip in CLIPS.items():
        assert joint(clip, "left_hand")[:, 2].min() > -5e-4, name
        for side in ("left", "right"):
            wrist = clip.local_rotmat[:, SMPL24.index(f"{side}_wrist")]
            cosine = (wrist.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2
            assert cosine.min() > -0.02, (name, side)


def test_feet_reach_the_floor_in_every_clip():
    for name, clip in CLIPS.items():
        feet = clip.joints()[:, list(FOOT_JOINTS), 2]
        assert feet.min() < 0.03, name


def test_supporting_hands_lie_on_their_palms():
    clip = CLIPS["deepmimic_cartwheel"]
    world = global_rotmat(clip.local_rotmat, SMPL24)
    for side in ("left", "right"):
        down = joint(clip, f"{side}_hand")[:, 2] < 0.03
        back = world[down, SMPL24.index(f"{side}_wrist"), 2, 1]
        assert down.sum() >= 5 and (back > 0.2).all(), side
