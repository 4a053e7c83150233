"""What a harvest has done so far, on disk, so that a killed one goes on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mini_vimogen.files import written_whole

FORMAT = 1


@dataclass(frozen=True)
class PieceRecord:
    """A piece of a track and what was lifted from it.

    Args:
        shot, start, stop, cuts: see ``harvest_sources.Piece``.
        seed: of the noise.
        figures: of the track.
        samples: file name -> figures of the motion; empty where the piece
            was turned away before it was lifted.
        fault: why it could not be lifted at all, or empty.
    """

    shot: int
    start: int
    stop: int
    cuts: tuple[int, ...]
    seed: int
    figures: Mapping[str, float]
    samples: Mapping[str, Mapping[str, float]]
    fault: str = ""


@dataclass(frozen=True)
class SourceRecord:
    """A file of the folder and what became of it.

    Args:
        file: its name in the folder.
        sha256: of its bytes.
        fault: why nothing was lifted from it: it cannot be read, or the same
            is there already; or empty.
        duplicate_of: the file that shows the same, or empty.
        notes: what there is to know about it.
        track_sha256, frames, fps, width, height: of its track.
        pieces: of its track.
    """

    file: str
    sha256: str
    fault: str = ""
    duplicate_of: str = ""
    notes: tuple[str, ...] = ()
    track_sha256: str = ""
    frames: int = 0
    fps: float = 0.0
    width: float = 0.0
    height: float = 0.0
    pieces: tuple[PieceRecord, ...] = ()

    @property
    def clip_files(self) -> list[str]:
        """Names of all motions lifted from it."""
        return [name for piece in self.pieces for name in piece.samples]


class HarvestJournal:
    """One JSON line a source, after a first line with the settings.

    A line that was cut off by a kill is dropped; of several about a file the
    last one counts.

    Args:
        path: of the journal; it need not exist.
        settings: of this run, all that a lifted motion depends on.

    Raises:
        ValueError: the journal is of a harvest with other settings, or is no
            journal.
    """

    def __init__(self, path: Path, settings: Mapping):
        self.path = path
        self._settings = {"harvest": FORMAT, **settings}
        self.records: dict[str, SourceRecord] = {}
        if path.is_file():
            self._read()
        else:
            with written_whole(path) as partial:
                partial.write_text(_line(self._settings), encoding="utf-8")

    def _read(self) -> None:
        text = self.path.read_text(encoding="utf-8", errors="replace")
        head, *lines = text.splitlines(keepends=True) or [""]
        stored = _parsed(head)
        if "harvest" not in stored:
            raise ValueError(f"{self.path} is not the journal of a harvest")
        # Through JSON and back, so that a tuple equals a list.
        wanted = json.loads(_line(self._settings))
        differ = [k for k in wanted if stored.get(k) != wanted[k]]
        if differ:
            name = differ[0]
            raise ValueError(
                f"--out {self.path.parent} holds a harvest with {name} "
                f"{stored.get(name)}, got {wanted[name]}: choose another folder"
            )
        for line in lines:
            record = _record(line)
            if record is not None:
                self.records[record.file] = record
        # A kill may have left half a line: the next one must not join it.
        if not text.endswith("\n"):
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n")

    def add(self, record: SourceRecord) -> None:
        """Write a record down."""
        self.records[record.file] = record
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line(asdict(record)))
            file.flush()


def _line(content: Mapping) -> str:
    return json.dumps(content) + "\n"


def _parsed(line: str) -> dict:
    try:
        found = json.loads(line)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _record(line: str) -> SourceRecord | None:
    """The record on a line; None for one that was cut off."""
    if not line.endswith("\n"):
        return None
    found = _parsed(line)
    try:
        pieces = tuple(
            PieceRecord(**piece | {"cuts": tuple(piece["cuts"])})
            for piece in found.pop("pieces")
        )
        notes = tuple(found.pop("notes"))
        return SourceRecord(**found, notes=notes, pieces=pieces)
    except (KeyError, TypeError):
        return None
