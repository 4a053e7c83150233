"""Keypoint files of other tools, through the door ``keypoint_file.read``."""

import copy
import json

import numpy as np
import pytest
import torch

from mini_vimogen.data.real_video import laboratory_video
from mini_vimogen.formats import keypoint_file, keypoint_json_fields
from mini_vimogen.formats.keypoint_layouts import from_coco17
from tests.formats.keypoint_examples import (
    SIZE,
    alphapose,
    blazepose,
    coco,
    entry,
    figure,
    frames,
    mmpose,
    mmpose_person,
    openpose,
    write_json,
    write_openpose,
)

KNOWN = {"fps": 25, "size": SIZE}


def read(path, **more):
    return keypoint_file.read(path, **(KNOWN | more))


def same(track, wanted, *, tolerance=1e-4):
    torch.testing.assert_close(
        track.keypoints.double(),
        torch.as_tensor(np.asarray(wanted)),
        rtol=0,
        atol=tolerance,
    )


WRITERS = {
    "AlphaPose, COCO": ("coco17", alphapose),
    "AlphaPose, Halpe": ("halpe26", alphapose),
    "COCO annotations": ("coco17", coco),
    "MMPose, COCO": ("coco17", mmpose),
    "MMPose, Halpe": ("halpe26", lambda p: mmpose(p, "halpe26")),
    "MMPose, inferencer": ("halpe26", lambda p: mmpose(p)["instance_info"]),
    "OpenPose in one list": ("openpose25", openpose),
    "BlazePose": ("blazepose33", blazepose),
    "BlazePose, people": (
        "blazepose33",
        lambda p: [[one] for one in blazepose(p)],
    ),
    "BlazePose, objects": (
        "blazepose33",
        lambda p: [{"landmarks": one} for one in blazepose(p)],
    ),
    "BlazePose, headed": (
        "blazepose33",
        lambda p: {"fps": 25, "frames": blazepose(p)},
    ),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_kind_of_file_gives_the_same_track(tmp_path, kind):
    layout, writer = WRITERS[kind]
    path = write_json(tmp_path / "a.json", writer(frames(layout)))
    track = read(path)
    same(track, frames("coco17"))
    assert (track.fps, track.width, track.height) == (25.0, 640.0, 480.0)


def test_a_folder_of_openpose_is_read_in_the_order_of_its_numbers(tmp_path):
    folder = tmp_path / "out"
    write_openpose(folder, openpose(frames("openpose25", 12)), first=95)
    (folder / "notes.txt").write_text("not a frame")
    same(read(folder), frames("coco17", 12))


@pytest.mark.parametrize("layout", ["halpe26", "openpose25", "blazepose33"])
def test_arrays_name_their_layout_by_the_number_of_joints(tmp_path, layout):
    np.save(tmp_path / "a.npy", frames(layout))
    same(read(tmp_path / "a.npy"), frames("coco17"))
    np.savez(tmp_path / "a.npz", keypoints=frames(layout), fps=25)
    same(keypoint_file.read(tmp_path / "a.npz", size=SIZE), frames("coco17"))


def test_seventeen_joints_need_a_layout(tmp_path):
    np.save(tmp_path / "a.npy", frames("h36m17"))
    with pytest.raises(ValueError, match="coco17 and h36m17; say which"):
        read(tmp_path / "a.npy")
    coco17 = frames("coco17")
    track = read(tmp_path / "a.npy", layout="h36m17")
    coco17[:, 1:5] = 0  # eyes and ears
    same(track, coco17)
    # Our own file is COCO-17 by itself, and another layout if it is named.
    keypoint_file.write(track, tmp_path / "own.npz")
    same(keypoint_file.read(tmp_path / "own.npz"), coco17)
    named = keypoint_file.read(tmp_path / "own.npz", layout="h36m17")
    assert not torch.equal(named.keypoints, track.keypoints)


def test_without_confidence_nan_and_the_origin_are_unseen(tmp_path):
    place = frames("halpe26")[..., :2]
    place[1, 9] = np.nan  # left wrist
    place[2, 9] = 0
    place[3, 9] = (0, 50)  # at the picture's edge, and seen
    np.save(tmp_path / "a.npy", place)
    wrist = read(tmp_path / "a.npy").keypoints[:, 9]
    assert wrist[:, 2].tolist() == [1, 0, 0, 1]
    assert not wrist[1:3].any() and wrist[3].tolist() == [0, 50, 1]


def test_frames_that_are_not_listed_are_unseen_not_at_the_origin(tmp_path):
    points = frames("halpe26", 3)
    content = [
        entry(f"takes/7_frame_{number:04d}.jpg", own)
        for number, own in zip((12, 10, 15), points[[1, 0, 2]], strict=True)
    ]
    track = read(write_json(tmp_path / "a.json", content))
    assert track.frames == 6
    seen = (track.keypoints[..., 2] > 0).all(dim=1)
    assert seen.tolist() == [True, False, True, False, False, True]
    assert not track.keypoints[~seen].any()
    same(
        keypoint_file.KeypointTrack(track.keypoints[seen], 25, *SIZE),
        frames("coco17", 3)[[0, 1, 2]],
    )


def test_a_coco_image_without_a_person_is_a_frame(tmp_path):
    content = coco(frames("coco17"))
    content["annotations"].pop(1)
    track = read(write_json(tmp_path / "a.json", content), size=None)
    wanted = frames("coco17")
    wanted[2] = 0
    same(track, wanted)


def test_flags_of_hand_made_annotations_become_confidence(tmp_path):
    points = frames("coco17")
    points[..., 2] = 2
    points[:, 9, 2] = 1
    points[:, 10] = 0
    track = read(write_json(tmp_path / "a.json", coco(points)))
    assert set(track.keypoints[:, 9, 2].tolist()) == {0.5}
    assert not track.keypoints[:, 10].any()
    assert set(track.keypoints[:, :9, 2].flatten().tolist()) == {1.0}


@pytest.mark.parametrize("peak", [1.0001, 1.407, 6.0])
def test_confidence_above_1_is_read_as_1(tmp_path, peak):
    points = frames("openpose25")
    points[:, 7, 2] = peak  # left wrist
    track = read(write_openpose(tmp_path / "out", openpose(points)))
    wanted = frames("coco17")
    wanted[:, 9, 2] = 1
    same(track, wanted)


def test_mmposes_negative_score_is_unseen(tmp_path):
    points = frames("coco17")
    points[:, 9, 2] = -0.01
    track = read(write_json(tmp_path / "a.json", mmpose(points)))
    assert (track.keypoints[:, 9, 2] == 0).all()


def test_blazepose_presence_counts_and_nobody_is_null(tmp_path):
    content = blazepose(frames("blazepose33"))
    for landmark in content[0]:
        landmark["presence"] = 0.5
    content[2] = None
    track = read(write_json(tmp_path / "a.json", content))
    wanted = frames("coco17")
    wanted[0, :, 2] *= 0.5
    wanted[2] = 0
    same(track, wanted)
    lists = [
        one and [[p["x"], p["y"], 0.0, p["visibility"]] for p in one]
        for one in content
    ]
    track = read(write_json(tmp_path / "b.json", lists))
    wanted[0] = frames("coco17")[0]
    same(track, wanted)


# Several people


def crowd(tmp_path, *, number=30, away=range(0), tracks=False, cut=None):
    """A large person walking right, a small one standing at the left."""
    content = []
    for at in range(number):
        large = figure("halpe26", shift=5.0 * at)
        small = figure("halpe26", shift=-200.0, scale=0.5)
        if cut is not None and at >= cut:
            large[:, 0] -= 600
            small[:, 0] += 500
        two = [entry(at, small, **({"idx": 2} if tracks else {}))]
        if at not in away:
            two.append(entry(at, large, **({"idx": 1} if tracks else {})))
        content.append(two)
    rng = np.random.default_rng(0)
    flat = [one for two in content for one in rng.permutation(two).tolist()]
    return write_json(tmp_path / "a.json", flat)


def scales(track) -> list[float]:
    """Height from nose to right ankle: 343 pixels is the large person."""
    points = track.keypoints
    height = points[:, 16, 1] - points[:, 0, 1]
    return torch.where(points[:, 0, 2] > 0, height, 0).round().tolist()


@pytest.mark.parametrize("tracks", [False, True])
def test_the_largest_is_followed_or_the_one_asked_for(tmp_path, tracks):
    path = crowd(tmp_path, tracks=tracks)
    assert scales(read(path)) == scales(read(path, person=1)) == [343.0] * 30
    assert set(scales(read(path, person=2))) <= {171.0, 172.0}
    for person in (3, 0, -1, True, 1.5):
        with pytest.raises(ValueError, match="person must be 1"):
            read(path, person=person)


@pytest.mark.parametrize("tracks", [False, True])
def test_nobody_takes_the_place_of_a_person_who_is_away(tmp_path, tracks):
    path = crowd(tmp_path, away=range(10, 16), tracks=tracks)
    wanted = [0.0 if 10 <= at < 16 else 343.0 for at in range(30)]
    got = scales(read(path))
    assert got == wanted


def test_after_a_cut_somebody_is_followed_again(tmp_path):
    got = scales(read(crowd(tmp_path, cut=12)))
    assert got[:12] == [343.0] * 12 and got[12:22] == [0.0] * 10
    assert 0.0 not in got[22:]


def test_one_person_alone_is_followed_through_any_cut(tmp_path):
    points = frames("halpe26", 6)
    points[3:, :, 0] += 900
    track = read(write_json(tmp_path / "a.json", alphapose(points)))
    assert bool((track.keypoints[..., 2] > 0).all())


def test_the_largest_track_counts_not_the_first_frame(tmp_path):
    content = [
        entry(0, figure("halpe26", scale=1.2), idx=7),
        *(entry(at, figure("halpe26", shift=30), idx=8) for at in range(5)),
    ]
    path = write_json(tmp_path / "a.json", content)
    assert scales(read(path)) == [343.0] * 5


def test_people_of_one_size_are_ranked_by_score(tmp_path):
    content = []
    for at in range(3):
        content.append(entry(at, figure("halpe26", shift=-150), score=1.0))
        content.append(entry(at, figure("halpe26", shift=150), score=2.0))
    path = write_json(tmp_path / "a.json", content)
    assert read(path).keypoints[0, 0, 0] > 320
    assert read(path, person=2).keypoints[0, 0, 0] < 320


def test_real_tracks_go_through_every_kind_unharmed(tmp_path):
    """Real detections, with their gaps and weak confidences, there and back."""
    for number, track in enumerate(laboratory_video().tracks):
        size = (track.width, track.height)
        own = track.keypoints.numpy().astype(float)
        as_h36m = from_coco17(track.keypoints, "h36m17").numpy()
        folder = tmp_path / str(number)
        folder.mkdir()
        known = {"fps": track.fps, "size": size}
        for name, content in (
            ("alphapose", alphapose(own)),
            ("mmpose", mmpose(own)),
            ("coco", coco(own) | {"images": []}),
        ):
            path = write_json(folder / f"{name}.json", content)
            got = keypoint_file.read(path, **known).keypoints
            # Without the list of images, the ids 7, 10, ... are the frames.
            got = got[::3] if name == "coco" else got
            assert torch.equal(got, track.keypoints), name
        np.save(folder / "h36m.npy", as_h36m)
        got = keypoint_file.read(
            folder / "h36m.npy", layout="h36m17", **known
        ).keypoints
        body = [0, *range(5, 17)]
        assert torch.equal(got[:, body], track.keypoints[:, body])


# Refusals


def broken(content, change):
    content = copy.deepcopy(content)
    changed = change(content)
    return content if changed is None else changed


def put(*keys):
    """A change that writes the last of ``keys`` at the place of the others."""
    *way, last, value = keys

    def change(content):
        for key in way:
            content = content[key]
        content[last] = value

    return change


HALPE = alphapose(frames("halpe26"))
OPEN = openpose(frames("openpose25"))
MM = mmpose(frames("coco17"))
COCO = coco(frames("coco17"))
BLAZE = blazepose(frames("blazepose33"))

REFUSED = {
    "empty list": ([], None, "got a list of 0"),
    "number": (3, None, "got int '3'"),
    "other object": ({"a": 1}, None, "got an object with a"),
    "other list": ([{"b": 1}], None, "must be json of COCO, AlphaPose"),
    "text for number": (
        HALPE,
        put(1, "keypoints", 4, "7"),
        "must hold numbers",
    ),
    "null": (HALPE, put(1, "keypoints", 4, None), "must hold numbers"),
    "object": (HALPE, put(1, "keypoints", {"x": 1}), "must be a list"),
    "nested": (HALPE, put(1, "keypoints", [[1, 2, 3]]), "must be numbers"),
    "ragged": (HALPE, put(1, "keypoints", [1, [2], 3]), "of one length"),
    "NaN": (HALPE, put(1, "keypoints", 31, float("nan")), "NaN.* at joint 10"),
    "infinity": (HALPE, put(1, "keypoints", 0, 1e999), "NaN or infinity"),
    "far away": (HALPE, put(1, "keypoints", 0, -1e30), "within 1,000,000"),
    "huge": (HALPE, put(1, "keypoints", 0, 10**400), "must hold numbers"),
    "negative": (HALPE, put(1, "keypoints", 5, -0.1), "0 and 6, got -0.1"),
    "percent": (
        OPEN,
        put(0, "people", 0, "pose_keypoints_2d", 2, 99),
        "got 99",
    ),
    "joints": (
        HALPE,
        put(2, "keypoints", [1.0] * 51),
        "17 joints, where others",
    ),
    "not triples": (HALPE, put(2, "keypoints", [1.0] * 52), "got 52 numbers"),
    "no keypoints": (HALPE, put(2, {}), "must have image_id"),
    "unnumbered": (HALPE, put(2, "image_id", "a.jpg"), "must be numbered"),
    "id": (HALPE, put(2, "image_id", None), "must be numbered"),
    "far frame": (HALPE, put(2, "image_id", 10**9), "at most 20,000"),
    "openpose 18": (
        [{"people": [{"pose_keypoints_2d": [9.0, 9.0, 1.0] * 18}]}] * 3,
        None,
        "no known layout has 18 joints",
    ),
    "one openpose frame": (OPEN[0], None, "give the folder"),
    "openpose people": (OPEN, put(1, "people", 3), "must be a list"),
    "nobody": ([{"people": []}] * 5, None, "must show somebody"),
    "all unseen": (
        [{"people": [{"pose_keypoints_2d": [0] * 75}]}] * 5,
        None,
        "must show somebody",
    ),
    "one frame": (HALPE[:1], None, "at least 2 frames"),
    "mmpose scores": (
        MM,
        put("instance_info", 0, "instances", 0, "keypoint_scores", [1.0]),
        "as many as keypoint_scores, got 17 and 1",
    ),
    "mmpose 3D": (
        MM,
        put("instance_info", 0, "instances", 0, "keypoints", [[1, 2, 3]] * 17),
        "lists of 2 numbers",
    ),
    "mmpose image": (
        {"instance_info": [mmpose_person(figure("coco17"))]},
        None,
        "must have instances",
    ),
    "mmpose twice": (MM, put("instance_info", 1, "frame_id", 1), "got 1 twice"),
    "coco sizes": (COCO, put("images", 0, "width", 5), "must be of one size"),
    "coco image": (
        COCO,
        put("annotations", 0, "image_id", 8),
        "image 8 must be",
    ),
    "coco twice": (
        COCO,
        put("images", 0, "id", 7),
        "ids of images must differ",
    ),
    "coco id": (COCO, put("images", 0, "id", [7]), "number or a text"),
    "coco image list": (
        COCO,
        put("annotations", 0, "image_id", [7]),
        "numbered",
    ),
    "coco empty": ({"annotations": []}, None, "at least one frame"),
    "coco list": ({"annotations": 3}, None, "annotations must be a list"),
    "blazepose pixels": (BLAZE, put(0, 0, "x", 412.0), "shares of the picture"),
    "blazepose xyz": (
        [[[0.5, 0.5, 0.0]] * 33] * 3,
        None,
        "x, y, z, visibility",
    ),
    "blazepose lacks": (BLAZE, put(0, 0, {"x": 1}), "must have y"),
    "blazepose text": (BLAZE, put(0, 0, "x", "0.5"), "must hold numbers"),
    "blazepose joints": (BLAZE, lambda c: [f[:32] for f in c], "has 33 joints"),
    "blazepose fps": (
        {"fps": "25", "frames": BLAZE},
        None,
        "fps must be a number",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_content_is_one_sentence(tmp_path, case):
    content, change, message = REFUSED[case]
    if change is not None:
        content = broken(content, change)
    path = write_json(tmp_path / "bad.json", content)
    with pytest.raises(ValueError, match=message) as caught:
        read(path)
    said = str(caught.value)
    assert "\n" not in said and "bad.json" in said or case == "one frame"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"fps": None}, r"lacks fps; give fps= \(on the command line --fps\)"),
        ({"size": None}, r"size=\(width, height\) .*--width --height"),
        ({"fps": None, "size": None}, "fps, width, height; give fps= and size"),
        ({"fps": 0}, "fps must be positive"),
        ({"fps": float("nan")}, "fps must be positive"),
        ({"fps": "25"}, "fps must be positive"),
        ({"size": (640, -1)}, "height must be positive"),
        ({"size": 640}, r"size must be \(width, height\)"),
        ({"size": "640x480"}, r"size must be \(width, height\)"),
        ({"layout": "body25"}, "layout must be one of coco17"),
        ({"layout": "coco17"}, "coco17 has 17 joints, but .* 26"),
        ({"person": 2}, "person must be 1 to 1"),
    ],
)
def test_bad_arguments_are_one_sentence(tmp_path, more, message):
    path = write_json(tmp_path / "a.json", HALPE)
    with pytest.raises(ValueError, match=message) as caught:
        read(path, **more)
    assert "\n" not in str(caught.value)


def test_an_argument_that_contradicts_the_file_is_refused(tmp_path):
    path = write_json(tmp_path / "a.json", COCO)
    read(path, size=None)
    read(path, size=SIZE)
    with pytest.raises(ValueError, match="its width is 640, but 1280 was"):
        read(path, size=(1280, 480))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must hold 1 to"),
        ("[1, 2", "not whole json"),
        (json.dumps(HALPE)[:-300], "not whole json"),
        ("[" * 200_000, "not whole json"),
        ('{"annotations":' * 100_000, "not whole json"),
        ("9" * 5000, "not whole json"),
        ("x,y,confidence", "not whole json"),
    ],
)
def test_a_damaged_text_is_one_sentence(tmp_path, text, message):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_bytes_and_sizes(tmp_path, monkeypatch):
    path = tmp_path / "bad.json"
    path.write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(ValueError, match="not whole json"):
        read(path)
    write_json(path, HALPE)
    monkeypatch.setattr(keypoint_json_fields, "MAX_BYTES", 100)
    with pytest.raises(ValueError, match="1 to 100 bytes"):
        read(path)


def test_folders_that_are_no_video(tmp_path):
    with pytest.raises(ValueError, match="OpenPose's json files, got none"):
        read(tmp_path)
    write_openpose(tmp_path, OPEN)
    write_json(tmp_path / "other_000000000002_keypoints.json", OPEN[0])
    with pytest.raises(ValueError, match="two of its files are of frame 2"):
        read(tmp_path)
    (tmp_path / "other_000000000002_keypoints.json").unlink()
    write_json(tmp_path / "dance_9.json", HALPE)
    with pytest.raises(ValueError, match="dance_9.json must be a frame"):
        read(tmp_path)


def test_other_suffixes_and_absent_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="no keypoint file"):
        read(tmp_path / "nowhere.json")
    (tmp_path / "a.csv").write_text("1,2,3")
    with pytest.raises(ValueError, match="got .csv suffix"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 26)), r"\[frames, joints, 2 or 3\]"),
        (np.zeros((4, 26, 3)), "must show somebody"),
        (np.full((4, 26, 3), np.nan), "finite"),
        (np.full((4, 26, 3), 2.0), "between 0 and 1, got 2"),
        (np.full((4, 26, 3), -0.5), "between 0 and 1, got -0.5"),
        (np.full((4, 26, 3), 0.5), "must be in pixels"),
        (np.full((4, 26, 2), np.nan), "must show somebody"),
        (np.full((4, 26, 3), "a"), "must hold numbers"),
        (np.zeros((20_001, 1, 3)), "at most 20,000"),
    ],
)
def test_bad_arrays_are_one_sentence(tmp_path, array, message):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(ValueError, match=message) as caught:
        read(tmp_path / "a.npy")
    assert "\n" not in str(caught.value)


def test_a_damaged_array_is_refused_or_harmless(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, frames("halpe26"))
    whole = path.read_bytes()
    with pytest.raises(ValueError, match="not a readable .npy"):
        path.write_bytes(whole[: len(whole) // 2])
        read(path)
    refused = 0
    for at in range(130):
        damaged = bytearray(whole)
        damaged[at] ^= 0x15
        path.write_bytes(damaged)
        try:
            read(path)
        except ValueError:
            refused += 1
    assert refused > 50
    np.savez(tmp_path / "b.npz", keypoints=frames("halpe26"))
    (tmp_path / "b.npz").rename(path)
    with pytest.raises(ValueError, match="an .npz that is named .npy"):
        read(path)


def test_a_pickled_array_is_refused_unopened(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    trap = np.empty(1, dtype=object)
    trap[0] = Trap()
    np.save(tmp_path / "a.npy", trap)
    (tmp_path / "sprung").unlink(missing_ok=True)
    with pytest.raises(ValueError, match="not a readable .npy without pickled"):
        read(tmp_path / "a.npy")
    assert not (tmp_path / "sprung").exists()
