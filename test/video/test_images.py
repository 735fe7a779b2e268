"""Pictures are written whole or not at all."""
import contextlib
import resource

import cv2
import numpy as np
import pytest

from lightweight_openpose.video.images import write_image


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
