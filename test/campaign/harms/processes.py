"""Nodes as processes that can be harmed."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RESPAWN_DELAY = 0.5  # s


def within(timeout, condition, period=0.02):
    """Whether condition() comes true within timeout [s]."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(period)
    return bool(condition())


def memory_mb(pid):
    """Resident set of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def script(name):
    """Command of one of the package's nodes."""
    return (sys.executable, str(ROOT / "scripts" / f"{name}_node.py"))


class Node:
    """A process, started again when it ends where that is wanted, as by respawn of roslaunch."""

    def __init__(self, *command, respawn=True, port=None):
        """port: of the ROS master, where it is not the campaign's own."""
        self.command = [str(c) for c in command]
        self._respawn = respawn
        # Of what rospy prints, only warnings and errors come at once otherwise.
        self._environment = dict(os.environ, PYTHONUNBUFFERED="1")
        if port is not None:
            self._environment["ROS_MASTER_URI"] = f"http://localhost:{port}"
        self._log = tempfile.TemporaryFile("a+", errors="replace")  # children append
        self._closed = threading.Event()
        self.exits = []  # codes of the processes that ended
        self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _start(self):
        self.process = subprocess.Popen(
            self.command, env=self._environment, stdout=self._log, stderr=subprocess.STDOUT
        )

    def _watch(self):
        while not self._closed.is_set():
            code = self.process.poll()
            if code is not None:
                self.exits.append(code)
                if not self._respawn or self._closed.wait(RESPAWN_DELAY):
                    return
                self._start()
            self._closed.wait(0.02)

    def send_signal(self, number):
        """Send a signal to the process that runs now."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, number)

    def said(self):
        """What the processes printed so far."""
        self._log.seek(0)
        return self._log.read()

    def close(self, number=signal.SIGTERM):
        """End it for good."""
        self._closed.set()
        for harder in (signal.SIGCONT, number):
            self.send_signal(harder)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@contextlib.contextmanager
def roscore(port):
    """A ROS master at a port for the time of the block.

    Who ends the campaign by SIGTERM ends its processes, too.
    """
    import rosgraph

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    command = ("roscore", "-p", port)
    master = rosgraph.Master("/faults", f"http://localhost:{port}")
    with Node(*command, respawn=False, port=port) as node:  # else it takes another's run id
        if not within(20, master.is_online):
            raise SystemExit(f"no ROS master came up at port {port}: {node.said()[-300:]}")
        time.sleep(1)  # rosout
        yield node


def estimator(*arguments, name="pose_estimator", image="/camera/image_raw", **options):
    """The estimator's node."""
    command = (*script("pose_estimator"), f"__name:={name}", f"image:={image}")
    return Node(*command, *arguments, **options)
