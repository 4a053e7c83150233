"""``export``: a motion in, files of other formats out."""

from collections.abc import Callable
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


def _write_player(clip: "Clip", path: Path, unit: Unit) -> None:
    from mini_vimogen.render.player import Player

    Player(clip).save(path)


WRITERS: dict[str, Callable[["Clip", Path, Unit], None]] = {
    ".bvh": _write_bvh,
    ".html": _write_player,
    ".npz": _write_clip,
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
        clip: a Clip (.npz), a .bvh file, or the name of a shipped real clip.
        out: file to write, .bvh, .html (player) or .npz (Clip); may be
            repeated.
        unit: of the BVH files, read or written; they cannot say it
            themselves.
    """
    if not out:
        raise ValueError("--out must name at least one file, got none")
    writers = [writer_for(path) for path in out]
    if unit != "m" and ".bvh" not in {Path(clip).suffix, *map(_suffix, out)}:
        raise ValueError(
            f"--unit {unit} is for .bvh files, and none is read or written"
        )
    motion = read_motion(clip, unit=unit)
    for write, path in zip(writers, out, strict=True):
        write(motion, path, unit)
        print(f"wrote {path}")


def writer_for(path: Path) -> Callable[["Clip", Path, Unit], None]:
    """The writer for a file's suffix.

    Raises:
        ValueError: no writer knows the suffix. FileNotFoundError: no such
            folder.
    """
    suffix = _suffix(path)
    if suffix not in WRITERS:
        raise ValueError(
            f"--out must end in one of {', '.join(WRITERS)}, got {str(path)!r}"
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"--out {path}: there is no folder {path.parent}"
        )
    if path.is_dir():
        raise ValueError(f"--out must name a file, got the folder {path}")
    return WRITERS[suffix]


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
    path = Path(source)
    if path.suffix == ".bvh":
        from mini_vimogen.formats import bvh

        return bvh.read(path, unit=unit)
    if path.suffix == ".npz":
        from mini_vimogen.clip import Clip

        return Clip.load(path)
    if path.suffix:
        raise ValueError(
            f"CLIP must end in .bvh or .npz or name a shipped clip, got "
            f"{source!r}"
        )
    from mini_vimogen.data.library import real_motion

    shipped = {clip.source: clip for clip in real_motion()}
    if source not in shipped:
        near = get_close_matches(source, shipped, n=3, cutoff=0.0)
        raise FileNotFoundError(
            f"CLIP {source!r} is neither a .bvh or .npz file nor one of the "
            f"{len(shipped)} shipped clips; the nearest names are "
            f"{', '.join(near)}"
        )
    return shipped[source]
