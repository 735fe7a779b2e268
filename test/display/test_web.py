"""The page for browsers: numbers, image stream, token, and nothing done while nobody looks."""
import json
import math
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest

from lightweight_openpose.display.web_state import WebState
from lightweight_openpose.files import share_dir

pytest.importorskip("aiohttp")
from lightweight_openpose.display import web_server
from lightweight_openpose.display.web_server import WebServer, is_loopback

PAGE = share_dir() / "web" / "index.html"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def serve(monkeypatch):
    """serve(**options) -> (server, address, list of what `watching` was told)."""
    monkeypatch.setattr(web_server, "LINGER", 0.2)
    servers = []

    def start(**options):
        told, port = [], free_port()
        servers.append(WebServer(PAGE, lambda: {"people": [1]}, told.append, port=port, **options))
        return servers[-1], f"http://127.0.0.1:{port}", told

    yield start
    for server in servers:
        server.close()


def read(address, **headers):
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=5) as response:
        return response.read()


def wait_for(condition):
    end = time.time() + 5
    while not condition() and time.time() < end:
        time.sleep(0.01)
    return condition()


def test_page_and_numbers_need_nothing_from_elsewhere(serve):
    _, address, _ = serve()
    page = read(address + "/").decode()
    assert "<canvas" in page and "http://" not in page and "https://" not in page and "//cdn" not in page
    assert json.loads(read(address + "/api/people")) == {"people": [1]}
    with pytest.raises(urllib.error.HTTPError, match="404"):
        read(address + "/../../etc/passwd")


def next_jpeg(stream):
    length = 0
    for line in iter(stream.readline, b""):
        if line.lower().startswith(b"content-length"):
            length = int(line.split(b":")[1])
        if line == b"\r\n" and length:
            return stream.read(length)
    return None


def test_every_viewer_gets_the_newest_image_and_watching_is_told_once(serve):
    server, address, told = serve()
    assert told == []
    viewers = [urllib.request.urlopen(address + "/stream", timeout=5) for _ in range(10)]
    assert wait_for(lambda: server._frames.viewers == 10) and told == [True]
    for number in range(3):
        jpeg = b"image %d" % number
        server.put(jpeg)
        assert [next_jpeg(v) for v in viewers] == [jpeg] * 10
    for viewer in viewers:
        viewer.close()

    def closed():
        server.put(b"notices that they left")
        return told == [True, False]

    assert wait_for(closed)


def test_numbers_as_events(serve):
    _, address, told = serve()
    with urllib.request.urlopen(address + "/events", timeout=5) as stream:
        assert json.loads(stream.readline().split(b"data: ")[1]) == {"people": [1]}
    assert told == [True]


def test_beyond_loopback_a_token_is_needed(serve):
    with pytest.raises(ValueError, match="set ~token"):
        WebServer(PAGE, dict, lambda w: None, host="0.0.0.0", port=free_port())
    _, address, _ = serve(host="0.0.0.0", token="s3cret")
    for path in ("/", "/stream", "/events", "/api/people", "/?token=guess"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            read(address + path)
    assert b"<canvas" in read(address + "/?token=s3cret")
    assert json.loads(read(address + "/api/people", Authorization="Bearer s3cret")) == {"people": [1]}
    assert is_loopback("localhost") and is_loopback("::1") and not is_loopback("robot")


def test_port_in_use(serve):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        with pytest.raises(OSError, match="set ~port"):
            WebServer(PAGE, dict, lambda w: None, port=s.getsockname()[1])


def test_state_joins_people_heads_and_distances():
    now = [100.0]
    state = WebState(lambda: now[0])
    assert state.snapshot() == {"fps": 0, "age_ms": None, "silent_s": None, "people": []}
    for _ in range(20):
        now[0] += 0.1
        state.on_poses([(3, 0.51234, 12), (-1, 0.2, 4)], 0.05)
    state.on_heads([(3, math.radians(30), 0.0, math.radians(-5.1)), (-1, 1.0, 1.0, 1.0)])
    state.on_places([(3, 2.345, False), (4, float("nan"), False)])
    got = state.snapshot()
    assert got["fps"] == pytest.approx(10, abs=0.6) and got["age_ms"] == 50
    assert got["people"][0] == {"id": 3, "score": 0.512, "joints": 12, "yaw": 30.0, "pitch": 0.0, "roll": -5.1,
                                "distance_m": 2.35, "distance_estimated": False}
    assert got["people"][1]["yaw"] is None and got["people"][1]["distance_m"] is None
    json.dumps(got)
    now[0] += 3
    later = state.snapshot()
    assert later["people"] == [] and later["silent_s"] == 3.0 and later["fps"] == 0


def test_state_is_safe_from_several_threads():
    state, failures = WebState(), []

    def feed(function, *value):
        try:
            for _ in range(500):
                function(*value)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=feed, args=a) for a in (
        (state.on_poses, [(1, 0.5, 3)], 0.1), (state.on_heads, [(1, 0.1, 0.1, 0.1)]), (state.on_places, [(1, 2.0, False)]),
        (state.snapshot,))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and state.snapshot()["people"][0]["distance_m"] == 2.0
