"""JPEG by either encoder: the same picture, and one line for what has no JPEG."""

import sys
import types

import cv2
import numpy as np
import pytest

from lightweight_openpose.video import jpeg
from lightweight_openpose.video.jpeg import encode_jpeg

RAMP = np.dstack([np.tile(np.arange(0, 256, 4, dtype=np.uint8), (48, 1))] * 3)  # (48, 64, 3)


@pytest.fixture(autouse=True)
def forget():
    jpeg._turbojpeg.cache_clear()
    yield
    jpeg._turbojpeg.cache_clear()


def turbojpeg(monkeypatch, encoder):
    module = types.ModuleType("turbojpeg")
    module.TurboJPEG, module.TJSAMP_420 = encoder, 2
    monkeypatch.setitem(sys.modules, "turbojpeg", module)


@pytest.mark.parametrize("quality, error", [(95, 2), (20, 12)])
def test_opencv_encodes_where_there_is_no_turbojpeg(monkeypatch, quality, error):
    monkeypatch.setitem(sys.modules, "turbojpeg", None)
    decoded = cv2.imdecode(np.frombuffer(encode_jpeg(RAMP, quality), np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape == RAMP.shape
    assert np.abs(decoded.astype(int) - RAMP).mean() < error


def test_a_lower_quality_is_a_smaller_file(monkeypatch):
    monkeypatch.setitem(sys.modules, "turbojpeg", None)
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    assert len(encode_jpeg(noise, 20)) < len(encode_jpeg(noise, 80)) / 2


def test_turbojpeg_is_taken_where_it_is(monkeypatch):
    class Encoder:
        def encode(self, image, quality, jpeg_subsample):
            assert image.flags.c_contiguous and image.shape == (48, 32, 3)
            return b"%d %d" % (quality, jpeg_subsample)

    turbojpeg(monkeypatch, Encoder)
    assert encode_jpeg(RAMP[:, ::2], 70) == b"70 2"


@pytest.mark.parametrize(
    "fault",
    [
        RuntimeError("Unable to locate turbojpeg library automatically."),
        AttributeError("libturbojpeg.so.0: undefined symbol: tj3Init"),
    ],
)
def test_turbojpeg_without_a_library_that_fits_is_none(monkeypatch, fault):
    def fail():
        raise fault

    turbojpeg(monkeypatch, fail)
    assert encode_jpeg(RAMP, 80)[:2] == b"\xff\xd8"


@pytest.mark.parametrize("shape", [(0, 10, 3), (1, 65501, 3)])
def test_a_size_that_jpeg_does_not_have_is_refused(shape):
    with pytest.raises(ValueError, match=f"{shape[1]} x {shape[0]} pixels is no JPEG"):
        encode_jpeg(np.zeros(shape, np.uint8), 80)
