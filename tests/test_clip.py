import numpy as np
import pytest
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.geometry.rotations import geodesic_distance, heading
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24, Skeleton
from tests.oracles import standing_clip, wandering_clip


def parts(frames=3, joints=24):
    return torch.zeros(frames, 3), torch.eye(3).repeat(frames, joints, 1, 1)


def test_skeleton_follows_the_number_of_joints():
    assert Clip(*parts(joints=24), fps=30).skeleton is SMPL24
    assert Clip(*parts(joints=22), fps=20).skeleton is SMPL22


def test_resample_keeps_the_ends_and_the_speed():
    clip = wandering_clip(31)
    for fps in (15.0, 20.0, 60.0, 29.97):
        other = clip.resample(fps)
        assert other.fps == fps
        assert 0 <= clip.duration - other.duration < 1 / fps + 1e-6
        assert torch.allclose(other.joints()[0], clip.joints()[0], atol=1e-6)
    back = clip.resample(120.0).resample(30.0)
    assert torch.allclose(back.joints(), clip.joints(), atol=1e-5)


def test_resample_slerps_instead_of_mixing_matrices():
    clip = wandering_clip(5)
    middle = clip.resample(60.0)
    half = geodesic_distance(clip.local_rotmat[0], middle.local_rotmat[1])
    whole = geodesic_distance(clip.local_rotmat[0], clip.local_rotmat[1])
    assert torch.allclose(half, whole / 2, atol=1e-4)


def test_a_clip_of_one_frame_resamples_to_one_frame():
    one = standing_clip(1)
    assert one.duration == 0
    assert one.resample(20.0).frames == 1


def test_canonical_starts_over_the_origin_facing_plus_y_on_the_floor():
    clip = wandering_clip().moved(yaw=2.0, by=(3.0, -1.0, 0.7))
    start = clip.canonical()
    assert torch.allclose(start.root_position[0, :2], torch.zeros(2), atol=1e-5)
    assert abs(heading(start.local_rotmat[0, 0])) < 1e-4
    assert abs(start.joints()[..., 2].min()) < 1e-5
    yaw, shift = clip.canonical_move(floor=True)
    back = start.moved(by=(-shift).tolist()).moved(yaw=-yaw)
    assert torch.allclose(back.joints(), clip.joints(), atol=1e-5)


def test_canonical_without_floor_leaves_the_height_alone():
    clip = wandering_clip()
    start = clip.canonical(floor=False)
    assert start.root_position[0, :2].abs().max() < 1e-5
    heights = start.root_position[:, 2] - clip.root_position[:, 2]
    assert heights.abs().max() < 1e-6


def test_mirror_twice_is_the_clip_and_once_swaps_the_sides():
    clip = wandering_clip()
    twice = clip.mirror().mirror()
    assert torch.equal(twice.local_rotmat, clip.local_rotmat)
    assert torch.equal(twice.root_position, clip.root_position)
    reflected = clip.joints() * torch.tensor([-1.0, 1.0, 1.0])
    reflected = reflected[:, list(SMPL24.mirrored_order)]
    # The rest offsets are a person's, and not exactly symmetric.
    assert (clip.mirror().joints() - reflected).norm(dim=-1).max() < 0.06
    det = torch.linalg.det(clip.mirror().local_rotmat)
    assert torch.allclose(det, torch.ones_like(det), atol=1e-4)


def test_save_and_load_give_the_same_clip(tmp_path):
    clip = wandering_clip()
    path = clip.save(tmp_path / "clip.npz")
    back = Clip.load(path)
    assert torch.equal(back.local_rotmat, clip.local_rotmat)
    assert (back.fps, back.caption, back.source) == (30.0, "wander", "oracle")
    assert back.skeleton is SMPL24
    assert [p.name for p in tmp_path.iterdir()] == ["clip.npz"]


def test_a_foreign_skeleton_travels_with_the_clip(tmp_path):
    tail = Skeleton("tail", ("root", "tip"), (-1, 0), torch.eye(3)[:2] * 0)
    clip = Clip(*parts(joints=2), fps=10, skeleton=tail)
    back = Clip.load(clip.save(tmp_path / "t.npz"))
    assert back.skeleton.names == ("root", "tip")


@pytest.mark.parametrize(
    "change, message",
    [
        ({"fps": 0}, "fps must be positive and finite, got 0"),
        ({"fps": -30}, "fps must be positive and finite, got -30"),
        ({"fps": float("nan")}, "fps must be positive and finite, got nan"),
        (
            {"local_rotmat": torch.eye(3).repeat(3, 17, 1, 1)},
            "17 joints; without a skeleton it must have 22 or 24",
        ),
        (
            {"local_rotmat": torch.zeros(3, 24, 6)},
            r"\[frames, joints, 3, 3\], got \[3, 24, 6\]",
        ),
        ({"local_rotmat": torch.zeros(0, 24, 3, 3)}, "at least 1 frame"),
        (
            {"local_rotmat": torch.zeros(3, 24, 3, 3)},
            "must hold rotation matrices",
        ),
        (
            {"local_rotmat": -torch.eye(3).repeat(3, 24, 1, 1)},
            "is a reflection",
        ),
        (
            {"root_position": torch.zeros(4, 3)},
            r"root_position must have shape \[3, 3\]",
        ),
        (
            {"root_position": torch.full((3, 3), torch.nan)},
            "root_position must be finite, got NaN or infinity at frame 0",
        ),
        ({"root_position": torch.zeros(3, 3).long()}, "floating-point"),
        ({"skeleton": SMPL22}, "24 joints but skeleton SMPL22 has 22"),
    ],
)
def test_bad_clips_are_refused_in_one_sentence(change, message):
    root, local = parts()
    good = {"root_position": root, "local_rotmat": local, "fps": 30.0}
    with pytest.raises(ValueError, match=message):
        Clip(**{**good, **change})


def test_slice_and_resample_name_the_bad_value():
    clip = standing_clip(4)
    with pytest.raises(ValueError, match=r"within 0..4, got 2..9"):
        clip.slice(2, 9)
    with pytest.raises(ValueError, match="fps must be positive, got 0"):
        clip.resample(0)


def test_bad_files_are_refused_in_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no clip file"):
        Clip.load(tmp_path / "absent.npz")
    whole = standing_clip().save(tmp_path / "clip.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.savez(tmp_path / "pickle.npz", root_position=np.array([{}], object))
    np.savez(tmp_path / "other.npz", joints=np.zeros(3))
    for name in ("cut", "text", "empty", "pickle"):
        with pytest.raises(ValueError, match="not a readable clip file"):
            Clip.load(tmp_path / f"{name}.npz")
    with pytest.raises(ValueError, match="lacks fps, header, local_rotmat"):
        Clip.load(tmp_path / "other.npz")


def test_a_damaged_header_is_refused(tmp_path):
    path = standing_clip().save(tmp_path / "clip.npz")
    with np.load(path) as data:
        stored = dict(data)
    stored["header"] = np.array('{"skeleton": 3}')
    np.savez(path, **stored)
    with pytest.raises(ValueError, match="header is damaged"):
        Clip.load(path)


def test_nothing_is_left_behind_when_a_save_fails(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        standing_clip().save(tmp_path / "no" / "clip.npz")
    assert not list(tmp_path.iterdir())
