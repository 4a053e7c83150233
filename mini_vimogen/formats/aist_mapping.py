"""AIST++'s ``mapping.txt``: which camera setting a sequence was filmed in."""

from pathlib import Path

MAX_TEXT_BYTES = 4 * 2**20
"""A larger settings or mapping file is refused before it is read."""


def small_text(path: Path, what: str) -> str:
    """The text of a file, if it is one and not too large.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: too large, or no text in UTF-8.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no {what} {path}")
    if path.stat().st_size > MAX_TEXT_BYTES:
        raise ValueError(
            f"{path} is too large for a {what}: {path.stat().st_size:,} "
            f"bytes, {MAX_TEXT_BYTES:,} at most"
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a {what}: {error}") from error


def read_aist_mapping(path) -> dict[str, str]:
    """Which setting each sequence was filmed in, from ``mapping.txt``.

    Returns:
        Sequence name to setting name, such as "setting1".

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: empty, a line that is not two words, a sequence twice.
    """
    path = Path(path)
    settings: dict[str, str] = {}
    lines = small_text(path, "camera mapping").splitlines()
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words:
            continue
        if len(words) != 2 or words[0] in settings:
            raise ValueError(
                f"{path}, line {number}: a new sequence and its setting are "
                f"wanted, got {line[:60]!r}"
            )
        settings[words[0]] = words[1]
    if not settings:
        raise ValueError(f"{path} is empty: no sequence has a setting")
    return settings
