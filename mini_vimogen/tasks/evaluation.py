"""What an evaluation found: scores with intervals, as table and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from mini_vimogen.files import written_whole
from mini_vimogen.formats.mbench_files import EvaluationPrompt
from mini_vimogen.metrics import mbench
from mini_vimogen.metrics.intervals import bootstrap_interval
from mini_vimogen.tasks.scoring import FileScore


@dataclass(frozen=True)
class Score:
    """One dimension over all its motions.

    Args:
        dimension: its name.
        mean: the benchmark's score, the plain mean.
        low, high: bootstrap interval of the mean over motions.
        spread: population standard deviation, as published.
        count: motions scored.
    """

    dimension: str
    mean: float
    low: float
    high: float
    spread: float
    count: int


@dataclass(frozen=True)
class Evaluation:
    """Scores of a folder, and everything there is to know about them.

    Args:
        name: of the evaluation; names its files.
        folder: what was scored.
        dimensions: what was asked for, in order.
        scores: dimension -> score; a dimension without any motion is absent.
        files: one record a file, unreadable ones too.
        rows: what the prompt file asked for; empty without one.
        missing: ids that the prompt file asks for and the folder lacks.
        up_axis: of the ``.npy`` files.
        level: coverage of the intervals.
        notes: what was found out about the input and done about it.
    """

    name: str
    folder: str
    dimensions: tuple[str, ...]
    scores: dict[str, Score]
    files: tuple[FileScore, ...]
    rows: tuple[EvaluationPrompt, ...]
    missing: tuple[str, ...]
    up_axis: int
    level: float
    notes: tuple[str, ...] = field(default=())

    @property
    def unreadable(self) -> dict[str, str]:
        """Sentence by file, for the files that could not be read."""
        return {f.path: f.unreadable for f in self.files if f.unreadable}

    def values(self, dimension: str) -> dict[str, float]:
        """Score by file, of the motions that count for a dimension."""
        return values_by_file(self.files, self.rows, dimension)

    def ranked(self, dimension: str) -> list[str]:
        """Files from best to worst on a dimension."""
        values = self.values(dimension)
        best_first = sorted(values, key=values.get)
        if mbench.DIMENSIONS[dimension].better == "high":
            best_first.reverse()
        return best_first

    def table(self) -> str:
        """Scores, one line a dimension, and the notes below."""
        lines = [
            f"{'dimension':<20}{'better':>7}{'mean':>11}"
            f"{f'{self.level:.0%} interval':>22}{'motions':>9}  unit"
        ]
        for name in self.dimensions:
            dimension, score = mbench.DIMENSIONS[name], self.scores.get(name)
            if score is None:
                lines.append(f"{name:<20}{dimension.better:>7}{'-':>11}")
                continue
            interval = f"{score.low:.5f} .. {score.high:.5f}"
            lines.append(
                f"{name:<20}{dimension.better:>7}{score.mean:>11.5f}"
                f"{interval:>22}{score.count:>9}  {dimension.unit}"
            )
        lines += self.notes
        lines += [f"unreadable: {why}" for why in self.unreadable.values()]
        return "\n".join(lines)

    def save(self, out: Path) -> None:
        """Write two JSON files in the published layout and one of our own."""
        by_dimension = {name: self._entries(name) for name in self.dimensions}
        _write(
            out / f"{self.name}_eval_results.json",
            {
                name: {
                    "aggregate": _aggregate(self.scores.get(name), self.level),
                    "per_motion": entries,
                }
                for name, entries in by_dimension.items()
            },
        )
        _write(
            out / f"{self.name}_per_motion_results.json",
            {
                "evaluation_name": self.name,
                "dimensions": list(self.dimensions),
                "motions": _by_motion(by_dimension),
            },
        )
        _write(out / f"{self.name}_summary.json", self._summary())

    def _entries(self, dimension: str) -> list[dict]:
        """The motions of one dimension as the published files list them."""
        rows = {str(r.id): r for r in self.rows if r.dimension == dimension}
        values = self.values(dimension)
        return [
            {
                "id": int(file.id) if file.id.isdecimal() else file.id,
                "prompt": rows[file.id].prompt if rows else None,
                "value": values[file.path],
                "evaluation_file": file.path,
                "motion_duration": (
                    rows[file.id].frames if rows else file.frames
                ),
            }
            for file in self.files
            if file.path in values
        ]

    def _summary(self) -> dict:
        return {
            "folder": self.folder,
            "scores": {n: asdict(s) for n, s in self.scores.items()},
            "level": self.level,
            "up_axis": self.up_axis,
            "notes": list(self.notes),
            "missing": list(self.missing),
            "unreadable": self.unreadable,
            "unscored": {f.path: f.unscored for f in self.files if f.unscored},
        }


def values_by_file(
    files: Sequence[FileScore],
    rows: Sequence[EvaluationPrompt],
    dimension: str,
) -> dict[str, float]:
    """Score by file, of the motions that a prompt file lists (none: of all)."""
    asked = {str(row.id) for row in rows if row.dimension == dimension}
    return {
        file.path: file.values[dimension]
        for file in files
        if dimension in file.values and (not rows or file.id in asked)
    }


def summarize(
    dimension: str,
    values: Sequence[float],
    *,
    level: float,
    generator: torch.Generator,
) -> Score:
    """Mean, interval and spread of one dimension's values (at least 1)."""
    sample = torch.tensor(values, dtype=torch.float64)
    low, high = bootstrap_interval(
        torch.mean, sample, generator=generator, level=level
    )
    return Score(
        dimension=dimension,
        mean=float(sample.mean()),
        low=low,
        high=high,
        spread=float(sample.std(correction=0)),
        count=len(values),
    )


def _by_motion(by_dimension: dict[str, list[dict]]) -> list[dict]:
    """The same entries, motion by motion."""
    motions: dict = {}
    for dimension, entries in by_dimension.items():
        for entry in entries:
            shared = ("id", "prompt", "motion_duration")
            motion = motions.setdefault(
                entry["id"],
                {name: entry[name] for name in shared} | {"dimensions": {}},
            )
            motion["dimensions"][dimension] = {
                name: entry[name] for name in ("value", "evaluation_file")
            }
    return list(motions.values())


def _aggregate(score: Score | None, level: float) -> dict:
    if score is None:
        return {"mean": 0.0, "std": 0.0, "num_samples": 0}
    return {
        "mean": score.mean,
        "std": score.spread,
        "num_samples": score.count,
        "interval": {"level": level, "low": score.low, "high": score.high},
    }


def _write(path: Path, content) -> None:
    with written_whole(path) as partial:
        text = json.dumps(content, indent=1, ensure_ascii=False)
        partial.write_text(text + "\n", encoding="utf-8")
