"""Nodes as processes of a benchmark, and what they cost."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

import rospy
from lightweight_openpose.msg import HumanPoseArray

HERE = Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def running(*command):
    process = subprocess.Popen(
        [str(c) for c in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)


@contextlib.contextmanager
def ros():
    """A roscore of the benchmark's own, and this process as a node."""
    os.environ["ROS_MASTER_URI"] = "http://localhost:11399"
    with running("roscore", "-p", "11399"):
        time.sleep(3)
        rospy.init_node("benchmark")
        yield


class Listener:
    """Arrival times and ages of the poses."""

    def __init__(self, topic="/bench/pose_estimator/poses"):
        self.clear()
        self.subscriber = rospy.Subscriber(topic, HumanPoseArray, self._on, queue_size=100)

    def clear(self):
        self.arrivals = []
        self.ages = []
        self.people = []
        self.hands = []

    def _on(self, msg):
        self.arrivals.append(time.monotonic())
        self.ages.append(1000 * (rospy.Time.now() - msg.header.stamp).to_sec())
        self.people.append(len(msg.poses))
        self.hands.append(sum(bool(p.left_hand) + bool(p.right_hand) for p in msg.poses))

    def wait(self, count, timeout=60.0):
        """Until that many have come; SystemExit when they do not."""
        end = time.monotonic() + timeout
        while len(self.arrivals) < count:
            if time.monotonic() > end:
                raise SystemExit(
                    f"only {len(self.arrivals)} of {count} poses came in {timeout:.0f} s"
                )
            time.sleep(0.005)


def cpu_ms(pid):
    """CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid, field="VmRSS"):
    """Memory of a process: VmRSS now, VmHWM at its peak."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024
