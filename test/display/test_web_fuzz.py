"""The page's server under requests that nobody should send, and too many of them."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("aiohttp")
from aiohttp.http_exceptions import LineTooLong

from lightweight_openpose.display import web_access
from lightweight_openpose.display.web_rate import BURST, REFILL, RateLimit

ROOT = Path(__file__).resolve().parents[2]


def test_five_seconds_of_bad_requests_do_no_harm():
    """The short form of test/campaign/fuzz_page.py: no traceback, nothing shown, nothing grows."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "test" / "campaign" / "fuzz_page.py"), "--seconds", "5"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p)),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("0 faults\n") and "401" in done.stdout


@pytest.mark.parametrize(
    "error, kept",
    [
        (LineTooLong("x"), False),
        (ConnectionResetError(), False),
        (ZeroDivisionError(), True),
    ],
)
def test_bad_requests_do_not_fill_the_log_and_own_faults_are_in_it(error, kept):
    fault = (type(error), error, None)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "said", None, fault)
    assert web_access.is_ours(record) is kept
    assert web_access.is_ours(logging.LogRecord("x", logging.ERROR, "f", 1, "said", None, None))


def test_requests_are_answered_in_bursts_and_then_at_a_rate():
    now = [100.0]
    limit = RateLimit(lambda: now[0])
    assert sum(limit.allows() for _ in range(2 * BURST)) == BURST
    now[0] += 1
    assert sum(limit.allows() for _ in range(2 * BURST)) == REFILL
    now[0] += 3600
    assert sum(limit.allows() for _ in range(2 * BURST)) == BURST
