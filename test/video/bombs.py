"""Pictures of a few kilobytes that a decoder would give gigabytes to."""

import struct
import zlib

import cv2
import numpy as np


def png(width, height):
    """A whole, black 1-channel PNG; 20000x20000 takes 390 kB and would be decoded to 1.2 GB."""
    packer = zlib.compressobj(9)
    rows = bytes(1 + width) * 64
    body = b"".join(packer.compress(rows) for _ in range(height // 64))
    body += packer.compress(bytes(1 + width) * (height % 64)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def jpeg(width, height):
    """A JPEG of 8x8 px whose header announces another size."""
    data = bytearray(cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)
