import numpy as np
import pybvh
import pytest
import torch

from mini_vimogen.conventions import Z_UP_TO_Y_UP
from mini_vimogen.data import library
from mini_vimogen.formats import bvh
from mini_vimogen.geometry.skeleton import SMPL24
from mini_vimogen.representation import vimo151
from tests.oracles import standing_clip, wandering_clip


@pytest.fixture
def good(tmp_path):
    """The text of a whole file, and a way to read a changed one."""
    path = bvh.write(standing_clip(3), tmp_path / "good.bvh")
    text = path.read_text()

    def read(changed: str):
        path.write_text(changed)
        return bvh.read(path)

    return text, read


@pytest.mark.parametrize("unit", ["m", "cm"])
@pytest.mark.parametrize("seed", range(4))
def test_there_and_back(tmp_path, seed, unit):
    clip = wandering_clip(50, seed=seed)
    path = bvh.write(clip, tmp_path / "a.bvh", unit=unit)
    back = bvh.read(path, unit=unit, caption="c")
    assert (back.joints() - clip.joints()).abs().max() < 1e-4
    assert (back.fps, back.skeleton, back.caption) == (30.0, SMPL24, "c")


def test_a_third_party_reader_sees_the_same_joints_y_up(tmp_path):
    clip = wandering_clip(20)
    bvh.write(clip, tmp_path / "a.bvh")
    other = pybvh.read_bvh_file(tmp_path / "a.bvh")
    order = [other.joint_names.index(name) for name in SMPL24.names]
    theirs = torch.from_numpy(other.joint_positions()[:, order]).float()
    ours = clip.joints() @ Z_UP_TO_Y_UP.T
    assert (theirs - ours).abs().max() < 1e-4
    head, pelvis = theirs[0, 15], theirs[0, 0]
    assert head[1] - pelvis[1] > 0.3  # Y is up in the file
    assert other.fps == pytest.approx(30.0, abs=1e-6)


@pytest.mark.parametrize("clip", library.real_motion(), ids=lambda c: c.source)
def test_real_clips_survive_and_a_third_party_reader_agrees(tmp_path, clip):
    path = bvh.write(clip, tmp_path / "a.bvh")
    assert (bvh.read(path).joints() - clip.joints()).abs().max() < 1e-4
    other = pybvh.read_bvh_file(path)
    order = [other.joint_names.index(name) for name in SMPL24.names]
    theirs = torch.from_numpy(other.joint_positions()[:, order]).float()
    assert (theirs - clip.joints() @ Z_UP_TO_Y_UP.T).abs().max() < 1e-4


def test_22_joints_keep_their_skeleton(tmp_path):
    clip = wandering_clip(5, joints=22)
    back = bvh.read(bvh.write(clip, tmp_path / "a.bvh"))
    assert back.skeleton is clip.skeleton


def test_two_turns_on_the_spot_have_no_jump_in_their_angles(tmp_path):
    turns = torch.linspace(0, 4 * torch.pi, 90)
    clip = standing_clip(90)
    local = clip.local_rotmat.clone()
    for frame in range(90):
        local[frame] = clip.moved(yaw=float(turns[frame])).local_rotmat[frame]
    bvh.write(clip.with_(local_rotmat=local), tmp_path / "a.bvh")
    rows = (tmp_path / "a.bvh").read_text().split("Frame Time:")[1]
    values = np.array([r.split() for r in rows.splitlines()[1:]], float)
    assert np.abs(np.diff(values, axis=0)).max() < 10


FOREIGN = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Xrotation Yrotation Zrotation
  JOINT LeftLeg
  {
    OFFSET 0.1 -0.5 0
    CHANNELS 3 Yrotation Xrotation Zrotation
    End Site
    {
      OFFSET 0 -0.4 0
    }
  }
  JOINT RightLeg
  {
    OFFSET -0.1 -0.5 0
    CHANNELS 6 Xposition Yposition Zposition Yrotation Xrotation Zrotation
    End Site
    {
      OFFSET 0 -0.4 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
0 1 0 0 0 0  0 0 0  -0.1 -0.5 0 0 0 0
0 1 0 0 0 90  0 0 0  -0.1 -0.5 0 0 0 0
"""


def test_a_foreign_skeleton_is_read_and_refused_by_the_151_numbers(tmp_path):
    (tmp_path / "f.bvh").write_text(FOREIGN)
    clip = bvh.read(tmp_path / "f.bvh")
    assert clip.fps == 30.0
    assert clip.skeleton.mirror_pairs == ((1, 2),)
    wanted = torch.tensor([[0.0, 0, 1], [0.5, 0, 1.1], [0.5, 0, 0.9]])
    assert torch.allclose(clip.joints()[1], wanted, atol=1e-6)
    with pytest.raises(ValueError, match="skeleton SMPL24 .* got of f.bvh"):
        vimo151.encode(clip)


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("HIERARCHY", "", "must hold HIERARCHY and then MOTION"),
        ("MOTION", "", "must hold HIERARCHY and then MOTION"),
        ("Frames: 3", "Frames: 4", "truncated or too long: 4 frames of 75"),
        ("Frames: 3", "Frames: 0", "at least 1 frame"),
        ("Frames: 3", "Frames: x", "must begin with 'Frames:'"),
        ("Frame Time: 0.0333333333", "Frame Time: 0", "positive frame time"),
        (
            "Frame Time: 0.0333333333",
            "Frame Time: nan",
            "Frame Time must be finite",
        ),
        ("JOINT left_knee", "JOINT left_hip", "names joint 'left_hip' twice"),
        ("JOINT left_knee", "BONE left_knee", "unknown word 'BONE'"),
        (
            "Zrotation Yrotation Xrotation\n      JOINT",
            "Zrotation Yrotation Wrotation\n      JOINT",
            "unknown channel 'Wrotation'",
        ),
        ("CHANNELS 6", "CHANNELS six", "CHANNELS six out of place"),
        (
            "OFFSET 0.00000000 0.00000000 0.00000000",
            "",
            "joint 'pelvis' has no OFFSET",
        ),
        ("OFFSET 0.05858135", "OFFSET hip", "OFFSET holds no number"),
        (" 0.000000 ", " nan ", "MOTION must be finite"),
        (" 0.000000 ", " zero ", "MOTION holds no number"),
    ],
)
def test_broken_files_are_refused_in_one_sentence(good, old, new, message):
    text, read = good
    assert old in text
    with pytest.raises(ValueError, match=message) as caught:
        read(text.replace(old, new, 1))
    assert "good.bvh" in str(caught.value)


@pytest.mark.parametrize("share", [0.02, 0.2, 0.4, 0.6, 0.8, 0.97])
def test_truncated_files_are_refused(good, share):
    text, read = good
    with pytest.raises(ValueError, match="good.bvh"):
        read(text[: int(len(text) * share)])


def test_brackets_must_match(good):
    text, read = good
    with pytest.raises(ValueError, match="closes more brackets"):
        read(text.replace("MOTION", "}\nMOTION"))
    with pytest.raises(ValueError, match="outside the one tree"):
        read(text.replace("MOTION", "ROOT again\n{\n}\nMOTION"))


def test_empty_absent_binary_and_odd_units_are_refused(tmp_path):
    path = tmp_path / "a.bvh"
    with pytest.raises(FileNotFoundError, match="there is no BVH file"):
        bvh.read(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="must hold 1 to .* bytes, got 0"):
        bvh.read(path)
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ValueError, match="not a BVH text file"):
        bvh.read(path)
    with pytest.raises(ValueError, match="unit must be 'm' or 'cm', got 'in'"):
        bvh.write(standing_clip(), path, unit="in")


def test_a_bone_that_changes_its_length_is_refused(tmp_path):
    last = FOREIGN.rindex("-0.1 -0.5 0 0 0 0")
    longer = FOREIGN[:last] + "-0.1 -0.7 0 0 0 0\n"
    (tmp_path / "f.bvh").write_text(longer)
    with pytest.raises(ValueError, match="'RightLeg' changes its length"):
        bvh.read(tmp_path / "f.bvh")


def test_a_write_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        bvh.write(standing_clip(), tmp_path / "no" / "a.bvh")
    assert not list(tmp_path.iterdir())
