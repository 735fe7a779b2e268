"""How large an encoded picture will be, from its header alone.

Decoders take memory for what a header announces, and OpenCV's own limit lies at 2^30 pixels. It
has no function that reads a header only; Pillow has one, but would be a dependency for this alone.
"""

from __future__ import annotations

import re
import struct
from typing import Callable, Dict, Optional, Tuple

Size = Tuple[int, int]

_PNM = re.compile(rb"P[1-7]\s+(?:#[^\n]*\n\s*)*(\d{1,10})\s+(?:#[^\n]*\n\s*)*(\d{1,10})\s")
_NOT_A_FRAME = {0xC4, 0xC8, 0xCC}  # Huffman tables, an extension, arithmetic conditioning
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257  # tags


def image_size(data: bytes) -> Optional[Size]:
    """(width, height) [px] that a JPEG, PNG, WebP, TIFF, BMP or PNM announces.

    None for other formats and where the header is cut or makes no sense.
    """
    for start, reader in _READERS.items():
        if data.startswith(start):
            try:
                return reader(data)
            except (struct.error, IndexError):
                return None
    return None


def _png(data):
    return struct.unpack_from(">II", data, 16) if data[12:16] == b"IHDR" else None


def _jpeg(data):
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in _NOT_A_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        elif marker == 0x01 or 0xD0 <= marker <= 0xD9:  # without a length
            at += 2
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _webp(data):
    kind = data[12:16]
    if kind == b"VP8X":
        least = struct.unpack_from("<HBHB", data, 24)
        return least[0] + (least[1] << 16) + 1, least[2] + (least[3] << 16) + 1
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _bmp(data):
    if struct.unpack_from("<I", data, 14)[0] == 12:  # the header of OS/2
        return struct.unpack_from("<HH", data, 18)
    width, height = struct.unpack_from("<ii", data, 18)
    return abs(width), abs(height)  # below 0: the rows come from the top


def _tiff(data):
    order = "<" if data.startswith(b"II") else ">"
    at = struct.unpack_from(order + "I", data, 4)[0]
    found = {}
    for index in range(struct.unpack_from(order + "H", data, at)[0]):
        entry = at + 2 + 12 * index
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT):
            form = "H" if kind == 3 else "I"
            found[tag] = struct.unpack_from(order + form, data, entry + 8)[0]
    return (found[_TIFF_WIDTH], found[_TIFF_HEIGHT]) if len(found) == 2 else None


def _pnm(data):
    match = _PNM.match(data[:4096])
    return (int(match.group(1)), int(match.group(2))) if match else None


_READERS: Dict[bytes, Callable[[bytes], Optional[Size]]] = {
    b"\x89PNG\r\n\x1a\n": _png,
    b"\xff\xd8\xff": _jpeg,
    b"RIFF": _webp,
    b"BM": _bmp,
    b"II*\0": _tiff,
    b"MM\0*": _tiff,
    b"P": _pnm,
}
