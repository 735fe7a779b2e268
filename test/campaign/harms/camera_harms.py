"""Harm to what camera_node films, and to the node itself."""

import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import cv2
import numpy as np

from .film import Film, trials_of
from .processes import ROOT, within

sys.path.insert(0, str(ROOT / "test" / "video"))
from mjpeg_server import MjpegServer  # noqa: E402

_MOVING = [
    np.random.default_rng(i).integers(0, 255, (120, 160, 3)).astype(np.uint8) for i in range(20)
]
_SIZES = ((120, 160), (180, 240), (90, 120))  # px
_LOST, _BACK = "Trying again", "gives frames again"


class _Pictures:
    """What the camera on the network shows: moving pictures, unless told otherwise."""

    def __init__(self):
        self.usual()
        self._count = 0
        self.silent = threading.Event()

    def usual(self):
        self.frozen = False
        self.size = _SIZES[0]

    def __call__(self):
        while self.silent.is_set():
            time.sleep(0.02)
        self._count += not self.frozen
        picture = _MOVING[self._count % len(_MOVING)]
        return cv2.resize(picture, self.size[::-1])


def _film_of_server(rng, trials, make, signs):
    """Trials on a stream; make: from (pictures, restart) to harm and mend."""
    pictures = _Pictures()
    with contextlib.ExitStack() as stack:
        running = [MjpegServer(pictures, 10**6)]
        stack.callback(lambda: running[0].__exit__())
        film = Film(running[0].url)
        stack.callback(film.close)
        yield from trials_of(film, trials, *make(pictures, running), signs, rng)


def server_gone(rng, trials):
    """The stream's server ends and begins again."""

    def make(_, running):
        def mend():
            time.sleep(rng.uniform(0, 2))  # it tries in vain
            running[0] = MjpegServer(_Pictures(), 10**6, port=running[0].port)

        return (lambda: running[0].__exit__()), mend

    yield from _film_of_server(rng, trials, make, (_LOST, _BACK))


def server_silent(rng, trials):
    """The connection stays open, but nothing comes."""

    def make(pictures, _):
        return pictures.silent.set, pictures.silent.clear

    yield from _film_of_server(rng, trials, make, (_LOST, _BACK))


def frozen(rng, trials):
    """The same picture for ever."""

    def make(pictures, _):
        return (lambda: setattr(pictures, "frozen", True)), pictures.usual

    signs = ("the same picture for more than", "moves again")
    yield from _film_of_server(rng, trials, make, signs)


def other_size(rng, trials):
    """Another resolution in mid-stream, and back."""

    def make(pictures, _):
        def harm():
            pictures.size = _SIZES[1 + rng.integers(2)]
            time.sleep(0.5)

        return harm, pictures.usual

    yield from _film_of_server(rng, trials, make, ("", ""))


def file_gone(rng, trials):
    """A looped file is taken away and put back."""
    with tempfile.TemporaryDirectory() as folder:
        path, away = Path(folder, "still.png"), Path(folder, "away")
        cv2.imwrite(str(path), _MOVING[0])
        with contextlib.closing(Film(path, loop=True, hold=0.1)) as film:
            harm, mend = (lambda: path.rename(away)), (lambda: away.rename(path))
            yield from trials_of(film, trials, harm, mend, (_LOST, _BACK), rng)


class _Writer(threading.Thread):
    """Writes pictures into a pipe until it is closed."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self._path = path
        self.closed = threading.Event()
        self.start()

    def run(self):
        with contextlib.suppress(OSError), open(str(self._path), "wb") as stream:
            count = 0
            while not self.closed.wait(0.03):
                count += 1
                stream.write(cv2.imencode(".jpg", _MOVING[count % len(_MOVING)])[1].tobytes())
                stream.flush()


def pipe_closed(rng, trials):
    """Who writes into a pipe leaves, and another comes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "camera.mjpeg")
        os.mkfifo(str(path))
        writers = [_Writer(path)]
        with contextlib.closing(Film(path)) as film:
            yield from trials_of(
                film,
                trials,
                lambda: writers[-1].closed.set(),
                lambda: writers.append(_Writer(path)),
                ("stopped giving", ""),
                rng,
            )
            writers[-1].closed.set()


def _signalled(rng, trials, harm):
    """Trials of a signal to the node, which films a stream."""
    with MjpegServer(_Pictures(), 10**6) as server:
        with contextlib.closing(Film(server.url)) as film:
            if not film.flows(60, 5):
                yield "no images before any harm"
                return
            for _ in range(trials):
                time.sleep(rng.uniform(0.1, 1.0))
                reason = harm(film.node)
                yield reason or ("" if film.flows(40) else "no images after it")


def killed(rng, trials):
    """The node is killed, and started again."""

    def harm(node):
        count = len(node.exits)
        node.send_signal(signal.SIGKILL)
        return "" if within(5, lambda: len(node.exits) > count) else "it cannot be killed"

    yield from _signalled(rng, trials, harm)


def stopped(rng, trials):
    """The node stands still for five seconds."""

    def harm(node):
        node.send_signal(signal.SIGSTOP)
        time.sleep(5)
        node.send_signal(signal.SIGCONT)
        return f"it ended with {node.exits}" if node.exits else ""

    yield from _signalled(rng, trials, harm)


_AGAIN = "said once, images flow again with their calibration"
HARMS = {
    "camera-server-gone": (server_gone, _AGAIN),
    "camera-server-silent": (server_silent, _AGAIN),
    "camera-frozen": (frozen, _AGAIN),
    "camera-other-size": (other_size, "each image has the calibration of its size"),
    "camera-file-gone": (file_gone, _AGAIN),
    "camera-pipe-closed": (pipe_closed, _AGAIN),
    "camera-SIGKILL": (killed, "started again, images flow again"),
    "camera-SIGSTOP": (stopped, "images flow again"),
}
