"""One door for motion files: the suffix says how a file is read."""

import pytest
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.formats import bvh, gltf, motion_file, smpl
from tests.oracles import wandering_clip


def test_every_kind_that_is_written_is_read(tmp_path):
    clip = wandering_clip()
    clip.save(tmp_path / "a.npz")
    bvh.write(clip, tmp_path / "a.bvh")
    gltf.write(clip, tmp_path / "a.glb")
    smpl.write_amass(clip, tmp_path / "a.smpl.npz")
    joints = clip.joints()[:, :22]
    for path in sorted(tmp_path.iterdir()):
        found = motion_file.read(path).joints()[:, :22]
        torch.testing.assert_close(found, joints, atol=1e-4, rtol=0)
        assert motion_file.motion_name(path) == "a"


def test_amass_is_known_by_what_is_inside(tmp_path):
    clip, path = wandering_clip(), tmp_path / "b.smpl.npz"
    smpl.write_amass(clip, path)
    plain = path.rename(tmp_path / "walk_poses.npz")
    with pytest.raises(ValueError, match="not a clip file"):
        Clip.load(plain)
    found = motion_file.read(plain).root_position
    torch.testing.assert_close(found, clip.root_position, atol=1e-4, rtol=0)


def test_the_unit_of_bvh_is_the_callers(tmp_path):
    clip = wandering_clip()
    path = bvh.write(clip, tmp_path / "a.bvh", unit="cm")
    found = motion_file.read(path, unit="cm").root_position
    torch.testing.assert_close(found, clip.root_position, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", ["a.fbx", "a", "a.csv", "a.npy"])
def test_other_suffixes_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ValueError, match=r"must end in \.bvh, .*got .*a"):
        motion_file.read(tmp_path / name)


@pytest.mark.parametrize("suffix", motion_file.SUFFIXES)
def test_a_file_that_is_not_there(tmp_path, suffix):
    with pytest.raises(FileNotFoundError, match="gone"):
        motion_file.read(tmp_path / f"gone{suffix}")
