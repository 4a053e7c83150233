"""AIST++ motions and 2D keypoints (``.pkl``), read without running them.

The world of AIST++ is Y up, in centimetres, origin on the floor, 60 frames a
second. Its SMPL bodies are scaled: joint = scaling * (SMPL joint of the mean
shape) + trans. A clip is that divided by the scaling: metres of a mean-sized
body, not of the dancer. Read the cameras with the same scaling
(``aist_cameras``), and they see the clip where they saw the dancer.
"""

import math
import pickle
from pathlib import Path

import numpy as np
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import COCO17, Y_UP_TO_Z_UP, Z_UP_TO_Y_UP
from mini_vimogen.files import written_whole
from mini_vimogen.formats import safe_pickle
from mini_vimogen.formats.aist_cameras import VIEWS
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.formats.smpl_motion import (
    SMPL_REST_PELVIS,
    angles_and_pelvis,
    checked_rest_pelvis,
    clip_from_angles,
    frames_of_three,
    numbers,
    one_positive,
)

AIST_FPS = 60.0
PROTOCOLS = (2, 3, 4, 5)
_SIZE = (1920, 1080)
_MOTION = ("smpl_poses", "smpl_scaling", "smpl_trans")


def _record(path, wanted: tuple[str, ...], what: str) -> dict:
    stored = safe_pickle.load(path)
    if not isinstance(stored, dict):
        raise ValueError(
            f"{path} is not an AIST++ {what} file: it holds a "
            f"{type(stored).__name__}, not a dict"
        )
    missing = [name for name in wanted if name not in stored]
    if missing:
        raise ValueError(
            f"{path} is not an AIST++ {what} file: it lacks "
            + ", ".join(missing)
        )
    return stored


def read_aist(
    path, *, rest_pelvis=SMPL_REST_PELVIS, mirrored: bool = False, **texts: str
) -> Clip:
    """Read a motion of AIST++.

    Args:
        path: ``.pkl`` with smpl_poses [N, 72] or [N, 24, 3], smpl_scaling
            [1], smpl_trans [N, 3] centimetres.
        rest_pelvis: three metres, the pelvis of the body that the motion was
            fitted with (AIST++ used the male one; ``rest_pelvis_of`` tells).
        mirrored: exchange left and right (``Clip.mirror``), where
            ``aist_sides`` finds them crossed; read the cameras alike.
        texts: caption, source (else the file's name), licence.

    Returns:
        A float32 clip on SMPL24, 60 fps, in the Z-up world.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: no pickle, anything but arrays in it, a missing entry,
            wrong shapes, lengths that differ, no frames, NaN, a scaling that
            is not positive.

    Source: Li et al. 2021; layout of the published annotations.
    """
    path = Path(path)
    stored = _record(path, _MOTION, "motion")
    poses = numbers(path, "smpl_poses", stored["smpl_poses"])
    if poses.shape[1:] not in ((72,), (24, 3)) or len(poses) == 0:
        raise ValueError(
            f"{path}: smpl_poses must have shape [frames, 72] or [frames, 24, "
            f"3], got {list(poses.shape)}"
        )
    axis_angle = torch.from_numpy(poses).reshape(-1, 24, 3)
    scaling = one_positive(path, "smpl_scaling", stored["smpl_scaling"])
    trans = frames_of_three(
        path, "smpl_trans", stored["smpl_trans"], frames=len(poses)
    )
    turn = Y_UP_TO_Z_UP.double()
    pelvis = trans / scaling + checked_rest_pelvis(rest_pelvis)
    texts = {"source": path.stem, **texts}
    clip = clip_from_angles(axis_angle, pelvis @ turn.T, fps=AIST_FPS, **texts)
    local = clip.local_rotmat.clone()
    local[:, 0] = turn.to(local) @ local[:, 0]
    clip = clip.with_(local_rotmat=local)
    return clip.mirror() if mirrored else clip


def read_aist_scaling(path) -> float:
    """Centimetres to a metre of ``read_aist``'s clip (about 90 to 100).

    Raises:
        FileNotFoundError, ValueError: as ``read_aist``.
    """
    path = Path(path)
    stored = _record(path, _MOTION, "motion")
    return one_positive(path, "smpl_scaling", stored["smpl_scaling"])


def write_aist(
    clip: Clip,
    path,
    *,
    rest_pelvis=SMPL_REST_PELVIS,
    scaling: float = 100.0,
    protocol: int = 4,
) -> Path:
    """Write a motion as AIST++ does.

    Args:
        clip: on SMPL24, 60 fps; ``clip.resample(60)`` gives that.
        path: file to write; replaced only when the whole file is there.
        rest_pelvis: three metres, of the body that will be posed with it.
        scaling: centimetres to a metre of the clip.
        protocol: of the pickle, 2 to 5.

    Returns:
        The path. The file holds float32 arrays; smpl_loss is NaN, because
        nothing was fitted. ``read_aist`` gives joints back to within 1e-5 m
        of a clip that stays within 10 m of the origin.

    Raises:
        ValueError: another skeleton or frame rate, SMPL22 (which has no
            hands), a scaling that is not positive, an unknown protocol.
        FileNotFoundError: no such folder.
    """
    if clip.fps != AIST_FPS:
        raise ValueError(
            f"clip must have {AIST_FPS:g} fps to be written as AIST++, got "
            f"{clip.fps:g}; clip.resample({AIST_FPS:g}) gives that"
        )
    if not (scaling > 0 and math.isfinite(scaling)):
        raise ValueError(f"scaling must be positive, got {scaling}")
    if protocol not in PROTOCOLS:
        raise ValueError(
            f"protocol must be one of {', '.join(map(str, PROTOCOLS))}, got "
            f"{protocol}"
        )
    if len(clip.skeleton) != 24:
        raise ValueError(
            "clip must be on skeleton SMPL24 to be written as AIST++, got "
            f"{clip.skeleton.name}"
        )
    turn = Z_UP_TO_Y_UP
    local = clip.local_rotmat.clone()
    local[:, 0] = turn.to(local) @ local[:, 0]
    axis_angle, pelvis = angles_and_pelvis(clip.with_(local_rotmat=local))
    rest = checked_rest_pelvis(rest_pelvis)
    trans = (pelvis @ turn.double().T - rest) * scaling
    record = {
        "smpl_poses": axis_angle.flatten(1).numpy().astype(np.float32),
        "smpl_scaling": np.array([scaling], dtype=np.float32),
        "smpl_trans": trans.numpy().astype(np.float32),
        "smpl_loss": math.nan,
    }
    with written_whole(path) as partial:
        partial.write_bytes(pickle.dumps(record, protocol=protocol))
    return Path(path)


def read_aist_keypoints(
    path, *, view: str, size: tuple[float, float] = _SIZE
) -> KeypointTrack:
    """One camera's 2D keypoints of an AIST++ sequence.

    Args:
        path: ``.pkl`` with keypoints2d [9, N, 17, 3] (x, y, confidence; NaN
            where nobody was found); det_scores [9, N] and timestamps [N],
            where they are there, must fit.
        view: "c01" to "c09".
        size: image width and height, which the file does not say.

    Returns:
        A track of 60 fps; what was NaN has confidence 0. A detector's score a
        little outside 0..1 is moved to the nearer end.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: as ``read_aist``; an unknown view; infinity; a view that
            shows nobody.
    """
    path = Path(path)
    if view not in VIEWS:
        raise ValueError(
            f"view must be one of {', '.join(VIEWS)}, got {view!r}"
        )
    stored = _record(path, ("keypoints2d",), "keypoint")
    points = stored["keypoints2d"]
    wanted = (len(VIEWS), "frames", len(COCO17), 3)
    shape = getattr(points, "shape", ())
    if len(shape) != 4 or (shape[0], *shape[2:]) != (len(VIEWS), 17, 3):
        raise ValueError(
            f"{path}: keypoints2d must have shape [{wanted[0]}, frames, "
            f"{wanted[2]}, 3], got {list(shape)}"
        )
    frames = shape[1]
    for name, fits in (
        ("det_scores", (len(VIEWS), frames)),
        ("timestamps", (frames,)),
    ):
        found = getattr(stored.get(name), "shape", None)
        if name in stored and found != fits:
            raise ValueError(
                f"{path}: {name} must have shape {list(fits)} to go with "
                f"keypoints2d, got {found and list(found)}"
            )
    return KeypointTrack(
        _seen(path, points[VIEWS.index(view)]), AIST_FPS, *map(float, size)
    )


def _seen(path: Path, points: np.ndarray) -> torch.Tensor:
    """Keypoints [frames, 17, 3] with confidence 0 in the place of NaN."""
    if points.dtype.kind != "f":
        raise ValueError(
            f"{path}: keypoints2d must hold floating-point numbers, got "
            f"{points.dtype}"
        )
    unseen = np.isnan(points).any(axis=-1, keepdims=True)
    points = numbers(path, "keypoints2d", np.where(unseen, 0.0, points))
    confidence = points[..., 2]
    # A heatmap's peak may lie a little above 1; a percentage may not pass.
    if (confidence < -0.5).any() or (confidence > 1.5).any():
        raise ValueError(
            f"{path}: keypoints2d must have confidence between 0 and 1, got "
            f"{confidence.min():.3g} to {confidence.max():.3g}"
        )
    points[..., 2] = confidence.clip(0.0, 1.0)
    return torch.from_numpy(points.astype(np.float32))
