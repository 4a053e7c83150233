"""The folder of a harvest: what is there, what has to go, what moves where."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mini_vimogen.clip import Clip
from mini_vimogen.data.curation import Candidate, Curation
from mini_vimogen.data.quality_gates import outline
from mini_vimogen.tasks.harvest_journal import HarvestJournal, SourceRecord
from mini_vimogen.tasks.harvest_lifting import (
    KEPT,
    REJECTED,
    WAITING,
    Lifting,
    duplicate,
)
from mini_vimogen.tasks.harvest_sources import file_digest

JOURNAL, MANIFEST = "journal.jsonl", "manifest.json"


def check_out(out: Path, folder: Path) -> None:
    """Refuse a folder into which no harvest can be written.

    Raises:
        ValueError: a file; the harvested folder; or it holds something else.
    """
    if out.exists() and not out.is_dir():
        raise ValueError(f"--out must be a folder, got the file {out}")
    if out.resolve() == folder.resolve():
        raise ValueError(
            f"--out must be another folder than the harvested one, got {out}"
        )
    if out.is_dir() and any(out.iterdir()) and not (out / JOURNAL).is_file():
        raise ValueError(
            f"--out must be a new or empty folder, or that of an earlier "
            f"harvest; {out} holds something else"
        )


def sweep(
    work: Lifting, journal: HarvestJournal, files: Sequence[Path]
) -> None:
    """Remove what a kill left behind, and motions of files that are gone.

    The manifest goes too, to come back at the end: where there is one, it tells
    what lies beside it.
    """
    (work.out / MANIFEST).unlink(missing_ok=True)
    records = journal.records.values()
    there = {path.name for path in files}
    gone = [record for record in records if record.file not in there]
    _remove(work, [name for record in gone for name in record.clip_files])
    whole = {name for record in records for name in record.clip_files}
    for path in (work.out / WAITING).iterdir():
        if path.name not in whole:
            path.unlink()
    for path in work.out.glob(".*.part.*"):
        path.unlink()


def _remove(work: Lifting, names: Sequence[str]) -> None:
    for name in names:
        path = work.clip_path(name)
        if path is not None:
            path.unlink()


def sources(
    work: Lifting, journal: HarvestJournal, files: Sequence[Path]
) -> Iterator[SourceRecord]:
    """The record of each file in order, lifted now or before."""
    by_bytes: dict[str, str] = {}
    by_track: dict[str, str] = {}
    for path in files:
        sha256 = file_digest(path)
        old = journal.records.get(path.name)
        if sha256 in by_bytes:
            new = duplicate(SourceRecord(path.name, sha256), by_bytes[sha256])
        elif old and old.sha256 == sha256 and work.is_done(old):
            new = old
            if old.track_sha256 in by_track:
                new = duplicate(old, by_track[old.track_sha256])
        else:
            new = work.source(path, sha256, by_track)
        if old and old != new:
            _remove(work, sorted({*old.clip_files} - {*new.clip_files}))
        if old != new:
            journal.add(new)
        if not new.fault:
            by_bytes[sha256] = path.name
            by_track[new.track_sha256] = path.name
        yield new


def candidates(
    work: Lifting, records: Sequence[SourceRecord]
) -> Iterator[Candidate]:
    """Every motion that was wanted, lifted or not."""
    for record in records:
        for piece in record.pieces:
            for name in work.names(record.file, piece.shot):
                figures = piece.samples.get(name)
                if figures is None:
                    yield Candidate(name, piece.figures, fault=piece.fault)
                    continue
                clip = Clip.load(work.clip_path(name))
                yield Candidate(name, piece.figures, figures, outline(clip))


def sort(work: Lifting, found: Curation) -> None:
    """Move every lifted motion into the folder where it belongs."""
    kept = set(found.kept)
    for name in (*found.kept, *found.rejected):
        path = work.clip_path(name)
        wanted = work.out / (KEPT if name in kept else REJECTED) / name
        if path is not None and path != wanted:
            path.replace(wanted)
    (work.out / WAITING).rmdir()


def withdraw(out: Path) -> None:
    """Take back what a first run has made that found nothing to lift."""
    (out / JOURNAL).unlink()
    for name in (KEPT, REJECTED, WAITING):
        (out / name).rmdir()
    if not any(out.iterdir()):
        out.rmdir()
