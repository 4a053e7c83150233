"""Equal to EDGE's reading of AIST++ and to OpenCV's view of it."""

import json

import numpy as np
import torch

from mini_vimogen.formats import smpl
from mini_vimogen.geometry.camera import project
from tests.smpl_motion_files import write_pickle

FILMED = (0, 15, 30)  # frames of the stored motion that OpenCV projected


def as_file(path, stored, number: int):
    """A stored motion (metres, Y up) as an AIST++ file (centimetres)."""
    record = {
        "smpl_poses": stored["poses"][number].flatten(1).numpy(),
        "smpl_scaling": np.array([100.0], dtype=np.float32),
        "smpl_trans": stored["trans"][number].numpy() * 100,
    }
    return write_pickle(path, record)


def test_motion(golden, tmp_path):
    stored = golden("edge_motion")
    for number in range(2):
        path = as_file(tmp_path / "a.pkl", stored, number)
        # EDGE puts the pelvis where SMPL's translation is.
        clip = smpl.read_aist(path, rest_pelvis=(0, 0, 0))
        wanted = stored["joints_zup"][number]
        assert (clip.joints() - wanted).abs().max() < 2e-6
        root = stored["trans_zup"][number]
        assert (clip.root_position - root).abs().max() < 1e-6


def test_views(golden, tmp_path):
    stored = golden("edge_camera")
    cameras = [
        {
            "name": name,
            "size": [1920, 1080],
            "matrix": stored["K"][index].tolist(),
            "rotation": stored["rvec"][index].tolist(),
            "translation": stored["tvec"][index].tolist(),
            "distortions": stored["dist"][index].tolist(),
        }
        for index, name in enumerate(smpl.VIEWS)
    ]
    setting = tmp_path / "setting1.json"
    setting.write_text(json.dumps(cameras))
    path = as_file(tmp_path / "a.pkl", golden("edge_motion"), 0)
    clip = smpl.read_aist(path, rest_pelvis=(0, 0, 0))
    joints = clip.joints()[list(FILMED)]
    for dtype, allowed in ((torch.float64, 1e-3), (torch.float32, 5e-3)):
        views = smpl.read_aist_cameras(setting, dtype=dtype)
        for camera, wanted in zip(views, stored["uv"], strict=True):
            pixels, _ = project(joints.to(dtype), camera)
            apart = (pixels - wanted[: len(FILMED)]).abs().max()
            assert apart < allowed
