"""The page's server under requests that nobody should send, and too many of them."""
import logging
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from lightweight_openpose.display.web_rate import BURST, MOST_ADDRESSES, REFILL, WRONG, RateLimit

pytest.importorskip("aiohttp")
from aiohttp.http_exceptions import LineTooLong

from lightweight_openpose.display import web_access, web_rate, web_server
from lightweight_openpose.files import share_dir

ROOT = Path(__file__).resolve().parents[2]


def test_five_seconds_of_bad_requests_do_no_harm():
    """The short form of benchmarks/fuzz_page.py: no traceback, nothing shown, nothing grows."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "fuzz_page.py"), "--seconds", "5"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p))
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("0 faults\n") and "401" in done.stdout


@pytest.mark.parametrize("error, kept", [
    (LineTooLong("x"), False), (ConnectionResetError(), False), (ZeroDivisionError(), True),
])
def test_bad_requests_do_not_fill_the_log_and_own_faults_are_in_it(error, kept):
    fault = (type(error), error, None)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "said", None, fault)
    assert web_access.is_ours(record) is kept
    assert web_access.is_ours(logging.LogRecord("x", logging.ERROR, "f", 1, "said", None, None))


def test_an_address_is_answered_in_bursts_and_then_at_a_rate():
    now = [100.0]
    limit = RateLimit(lambda: now[0])
    assert sum(limit.allows("a") for _ in range(2 * BURST)) == BURST
    assert limit.allows("b"), "another address has its own"
    now[0] += 1
    assert sum(limit.allows("a") for _ in range(2 * BURST)) == REFILL
    now[0] += 3600
    assert sum(limit.allows("a") for _ in range(2 * BURST)) == BURST


def test_few_tokens_can_be_guessed():
    now = [100.0]
    limit = RateLimit(lambda: now[0])

    def guesses():
        count = 0
        while limit.allows("a"):
            limit.punish("a")
            count += 1
        return count

    assert guesses() <= BURST // WRONG
    now[0] += 60
    assert guesses() <= BURST // WRONG


def test_addresses_are_forgotten(monkeypatch):
    limit = RateLimit(lambda: 1.0)
    for number in range(3 * MOST_ADDRESSES):
        assert limit.allows(str(number))
    assert len(limit._buckets) == MOST_ADDRESSES


@pytest.fixture
def page(monkeypatch):
    servers = []

    def start(**options):
        for port in range(20000, 65000, 37):
            try:
                servers.append(web_server.WebServer(
                    share_dir() / "web", dict, lambda _: None, port=port, **options
                ))
                return f"http://127.0.0.1:{port}"
            except OSError:
                continue
        raise AssertionError("no port is free")

    yield start
    for server in servers:
        server.close()


def status(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_who_guesses_is_told_to_wait_and_then_let_in_with_the_token(page, monkeypatch):
    monkeypatch.setattr(web_rate, "REFILL", 0.0)
    address = page(token="s3cret")
    answers = [status(f"{address}/?token={n}") for n in range(BURST // WRONG + 3)]
    assert answers[0] == 401 and answers[-1] == 429
    assert status(f"{address}/?token=s3cret") == 429
    monkeypatch.setattr(web_rate, "REFILL", 1000.0)
    assert status(f"{address}/?token=s3cret") == 200


def test_no_more_than_so_many_watch(page, monkeypatch):
    monkeypatch.setattr(web_server, "MOST_VIEWERS", 2)
    address = page()
    viewers = [urllib.request.urlopen(address + "/events", timeout=5) for _ in range(2)]
    assert status(address + "/events") == 503 == status(address + "/stream")
    assert status(address + "/api/people") == 200
    for viewer in viewers:
        viewer.close()
