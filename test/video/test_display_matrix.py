"""Videos of phones come upright, from files, pipes and URLs."""

import functools
import http.server
import os
import threading

import numpy as np
import pytest

pytest.importorskip("av")
from clips import PLAIN, quarters, set_display_matrix, write_clip

from lightweight_openpose.video.sources import Source
from lightweight_openpose.video.streams import stream_frames, turned

ONE = 0x10000
# Name, the matrix's [right, down] in its first two rows, and the quarters as they are shown.
SHOWN = [
    ("plain", (ONE, 0, 0, ONE), [[40, 100], [160, 220]]),
    ("clockwise", (0, ONE, -ONE, 0), [[160, 40], [220, 100]]),
    ("upside down", (-ONE, 0, 0, -ONE), [[220, 160], [100, 40]]),
    ("counterclockwise", (0, -ONE, ONE, 0), [[100, 220], [40, 160]]),
    ("mirrored", (-ONE, 0, 0, ONE), [[100, 40], [220, 160]]),
    ("flipped", (ONE, 0, 0, -ONE), [[160, 220], [40, 100]]),
    ("transposed", (0, ONE, ONE, 0), [[40, 160], [100, 220]]),
    ("transposed the other way", (0, -ONE, -ONE, 0), [[220, 100], [160, 40]]),
]
BY_NAME = pytest.mark.parametrize(
    "linear, expected", [(m, e) for _, m, e in SHOWN], ids=[name for name, *_ in SHOWN]
)


def matrix_of(linear):
    a, b, c, d = linear
    return (a, b, 0, c, d, 0, 0, 0, 0x40000000)


def quarters_of(image):
    height, width = image.shape[:2]
    centers = image[height // 4 :: height // 2, width // 4 :: width // 2, 0]
    return (20 + 60 * np.round((centers.astype(float) - 20) / 60 - 1 / 3) + 20).astype(int).tolist()


@BY_NAME
def test_an_image_is_turned_as_the_matrix_says(linear, expected):
    image = turned(quarters(), np.reshape(matrix_of(linear), (3, 3)))
    assert image.shape[:2] == ((64, 48) if linear[0] == 0 else (48, 64))
    assert quarters_of(image) == expected and image.flags.c_contiguous


def test_a_matrix_of_nothing_turns_nothing_and_a_slant_to_the_nearest_quarter():
    image = quarters()
    np.testing.assert_array_equal(turned(image, np.zeros((3, 3), int)), image)
    for degrees, expected in ((30, image), (100, np.rot90(image, -1)), (-60, np.rot90(image))):
        cos, sin = (ONE * np.array([np.cos, np.sin])[i](np.radians(degrees)) for i in (0, 1))
        slanted = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1 << 30]]).astype(int)
        np.testing.assert_array_equal(turned(image, slanted), expected)


@pytest.fixture
def phone(tmp_path):
    """phone(linear) writes an mp4 that is shown like that."""

    def write(linear):
        path = write_clip(
            tmp_path / "phone.mp4", np.arange(12) / 10, image=quarters(), movflags="faststart"
        )
        set_display_matrix(path, matrix_of(linear))
        return path

    return write


@BY_NAME
def test_the_frames_of_a_file_are_upright(phone, linear, expected):
    frames = list(Source(str(phone(linear))))
    assert len(frames) == 12
    assert all(quarters_of(frame.image) == expected for frame in frames)


def test_the_matrix_lies_where_the_test_writes_it(tmp_path):
    path = write_clip(tmp_path / "plain.mp4", [0, 0.1])
    before = path.read_bytes()
    set_display_matrix(path, PLAIN)
    assert path.read_bytes() == before


def test_a_pipe_is_upright(phone, tmp_path):
    _, linear, expected = SHOWN[1]
    content = phone(linear).read_bytes()
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(str(pipe))
    threading.Thread(target=pipe.write_bytes, args=(content,), daemon=True).start()
    found = [image for image, _ in stream_frames(str(pipe), 5, 5)]
    assert len(found) == 12 and all(quarters_of(image) == expected for image in found)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_a_url_is_upright(phone):
    _, linear, expected = SHOWN[3]
    path = phone(linear)
    handler = functools.partial(Quiet, directory=str(path.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/{path.name}"
        found = list(stream_frames(url, 5, 5))
        server.shutdown()
    assert len(found) == 12 and all(quarters_of(image) == expected for image, _ in found)
    np.testing.assert_allclose([time for _, time in found], np.arange(12) / 10, atol=1e-3)
