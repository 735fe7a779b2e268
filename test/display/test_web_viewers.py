"""Who takes a slot of the page: viewers that stop reading, pages with two streams, other sites."""

import logging
import socket
import time

import pytest

pytest.importorskip("aiohttp")
from lightweight_openpose.display import web_access, web_rate, web_server, web_viewers
from lightweight_openpose.files import share_dir

BIG = b"x" * 4_000_000  # bytes: more than all buffers of a connection take


class Page:
    """A server, and raw requests to it."""

    def __init__(self, **options):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.numbers = {"people": []}
        self.told = []
        self.server = web_server.WebServer(
            share_dir() / "web", lambda: self.numbers, self.told.append, port=self.port, **options
        )

    def ask(self, path="/", *headers, method="GET", buffer=None):
        """A connection that has sent a request; buffer: bytes that it receives ahead."""
        connection = socket.socket()
        if buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.settimeout(5)
        connection.connect(("127.0.0.1", self.port))
        lines = [f"{method} {path} HTTP/1.1".encode("latin-1"), b"Host: localhost", *headers]
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n")
        return connection

    def status(self, *arguments, **options):
        """Status of an answer, whose body is not read."""
        with self.ask(*arguments, **options) as connection:
            return int(connection.recv(4096).split()[1])

    @property
    def count(self):
        return self.server._viewers.count


@pytest.fixture
def serve():
    pages = []

    def start(**options):
        pages.append(Page(**options))
        return pages[-1]

    yield start
    for page in pages:
        page.server.close()


@pytest.fixture
def patience(monkeypatch):
    monkeypatch.setattr(web_rate, "DELAY", 0.01)


@pytest.fixture
def page(serve):
    return serve()


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)


def is_open(connection):
    """Reads all that has come, too."""
    connection.settimeout(0.1)
    try:
        while connection.recv(1 << 16):
            pass
    except socket.timeout:
        return True
    except ConnectionError:
        pass
    return False


def test_who_stops_reading_the_picture_is_closed_with_its_numbers(page, monkeypatch):
    monkeypatch.setattr(web_server, "SLOWEST", 0.3)
    picture = page.ask("/stream?viewer=a", buffer=4096)
    numbers = page.ask("/events?viewer=a")
    other = page.ask("/events?viewer=b")
    until(lambda: page.count == 2)
    page.server.put(BIG)
    until(lambda: page.count == 1)
    assert not is_open(picture) and not is_open(numbers) and is_open(other)


def test_who_stops_reading_numbers_is_closed(page, monkeypatch):
    monkeypatch.setattr(web_server, "SLOWEST", 0.3)
    page.numbers = {"people": "x" * 4_000_000}
    stalled = page.ask("/events", buffer=4096)
    until(lambda: page.told == [True])
    until(lambda: page.count == 0)
    assert not is_open(stalled)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="of Linux")
def test_the_kernel_gives_up_who_takes_nothing_long_before_its_buffers_are_full(page, monkeypatch):
    """Some 4 kB of numbers a second would fill them in minutes: no write waits."""
    monkeypatch.setattr(web_access, "SLOWEST", 0.5)
    monkeypatch.setattr(web_server, "PERIOD", 0.05)
    page.numbers = {"people": "x" * 200}
    stalled = page.ask("/events", buffer=1)
    until(lambda: page.count == 1)
    until(lambda: page.count == 0, 20)
    assert not is_open(stalled)


def test_who_reads_slowly_but_reads_stays(page):
    with page.ask("/stream", buffer=4096) as viewer:
        until(lambda: page.count == 1)
        page.server.put(b"x" * 300_000)
        received = 0
        while received < 300_000:
            received += len(viewer.recv(4096))
        assert page.count == 1


def test_stalled_viewers_leave_their_slots_to_others(page, monkeypatch):
    monkeypatch.setattr(web_viewers, "MAX_VIEWERS", 4)
    monkeypatch.setattr(web_server, "SLOWEST", 0.3)
    stalled = [page.ask("/stream", buffer=4096) for _ in range(4)]
    until(lambda: page.count == 4)
    assert page.status("/events") == 503
    page.server.put(BIG)
    until(lambda: page.count == 0)
    assert page.status("/events") == 200
    for connection in stalled:
        connection.close()


def test_a_page_takes_one_slot_for_its_picture_and_numbers(page, monkeypatch):
    monkeypatch.setattr(web_viewers, "MAX_VIEWERS", 2)
    streams = [page.ask(f"/{path}?viewer={who}") for who in "ab" for path in ("stream", "events")]
    until(lambda: page.count == 2)
    assert all(map(is_open, streams))
    assert page.status("/stream?viewer=c") == 503 == page.status("/events")
    for stream in streams[:2]:
        stream.close()
    until(lambda: page.count == 1)
    assert page.status("/stream?viewer=c") == 200


@pytest.mark.parametrize("name", ["", "a" * 65, "%FF", "a%20b", "%00", "..%2f"])
def test_what_is_no_name_is_each_time_another_viewer(page, monkeypatch, name):
    monkeypatch.setattr(web_viewers, "MAX_VIEWERS", 2)
    streams = [page.ask(f"/{path}?viewer={name}") for path in ("stream", "events")]
    until(lambda: page.count == 2)
    assert page.status(f"/events?viewer={name}") == 503
    assert all(map(is_open, streams))


def test_a_name_gives_no_more_than_one_connection_of_a_kind(page):
    """That before ends: its page lost it. Many names take many slots."""
    streams = [page.ask("/events?viewer=a") for _ in range(20)]
    until(lambda: sum(map(is_open, streams)) == 1)
    assert page.count == 1 and is_open(streams[-1])
    page.server.put(b"one")
    with page.ask("/stream?viewer=a") as picture:
        assert is_open(picture) and page.count == 1


def test_a_head_of_a_stream_takes_no_slot(page):
    with page.ask("/stream", method="HEAD") as connection:
        answer = connection.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200 ") and b"multipart/x-mixed-replace" in answer
        assert not is_open(connection)
    assert page.count == 0 and page.told == []


@pytest.mark.parametrize("path", ["/", "/main.js", "/api/people", "/nothing"])
def test_a_connection_ends_with_its_answer(page, path):
    with page.ask(path) as connection:
        assert b"connection: close" in connection.recv(4096).lower()
        assert not is_open(connection)


@pytest.mark.parametrize(
    "site",
    [
        b"cross-site",
        b"same-site",
        b"nonsense",
        b"",
        b"\xff",
        b"none\r\nSec-Fetch-Site: cross-site",
    ],
)
@pytest.mark.parametrize("token", ["", "s3cret"])
def test_a_page_of_another_site_gets_nothing_and_starts_nothing(serve, site, token):
    page = serve(token=token)
    headers = (b"Sec-Fetch-Site: " + site, b"Sec-Fetch-Mode: no-cors", b"Sec-Fetch-Dest: image")
    for path in ("/", "/stream", "/events", "/api/people", "/main.js"):
        assert page.status(f"{path}?token={token}", *headers) == 403
    assert page.told == []


@pytest.mark.parametrize(
    "headers",
    [
        (),  # a script, an old browser, and any at an address without encryption
        (b"Sec-Fetch-Site: none", b"Sec-Fetch-Mode: navigate", b"Sec-Fetch-Dest: document"),
        (b"Sec-Fetch-Site: same-origin", b"Sec-Fetch-Mode: cors"),
        (b"Sec-Fetch-Site: cross-site", b"Sec-Fetch-Mode: navigate", b"Sec-Fetch-Dest: document"),
    ],
)
def test_an_address_that_is_typed_in_a_link_and_a_script_are_answered(page, headers):
    assert page.status("/", *headers) == 200


@pytest.mark.parametrize(
    "path, kind",
    [
        ("/stream", b"document"),
        ("/api/people", b"document"),
        ("/", b"iframe"),
    ],
)
def test_a_link_leads_to_the_page_alone_and_into_no_frame(page, path, kind):
    link = (b"Sec-Fetch-Site: cross-site", b"Sec-Fetch-Mode: navigate", b"Sec-Fetch-Dest: " + kind)
    assert page.status(path, *link) == 403


ODD = [b"\xff", b"\xc3\xa9", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"100-continu\xe9", b"nonsense"]


@pytest.fixture
def records(caplog):
    caplog.set_level(logging.DEBUG)
    return caplog.records


def test_what_cannot_be_expected_is_4xx_wherever(page, records):
    for value in ODD:
        for target in ("/", "/main.js", "/nothing", "*", "/stream"):
            for method in ("GET", "POST", "OPTIONS"):
                assert 400 <= page.status(target, b"Expect: " + value, method=method) < 500
        assert page.status("/", b"Expect: " + value) == 417
    assert [r for r in records if r.levelno >= logging.WARNING] == [] and page.told == []


def test_what_http_expects_is_answered_at_once(page):
    assert page.status("/", b"Expect: 100-continue") == 200
    assert page.status("/", b"Expect: 100-Continue") == 200


NAMES = [
    b"Host",
    b"Authorization",
    b"Cookie",
    b"Content-Length",
    b"Content-Type",
    b"Content-Encoding",
    b"Transfer-Encoding",
    b"Connection",
    b"Upgrade",
    b"Range",
    b"If-Modified-Since",
    b"Accept",
    b"Accept-Encoding",
    b"If-None-Match",
    b"Forwarded",
    b"X-Forwarded-For",
    b"Origin",
    b"Referer",
    b"Sec-WebSocket-Key",
    b"Sec-Fetch-Site",
    b"TE",
    b"Trailer",
    b"\xff",
    b"\xc3\xa9",
]


@pytest.mark.parametrize("token", ["", "s3cret"])
def test_headers_beyond_ascii_are_never_a_fault_of_the_server(serve, records, patience, token):
    page = serve(token=token)
    page.server._rate.allows = lambda: True
    for name in NAMES:
        for value in ODD:
            for path in ("/", "/?token=s3cret", "/nothing?token=s3cret"):
                assert page.status(path, name + b": " + value) < 500, (name, value, path)
    assert [r for r in records if r.levelno >= logging.WARNING] == []


METHODS = ["POST", "PUT", "DELETE", "PATCH", "get", "G\xe9T", "\xff", "X" * 99]


def test_other_methods_and_paths_are_4xx(page, records):
    for method in METHODS:
        for path in ("/", "/stream", "/main.js", "/\xff", "/%ff", "/?\xff=%ff", "*"):
            assert 400 <= page.status(path, method=method) < 500, (method, path)
    assert [r for r in records if r.levelno >= logging.WARNING] == [] and page.told == []


def test_a_stranger_does_not_lock_out_who_has_the_token(serve, patience, monkeypatch):
    monkeypatch.setattr(web_rate, "REFILL", 0.0)
    page = serve(token="s3cret")
    wrong = [page.ask(f"/api/people?token={n}") for n in range(2 * web_rate.BURST)]
    assert page.status("/api/people?token=s3cret") == 200
    for _ in range(2 * web_rate.BURST):
        assert page.status("/main.js") == 200
    assert page.status("/api/people?token=s3cret") == 200
    for connection in wrong:
        connection.close()


def test_wrong_tokens_are_answered_late_and_few_at_a_time(serve, patience, monkeypatch):
    monkeypatch.setattr(web_rate, "MAX_GUESSES", 2)
    monkeypatch.setattr(web_rate, "DELAY", 2.0)
    page = serve(token="s3cret")
    start = time.monotonic()
    guesses = [page.ask(f"/?token={n}") for n in range(2)]
    until(lambda: page.server._guesses._waiting == 2)
    assert page.status("/?token=3") == 429
    assert page.status("/?token=s3cret") == 200
    answers = [int(guess.recv(4096).split()[1]) for guess in guesses]
    assert answers == [401, 401] and time.monotonic() - start >= 2.0
    until(lambda: page.server._guesses._waiting == 0)


def test_who_has_the_token_is_answered_in_bursts(serve, patience, monkeypatch):
    monkeypatch.setattr(web_rate, "REFILL", 0.0)
    page = serve(token="s3cret")
    answers = [page.status("/api/people?token=s3cret") for _ in range(web_rate.BURST + 1)]
    assert answers == [200] * web_rate.BURST + [429]
    assert page.status("/main.js") == 200
