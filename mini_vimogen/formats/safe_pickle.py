"""Reading pickles from outside without running what is in them.

A pickle is a program. This reader lets it build numbers, texts, lists, dicts
and numpy arrays; sparse matrices and a few named classes become inert records;
any other name that the pickle asks for is refused before anything is called.
"""

import pickle
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

MAX_PICKLE_BYTES = 2**30
"""A larger file is refused before it is read."""

CHUMPY = ("chumpy",)
"""Package whose arrays stand in official SMPL files; it is never imported."""


class Inert:
    """What a class outside numpy becomes: its name and its stored state.

    No method of the original class exists here, so nothing of it can run.
    """

    origin = ""

    def __init__(self, *args):
        self.arguments = args
        self.state = {}

    def __setstate__(self, state):
        self.state = state if isinstance(state, dict) else {"state": state}


def load(path, *, inert: Iterable[str] = CHUMPY) -> object:
    """What a pickle holds, in numpy and plain Python only.

    Args:
        path: pickle of any protocol; texts of Python 2 are read as latin-1.
        inert: modules or packages whose classes become ``Inert`` records.

    Returns:
        The object, with every chumpy array and scipy sparse matrix in it (at
        any depth of dicts, lists and tuples) turned into a dense numpy array.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it asks for anything else (a function, a class), is
            truncated, too large, or no pickle at all.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no pickle file {path}")
    if path.stat().st_size > MAX_PICKLE_BYTES:
        raise ValueError(
            f"{path} has {path.stat().st_size:,} bytes; at most "
            f"{MAX_PICKLE_BYTES:,} are read"
        )
    try:
        with open(path, "rb") as file:
            reader = _Reader(file, inert=tuple(inert))
            return _dense(reader.load())
    except _Refused as error:
        raise ValueError(f"{path} was refused: {error}") from None
    except (
        # What the unpickler raises on bytes that make no sense.
        pickle.UnpicklingError,
        ArithmeticError,
        AttributeError,
        EOFError,
        ImportError,
        LookupError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise ValueError(f"{path} is not a readable pickle: {error}") from error


class _Refused(Exception):
    """The pickle asks for a name that it may not have."""


class _Reader(pickle.Unpickler):
    def __init__(self, file, *, inert: tuple[str, ...]):
        super().__init__(file, encoding="latin1")
        self._inert = inert
        # Made anew for each file: a pickle may write onto what it is given.
        self._given = {}

    def find_class(self, module: str, name: str):
        key = (module, name)
        if key not in self._given:
            self._given[key] = self._allowed(module, name)
        return self._given[key]

    def _allowed(self, module: str, name: str):
        top = module.partition(".")[0]
        if top == "numpy" and (found := _numpy_name(module, name)):
            return found
        if top == "scipy" and name in _SPARSE:
            return type(name, (Inert,), {"origin": name})
        for package in self._inert:
            if module == package or module.startswith(package + "."):
                origin = f"{module}.{name}"
                return type(name, (Inert,), {"origin": origin})
        # The names themselves differ between Python 2 and 3.
        plain = {
            ("copyreg", "_reconstructor"): _make_reconstruct(),
            ("copy_reg", "_reconstructor"): _make_reconstruct(),
            ("builtins", "object"): object,
            ("__builtin__", "object"): object,
            ("_codecs", "encode"): _make_encode(),
            ("collections", "OrderedDict"): OrderedDict,
        }
        if (module, name) in plain:
            return plain[module, name]
        raise _Refused(
            f"it asks for {module}.{name}; only numpy arrays, scipy sparse "
            f"matrices and records of {', '.join(self._inert)} may be in it"
        )


def _numpy_name(module: str, name: str):
    """The few numpy names that a pickled array needs, or None."""
    in_core = module in ("numpy.core.multiarray", "numpy._core.multiarray")
    if module == "numpy" and name == "ndarray":
        return np.ndarray
    if module == "numpy" and name == "dtype":
        return _make_dtype()
    if in_core and name == "_reconstruct":
        return _make_array()
    if in_core and name == "scalar":
        return _make_scalar()
    if module.endswith(".numeric") and name == "_frombuffer":
        return _make_from_buffer()
    return None


# Each of these returns a new function: see _Reader.


def _make_dtype():
    def dtype(code, *_):
        if not isinstance(code, str):
            raise _Refused(f"it wants a numpy type made of {code!r}")
        # A copy, because the state that follows is written onto it.
        return np.dtype(code, copy=True)

    return dtype


def _make_array():
    # numpy writes an empty array here and fills it afterwards from its state.
    def array(kind, shape, code):
        if kind is not np.ndarray or shape != (0,):
            raise _Refused(f"it wants an array of shape {shape} unfilled")
        return np.ndarray.__new__(np.ndarray, (0,), np.dtype("b"))

    return array


def _make_scalar():
    def scalar(dtype, content=None):
        if content is None or dtype.hasobject:
            raise _Refused("it holds a numpy scalar that is not a number")
        if isinstance(content, str):
            content = content.encode("latin1")
        return np.frombuffer(content, dtype=dtype, count=1)[0]

    return scalar


def _make_from_buffer():
    def from_buffer(buffer, dtype, shape, order, *_):
        return np.frombuffer(buffer, dtype=dtype).reshape(shape, order=order)

    return from_buffer


def _make_reconstruct():
    def reconstruct(kind, base, state):
        if not (isinstance(kind, type) and issubclass(kind, Inert)):
            raise _Refused(f"it wants to make a {kind} by itself")
        return kind()

    return reconstruct


def _make_encode():
    def encode(text, encoding="latin1"):
        return text.encode(encoding)

    return encode


_SPARSE = ("csc_matrix", "csr_matrix", "csc_array", "csr_array")


def _dense(value):
    """Inert records that hold an array become that array."""
    if isinstance(value, dict):
        return {key: _dense(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_dense(inner) for inner in value)
    if not isinstance(value, Inert):
        return value
    if value.origin in _SPARSE:
        return _dense_matrix(value)
    # chumpy keeps the numbers of a plain array under "x".
    if isinstance(value.state.get("x"), np.ndarray):
        return value.state["x"]
    return value


def _dense_matrix(matrix: Inert) -> np.ndarray:
    state = matrix.state
    shape = tuple(state.get("_shape", state.get("shape", ())))
    if len(shape) != 2 or shape[0] * shape[1] > MAX_PICKLE_BYTES // 8:
        raise ValueError(f"a sparse matrix of shape {shape} is not readable")
    data = np.asarray(state["data"])
    counts = np.diff(np.asarray(state["indptr"]))
    major = np.repeat(np.arange(len(counts)), counts)
    minor = np.asarray(state["indices"])
    by_row = matrix.origin.startswith("csr")
    rows, columns = (major, minor) if by_row else (minor, major)
    dense = np.zeros(shape, dtype=data.dtype)
    # By numpy, which checks every index; scipy trusts them.
    np.add.at(dense, (rows, columns), data)
    return dense
