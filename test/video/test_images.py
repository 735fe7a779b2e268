"""Pictures are written whole or not at all."""

import struct

import cv2
import numpy as np
import pytest

from full_disks import disk_full_after
from lightweight_openpose.video import images
from lightweight_openpose.video.images import BadImage, decode_image, decode_picture, write_image


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
@pytest.mark.parametrize("short", [1, 300])
def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path, suffix, short):
    image = np.random.default_rng(0).integers(0, 256, (100, 100, 3), np.uint8)
    path = tmp_path / f"a{suffix}"
    write_image(path, np.zeros((8, 8, 3), np.uint8))
    before = path.read_bytes()
    length = len(cv2.imencode(suffix, image)[1])
    with disk_full_after(length - short), pytest.raises(OSError, match="File too large"):
        write_image(path, image)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    write_image(path, image)
    assert cv2.imread(str(path)).shape == image.shape


def test_an_unknown_format_is_told(tmp_path):
    with pytest.raises(OSError, match="cannot write the picture .*a.nonsense: unknown format"):
        write_image(tmp_path / "a.nonsense", np.zeros((8, 8, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []


def turned_jpeg(image, orientation):
    """The bytes of a JPEG that says in EXIF how it is to be turned."""
    data = cv2.imencode(".jpg", image)[1].tobytes()
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


EXIF = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
UPRIGHT = {  # EXIF's orientation -> the stored picture as it is to be seen
    1: lambda i: i,
    2: lambda i: cv2.flip(i, 1),
    3: lambda i: cv2.rotate(i, cv2.ROTATE_180),
    4: lambda i: cv2.flip(i, 0),
    5: lambda i: cv2.transpose(i),
    6: lambda i: cv2.rotate(i, cv2.ROTATE_90_CLOCKWISE),
    7: lambda i: cv2.rotate(cv2.transpose(i), cv2.ROTATE_180),
    8: lambda i: cv2.rotate(i, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def exif(orientation):
    return EXIF.replace(struct.pack("<HH", 6, 0), struct.pack("<HH", orientation, 0))


def webp_with(image, tags):
    data = cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, 95])[1].tobytes()
    height, width = image.shape[:2]
    flags = bytes([8, 0, 0, 0])  # it has EXIF
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    chunks = b"VP8X" + struct.pack("<I", 10) + flags + size + data[12:]
    chunks += b"EXIF" + struct.pack("<I", len(tags)) + tags + bytes(len(tags) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def turned_tiff(image, orientation):
    """OpenCV's own TIFF with one more entry in its directory."""
    uncompressed = [cv2.IMWRITE_TIFF_COMPRESSION, 1]
    data = bytearray(cv2.imencode(".tif", image, uncompressed)[1].tobytes())
    at = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, at)[0]
    entries = [bytes(data[at + 2 + 12 * i : at + 14 + 12 * i]) for i in range(count)]
    entries = [e for e in entries if e[:2] != struct.pack("<H", 0x0112)]
    entries.append(struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0))
    entries.sort(key=lambda e: struct.unpack_from("<H", e)[0])
    data += bytes(len(data) % 2)
    data[4:8] = struct.pack("<I", len(data))
    return bytes(data) + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("kind", ["jpeg", "webp", "webp with prefix", "tiff", "tiff of 16 bits"])
def test_pictures_are_turned_as_their_exif_says(kind, orientation):
    image = cv2.resize(np.random.default_rng(0).integers(0, 256, (3, 5, 3), np.uint8), (60, 36))
    data = {
        "jpeg": lambda: turned_jpeg(image, orientation),
        "webp": lambda: webp_with(image, exif(orientation)),
        "webp with prefix": lambda: webp_with(image, b"Exif\0\0" + exif(orientation)),
        "tiff": lambda: turned_tiff(image, orientation),
        "tiff of 16 bits": lambda: turned_tiff(image.astype(np.uint16) * 257, orientation),
    }[kind]()
    expected = UPRIGHT[orientation](image)
    for seen in (decode_image(data), decode_picture(data).image):
        assert seen.shape == expected.shape
        assert np.abs(seen.astype(int) - expected).mean() < 12
    stored = decode_image(data, cv2.IMREAD_UNCHANGED)
    assert stored.shape == image.shape or kind.startswith("tiff")  # OpenCV turns those always


def test_a_webp_without_a_readable_orientation_is_not_turned():
    image = np.zeros((20, 30, 3), np.uint8)
    assert decode_image(webp_with(image, exif(6))).shape == (30, 20, 3)
    whole = exif(6)
    for cut in range(16):  # before the end of the entry
        assert decode_image(webp_with(image, whole[:cut])).shape == (20, 30, 3)
    assert decode_image(webp_with(image, exif(99))).shape == (20, 30, 3)


def opencv_reduces():
    data = cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))[1]
    return len(cv2.imdecode(data, cv2.IMREAD_REDUCED_COLOR_2)) == 8


@pytest.mark.parametrize("shape", [(120, 200), (121, 203), (9, 5)])
@pytest.mark.parametrize("times", [1, 2, 4])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_comes_out_smaller_and_says_how_large_the_picture_is(shape, times, orientation):
    rng = np.random.default_rng(0)
    image = cv2.GaussianBlur(rng.integers(0, 256, (*shape, 3), np.uint8), (0, 0), 3)
    picture = decode_picture(turned_jpeg(image, orientation), times)
    size = shape if orientation == 1 else shape[::-1]
    assert (picture.height, picture.width) == size
    assert picture.reduction == (times if opencv_reduces() else 1)
    assert picture.image.shape[:2] == tuple(-(-n // picture.reduction) for n in size)


@pytest.mark.parametrize("orientation", [1, 6])
def test_an_opencv_that_does_not_reduce_is_noticed(monkeypatch, orientation):
    monkeypatch.setattr(images, "_REDUCED", dict.fromkeys((1, 2, 4), cv2.IMREAD_COLOR))
    data = turned_jpeg(np.zeros((120, 200, 3), np.uint8), orientation)
    picture = decode_picture(data, 2)
    size = (120, 200) if orientation == 1 else (200, 120)
    assert (picture.height, picture.width, picture.reduction) == (*size, 1)
    assert picture.image.shape[:2] == size


def test_other_formats_come_out_as_they_are_and_damaged_ones_are_told():
    image = np.random.default_rng(0).integers(0, 256, (120, 200, 3), np.uint8)
    picture = decode_picture(cv2.imencode(".png", image)[1].tobytes(), 4)
    np.testing.assert_array_equal(picture.image, image)
    assert picture.reduction == 1
    for bad in (b"", b"\xff\xd8\xff", b"\xff\xd8\xff" + bytes(300)):
        with pytest.raises(BadImage):
            decode_picture(bad, 4)
