"""AMASS files: written by hand to the layout, read; written by us, read."""

import io
import math
import zipfile

import numpy as np
import pytest
import torch

from mini_vimogen import files
from mini_vimogen.conventions import STANDING_ROOT
from mini_vimogen.data.library import real_motion
from mini_vimogen.formats import bvh, smpl
from mini_vimogen.formats.smpl_model import read_smpl_model
from mini_vimogen.geometry.body import smpl_model
from mini_vimogen.geometry.rotations import (
    axis_angle_to_rotmat,
    heading,
    rotation_about,
    rotmat_to_axis_angle,
)
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24, Skeleton
from tests.oracles import standing_clip, wandering_clip
from tests.smpl_file import synthetic_smpl
from tests.smpl_motion_files import (
    amass_arrays,
    smpl_joints,
    write_amass_arrays,
)

RESTS = {
    72: smpl.SMPL_REST_PELVIS,
    156: smpl.SMPL_REST_PELVIS,
    165: smpl.SMPLX_REST_PELVIS,
}


@pytest.mark.parametrize("width", RESTS)
def test_reads_the_published_layouts(tmp_path, width):
    arrays = amass_arrays(width=width)
    clip = smpl.read_amass(write_amass_arrays(tmp_path / "walk.npz", arrays))
    assert clip.fps == 120 and clip.source == "walk"
    assert clip.skeleton is SMPL24
    poses = arrays["poses"].reshape(12, -1, 3)[:, :24].copy()
    if width != 72:
        poses[:, 22:] = 0
        assert (clip.local_rotmat[:, 22:] == torch.eye(3)).all()
    wanted = smpl_joints(poses, arrays["trans"] + RESTS[width])
    assert np.abs(clip.joints().numpy() - wanted).max() < 1e-6
    turned = axis_angle_to_rotmat(torch.from_numpy(poses))
    assert (clip.local_rotmat - turned).abs().max() < 1e-6


@pytest.mark.parametrize("yaw", [0.0, 0.5, -2.0])
def test_a_standing_person_stands(tmp_path, yaw):
    """(pi/2, 0, 0) stands up facing -Y, the left on +X."""
    arrays = amass_arrays(frames=2)
    arrays["poses"] = np.zeros((2, 156))
    root = rotation_about("z", torch.tensor(yaw).double()) @ rotation_about(
        "x", torch.tensor(math.pi / 2).double()
    )
    arrays["poses"][:, :3] = rotmat_to_axis_angle(root).numpy()
    clip = smpl.read_amass(write_amass_arrays(tmp_path / "a.npz", arrays))
    half = rotation_about("z", torch.tensor(math.pi + yaw))
    assert (clip.local_rotmat[:, 0] - half @ STANDING_ROOT).abs().max() < 1e-6
    facing = float(heading(clip.local_rotmat[0, 0]))
    assert math.cos(facing - math.pi - yaw) == pytest.approx(1)
    joints = clip.moved(yaw=-yaw).joints()[0]
    pelvis, head = joints[0], joints[SMPL24.index("head")]
    assert head[2] - pelvis[2] > 0.4
    left, right = (joints[SMPL24.index(f"{s}_hip")] for s in ("left", "right"))
    assert left[0] > pelvis[0] > right[0]
    toes = (
        joints[SMPL24.index("left_foot")] - joints[SMPL24.index("left_ankle")]
    )
    assert toes[1] < -0.1  # in front, which is -Y


def test_the_pelvis_is_not_the_translation(tmp_path):
    """SMPL turns about its rest pelvis: the offset does not turn along."""
    arrays = amass_arrays()
    path = write_amass_arrays(tmp_path / "a.npz", arrays)
    for rest in [(0, 0, 0), (0.1, -0.2, 0.3)]:
        clip = smpl.read_amass(path, rest_pelvis=rest)
        apart = clip.root_position.numpy() - arrays["trans"]
        assert np.abs(apart - rest).max() < 1e-6


def test_smplx_poses_the_same_joints(tmp_path):
    """smplx's own forward on the file's numbers, trans as its ``transl``."""
    body = synthetic_smpl()
    owner = np.arange(60) % 24
    rest = SMPL24.rest_joints.numpy().astype(np.float64)
    body["v_template"] = (rest + smpl.SMPL_REST_PELVIS)[owner]
    model = smpl_model(body, dtype=torch.float64)
    path = smpl.write_amass(wandering_clip(), tmp_path / "a.npz")
    with np.load(path, allow_pickle=False) as stored:
        poses = stored["poses"][:, :72].reshape(-1, 24, 3)
        poses[:, 22:] = 0  # finger angles of SMPL+H
        turned = axis_angle_to_rotmat(torch.from_numpy(poses))
        posed = model(
            betas=torch.zeros(30, 10, dtype=torch.float64),
            global_orient=turned[:, :1],
            body_pose=turned[:, 1:],
            transl=torch.from_numpy(stored["trans"]),
        )
    theirs = posed.joints[:, :24]
    assert (theirs - wandering_clip().joints()).abs().max() < 1e-6
    assert (theirs - smpl.read_amass(path).joints()).abs().max() < 1e-6


def test_a_body_of_ones_own_gives_its_pelvis(tmp_path):
    arrays = amass_arrays()
    path = write_amass_arrays(tmp_path / "a.npz", arrays)
    np.savez(tmp_path / "model.npz", **synthetic_smpl())
    model = read_smpl_model(tmp_path / "model.npz")
    body = smpl.read_body_shape(path)
    assert body.gender == "female" and len(body.betas) == 16
    rest = smpl.rest_pelvis_of(model, shape=body.betas)
    clip = smpl.read_amass(path, rest_pelvis=rest)
    turned = axis_angle_to_rotmat(
        torch.from_numpy(arrays["poses"][:, :72].reshape(12, 24, 3))
    )
    posed = smpl_model(model, dtype=torch.float64)(
        betas=torch.tensor(body.betas[:10]).expand(12, -1).double(),
        global_orient=turned[:, :1],
        body_pose=turned[:, 1:],
        transl=torch.from_numpy(arrays["trans"]),
    )
    assert (posed.joints[:, 0] - clip.root_position).abs().max() < 1e-6
    usual = smpl.rest_pelvis_of(model)
    assert np.abs(np.subtract(rest, usual)).max() > 1e-3
    with pytest.raises(ValueError, match="shape must be"):
        smpl.rest_pelvis_of(model, shape=[math.nan])


def test_writes_the_documented_layout(tmp_path):
    path = tmp_path / "dance.smpl.npz"
    assert smpl.write_amass(wandering_clip(), path, gender="male") == path
    with np.load(path, allow_pickle=False) as stored:
        found = {
            name: (stored[name].shape, stored[name].dtype.str)
            for name in stored
        }
        assert found == {
            "trans": ((30, 3), "<f8"),
            "poses": ((30, 156), "<f8"),
            "betas": ((16,), "<f8"),
            "dmpls": ((30, 8), "<f8"),
            "gender": ((), "<U4"),
            "mocap_framerate": ((), "<f8"),
        }
        assert stored["gender"] == "male" and stored["mocap_framerate"] == 30
        for name in ("betas", "dmpls"):
            assert not stored[name].any()
        assert not stored["poses"][:, 66:].any()
    assert [p.name for p in tmp_path.iterdir()] == ["dance.smpl.npz"]


@pytest.mark.parametrize(
    "clip",
    [
        standing_clip(),
        standing_clip(1),
        wandering_clip(40),
        wandering_clip(joints=22),
        wandering_clip(7, seed=3),
    ],
    ids=["standing", "one frame", "wandering", "22 joints", "seed 3"],
)
def test_there_and_back(tmp_path, clip):
    path = smpl.write_amass(clip, tmp_path / "a.npz")
    back = smpl.read_amass(path, caption="again")
    count = len(clip.skeleton)
    assert back.frames == clip.frames and back.fps == clip.fps
    apart = (back.joints()[:, :count] - clip.joints()).abs().max()
    assert apart < 1e-6
    turned = back.local_rotmat[:, :22] - clip.local_rotmat[:, :22]
    assert turned.abs().max() < 1e-6
    assert back.caption == "again" and back.source == "a"


def test_there_and_back_of_the_real_clips(tmp_path):
    worst = 0.0
    for clip in real_motion()[::4]:
        back = smpl.read_amass(smpl.write_amass(clip, tmp_path / "a.npz"))
        apart = (back.joints() - clip.joints()).abs().max()
        worst = max(worst, float(apart))
    assert worst < 3e-6


def test_one_motion_in_two_formats(tmp_path):
    clip = wandering_clip()
    through_smpl = smpl.read_amass(smpl.write_amass(clip, tmp_path / "a.npz"))
    through_bvh = bvh.read(bvh.write(clip, tmp_path / "a.bvh"))
    apart = through_smpl.joints() - through_bvh.joints()
    assert apart.abs().max() < 1e-4


def test_half_turns(tmp_path):
    local = torch.eye(3).repeat(3, 24, 1, 1)
    for frame, axis in enumerate("xyz"):
        local[frame, :] = rotation_about(axis, torch.tensor(math.pi))
    clip = standing_clip(3).with_(local_rotmat=local)
    back = smpl.read_amass(smpl.write_amass(clip, tmp_path / "a.npz"))
    assert (back.joints() - clip.joints()).abs().max() < 1e-6


@pytest.mark.parametrize(
    "stored", [np.array("male"), np.array(b"male"), np.array(["MALE"])]
)
def test_gender_as_text_or_bytes(tmp_path, stored):
    arrays = amass_arrays() | {"gender": stored}
    path = write_amass_arrays(tmp_path / "a.npz", arrays)
    assert smpl.read_body_shape(path).gender == "male"


def test_a_pickled_gender_is_in_nobodys_way(tmp_path):
    arrays = amass_arrays() | {"gender": np.array("male", dtype=object)}
    path = write_amass_arrays(tmp_path / "a.npz", arrays)
    assert smpl.read_amass(path).frames == 12
    with pytest.raises(ValueError, match=r"pickled.*np.array\('neutral'\)"):
        smpl.read_body_shape(path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"betas": np.ones((2, 16))}, r"betas must have shape \[shapes\]"),
        ({"betas": np.array([1.0, math.inf])}, "betas must be finite"),
        ({"gender": np.array("robot")}, "'robot'"),
        ({"gender": np.array(1)}, "gender must be one word"),
        ({"gender": np.array(["male", "male"])}, "gender must be one word"),
    ],
)
def test_a_strange_body_is_refused(tmp_path, changes, said):
    arrays = amass_arrays() | changes
    with pytest.raises(ValueError, match=said):
        smpl.read_body_shape(write_amass_arrays(tmp_path / "a.npz", arrays))


def lacking(name):
    arrays = amass_arrays()
    del arrays[name]
    return arrays


def changed(name, value, *, width=156):
    return amass_arrays(width=width) | {name: value}


def with_nan(name):
    arrays = amass_arrays()
    arrays[name][3, 1] = math.nan
    return arrays


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        (lacking("poses"), "lacks poses"),
        (lacking("trans"), "lacks trans"),
        (lacking("mocap_framerate"), "lacks mocap_framerate.*give fps"),
        (with_nan("poses"), "poses must be finite, got NaN.* at row 3"),
        (with_nan("trans"), "trans must be finite, got NaN.* at row 3"),
        (changed("poses", np.zeros((12, 150))), r"got \[12, 150\]"),
        (changed("poses", np.zeros((12, 52, 3))), r"got \[12, 52, 3\]"),
        (changed("poses", np.zeros((0, 156))), r"got \[0, 156\]"),
        (changed("poses", np.zeros(156)), r"got \[156\]"),
        (changed("poses", np.full((12, 156), "x")), "poses must be an array"),
        (changed("trans", np.zeros((11, 3))), r"\[12, 3\].*got \[11, 3\]"),
        (changed("trans", np.zeros((12, 2))), r"\[12, 3\].*got \[12, 2\]"),
        (changed("mocap_framerate", 0.0), "must be positive, got 0"),
        (changed("mocap_framerate", -30.0), "must be positive, got -30"),
        (changed("mocap_framerate", math.nan), "must be finite"),
        (changed("mocap_framerate", [60.0, 60.0]), "one number"),
        (changed("mocap_frame_rate", 60.0), "must be one, got 60 and 120"),
        (
            changed("poses", np.array([{"a": 1}], dtype=object)),
            "poses or trans as pickled objects",
        ),
    ],
)
def test_bad_arrays_are_refused_in_one_sentence(tmp_path, arrays, said):
    path = write_amass_arrays(tmp_path / "bad.npz", arrays)
    with pytest.raises(ValueError, match=said) as refused:
        smpl.read_amass(path)
    assert "bad.npz" in str(refused.value) and "\n" not in str(refused.value)


def test_a_rate_that_is_not_stated_can_be_given(tmp_path):
    path = write_amass_arrays(tmp_path / "a.npz", lacking("mocap_framerate"))
    assert smpl.read_amass(path, fps=60).fps == 60
    with pytest.raises(ValueError, match="fps"):
        smpl.read_amass(path, fps=0)
    stated = write_amass_arrays(tmp_path / "b.npz", amass_arrays())
    assert smpl.read_amass(stated, fps=120).fps == 120
    with pytest.raises(ValueError, match="got 60 and 120"):
        smpl.read_amass(stated, fps=60)


def test_files_that_are_not_whole_are_refused(tmp_path, monkeypatch):
    whole = write_amass_arrays(tmp_path / "whole.npz", amass_arrays())
    content = whole.read_bytes()
    for name, piece in (
        ("text", b"frame,x,y\n"),
        ("empty", b""),
        ("cut", content[: len(content) // 2]),
        ("altered", content[:900] + b"\xff" * 40 + content[940:]),
    ):
        path = tmp_path / f"{name}.npz"
        path.write_bytes(piece)
        with pytest.raises(ValueError, match=f"{name}.npz is not a readable"):
            smpl.read_amass(path)
    with pytest.raises(FileNotFoundError, match="no AMASS file .*gone.npz"):
        smpl.read_amass(tmp_path / "gone.npz")
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(ValueError, match="unpacks to"):
        smpl.read_amass(whole)


@pytest.mark.parametrize("frames", [10**9, 10**14])
def test_gigantic_arrays_that_are_not_there(tmp_path, frames):
    """A header may announce any shape; nothing of that size is filled."""
    path = write_amass_arrays(tmp_path / "a.npz", lacking("poses"))
    head = io.BytesIO()
    header = {
        "descr": "<f8",
        "fortran_order": False,
        "shape": (frames, 156),
    }
    np.lib.format.write_array_header_1_0(head, header)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("poses.npy", head.getvalue() + b"\0" * 64)
    with pytest.raises(ValueError, match="a.npz is not a readable AMASS file"):
        smpl.read_amass(path)


def test_what_cannot_be_written(tmp_path):
    clip = standing_clip()
    other = Skeleton(
        name="robot",
        names=SMPL22.names,
        parents=SMPL22.parents,
        offsets=SMPL22.offsets * 1.1,
    )
    robot = clip.with_(local_rotmat=clip.local_rotmat[:, :22], skeleton=other)
    with pytest.raises(ValueError, match="SMPL22 or SMPL24.*got robot"):
        smpl.write_amass(robot, tmp_path / "a.npz")
    with pytest.raises(ValueError, match="gender must be one of"):
        smpl.write_amass(clip, tmp_path / "a.npz", gender="cat")
    for rest in ((0, 0), (0, 0, math.nan)):
        with pytest.raises(ValueError, match="rest_pelvis must be three"):
            smpl.write_amass(clip, tmp_path / "a.npz", rest_pelvis=rest)
    with pytest.raises(FileNotFoundError, match="no folder"):
        smpl.write_amass(clip, tmp_path / "none" / "a.npz")
    assert not list(tmp_path.iterdir())


def test_writing_leaves_the_clip_alone(tmp_path):
    clip = wandering_clip()
    before = clip.root_position.clone(), clip.local_rotmat.clone()
    smpl.write_amass(clip, tmp_path / "a.npz")
    assert torch.equal(before[0], clip.root_position)
    assert torch.equal(before[1], clip.local_rotmat)


def test_which_npz_is_amass(tmp_path):
    amass = write_amass_arrays(tmp_path / "a.npz", amass_arrays())
    clip = standing_clip().save(tmp_path / "b.npz")
    (tmp_path / "c.npz").write_text("poses trans")
    assert smpl.is_amass(amass)
    assert not smpl.is_amass(clip) and not smpl.is_amass(tmp_path / "c.npz")
    assert not smpl.is_amass(tmp_path / "gone.npz")
