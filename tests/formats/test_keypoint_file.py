import numpy as np
import pytest
import torch

from mini_vimogen.formats import keypoint_file
from mini_vimogen.formats.keypoint_file import KeypointTrack, check_track


def track(frames=10, fps=30.0) -> KeypointTrack:
    keypoints = torch.rand(frames, 17, 3) * torch.tensor([640.0, 480.0, 0.9])
    keypoints[..., 2] += 0.05
    return KeypointTrack(keypoints, fps, 640, 480)


def stored(path, **changes):
    """A keypoint file with some entries changed; None leaves one out."""
    content = {
        "keypoints": track().keypoints.numpy(),
        "fps": np.float64(30),
        "width": np.float64(640),
        "height": np.float64(480),
    } | changes
    np.savez(path, **{k: v for k, v in content.items() if v is not None})
    return path


def test_there_and_back(tmp_path):
    before = track()
    path = keypoint_file.write(before, tmp_path / "walk.npz")
    after = keypoint_file.read(path)
    assert torch.equal(after.keypoints, before.keypoints)
    assert (after.fps, after.width, after.height) == (30.0, 640.0, 480.0)
    assert [p.name for p in tmp_path.iterdir()] == ["walk.npz"]


def test_whole_numbers_and_double_precision_are_read(tmp_path):
    keypoints = track().keypoints.double().numpy()
    path = stored(tmp_path / "a.npz", keypoints=keypoints, fps=np.int64(25))
    read = keypoint_file.read(path)
    assert read.fps == 25.0 and read.keypoints.dtype == torch.float32


@pytest.mark.parametrize("name", ["keypoints", "fps", "width", "height"])
def test_a_missing_entry_is_named(tmp_path, name):
    path = stored(tmp_path / "a.npz", **{name: None})
    with pytest.raises(ValueError, match=f"lacks {name}"):
        keypoint_file.read(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fps": np.float64(0)}, "fps must be positive"),
        ({"fps": np.float64("nan")}, "fps must be positive"),
        ({"width": np.float64(-1)}, "width must be positive"),
        ({"height": np.array([480.0, 1.0])}, "height in .* must be one number"),
        ({"fps": np.array("thirty")}, "fps in .* must be one number"),
        ({"keypoints": np.ones((5, 16, 3))}, "no known layout has 16 joints"),
        ({"keypoints": np.ones((2, 5, 17, 3))}, r"\[frames, joints, 2 or 3\]"),
        ({"keypoints": np.ones((5, 17, 4))}, r"\[frames, joints, 2 or 3\]"),
        ({"keypoints": np.ones((0, 17, 3))}, r"\[frames, joints, 2 or 3\]"),
        ({"keypoints": np.ones(())}, r"\[frames, joints, 2 or 3\]"),
        ({"keypoints": np.ones((5, 17, 3))}, "must be in pixels"),
        (
            {"keypoints": np.full((1, 17, 3), [9, 9, 1.0])},
            "at least 2 frames",
        ),
        ({"keypoints": np.zeros((5, 17, 3))}, "must show somebody"),
        ({"keypoints": np.full((5, 17, 3), 2.0)}, "between 0 and 1"),
        ({"keypoints": np.full((5, 17, 3), "a")}, "must hold numbers"),
    ],
)
def test_bad_content_is_one_sentence(tmp_path, changes, message):
    path = stored(tmp_path / "a.npz", **changes)
    with pytest.raises(ValueError, match=message) as caught:
        keypoint_file.read(path)
    assert "\n" not in str(caught.value)


def test_a_nan_is_named_by_frame_and_joint():
    keypoints = track().keypoints.clone()
    keypoints[3, 9, 0] = torch.nan
    with pytest.raises(ValueError, match="frame 3, left_wrist"):
        KeypointTrack(keypoints, 30, 640, 480)
    with pytest.raises(ValueError, match="frame 3, left_wrist"):
        check_track(torch.stack([track().keypoints, keypoints]))


def test_a_batch_with_one_empty_track_is_refused():
    batch = torch.stack([track().keypoints, torch.zeros(10, 17, 3)])
    with pytest.raises(ValueError, match="must show somebody"):
        check_track(batch)
    check_track(batch[:1], fps=30, width=torch.tensor([640.0]))


def test_not_a_keypoint_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no keypoint file"):
        keypoint_file.read(tmp_path / "nowhere.npz")
    whole = keypoint_file.write(track(), tmp_path / "a.npz").read_bytes()
    for name, content in (
        ("text", b"not an archive"),
        ("empty", b""),
        ("truncated", whole[: len(whole) // 2]),
    ):
        path = tmp_path / f"{name}.npz"
        path.write_bytes(content)
        with pytest.raises(ValueError, match="not a readable keypoint file"):
            keypoint_file.read(path)


def test_a_damaged_byte_is_one_sentence_or_no_harm(tmp_path):
    path = keypoint_file.write(track(), tmp_path / "a.npz")
    whole = path.read_bytes()
    refused = 0
    for index in range(0, len(whole), 11):
        damaged = bytearray(whole)
        damaged[index] ^= 0xFF
        path.write_bytes(bytes(damaged))
        try:
            keypoint_file.read(path)
        except ValueError:
            refused += 1
    assert refused > 0.5 * len(whole) / 11


def test_pickled_objects_are_refused(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    keypoints = np.empty(1, dtype=object)
    keypoints[0] = Trap()
    path = stored(tmp_path / "a.npz", keypoints=keypoints)
    (tmp_path / "sprung").unlink(missing_ok=True)  # saving may spring it too
    with pytest.raises(ValueError, match="without pickled objects"):
        keypoint_file.read(path)
    assert not (tmp_path / "sprung").exists()


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        keypoint_file.write(track(), tmp_path / "missing" / "a.npz")
    assert not list(tmp_path.iterdir())


def test_resampling_keeps_straight_lines_straight():
    time = torch.arange(61) / 60
    keypoints = torch.zeros(61, 17, 3)
    keypoints[..., 0] = 100 + 50 * time[:, None]
    keypoints[..., 1] = 200.0
    keypoints[..., 2] = 0.8
    fast = KeypointTrack(keypoints, 60.0, 640, 480)
    for fps in (30.0, 20.0, 24.0, 50.0, 60.0):
        slow = fast.resample(fps)
        assert slow.frames == int(fps) + 1 and slow.fps == fps
        wanted = 100 + 50 * torch.arange(int(fps) + 1) / fps
        assert torch.allclose(slow.keypoints[:, 4, 0], wanted, atol=1e-3)
        assert torch.allclose(slow.keypoints[..., 2], torch.tensor(0.8))


def test_resampling_never_mixes_in_an_unseen_joint():
    before = track(9, fps=30.0)
    keypoints = before.keypoints.clone()
    keypoints[4, 9] = 0.0
    after = KeypointTrack(keypoints, 30.0, 640, 480).resample(60.0)
    assert after.keypoints[8, 9].tolist() == [0.0, 0.0, 0.0]
    for frame, seen in ((7, 3), (9, 5)):  # halfway to the unseen frame
        place, confidence = (
            after.keypoints[frame, 9, :2],
            after.keypoints[frame, 9, 2],
        )
        assert torch.equal(place, keypoints[seen, 9, :2]) and confidence == 0
    with pytest.raises(ValueError, match="fps must be positive"):
        before.resample(0)
