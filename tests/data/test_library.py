import json
import shutil

import pytest
import torch

from mini_vimogen import files
from mini_vimogen.data.library import (
    REAL_SPLITS,
    baked_body,
    family,
    real_motion,
    splits,
)
from mini_vimogen.files import data_folders, data_path
from mini_vimogen.geometry.body import pose_body
from mini_vimogen.geometry.skeleton import SMPL24
from tests.oracles import standing_clip

SHIPPED = ("real_motion.npz", "body.npz", "splits.json", "manifest.json")


@pytest.fixture
def unnamed(monkeypatch):
    monkeypatch.delenv("MINI_VIMOGEN_DATA", raising=False)


def test_the_checkout_has_everything(unnamed):
    for name in (*SHIPPED, "README.md", "NOTICE"):
        assert data_path(name).is_file()
    assert data_path("splits.json").parent == data_folders()[0]


def test_the_variable_comes_first_and_the_rest_still_count(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("MINI_VIMOGEN_DATA", str(tmp_path))
    usual = data_path("splits.json")
    shutil.copy(usual, tmp_path)
    assert data_path("splits.json") == tmp_path / "splits.json"
    assert data_path("body.npz").parent == usual.parent


def test_an_installed_wheel_finds_its_own_copy(tmp_path, monkeypatch, unnamed):
    """The package lies in site-packages, its data inside it."""
    inside = tmp_path / "site-packages" / "mini_vimogen"
    (inside / "data_small").mkdir(parents=True)
    shutil.copy(data_path("real_motion.npz"), inside / "data_small")
    monkeypatch.setattr(files, "__file__", str(inside / "files.py"))
    assert data_path("real_motion.npz").parent == inside / "data_small"
    assert len(real_motion()) == 57


def test_a_missing_file_is_one_sentence(tmp_path, monkeypatch, unnamed):
    monkeypatch.setattr(files, "__file__", str(tmp_path / "a/files.py"))
    with pytest.raises(
        FileNotFoundError, match="nothing.npz was not found in .*; set MINI_VI"
    ):
        data_path("nothing.npz")


def test_a_broken_motion_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("MINI_VIMOGEN_DATA", str(tmp_path))
    (tmp_path / "real_motion.npz").write_bytes(b"PK nonsense")
    with pytest.raises(ValueError, match="not a readable real motion file"):
        real_motion()


def test_splits_select_clips():
    by_split = {name: real_motion(name) for name in REAL_SPLITS}
    assert {n: len(clips) for n, clips in by_split.items()} == {
        "train": 33,
        "validation": 4,
        "test": 20,
    }
    names = [c.source for clips in by_split.values() for c in clips]
    assert sorted(names) == [clip.source for clip in real_motion()]
    with pytest.raises(ValueError, match="split must be one of.*'dev'"):
        real_motion("dev")


def test_clips_are_fresh_each_time():
    real_motion()[0].root_position.zero_()
    assert real_motion()[0].root_position.abs().max() > 0.5


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("cmu_016_22", "cmu_016"),
        ("deepmimic_walk", "deepmimic_walk"),
        ("deepmimic_walker_left_0", "deepmimic_walker"),
        ("deepmimic_dance_a", "deepmimic_dance_a"),
    ],
)
def test_families(name, wanted):
    assert family(standing_clip().with_(source=name)) == wanted


@pytest.mark.parametrize("name", ("", "cmu_16_22", "walk"))
def test_other_clips_have_no_family(name):
    with pytest.raises(ValueError, match="clip.source must be the name"):
        family(standing_clip().with_(source=name))


def test_splits_file_has_what_the_function_gives():
    stored = json.loads(data_path("splits.json").read_text(encoding="utf-8"))
    assert splits() == {k: stored[k] for k in ("real", "choreographed")}


def test_the_body_has_the_joints_of_our_skeleton():
    body = baked_body()
    assert torch.equal(body.rest_joints, SMPL24.rest_joints)
    assert body.parents == SMPL24.parents
    assert 2400 <= len(body.vertices) <= 2600


def test_the_body_is_closed_and_looks_outward():
    body = baked_body()
    faces = body.faces
    edges = torch.cat([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    there = {tuple(edge) for edge in edges.tolist()}
    assert len(there) == len(edges), "an edge is used twice in one direction"
    assert there == {(b, a) for a, b in there}, "the surface has a hole"
    a, b, c = body.vertices[faces].unbind(1)
    volume = (a * torch.linalg.cross(b, c)).sum() / 6
    assert 0.05 < volume < 0.1  # cubic metres; a person has about 0.07


def test_the_body_lies_around_its_joints():
    """Left on the left, head on top, every limb's skin around its bone."""
    body = baked_body()
    vertices, owner = body.vertices, body.vertex_joint
    for joint, name in enumerate(SMPL24.names):
        mine = vertices[owner == joint]
        assert len(mine) >= 5, name
        side = {"left": 1.0, "right": -1.0}.get(name.split("_")[0])
        if side:
            assert (mine[:, 0] * side > -0.03).all(), name
    height = vertices[:, 1].max() - vertices[:, 1].min()
    assert 1.7 < height < 1.85
    assert (vertices[owner == SMPL24.index("head")][:, 1] > 0.5).all()
    toes = SMPL24.index("left_foot")
    assert vertices[owner == toes][:, 2].mean() > 0.06  # forward is +z


def test_soles_stand_where_the_skeleton_stands():
    """Lowest joint on the floor, then the skin is on the floor too."""
    clip = standing_clip()
    surface = pose_body(baked_body(), clip.local_rotmat, clip.root_position)
    assert abs(float(surface[..., 2].min())) < 0.005
