import numpy as np
import pytest

from mini_vimogen import files


def test_a_block_that_fails_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.written_whole(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_the_temporary_name_keeps_the_suffix(tmp_path):
    with files.written_whole(tmp_path / "a.npz") as partial:
        np.savez(partial, x=np.zeros(2))
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "bomb.npz", x=np.zeros(10**6))
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 10**6)
    with pytest.raises(ValueError, match="unpacks to 8,000"):
        files.read_npz(tmp_path / "bomb.npz", wanted=set(), what="file")
