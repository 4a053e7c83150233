"""The JSON of ``complete``: read, checked field by field, and its files opened.

{"frames": 90,
 "known": [{"file": "walk.npz", "frames": [[0, 30]]},
           {"file": "spin.bvh", "frames": [[10, 40]], "at": 60}],
 "video": {"file": "turn.npz", "at": 30, "frames": 30}}
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mini_vimogen.tasks.completion_request import Given, Request, Shown

LONGEST = 36_000
"""Frames: twenty minutes."""
LARGEST = 2**20
"""Bytes of the JSON."""

Check = Callable[[Any, str], Any]


class Plan(NamedTuple):
    """What a JSON asks for, and the files that it names."""

    request: "Request"
    files: list[Path]


def whole(low: int, high: int = LONGEST) -> Check:
    """A check for whole numbers within low..high."""

    def check(value, where: str) -> int:
        good = isinstance(value, int) and not isinstance(value, bool)
        if not good or not low <= value <= high:
            raise _unwanted(where, value, f"a whole number in {low}..{high}")
        return value

    return check


def positive(value, where: str) -> float:
    """Refuse what is not a number above 0."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not 0 < value < math.inf:
        raise _unwanted(where, value, "a number above 0")
    return float(value)


def text(value, where: str) -> str:
    """Refuse what is not a text."""
    if not isinstance(value, str) or not value.strip():
        raise _unwanted(where, value, "a text that is not empty")
    return value


def one_of(*allowed: str) -> Check:
    """A check for a few words."""

    def check(value, where: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise _unwanted(where, value, f"one of {', '.join(allowed)}")
        return value

    return check


def list_of(check: Check, *, what: str, length: int | None = None) -> Check:
    """A check for lists, of at least one thing each."""

    def check_all(value, where: str) -> list:
        right = isinstance(value, list) and len(value) > 0
        if not right or (length is not None and len(value) != length):
            raise _unwanted(where, value, f"a list of {what}")
        return [check(one, f"{where}[{n}]") for n, one in enumerate(value)]

    return check_all


_SPAN = list_of(whole(0), what="two frames, [start, stop]", length=2)
_MOTION: dict[str, Check] = {
    "file": text,
    "frames": list_of(_SPAN, what="[start, stop] pairs"),
    "at": whole(0),
    "joints": list_of(text, what="names of joints or parts"),
    "place": one_of("follow", "as_is"),
    "unit": one_of("m", "cm"),
}
_VIDEO: dict[str, Check] = {
    "file": text,
    "at": whole(0),
    "start": whole(0),
    "frames": whole(2),
    "person": whole(1, 100),
    "layout": text,
    "fps": positive,
    "width": positive,
    "height": positive,
}
_PLAN: dict[str, Check] = {
    "frames": whole(1),
    "known": lambda value, where: value,  # checked one by one
    "video": lambda value, where: value,
}


def read_plan(path: Path) -> Plan:
    """The request of a JSON file; paths in it start from its folder.

    Raises:
        FileNotFoundError: no such file, or one that it names is not there.
        ValueError: no JSON, a field that is unknown, missing or not allowed,
            a file that is not whole, or a request that contradicts itself.
    """
    from mini_vimogen.tasks.completion_request import Request

    plan = _fields(_loaded(path), "the plan", _PLAN, needed=("frames",))
    known = plan.get("known", [])
    if not isinstance(known, list):
        raise _unwanted("known", known, "a list of known motions")
    given = [
        _given(motion, f"known[{number}]", path.parent)
        for number, motion in enumerate(known)
    ]
    shown = None
    if "video" in plan:
        shown = _shown(plan["video"], "video", path.parent)
    named = [*known, *([plan["video"]] if "video" in plan else [])]
    files = [path.parent / motion["file"] for motion in named]
    return Plan(Request(plan["frames"], given, shown), files)


def _loaded(path: Path):
    if not path.is_file():
        raise FileNotFoundError(f"PLAN: there is no file {path}")
    size = path.stat().st_size
    if not 0 < size <= LARGEST:
        raise ValueError(
            f"PLAN must hold 1 to {LARGEST:,} bytes of JSON, got {size:,} in "
            f"{path}"
        )
    try:
        return json.loads(
            path.read_text(encoding="utf-8-sig"), object_pairs_hook=_object
        )
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError too
        raise ValueError(f"PLAN {path} is not whole JSON: {error}") from error


def _object(pairs: list[tuple[str, Any]]) -> dict:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the field {name!r} stands twice in an object")
    return dict(pairs)


def _fields(
    stored, where: str, allowed: dict[str, Check], *, needed: tuple[str, ...]
) -> dict:
    """An object's fields, each checked."""
    if not isinstance(stored, dict):
        raise _unwanted(where, stored, "an object")
    for name in stored:
        if name not in allowed:
            raise ValueError(
                f"{where} must have no field but {', '.join(allowed)}, got "
                f"{name[:40]!r}"
            )
    for name in needed:
        if name not in stored:
            raise ValueError(f"{where} must have the field {name!r}")
    front = "" if where == "the plan" else f"{where}."
    return {
        name: allowed[name](value, front + name)
        for name, value in stored.items()
    }


def _given(stored, where: str, folder: Path) -> "Given":
    from mini_vimogen.cli.export import read_motion
    from mini_vimogen.tasks.completion_request import Given

    fields = _fields(stored, where, _MOTION, needed=("file",))
    file, unit = fields.pop("file"), fields.pop("unit", None)
    if unit is not None and Path(file).suffix != ".bvh":
        raise ValueError(
            f"{where}.unit is for .bvh files only, got {unit!r} for {file!r}"
        )
    if Path(file).suffix:  # else the name of a shipped clip
        file = str(folder / file)
    if "frames" in fields:
        fields["spans"] = tuple(map(tuple, fields.pop("frames")))
    return _of(
        where, lambda: Given(read_motion(file, unit=unit or "m"), **fields)
    )


def _shown(stored, where: str, folder: Path) -> "Shown":
    from mini_vimogen.cli.lift import read_noted
    from mini_vimogen.tasks.completion_request import Shown

    fields = _fields(stored, where, _VIDEO, needed=("file",))
    file, at = folder / fields.pop("file"), fields.pop("at", 0)
    if ("width" in fields) != ("height" in fields):
        raise ValueError(f"{where} must have width and height, or neither")
    if "width" in fields:
        fields["size"] = fields.pop("width"), fields.pop("height")
    return _of(where, lambda: Shown(read_noted(file, **fields), at=at))


def _of(where: str, made: Callable[[], Any]):
    """What is made, its refusals under the name of the field."""
    try:
        return made()
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{where}: {error}") from error
    except (ValueError, OSError) as error:
        raise ValueError(f"{where}: {error}") from error


def _unwanted(where: str, value, wanted: str) -> ValueError:
    shown = json.dumps(value, ensure_ascii=False)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return ValueError(f"{where} must be {wanted}, got {shown}")
