"""The page for browsers: numbers, image stream, token, and nothing done while nobody looks."""

import json
import math
import re
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest

from lightweight_openpose.display.web_state import WebState
from lightweight_openpose.files import share_dir
from lightweight_openpose.poses import find_skeleton

pytest.importorskip("aiohttp")
from lightweight_openpose.display import web_access, web_rate, web_server, web_viewers
from lightweight_openpose.display.web_access import host_of, is_guessable, is_loopback
from lightweight_openpose.display.web_server import WebServer

PAGES = share_dir() / "web"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def serve(monkeypatch):
    """serve(**options) -> (server, address, list of what `watching` was told)."""
    monkeypatch.setattr(web_viewers, "LINGER", 0.2)
    servers = []

    def start(**options):
        told = []
        port = free_port()
        servers.append(WebServer(PAGES, lambda: {"people": [1]}, told.append, port=port, **options))
        return servers[-1], f"http://127.0.0.1:{port}", told

    yield start
    for server in servers:
        server.close()


def read(address, **headers):
    with urllib.request.urlopen(
        urllib.request.Request(address, headers=headers), timeout=5
    ) as response:
        return response.read()


def wait_for(condition):
    end = time.time() + 5
    while not condition() and time.time() < end:
        time.sleep(0.01)
    return condition()


def test_page_and_numbers_need_nothing_from_elsewhere(serve):
    _, address, _ = serve()
    page = read(address + "/").decode()
    assert "<canvas" in page
    parts = {p.name for p in PAGES.iterdir()} - {"index.html"}
    assert {"main.js", "theme.css", "favicon.svg"} <= parts
    for part in parts | set(re.findall(r'(?:src|href)="([^"]+)"', page)):
        text = read(f"{address}/{part}").decode().replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text and "//cdn" not in text
        for imported in re.findall(r'from "\./([^"]+)"', text):
            assert read(f"{address}/{imported}")
    assert json.loads(read(address + "/api/people")) == {"people": [1]}
    for path in ("/../../etc/passwd", "/%2e%2e/package.xml", "/web/index.html"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            read(address + path)


HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@pytest.mark.parametrize(
    "path, kind",
    [
        ("/", "text/html"),
        ("/main.js", "text/javascript"),
        ("/theme.css", "text/css"),
        ("/favicon.svg", "image/svg+xml"),
        ("/events", "text/event-stream"),
        ("/stream", "multipart/x-mixed-replace"),
        ("/api/people", "application/json"),
        ("/nothing", "text/plain"),
    ],
)
def test_every_answer_is_kept_by_nobody_and_for_this_page_alone(serve, path, kind):
    _, address, _ = serve()
    try:
        answer = urllib.request.urlopen(address + path, timeout=5)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        assert answer.headers["Content-Type"].startswith(kind)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy
        assert "unsafe" not in policy and "http" not in policy


HEAD = b"\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n"


def watch(address):
    """A viewer, who has got the beginning of the first part."""
    viewer = urllib.request.urlopen(address + "/stream", timeout=5)
    assert viewer.read(len(HEAD)) == HEAD
    return viewer


def next_jpeg(viewer):
    """The next frame, as soon as the header of the one behind it has come."""
    part = b""
    while not part.endswith(HEAD):
        byte = viewer.read(1)
        if not byte:
            return None
        part += byte
    return part[: -len(HEAD)]


def test_every_viewer_gets_the_newest_image_and_watching_is_told_once(serve):
    server, address, told = serve()
    assert told == []
    viewers = [watch(address) for _ in range(10)]
    assert wait_for(lambda: server._viewers.count == 10) and told == [True]
    for number in range(3):
        jpeg = b"image %d" % number
        server.put(jpeg)
        assert [next_jpeg(viewer) for viewer in viewers] == [jpeg] * 10
    for viewer in viewers:
        viewer.close()

    def closed():
        server.put(b"notices that they left")
        return told == [True, False]

    assert wait_for(closed)


def test_an_image_that_none_follows_is_whole_and_sent_once(serve):
    server, address, _ = serve()
    with watch(address) as viewer:
        server.put(b"one")
        assert next_jpeg(viewer) == b"one"
        time.sleep(3 * web_server.PERIOD)
        server.put(b"two")
        assert next_jpeg(viewer) == b"two"


def test_numbers_as_events(serve):
    _, address, told = serve()
    with urllib.request.urlopen(address + "/events", timeout=5) as stream:
        assert json.loads(stream.readline().split(b"data: ")[1]) == {"people": [1]}
    assert told == [True]


def test_beyond_loopback_a_token_is_needed(serve, monkeypatch):
    with pytest.raises(ValueError, match="set ~token"):
        WebServer(PAGES, dict, lambda w: None, host="0.0.0.0", port=free_port())
    _, address, _ = serve(host="0.0.0.0", token="s3cret")
    monkeypatch.setattr(web_rate, "DELAY", 0.01)
    for path in ("/", "/index.html", "/stream", "/events", "/api/people", "/?token=guess"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            read(address + path)
    assert b"<canvas" in read(address + "/?token=s3cret")
    assert json.loads(read(address + "/api/people", Authorization="Bearer s3cret")) == {
        "people": [1]
    }
    # The page asks for its parts by name alone, and a token answers under any name.
    assert b"{" in read(address + "/theme.css")
    assert read(address + "/?token=s3cret", Host="robot.example:80")
    assert is_loopback("localhost") and is_loopback("::1") and not is_loopback("robot")


def test_a_short_token_is_guessable_where_others_reach_the_page():
    assert is_guessable("0.0.0.0", "s3cret") and is_guessable("robot", "a" * 15)
    assert not is_guessable("0.0.0.0", "a" * 16) and not is_guessable("127.0.0.1", "s3cret")


@pytest.mark.parametrize(
    "header",
    [
        b"Bearer \xff\xfe",
        b"\xff",
        b"Bearer s3cre\xe9",
        b"\xed\xa0\x80",
    ],
)
def test_a_token_that_is_no_utf8_is_a_wrong_one(serve, header):
    _, address, _ = serve(token="s3cret")
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\n\r\n" % header
    answer = ask(address, request)
    assert answer.startswith(b"HTTP/1.1 401 ")


def test_a_token_beyond_ascii(serve):
    _, address, _ = serve(token="geheimnis-\u00e4")
    assert read(address + "/api/people?token=geheimnis-%C3%A4")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        read(address + "/api/people?token=geheimnis-%E4")


def ask(address, request, timeout=5.0):
    """First bytes of the answer to raw bytes; none when the connection is closed."""
    with connect(address, timeout) as s:
        s.sendall(request)
        return s.recv(4096)


def connect(address, timeout=5.0):
    return socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1])), timeout)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "LOCALHOST:1",
        "localhost.",
        "127.0.0.1:8080",
        "127.0.0.2",
        "[::1]:8080",
        "robot.example",
        "Robot.Example:443",
    ],
)
def test_names_of_this_machine_and_those_given_are_answered(serve, host):
    _, address, _ = serve(names=["robot.example"])
    for path in ("/", "/api/people", "/main.js"):
        assert read(address + path, Host=host)


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:8080",
        "localhost.attacker.example",
        "127.0.0.1.attacker.example",
        "192.168.1.5:8080",
        "0.0.0.0:8080",
        "attacker.example@localhost",
        "localhost@attacker.example",
        "localhost/attacker.example",
        "[::1",
        "",
        "robot.example",
    ],
)
def test_a_name_that_leads_here_from_elsewhere_is_refused(serve, host):
    _, address, told = serve(names=["robot"])
    for path in ("/", "/stream", "/events", "/api/people", "/main.js"):
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"
        assert ask(address, head.encode()).startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 400 "))
    assert told == []


def test_a_request_without_a_name_is_refused(serve):
    _, address, _ = serve()
    assert b" 403 " in ask(address, b"GET / HTTP/1.0\r\n\r\n").split(b"\r\n")[0]


def test_the_name_in_a_host_header():
    assert host_of("Robot.local:8080") == "robot.local" and host_of("[fe80::1]:80") == "fe80::1"
    assert host_of("localhost.:1") == "localhost"
    assert host_of("") == host_of("[::1") == host_of("a@localhost") == host_of("a/b") == ""


def closed(connection, seconds):
    connection.settimeout(seconds)
    try:
        return connection.recv(1) == b""
    except socket.timeout:
        return False
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("start", [b"", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\n"])
def test_a_request_that_does_not_come_to_its_end_is_given_up(serve, monkeypatch, start):
    monkeypatch.setattr(web_access, "PATIENCE", 0.4)
    _, address, _ = serve()
    with connect(address) as connection:
        connection.sendall(start)
        assert not closed(connection, 0.2)
        assert closed(connection, 3)


def test_a_viewer_stays_however_long(serve, monkeypatch):
    monkeypatch.setattr(web_access, "PATIENCE", 0.2)
    server, address, _ = serve()
    with watch(address) as viewer:
        time.sleep(0.6)
        server.put(b"later")
        assert next_jpeg(viewer) == b"later"


def test_those_who_ask_nothing_leave_room_for_who_asks(serve):
    _, address, _ = serve()
    silent = [connect(address) for _ in range(200)]
    try:
        assert json.loads(read(address + "/api/people")) == {"people": [1]}
        kept = web_access.MAX_WAITING
        assert wait_for(lambda: closed(silent[199 - kept], 0.1))
        assert not closed(silent[-1], 0.1)
        assert sum(closed(s, 0.01) for s in silent) == pytest.approx(200 - kept, abs=2)
    finally:
        for connection in silent:
            connection.close()


def test_a_viewer_who_leaves_while_no_image_comes_is_noticed(serve):
    _, address, told = serve()
    with urllib.request.urlopen(address + "/stream", timeout=5):
        assert wait_for(lambda: told == [True])
    assert wait_for(lambda: told == [True, False])


def test_the_end_does_not_wait_for_viewers(serve):
    server, address, _ = serve()
    with urllib.request.urlopen(address + "/stream", timeout=5), urllib.request.urlopen(
        address + "/events", timeout=5
    ):
        start = time.monotonic()
        server.close()
        assert time.monotonic() - start < 2 and not server._thread.is_alive()


def test_a_new_viewer_does_not_get_the_image_of_the_last_one(serve):
    server, address, told = serve()
    with watch(address) as viewer:
        server.put(b"old")
        assert next_jpeg(viewer) == b"old"

    def left():
        server.put(b"old, too")
        return told == [True, False]

    assert wait_for(left)
    with watch(address) as viewer:
        assert wait_for(lambda: told == [True, False, True])
        server.put(b"new")
        assert next_jpeg(viewer) == b"new"


def test_port_in_use(serve):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        with pytest.raises(OSError, match="set ~port"):
            WebServer(PAGES, dict, lambda w: None, port=s.getsockname()[1])


def test_state_joins_people_heads_and_distances():
    now = [100.0]
    state = WebState(lambda: now[0])
    nothing = {
        "fps": 0,
        "age_ms": None,
        "silent_s": None,
        "image_silent_s": None,
        "people": [],
        "places": None,
    }
    assert state.snapshot() == nothing
    for _ in range(20):
        now[0] += 0.1
        state.on_poses([(3, 0.51234, 12), (-1, 0.2, 4)], 0.05)
    deviations = (math.radians(4.04), math.nan, 0.0)
    state.on_heads(
        [(3, math.radians(30), 0.0, math.radians(-5.1), *deviations), (-1, 1.0, 1.0, 1.0)]
    )
    state.on_places(
        [
            (3, -1.0, 2.345, 0.5, math.nan),
            (4, 0.0, math.nan, 0.0, 0.0),
            (-1, 0.25, 4.0, math.nan, math.nan),
        ],
        False,
    )
    state.on_image()
    got = state.snapshot()
    assert got["fps"] == pytest.approx(10, abs=0.6) and got["age_ms"] == 50
    assert got["people"][0] == {
        "id": 3,
        "score": 0.512,
        "joints": 12,
        "yaw": 30.0,
        "pitch": 0.0,
        "roll": -5.1,
        "yaw_stddev": 4.0,
        "pitch_stddev": None,
        "roll_stddev": 0.0,
        "distance_m": 2.35,
        "distance_estimated": False,
        "left_hand": [],
        "right_hand": [],
        "face": [],
    }
    assert got["people"][1]["yaw"] is None and got["people"][1]["distance_m"] is None
    assert got["places"] == [
        {"id": 3, "x": -1.0, "z": 2.35, "vx": 0.5, "vz": None},
        {"id": -1, "x": 0.25, "z": 4.0, "vx": None, "vz": None},
    ]
    assert got["image_silent_s"] == 0.0
    json.dumps(got)
    now[0] += 3
    later = state.snapshot()
    assert later["people"] == [] and later["silent_s"] == 3.0 and later["fps"] == 0
    assert later["places"] is None and later["image_silent_s"] == 3.0
    state.restart()
    assert state.snapshot() == nothing


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null(bad):
    state = WebState()
    nowhere = (bad, bad, 0.0)
    state.on_poses([(1, bad, 3, [], [nowhere] * 21, [nowhere] * 32), (-1, bad, 0)], bad)
    state.on_heads([(1, *(bad,) * 6)])
    state.on_places([(1, 1.0, 2.0, bad, bad), (2, bad, 1.0, 0.0, 0.0)], True)
    got = json.loads(json.dumps(state.snapshot(), allow_nan=False))
    assert got["age_ms"] is None and got["people"][1]["score"] is None
    assert got["people"][0] == {
        "id": 1,
        "score": None,
        "joints": 3,
        "yaw": None,
        "pitch": None,
        "roll": None,
        "yaw_stddev": None,
        "pitch_stddev": None,
        "roll_stddev": None,
        "distance_m": 2.0,
        "distance_estimated": True,
        "left_hand": [],
        "right_hand": [[None, None, 0]] * 21,
        "face": [[None, None, 0]] * 32,
    }
    assert got["places"] == [{"id": 1, "x": 1.0, "z": 2.0, "vx": None, "vz": None}]


def test_hands_are_beside_their_person():
    state = WebState()
    hand = [(10.04, 20.0, 0.512)] + [(math.nan, math.nan, 0.0)] * 20
    state.on_poses([(1, 0.5, 18, hand, []), (2, 0.5, 18)], 0.1)
    one, other = state.snapshot()["people"]
    assert one["left_hand"] == [[10.0, 20.0, 0.51]] + [[None, None, 0]] * 20
    assert one["right_hand"] == other["left_hand"] == other["right_hand"] == []


def test_a_face_is_beside_its_person():
    state = WebState()
    face = [(10.04, 20.0, 0.512)] + [(math.nan, math.nan, 0.0)] * 31
    state.on_poses([(1, 0.5, 18, [], [], face), (2, 0.5, 18, [], [], [])], 0.1)
    one, other = state.snapshot()["people"]
    assert one["face"] == [[10.0, 20.0, 0.51]] + [[None, None, 0]] * 31
    assert one["left_hand"] == other["face"] == []


def test_deviations_of_angles_are_null_where_no_head_says_them():
    state = WebState()
    state.on_poses([(1, 0.5, 18), (2, 0.5, 18)], 0.1)
    state.on_heads([(1, 0.5, 0.0, 0.0)])
    for person in state.snapshot()["people"]:
        assert {person[f"{name}_stddev"] for name in ("yaw", "pitch", "roll")} == {None}


def test_the_page_joins_the_landmarks_that_the_skeleton_joins():
    source = (PAGES / "face.js").read_text()
    chains = [
        chain
        for part in re.findall(r"^  \w+: (\[\[.*\]\]),$", source, re.M)
        for chain in json.loads(part)
    ]
    joined = {frozenset(pair) for chain in chains for pair in zip(chain, chain[1:])}
    assert joined == set(map(frozenset, find_skeleton("face_32").limbs))


def test_state_is_safe_from_several_threads():
    state = WebState()
    failures = []

    def feed(function, *value):
        try:
            for _ in range(500):
                function(*value)
        except Exception as error:
            failures.append(error)

    threads = [
        threading.Thread(target=feed, args=a)
        for a in (
            (state.on_poses, [(1, 0.5, 3)], 0.1),
            (state.on_heads, [(1, 0.1, 0.1, 0.1)]),
            (state.on_places, [(1, 0.0, 2.0, 0.0, 0.0)], False),
            (state.snapshot,),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and state.snapshot()["people"][0]["distance_m"] == 2.0
