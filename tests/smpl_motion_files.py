"""AMASS and AIST++ files made by hand, to the published layouts."""

import json
import pickle

import numpy as np
from scipy.spatial.transform import Rotation

from mini_vimogen.geometry.skeleton import SMPL24


def angles(frames: int, joints: int, *, seed: int = 0) -> np.ndarray:
    """Smooth random axis times angle [frames, joints, 3]."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 3, frames)[:, None, None]
    size = rng.normal(size=(2, joints, 3)) * 0.4
    return size[0] * np.sin(time) + size[1] * np.cos(time)


def smpl_joints(poses: np.ndarray, pelvis: np.ndarray) -> np.ndarray:
    """Joints [frames, 24, 3] of angles and a pelvis, one joint at a time."""
    offsets = SMPL24.offsets.double().numpy()
    turned, placed = [Rotation.from_rotvec(poses[:, 0])], [pelvis]
    for joint in range(1, 24):
        parent = SMPL24.parents[joint]
        placed.append(placed[parent] + turned[parent].apply(offsets[joint]))
        turned.append(turned[parent] * Rotation.from_rotvec(poses[:, joint]))
    return np.stack(placed, axis=1)


def amass_arrays(*, frames: int = 12, width: int = 156) -> dict:
    """What an AMASS file of SMPL+H holds; the SMPL-X release at width 165."""
    poses = angles(frames, width // 3).reshape(frames, width)
    poses[:, :3] += [np.pi / 2, 0, 0]
    trans = np.linspace([0.1, -2, 1.1], [0.6, 1, 1.2], frames)
    arrays = {
        "trans": trans,
        "poses": poses,
        "betas": np.linspace(-1, 1, 16),
        "gender": np.array("female"),
    }
    if width == 165:
        empty = np.array({"C7": 3470}, dtype=object)
        return {
            **arrays,
            "mocap_frame_rate": np.array(120.0),
            "surface_model_type": np.array("smplx"),
            "markers_latent_vids": empty,  # real files have this pickle
        }
    return {
        **arrays,
        "dmpls": np.zeros((frames, 8)),
        "mocap_framerate": np.array(120.0),
    }


def write_amass_arrays(path, arrays: dict):
    np.savez(path, **arrays)
    return path


def aist_record(*, frames: int = 12, scaling: float = 93.5, flat=True) -> dict:
    """What a motion file of AIST++ holds: a dancer near the origin, Y up."""
    poses = angles(frames, 24, seed=1)
    trans = np.linspace([10.0, 105, -60], [80.0, 112, 40], frames)
    return {
        "smpl_poses": poses.reshape(frames, 72) if flat else poses,
        "smpl_scaling": np.array([scaling]),
        "smpl_trans": trans,
        "smpl_loss": 1.25,
    }


def write_pickle(path, value, *, protocol: int = 4, numpy: str | None = None):
    """A pickle, with numpy's core named "numpy.core" or "numpy._core"."""
    content = pickle.dumps(value, protocol=protocol)
    ours = b"numpy._core" if b"numpy._core" in content else b"numpy.core"
    if numpy is not None and numpy.encode() != ours:
        content = _renamed(content, ours, numpy.encode())
    path.write_bytes(content)
    return path


def _renamed(content: bytes, old: bytes, new: bytes) -> bytes:
    """Names carry their length from protocol 4 on, and so does the frame."""
    longer = (len(new) - len(old)) * content.count(old)
    for module in (b".multiarray", b".numeric"):
        was, now = old + module, new + module
        content = content.replace(
            b"\x8c" + bytes([len(was)]) + was, b"\x8c" + bytes([len(now)]) + now
        )
        content = content.replace(b"c" + was + b"\n", b"c" + now + b"\n")
    assert old not in content
    if content[2:3] == b"\x95":
        length = int.from_bytes(content[3:11], "little") + longer
        content = content[:3] + length.to_bytes(8, "little") + content[11:]
    return content


def keypoint_record(*, frames: int = 12, seed: int = 2) -> dict:
    """What a 2D keypoint file of AIST++ holds; view c03 loses the dancer."""
    rng = np.random.default_rng(seed)
    points = rng.random((9, frames, 17, 3)).astype(np.float32)
    points[..., :2] *= [1920, 1080]
    points[2, 4:6] = np.nan
    return {
        "keypoints2d": points,
        "det_scores": rng.random((9, frames)).astype(np.float32),
        "timestamps": np.arange(frames) * 16667,
    }


def start_cameras() -> list[dict]:
    """The set-up that AIST++'s calibration starts from."""
    cameras = []
    for index in range(9):
        yaw = 180 if index == 8 else 180 - 45 * index
        turn = Rotation.from_euler("y", yaw, degrees=True)
        turn = turn * Rotation.from_euler("z", 180, degrees=True)
        cameras.append(
            {
                "name": f"c{index + 1:02d}",
                "size": [1920, 1080],
                "matrix": [[1600.0, 0, 960], [0, 1600.0, 540], [0, 0, 1]],
                "rotation": turn.as_rotvec().tolist(),
                "translation": [0, 170 if index == 8 else 180, 500],
                "distortions": [0, 0, 0, 0, 0],
            }
        )
    return cameras


def write_json(path, value):
    path.write_text(json.dumps(value))
    return path
