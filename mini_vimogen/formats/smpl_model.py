"""A user's own SMPL model file, read safely and checked.

The official files may not be redistributed, so none is shipped; whoever has
one can use it here (``geometry.body.smpl_model`` poses it).
"""

from pathlib import Path

import numpy as np

from mini_vimogen.files import read_npz
from mini_vimogen.formats import safe_pickle

JOINTS = 24
_NAMES = (
    "v_template",
    "shapedirs",
    "posedirs",
    "J_regressor",
    "weights",
    "kintree_table",
    "f",
)


def read_smpl_model(path) -> dict[str, np.ndarray]:
    """The arrays of an SMPL model, dense and in known shapes.

    Args:
        path: ``.npz``, or a ``.pkl`` as published (Python 2 pickles with
            chumpy arrays and a sparse joint regressor are read too; nothing in
            them is run). V vertices, S shape directions, F faces.

    Returns:
        ``v_template`` [V, 3] metres, ``shapedirs`` [V, 3, S], ``posedirs``
        [V, 3, 207], ``J_regressor`` [24, V], ``weights`` [V, 24] float64;
        ``kintree_table`` [2, 24] and ``f`` [F, 3] int64. The root's parent is
        -1, whatever the file says.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: another suffix, a pickle with anything but arrays in it, a
            missing array, wrong shapes, values that are not finite, parents
            that are no tree, faces of vertices that are not there.

    Source: layout of the SMPL model files (Loper et al. 2015).
    """
    path = Path(path)
    if path.suffix == ".npz":
        stored = read_npz(path, wanted=set(_NAMES), what="SMPL model file")
    elif path.suffix == ".pkl":
        stored = safe_pickle.load(path)
        if not isinstance(stored, dict):
            raise ValueError(
                f"{path} is not an SMPL model file: it holds a "
                f"{type(stored).__name__}, not a dict"
            )
        missing = set(_NAMES) - stored.keys()
        if missing:
            raise ValueError(
                f"{path} is not an SMPL model file: it lacks "
                + ", ".join(sorted(missing))
            )
    else:
        raise ValueError(
            f"path must end in .pkl or .npz, got {path.suffix!r} ({path.name})"
        )
    arrays = {name: _numbers(path, name, stored[name]) for name in _NAMES}
    _check_shapes(path, arrays)
    _check_indices(path, arrays)
    return arrays


def _numbers(path: Path, name: str, value) -> np.ndarray:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iuf":
        kind = getattr(value, "dtype", type(value).__name__)
        raise ValueError(f"{path}: {name} must be an array, got {kind}")
    if not np.isfinite(value).all():
        raise ValueError(f"{path}: {name} must be finite, got NaN or infinity")
    whole = name in ("kintree_table", "f")
    return value.astype(np.int64 if whole else np.float64)


def _check_shapes(path: Path, arrays: dict[str, np.ndarray]) -> None:
    template = arrays["v_template"]
    vertices = len(template) if template.ndim else 0
    wanted = {
        "v_template": (vertices, 3),
        "shapedirs": (vertices, 3, None),
        "posedirs": (vertices, 3, 9 * (JOINTS - 1)),
        "J_regressor": (JOINTS, vertices),
        "weights": (vertices, JOINTS),
        "kintree_table": (2, JOINTS),
        "f": (None, 3),
    }
    for name, shape in wanted.items():
        found = arrays[name].shape
        fits = len(found) == len(shape) and all(
            size == want or (want is None and size > 0)
            for size, want in zip(found, shape, strict=True)
        )
        if not fits or vertices == 0:
            text = ", ".join("any" if s is None else str(s) for s in shape)
            raise ValueError(
                f"{path}: {name} must have shape [{text}], got {list(found)}"
            )


def _check_indices(path: Path, arrays: dict[str, np.ndarray]) -> None:
    parents = arrays["kintree_table"][0]
    parents[0] = -1  # files store it as 2**32 - 1
    for joint, parent in enumerate(parents[1:], start=1):
        if not 0 <= parent < joint:
            raise ValueError(
                f"{path}: kintree_table must name a parent before each joint, "
                f"got {parent} for joint {joint}"
            )
    vertices, faces = len(arrays["v_template"]), arrays["f"]
    if faces.min() < 0 or faces.max() >= vertices:
        raise ValueError(
            f"{path}: f must name vertices 0..{vertices - 1}, got "
            f"{faces.min()}..{faces.max()}"
        )
