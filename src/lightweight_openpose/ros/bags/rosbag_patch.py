"""rosbag that neither runs nor unpacks without bound what a bag says.

Its reader writes the message definitions in a bag as a Python module and imports that, so that who
opens a bag trusts its author, and it unpacks a compressed chunk whatever its size. Here messages
get the installed classes of the types that are read, and no class otherwise; a chunk has a limit.
The rosbag that others import in the same process stays as it is.
"""

from __future__ import annotations

import bz2
import importlib.util
from types import ModuleType, SimpleNamespace
from typing import Optional, Type

import genpy
from sensor_msgs.msg import CompressedImage, Image

from lightweight_openpose.msg import HumanPoseArray

MAX_CHUNK = 1 << 29  # bytes, unpacked: more than the largest image that is decoded takes
_KNOWN = {kind._type: kind for kind in (Image, CompressedImage, HumanPoseArray)}
_PIECE = 1 << 18  # bytes given to LZ4 at a time; each becomes 255 times as much at most


class ChunkTooLarge(ValueError):
    """A chunk of a bag has more bytes than MAX_CHUNK."""

    def __init__(self) -> None:
        super().__init__(f"a chunk of more than {MAX_CHUNK >> 20} MB")


def known_class(datatype: str, md5: str) -> Optional[Type[genpy.Message]]:
    """The installed class of a type that is read, where the md5 is that of its definition."""
    kind = _KNOWN.get(datatype)
    return kind if kind is not None and kind._md5sum == md5 else None


def _unpack_bz2(data: bytes) -> bytes:
    decompressor = bz2.BZ2Decompressor()
    unpacked = decompressor.decompress(data, MAX_CHUNK + 1)
    if len(unpacked) > MAX_CHUNK:
        raise ChunkTooLarge
    if not decompressor.eof:
        raise EOFError("a compressed chunk is cut off")
    return unpacked


def _unpack_lz4(data: bytes) -> bytes:
    decompressor = _module.roslz4.LZ4Decompressor()
    unpacked, size = [], 0
    for start in range(0, len(data), _PIECE):
        unpacked.append(decompressor.decompress(data[start : start + _PIECE]))
        size += len(unpacked[-1])
        if size > MAX_CHUNK:
            raise ChunkTooLarge
    return b"".join(unpacked)


def _load() -> ModuleType:
    """A copy of the module rosbag.bag with these functions in it.

    Raises ImportError without rosbag, and where it has not the parts that are replaced.
    """
    spec = importlib.util.find_spec("rosbag.bag")
    if spec is None or spec.loader is None:
        raise ImportError("bags need the package rosbag of ROS")
    module = importlib.util.module_from_spec(spec)  # noqa: TID251
    spec.loader.exec_module(module)
    if not all(hasattr(module, name) for name in ("_get_message_type", "bz2", "found_lz4")):
        raise ImportError(
            f"{module.__file__} is another rosbag than those of ROS Noetic, 1.15 to 1.17: bags are "
            "not read, since it might run what is in them"
        )
    replaced = {
        "_get_message_type": lambda info: known_class(info.datatype, info.md5sum),
        "bz2": SimpleNamespace(decompress=_unpack_bz2, BZ2Compressor=bz2.BZ2Compressor),
    }
    if module.found_lz4:
        roslz4 = module.roslz4
        replaced["roslz4"] = SimpleNamespace(
            decompress=_unpack_lz4,
            LZ4Compressor=roslz4.LZ4Compressor,
            LZ4Decompressor=roslz4.LZ4Decompressor,
        )
    vars(module).update(replaced)
    return module


_module = _load()
Bag = _module.Bag
Unindexed = _module.ROSBagUnindexedException
