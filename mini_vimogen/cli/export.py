"""``export``: a motion in, files of other formats out."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

if TYPE_CHECKING:
    from mini_vimogen.clip import Clip

Unit = Literal["m", "cm"]


def _write_bvh(clip: "Clip", path: Path, unit: Unit) -> None:
    from mini_vimogen.formats import bvh

    bvh.write(clip, path, unit=unit)


def _write_clip(clip: "Clip", path: Path, unit: Unit) -> None:
    clip.save(path)


def _write_gltf(clip: "Clip", path: Path, unit: Unit) -> None:
    from mini_vimogen.formats import gltf

    if gltf.has_body(clip.skeleton):
        gltf.write(clip, path)
        return
    print(f"skeleton {clip.skeleton.name} is not SMPL's: the .glb shows bones")
    gltf.write(clip, path, body=gltf.BONES)


def _write_amass(clip: "Clip", path: Path, unit: Unit) -> None:
    from mini_vimogen.formats import smpl

    smpl.write_amass(clip, path)


def _write_player(clip: "Clip", path: Path, unit: Unit) -> None:
    from mini_vimogen.render.player import Player

    Player(clip).save(path)


WRITERS: dict[str, Callable[["Clip", Path, Unit], None]] = {
    ".bvh": _write_bvh,
    ".glb": _write_gltf,
    ".html": _write_player,
    ".npz": _write_clip,
    ".smpl.npz": _write_amass,
}
"""What writes a clip, by the suffix of the file's name."""


def export(
    clip: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="CLIP")],
    /,
    *,
    out: Annotated[
        tyro.conf.UseAppendAction[list[Path]], tyro.conf.arg(metavar="FILE")
    ],
    unit: Unit = "m",
) -> None:
    """Write a motion in other formats, which the suffixes of --out name.

    Args:
        clip: a Clip (.npz), a .bvh, AMASS (.npz, .smpl.npz) or AIST++ (.pkl)
            file, a .glb file that was written here, or the name of a shipped
            real clip.
        out: file to write, .bvh, .glb, .html (player), .npz (Clip) or
            .smpl.npz (AMASS); may be repeated.
        unit: of the BVH files, read or written; they cannot say it
            themselves.
    """
    if not out:
        raise ValueError("--out must name at least one file, got none")
    check_outputs(out)
    check_unit(unit, [Path(clip), *out])
    motion = read_motion(clip, unit=unit)
    write_all([(motion, path) for path in out], unit=unit)


def check_outputs(paths: Sequence[Path]) -> None:
    """Refuse what ``write_all`` could not write, before any work is done.

    Raises:
        ValueError: no writer knows a suffix, a folder's name, or a file that
            is named twice. FileNotFoundError: no such folder.
        PermissionError: a folder that may not be written to.
    """
    named = set()
    for path in paths:
        suffix = _suffix(path)
        if suffix not in WRITERS:
            raise ValueError(
                f"--out must end in one of {', '.join(WRITERS)}, got "
                f"{str(path)!r}"
            )
        if not path.parent.is_dir():
            raise FileNotFoundError(
                f"cannot write {path}: there is no folder {path.parent}"
            )
        if path.is_dir():
            raise ValueError(f"cannot write {path}: it is a folder")
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(
                f"cannot write {path}: its folder may not be written to"
            )
        if path.resolve() in named:
            raise ValueError(f"each file must be named once, got {path} twice")
        named.add(path.resolve())


def check_unit(unit: Unit, paths: Sequence[Path]) -> None:
    """Refuse a unit that none of the files has."""
    if unit != "m" and ".bvh" not in map(_suffix, paths):
        raise ValueError(
            f"--unit {unit} is for .bvh files, and none is read or written"
        )


def write_all(files: Sequence[tuple["Clip", Path]], *, unit: Unit) -> None:
    """Write all the files, or none of them if one cannot be written."""
    from mini_vimogen.files import written_whole

    with ExitStack() as stack:
        for clip, path in files:
            partial = stack.enter_context(written_whole(path))
            WRITERS[_suffix(path)](clip, partial, unit)
    for _, path in files:
        print(f"wrote {path}")


def numbered(path: Path, count: int) -> list[Path]:
    """Names for several motions; one motion keeps the name.

    >>> [one.name for one in numbered(Path("a.smpl.npz"), 2)]
    ['a_1.smpl.npz', 'a_2.smpl.npz']
    """
    if count == 1:
        return [path]
    suffix = _suffix(path)
    stem = path.name.removesuffix(suffix)
    return [path.with_name(f"{stem}_{n}{suffix}") for n in range(1, count + 1)]


def _suffix(path: Path) -> str:
    """The suffix that picks the format: ``walk.smpl.npz`` is not a Clip."""
    last_two = "".join(path.suffixes[-2:])
    return last_two if last_two == ".smpl.npz" else path.suffix


def read_motion(source: str, *, unit: Unit) -> "Clip":
    """A motion from a file, or a shipped real clip by its name.

    Raises:
        FileNotFoundError: neither a file nor a shipped clip.
        ValueError: a suffix that is not read, or a file that is not whole.
    """
    from mini_vimogen.formats import motion_file

    path = Path(source)
    if path.suffix in motion_file.SUFFIXES:
        return motion_file.read(path, unit=unit)
    if path.suffix:
        raise ValueError(
            "CLIP must end in .bvh, .glb, .npz, .smpl.npz or .pkl or name a "
            f"shipped clip, got {source!r}"
        )
    from mini_vimogen.data.library import real_motion

    shipped = {clip.source: clip for clip in real_motion()}
    if source not in shipped:
        near = get_close_matches(source, shipped, n=3, cutoff=0.0)
        raise FileNotFoundError(
            f"CLIP {source!r} is neither a file that is read here nor one of "
            f"the {len(shipped)} shipped clips; the nearest names are "
            f"{', '.join(near)}"
        )
    return shipped[source]
