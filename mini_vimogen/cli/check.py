"""``check``: what this machine has, and how to get what it lacks."""

import importlib.metadata
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import tyro

import mini_vimogen
from mini_vimogen.cli.lab import find_checkout

_REQUIREMENT = re.compile(
    r"^(?P<name>[\w.-]+)(?:\[[^\]]*\])?(?P<range>[^;]*)"
    r"(?:;.*extra == ['\"](?P<extra>\w+)['\"])?"
)
WIDTH = 12


def check(
    *,
    fetch: bool = False,
    part: Annotated[
        tyro.conf.UseAppendAction[list[str]], tyro.conf.arg(metavar="NAME")
    ],
) -> int:
    """Explain this machine: versions, threads, GPU, parts, data.

    Args:
        fetch: also fetch the parts: the network that reads videos, and what
            the tests and the builders of the shipped data read.
        part: fetch only this one; may be repeated.

    Returns:
        0, or 1 if a package is missing that everything needs.
    """
    _check_parts(part, fetch=fetch)
    print(f"mini_vimogen {mini_vimogen.__version__}")
    missing = missing_of("")
    sections = [
        ("package", about_package()),
        ("Python", about_python()),
        ("needs", about_needs(missing)),
    ]
    if not missing:
        sections += [
            ("threads", about_threads()),
            ("GPU", about_gpu()),
            ("data", about_data()),
        ]
    sections += [("lessons", about_lessons()), ("extras", about_extras())]
    for title, lines in sections:
        _print_section(title, lines)
    if not missing:
        if fetch:
            _fetch(part)
        _print_section("parts", about_parts())
    return 1 if missing else 0


def _print_section(title: str, lines: Iterator[str]) -> None:
    for number, line in enumerate(lines):
        label = title if number == 0 else ""
        print(f"  {label:<{WIDTH}}{line}", flush=True)


def requirements() -> dict[str, list[str]]:
    """Names of the packages of each extra; "" has what is always needed."""
    found: dict[str, list[str]] = {}
    for line in importlib.metadata.requires("mini-vimogen") or ():
        part = _REQUIREMENT.match(line)
        if part and part["name"] != "mini-vimogen":
            found.setdefault(part["extra"] or "", []).append(part["name"])
    return found


def version_of(package: str) -> str | None:
    """The installed version; None if it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def missing_of(extra: str) -> list[str]:
    """Packages of an extra that are not installed.

    Raises:
        ValueError: mini_vimogen itself is not installed.
    """
    if version_of("mini-vimogen") is None:
        raise ValueError(
            "mini_vimogen runs but is not installed, so what it needs is not "
            "known; install it with "
            'pip install -c constraints.txt -e ".[all]"'
        )
    return [p for p in requirements().get(extra, []) if version_of(p) is None]


def about_package() -> Iterator[str]:
    yield str(Path(mini_vimogen.__file__).parent)


def about_python() -> Iterator[str]:
    system = f"{platform.system()} {platform.machine()}"
    yield f"{platform.python_version()} on {system} ({sys.executable})"


def about_needs(missing: list[str]) -> Iterator[str]:
    present = [p for p in requirements().get("", []) if p not in missing]
    yield ", ".join(f"{package} {version_of(package)}" for package in present)
    if missing:
        yield (
            f"MISSING: {', '.join(missing)}; get them with "
            "pip install -c constraints.txt -e ."
        )


def about_threads() -> Iterator[str]:
    import torch

    said = os.environ.get("OMP_NUM_THREADS")
    how = f"OMP_NUM_THREADS={said}" if said else "OMP_NUM_THREADS is not set"
    threads, cores = torch.get_num_threads(), os.cpu_count()
    yield f"torch uses {threads} of {cores} cores ({how})"


def about_gpu() -> Iterator[str]:
    import torch

    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            device = torch.cuda.get_device_properties(index)
            memory = device.total_memory / 2**30
            yield f"CUDA {index}: {device.name}, {memory:.0f} GiB"
    elif torch.backends.mps.is_available():
        yield "Apple MPS is present; the course runs on the CPU there"
    elif torch.version.cuda:
        yield f"none found (torch is built for CUDA {torch.version.cuda})"
    else:
        yield "none (torch is a CPU build); every lesson runs without one"


def about_data() -> Iterator[str]:
    from mini_vimogen.data.library import data_path, real_motion

    try:
        folder = data_path("real_motion.npz").parent
        clips = real_motion()
    except (FileNotFoundError, ValueError) as error:
        yield f"MISSING: {error}"
        return
    seconds = sum(clip.duration for clip in clips)
    yield f"{folder} ({len(clips)} real clips, {seconds:.0f} s)"


def about_lessons() -> Iterator[str]:
    checkout = find_checkout()
    if checkout is None:
        yield "not here: they come with the repository, not with the package"
        return
    lessons = list((checkout / "notebooks").glob("[0-9][0-9]_*.py"))
    yield f"{len(lessons)} in {checkout / 'notebooks'}"


def about_extras() -> Iterator[str]:
    for extra in requirements():
        if extra in ("", "all"):  # needed anyway; the sum of other extras
            continue
        missing = missing_of(extra)
        if missing:
            yield (
                f"{extra}: lacks {', '.join(missing)}; get it with "
                f'pip install -c constraints.txt -e ".[{extra}]"'
            )
        else:
            yield f"{extra}: complete"
    browsers = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, browsers)), None)
    yield f"Chromium for the browser tests: {browser or 'not found'}"


def about_parts() -> Iterator[str]:
    from mini_vimogen.formats.part_list import PARTS
    from mini_vimogen.formats.parts import is_whole, part_folder

    for name, part in PARTS.items():
        what = f"{name} ({part.package} {part.version})"
        folder = part_folder(part)
        whole = sum(
            is_whole(folder / member, digest)
            for member, digest in part.members.items()
        )
        if whole == len(part.members):
            yield f"{what}: in {folder}"
        else:
            yield (
                f"{what}: {whole} of {len(part.members)} files; {part.purpose} "
                f"needs them: check --fetch --part {name}"
            )


def _check_parts(names: list[str], *, fetch: bool) -> None:
    from mini_vimogen.formats.part_list import PARTS

    if names and not fetch:
        raise ValueError("--part says what to fetch: add --fetch")
    for name in names:
        if name not in PARTS:
            raise ValueError(
                f"--part must be one of {', '.join(PARTS)}, got {name!r}"
            )


def _fetch(names: list[str]) -> None:
    """Fetch what can be had before saying what could not."""
    from mini_vimogen.formats import parts

    failures = []
    for name in names or parts.PARTS:
        try:
            parts.fetch(name)
        except (ValueError, OSError) as error:
            failures.append(f"{name}: {error}")
    if failures:
        raise OSError("; ".join(failures))
