"""``study votes``: pages out of folders, win rates out of CSVs."""

import pytest

from mini_vimogen.cli import main
from mini_vimogen.formats.vote_files import read_key
from tests.studies.voting import ARMS, MOTIONS, folders, row, write_csv
from tests.test_cli import refused

FIRST, SECOND = ARMS


@pytest.fixture
def words(tmp_path) -> list[str]:
    """The options that name both arms."""
    found = []
    for arm, folder in folders(tmp_path).items():
        found += ["--arm", f"{arm}={folder}"]
    return found


def test_a_study_from_folders_to_win_rates(words, tmp_path, capsys):
    out = tmp_path / "new" / "out"
    options = ["--out", str(out), "--question", "Who?", "--seed", "4"]
    assert main(["study", "votes", *words, *options]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [
        f"wrote {out / 'votes.html'}: 6 pairs, to give to voters",
        f"wrote {out / 'votes_key.json'}: keep it; it says whose motions "
        "they are",
    ]
    path = out / "votes_key.json"
    key = read_key(path)
    assert (key.question, key.seed, key.arms) == ("Who?", 4, ARMS)
    files = []
    for voter in ("ann", "bo"):
        rows = [
            row(key, place, arm=FIRST, voter=voter)
            for place in range(len(MOTIONS))
        ]
        csv = write_csv(tmp_path / f"{voter}.csv", rows)
        files += ["--count", str(csv)]
    assert main(["study", "votes", *files, "--key", str(path)]) == 0
    said = capsys.readouterr().out
    assert "question: Who?" in said and "12 of 12" in said
    assert "100.00%" in said and SECOND in said


def test_notes_are_printed(words, tmp_path, capsys):
    (tmp_path / f"from_{FIRST}" / "spin.npz").unlink()
    out = str(tmp_path / "out")
    assert main(["study", "votes", *words, "--out", out]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "note: 1 left out, not in every arm: spin"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "needs --arm NAME=FOLDER twice"),
        (["--out", "x"], "needs --arm"),
        (["--arm", "a=."], "and --out"),
        (["--arm", "a", "--out", "x"], "NAME=FOLDER, got 'a'"),
        (["--arm", "a=", "--out", "x"], "NAME=FOLDER, got 'a='"),
        (["--arm", "=.", "--out", "x"], "NAME=FOLDER, got '=.'"),
        (["--arm", "a=.", "--arm", "a=y", "--out", "x"], "got a twice"),
        (["--arm", "a=.", "--out", "x"], "two or more, got a"),
        (["--arm", "a=x", "--arm", "b=y", "--out", "z"], "no folder x"),
        (["--count", "v.csv"], "given together, got only --count"),
        (["--key", "k.json"], "given together, got only --key"),
        (["--count", "v.csv", "--key", "k.json"], "no key k.json"),
        (["--count", "v", "--key", "k", "--out", "x"], "--out builds a page"),
        (["--count", "v", "--key", "k", "--seed", "0"], "--seed builds"),
        (["--size", "desk", "--out", "x"], "--size is not for"),
    ],
)
def test_words_that_make_no_study_are_refused(
    tmp_path, monkeypatch, capsys, options, said
):
    monkeypatch.chdir(tmp_path)
    assert said in refused(capsys, "study", "votes", *options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        ["--key", "k"],
        ["--count", "v"],
        ["--seed", "0"],
        ["--tracks", "t"],
        ["--question", "q"],
    ],
)
def test_other_studies_do_not_take_the_options_of_votes(capsys, options):
    err = refused(capsys, "study", "table1", *options)
    assert f"{options[0]} is for the study votes, not table1" in err


def test_a_bad_csv_is_one_sentence(words, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["study", "votes", *words, "--out", str(out)]) == 0
    capsys.readouterr()
    csv = tmp_path / "v.csv"
    csv.write_text("name,choice\nAnn,1\n")
    options = ["--count", csv, "--key", out / "votes_key.json"]
    err = refused(capsys, "study", "votes", *options)
    assert "must have the columns page,pair,chosen,seconds,voter" in err
