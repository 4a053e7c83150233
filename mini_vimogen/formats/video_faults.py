"""Why a file is no video or could not be decoded, in one sentence."""

import re
from pathlib import Path

SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".webm", ".mkv")
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_CODEC = re.compile(r"Stream #.*: Video: (\S+) (?:\([^)]*\) )*\((\S+) / 0x")


def video_path(path) -> Path:
    """The path, if it may be a video.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a folder, an empty file, or another suffix.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder, not a video file")
    if not path.is_file():
        raise FileNotFoundError(f"there is no video file {path}")
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(
            f"a video file must end in {', '.join(SUFFIXES)}, got {path.name!r}"
        )
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty: it has 0 bytes")
    return path


def explain(path: Path, said: list[str]) -> str | None:
    """What is wrong with a file of which ffmpeg decoded nothing.

    Args:
        path: the file.
        said: ffmpeg's lines about streams and errors.

    Returns:
        a sentence; None if ffmpeg found nothing wrong.
    """
    text = "\n".join(said)
    if "moov atom not found" in text:
        with open(path, "rb") as file:
            kind = file.read(8)[4:]
        if kind in _BOXES:
            return (
                f"{path} is cut short: its index (moov) is missing, as when "
                "a recording or a copy was broken off; copy it again"
            )
        return f"{path} is not a video file, whatever its name says"
    if "matches no streams" in text and "Audio:" in text:
        return f"{path} holds sound but no pictures"
    if "no decoder found" in text or "Decoder (codec" in text:
        codec = _CODEC.search(text)
        name = f" {codec[2]}" if codec else ""
        return (
            f"{path} is in the codec{name}, which this ffmpeg cannot decode; "
            "convert it to H.264"
        )
    if "specified max pixel count" in text or "Picture size" in text:
        return f"{path} has frames of more pixels than can be read"
    errors = re.findall(r"\[(?:error|fatal)\] (.*)", text)
    if not errors:
        return None
    if "not on whitelist" in text or "Invalid data found" in text:
        return f"{path} is not a video file, or one that is damaged throughout"
    return f"{path} could not be decoded (ffmpeg: {errors[0].rstrip('.')})"


def riff_is_cut(path: Path) -> bool:
    """Whether an AVI file is shorter than its header says."""
    with open(path, "rb") as file:
        header = file.read(8)
    if header[:4] != b"RIFF":
        return False
    return path.stat().st_size < 8 + int.from_bytes(header[4:8], "little")
