"""AIST++ cameras, 2D keypoints, and which side is which."""

import json
import math

import numpy as np
import pytest
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.formats import aist_mapping, smpl
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.geometry.camera import Camera, look_at, project
from mini_vimogen.geometry.camera_rigs import aist_rig
from mini_vimogen.geometry.coco17 import coco17_points
from mini_vimogen.geometry.kinematics import global_rotmat
from mini_vimogen.geometry.rotations import rotation_about
from tests.smpl_motion_files import (
    aist_record,
    keypoint_record,
    smpl_joints,
    start_cameras,
    write_json,
    write_pickle,
)

LENS = [-0.12, 0.03, 0.001, -0.002, 0.004]
COCO_SWAPPED = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]


@pytest.fixture
def setting(tmp_path):
    """The start set-up with a lens, as a file."""
    cameras = [c | {"distortions": LENS} for c in start_cameras()]
    return write_json(tmp_path / "setting1.json", cameras)


@pytest.fixture
def motion(tmp_path):
    return write_pickle(tmp_path / "motion.pkl", aist_record())


def test_the_start_set_up_is_the_rig(tmp_path):
    """AIST++'s dancers face our -Y, the rig's person faces +Y."""
    path = write_json(tmp_path / "setting1.json", start_cameras())
    cameras = smpl.read_aist_cameras(path)
    half = rotation_about("z", torch.tensor(math.pi))
    rig = aist_rig()
    assert len(cameras) == 9
    for index, camera in enumerate(cameras):
        assert camera.lead == () and camera.rotation.dtype == torch.float32
        position = half @ camera.position
        assert (position - rig[index].position).abs().max() < 1e-5
        turned = camera.rotation @ half.T
        assert (turned - rig[index].rotation).abs().max() < 1e-5
        for name in ("focal", "centre", "size"):
            assert torch.equal(getattr(camera, name), getattr(rig[index], name))


def opencv_pixels(points_cm: np.ndarray, camera: dict) -> np.ndarray:
    """Pinhole and lens by the formula, in the file's own world."""
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_rotvec(camera["rotation"]).as_matrix()
    seen = points_cm @ turn.T + camera["translation"]
    x, y = seen[..., 0] / seen[..., 2], seen[..., 1] / seen[..., 2]
    k1, k2, p1, p2, k3 = camera["distortions"]
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    across = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    along = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    (fx, _, cx), (_, fy, cy), _ = camera["matrix"]
    return np.stack([fx * across + cx, fy * along + cy], axis=-1)


def test_cameras_see_the_clip_where_they_saw_the_dancer(setting, motion):
    """Real centimetres through the file; our metres through our camera."""
    record = aist_record()
    poses = record["smpl_poses"].reshape(-1, 24, 3)
    rest = np.broadcast_to(smpl.SMPL_REST_PELVIS, (len(poses), 3))
    dancer = smpl_joints(poses, rest) * 93.5 + record["smpl_trans"][:, None]
    clip = smpl.read_aist(motion)
    cameras = smpl.read_aist_cameras(
        setting, scaling=smpl.read_aist_scaling(motion)
    )
    stored = json.loads(setting.read_text())
    for camera, entry in zip(cameras, stored, strict=True):
        pixels, depth = project(clip.joints(), camera)
        wanted = opencv_pixels(dancer, entry)
        assert np.abs(pixels.numpy() - wanted).max() < 0.01
        assert (depth > 1).all()
    # In real metres the clip, of a mean-sized body, would be elsewhere.
    pixels, _ = project(clip.joints(), smpl.read_aist_cameras(setting)[0])
    assert np.abs(pixels.numpy() - opencv_pixels(dancer, stored[0])).max() > 5


def test_cameras_there_and_back(setting, tmp_path):
    cameras = smpl.read_aist_cameras(setting, scaling=93.5, dtype=torch.float64)
    path = tmp_path / "again.json"
    assert smpl.write_aist_cameras(cameras, path, scaling=93.5) == path
    first, again = json.loads(setting.read_text()), json.loads(path.read_text())
    for one, other in zip(first, again, strict=True):
        assert one.keys() == other.keys() and one["name"] == other["name"]
        for field in ("size", "matrix", "translation", "distortions"):
            assert np.abs(np.subtract(one[field], other[field])).max() < 1e-9
    back = smpl.read_aist_cameras(path, scaling=93.5, dtype=torch.float64)
    for one, other in zip(cameras, back, strict=True):
        assert (one.rotation - other.rotation).abs().max() < 1e-9


def test_a_perfect_lens_is_written_as_zeros(tmp_path):
    camera = look_at([0.0, -4.0, 1.5], [0.0, 0.0, 1.0])
    path = tmp_path / "mine.json"
    smpl.write_aist_cameras([camera], path, names=["phone"])
    (entry,) = json.loads(path.read_text())
    assert entry["distortions"] == [0.0] * 5 and entry["name"] == "phone"
    (back,) = smpl.read_aist_cameras(path, names=["phone"])
    assert (back.position - camera.position).abs().max() < 1e-5
    assert (back.rotation - camera.rotation).abs().max() < 1e-6


def test_cameras_by_name(setting):
    chosen = smpl.read_aist_cameras(setting, names=("c09", "c02"))
    assert [round(float(c.position[2]), 3) for c in chosen] == [1.7, 1.8]


def one_camera(**changes):
    return [start_cameras()[0] | changes, *start_cameras()[1:]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("camera c01", "not a camera setting"),
        ("", "not a camera setting"),
        ('[{"name": "c01"', "not a camera setting"),
        ("[" * 100_000, "not a camera setting"),
        (json.dumps({"c01": 1}), "a list of cameras"),
        (json.dumps([{"size": [1, 2]}]), "a list of cameras"),
        (json.dumps(start_cameras()[:8]), "no camera 'c09'; it has c01, c02"),
        (json.dumps([]), "no camera 'c01'; it has none"),
        (json.dumps(start_cameras() * 2), "names a camera twice"),
        (json.dumps(one_camera(rotation=[0, 1])), "rotation must be finite"),
        (json.dumps(one_camera(rotation=None)), "rotation must be finite"),
        (json.dumps(one_camera(rotation="up")), "rotation must be finite"),
        (json.dumps(one_camera(translation=[0, math.nan, 1])), "translation"),
        (json.dumps(one_camera(distortions=[0, 0, 0, 0])), "distortions must"),
        (json.dumps(one_camera(size=[0, 1080])), "size must be positive"),
        (json.dumps(one_camera(matrix=[[1, 2], [3]])), "matrix must be fin"),
        (
            json.dumps(one_camera(matrix=[[9, 1, 0], [0, 9, 0], [0, 0, 1]])),
            "no skew",
        ),
        (
            json.dumps(one_camera(matrix=[[-9, 0, 0], [0, 9, 0], [0, 0, 1]])),
            "positive focal",
        ),
    ],
)
def test_bad_settings_are_refused(tmp_path, content, said):
    path = tmp_path / "setting9.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=said) as refused:
        smpl.read_aist_cameras(path)
    message = str(refused.value)
    assert "setting9.json" in message and "\n" not in message


def test_other_bad_cameras(setting, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="no camera setting"):
        smpl.read_aist_cameras(tmp_path / "gone.json")
    for scaling in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="scaling must be positive"):
            smpl.read_aist_cameras(setting, scaling=scaling)
    cameras = smpl.read_aist_cameras(setting)
    out = tmp_path / "out.json"
    for wrong, names, said in (
        (cameras, ("c01",), "names must name each of the 9"),
        (cameras[:2], ("c01", "c01"), "names must name each of the 2"),
        ([aist_rig()], ("c01",), r"leading dimensions \[9\]"),
    ):
        with pytest.raises(ValueError, match=said):
            smpl.write_aist_cameras(wrong, out, names=names)
    assert not out.exists()
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="binary.json is not a camera"):
        smpl.read_aist_cameras(tmp_path / "binary.json")
    monkeypatch.setattr(aist_mapping, "MAX_TEXT_BYTES", 10)
    with pytest.raises(ValueError, match="too large"):
        smpl.read_aist_cameras(setting)


def test_the_mapping(tmp_path):
    path = tmp_path / "mapping.txt"
    path.write_text("gBR_a setting1\n\ngHO_b   setting2\r\n")
    assert smpl.read_aist_mapping(path) == {
        "gBR_a": "setting1",
        "gHO_b": "setting2",
    }
    for content, said in (
        ("", "empty"),
        ("\n \n", "empty"),
        ("gBR_a setting1\ngBR_b\n", "line 2: .*got 'gBR_b'"),
        ("a setting1\nb setting2\na setting2\n", "line 3: a new sequence"),
        ("a b c\n", "line 1"),
    ):
        path.write_text(content)
        with pytest.raises(ValueError, match=said):
            smpl.read_aist_mapping(path)
    with pytest.raises(FileNotFoundError, match="no camera mapping"):
        smpl.read_aist_mapping(tmp_path / "gone.txt")


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("numpy", ["numpy.core", "numpy._core"])
def test_keypoints(tmp_path, protocol, numpy):
    record = keypoint_record()
    path = tmp_path / "a.pkl"
    write_pickle(path, record, protocol=protocol, numpy=numpy)
    for index, view in enumerate(smpl.VIEWS):
        track = smpl.read_aist_keypoints(path, view=view)
        assert (track.fps, track.width, track.height) == (60, 1920, 1080)
        assert track.keypoints.dtype == torch.float32
        stored = record["keypoints2d"][index]
        seen = ~np.isnan(stored).any(-1)
        assert seen.all() == (view != "c03")
        found = track.keypoints.numpy()
        assert np.array_equal(found[seen], stored[seen])
        assert (found[~seen] == 0).all()


def test_one_nan_hides_one_keypoint(tmp_path):
    record = keypoint_record()
    record["keypoints2d"][0, 1, 5, 0] = math.nan
    path = write_pickle(tmp_path / "a.pkl", record)
    track = smpl.read_aist_keypoints(path, view="c01", size=(640, 480))
    hidden = track.keypoints[..., 2] == 0
    assert hidden.nonzero().tolist() == [[1, 5]]
    assert (track.width, track.height) == (640, 480)


def test_a_score_a_little_above_1_is_1(tmp_path):
    record = keypoint_record()
    record["keypoints2d"][0, 0, 0, 2] = 1.03
    record["keypoints2d"][0, 0, 1, 2] = -0.01
    path = write_pickle(tmp_path / "a.pkl", record)
    track = smpl.read_aist_keypoints(path, view="c01")
    assert track.keypoints[0, :2, 2].tolist() == [1.0, 0.0]


def keypoints_with(**changes):
    return keypoint_record() | changes


def spoilt(value, *where):
    record = keypoint_record()
    record["keypoints2d"][where] = value
    return record


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"keypoints3d": 1}, "lacks keypoints2d"),
        ("text", "holds a str, not a dict"),
        (keypoints_with(keypoints2d=[1, 2]), r"\[9, frames, 17, 3\], got \[\]"),
        (keypoints_with(keypoints2d=np.ones((8, 4, 17, 3))), r"\[8, 4, 17, 3"),
        (keypoints_with(keypoints2d=np.ones((9, 4, 25, 3))), r"\[9, 4, 25, 3"),
        (keypoints_with(det_scores=np.ones((9, 11))), r"det_scores.*\[9, 11\]"),
        (keypoints_with(timestamps=np.arange(11)), r"timestamps.*\[11\]"),
        (keypoints_with(timestamps=None), r"timestamps.*got None"),
        (keypoints_with(keypoints2d=np.ones((9, 12, 17, 3), int)), "floating"),
        (spoilt(math.inf, 0, 3, 2, 0), "must be finite"),
        (spoilt(80.0, 0, 3, 2, 2), "confidence between 0 and 1"),
        (spoilt(math.nan, 0), "must show somebody"),
        (keypoints_with(keypoints2d=np.ones((9, 1, 17, 3))), "det_scores"),
    ],
)
def test_bad_keypoints_are_refused(tmp_path, record, said):
    path = write_pickle(tmp_path / "bad.pkl", record)
    with pytest.raises(ValueError, match=said) as refused:
        smpl.read_aist_keypoints(path, view="c01")
    assert "\n" not in str(refused.value)


def test_an_unknown_view_is_refused(tmp_path):
    path = write_pickle(tmp_path / "a.pkl", keypoint_record())
    for view in ("c10", "C01", "c00", "1"):
        with pytest.raises(ValueError, match=f"view must be .* got '{view}'"):
            smpl.read_aist_keypoints(path, view=view)


def dancer() -> Clip:
    """A person with the arms out who turns a little, facing the front camera.

    The limbs are made symmetric, so that only the labels tell left from right.
    """
    frames = 20
    local = torch.eye(3).repeat(frames, 24, 1, 1)
    yaw = torch.linspace(-0.6, 0.6, frames)
    upright = rotation_about("x", torch.tensor(math.pi / 2))
    local[:, 0] = rotation_about("z", yaw) @ upright
    local[:, 16] = rotation_about("z", torch.linspace(-1.2, 0.8, frames))
    root = torch.tensor([0.2, -0.3, 1.0]).repeat(frames, 1)
    return Clip(root, local, fps=60.0)


def film(clip: Clip, camera: Camera) -> KeypointTrack:
    head = global_rotmat(clip.local_rotmat, clip.skeleton)[:, 15]
    pixels, depth = project(coco17_points(clip.joints(), head), camera)
    assert (depth > 0).all()
    certain = torch.full_like(pixels[..., :1], 0.9)
    return KeypointTrack(torch.cat([pixels, certain], -1), 60.0, 1920, 1080)


def swapped(track: KeypointTrack) -> KeypointTrack:
    return KeypointTrack(track.keypoints[:, COCO_SWAPPED], 60.0, 1920, 1080)


def test_sides_of_a_track_as_it_should_be(setting):
    clip = dancer()
    for camera in smpl.read_aist_cameras(setting):
        sides = smpl.aist_sides(clip, film(clip, camera), camera)
        assert sides.same_px < 0.01 and sides.behind == 0
        assert sides.verdict == "same" and sides.pairs == 20 * 6
        assert sides.crossed_px > 10


def test_sides_of_a_track_with_exchanged_labels(setting):
    clip = dancer()
    for camera in smpl.read_aist_cameras(setting):
        sides = smpl.aist_sides(clip, swapped(film(clip, camera)), camera)
        assert sides.crossed_px < 0.01 and sides.behind == 0
        assert sides.verdict == "crossed"


def test_a_mirrored_world_is_found_and_mended(tmp_path):
    """A calibration that came out as its mirror image: everything is behind.

    What the true cameras film is also seen, to the pixel, by cameras in the
    reflected world from behind; SMPL fitted there has left and right crossed.
    """
    truth = dancer()
    true = write_json(tmp_path / "true.json", start_cameras())
    cameras = smpl.read_aist_cameras(true)
    tracks = [film(truth, camera) for camera in cameras]
    wrong = tmp_path / "wrong.json"
    smpl.write_aist_cameras([smpl.mirrored_camera(c) for c in cameras], wrong)
    fitted = smpl.write_aist(truth.mirror(), tmp_path / "fitted.pkl")

    clip, views = smpl.read_aist(fitted), smpl.read_aist_cameras(wrong)
    for camera, track in zip(views, tracks, strict=True):
        sides = smpl.aist_sides(clip, track, camera)
        assert sides.verdict == "crossed" and sides.behind == 1
        # Not zero: SMPL's rest offsets are not quite symmetric.
        assert sides.crossed_px < 10 < sides.same_px

    clip = smpl.read_aist(fitted, mirrored=True)
    views = smpl.read_aist_cameras(wrong, mirrored=True)
    for camera, track, before in zip(views, tracks, cameras, strict=True):
        sides = smpl.aist_sides(clip, track, camera)
        assert sides.verdict == "same" and sides.behind == 0
        assert sides.same_px < 0.1
        assert torch.linalg.det(camera.rotation) == pytest.approx(1, abs=1e-5)
        assert (camera.rotation - before.rotation).abs().max() < 1e-5
        assert (camera.translation - before.translation).abs().max() < 1e-5


def test_sides_seen_from_the_side_are_unclear(setting):
    clip = dancer()
    still = clip.with_(
        local_rotmat=clip.local_rotmat[10:11].expand(20, -1, -1, -1)
    )
    sideways = smpl.read_aist_cameras(setting)[2]
    track = film(still, sideways)
    blurred = track.keypoints.clone()
    blurred[..., :2] += 60 * torch.randn(20, 17, 2)
    track = KeypointTrack(blurred, 60.0, 1920, 1080)
    assert smpl.aist_sides(still, track, sideways).verdict == "unclear"


def test_unseen_keypoints_do_not_count(setting):
    clip, camera = dancer(), smpl.read_aist_cameras(setting)[0]
    keypoints = film(clip, camera).keypoints
    keypoints[5:, 6::2] = 0.0  # the right side is lost after five frames
    track = KeypointTrack(keypoints, 60.0, 1920, 1080)
    sides = smpl.aist_sides(clip, track, camera)
    assert sides.pairs == 5 * 6 and sides.same_px < 0.01
    keypoints[:, 6::2] = 0.0
    track = KeypointTrack(keypoints, 60.0, 1920, 1080)
    for least in (0.3, 0.0):
        with pytest.raises(ValueError, match="left and a right joint"):
            smpl.aist_sides(clip, track, camera, min_confidence=least)


def test_sides_of_things_that_do_not_fit(setting):
    clip, camera = dancer(), smpl.read_aist_cameras(setting)[0]
    track = film(clip, camera)
    with pytest.raises(ValueError, match="the 19 frames at 60 fps.*got 20"):
        smpl.aist_sides(clip.slice(0, 19), track, camera)
    with pytest.raises(ValueError, match="at 30 fps of the clip, got 20 at 60"):
        smpl.aist_sides(clip.with_(fps=30), track, camera)
    with pytest.raises(ValueError, match=r"leading dimensions \[9\]"):
        smpl.aist_sides(clip, track, aist_rig())
