"""Build ``manifest.json``: what each shipped file holds, and its hash."""

import hashlib
import json
from pathlib import Path

import numpy as np

from mini_vimogen.clip import Clip
from mini_vimogen.data.library import family, real_motion, splits
from mini_vimogen.files import written_whole
from mini_vimogen.geometry.rotations import heading

BUILDER_VERSION = 1
"""Goes up when a builder is changed so that its file changes."""

MADE_BY = {
    "real_motion.npz": "build_real_motion.py",
    "real_video.npz": "build_real_video.py",
    "body.npz": "build_body.py",
    "splits.json": "by hand",
}

UNITS = {
    "real_motion.npz": {
        "name": "text",
        "caption": "text",
        "package": "text",
        "licence": "text",
        "first_frame": "row number; clip i has rows first_frame[i:i+2]",
        "native_fps": "frames per second of the recording",
        "fps": "frames per second",
        "root_position": "metres, Z up, pelvis joint",
        "quaternion": "unit quaternion (w, x, y, z) times 32767, local",
    },
    "real_video.npz": {
        "keypoints": "COCO-17 x, y in pixels, confidence, as detected",
        "fps": "frames per second",
        "width": "pixels, by view",
        "height": "pixels, by view",
        "swapped": "left taken for right: by view, frame; arms, legs, face",
        "points": "metres, Z up, fitted to all views",
        "triangulated": "metres, Z up, frame by frame",
        "views_used": "view agrees with the triangulated point",
        "street_keypoints": "COCO-17 x, y in pixels, confidence, as detected",
        "street_fps": "frames per second",
        "street_width": "pixels",
        "street_height": "pixels",
        "frame_number": "frame of the track",
        "frame_view": "view of the pictures, from 0",
        "frame_box": "left, top, right, bottom in pixels of the video",
        "frame_jpeg": "bytes of all pictures, one after the other",
        "frame_jpeg_start": "where each picture's bytes begin, and the end",
        "camera_rotation": "world to camera axes (x right, y down, z forward)",
        "camera_translation": "metres",
        "camera_focal": "pixels",
        "camera_centre": "pixels",
        "camera_distortion": "k1, k2, p1, p2, k3",
    },
    "body.npz": {
        "vertices": "metres, x left, y up, z forward, pelvis at the origin",
        "faces": "vertex numbers",
        "weights": "share of each joint",
        "rest_joints": "metres",
        "parents": "joint number",
    },
}


def _entry(path: Path) -> dict:
    content = path.read_bytes()
    entry = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "made_by": MADE_BY[path.name],
    }
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as data:
            entry["arrays"] = {
                name: {
                    "shape": list(data[name].shape),
                    "dtype": str(data[name].dtype),
                    "unit": UNITS[path.name][name],
                }
                for name in data.files
            }
    return entry


def measured(clip: Clip) -> dict:
    """Turn, distance and speed of a clip, to hold against its caption."""
    yaw = np.unwrap(heading(clip.local_rotmat[:, 0]).numpy())
    level = clip.root_position[:, :2]
    path = float(level.diff(dim=0).norm(dim=-1).sum())
    return {
        "frames": clip.frames,
        "seconds": round(clip.duration, 3),
        "turn_degrees": round(float(np.degrees(yaw[-1] - yaw[0])), 1),
        "distance_m": round(float((level[-1] - level[0]).norm()), 3),
        "speed_m_per_s": round(path / clip.duration, 3),
    }


def build(folder: Path) -> None:
    """Hash the files of ``folder`` and measure every real clip."""
    clips = real_motion()
    side_of = {
        name: side for side, names in splits()["real"].items() for name in names
    }
    manifest = {
        "builder_version": BUILDER_VERSION,
        "files": {name: _entry(folder / name) for name in sorted(MADE_BY)},
        "real_motion": {
            "clips": len(clips),
            "frames": sum(clip.frames for clip in clips),
            "seconds": round(sum(clip.duration for clip in clips), 1),
            "families": len({family(clip) for clip in clips}),
            "clips_by_split": {
                side: sum(side_of[family(clip)] == side for clip in clips)
                for side in splits()["real"]
            },
        },
        "clips": {
            clip.source: {
                "family": family(clip),
                "split": side_of[family(clip)],
                "caption": clip.caption,
                **measured(clip),
            }
            for clip in clips
        },
    }
    with written_whole(folder / "manifest.json") as partial:
        text = json.dumps(manifest, indent=1, ensure_ascii=False)
        partial.write_text(text + "\n", encoding="utf-8")
    print(f"manifest.json: {len(MADE_BY)} files")
