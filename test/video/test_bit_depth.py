"""16-bit images are seen by the bits that their camera uses."""

import cv2
import numpy as np
import pytest

from lightweight_openpose.video.bit_depth import BitsInUse
from lightweight_openpose.video.images import decode_image, decode_picture


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_the_range_in_use_becomes_that_of_8_bits(bits):
    values = np.linspace(0, (1 << bits) - 1, 256).astype(np.uint16).reshape(16, 16)
    seen = BitsInUse().to_8_bits(values)
    assert seen.dtype == np.uint8 and seen.shape == (16, 16)
    assert np.abs(seen.astype(int).ravel() - np.arange(256)).max() <= 1


def test_a_dark_image_stays_dark_after_a_bright_one_and_each_depth_is_said_once():
    told = []
    bits = BitsInUse(told.append)
    dark = np.full((4, 4, 3), 100, np.uint16)
    bits.to_8_bits(np.full((4, 4, 3), 900, np.uint16))
    bits.to_8_bits(np.full((4, 4, 3), 4000, np.uint16))
    for _ in range(3):
        assert bits.to_8_bits(dark).max() == round(100 * 255 / 4095)
    assert [text.partition(" use ")[2].split()[0] for text in told] == ["10", "12"]
    bits.to_8_bits(np.full((4, 4, 3), 60000, np.uint16))
    assert bits.to_8_bits(dark).max() == 0 and len(told) == 2


@pytest.mark.parametrize("suffix", [".png", ".tif", ".pgm"])
@pytest.mark.parametrize("bits", [10, 12, 16])
def test_a_picture_of_16_bits_is_not_black(suffix, bits):
    values = np.linspace(0, (1 << bits) - 1, 60 * 40).astype(np.uint16).reshape(40, 60)
    data = cv2.imencode(suffix, values)[1].tobytes()
    expected = values.astype(float) * 255 / ((1 << bits) - 1)
    for image in (decode_image(data), decode_picture(data, 4).image):
        assert image.shape == (40, 60, 3) and image.dtype == np.uint8
        assert np.abs(image - expected[..., None]).max() <= 1
    camera = BitsInUse()
    camera.to_8_bits(np.full((1, 1), 65535, np.uint16))
    assert np.abs(decode_image(data, bits=camera)[..., 0] - values / 257.0).max() <= 1


def test_colours_of_16_bits_stay_what_they_are():
    image = np.zeros((8, 8, 3), np.uint16)
    image[:] = (1023, 512, 0)
    seen = decode_image(cv2.imencode(".png", image)[1].tobytes())
    assert seen[3, 3].tolist() == [255, 128, 0]
