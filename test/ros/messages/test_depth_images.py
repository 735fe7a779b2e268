"""Depth as drivers send it; needs ROS."""

import struct

import cv2
import numpy as np
import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
from sensor_msgs.msg import CompressedImage, Image, PointCloud2, PointField

from lightweight_openpose.ros.messages.depth import depth_to_metres, scaled_to_image
from lightweight_openpose.video.images import BadImage

METRES = np.array([[0.5, 1.0, 2.5], [np.nan, 4.0, 7.5]], np.float32)
MILLIMETRES = np.nan_to_num(METRES * 1000).astype(np.uint16)


def image(values, encoding, pad=0, big=False):
    data = values.astype(values.dtype.newbyteorder(">" if big else "<"))
    rows = [row.tobytes() + bytes(pad) for row in data]
    return Image(
        height=values.shape[0],
        width=values.shape[1],
        encoding=encoding,
        step=len(rows[0]),
        is_bigendian=big,
        data=b"".join(rows),
    )


@pytest.mark.parametrize("pad", [0, 5])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize(
    "values, encoding", [(MILLIMETRES, "16UC1"), (METRES, "32FC1"), (MILLIMETRES, "mono16")]
)
def test_images(values, encoding, pad, big):
    np.testing.assert_allclose(
        depth_to_metres(image(values, encoding, pad, big)), METRES, rtol=1e-6
    )


def test_what_rep_117_calls_unknown_is_nan():
    values = np.array([[np.inf, -np.inf, 0, -1, np.nan, 2]], np.float32)
    assert np.isnan(depth_to_metres(image(values, "32FC1"))).tolist() == [[True] * 5 + [False]]


def compressed(values, fmt, a=0.0, b=0.0):
    return CompressedImage(
        format=fmt, data=struct.pack("<iff", 0, a, b) + cv2.imencode(".png", values)[1].tobytes()
    )


def test_compressed_depth():
    got = depth_to_metres(compressed(MILLIMETRES, "16UC1; compressedDepth png"))
    np.testing.assert_allclose(got, METRES, rtol=1e-6)
    a, b = (
        100.0 * (100.0 + 1),
        1 - 100.0 * (100.0 + 1) / 10.0,
    )  # as compressed_depth_image_transport for 10 m, quantization 100
    inverse = np.where(np.isnan(METRES), 0, np.round(a / METRES + b)).astype(np.uint16)
    got = depth_to_metres(compressed(inverse, "32FC1; compressedDepth", a, b))
    np.testing.assert_allclose(got, METRES, rtol=0.01)


def rvl_number(value):
    """Nibbles of three bits each, the lowest first; the highest bit says that another follows."""
    nibbles = []
    while value > 7:
        nibbles.append(8 | value & 7)
        value >>= 3
    return [*nibbles, value]


def rvl(depth):
    """Wilson's coding: how many pixels are 0, how many are not, and the differences of those."""
    numbers, last, values = [], 0, [int(v) for v in depth.ravel()]
    while values:
        zeros = next((i for i, v in enumerate(values) if v), len(values))
        values = values[zeros:]
        known = next((i for i, v in enumerate(values) if not v), len(values))
        numbers += [zeros, known]
        for value in values[:known]:
            difference, last = value - last, value
            numbers.append(2 * difference if difference >= 0 else -2 * difference - 1)
        values = values[known:]
    nibbles = [nibble for number in numbers for nibble in rvl_number(number)]
    nibbles += [0] * (-len(nibbles) % 8)
    words = np.array(nibbles, np.uint32).reshape(-1, 8) << np.arange(28, -1, -4, dtype=np.uint32)
    return words.sum(1).astype("<u4").tobytes()


def rvl_message(depth, fmt="16UC1; compressedDepth rvl", a=0.0, b=0.0):
    size = struct.pack("<II", *depth.shape[::-1])
    return CompressedImage(format=fmt, data=struct.pack("<iff", 1, a, b) + size + rvl(depth))


def depths():
    rng = np.random.default_rng(0)
    scattered = rng.integers(0, 1 << 16, (24, 31)) * (rng.random((24, 31)) < 0.6)
    return {
        "scattered": scattered,
        "no depth": np.zeros((7, 5), int),
        "full": rng.integers(1, 1 << 16, (16, 16)),
        "begins and ends with depth": np.array([[9, 0, 0, 7]]),
        "a wall": np.full((40, 60), 2500),
        "one pixel": np.array([[65535]]),
    }


@pytest.mark.parametrize("name, depth", depths().items())
def test_rvl(name, depth):
    depth = depth.astype(np.uint16)
    got = depth_to_metres(rvl_message(depth))
    np.testing.assert_allclose(got, np.where(depth > 0, depth / 1000, np.nan), rtol=1e-6)


def test_rvl_of_inverse_distances():
    inverse = np.array([[100, 0, 250]], np.uint16)
    got = depth_to_metres(rvl_message(inverse, "32FC1; compressedDepth rvl", 500.0, 2.0))
    np.testing.assert_allclose(got, [[500 / 98, np.nan, 500 / 248]], rtol=1e-6)


@pytest.mark.parametrize("name, depth", depths().items())
def test_cut_rvl_is_named_or_still_whole(name, depth):
    msg = rvl_message(depth.astype(np.uint16))
    whole = depth_to_metres(msg)
    for length in range(12, len(msg.data), 5):
        cut = CompressedImage(format=msg.format, data=msg.data[:length])
        try:
            assert np.array_equal(depth_to_metres(cut), whole, equal_nan=True)
        except BadImage as error:
            assert "RVL" in str(error) or "truncated" in str(error)


def test_rvl_of_nonsense_is_named():
    rng = np.random.default_rng(0)
    for _ in range(200):
        noise = rng.integers(0, 256, 64).astype(np.uint8).tobytes()
        data = bytes(12) + struct.pack("<II", 8, 6) + noise
        try:
            depth = depth_to_metres(CompressedImage(format="16UC1; compressedDepth rvl", data=data))
            assert depth.shape == (6, 8)
        except BadImage as error:
            assert "RVL" in str(error)


def cloud(points, dtype="f4", extra=4):
    height, width = points.shape[:2]
    size = np.dtype(dtype).itemsize
    raw = np.zeros((height, width, 3 * size + extra), np.uint8)
    raw[..., : 3 * size] = (
        np.ascontiguousarray(points.astype(dtype)).view(np.uint8).reshape(height, width, -1)
    )
    kind = PointField.FLOAT32 if dtype == "f4" else PointField.FLOAT64
    fields = [PointField(n, i * size, kind, 1) for i, n in enumerate("xyz")]
    return PointCloud2(
        height=height,
        width=width,
        fields=fields,
        point_step=raw.shape[2],
        row_step=raw.shape[2] * width,
        data=raw.tobytes(),
    )


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_organised_clouds(dtype):
    points = np.dstack([METRES * 0.1, METRES * 0.2, METRES])
    np.testing.assert_allclose(depth_to_metres(cloud(points, dtype)), METRES, rtol=1e-6)


def broken():
    short = image(METRES, "32FC1")
    short.data = short.data[:-1]
    flat = cloud(np.dstack([METRES] * 3))
    flat.height, flat.width = 1, 6
    blind = cloud(np.dstack([METRES] * 3))
    blind.fields = blind.fields[:2]
    cut = cloud(np.dstack([METRES] * 3))
    cut.data = cut.data[:-1]
    return [
        (image(np.zeros((2, 2), np.uint8), "rgb8"), "encoding 'rgb8'"),
        (short, "bytes of data"),
        (flat, "not organised"),
        (blind, "field z"),
        (cut, "bytes of data"),
        (CompressedImage(format="jpeg", data=b"123"), "expected compressedDepth"),
        (CompressedImage(format="16UC1; compressedDepth", data=b"123"), "truncated"),
        (CompressedImage(format="16UC1; compressedDepth rvl", data=bytes(40)), "of 0x0 px"),
        (CompressedImage(format="16UC1; compressedDepth rvl", data=bytes(15)), "truncated"),
    ]


@pytest.mark.parametrize("msg, reason", broken())
def test_what_is_wrong_is_named(msg, reason):
    with pytest.raises(BadImage, match=reason):
        depth_to_metres(msg)


def test_depth_must_be_registered():
    depth = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert scaled_to_image(depth, 3, 4) is depth
    assert scaled_to_image(depth, 6, 8).shape == (6, 8)
    with pytest.raises(BadImage, match="4x3, the colour image 16x9"):
        scaled_to_image(depth, 9, 16)


def test_no_room_is_made_for_what_is_only_announced():
    """Each would take gigabytes."""
    flat = np.zeros((1, 1), np.uint16)
    png = bytearray(cv2.imencode(".png", flat)[1].tobytes())
    png[16:24] = struct.pack(">II", 24000, 24000)
    bomb = CompressedImage(format="16UC1; compressedDepth", data=bytes(12) + bytes(png))
    with pytest.raises(BadImage, match="of 24000x24000 px: expected"):
        depth_to_metres(bomb)
    with pytest.raises(BadImage, match="too large"):
        scaled_to_image(np.ones((1, 1), np.float32), 1 << 16, 1 << 16)
    field = PointField("z", 0, PointField.FLOAT32, 1)
    for step, row in ((4, 96000), (4, 0), (0, 0)):
        cloud = PointCloud2(height=24000, width=24000, fields=[field], data=bytes(4))
        cloud.point_step, cloud.row_step = step, row
        with pytest.raises(BadImage):
            depth_to_metres(cloud)


@pytest.mark.parametrize("height, width", [(0, 0), (0, 4), (4, 0), (1 << 31, 0)])
def test_depth_of_no_size_is_named(height, width):
    with pytest.raises(BadImage, match="depth image of"):
        depth_to_metres(Image(height=height, width=width, encoding="16UC1", data=b""))
    with pytest.raises(BadImage, match="point cloud of"):
        field = PointField("z", 0, PointField.FLOAT32, 1)
        depth_to_metres(PointCloud2(height=height, width=width, fields=[field], point_step=16))
