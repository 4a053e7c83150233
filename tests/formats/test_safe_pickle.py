import os
import pickle
import subprocess
import sys
import types

import numpy as np
import pytest
import scipy.sparse

from mini_vimogen.formats import safe_pickle
from mini_vimogen.formats.safe_pickle import Inert, load


def write(path, value, *, protocol=2):
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    return path


class Runs:
    """Unpickled by the standard library, it makes a file."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", range(6))
def test_arrays_and_plain_python(tmp_path, protocol):
    value = {
        "poses": np.arange(6, dtype=np.float32).reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "scale": np.float64(1.5),
        "text": "häh",
        "list": [1, 2.5, None, True, (1, "a")],
        "bytes": b"\x00\xff",
    }
    read = load(write(tmp_path / "a.pkl", value, protocol=protocol))
    assert np.array_equal(read["poses"], value["poses"])
    assert read["poses"].dtype == np.float32
    assert np.array_equal(read["fortran"], value["fortran"])
    assert read["scale"] == 1.5 and read["text"] == "häh"
    assert read["list"] == value["list"] and read["bytes"] == b"\x00\xff"


def test_python_2_texts_are_bytes_of_an_array(tmp_path):
    """As Python 2 wrote arrays: protocol 2, the numbers in a str."""
    numbers = np.array([1.5, -2.0, 1e300])
    content = numbers.tobytes()
    stream = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n"
        b"cnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x03\x85cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R"
        b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89U" + bytes([len(content)]) + content + b"tb."
    )
    path = tmp_path / "python2.pkl"
    path.write_bytes(stream)
    assert np.array_equal(pickle.loads(stream, encoding="latin1"), numbers)
    assert np.array_equal(load(path), numbers)


@pytest.mark.parametrize("protocol", (0, 2, 4))
@pytest.mark.parametrize("kind", ("csc", "csr"))
def test_sparse_matrices_become_dense(tmp_path, protocol, kind):
    dense = np.zeros((4, 7))
    dense[1, 2], dense[3, 6], dense[0, 0] = 2.0, -1.0, 0.5
    matrix = scipy.sparse.csc_matrix(dense).asformat(kind)
    read = load(write(tmp_path / "s.pkl", {"J": matrix}, protocol=protocol))
    assert isinstance(read["J"], np.ndarray)
    assert np.array_equal(read["J"], dense)


def test_sparse_indices_outside_the_matrix_are_refused(tmp_path):
    matrix = scipy.sparse.csc_matrix(np.eye(3))
    matrix.indices[0] = 1000
    path = write(tmp_path / "s.pkl", matrix)
    with pytest.raises(ValueError, match="not a readable pickle"):
        load(path)


@pytest.fixture
def chumpy(monkeypatch):
    """A package of that name which must never be imported by the reader."""
    module = types.ModuleType("chumpy.ch")

    class Ch:
        def __init__(self, x):
            self.x = x

        def __setstate__(self, state):
            raise RuntimeError("chumpy ran")

    Ch.__module__, Ch.__qualname__ = "chumpy.ch", "Ch"
    module.Ch = Ch
    monkeypatch.setitem(sys.modules, "chumpy", types.ModuleType("chumpy"))
    monkeypatch.setitem(sys.modules, "chumpy.ch", module)
    return Ch


@pytest.mark.parametrize("protocol", (0, 2, 4))
def test_chumpy_arrays_become_arrays(tmp_path, chumpy, protocol):
    value = {"v": [chumpy(np.arange(3.0)), chumpy(None)]}
    path = write(tmp_path / "c.pkl", value, protocol=protocol)
    array, other = load(path)["v"]
    assert np.array_equal(array, np.arange(3.0))
    assert isinstance(other, Inert) and other.state == {"x": None}
    assert other.origin == "chumpy.ch.Ch"


def test_other_classes_only_when_they_are_named(tmp_path, chumpy):
    path = write(tmp_path / "c.pkl", chumpy(np.ones(2)))
    with pytest.raises(ValueError, match="refused.*chumpy.ch.Ch"):
        load(path, inert=("dataset",))


@pytest.mark.parametrize("protocol", (0, 2, 5))
@pytest.mark.parametrize(
    ("function", "args", "name"),
    [
        (os.system, ("touch {path}",), "system"),
        (subprocess.check_output, (["touch", "{path}"],), "check_output"),
        (eval, ("open({path!r}, 'w')",), "eval"),
        (exec, ("open({path!r}, 'w')",), "exec"),
        (getattr, ("text", "join"), "getattr"),
        (open, ("{path}", "w"), "open"),
        (np.save, ("{path}", 1), "save"),
        (np.load, ("{path}",), "load"),
    ],
)
def test_code_is_refused_and_not_run(tmp_path, protocol, function, args, name):
    mark = tmp_path / "ran"
    args = tuple(
        arg.format(path=str(mark)) if isinstance(arg, str) else arg
        for arg in args
    )
    value = {"poses": np.ones(3), "evil": Runs(function, *args)}
    path = write(tmp_path / "evil.pkl", value, protocol=protocol)
    with pytest.raises(ValueError, match=f"refused: it asks for .*{name}"):
        load(path)
    assert not mark.exists()


def test_huge_empty_arrays_are_refused(tmp_path):
    stream = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n"
        b"cnumpy\nndarray\nJ\xff\xff\xff\x7f\x85U\x01b\x87R."
    )
    path = tmp_path / "huge.pkl"
    path.write_bytes(stream)
    with pytest.raises(ValueError, match="unfilled"):
        load(path)


def test_objects_made_without_their_class_are_refused(tmp_path):
    path = tmp_path / "bare.pkl"
    path.write_bytes(
        b"ccopy_reg\n_reconstructor\n(cnumpy\nndarray\n"
        b"c__builtin__\nobject\nNtR."
    )
    with pytest.raises(ValueError, match="by itself"):
        load(path)


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x02}q\x00", b"not a pickle at all", b"\x80\x09."]
)
def test_broken_files_are_refused(tmp_path, content):
    path = tmp_path / "broken.pkl"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="broken.pkl is not a readable pickle"):
        load(path)


def test_missing_and_huge_files(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="no pickle file"):
        load(tmp_path / "none.pkl")
    monkeypatch.setattr(safe_pickle, "MAX_PICKLE_BYTES", 10)
    path = write(tmp_path / "big.pkl", list(range(100)))
    with pytest.raises(ValueError, match="at most 10 are read"):
        load(path)


def test_what_numpy_shares_is_not_written_onto(tmp_path):
    """A state set on float64 itself would swap the bytes of later arrays."""
    path = tmp_path / "swap.pkl"
    path.write_bytes(
        b"\x80\x02cnumpy\ndtype\nU\x02f8K\x00K\x00\x87R"
        b"(K\x03U\x01>NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb."
    )
    assert load(path) == np.dtype(">f8")
    assert np.dtype("f8").isnative and np.ones(1).tobytes()[0] == 0
