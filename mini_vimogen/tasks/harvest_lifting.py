"""One source of a harvest: read, looked at, lifted, written down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from mini_vimogen.clip import Clip
from mini_vimogen.conventions import UP_AXIS
from mini_vimogen.data.quality_gates import (
    TRACK_GATES,
    Thresholds,
    first_rejection,
    motion_figures,
    track_figures,
)
from mini_vimogen.formats.keypoint_file import KeypointTrack
from mini_vimogen.metrics.floor import floor_level
from mini_vimogen.models.lifter import ScaledModel
from mini_vimogen.tasks.harvest_journal import PieceRecord, SourceRecord
from mini_vimogen.tasks.harvest_sources import (
    Piece,
    noise_seed,
    pieces,
    read_noting,
    sample_names,
    sentence,
    track_digest,
)
from mini_vimogen.tasks.lift import lift
from mini_vimogen.tasks.sampling import FlowSampling, Sampling

KEPT, REJECTED, WAITING = "clips", "rejected", "waiting"
"""Folders of lifted motions; waiting is what the end of a run sorts."""


@dataclass(frozen=True)
class Lifting:
    """How the sources of a harvest become motions.

    Args:
        out: folder of the harvest.
        lifter: the model.
        samples: motions a piece.
        sampling: of the lifter.
        seed: of the harvest.
        split: at cuts.
        thresholds: what is not lifted at all.
    """

    out: Path
    lifter: ScaledModel
    samples: int
    sampling: Sampling | FlowSampling
    seed: int
    split: bool
    thresholds: Thresholds

    def clip_path(self, name: str) -> Path | None:
        """Where a lifted motion lies now, if it is there."""
        places = (self.out / f / name for f in (KEPT, REJECTED, WAITING))
        return next((place for place in places if place.is_file()), None)

    def names(self, file: str, shot: int) -> list[str]:
        """File names of the motions of a piece."""
        return sample_names(file, shot, self.samples)

    def is_done(self, record: SourceRecord) -> bool:
        """Whether nothing has to be lifted any more."""
        if record.fault or record.duplicate_of:
            return False  # told afresh: a package or a file may have come
        return all(self._is_piece_done(piece) for piece in record.pieces)

    def _is_piece_done(self, piece: PieceRecord) -> bool:
        if piece.samples:
            return all(self.clip_path(name) for name in piece.samples)
        turned_away = first_rejection(
            piece.figures, self.thresholds, TRACK_GATES
        )
        return turned_away is not None

    def source(
        self, path: Path, sha256: str, known: Mapping[str, str]
    ) -> SourceRecord:
        """Read a file and lift what it shows; a fault is told, not raised.

        Args:
            path: the file.
            sha256: of its bytes.
            known: track digest -> file, of the sources before this one.
        """
        record = SourceRecord(path.name, sha256)
        try:
            track, notes = read_noting(path)
        except (ValueError, OSError) as error:
            return replace(record, fault=sentence(error, path))
        digest = track_digest(track)
        record = replace(
            record,
            notes=tuple(notes),
            track_sha256=digest,
            frames=track.frames,
            fps=float(track.fps),
            width=float(track.width),
            height=float(track.height),
        )
        if digest in known:
            return duplicate(record, known[digest])
        found = pieces(track, fps=self.lifter.fps, split=self.split)
        done = [self._piece(track, piece, record) for piece in found]
        return replace(record, pieces=tuple(done))

    def _piece(
        self, track: KeypointTrack, piece: Piece, source: SourceRecord
    ) -> PieceRecord:
        record = PieceRecord(
            piece.shot,
            piece.start,
            piece.stop,
            piece.cuts,
            noise_seed(self.seed, source.sha256, piece.start),
            {"seconds": (piece.stop - piece.start) / track.fps},
            {},
        )
        try:
            part = piece.of(track)
        except ValueError as error:
            # A shot of one frame, or of nobody.
            figures = record.figures | {"seen_share": 0.0}
            return replace(record, figures=figures, fault=str(error))
        record = replace(record, figures=track_figures(part))
        if first_rejection(record.figures, self.thresholds, TRACK_GATES):
            return record
        try:
            clips = lift(
                part,
                lifter=self.lifter,
                samples=self.samples,
                sampling=self.sampling,
                generator=torch.Generator().manual_seed(record.seed),
            )
        except ValueError as error:  # too short for this lifter
            return replace(record, fault=str(error))
        return replace(record, samples=self._kept(clips, piece, source))

    def _kept(
        self, clips: list[Clip], piece: Piece, source: SourceRecord
    ) -> dict[str, dict[str, float]]:
        """Write clips down; their figures by file name."""
        samples = {}
        for name, clip in zip(
            self.names(source.file, piece.shot), clips, strict=True
        ):
            for folder in (KEPT, REJECTED):  # of an older file of this name
                (self.out / folder / name).unlink(missing_ok=True)
            clip, raised = on_floor(clip.with_(source=source.file))
            clip.save(self.out / WAITING / name)
            samples[name] = motion_figures(clip) | {"raised_m": raised}
        return samples


def on_floor(clip: Clip) -> tuple[Clip, float]:
    """The clip standing on the floor, and by how many metres it was raised.

    A video does not show how high over the floor its camera is: a lift may
    stand some centimetres too deep or too high as a whole.
    """
    raised = -floor_level(clip.joints())
    root = clip.root_position + raised * torch.eye(3)[UP_AXIS]
    return clip.with_(root_position=root), raised


def duplicate(record: SourceRecord, of: str) -> SourceRecord:
    """The record of a source that shows what another one shows."""
    return replace(
        record,
        fault=f"{record.file} shows the same as {of}",
        duplicate_of=of,
        pieces=(),
    )
