"""Taking fields out of json of unknown origin, each refusal one sentence."""

import json
import re
from pathlib import Path

import numpy as np

from mini_vimogen.formats.keypoint_people import Malformed

MAX_BYTES = 128 * 2**20


def loaded(path: Path):
    size = path.stat().st_size
    if not 0 < size <= MAX_BYTES:
        raise Malformed(
            f"{path.name} must hold 1 to {MAX_BYTES:,} bytes, got {size:,}"
        )
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Malformed(
            f"{path.name} is not whole json text: {error}"
        ) from error


def outline(content) -> str:
    """A few words on what stands in place of what was wanted."""
    if isinstance(content, dict):
        names = ", ".join(str(name)[:20] for name in list(content)[:6])
        return f"an object with {names or 'nothing in it'}"
    if isinstance(content, list):
        return f"a list of {len(content)}"
    return f"{type(content).__name__} {str(content)[:20]!r}"


def field(entry, name: str, where: str):
    if not isinstance(entry, dict) or name not in entry:
        raise Malformed(f"{where} must have {name}, got {outline(entry)}")
    return entry[name]


def listed(value, where: str) -> list:
    if not isinstance(value, list):
        raise Malformed(f"{where} must be a list, got {outline(value)}")
    return value


def numbers(values, *, width: int | None, where: str) -> np.ndarray:
    """Numbers [many] of a list, or [many, width] of a list of lists."""
    listed(values, where)
    try:
        array = np.array(values)
    except ValueError as error:
        raise Malformed(f"{where} must be of one length each") from error
    if array.size and array.dtype.kind not in "iuf":
        odd = next(
            (value for value in values if isinstance(value, (str, type(None)))),
            values[0],
        )
        raise Malformed(f"{where} must hold numbers, got {outline(odd)}")
    if array.shape[1:] != (() if width is None else (width,)):
        wanted = "numbers" if width is None else f"lists of {width} numbers"
        raise Malformed(
            f"{where} must be {wanted}, got shape {list(array.shape)}"
        )
    return array.astype(float)


def triples(values, where: str) -> np.ndarray:
    """x, y, confidence, x, y, ... as [joints, 3]."""
    flat = numbers(values, width=None, where=where)
    if flat.size == 0 or flat.size % 3:
        raise Malformed(
            f"{where} must be x, y, confidence of each joint, got "
            f"{flat.size} numbers"
        )
    return flat.reshape(-1, 3)


def frame_number(name) -> int:
    """A number, or the last number in a file's name without its suffix.

    >>> frame_number("dance_000000000012"), frame_number("v2/0007.jpg")
    (12, 7)
    """
    if isinstance(name, int) and not isinstance(name, bool):
        return name
    digits = re.findall(r"[0-9]{1,15}", Path(str(name)).stem)
    if not isinstance(name, str) or not digits:
        raise Malformed(
            "each frame must be numbered, by image_id or at the end of its "
            f"name, got {str(name)[:40]!r}"
        )
    return int(digits[-1])


def score(entry: dict, name: str = "score") -> float:
    score = entry.get(name)
    return float(score) if isinstance(score, (int, float)) else 0.0


def track(entry: dict) -> int | str | None:
    """AlphaPose's idx (some versions write it as a list) or a track_id."""
    track = entry.get("idx", entry.get("track_id"))
    if isinstance(track, list):
        track = track[0] if track else None
    return track if isinstance(track, (int, float, str)) else None


def positive(entry: dict, name: str) -> float:
    value = entry[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Malformed(f"{name} must be a number, got {outline(value)}")
    return float(value)
