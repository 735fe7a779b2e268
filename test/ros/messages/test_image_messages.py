"""Image messages to arrays: what is refused, and before how much memory is taken. Needs ROS."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("cv_bridge", reason="ROS is not sourced")
from sensor_msgs.msg import CompressedImage

from lightweight_openpose.ros.messages.images import image_to_bgr
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
