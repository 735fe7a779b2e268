"""Whether an encoded picture holds one picture and nothing else."""

from __future__ import annotations

import re
import struct

_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNKS = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD",
    b"pHYs",
}  # fmt: skip
# Markers of JPEG: tables, sizes of frames, restart intervals, beginnings of scans.
_TABLES = {0xC4, 0xDB, 0xDD, *range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC)}
_JFIF, _ADOBE, _SCAN = 0xE0, 0xEE, 0xDA
_OF_SCANS = re.compile(rb"\xff[^\x00\xc4\xd0-\xd7\xda-\xdb\xdd\xff]")


def is_bare(data: bytes) -> bool:
    """Whether a JPEG or PNG is free of thumbnails, EXIF, texts and bytes behind its end.

    Where that is not certain it is not. Other formats are not.
    """
    try:
        if data.startswith(_PNG):
            return _png(data)
        return data.startswith(b"\xff\xd8\xff") and _jpeg(data)
    except (struct.error, IndexError):
        return False


def _png(data: bytes) -> bool:
    at = len(_PNG)
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        at += 12 + length
        if kind not in _CHUNKS or at > len(data):
            return False
        if kind == b"IEND":
            return length == 0 and at == len(data)


def _jpeg(data: bytes) -> bool:
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        length = struct.unpack_from(">H", data, at + 2)[0]
        start, at = at + 4, at + 2 + length
        if marker == _SCAN:
            end = _OF_SCANS.search(data, at)
            return end is not None and end.group() == b"\xff\xd9" and end.end() == len(data)
        of_jfif = marker == _JFIF and length == 16 and data[start : start + 5] == b"JFIF\0"
        of_adobe = marker == _ADOBE and length == 14
        if not (marker in _TABLES or of_jfif or of_adobe):
            return False
    return False
