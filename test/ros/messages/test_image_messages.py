"""Image messages to arrays: what is refused, and before how much memory is taken. Needs ROS."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("sensor_msgs", reason="ROS is not sourced")
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from lightweight_openpose.ros.messages.images import (
    bgr_to_image,
    image_to_bgr,
    image_to_picture,
    size_of_image,
)
from lightweight_openpose.video import image_size
from lightweight_openpose.video.bit_depth import BitsInUse
from lightweight_openpose.video.images import BadImage

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "video"))
import bombs  # noqa: E402

IMAGE = np.random.default_rng(0).integers(0, 255, (37, 53, 3)).astype(np.uint8)
DECODE = """
import resource, sys
from sensor_msgs.msg import CompressedImage
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.video.images import BadImage
msg = CompressedImage(format="png", data=open(sys.argv[1], "rb").read())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    image_to_bgr(msg)
except BadImage as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, error)
"""


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".bmp"])
def test_compressed_images_of_every_usual_format(suffix):
    msg = CompressedImage(format="any", data=cv2.imencode(suffix, IMAGE)[1].tobytes())
    image = image_to_bgr(msg)
    assert image.shape == IMAGE.shape and image.dtype == np.uint8


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"nonsense", bytes(1000)])
def test_what_is_no_picture_is_refused_with_its_format(data):
    with pytest.raises(BadImage, match="format 'jpeg': .* cannot be decoded"):
        image_to_bgr(CompressedImage(format="jpeg", data=data))


def test_a_bomb_costs_no_memory(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(bombs.png(9000, 9000))
    result = subprocess.run(
        [sys.executable, "-c", DECODE, str(path)], text=True, check=True, stdout=subprocess.PIPE
    )
    kilobytes, _, error = result.stdout.partition(" ")
    assert int(kilobytes) < 20_000
    assert error.startswith("compressed image of format 'png': a picture of 9000x9000 px")


HEIGHT, WIDTH = 48, 64
COLOUR = cv2.resize(np.random.default_rng(1).integers(0, 256, (4, 6, 3), np.uint8), (WIDTH, HEIGHT))


def luma():
    """COLOUR as OpenCV's I420: rows of brightness, then a quarter each of both colours."""
    return cv2.cvtColor(COLOUR, cv2.COLOR_BGR2YUV_I420)


def chroma():
    """(H / 2, W / 2, 2) U and V."""
    u, v = luma()[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
    return np.dstack([u, v])


def mosaic(pattern):
    """What a sensor with that pattern of colours sees."""
    seen = np.zeros((HEIGHT, WIDTH), np.uint8)
    for i, colour in enumerate(pattern):
        row, column = divmod(i, 2)
        seen[row::2, column::2] = COLOUR[row::2, column::2, "bgr".index(colour)]
    return seen


def pairs(*order):
    """Two bytes a pixel: brightness and, in turn, one of both colours."""
    wide = cv2.resize(chroma(), (WIDTH // 2, HEIGHT), interpolation=cv2.INTER_NEAREST)
    values = {
        "y0": luma()[:HEIGHT, ::2],
        "y1": luma()[:HEIGHT, 1::2],
        "u": wide[..., 0],
        "v": wide[..., 1],
    }
    return np.dstack([values[name] for name in order]).reshape(HEIGHT, WIDTH, 2)


def grey():
    return cv2.cvtColor(COLOUR, cv2.COLOR_BGR2GRAY)


def in_bits(image, bits):
    return np.round(image / 255.0 * ((1 << bits) - 1)).astype(np.uint16)


RGB = COLOUR[..., ::-1]
ALPHA = np.full((HEIGHT, WIDTH, 1), 7, np.uint8)
# Encoding -> rows of pixels of the whole COLOUR.
ENCODED = {
    "bgr8": COLOUR,
    "8UC3": COLOUR,
    "rgb8": RGB,
    "bgra8": np.dstack([COLOUR, ALPHA]),
    "8UC4": np.dstack([COLOUR, ALPHA]),
    "rgba8": np.dstack([RGB, ALPHA]),
    "bgr16": in_bits(COLOUR, 16),
    "16UC3": in_bits(COLOUR, 12),
    "rgb16": in_bits(RGB, 12),
    "bgra16": in_bits(np.dstack([COLOUR, ALPHA]), 16),
    "16UC4": in_bits(np.dstack([COLOUR, ALPHA]), 16),
    "rgba16": in_bits(np.dstack([RGB, ALPHA]), 10),
    **{f"bayer_{p}8": mosaic(p) for p in ("rggb", "bggr", "gbrg", "grbg")},
    **{f"bayer_{p}16": in_bits(mosaic(p), 12) for p in ("rggb", "bggr", "gbrg", "grbg")},
    "yuv422": pairs("u", "y0", "v", "y1"),
    "uyvy": pairs("u", "y0", "v", "y1"),
    "yuv422_yuy2": pairs("y0", "u", "y1", "v"),
    "yuyv": pairs("y0", "u", "y1", "v"),
    "yuy2": pairs("y0", "u", "y1", "v"),
}
GREY = {
    "mono8": grey(),
    "8UC1": grey(),
    "mono16": in_bits(grey(), 16),
    "16UC1": in_bits(grey(), 10),
}
APART = {  # brightness, and rows of colour below it
    "nv12": (luma()[:HEIGHT], chroma().reshape(HEIGHT // 2, WIDTH)),
    "nv21": (luma()[:HEIGHT], chroma()[..., ::-1].reshape(HEIGHT // 2, WIDTH)),
    "nv24": (luma()[:HEIGHT], chroma().repeat(2, 0).repeat(2, 1).reshape(HEIGHT, 2 * WIDTH)),
}


def message(encoding, values, pad=0, big=0):
    values = values if values.ndim == 3 else values[..., None]
    order = ">" if big else "<"
    rows = [row.astype(row.dtype.newbyteorder(order)).tobytes() + b"\xee" * pad for row in values]
    return Image(
        height=HEIGHT,
        width=WIDTH,
        encoding=encoding,
        is_bigendian=big,
        step=len(rows[0]),
        data=b"".join(rows),
    )


def apart(encoding, pad=0, big=0):
    brightness, colour = APART[encoding]
    pads = pad, pad * colour.shape[1] // WIDTH
    rows = [
        row.tobytes() + b"\xee" * p for plane, p in zip((brightness, colour), pads) for row in plane
    ]
    return Image(
        height=HEIGHT,
        width=WIDTH,
        encoding=encoding,
        is_bigendian=big,
        step=WIDTH + pad,
        data=b"".join(rows),
    )


def every():
    for encoding, values in ENCODED.items():
        yield encoding, COLOUR, lambda pad, big, e=encoding, v=values: message(e, v, pad, big)
    for encoding, values in GREY.items():
        expected = cv2.cvtColor(grey(), cv2.COLOR_GRAY2BGR)
        yield encoding, expected, lambda pad, big, e=encoding, v=values: message(e, v, pad, big)
    for encoding in APART:
        yield encoding, COLOUR, lambda pad, big, e=encoding: apart(e, pad, big)


EVERY = [pytest.param(*case, id=case[0]) for case in every()]


@pytest.mark.parametrize("encoding, expected, made", EVERY)
def test_each_encoding_shows_the_same_picture_with_padding_and_in_either_byte_order(
    encoding, expected, made
):
    plain = image_to_bgr(made(0, 0))
    assert plain.shape == (HEIGHT, WIDTH, 3) and plain.dtype == np.uint8
    assert np.abs(plain.astype(int) - expected).mean() < 5
    for pad, big in ((0, 1), (32, 0), (7, 1), (1, 0)):
        np.testing.assert_array_equal(image_to_bgr(made(pad, big)), plain)
    picture = image_to_picture(made(8, 0), 4)
    np.testing.assert_array_equal(picture.image, plain)
    assert picture.reduction == 1


@pytest.mark.parametrize("encoding, expected, made", EVERY)
def test_the_last_row_needs_no_padding_and_everything_else_is_needed(encoding, expected, made):
    msg = made(8, 0)
    whole = image_to_bgr(msg)
    padding = 16 if encoding == "nv24" else 8
    msg.data = msg.data[:-padding]
    np.testing.assert_array_equal(image_to_bgr(msg), whole)
    msg.data = msg.data[:-1]
    with pytest.raises(BadImage, match=f"too short: .* bytes, .* expected .* in {encoding} with"):
        image_to_bgr(msg)


@pytest.mark.parametrize("encoding, expected, made", EVERY)
def test_a_step_of_less_than_a_row_is_named(encoding, expected, made):
    msg = made(0, 0)
    msg.step -= 1
    with pytest.raises(BadImage, match=f"step .* less than the .* bytes .* {encoding} takes"):
        image_to_bgr(msg)


@pytest.mark.parametrize(
    "encoding",
    ["bgr8", "rgb8", "mono8", "mono16", "rgba8", "yuv422", "bayer_rggb8", "bayer_grbg8", "bgr16"],
)
def test_whole_rows_come_out_as_cv_bridge_has_them(encoding):
    values = {**ENCODED, **GREY}[encoding]
    msg = message(encoding, values)
    expected = pytest.importorskip("cv_bridge").CvBridge().imgmsg_to_cv2(msg, "bgr8")
    np.testing.assert_array_equal(image_to_bgr(msg), expected)


@pytest.mark.parametrize(
    "encoding, said",
    [
        (
            "32FC1",
            "'32FC1' is no picture: remap image:= to the colour image .depth goes to depth:=.",
        ),
        ("8SC3", "is no picture"),
        ("8UC2", "is no picture"),
        ("i420", "unknown image encoding 'i420': have the driver send bgr8, rgb8 or mono8"),
        ("BGR9", "unknown image encoding 'BGR9'"),
        ("", "unknown image encoding ''"),
    ],
)
def test_an_encoding_that_is_not_read_is_named_with_the_remedy(encoding, said):
    with pytest.raises(BadImage, match=said):
        image_to_bgr(Image(height=2, width=2, encoding=encoding, step=64, data=bytes(128)))


@pytest.mark.parametrize(
    "encoding, width, height",
    [
        ("nv12", 63, 48),
        ("nv21", 64, 47),
        ("nv24", 63, 48),
        ("yuv422", 63, 48),
        ("yuyv", 63, 48),
    ],
)
def test_shared_colours_need_an_even_size(encoding, width, height):
    msg = Image(height=height, width=width, encoding=encoding, step=128, data=bytes(128 * 200))
    with pytest.raises(BadImage, match=f"{width}x{height} px in {encoding}.*expected an even size"):
        image_to_bgr(msg)


def test_a_camera_of_12_bits_stays_one_in_the_dark():
    camera = BitsInUse()
    bright = message("mono16", in_bits(grey(), 12))
    dark = message("mono16", np.full((HEIGHT, WIDTH), 400, np.uint16))
    image_to_bgr(bright, camera)
    assert image_to_bgr(dark, camera).max() == round(400 * 255 / 4095)
    assert image_to_bgr(dark).max() == round(400 * 255 / 1023)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("form", ["mono16; png compressed ", "16UC1; png compressed", "png"])
def test_compressed_images_of_16_bits_are_not_black(bits, form):
    data = cv2.imencode(".png", in_bits(grey(), bits))[1].tobytes()
    image = image_to_bgr(CompressedImage(format=form, data=data))
    assert np.abs(image[..., 0].astype(int) - grey()).max() <= 1


@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
@pytest.mark.parametrize("suffix, bits", [(".jpg", 8), (".png", 8), (".png", 16)])
def test_a_mosaic_that_was_compressed_as_it_is_gets_its_colours(pattern, suffix, bits):
    values = mosaic(pattern) if bits == 8 else in_bits(mosaic(pattern), 12)
    data = cv2.imencode(suffix, values, [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes()
    for form in (f"bayer_{pattern}{bits}; {suffix[1:]} compressed ", f"bayer_{pattern}{bits}"):
        msg = CompressedImage(format=form, data=data)
        raw = image_to_bgr(message(f"bayer_{pattern}{bits}", values))
        assert np.abs(image_to_bgr(msg).astype(int) - raw).mean() < 2
        picture = image_to_picture(msg, 4)
        assert picture.image.shape == (HEIGHT, WIDTH, 3) and picture.reduction == 1


@pytest.mark.parametrize(
    "form",
    [
        "bayer_rggb8; jpeg compressed bgr8",
        "bayer_rggb8; jpeg compressed",
        "rgb8; jpeg compressed bgr8",
        "jpeg",
        "",
    ],
)
def test_what_was_compressed_with_colours_keeps_them(form):
    data = cv2.imencode(".jpg", COLOUR, [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes()
    image = image_to_bgr(CompressedImage(format=form, data=data))
    assert np.abs(image.astype(int) - COLOUR).mean() < 3


@pytest.mark.parametrize("form", ["16UC1; compressedDepth png", "32FC1; compressedDepth rvl"])
def test_depth_is_no_picture(form):
    with pytest.raises(BadImage, match="is depth and no picture: remap image:= to the colour"):
        image_to_bgr(CompressedImage(format=form, data=bytes(40)))


def test_an_image_made_of_bgr_is_read_back():
    padded = np.zeros((HEIGHT, WIDTH + 9, 3), np.uint8)
    padded[:, :WIDTH] = COLOUR
    msg = bgr_to_image(padded[:, :WIDTH], Header(frame_id="eye"))
    assert (msg.encoding, msg.step, msg.header.frame_id) == ("bgr8", 3 * WIDTH, "eye")
    np.testing.assert_array_equal(image_to_bgr(msg), COLOUR)


def test_the_header_of_a_jpeg_is_read_once_on_its_way_through_the_pipeline(monkeypatch):
    read, jpeg = [], b"\xff\xd8\xff"
    reader = image_size._READERS[jpeg]
    monkeypatch.setitem(image_size._READERS, jpeg, lambda data: read.append(1) or reader(data))
    data = cv2.imencode(".jpg", np.zeros((60, 80, 3), np.uint8))[1].tobytes()
    msg = CompressedImage(format="jpeg", data=data)
    size = size_of_image(msg)
    picture = image_to_picture(msg, 2, size=size)
    assert (picture.width, picture.height) == size == (80, 60) and len(read) == 1
