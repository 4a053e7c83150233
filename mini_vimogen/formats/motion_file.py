"""Motion files of every kind that is read here: the suffix says which."""

from collections.abc import Callable
from pathlib import Path

from mini_vimogen.clip import Clip
from mini_vimogen.formats import bvh, gltf, smpl


def _read_npz(path: Path) -> Clip:
    # AMASS's own files do not end in .smpl.npz.
    if path.name.endswith(".smpl.npz") or smpl.is_amass(path):
        return smpl.read_amass(path)
    return Clip.load(path)


_READERS: dict[str, Callable[[Path], Clip]] = {
    ".glb": gltf.read,
    ".npz": _read_npz,
    ".pkl": smpl.read_aist,
}
SUFFIXES = (".bvh", *_READERS)
"""What ``read`` reads."""


def read(path, *, unit: str = "m") -> Clip:
    """A motion out of a Clip, BVH, AMASS, AIST++ or our own GLB file.

    Args:
        path: .npz (Clip or AMASS), .bvh, .pkl (AIST++) or .glb.
        unit: "m" or "cm", of a .bvh file, which cannot say it itself.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: another suffix, or a file that is not whole.
    """
    path = Path(path)
    if path.suffix == ".bvh":
        return bvh.read(path, unit=unit)
    if path.suffix not in _READERS:
        raise ValueError(
            f"a motion file must end in {', '.join(SUFFIXES)}, got {path}"
        )
    return _READERS[path.suffix](path)


def motion_name(path) -> str:
    """The name of a motion, whatever the format of its file.

    >>> motion_name("out/spin.smpl.npz"), motion_name("spin.bvh")
    ('spin', 'spin')
    """
    path = Path(path)
    return path.name.removesuffix(path.suffix).removesuffix(".smpl")
