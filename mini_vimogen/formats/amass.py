"""AMASS motion files (``.npz``), in and out.

``trans`` [N, 3] metres and ``poses`` [N, 156] axis times angle (root, 21 body
joints, 30 hand joints of SMPL+H), ``betas`` [16], ``dmpls`` [N, 8], ``gender``,
``mocap_framerate``. The SMPL-X release has 165 angles and spells the rate
``mocap_frame_rate``; plain SMPL has 72. The world is Z up like ours and the
body's axes are SMPL's, so nothing is turned: a person who stands facing -Y has
the root rotation (pi/2, 0, 0). The root of SMPL22 and SMPL24 and what
``STANDING_ROOT`` means are the same thing.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from mini_vimogen.clip import Clip
from mini_vimogen.files import read_npz, written_whole
from mini_vimogen.formats.smpl_motion import (
    SMPL_REST_PELVIS,
    SMPLX_REST_PELVIS,
    angles_and_pelvis,
    checked_rest_pelvis,
    clip_from_angles,
    frames_of_three,
    numbers,
    one_positive,
)

GENDERS = ("neutral", "female", "male")
BETAS, DMPLS = 16, 8
_RATES = ("mocap_framerate", "mocap_frame_rate")
_SMPLH_ANGLES = 156
# Joints that are ours, out of the angles in a row; and the body's pelvis.
_BODIES = {
    72: (24, SMPL_REST_PELVIS),
    _SMPLH_ANGLES: (22, SMPL_REST_PELVIS),
    165: (22, SMPLX_REST_PELVIS),
}


@dataclass(frozen=True)
class BodyShape:
    """Whose body an AMASS file was fitted with.

    Args:
        gender: "neutral", "female" or "male": which model file to take.
        betas: the shape coefficients.
    """

    gender: str
    betas: tuple[float, ...]


def read_amass(path, *, rest_pelvis=None, fps=None, **texts: str) -> Clip:
    """Read a motion of AMASS.

    Only the motion is read; other arrays of the file (SMPL-X files carry a
    pickled one) are not opened. Shape and gender are not kept, a clip has one
    skeleton: see ``read_body_shape``.

    Args:
        path: ``.npz`` of SMPL (72 angles), SMPL+H (156) or SMPL-X (165).
        rest_pelvis: three metres, the pelvis of the file's own body in its
            rest pose (``rest_pelvis_of``). None takes the mean shape:
            SMPL-X's for 165 angles, else SMPL's; a real body's differs by a
            few centimetres, the same in every frame.
        fps: frame rate of a file that does not state one.
        texts: caption, source (else the file's name), licence.

    Returns:
        A float32 clip on SMPL24. Hands and face are left out; joints 22 and
        23 are straight unless the file is plain SMPL.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not an npz, truncated, pickled objects, a missing array,
            wrong shapes, lengths that differ, no frames, NaN, a frame rate
            that is missing, stated twice or not positive.
    """
    path = Path(path)
    stored = _read(path, wanted={"poses", "trans"}, more=set(_RATES))
    poses = numbers(path, "poses", stored["poses"])
    width = poses.shape[1] if poses.ndim == 2 else None
    if width not in _BODIES or len(poses) == 0:
        raise ValueError(
            f"{path}: poses must have shape [frames, 72 (SMPL), 156 (SMPL+H) "
            f"or 165 (SMPL-X)], got {list(poses.shape)}"
        )
    joints, usual = _BODIES[width]
    pelvis = checked_rest_pelvis(usual if rest_pelvis is None else rest_pelvis)
    trans = frames_of_three(path, "trans", stored["trans"], frames=len(poses))
    axis_angle = torch.from_numpy(poses[:, : 3 * joints]).unflatten(1, (-1, 3))
    texts = {"source": path.stem, **texts}
    rate = _frame_rate(path, stored, fps)
    return clip_from_angles(axis_angle, trans + pelvis, fps=rate, **texts)


def _read(path: Path, *, wanted: set[str], more: set[str]) -> dict:
    try:
        return read_npz(
            path, wanted=wanted, what="AMASS file", only=wanted | more
        )
    except ValueError as error:
        if "Object arrays" not in str(error):
            raise
        raise ValueError(
            f"{path} keeps {' or '.join(sorted(wanted))} as pickled objects, "
            "which are not read; save it again as plain numbers and text, for "
            "example gender=np.array('neutral')"
        ) from error


def _frame_rate(path: Path, stored: dict, fps) -> float:
    rates = {
        one_positive(path, name, stored[name])
        for name in _RATES
        if name in stored
    }
    if not rates and fps is None:
        raise ValueError(
            f"{path} lacks mocap_framerate (or mocap_frame_rate); give fps"
        )
    if fps is not None:
        rates.add(float(fps))
    if len(rates) > 1:
        raise ValueError(
            f"{path}: the frame rate must be one, got "
            + " and ".join(f"{rate:g}" for rate in sorted(rates))
        )
    return rates.pop()


def read_body_shape(path) -> BodyShape:
    """Gender and shape coefficients of an AMASS file.

    With a model file of one's own they give the exact pelvis:
    ``rest_pelvis_of(read_smpl_model(file), shape=body.betas)``.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not an npz, gender or betas missing, pickled, no number, or
            a gender that is none of ``GENDERS``.
    """
    path = Path(path)
    stored = _read(path, wanted={"betas", "gender"}, more=set())
    betas = numbers(path, "betas", stored["betas"])
    if betas.ndim != 1:
        raise ValueError(
            f"{path}: betas must have shape [shapes], got {list(betas.shape)}"
        )
    gender = stored["gender"]
    if gender.size != 1 or gender.dtype.kind not in "US":
        raise ValueError(
            f"{path}: gender must be one word, got {gender.dtype} of shape "
            f"{list(gender.shape)}"
        )
    # Some files hold bytes.
    word = gender.astype(np.str_).reshape(()).item().lower()
    if word not in GENDERS:
        raise ValueError(
            f"{path}: gender must be one of {', '.join(GENDERS)}, got {word!r}"
        )
    return BodyShape(word, tuple(betas.tolist()))


def is_amass(path) -> bool:
    """True if a file is an ``.npz`` with ``poses`` and ``trans``."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return {"poses.npy", "trans.npy"} <= set(archive.namelist())


def write_amass(
    clip: Clip, path, *, rest_pelvis=SMPL_REST_PELVIS, gender: str = "neutral"
) -> Path:
    """Write a motion as AMASS does: SMPL+H, Z up, mean shape.

    Args:
        clip: on SMPL22 or SMPL24. The turns of joints 22 and 23 are not
            kept (SMPL+H has fingers there); no joint's place depends on them.
        path: file to write; replaced only when the whole file is there.
        rest_pelvis: three metres, of the body that will be posed with it.
        gender: the word to store: "neutral", "female" or "male".

    Returns:
        The path. ``read_amass`` gives joints back to within 1e-6 m.

    Raises:
        ValueError: another skeleton, rest_pelvis or gender.
        FileNotFoundError: no such folder.
    """
    if gender not in GENDERS:
        raise ValueError(
            f"gender must be one of {', '.join(GENDERS)}, got {gender!r}"
        )
    axis_angle, pelvis = angles_and_pelvis(clip)
    poses = np.zeros((clip.frames, _SMPLH_ANGLES))
    poses[:, :66] = axis_angle[:, :22].flatten(1).numpy()
    trans = pelvis - checked_rest_pelvis(rest_pelvis)
    # An open file, because numpy would append .npz to another name.
    with written_whole(path) as partial, open(partial, "wb") as file:
        np.savez_compressed(
            file,
            trans=trans.numpy(),
            poses=poses,
            betas=np.zeros(BETAS),
            dmpls=np.zeros((clip.frames, DMPLS)),
            gender=np.array(gender),
            mocap_framerate=np.float64(clip.fps),
        )
    return Path(path)
