"""Keys and CSVs of votes: there and back, and everything that is refused."""

import json
from dataclasses import asdict, replace

import pytest

from mini_vimogen.formats.vote_files import (
    COLUMNS,
    MAX_BYTES,
    Key,
    Pair,
    Shown,
    read_key,
    read_votes,
    write_key,
)

KEY = Key(
    page="0a1b",
    question="Which, “1” or 2?",
    seed=5,
    arms=("ours", "theirs"),
    pairs=(
        Pair("p1", "walk", 2.5, Shown("m1", "ours"), Shown("m2", "theirs")),
        Pair("p2", "kick", 1.0, Shown("m3", "theirs"), Shown("m4", "ours")),
    ),
)
HEADER = ",".join(COLUMNS)
GOOD = "0a1b,p1,m2,3.5,Ann"


def refused(path, *, key=KEY) -> str:
    """The one sentence about a file of votes."""
    with pytest.raises(ValueError) as caught:
        read_votes(path, key)
    said = str(caught.value)
    assert str(path) in said and "\n" not in said
    return said


def test_a_key_comes_back(tmp_path):
    path = write_key(KEY, tmp_path / "votes_key.json")
    assert read_key(path) == KEY
    assert [p.name for p in tmp_path.iterdir()] == ["votes_key.json"]
    assert KEY.pairs[1].arms == ("ours", "theirs")


def test_votes_are_read_whatever_a_spreadsheet_did_to_them(tmp_path):
    """A byte order mark, CRLF, quotes, other columns, another order."""
    path = tmp_path / "votes.csv"
    text = (
        '\ufeffvoter,seconds,note,chosen,pair,page\r\n"Ann ""A"", B", 3.5 ,'
        '"two\r\nlines",m2,p1,0a1b\r\n\r\nZoë,0,,m3,p2,0a1b\r\n'
    )
    path.write_bytes(text.encode())
    first, second = read_votes(path, KEY)
    assert (first.pair, first.chosen, first.seconds) == ("p1", "m2", 3.5)
    assert first.voter == 'Ann "A", B'
    assert (second.voter, second.seconds) == ("Zoë", 0.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        (f"{HEADER}\n", "a header and no votes"),
        ("page,pair,chosen\n0a1b,p1,m2\n", "must have the columns"),
        (f"{HEADER},voter\n{GOOD},Bo\n", "each once"),
        (f"{GOOD}\n", "must have the columns"),
        (HEADER.replace(",", ";") + "\n", "must have the columns"),
        (f"{HEADER}\n0a1b,p1,m2,3.5\n", "must have 5 fields"),
        (f"{HEADER}\n{GOOD},6\n", "got 6"),
        (f"{HEADER}\nffff,p1,m2,3.5,Ann\n", "page 'ffff'"),
        (f"{HEADER}\n0a1b,p9,m2,3.5,Ann\n", "no pair 'p9'"),
        (f"{HEADER}\n0a1b,p1,m3,3.5,Ann\n", "got 'm3'"),
        (f"{HEADER}\n0a1b,p1,ours,3.5,Ann\n", "got 'ours'"),
        (f"{HEADER}\n0a1b,p1,,3.5,Ann\n", "got ''"),
        (f"{HEADER}\n0a1b,p1,m2,soon,Ann\n", "got 'soon'"),
        (f"{HEADER}\n0a1b,p1,m2,-1,Ann\n", "got '-1'"),
        (f"{HEADER}\n0a1b,p1,m2,nan,Ann\n", "got 'nan'"),
        (f"{HEADER}\n0a1b,p1,m2,inf,Ann\n", "got 'inf'"),
        (f"{HEADER}\n0a1b,p1,m2,3.5, \n", "voter must have 1 to 80"),
        (f"{HEADER}\n0a1b,p1,m2,3.5,{'A' * 81}\n", "got 81"),
        (f"{HEADER}\n{GOOD}\n{GOOD}\n", "line 3"),
        (f"{HEADER}\n{GOOD}\n0a1b,p1,m1,9,Ann\n", "votes on pair p1 again"),
        (f'{HEADER}\n0a1b,p1,m2,3.5,"Ann\n', "is not a CSV"),
    ],
)
def test_votes_that_cannot_be_counted_are_refused(tmp_path, text, said):
    path = tmp_path / "votes.csv"
    path.write_text(text, encoding="utf-8")
    assert said in refused(path)


@pytest.mark.parametrize(
    "content", [b"\xff\xfep\x00a\x00", b"PK\x03\x04\x9c\xff", b"\xe9t\xe9"]
)
def test_what_is_not_text_is_refused(tmp_path, content):
    path = tmp_path / "votes.csv"
    path.write_bytes(content)
    assert "UTF-8" in refused(path)


def test_huge_files_are_refused_before_they_are_read(tmp_path):
    path = tmp_path / "votes.csv"
    with open(path, "wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert "larger than any file of votes" in refused(path)
    with pytest.raises(ValueError, match="larger than any key"):
        read_key(path)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file of votes .*gone.csv"):
        read_votes(tmp_path / "gone.csv", KEY)
    with pytest.raises(FileNotFoundError, match="no key .*gone.json"):
        read_key(tmp_path / "gone.json")


def _without(name: str) -> dict:
    return {k: v for k, v in asdict(KEY).items() if k != name}


def _with_pair(**changes) -> dict:
    stored = json.loads(json.dumps(asdict(KEY)))
    stored["pairs"][0].update(changes)
    return stored


@pytest.mark.parametrize(
    "stored",
    [
        None,
        7,
        [],
        {},
        "votes",
        *(_without(name) for name in ("page", "seed", "arms", "pairs")),
        asdict(KEY) | {"arms": ["ours"]},
        asdict(KEY) | {"arms": ["ours", "ours"]},
        asdict(KEY) | {"arms": ["ours", 3]},
        asdict(KEY) | {"arms": ["ours", "others"]},
        asdict(KEY) | {"pairs": []},
        asdict(KEY) | {"pairs": "p1"},
        asdict(KEY) | {"page": ""},
        asdict(KEY) | {"seed": "five"},
        asdict(KEY) | {"seed": float("inf")},
        _with_pair(id="p2"),
        _with_pair(seconds=-1),
        _with_pair(seconds=None),
        _with_pair(left={"id": "m1"}),
        _with_pair(left={"id": "m2", "arm": "ours"}),
        _with_pair(left={"id": "m1", "arm": "theirs"}),
    ],
    ids=lambda stored: json.dumps(stored)[:60],
)
def test_what_is_not_a_key_is_refused(tmp_path, stored):
    path = tmp_path / "votes_key.json"
    path.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(ValueError, match="is not the key of a votes page"):
        read_key(path)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "page,pair\n"])
def test_what_is_not_json_is_refused(tmp_path, text):
    path = tmp_path / "votes_key.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="is not the key of a votes page"):
        read_key(path)


def test_a_key_that_makes_no_sense_cannot_be_made():
    with pytest.raises(ValueError, match="two of the arms"):
        replace(KEY, arms=("ours", "others"))
