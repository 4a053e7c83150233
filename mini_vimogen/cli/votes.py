"""``study votes``: a page of pairs for people, and the count of their votes."""

from collections.abc import Sequence
from pathlib import Path


def votes(
    *,
    arm: Sequence[str],
    out: Path | None,
    tracks: Path | None,
    question: str | None,
    seed: int | None,
    count: Sequence[Path] | None,
    key: Path | None,
) -> None:
    """Write the page, or count; the options are those of ``cli.study``."""
    building = {
        "--arm": arm or None,
        "--out": out,
        "--tracks": tracks,
        "--question": question,
        "--seed": seed,
    }
    if count or key is not None:
        _count(count, key, building)
        return
    if out is None or not arm:
        raise ValueError(
            "study votes needs --arm NAME=FOLDER twice or more and --out, to "
            "write a page, or --count and --key, to count its votes"
        )
    from mini_vimogen.studies.votes import build

    built = build(_arms(arm), out, tracks=tracks, question=question, seed=seed)
    for note in built.notes:
        print(f"note: {note}")
    print(f"wrote {built.page}: {built.pairs} pairs, to give to voters")
    print(f"wrote {built.key}: keep it; it says whose motions they are")


def _arms(words: Sequence[str]) -> dict[str, Path]:
    arms: dict[str, Path] = {}
    for word in words:
        name, equals, folder = word.partition("=")
        name = name.strip()
        if not (name and equals and folder):
            raise ValueError(f"--arm must be NAME=FOLDER, got {word!r}")
        if name in arms:
            raise ValueError(f"each --arm needs its own name, got {name} twice")
        arms[name] = Path(folder)
    return arms


def _count(count, key: Path | None, building: dict[str, object]) -> None:
    if not count or key is None:
        raise ValueError(
            "--count and --key must be given together, got only "
            f"{'--key' if key else '--count'}"
        )
    given = [name for name, value in building.items() if value is not None]
    if given:
        raise ValueError(f"{given[0]} builds a page; --count counts its votes")
    from mini_vimogen.studies.votes_count import count as count_votes

    print(count_votes(count, key).table())
