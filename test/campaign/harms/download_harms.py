"""Downloads that are cut, slowed, moved and replaced: never half a file in place."""

import hashlib
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from lightweight_openpose.zoo import transfer
from lightweight_openpose.zoo.catalogue import BadDownload, ModelEntry, ModelFile
from lightweight_openpose.zoo.download import fetch

_DATA = np.random.default_rng(0).integers(0, 256, 300_000, np.uint8).tobytes()
_SHA = hashlib.sha256(_DATA).hexdigest()
_PATIENCE = 0.5  # s without a byte, after which a download is given up


class _Server(ThreadingHTTPServer):
    """Serves the data by ranges, and does harm until `good`: at most a part, of other bytes, …"""

    daemon_threads = True
    good = False
    harm = ""
    at = 0  # bytes, where the harm is done

    def handle_error(self, *_):
        """A client that hangs up is expected."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        harm = "" if self.server.good else self.server.harm
        if harm == "moved" and self.path == "/model":
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = int((self.headers.get("Range") or "bytes=0-").split("=")[1].rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(_DATA) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(_DATA) - 1}/{len(_DATA)}")
        self.end_headers()
        self.wfile.write(self._bytes(harm, start))
        if harm == "slow":
            time.sleep(2 * _PATIENCE)
        self.close_connection = True

    def _bytes(self, harm, start):
        if harm == "replaced":
            other = bytearray(_DATA)
            other[self.server.at] ^= 1
            return bytes(other)[start:]
        part = self.server.at if harm in ("cut", "slow") else len(_DATA)
        return _DATA[start : start + part]

    def log_message(self, *_):
        """The table is all that is said."""


def _trial(server, folder):
    """What is wrong after a download with harm, and one without."""
    url = f"http://127.0.0.1:{server.server_port}/model"
    entry = ModelEntry("m", "m.onnx", (ModelFile("m.onnx", url, len(_DATA), _SHA),))
    path, refused = folder / "m.onnx", False
    try:
        fetch(entry, folder)
    except BadDownload as error:
        refused = True
        if "\n" in str(error):
            return "the error is more than a line"
    if path.exists() and path.read_bytes() != _DATA:
        return "a wrong file is in place"
    if refused == path.exists():
        return "an error and a file" if refused else "no error and no file"
    if refused != (server.harm == "replaced"):
        return f"{'an' if refused else 'no'} error"
    server.good = True
    fetch(entry, folder)
    return "" if path.read_bytes() == _DATA else "not whole the next time"


def _trials(harm, rng, trials):
    server = _Server(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    before, transfer.TIMEOUT = transfer.TIMEOUT, _PATIENCE
    try:
        for _ in range(trials):
            server.good, server.harm = False, harm
            server.at = int(rng.integers(len(_DATA) // 15, len(_DATA)))
            with tempfile.TemporaryDirectory() as folder:
                yield _trial(server, Path(folder))
    finally:
        transfer.TIMEOUT = before
        server.shutdown()
        server.server_close()


def cut(rng, trials):
    """Each connection ends after so many bytes."""
    yield from _trials("cut", rng, trials)


def slow(rng, trials):
    """After so many bytes nothing comes any more."""
    yield from _trials("slow", rng, trials)


def moved(rng, trials):
    """The file is at another address."""
    yield from _trials("moved", rng, trials)


def replaced(rng, trials):
    """One bit of the file is another."""
    yield from _trials("replaced", rng, trials)


HARMS = {
    "download-cut": (cut, "resumed until it is whole"),
    "download-slow": (slow, "resumed until it is whole"),
    "download-moved": (moved, "followed"),
    "download-replaced": (replaced, "one line of error, nothing in place, whole the next time"),
}
