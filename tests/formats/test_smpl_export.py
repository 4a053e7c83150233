"""AMASS and AIST++ through the command line."""

import numpy as np
import torch

from mini_vimogen.cli import main
from mini_vimogen.clip import Clip
from mini_vimogen.formats import smpl
from tests.oracles import wandering_clip
from tests.smpl_motion_files import (
    aist_record,
    amass_arrays,
    write_amass_arrays,
    write_pickle,
)


def export(source, *outs) -> int:
    words = [word for out in outs for word in ("--out", str(out))]
    return main(["export", str(source), *words])


def test_a_clip_goes_out_as_amass_and_comes_back(tmp_path):
    clip = wandering_clip()
    source, out = clip.save(tmp_path / "a.npz"), tmp_path / "b.smpl.npz"
    assert export(source, out) == 0
    with np.load(out, allow_pickle=False) as stored:
        assert stored["poses"].shape == (30, 156)
    assert export(out, tmp_path / "c.npz") == 0
    back = Clip.load(tmp_path / "c.npz")
    assert (back.joints() - clip.joints()).abs().max() < 1e-6


def test_published_names_are_read(tmp_path):
    """AMASS's files end in _poses.npz or _stageii.npz, AIST++'s in .pkl."""
    amass = write_amass_arrays(
        tmp_path / "walk_stageii.npz", amass_arrays(width=165)
    )
    aist = write_pickle(tmp_path / "gBR_sBM.pkl", aist_record())
    out = tmp_path / "out.npz"
    for source, read in ((amass, smpl.read_amass), (aist, smpl.read_aist)):
        assert export(source, out) == 0
        assert torch.equal(Clip.load(out).joints(), read(source).joints())


def test_what_is_wrong_is_one_sentence(tmp_path, capsys):
    arrays = amass_arrays()
    del arrays["mocap_framerate"]
    amass = write_amass_arrays(tmp_path / "walk_poses.npz", arrays)
    text = tmp_path / "text.pkl"
    text.write_text("no pickle")
    for source, said in ((amass, "mocap_framerate"), (text, "text.pkl")):
        assert export(source, tmp_path / "out.bvh") == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1
    assert not (tmp_path / "out.bvh").exists()
