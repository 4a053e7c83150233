"""Files from outside and to outside: bounded reading, nothing half-written."""

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


def read_npz(path, *, wanted: set[str], what: str) -> dict[str, np.ndarray]:
    """All arrays of an ``.npz`` file, without ever unpickling anything.

    Args:
        path: the file.
        wanted: names that must be there.
        what: what the file should be, for the error ("clip file").

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
            stored = {name: data[name] for name in data.files}
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
