"""Bags as they come: opened and read, or refused with the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, NamedTuple, Optional, Sequence, Tuple, Type, Union

import genpy

from .rosbag_patch import MAX_CHUNK, Bag, ChunkTooLarge, Unindexed, known_class


@dataclass(frozen=True)
class Topic:
    """What a bag has on a topic."""

    datatype: str  # such as sensor_msgs/Image
    md5: str  # of its definition
    count: int  # messages


class Record(NamedTuple):
    """One message of a bag, as bytes."""

    topic: str
    datatype: str
    md5: str  # of its definition
    data: bytes
    time: genpy.Time  # when it was recorded
    header: Dict[str, bytes]  # of the connection: callerid, latching, message_definition...

    @property
    def kind(self) -> Optional[Type[genpy.Message]]:
        """The installed class where the package reads this type, else None."""
        return known_class(self.datatype, self.md5)

    def message(self) -> genpy.Message:
        """The message of a type that is read. Raises ValueError for others and where damaged."""
        if self.kind is None:
            raise ValueError(f"{self.datatype} of definition {self.md5} is not read")
        try:
            return self.kind().deserialize(self.data)
        except Exception as error:  # damage may come out as anything
            raise ValueError(f"{self.datatype} is damaged: {_first_line(error)}") from None


class BagReader:
    """A bag to read, to be closed by `with`. What is wrong with it is a ValueError of one line."""

    def __init__(self, path: Union[str, Path]):
        """Raises ValueError with the remedy."""
        self._path = path
        self._bag = _opened(path)
        self.compression = ""  # of most chunks
        try:
            self._unpacked = self._check_chunks()
            self.compression = self._bag.get_compression_info().compression
            self.topics: Dict[str, Topic] = self._read_topics()
        except Exception as error:  # damage may come out as anything
            self._bag.close()
            raise self._damaged(error) from None

    def __enter__(self) -> BagReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._bag.close()

    def count(self, topics: Sequence[str]) -> int:
        """Messages on these topics."""
        return sum(self.topics[topic].count for topic in topics if topic in self.topics)

    def records(self, topics: Optional[Sequence[str]] = None) -> Iterator[Record]:
        """All messages in the order of their times, or those of some topics."""
        read = 0
        messages = self._messages(topics)
        while True:
            try:
                topic, raw, time, header = next(messages)
            except StopIteration:
                return
            except Exception as error:  # damage may come out as anything
                raise self._damaged(error) from None
            read += len(raw[1])
            if read > self._unpacked:
                raise self._damaged(ValueError("its index names messages again and again"))
            yield Record(topic, raw[0], raw[2], raw[1], time, header)

    def _messages(
        self, topics: Optional[Sequence[str]]
    ) -> Iterator[Tuple[str, Tuple[Any, ...], genpy.Time, Dict[str, bytes]]]:
        """Topic, what rosbag calls a raw message, time and header of the connection."""
        if topics is not None and not topics:
            return iter(())
        given = None if topics is None else list(topics)
        return iter(self._bag.read_messages(given, raw=True, return_connection_header=True))

    def _check_chunks(self) -> int:
        """Bytes of all chunks, unpacked."""
        headers = self._bag._chunk_headers.values()
        if len(headers) != len(self._bag._chunks):
            raise ValueError("its index names chunks again and again")
        if any(max(h.compressed_size, h.uncompressed_size) > MAX_CHUNK for h in headers):
            raise ChunkTooLarge
        return sum(header.uncompressed_size for header in headers)

    def _read_topics(self) -> Dict[str, Topic]:
        info = self._bag.get_type_and_topic_info()
        return {
            topic: Topic(given.msg_type, info.msg_types[given.msg_type], given.message_count)
            for topic, given in info.topics.items()
        }

    def _damaged(self, error: Exception) -> ValueError:
        path, fault = self._path, _first_line(error)
        if self.compression == "lz4" and not isinstance(error, ChunkTooLarge):
            return ValueError(
                f"{path} is compressed by lz4 in a way that ROS cannot read ({fault}); where the "
                f"Python library rosbags wrote it, its `rosbags-convert --src {path} --dst NEW.bag "
                "--compress bz2` makes a bag for ROS"
            )
        return ValueError(f"{path} is damaged ({fault}): try `rosbag reindex {path}`")


def open_bag(path: Union[str, Path]) -> BagReader:
    """Bag to read. Raises ValueError with the remedy."""
    return BagReader(path)


def check_index(path: Union[str, Path]) -> None:
    """Raise ValueError with the remedy where a player would refuse a bag."""
    _opened(path, skip_index=True).close()


def _opened(path: Union[str, Path], skip_index: bool = False) -> Bag:
    try:
        return Bag(str(path), skip_index=skip_index)
    except Unindexed:
        raise ValueError(
            f"{path} has no index, its recording was cut off: run `rosbag reindex {path}`"
        ) from None
    except Exception as error:  # damage may come out as anything
        raise ValueError(f"{path} cannot be read as a bag: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # the file is named before it
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
