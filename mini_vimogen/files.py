"""Files: bounded reading, nothing half-written, where the shipped ones lie."""

import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

MAX_UNPACKED_BYTES = 2**30
"""A larger archive is refused before it is unpacked."""

# What numpy, zipfile (RuntimeError: encrypted, or of an unknown kind) and zlib
# raise for a file that is no archive, cut short, damaged or pickled.
_UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
    MemoryError,  # a header that announces more than fits
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def written_whole(path) -> Iterator[Path]:
    """Give a temporary path; rename it to ``path`` if the block succeeds.

    A block that fails leaves nothing behind and does not touch an older file.
    The temporary name keeps the suffix, so that writers that look at it work.

    Raises:
        FileNotFoundError: the folder does not exist.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"cannot write {path}: there is no folder {path.parent}"
        )
    partial = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_npz(
    path, *, wanted: set[str], what: str, only: set[str] | None = None
) -> dict[str, np.ndarray]:
    """The arrays of an ``.npz`` file, without ever unpickling anything.

    Args:
        path: the file.
        wanted: names that must be there.
        what: what the file should be, for the error ("clip file").
        only: names to read where they exist, for files that hold more than is
            asked for; None reads all.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not an npz, truncated, too large, holding pickled objects,
            or lacking a wanted array.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no {what} {path}")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MAX_UNPACKED_BYTES:
            raise ValueError(f"it unpacks to {size:,} bytes")
        with np.load(path, allow_pickle=False) as data:
            names = [n for n in data.files if only is None or n in only]
            stored = {name: data[name] for name in names}
    except _UNREADABLE as error:
        raise ValueError(
            f"{path} is not a readable {what} (.npz without pickled objects): "
            f"{error}"
        ) from error
    missing = wanted - stored.keys()
    if missing:
        raise ValueError(
            f"{path} is not a {what}: it lacks {', '.join(sorted(missing))}"
        )
    return stored


def data_folders() -> tuple[Path, ...]:
    """Where the shipped data may lie, best first.

    ``MINI_VIMOGEN_DATA``, the checkout's ``data_small`` beside the package, the
    copy inside an installed wheel.
    """
    package = Path(__file__).resolve().parent
    named = os.environ.get("MINI_VIMOGEN_DATA")
    usual = (package.parent / "data_small", package / "data_small")
    return (Path(named), *usual) if named else usual


def data_path(name: str) -> Path:
    """The path of a shipped file, such as ``real_motion.npz``.

    Raises:
        FileNotFoundError: none of ``data_folders`` has it.
    """
    for folder in data_folders():
        if (folder / name).is_file():
            return folder / name
    looked = ", ".join(map(str, data_folders()))
    raise FileNotFoundError(
        f"the shipped data file {name} was not found in {looked}; set "
        "MINI_VIMOGEN_DATA to the folder that holds it"
    )
