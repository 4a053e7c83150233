"""Rows of a study: one JSON line each, written once, never overwritten."""

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from mini_vimogen.data.library import data_path

RESULTS = Path(__file__).resolve().parents[2] / "book" / "results"


def digest(recipe: dict) -> str:
    """Twelve digits that name a recipe."""
    text = json.dumps(recipe, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_rows(study: str, folder: Path | None = None) -> list[dict]:
    """The rows that exist, oldest first.

    Raises:
        FileNotFoundError: no such study was run.
        ValueError: a line is not JSON.
    """
    path = (folder or RESULTS) / f"{study}.jsonl"
    if not path.is_file():
        raise FileNotFoundError(f"there are no results {path}")
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            rows.append(json.loads(line))
        except ValueError as error:
            raise ValueError(
                f"line {number} of {path} is not a row: {error}"
            ) from error
    return rows


def run_missing(
    study: str,
    arms: dict[str, dict],
    *,
    seeds: range,
    measure: Callable[[str, dict, int], dict],
    size: str,
    device: str,
    folder: Path | None = None,
) -> Iterator[dict]:
    """Measure what has no row yet, and append a row for each.

    Args:
        study: names the file.
        arms: name -> recipe, of which the digest is part of the row.
        seeds: one row an arm and seed.
        measure: (arm, recipe, seed) -> figures.
        size, device: go into the row.
        folder: None is book/results of the checkout.
    """
    folder = folder or RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{study}.jsonl"
    done = set()
    if path.is_file():
        done = {
            (row["arm"], row["seed"], row["recipe"])
            for row in read_rows(study, folder)
        }
    for seed in seeds:
        for arm, recipe in arms.items():
            if (arm, seed, digest(recipe)) in done:
                continue
            row = {
                "study": study,
                "arm": arm,
                "seed": seed,
                "recipe": digest(recipe),
                "size": size,
                "device": device,
                "data": data_digest(),
                "commit": commit(),
                "figures": measure(arm, recipe, seed),
            }
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            yield row


def data_digest() -> str:
    """Twelve digits that name the shipped data."""
    manifest = data_path("manifest.json").read_bytes()
    return hashlib.sha256(manifest).hexdigest()[:12]


def commit() -> str:
    """The checkout's commit, or "unknown" outside one."""
    root = Path(__file__).resolve().parents[2]
    try:
        found = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
