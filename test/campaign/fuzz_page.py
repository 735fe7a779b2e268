#!/usr/bin/env python3
"""Fuzz the page's server over HTTP: raw requests that nobody should send, as fast as it goes.

The real server runs in a process of its own, once with a token and once without. Nothing that it
answers may hold a traceback or what the token keeps, and nothing another site may ask for; its
memory and descriptors have to stay; viewers who do not read have to leave their slots to others,
and a good request has to be answered at the end. Exits with 1 where one of these does not hold.
"""

import argparse
import multiprocessing
import random
import re
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

TOKEN = "s3cret-of-the-fuzzer"
SECRET = b"what-only-the-token-shows"
THREADS = 6
PARTS = 4  # of the time, with a look at the server after each
STALLED = 40  # viewers who do not read: more than there are slots
SLOWEST = 1.0  # s that the server gives them
SPARE = 2  # descriptors of connections that are about to be closed
PATHS = [
    b"/",
    b"/index.html",
    b"/main.js",
    b"/stream",
    b"/events",
    b"/api/people",
    b"/nothing",
    b"/../../etc/passwd",
    b"/%2e%2e/%2e%2e/package.xml",
    b"/%00",
    b"/\xff\xfe",
    b"//",
    b"*",
    b"",
    b"http://elsewhere.example/",
    b"/?token=",
    b"/?token=wrong",
    b"/?token=%ff%fe",
    b"/?" + b"a" * 9000,
    b"/api/people?token[]=1",
    b"/" + b"a/" * 4000,
    b"/main.js%0d%0aX: y",
]
METHODS = [
    b"GET",
    b"HEAD",
    b"POST",
    b"PUT",
    b"OPTIONS",
    b"TRACE",
    b"CONNECT",
    b"get",
    b"\x00",
    b"G" * 99,
]
VERSIONS = [b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/9999999999.1", b"", b"\xff"]
HEADERS = [
    b"Host: localhost",
    b"Host: attacker.example",
    b"Host: ",
    b"Host: \xff\xfe",
    b"Host: [::1",
    b"Authorization: Bearer wrong",
    b"Authorization: Bearer \xff\xfe",
    b"Authorization: " + b"x" * 7000,
    b"Authorization: Basic " + b"=" * 20,
    b"Content-Length: -1",
    b"Content-Length: 99999999999999",
    b"Content-Length: x",
    b"Content-Length: 5\r\nContent-Length: 6",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: chunked, chunked",
    b"Transfer-Encoding: \x0b",
    b"Connection: close",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n"
    b"Sec-WebSocket-Version: 13",
    b"Expect: 100-continue",
    b"Expect: nonsense",
    b"Range: bytes=5-1",
    b"Cookie: " + b"a=b;" * 1500,
    b"X: " + b"x" * 20000,
    b"no colon",
    b": empty",
    b" folded: x",
    b"X\x00Y: z",
    b"Accept: */*" * 50,
    b"Expect: \xff",
    b"Expect: \xed\xa0\x80",
    b"Cookie: \xff",
    b"\xff: x",
    b"Connection: \xe9",
    b"Content-Type: \xff/\xff",
    b"Content-Encoding: \xff",
    b"Upgrade: \xff",
    b"Range: \xc3\xa9",
    b"Sec-Fetch-Site: \xff",
    b"Sec-Fetch-Site: cross-site",
    b"Sec-Fetch-Mode: navigate",
]
OTHER_SITES = [b"cross-site", b"same-site", b"\xff", b"", b"none\r\nSec-Fetch-Site: cross-site"]


def serve(ports, folder, stop):
    """Both servers, in a process of their own, until told to stop."""
    sys.stderr = open(str(Path(folder) / "stderr"), "w", buffering=1)
    from lightweight_openpose.display import web_access, web_rate, web_server
    from lightweight_openpose.display.web_server import WebServer
    from lightweight_openpose.files import share_dir

    web_rate.DELAY = 0.01  # s: the fuzzer asks for more of the wrong tokens' answers
    web_access.SLOWEST = web_server.SLOWEST = SLOWEST
    servers = [
        WebServer(
            share_dir() / "web",
            lambda: {"people": [SECRET.decode()]},
            lambda _: None,
            port=port,
            token=token,
        )
        for port, token in zip(ports, (TOKEN, ""))
    ]
    while not stop.wait(0.1):
        for server in servers:
            server.put(SECRET * 1000)
    for server in servers:
        server.close()


def request_of(rng):
    """Bytes of a request: in one of three cases only noise."""
    kind = rng.random()
    if kind < 0.1:
        return bytes(rng.getrandbits(8) for _ in range(rng.randrange(2000)))
    if kind < 0.15:
        return b"\x16\x03\x01" + bytes(rng.getrandbits(8) for _ in range(200))  # TLS
    usual = 0.3 if kind < 0.5 else 0.95  # how likely each part is as it should be
    head = b" ".join(
        part[0] if rng.random() < usual and part is not PATHS else rng.choice(part)
        for part in (METHODS, PATHS, VERSIONS)
    )
    chosen = [b"Host: localhost\r\nConnection: close"] if rng.random() < usual else []
    if rng.random() > usual:
        chosen += rng.sample(HEADERS, rng.randrange(6)) * rng.choice((1, 1, 1, 1, 40))
    end = b"\r\n\r\n" if rng.random() < usual else rng.choice((b"\n\n", b"\r\n", b""))
    body = rng.choice(
        (b"", b"", b"x" * 3000, b"5\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffff\r\n", b"\x81\xfe")
    )
    request = b"\r\n".join([head, *chosen]) + end + body
    if kind < 0.3:
        request = bytearray(request)
        for _ in range(rng.randrange(1, 8)):
            request[rng.randrange(len(request))] = rng.getrandbits(8)
    return bytes(request) * rng.choice((1, 1, 1, 3))


def send(port, rng, open_ones):
    """What the server answers to a request, up to 64 KiB; some connections are left half open."""
    try:
        connection = socket.create_connection(("127.0.0.1", port), 2)
    except OSError:
        return b"refused"
    try:
        request = request_of(rng)
        cut = rng.randrange(len(request) + 1) if rng.random() < 0.3 else len(request)
        connection.sendall(request[:cut])
        if rng.random() < 0.1:
            open_ones.append(connection)
            if len(open_ones) > 30:
                open_ones.pop(rng.randrange(30)).close()
            return b"left open"
        if rng.random() < 0.1:
            connection.shutdown(socket.SHUT_WR)
        connection.settimeout(0.3)
        answer = b""
        end = time.monotonic() + 0.5
        while len(answer) < 65536 and time.monotonic() < end:
            part = connection.recv(16384)
            if not part:
                break
            answer += part
        return answer
    except OSError:
        return b"closed"
    finally:
        if connection not in open_ones:
            connection.close()


def ask(port, path, *headers, buffer=65536):
    """A connection that has sent a good request, but for the headers; buffer: bytes it takes."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(5)
    connection.connect(("127.0.0.1", port))
    target = f"GET {path}?token={TOKEN} HTTP/1.1".encode()
    connection.sendall(b"\r\n".join([target, b"Host: localhost", *headers, b"", b""]))
    return connection


def status_of(connection):
    """Status of its answer, 0 where none comes."""
    try:
        with connection:
            return int((connection.recv(4096).split() + [b"0", b"0"])[1])
    except OSError:
        return 0


def from_another_site(port, rng):
    """The status that a page of another site gets, which has the token and a browser behind it."""
    path = rng.choice(["/", "/stream", "/events", "/api/people", "/main.js"])
    return status_of(ask(port, path, b"Sec-Fetch-Site: " + rng.choice(OTHER_SITES)))


def stall(port, until, counts, faults):
    """Take all slots and read nothing, over and over: who reads has to be answered soon after."""
    while time.monotonic() < until:
        stalled = [ask(port, "/stream", buffer=4096) for _ in range(STALLED)]
        counts["all slots stalled"] += status_of(ask(port, "/events")) == 503
        for _ in range(40):
            if status_of(ask(port, "/events")) == 200:
                break
            time.sleep(0.25)
        else:
            faults.append(("viewers who do not read keep their slots", b""))
        for connection in stalled:
            connection.close()
        time.sleep(SLOWEST)  # for the requests that are answered in a second are counted


def harm(ports, seed, until, counts, faults):
    """Send until a time; counts of first lines, and what was answered that may not be."""
    rng = random.Random(seed)
    open_ones = []
    while time.monotonic() < until:
        number = rng.randrange(2)
        if rng.random() < 0.05:
            status = from_another_site(ports[number], rng)
            counts["from another site"] += 1
            if status != 403:
                faults.append((f"{status} for another site", b""))
        answer = send(ports[number], rng, open_ones)
        status = re.match(rb"HTTP/\d\.\d (\d+)", answer)
        kind = status.group(1) if status else answer[:9] or b"nothing"
        counts[kind.decode("latin-1")] += 1
        if b"Traceback" in answer or b'File "' in answer or b".py" in answer:
            faults.append(("a traceback", answer[:300]))
        if SECRET in answer and number == 0:
            faults.append(("shown without the token", answer[:300]))
        if status and status.group(1) == b"500":
            faults.append(("500", answer[:300]))
    for connection in open_ones:
        connection.close()


def used(pid):
    """(resident set [MiB], descriptors, threads) of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    resident, threads = (
        int(re.search(rf"{name}:\s+(\d+)", status).group(1)) for name in ("VmRSS", "Threads")
    )
    return resident / 1024, len(list(Path(f"/proc/{pid}/fd").iterdir())), threads


def good(port):
    """Whether a request with the token is answered, within the time in which limits are lifted."""
    head = f"GET /api/people?token={TOKEN} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    for _ in range(40):
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(head.encode())
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
                if answer.startswith(b"HTTP/1.1 200") and SECRET in answer:
                    return True
        except OSError:
            pass
        time.sleep(0.25)
    return False


def settled(pid, before):
    """What is used once the connections are gone, or after the longest time that one may wait."""
    for _ in range(60):
        now = used(pid)
        if now[1] <= before[1]:
            break
        time.sleep(0.25)
    return now


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fuzz(seconds, seed, folder):
    """(counts of what was answered, faults, lines of what was used)."""
    context = multiprocessing.get_context("spawn")
    ports = [free_port(), free_port()]
    stop = context.Event()
    server = context.Process(target=serve, args=(ports, folder, stop), daemon=True)
    server.start()
    counts = Counter()
    faults = []
    if not all(map(good, ports)):
        return counts, [("the server did not start", b"")], []
    idle = used(server.pid)
    samples = []
    for part in range(PARTS):
        until = time.monotonic() + seconds / PARTS
        threads = [
            threading.Thread(target=harm, args=(ports, f"{seed} {part} {i}", until, counts, faults))
            for i in range(THREADS)
        ]
        threads.append(threading.Thread(target=stall, args=(ports[0], until, counts, faults)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        samples.append(settled(server.pid, samples[0] if samples else idle))
    early, late = samples[PARTS // 2 - 1], samples[-1]
    if late[0] > 1.05 * early[0] + 8 or late[1] > idle[1] + SPARE or late[2] > early[2]:
        faults.append(("memory, descriptors or threads grew", b""))
    if not all(map(good, ports)):
        faults.append(("a good request is not answered afterwards", b""))
    stop.set()
    server.join(10)
    said = (Path(folder) / "stderr").read_text()
    if "Traceback" in said:
        faults.append(("a traceback in the log", said[-2000:].encode()))
    lines = [
        f"{name}: {memory:.1f} MiB, {descriptors} descriptors, {count} threads"
        for name, (memory, descriptors, count) in [
            ("idle", idle),
            *((f"part {i + 1}", sample) for i, sample in enumerate(samples)),
        ]
    ]
    return counts, faults, lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts, faults, lines = fuzz(arguments.seconds, arguments.seed, folder)
    print(
        f"{sum(counts.values())} requests in {arguments.seconds:g} s; answers: "
        + ", ".join(f"{what} {n}" for what, n in counts.most_common())
    )
    print("\n".join(lines))
    for what, answer in faults[:20]:
        print(f"FAULT: {what}: {answer!r}")
    print(f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
