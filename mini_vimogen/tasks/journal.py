"""Records of scored files on disk, so that a killed evaluation can go on."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from mini_vimogen.files import written_whole
from mini_vimogen.tasks.scoring import FileScore, Settings, score_files, stamp

SCORING = 1
"""Raised when the meaning of a score changes: old journals are then dropped."""


def _line(content: dict) -> str:
    return json.dumps(content) + "\n"


class Journal:
    """One JSON line a file, after a first line with the settings.

    A line that was cut off by a kill is dropped; all lines are if the settings
    differ, and those of files that have changed since.

    Args:
        path: of the journal; it need not exist.
        settings: of this run.
        resume: False starts afresh.
    """

    def __init__(self, path: Path, settings: Settings, *, resume: bool):
        self.path = path
        self._head = _line({"scoring": SCORING, "settings": asdict(settings)})
        self._known = self._read() if resume else {}

    def _read(self) -> dict[str, FileScore]:
        if not self.path.is_file():
            return {}
        text = self.path.read_text(encoding="utf-8", errors="replace")
        head, *lines = text.splitlines(keepends=True) or [""]
        if head != self._head:
            return {}
        records = (_record(line) for line in lines)
        return {record.path: record for record in records if record}

    def fresh(self, paths: Sequence[Path]) -> dict[str, FileScore]:
        """The records of those files that have not changed since."""
        return {
            str(path): self._known[str(path)]
            for path in paths
            if str(path) in self._known
            and self._known[str(path)].stamp == stamp(path)
        }

    def keep(
        self, known: Iterable[FileScore], records: Iterable[FileScore]
    ) -> Iterator[FileScore]:
        """Pass new records on, each written down first, after known ones."""
        with written_whole(self.path) as partial:
            lines = [_line(asdict(record)) for record in known]
            partial.write_text("".join([self._head, *lines]), encoding="utf-8")
        with self.path.open("a", encoding="utf-8") as file:
            for record in records:
                file.write(_line(asdict(record)))
                file.flush()
                yield record


def _record(line: str) -> FileScore | None:
    """The record on a line; None for one that was cut off."""
    if not line.endswith("\n"):
        return None
    try:
        fields = json.loads(line)
        return FileScore(**fields | {"stamp": tuple(fields["stamp"])})
    except (json.JSONDecodeError, KeyError, TypeError):
        return None


def score_folder(
    paths: Sequence[Path],
    settings: Settings,
    *,
    workers: int,
    journal: Journal | None,
    seen: Callable[[FileScore], object],
) -> list[FileScore]:
    """Score what is not in the journal yet; records in the order of paths."""
    done = journal.fresh(paths) if journal else {}
    left = [path for path in paths if str(path) not in done]
    for record in done.values():
        seen(record)
    records = score_files(left, settings, workers=workers)
    if journal:
        records = journal.keep(list(done.values()), records)
    for record in records:
        done[record.path] = record
        seen(record)
    return [done[str(path)] for path in paths]
