"""Pictures are written whole or not at all."""
import contextlib
import resource
import struct

import cv2
import numpy as np
import pytest

from lightweight_openpose.video import images
from lightweight_openpose.video.images import BadImage, decode_picture, write_image


@contextlib.contextmanager
def disk_full_after(size):
    """Files cannot become longer than this [bytes]."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


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


def opencv_reduces():
    data = cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))[1]
    return len(cv2.imdecode(data, cv2.IMREAD_REDUCED_COLOR_2)) == 8


@pytest.mark.parametrize("shape", [(120, 200), (121, 203), (9, 5)])
@pytest.mark.parametrize("times", [1, 2, 4])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_comes_out_smaller_and_says_how_large_the_picture_is(shape, times, orientation):
    rng = np.random.default_rng(0)
    image = cv2.GaussianBlur(rng.integers(0, 256, (*shape, 3), np.uint8), (0, 0), 3)
    picture = decode_picture(turned_jpeg(image, orientation), lambda width, height: times)
    size = shape if orientation == 1 else shape[::-1]
    assert (picture.height, picture.width) == size
    assert picture.reduction == (times if opencv_reduces() else 1)
    assert picture.image.shape[:2] == tuple(-(-n // picture.reduction) for n in size)


@pytest.mark.parametrize("orientation", [1, 6])
def test_an_opencv_that_does_not_reduce_is_noticed(monkeypatch, orientation):
    monkeypatch.setattr(images, "_REDUCED", dict.fromkeys((1, 2, 4), cv2.IMREAD_COLOR))
    data = turned_jpeg(np.zeros((120, 200, 3), np.uint8), orientation)
    picture = decode_picture(data, lambda width, height: 2)
    size = (120, 200) if orientation == 1 else (200, 120)
    assert (picture.height, picture.width, picture.reduction) == (*size, 1)
    assert picture.image.shape[:2] == size


def test_other_formats_come_out_as_they_are_and_damaged_ones_are_told():
    image = np.random.default_rng(0).integers(0, 256, (120, 200, 3), np.uint8)
    picture = decode_picture(cv2.imencode(".png", image)[1].tobytes(), lambda width, height: 4)
    np.testing.assert_array_equal(picture.image, image)
    assert picture.reduction == 1
    for bad in (b"", b"\xff\xd8\xff", b"\xff\xd8\xff" + bytes(300)):
        with pytest.raises(BadImage):
            decode_picture(bad, lambda width, height: 4)
