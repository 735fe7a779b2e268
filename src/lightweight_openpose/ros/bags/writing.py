"""Bags as they go: messages copied as bytes, each under the connection that it had."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Dict, Mapping, Optional, Tuple, Union

import genpy

from .reading import Record
from .rosbag_patch import Bag

_Header = Mapping[str, Union[str, bytes]]  # of a connection


class BagWriter:
    """A new bag, to be closed by `with`."""

    def __init__(self, path: Union[str, Path], compression: str):
        """compression: "none", "bz2" or "lz4". Raises OSError."""
        self._bag = Bag(str(path), "w", compression=compression)
        self._connections: Dict[tuple, object] = {}

    def __enter__(self) -> BagWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._bag.close()

    def add(self, topic: str, msg: genpy.Message, time: genpy.Time) -> None:
        """Write a message of ours."""
        header = {
            "topic": topic,
            "type": msg._type,
            "md5sum": msg._md5sum,
            "message_definition": msg._full_text,
        }
        self._under(topic, header, msg, time)

    def copy(self, record: Record, data: Optional[bytes] = None, bare: bool = False) -> None:
        """Write a message as it was, or with other bytes of the same type.

        bare: of its connection only what a player needs stays.
        """
        header: _Header = _bare(record) if bare else record.header
        # rosbag asks for the class of a type; its md5 is all that it looks at.
        kind = SimpleNamespace(_md5sum=record.md5)
        raw = (record.datatype, record.data if data is None else data, record.md5, kind)
        self._under(record.topic, header, raw, record.time)

    def _under(
        self,
        topic: str,
        header: _Header,
        msg: Union[genpy.Message, Tuple[Any, ...]],
        time: genpy.Time,
    ) -> None:
        """rosbag itself writes a topic under its first connection, also what has another type."""
        key = (topic, *sorted(header.items()))
        current = self._bag._topic_connections
        if key in self._connections:
            current[topic] = self._connections[key]
        else:
            current.pop(topic, None)
        raw = isinstance(msg, tuple)
        self._bag.write(topic, msg, time, raw=raw, connection_header=header)
        self._connections[key] = current[topic]


def _bare(record: Record) -> _Header:
    wanted = ("callerid", "latching", "message_definition", "md5sum", "type")
    kept = {name: record.header[name] for name in wanted if name in record.header}
    return {"topic": record.topic, **kept}
