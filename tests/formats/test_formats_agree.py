"""One motion in every format we write is one motion when it is read back."""

import pytest
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.data.choreographer import choreograph
from mini_vimogen.data.library import real_motion
from mini_vimogen.data.real_video import laboratory_video
from mini_vimogen.formats import bvh, gltf, smpl
from mini_vimogen.tasks.lift import lift

WITHOUT_HANDS = 22  # AMASS's joints 22 and 23 are fingers


def lifted() -> Clip:
    """The first camera's view of the real video, as the shipped model sees."""
    (clip,) = lift(laboratory_video().tracks[0])
    return clip


MOTIONS = {
    "real": lambda: real_motion("test")[0],
    "lifted": lifted,
    "choreographed": lambda: choreograph("kick", generator=3),
}


def through_files(clip: Clip, folder) -> dict[str, Clip]:
    folder.mkdir()
    return {
        "Clip": Clip.load(clip.save(folder / "a.npz")),
        "BVH": bvh.read(bvh.write(clip, folder / "a.bvh")),
        "GLB": gltf.read(gltf.write(clip, folder / "a.glb")),
        "AMASS": smpl.read_amass(smpl.write_amass(clip, folder / "a.smpl.npz")),
    }


@pytest.mark.parametrize("name", MOTIONS)
def test_all_formats_give_the_same_joints(tmp_path, name):
    clip = MOTIONS[name]()
    joints = clip.joints()[:, :WITHOUT_HANDS]
    assert clip.frames > 30 and joints.std(dim=0).max() > 0.05
    for kind, back in through_files(clip, tmp_path / "one").items():
        error = (back.joints()[:, :WITHOUT_HANDS] - joints).abs().max()
        assert error < 1e-4, kind
        assert (back.frames, back.fps) == pytest.approx((clip.frames, clip.fps))
        if kind != "AMASS":
            assert (back.joints() - clip.joints()).abs().max() < 1e-4, kind


def test_ten_rounds_through_all_formats_do_not_drift(tmp_path):
    start = clip = MOTIONS["real"]()
    for number in range(10):
        backs = through_files(clip, tmp_path / str(number))
        clip = backs[("BVH", "GLB")[number % 2]]
    assert torch.allclose(clip.joints(), start.joints(), atol=1e-4)
