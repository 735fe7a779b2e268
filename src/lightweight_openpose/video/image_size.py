"""How large an encoded picture will be, from its header alone.

Decoders take memory for what a header announces, and OpenCV's own limit lies at 2^30 pixels. It
has no function that reads a header only; Pillow has one, but would be a dependency for this alone.
"""

from __future__ import annotations

import re
import struct
from typing import Callable, Dict, Iterable, List, Optional, Tuple

Size = Tuple[int, int]

_GAP = rb"(?:\s|#[^\r\n]*[\r\n])+"  # in the header of a PNM
_PNM = re.compile(rb"P[1-6Ff]" + _GAP + rb"(\d{1,10})" + _GAP + rb"(\d{1,10})\s")
_PAM = re.compile(rb"P7\s.*?^WIDTH\s+(\d{1,10})\s.*?^HEIGHT\s+(\d{1,10})\s", re.S | re.M)
_RADIANCE = re.compile(rb"^-Y\s+(\d{1,10})\s+\+X\s+(\d{1,10})\s", re.M)
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers of JPEG that are followed by the size
_BARE = {0x00, 0x01, *range(0xD0, 0xD8)}  # without a length
_PICTURE, _END = 0xDA, 0xD9
_WIDTH, _HEIGHT, _ORIENTATION = 256, 257, 274  # tags of TIFF
_NUMBERS = {3: "H", 4: "I", 16: "Q"}  # types of their values


def image_size(data: bytes) -> Optional[Size]:
    """(width, height) [px] that a JPEG, PNG, WebP, TIFF, BMP or PNM announces.

    So do JPEG 2000, AVIF, GIF, Radiance and Sun raster files. None for other formats and where the
    header is cut or makes no sense.
    """
    for start, reader in _READERS.items():
        if data.startswith(start):
            try:
                return reader(data)
            except (struct.error, IndexError, ValueError):
                return None
    return None


def _png(data: bytes) -> Optional[Size]:
    return struct.unpack_from(">II", data, 16) if data[12:16] == b"IHDR" else None


def _jpeg(data: bytes) -> Optional[Size]:
    """As libjpeg reads it: whatever stands between two segments is passed over."""
    at = 2
    while True:
        at = data.index(b"\xff", at)
        while data[at] == 0xFF:  # may be repeated
            at += 1
        marker = data[at]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 4)
            return width, height
        if marker in (_PICTURE, _END):
            return None
        at += 1 if marker in _BARE else 1 + struct.unpack_from(">H", data, at + 1)[0]


def _webp(data: bytes) -> Optional[Size]:
    kind = data[12:16]
    if kind == b"VP8X":
        extended = struct.unpack_from("<HBHB", data, 24)
        return extended[0] + (extended[1] << 16) + 1, extended[2] + (extended[3] << 16) + 1
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _bmp(data: bytes) -> Optional[Size]:
    if struct.unpack_from("<I", data, 14)[0] == 12:  # the header of OS/2
        return struct.unpack_from("<HH", data, 18)
    width, height = struct.unpack_from("<ii", data, 18)
    return abs(width), abs(height)  # below 0: the rows come from the top


def _tiff(data: bytes) -> Optional[Size]:
    tags = _tags(data)
    return (tags[_WIDTH], tags[_HEIGHT]) if {_WIDTH, _HEIGHT} <= tags.keys() else None


def _tags(data: bytes) -> Dict[int, int]:
    """Tag -> value of the first directory of a TIFF or BigTIFF, where it is one number."""
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    at = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)[0]
    count = struct.unpack_from(order + ("Q" if big else "H"), data, at)[0]
    first, length, value = (at + 8, 20, 12) if big else (at + 2, 12, 8)
    tags = {}
    for entry in range(first, min(first + length * count, len(data)), length):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if tag in (_WIDTH, _HEIGHT, _ORIENTATION) and kind in _NUMBERS:
            tags[tag] = struct.unpack_from(order + _NUMBERS[kind], data, entry + value)[0]
    return tags


def orientation(data: bytes) -> int:
    """How a WebP says in its EXIF that it is to be turned: 1 to 8, as EXIF numbers it."""
    at = 12
    try:
        while data[at : at + 4] != b"EXIF":
            at += 8 + (struct.unpack_from("<I", data, at + 4)[0] + 1) // 2 * 2
        exif = data[at + 8 :]
        return _tags(exif[6:] if exif.startswith(b"Exif\0\0") else exif).get(_ORIENTATION, 1)
    except (struct.error, IndexError):
        return 1


def _pnm(data: bytes) -> Optional[Size]:
    match = _PNM.match(data[:4096]) or _PAM.match(data[:4096])
    return (int(match.group(1)), int(match.group(2))) if match else None


def _radiance(data: bytes) -> Optional[Size]:
    match = _RADIANCE.search(data[:4096])
    return (int(match.group(2)), int(match.group(1))) if match else None


def _jpeg_2000(data: bytes) -> Optional[Size]:
    """Size of the code stream, which decoders go by; the file around it may say another."""
    places = _places(b"\xff\x4f\xff\x51", data)
    corners = [struct.unpack_from(">IIII", data, at + 4) for at in places]
    return _largest([(right - left, bottom - top) for right, bottom, left, top in corners])


def _avif(data: bytes) -> Optional[Size]:
    """Size of the largest of the pictures that make up the image."""
    if data[4:8] != b"ftyp":
        return None
    return _largest([struct.unpack_from(">II", data, at + 4) for at in _places(b"ispe", data)])


def _places(token: bytes, data: bytes) -> List[int]:
    """Where a token has ended, each time it is found."""
    return [found.end() for found in re.finditer(re.escape(token), data)]


def _largest(sizes: Iterable[Tuple[int, int]]) -> Optional[Size]:
    return max(sizes, key=lambda size: size[0] * size[1])


def _gif(data: bytes) -> Optional[Size]:
    return struct.unpack_from("<HH", data, 6)


def _sun(data: bytes) -> Optional[Size]:
    return struct.unpack_from(">II", data, 4)


_READERS: Dict[bytes, Callable[[bytes], Optional[Size]]] = {
    b"\x89PNG\r\n\x1a\n": _png,
    b"\xff\xd8\xff": _jpeg,
    b"RIFF": _webp,
    b"BM": _bmp,
    b"II*\0": _tiff,
    b"MM\0*": _tiff,
    b"II+\0": _tiff,
    b"MM\0+": _tiff,
    b"GIF8": _gif,
    b"\x59\xa6\x6a\x95": _sun,
    b"#?R": _radiance,
    b"\0\0\0\x0cjP  ": _jpeg_2000,
    b"\xff\x4f\xff\x51": _jpeg_2000,
    b"\0\0\0": _avif,
    b"P": _pnm,
}
