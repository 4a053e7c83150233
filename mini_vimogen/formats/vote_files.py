"""The files of a user study: the key that stays at home, the votes that return.

The page shows pairs of motions under random names. ``votes_key.json`` says
which motion of which arm each name is; a voter's CSV says which name was
chosen. Neither means anything without the other.
"""
# Over 250 lines: two files, each read with all its refusals in one place.

import csv
import io
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from mini_vimogen.files import written_whole

COLUMNS = ("page", "pair", "chosen", "seconds", "voter")
"""Of the CSV; more columns are ignored, and their order is free."""
MAX_BYTES = 10 * 2**20
"""A larger key or CSV is refused before it is read."""
LONGEST_VOTER = 80


@dataclass(frozen=True)
class Shown:
    """One side of a pair: the random name on the page, and whose it is."""

    id: str
    arm: str


@dataclass(frozen=True)
class Pair:
    """Two motions that stand side by side.

    Args:
        id: random name on the page.
        motion: name of the two files.
        seconds: how long it plays.
        left, right: what stands where.
    """

    id: str
    motion: str
    seconds: float
    left: Shown
    right: Shown

    @property
    def arms(self) -> tuple[str, str]:
        """The two arms, in the order of the alphabet."""
        first, second = sorted((self.left.arm, self.right.arm))
        return first, second


@dataclass(frozen=True)
class Key:
    """What a page of votes hides.

    Args:
        page: name of the page, which every vote carries.
        question: what the voters are asked.
        seed: that shuffled the pairs.
        arms: their names, in the order they were given.
        pairs: in the order of the page.

    Raises:
        ValueError: fewer than two arms, one of them twice, no pairs, a name
            that is used twice, or an arm that is not listed.
    """

    page: str
    question: str
    seed: int
    arms: tuple[str, ...]
    pairs: tuple[Pair, ...]

    def __post_init__(self):
        if len(set(self.arms)) < 2 or len(set(self.arms)) < len(self.arms):
            raise ValueError(
                f"arms must be two different names or more, got {self.arms}"
            )
        if not self.pairs:
            raise ValueError("pairs must hold at least one pair, got none")
        names = [pair.id for pair in self.pairs]
        names += [s.id for p in self.pairs for s in (p.left, p.right)]
        if len(set(names)) < len(names):
            raise ValueError("the names of pairs and motions must differ")
        for pair in self.pairs:
            arm, other = pair.arms
            if arm == other or not {arm, other} <= set(self.arms):
                raise ValueError(
                    f"pair {pair.id} must show two of the arms, got "
                    f"{arm!r} and {other!r}"
                )


@dataclass(frozen=True)
class Vote:
    """One line of a CSV.

    Args:
        pair: name of the pair.
        chosen: name of the motion.
        seconds: from when the pair was shown to the vote.
        voter: who.
    """

    pair: str
    chosen: str
    seconds: float
    voter: str


def write_key(key: Key, path) -> Path:
    """Write a key as JSON; returns its path."""
    path = Path(path)
    with written_whole(path) as partial:
        text = json.dumps(asdict(key), indent=1, ensure_ascii=False)
        partial.write_text(text + "\n", encoding="utf-8")
    return path


def read_key(path) -> Key:
    """Read what ``write_key`` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: no JSON, too large, or not a key.
    """
    text = _bounded_text(path, "key")
    try:
        return _key(json.loads(text))
    # RecursionError: JSON nested thousands deep.
    except (
        ValueError,
        KeyError,
        TypeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise ValueError(
            f"{path} is not the key of a votes page (votes_key.json): "
            f"{type(error).__name__}: {error}"
        ) from error


def _key(stored) -> Key:
    pairs = tuple(
        Pair(
            id=_text(pair["id"]),
            motion=_text(pair["motion"]),
            seconds=_seconds(pair["seconds"]),
            left=Shown(_text(pair["left"]["id"]), _text(pair["left"]["arm"])),
            right=Shown(
                _text(pair["right"]["id"]), _text(pair["right"]["arm"])
            ),
        )
        for pair in stored["pairs"]
    )
    return Key(
        page=_text(stored["page"]),
        question=_text(stored["question"]),
        seed=int(stored["seed"]),
        arms=tuple(map(_text, stored["arms"])),
        pairs=pairs,
    )


def _text(value) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"a name must be a text that is not empty: {value!r}")
    return value


def read_votes(path, key: Key) -> list[Vote]:
    """The votes of one CSV, each checked against the key.

    Args:
        path: .csv in UTF-8, comma-separated, with a header (``COLUMNS``).
        key: of the page that the votes are on.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not such a file, without votes, on another page, on an
            unknown pair or motion, or with a voter who votes twice on a pair.
    """
    text = _bounded_text(path, "file of votes")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise ValueError(
            f"{path} is not a CSV: {error} on line {reader.line_num}"
        ) from error
    if not lines:
        raise ValueError(f"{path} is empty: a file of votes was wanted")
    header = _header(lines[0][1], path)
    chosen_in = {pair.id: {pair.left.id, pair.right.id} for pair in key.pairs}
    votes, seen = [], set()
    for number, row in lines[1:]:
        if len(row) != len(header):
            raise ValueError(
                f"line {number} of {path} must have {len(header)} fields, as "
                f"its header has, got {len(row)}"
            )
        fields = dict(zip(header, map(str.strip, row), strict=True))
        try:
            vote = _vote(fields, key.page, chosen_in)
            if (vote.voter, vote.pair) in seen:
                raise ValueError(
                    f"voter {vote.voter!r} votes on pair {vote.pair} again"
                )
        except ValueError as error:
            raise ValueError(f"line {number} of {path}: {error}") from error
        seen.add((vote.voter, vote.pair))
        votes.append(vote)
    if not votes:
        raise ValueError(f"{path} holds a header and no votes")
    return votes


def _header(row: list[str], path) -> list[str]:
    header = [name.strip() for name in row]
    if len(set(header)) < len(header) or not set(COLUMNS) <= set(header):
        raise ValueError(
            f"{path} must have the columns {','.join(COLUMNS)}, each once, "
            f"got {','.join(header)[:200]!r}"
        )
    return header


def _vote(
    fields: dict[str, str], page: str, chosen_in: dict[str, set[str]]
) -> Vote:
    if fields["page"] != page:
        raise ValueError(
            f"the vote is on page {fields['page'][:40]!r}, and the key is of "
            f"page {page!r}"
        )
    pair, chosen, voter = fields["pair"], fields["chosen"], fields["voter"]
    if pair not in chosen_in:
        raise ValueError(f"the page has no pair {pair[:40]!r}")
    if chosen not in chosen_in[pair]:
        raise ValueError(
            f"chosen must be one of the two motions of pair {pair}, got "
            f"{chosen[:40]!r}"
        )
    if not 0 < len(voter) <= LONGEST_VOTER:
        raise ValueError(
            f"voter must have 1 to {LONGEST_VOTER} letters, got {len(voter)}"
        )
    return Vote(pair, chosen, _seconds(fields["seconds"]), voter)


def _seconds(value) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ValueError(
            f"seconds must be a number of 0 or more, got {str(value)[:40]!r}"
        )
    return seconds


def _bounded_text(path, what: str) -> str:
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no {what} {path}")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(
            f"{path} is larger than any {what}: {path.stat().st_size:,} bytes"
        )
    try:
        # utf-8-sig: a spreadsheet may have put a byte order mark in front.
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8: {error}") from error
