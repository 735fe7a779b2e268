"""Downloads over a bad network: a file is there whole and as expected, or it is not there."""

import hashlib
import http.server
import socket
import threading
import time

import pytest

from lightweight_openpose.zoo import download, transfer
from lightweight_openpose.zoo.catalogue import BadDownload, ModelEntry, ModelFile

DATA = bytes(range(256)) * 2000
SHA = hashlib.sha256(DATA).hexdigest()
LOGIN = b"<!DOCTYPE html><html><body>Please log in to the hotel's network</body></html>"


class Harmful(http.server.BaseHTTPRequestHandler):
    """What a request for /NAME gets is what the function called NAME sends."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.ranges.append(self.headers.get("Range"))
        getattr(self, self.path.strip("/"))()

    def start(self):
        return int((self.headers.get("Range") or "bytes=0-").split("=")[1].rstrip("-"))

    def head(self, length=None, status=200, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def whole(self):
        start = self.start()
        if start >= len(DATA):
            return self.head(0, 416)
        extra = {"Content_Range": f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"} if start else {}
        self.head(len(DATA) - start, 206 if start else 200, **extra)
        self.wfile.write(DATA[start:])

    def cut(self):
        """A third of the whole each time, which is announced."""
        start = self.start()
        extra = {"Content_Range": f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"} if start else {}
        self.head(len(DATA) - start, 206 if start else 200, **extra)
        self.wfile.write(DATA[start : start + len(DATA) // 3])
        self.close_connection = True

    def cut_at_once(self):
        self.head(len(DATA))
        self.close_connection = True

    def cut_chunks(self):
        self.head(Transfer_Encoding="chunked")
        self.wfile.write(b"1000\r\n" + DATA[:0x1000] + b"\r\n")
        self.close_connection = True

    def without_resuming(self):
        """Ignores the range that is asked for."""
        self.head(len(DATA))
        self.wfile.write(DATA)

    def wrong_range(self):
        """Sends another part than was asked for."""
        if not self.start():
            return self.whole()
        self.head(len(DATA) - 7, 206, Content_Range=f"bytes 7-{len(DATA) - 1}/{len(DATA)}")
        self.wfile.write(DATA[7:])

    def unasked_part(self):
        """Sends the end of the file, whatever was asked for."""
        last = f"bytes {len(DATA) - 300}-{len(DATA) - 1}/{len(DATA)}"
        self.head(300, 206, Content_Range=last)
        self.wfile.write(DATA[-300:])

    def without_length(self):
        self.head(Connection="close")
        self.wfile.write(DATA[:5000])
        self.close_connection = True

    def empty(self):
        self.head(0)

    def login(self):
        self.head(len(LOGIN), Content_Type="text/html")
        self.wfile.write(LOGIN)

    def login_in_disguise(self):
        self.head(len(LOGIN), Content_Type="application/octet-stream")
        self.wfile.write(LOGIN)

    def moved_to_login(self):
        self.head(0, 302, Location="/login")

    def moved(self):
        self.head(0, 302, Location="/whole")

    def moved_for_ever(self):
        self.head(0, 302, Location="/moved_for_ever")

    def moved_to_a_file(self):
        self.head(0, 302, Location="file:///etc/passwd")

    def endless(self):
        self.head(Transfer_Encoding="chunked")
        try:
            while True:
                self.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        except OSError:
            self.close_connection = True

    def slow(self):
        """Stops after half, without a word."""
        self.head(len(DATA))
        self.wfile.write(DATA[: len(DATA) // 2])
        time.sleep(1.5)
        self.close_connection = True

    def no_http(self):
        self.wfile.write(b"\x00\x01\x02 what?\r\n\r\n")
        self.close_connection = True

    def long_line(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100000 + b"\r\n\r\n")
        self.close_connection = True

    def bad_length(self):
        self.head("many")

    def negative_length(self):
        self.head(-5)

    def silent(self):
        self.close_connection = True

    def gone(self):
        self.head(0, 404)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that hangs up is what these tests are about."""


@pytest.fixture
def server():
    httpd = Server(("127.0.0.1", 0), Harmful)
    httpd.ranges = []
    threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True).start()
    httpd.address = f"http://127.0.0.1:{httpd.server_port}/"
    yield httpd
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(transfer, "TIMEOUT", 0.5)
    monkeypatch.setattr(transfer, "LARGEST", 4 * len(DATA))


def entry(url, sha=SHA, size=len(DATA), name="model.bin"):
    return ModelEntry("m", name, (ModelFile(name, url, size, sha),))


def names(folder):
    return sorted(p.name for p in folder.iterdir())


HARMS = [
    "cut_at_once",
    "cut_chunks",
    "without_length",
    "empty",
    "login",
    "login_in_disguise",
    "moved_to_login",
    "moved_for_ever",
    "moved_to_a_file",
    "endless",
    "slow",
    "no_http",
    "long_line",
    "bad_length",
    "negative_length",
    "silent",
    "gone",
    "unasked_part",
]


@pytest.mark.parametrize("known", [True, False], ids=["hash known", "hash unknown"])
@pytest.mark.parametrize("harm", HARMS)
def test_no_harm_puts_a_file_in_place_or_pins_it(harm, known, server, tmp_path):
    facts = (SHA, len(DATA)) if known else (None, None)
    with pytest.raises(BadDownload, match="model m: ") as error:
        download.fetch(entry(server.address + harm, *facts), tmp_path)
    assert "\n" not in str(error.value)
    assert set(names(tmp_path)) <= {"model.bin.part"}
    # The next time, over a network that works, all is well.
    path = download.fetch(entry(server.address + "whole", *facts), tmp_path)
    assert path.read_bytes() == DATA
    assert names(tmp_path) == ["model.bin"] + ([] if known else ["model.bin.sha256"])


def test_a_connection_that_is_cut_goes_on_where_it_was(server, tmp_path):
    path = download.fetch(entry(server.address + "cut"), tmp_path)
    assert path.read_bytes() == DATA
    third = len(DATA) // 3
    assert server.ranges == [None] + [f"bytes={i * third}-" for i in (1, 2, 3)]


def test_what_arrived_before_the_network_went_away_is_kept(server, tmp_path):
    with pytest.raises(BadDownload, match="run the same command again"):
        download.fetch(entry(server.address + "slow"), tmp_path)
    assert (tmp_path / "model.bin.part").read_bytes() == DATA[: len(DATA) // 2]
    server.ranges.clear()
    assert download.fetch(entry(server.address + "whole"), tmp_path).read_bytes() == DATA
    assert server.ranges == [f"bytes={len(DATA) // 2}-"]


@pytest.mark.parametrize("server_does", ["without_resuming", "wrong_range", "moved"])
def test_what_a_server_makes_of_a_range_is_checked(server_does, server, tmp_path):
    (tmp_path / "model.bin.part").write_bytes(DATA[:1234])
    path = download.fetch(entry(server.address + server_does), tmp_path)
    assert path.read_bytes() == DATA and names(tmp_path) == ["model.bin"]


def test_a_beginning_of_a_file_without_a_known_hash_is_not_continued(server, tmp_path):
    (tmp_path / "model.bin.part").write_bytes(b"of another version")
    path = download.fetch(entry(server.address + "whole", None, None), tmp_path)
    assert path.read_bytes() == DATA and server.ranges == [None]


def test_a_complete_beginning_is_only_verified(server, tmp_path):
    (tmp_path / "model.bin.part").write_bytes(DATA)
    assert download.fetch(entry(server.address + "whole"), tmp_path).read_bytes() == DATA


@pytest.mark.parametrize("name", ["a.pth", "a.xml", "a.onnx"])
def test_what_is_no_model_is_not_pinned(name, server, tmp_path):
    with pytest.raises(BadDownload, match=f"{name} is no {name[2:]} file"):
        download.fetch(entry(server.address + "whole", None, None, name), tmp_path)
    assert names(tmp_path) == []


def test_a_file_that_was_replaced_on_the_server_is_refused_by_its_pin(server, tmp_path):
    unknown = entry(server.address + "whole", None, None)
    path = download.fetch(unknown, tmp_path)
    path.unlink()
    (tmp_path / "model.bin.sha256").write_text("0" * 64 + "\n")
    with pytest.raises(BadDownload, match="expected 000.*model.bin.sha256"):
        download.fetch(unknown, tmp_path)
    assert names(tmp_path) == ["model.bin.sha256"]
    (tmp_path / "model.bin.sha256").write_bytes(b"\xff\x00")
    with pytest.raises(BadDownload, match="model.bin.sha256 holds no SHA-256; delete it"):
        download.fetch(unknown, tmp_path)


def test_two_that_fetch_the_same_do_not_mix(server, tmp_path):
    with download.only_one(tmp_path, "m"):
        with pytest.raises(BadDownload, match="another process"):
            download.fetch(entry(server.address + "whole"), tmp_path)
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadDownload, match="model m: .*file"):
        download.fetch(entry("http://127.0.0.1:9/"), tmp_path / "file" / "below")


@pytest.mark.parametrize(
    "url", ["nonsense", "gopher://a/b", "http://[::1", "http://a b/", "ftp://"]
)
def test_an_address_that_is_none(url, tmp_path):
    with pytest.raises(BadDownload, match="cannot fetch model.bin"):
        download.fetch(entry(url), tmp_path)


def test_a_disk_that_is_full_says_so(server, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(transfer, "append", full)
    with pytest.raises(BadDownload, match="No space left on device"):
        download.fetch(entry(server.address + "whole"), tmp_path)
    assert not (tmp_path / "model.bin").exists()


def test_a_name_that_nobody_knows(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with pytest.raises(BadDownload, match="check the network"):
        download.fetch(entry(address), tmp_path)


def test_what_is_not_encrypted_on_the_way_is_not_pinned():
    assert transfer._downgraded("https://a/b", "http://a/b")
    assert not transfer._downgraded("https://a/b", "https://c/d")
    assert not transfer._downgraded("http://a/b", "http://c/d")
