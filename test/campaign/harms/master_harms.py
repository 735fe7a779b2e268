"""The ROS master killed and started again."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from .processes import ROOT, Node, estimator, roscore, within

_ENDS_WITHIN = 30.0  # s: on a busy machine
_RECOVERS_WITHIN = 40.0  # s


def _port():
    """The one after that of the campaign's own master."""
    return int(os.environ["ROS_MASTER_URI"].rsplit(":", 1)[1]) + 1


def _is_answered(port, timeout):
    """Whether a camera and a listener that begin now get poses."""
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(ROOT / "test" / "campaign"), os.environ.get("PYTHONPATH", "")]
    )
    command = (sys.executable, "-m", "harms.probe", timeout)
    with Node(*command, respawn=False, port=port) as probe:
        within(timeout + 10, lambda: probe.exits)
        return probe.exits[:1] == [0]


def killed(rng, trials):
    """The estimator notices the new master, ends with one line of why, and is started again."""
    port = _port()
    for _ in range(trials):
        with contextlib.ExitStack() as stack:
            core = stack.enter_context(roscore(port))
            node = stack.enter_context(estimator(port=port))
            if not _is_answered(port, _RECOVERS_WITHIN):
                yield "no poses before it"
                continue
            time.sleep(rng.uniform(0, 1))
            _kill_master(core.process.pid)
            if not within(15, lambda: core.exits):
                yield "roscore lives on without its master"
                continue
            time.sleep(rng.uniform(0, 3))
            stack.enter_context(roscore(port))
            yield _after(node, port)


def _kill_master(pid):
    """Kill the master itself; roscore, of this pid, ends with it."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            if b"rosmaster" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)


def _after(node, port):
    """What is wrong after a new master has come."""
    if not within(_ENDS_WITHIN, lambda: node.exits):
        return "it does not notice the new master"
    said = node.said()
    if node.exits[0] != 1 or said.count("master was restarted") != 1:
        return f"exit code {node.exits[0]}, said {said[-200:]!r}"
    return "" if _is_answered(port, _RECOVERS_WITHIN) else "no poses with a new master"


HARMS = {
    "roscore": (killed, "exit 1 with one line when there is a new master, which has poses again"),
}
