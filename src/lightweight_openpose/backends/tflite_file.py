"""Whether the parts of a TFLite file lie inside of it: OpenVINO reads what lies outside, too.

OpenVINO 2025.3 ends with a segmentation fault there. A TFLite file is a FlatBuffer: tables, whose
first four bytes lead back to a list of where their fields are (the vtable), and vectors, which
begin with their length; see "FlatBuffer Binary Format" in FlatBuffers' documentation.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Iterator, Optional

from .contract import Unreadable

_IDENTIFIER = b"TFL3"
# Numbers of fields in the schema of TFLite: of a model, a subgraph and a buffer.
_OPERATORS, _SUBGRAPHS, _BUFFERS = 1, 2, 4
_TENSORS, _STEPS = 0, 3
_DATA = 0
_MAX_ENTRIES = 100_000  # entries of a vector of tables


def check_tflite(path: Path) -> None:
    """Raise Unreadable for a file that is cut, or is none of TFLite."""
    data = path.read_bytes()
    try:
        if data[4:8] != _IDENTIFIER:
            raise ValueError("it does not begin as one")
        model = _number(data, 0)
        for field in (_OPERATORS, _SUBGRAPHS, _BUFFERS):
            if not list(_tables(data, model, field)):
                raise ValueError("it holds no network")
        for graph in _tables(data, model, _SUBGRAPHS):
            for field in (_TENSORS, _STEPS):
                list(_tables(data, graph, field))
        for buffer in _tables(data, model, _BUFFERS):
            place = _field(data, buffer, _DATA)
            if place is not None and place + 4 + _number(data, place) > len(data):
                raise ValueError("its weights end too soon")
    except (ValueError, struct.error) as error:
        what = "it ends too soon" if isinstance(error, struct.error) else error
        raise Unreadable(
            f"{path} cannot be read as a TFLite file, it may be damaged: {what}"
        ) from None


def _number(data: bytes, at: int, kind: str = "<I") -> int:
    """The number at a place; ValueError or struct.error where that is outside."""
    if at < 0:
        raise ValueError("a place is before its beginning")
    return struct.unpack_from(kind, data, at)[0]


def _field(data: bytes, table: int, number: int) -> Optional[int]:
    """Where the content of a field of a table begins, None where it is left out."""
    fields = table - _number(data, table, "<i")
    size = _number(data, fields, "<H")
    if size < 4 or fields + size > len(data):
        raise ValueError("a table has no list of fields")
    if 4 + 2 * number >= size:
        return None
    offset = _number(data, fields + 4 + 2 * number, "<H")
    place = table + offset
    return place + _number(data, place) if offset else None


def _tables(data: bytes, table: int, number: int) -> Iterator[int]:
    """The tables in a field that is a vector of them."""
    vector = _field(data, table, number)
    if vector is None:
        return
    count = _number(data, vector)
    if count > _MAX_ENTRIES:
        raise ValueError(f"it has a list of {count} entries")
    for index in range(count):
        place = vector + 4 + 4 * index
        entry = place + _number(data, place)
        _field(data, entry, 0)
        yield entry
