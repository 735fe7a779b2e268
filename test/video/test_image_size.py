"""Sizes are read from headers, and what is too large is refused before it takes memory."""

import struct
import subprocess
import sys

import bombs
import cv2
import numpy as np
import pytest

from lightweight_openpose.video.image_size import image_size
from lightweight_openpose.video.images import (
    MAX_PIXELS,
    BadImage,
    check_size,
    decode_image,
    read_image,
)
from lightweight_openpose.video.sources import Source, SourceError

IMAGE = np.random.default_rng(0).integers(0, 255, (37, 53, 3)).astype(np.uint8)


def encoded(suffix, image=IMAGE, *options):
    return cv2.imencode(suffix, image, list(options))[1].tobytes()


@pytest.mark.parametrize(
    "data",
    [
        encoded(".jpg"),
        encoded(".jpg", IMAGE, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        encoded(".jpg", IMAGE[..., 0]),
        encoded(".png"),
        encoded(".png", IMAGE[..., 0].astype(np.uint16)),
        encoded(".webp"),
        encoded(".webp", IMAGE, cv2.IMWRITE_WEBP_QUALITY, 101),
        encoded(".webp", np.dstack([IMAGE, IMAGE[..., 0]]), cv2.IMWRITE_WEBP_QUALITY, 80),
        encoded(".tif"),
        encoded(".bmp"),
        encoded(".ppm"),
        encoded(".pgm", IMAGE[..., 0]),
    ],
)
def test_the_size_is_that_of_the_decoded_picture(data):
    assert image_size(data) == (53, 37)
    assert decode_image(data).shape == (37, 53, 3)
    cut = decoded = 0
    for length in range(0, len(data), 7):  # whatever is cut off: no error but the one expected
        try:
            decoded += decode_image(data[:length]).shape == (37, 53, 3)
        except BadImage:
            cut += 1
    assert cut + decoded == len(range(0, len(data), 7)) and cut > 0


@pytest.mark.parametrize("suffix", [".jp2", ".pam", ".pfm", ".sr", ".hdr", ".gif", ".avif"])
def test_what_opencv_decodes_is_decoded(suffix):
    image = IMAGE.astype(np.float32) if suffix in (".pfm", ".hdr") else IMAGE
    try:
        data = encoded(suffix, image)
    except cv2.error:
        pytest.skip(f"this OpenCV writes no {suffix}")
    assert image_size(data) == (53, 37)
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(decode_image(data), expected)
    for length in range(0, len(data), 11):
        try:
            decode_image(data[:length])
        except BadImage:
            pass


STRAY = {
    "a zero before the tables": (0xDB, b"\0"),
    "a byte before the size": (0xC0, b"\x12"),
    "a byte before the Huffman tables": (0xC4, b"\xfe"),
    "a byte before the picture": (0xDA, b"\xdb"),
    "608 bytes": (0xDB, b"A" * 608),
    "a stuffed FF": (0xC0, b"\xff\0\x12"),
    "FF repeated": (0xC0, b"\xff" * 9),
    "a restart": (0xC0, b"\xff\xd0"),
    "a size in no segment": (0xC0, b"\xc0\0\x11\x08\xff\0\xff\0"),
}


@pytest.mark.parametrize("name", STRAY)
def test_bytes_between_the_segments_of_a_jpeg_are_passed_over_as_libjpeg_does(name):
    marker, junk = STRAY[name]
    data = encoded(".jpg")
    at = data.index(bytes([0xFF, marker]))
    data = data[:at] + junk + data[at:]
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert expected is not None and image_size(data) == (53, 37)
    np.testing.assert_array_equal(decode_image(data), expected)


@pytest.mark.parametrize("name", STRAY)
def test_stray_bytes_do_not_hide_a_bomb(name):
    marker, junk = STRAY[name]
    data = bombs.jpeg(40000, 40000)
    at = data.index(bytes([0xFF, marker]))
    with pytest.raises(BadImage, match="of 40000x40000 px"):
        decode_image(data[:at] + junk + data[at:])


def test_a_large_tiff_is_read_too():
    """BigTIFF: a header of 16 bytes, entries of 20."""
    entry = struct.Struct("<HHQQ")
    tags = [
        (256, 3, 53),
        (257, 4, 37),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 16, 16),
        (277, 3, 1),
        (278, 3, 37),
        (279, 4, 53 * 37),
    ]
    entries = b"".join(entry.pack(tag, kind, 1, value) for tag, kind, value in tags)
    pixels = IMAGE[..., 0].tobytes()
    data = b"II" + struct.pack("<HHHQ", 43, 8, 0, 16 + len(pixels)) + pixels
    data += struct.pack("<Q", len(tags)) + entries + struct.pack("<Q", 0)
    assert image_size(data) == (53, 37)
    if tuple(int(part) for part in cv2.__version__.split(".")[:2]) < (4, 6):
        pytest.skip("OpenCV 4.5.1 reads no BigTIFF")
    np.testing.assert_array_equal(decode_image(data)[..., 0], IMAGE[..., 0])


def test_a_jpeg_2000_is_judged_by_its_code_stream():
    data = bytearray(encoded(".jp2"))
    at = data.index(b"\xff\x4f\xff\x51")
    data[at + 8 : at + 16] = struct.pack(">II", 40000, 40000)
    with pytest.raises(BadImage, match="of 40000x40000 px"):
        decode_image(bytes(data))


def test_photographs_have_the_size_that_opencv_finds(shared):
    for path in sorted((shared / "coco_val" / "images").iterdir())[:40]:
        height, width = cv2.imread(str(path), cv2.IMREAD_UNCHANGED).shape[:2]
        assert image_size(path.read_bytes()) == (width, height)


def test_odd_headers():
    exif = b"\xff\xe1" + struct.pack(">H", 2 + 60000) + b"\xff\xc0" * 30000
    data = encoded(".jpg")
    assert image_size(data[:2] + exif + b"\xff" * 5 + data[2:]) == (53, 37)
    assert image_size(b"P6# width\r53# height\n\n37 255\n" + bytes(9)) == (53, 37)
    assert image_size(b"P6 # width\n# and\n 53 # height\n37\n255\n" + bytes(9)) == (53, 37)
    upside_down = bytearray(encoded(".bmp"))
    upside_down[22:26] = struct.pack("<i", -37)
    assert image_size(bytes(upside_down)) == (53, 37)
    for data in (b"", b"GIF89a", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\0" * 50, b"II*\0\xff\xff"):
        assert image_size(data) is None


@pytest.mark.parametrize(
    "data",
    [bombs.jpeg(40000, 40000), bombs.jpeg(65535, 1200), encoded(".ppm").replace(b"53", b"9999999")],
)
def test_a_large_size_is_refused_by_its_numbers(data):
    with pytest.raises(BadImage, match=rf"of \d+x\d+ px: expected 1 to {MAX_PIXELS} pixels"):
        decode_image(data)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (8193, 8192), (-5, -5000000000)])
def test_bounds(size):
    check_size(8192, 8192)
    with pytest.raises(BadImage):
        check_size(*size)


def test_a_bomb_costs_no_memory(tmp_path):
    """A PNG of 140 kB that would take 430 MB, where a quarter of a gigabyte is left."""
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(bombs.png(12000, 12000))
    assert bomb.stat().st_size < 150_000
    code = (
        "import resource, sys\n"
        "from lightweight_openpose.video.images import BadImage, read_image\n"
        "taken = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (taken + (1 << 28),) * 2)\n"
        "try:\n    read_image(sys.argv[1])\nexcept BadImage as error:\n    print(error)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(bomb)],
        text=True,
        check=True,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin"},
    )
    assert result.stdout.strip() == (
        f"a picture of 12000x12000 px: expected 1 to {MAX_PIXELS} pixels"
    )


def test_a_folder_skips_a_bomb_and_says_why(tmp_path):
    (tmp_path / "1.png").write_bytes(bombs.jpeg(40000, 40000))
    cv2.imwrite(str(tmp_path / "2.png"), IMAGE)
    source = Source(str(tmp_path))
    assert len(list(source)) == 1
    assert "40000x40000 px" in source.unreadable[str(tmp_path / "1.png")]
    with pytest.raises(SourceError, match="1.png .* 40000x40000 px"):
        list(Source(str(tmp_path / "1.png")))
    with pytest.raises(OSError):
        read_image(tmp_path / "none.png")
