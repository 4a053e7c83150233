"""The manifest of a harvest: where each motion is from, and what became of it.

It holds no time and no place of this machine: the same files, model, seed and
thresholds give the same manifest.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from mini_vimogen import __version__
from mini_vimogen.data.curation import Curation
from mini_vimogen.data.quality_gates import Thresholds
from mini_vimogen.files import written_whole
from mini_vimogen.tasks.harvest_journal import (
    FORMAT,
    PieceRecord,
    SourceRecord,
)
from mini_vimogen.tasks.harvest_lifting import KEPT, REJECTED
from mini_vimogen.tasks.harvest_sources import sample_names


def manifest(
    result, settings: Mapping, *, model: str, thresholds: Thresholds
) -> dict:
    """Everything that is known about a harvest, as JSON can hold it.

    Args:
        result: a ``harvest.Harvest``.
        settings: of the journal: all that the motions depend on.
        model: file name of the weights.
        thresholds: of the gates.
    """
    found: Curation = result.curation
    return {
        "format": FORMAT,
        "made_by": f"mini_vimogen {__version__}, harvest",
        "model": {
            "file": model,
            "weights_sha256": settings["weights_sha256"],
        },
        "settings": {k: v for k, v in settings.items() if k != "weights_sha256"}
        | {"thresholds": asdict(thresholds)},
        "funnel": [asdict(stage) for stage in found.funnel],
        "sources": [_source(record) for record in result.sources],
        "motions": [
            _motion(record, piece, sample, found)
            for record in result.sources
            for piece in record.pieces
            for sample in range(settings["samples"])
        ],
    }


def write_manifest(content: Mapping, path: Path) -> None:
    """Write a manifest; an older one is replaced whole or not at all."""
    with written_whole(path) as partial:
        text = json.dumps(content, indent=1)
        partial.write_text(text + "\n", encoding="utf-8")


def _source(record: SourceRecord) -> dict:
    left_out = {"file": record.file, "sha256": record.sha256}
    if record.fault:
        return left_out | {"left_out": record.fault}
    return left_out | {
        "frames": record.frames,
        "fps": record.fps,
        "width": record.width,
        "height": record.height,
        "notes": list(record.notes),
    }


def _motion(
    record: SourceRecord, piece: PieceRecord, sample: int, found: Curation
) -> dict:
    name = sample_names(record.file, piece.shot, sample + 1)[sample]
    why = found.rejected.get(name)
    folder = KEPT if why is None else REJECTED
    lifted = name in piece.samples
    return {
        "name": name,
        "file": f"{folder}/{name}" if lifted else None,
        "kept": why is None,
        "rejected_by": why and why.gate,
        "reason": why and why.reason,
        "source": record.file,
        "source_sha256": record.sha256,
        "frames": [piece.start, piece.stop],
        "cuts": list(piece.cuts),
        "sample": sample + 1,
        "noise_seed": piece.seed,
        "figures": {**piece.figures, **piece.samples.get(name, {})},
    }
