"""The container of binary glTF: a JSON document and the numbers it points at.

Source: glTF 2.0 specification (Khronos, ISO/IEC 12113), sections 3.6 and 4.4.
"""

import json
import struct
from pathlib import Path

import numpy as np

from mini_vimogen.files import written_whole

MAX_BYTES = 256 * 2**20
VERTICES, INDICES = 34962, 34963
"""What a buffer view is for: ARRAY_BUFFER and ELEMENT_ARRAY_BUFFER."""

_MAGIC, _VERSION = b"glTF", 2
_JSON, _BINARY = b"JSON", b"BIN\0"
_COMPONENTS = {
    5121: np.dtype("<u1"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_CODES = {dtype: code for code, dtype in _COMPONENTS.items()}
_SHAPES = {"SCALAR": (), "VEC3": (3,), "VEC4": (4,), "MAT4": (4, 4)}
_TYPES = {shape: name for name, shape in _SHAPES.items()}


class Numbers:
    """Collects arrays; gives each an accessor and its own buffer view."""

    def __init__(self):
        self._binary = bytearray()
        self._views: list[dict] = []
        self._accessors: list[dict] = []

    def add(self, values, *, target: int | None = None, bounds=False) -> int:
        """Append an array and return the number of its accessor.

        Args:
            values: [count], [count, 3], [count, 4] or [count, 4, 4] of float32
                or unsigned integers. Matrices are rows first, as in numpy;
                the file has columns first.
            target: ``VERTICES``, ``INDICES`` or None.
            bounds: also state the smallest and largest value of each
                component (positions and times must).
        """
        values = np.asarray(values)
        name = _TYPES[values.shape[1:]]
        accessor = {
            "bufferView": len(self._views),
            "componentType": _CODES[values.dtype.newbyteorder("<")],
            "count": len(values),
            "type": name,
        }
        if bounds:
            flat = values.reshape(len(values), -1)
            accessor["min"] = flat.min(axis=0).tolist()
            accessor["max"] = flat.max(axis=0).tolist()
        if name == "MAT4":
            values = values.swapaxes(1, 2)
        data = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        view = {
            "buffer": 0,
            "byteOffset": len(self._binary),
            "byteLength": data.nbytes,
        }
        self._views.append(
            view if target is None else view | {"target": target}
        )
        self._accessors.append(accessor)
        self._binary += data.tobytes()
        self._binary += bytes(-len(self._binary) % 4)  # views start at 4 bytes
        return len(self._accessors) - 1

    def write(self, document: dict, path) -> Path:
        """Write the document and all arrays as one file."""
        document = document | {
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._binary)}],
        }
        text = json.dumps(document, separators=(",", ":"), allow_nan=False)
        text = text.encode("ascii")
        text += b" " * (-len(text) % 4)
        chunks = b""
        for kind, data in ((_JSON, text), (_BINARY, bytes(self._binary))):
            chunks += struct.pack("<I4s", len(data), kind) + data
        header = struct.pack("<4sII", _MAGIC, _VERSION, 12 + len(chunks))
        with written_whole(path) as partial:
            partial.write_bytes(header + chunks)
        return Path(path)


class GlbFile:
    """A GLB file in memory, whole and within its own bounds.

    Args:
        path: file to read.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not a GLB of version 2, empty, truncated, or too large.
    """

    def __init__(self, path):
        self.path = Path(path)
        chunks = self._chunks(self._content())
        kinds = [kind for kind, _ in chunks]
        if kinds[:2] != [_JSON, _BINARY]:
            raise ValueError(
                f"{path} must hold a JSON chunk and then a binary one"
            )
        try:
            self.document = json.loads(chunks[0][1].decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"{path} is damaged: its JSON does not parse ({error})"
            ) from error
        self._binary = chunks[1][1]

    def _content(self) -> bytes:
        if not self.path.is_file():
            raise FileNotFoundError(f"there is no GLB file {self.path}")
        size = self.path.stat().st_size
        if not 0 < size <= MAX_BYTES:
            raise ValueError(
                f"{self.path} must hold 1 to {MAX_BYTES:,} bytes, got {size:,}"
            )
        content = self.path.read_bytes()
        if len(content) < 12 or content[:4] != _MAGIC:
            raise ValueError(
                f"{self.path} is not a GLB file (binary glTF): it must start "
                "with the letters glTF"
            )
        version, length = struct.unpack_from("<II", content, 4)
        if version != _VERSION:
            raise ValueError(f"{self.path} must be glTF 2, got {version}")
        if length != len(content):
            raise ValueError(
                f"{self.path} is truncated or damaged: it says it has "
                f"{length:,} bytes and has {len(content):,}"
            )
        return content

    def _chunks(self, content: bytes) -> list[tuple[bytes, bytes]]:
        chunks, at = [], 12
        while at < len(content):
            head, start = content[at : at + 8], at + 8
            whole = len(head) == 8
            size, kind = struct.unpack("<I4s", head) if whole else (0, b"")
            at = start + size
            if not whole or at > len(content):
                raise ValueError(
                    f"{self.path} is damaged: a chunk ends beyond the file"
                )
            chunks.append((kind, content[start:at]))
        return chunks

    def array(self, number: int) -> np.ndarray:
        """The values of an accessor, matrices rows first.

        Raises:
            ValueError: they lie outside the file, or are of a kind that we
                never write. KeyError, IndexError, TypeError: the document is
                not glTF.
        """
        accessor = _item(self.document["accessors"], number)
        view = _item(self.document["bufferViews"], accessor["bufferView"])
        shape = _SHAPES.get(accessor["type"])
        dtype = _COMPONENTS.get(accessor["componentType"])
        if shape is None or dtype is None or "sparse" in accessor:
            raise ValueError(f"accessor {number} is of a kind not read here")
        count = _whole(accessor["count"])
        inner = _whole(accessor.get("byteOffset", 0))
        start = _whole(view.get("byteOffset", 0)) + inner
        size = count * int(np.prod(shape)) * dtype.itemsize
        inside = inner + size <= _whole(view["byteLength"])
        if not inside or start + size > len(self._binary):
            raise ValueError(f"accessor {number} lies outside the file")
        values = np.frombuffer(
            self._binary, dtype, count=size // dtype.itemsize, offset=start
        ).reshape(count, *shape)
        return values.swapaxes(1, 2) if len(shape) == 2 else values


def _item(items: list, number: int):
    """``items[number]``, where a negative number is an error, not the end."""
    return items[_whole(number)]


def _whole(value) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"a count or place must be 0 or more, got {value!r}")
    return value
