"""AIST++ motions: written by hand to the layout, read; written by us, read."""

import math
import os
import pickle

import numpy as np
import pytest
import torch

from mini_vimogen.data.library import real_motion
from mini_vimogen.formats import smpl
from mini_vimogen.geometry.rotations import heading
from mini_vimogen.geometry.skeleton import SMPL22, SMPL24, Skeleton
from tests.oracles import standing_clip, wandering_clip
from tests.smpl_motion_files import aist_record, smpl_joints, write_pickle


def in_the_world(record: dict, rest) -> np.ndarray:
    """Joints in centimetres, Y up: scaling * (SMPL joint) + trans."""
    poses = record["smpl_poses"].reshape(-1, 24, 3)
    rest = np.broadcast_to(np.array(rest), (len(poses), 3))
    scaled = smpl_joints(poses, rest) * record["smpl_scaling"]
    return scaled + record["smpl_trans"][:, None]


def turned(y_up: np.ndarray) -> np.ndarray:
    x, y, z = np.moveaxis(y_up, -1, 0)
    return np.stack([x, -z, y], axis=-1)


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("numpy", ["numpy.core", "numpy._core"])
def test_reads_the_published_layout(tmp_path, flat, protocol, numpy):
    record = aist_record(flat=flat)
    path = tmp_path / "gBR_sBM_cAll_d04_mBR0_ch01.pkl"
    write_pickle(path, record, protocol=protocol, numpy=numpy)
    assert numpy.encode() in path.read_bytes()
    clip = smpl.read_aist(path)
    assert clip.fps == 60 and clip.source == path.stem
    assert clip.skeleton is SMPL24 and clip.frames == 12
    world = in_the_world(record, smpl.SMPL_REST_PELVIS)
    wanted = turned(world) / record["smpl_scaling"]
    assert np.abs(clip.joints().numpy() - wanted).max() < 1e-6
    assert smpl.read_aist_scaling(path) == 93.5


def test_float32_as_published(tmp_path):
    record = aist_record()
    for name, value in record.items():
        record[name] = np.float32(value)
    path = write_pickle(tmp_path / "a.pkl", record, protocol=5)
    clip = smpl.read_aist(path, rest_pelvis=(0.1, -0.3, 0.2), caption="break")
    world = in_the_world(record, (0.1, -0.3, 0.2))
    wanted = turned(world) / record["smpl_scaling"]
    assert np.abs(clip.joints().numpy() - wanted).max() < 2e-6
    assert clip.caption == "break"


def test_a_standing_dancer_stands(tmp_path):
    """No rotation at all: upright, facing +z of AIST++, which is our -Y."""
    record = aist_record(frames=2) | {"smpl_poses": np.zeros((2, 72))}
    clip = smpl.read_aist(write_pickle(tmp_path / "a.pkl", record))
    assert abs(float(heading(clip.local_rotmat[0, 0]))) == pytest.approx(
        math.pi
    )
    joints = clip.joints()[0]
    assert joints[SMPL24.index("head"), 2] - joints[0, 2] > 0.4
    left = joints[SMPL24.index("left_shoulder")]
    right = joints[SMPL24.index("right_shoulder")]
    assert left[0] > joints[0, 0] > right[0]


def test_there_and_back(tmp_path):
    for clip in (standing_clip(fps=60), wandering_clip().with_(fps=60)):
        for protocol in (2, 4, 5):
            for scaling in (100.0, 87.3):
                path = smpl.write_aist(
                    clip,
                    tmp_path / "a.pkl",
                    scaling=scaling,
                    protocol=protocol,
                )
                back = smpl.read_aist(path)
                apart = (back.joints() - clip.joints()).abs().max()
                assert apart < 2e-6
                stated = smpl.read_aist_scaling(path)
                assert stated == pytest.approx(scaling, rel=1e-6)


def test_there_and_back_of_the_real_clips(tmp_path):
    worst = 0.0
    for clip in real_motion()[::4]:
        clip = clip.resample(60)
        back = smpl.read_aist(smpl.write_aist(clip, tmp_path / "a.pkl"))
        apart = (back.joints() - clip.joints()).abs().max()
        worst = max(worst, float(apart))
    assert worst < 1e-5


def test_aist_and_amass_agree(tmp_path):
    clip = wandering_clip().with_(fps=60)
    aist = smpl.read_aist(smpl.write_aist(clip, tmp_path / "a.pkl"))
    amass = smpl.read_amass(smpl.write_amass(clip, tmp_path / "a.npz"))
    assert (aist.joints() - amass.joints()).abs().max() < 4e-6


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_writes_the_documented_layout(tmp_path, protocol):
    clip = wandering_clip().with_(fps=60)
    before = clip.local_rotmat.clone()
    path = tmp_path / "a.pkl"
    assert smpl.write_aist(clip, path, protocol=protocol) == path
    assert torch.equal(clip.local_rotmat, before)
    assert path.read_bytes()[:2] == bytes([0x80, protocol])
    record = pickle.loads(path.read_bytes())
    assert set(record) == {
        "smpl_poses",
        "smpl_scaling",
        "smpl_trans",
        "smpl_loss",
    }
    assert math.isnan(record["smpl_loss"])
    shapes = {n: record[n].shape for n in record if n != "smpl_loss"}
    assert shapes == {
        "smpl_poses": (30, 72),
        "smpl_scaling": (1,),
        "smpl_trans": (30, 3),
    }
    assert all(record[n].dtype == np.float32 for n in shapes)
    world = in_the_world(record, smpl.SMPL_REST_PELVIS)
    assert np.abs(turned(world) / 100 - clip.joints().numpy()).max() < 2e-6


def test_mirrored(tmp_path):
    path = write_pickle(tmp_path / "a.pkl", aist_record())
    plain, mirrored = smpl.read_aist(path), smpl.read_aist(path, mirrored=True)
    flipped = plain.joints() * torch.tensor([-1.0, 1, 1])
    flipped = flipped[:, list(SMPL24.mirrored_order)]
    # The rest offsets are not quite symmetric.
    assert (mirrored.joints() - flipped).abs().max() < 0.03
    assert (mirrored.joints() - plain.joints()).abs().max() > 0.3
    assert torch.equal(mirrored.local_rotmat, plain.mirror().local_rotmat)


def without(name):
    record = aist_record()
    del record[name]
    return record


def spoilt(name, value=math.nan):
    record = aist_record()
    record[name][2] = value
    return record


class Runs:
    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (without("smpl_poses"), "lacks smpl_poses"),
        (without("smpl_scaling"), "lacks smpl_scaling"),
        (without("smpl_trans"), "lacks smpl_trans"),
        ([1, 2], "holds a list, not a dict"),
        (spoilt("smpl_poses"), "smpl_poses must be finite.*row 2"),
        (spoilt("smpl_trans", math.inf), "smpl_trans must be finite.*row 2"),
        (aist_record(scaling=-93.0), "smpl_scaling must be positive, got -93"),
        (aist_record(scaling=0.0), "smpl_scaling must be positive, got 0"),
        (aist_record(scaling=math.nan), "smpl_scaling must be finite"),
        (aist_record() | {"smpl_scaling": np.ones(2)}, "must be one number"),
        (aist_record() | {"smpl_scaling": "big"}, "must be an array of num"),
        (aist_record() | {"smpl_poses": np.ones((12, 69))}, r"\[12, 69\]"),
        (aist_record() | {"smpl_poses": np.ones((0, 72))}, r"\[0, 72\]"),
        (aist_record() | {"smpl_poses": np.ones(72)}, r"got \[72\]"),
        (aist_record() | {"smpl_poses": [[0.0] * 72]}, "got list"),
        (aist_record() | {"smpl_trans": np.ones((11, 3))}, r"\[11, 3\]"),
        (
            aist_record() | {"smpl_trans": np.array([{}] * 12, dtype=object)},
            "smpl_trans must be an array of numbers, got object",
        ),
    ],
)
def test_bad_records_are_refused_in_one_sentence(tmp_path, record, said):
    path = write_pickle(tmp_path / "bad.pkl", record)
    with pytest.raises(ValueError, match=said) as refused:
        smpl.read_aist(path)
    assert "bad.pkl" in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_code_in_a_pickle_is_refused_and_not_run(tmp_path, protocol):
    mark = tmp_path / "ran"
    record = aist_record() | {"smpl_loss": Runs(mark)}
    path = write_pickle(tmp_path / "evil.pkl", record, protocol=protocol)
    with pytest.raises(ValueError, match="refused: it asks for .*system"):
        smpl.read_aist(path)
    assert not mark.exists()


def test_files_that_are_not_whole_are_refused(tmp_path):
    content = write_pickle(tmp_path / "a.pkl", aist_record()).read_bytes()
    for piece in (b"", b"smpl_poses: none\n", content[: len(content) // 2]):
        path = tmp_path / "broken.pkl"
        path.write_bytes(piece)
        with pytest.raises(ValueError, match="broken.pkl is not a readable"):
            smpl.read_aist(path)
    with pytest.raises(FileNotFoundError, match="gone.pkl"):
        smpl.read_aist(tmp_path / "gone.pkl")


def test_what_cannot_be_written(tmp_path):
    path, clip = tmp_path / "a.pkl", standing_clip(fps=60)
    short = clip.local_rotmat[:, :22]
    stretched = Skeleton(
        name="robot",
        names=SMPL24.names,
        parents=SMPL24.parents,
        offsets=SMPL24.offsets * 1.1,
    )
    for wrong, options, said in (
        (standing_clip(), {}, r"60 fps.*got 30; clip.resample\(60\)"),
        (clip.with_(local_rotmat=short, skeleton=SMPL22), {}, "got SMPL22"),
        (clip.with_(skeleton=stretched), {}, "got robot"),
        (clip, {"scaling": 0.0}, "scaling must be positive"),
        (clip, {"scaling": math.inf}, "scaling must be positive"),
        (clip, {"protocol": 9}, "protocol must be one of"),
        (clip, {"rest_pelvis": (1, 2)}, "rest_pelvis must be three"),
    ):
        with pytest.raises(ValueError, match=said):
            smpl.write_aist(wrong, path, **options)
    with pytest.raises(FileNotFoundError, match="no folder"):
        smpl.write_aist(clip, tmp_path / "none" / "a.pkl")
    assert not list(tmp_path.iterdir())
