"""A node whose master is killed and started again, and one whose copy is ended; needs ROS.

In processes of their own.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

rosgraph = pytest.importorskip("rosgraph", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")

LAUNCH = Path(__file__).resolve().parents[3] / "launch" / "pose_events.launch"
NODE = (
    "from lightweight_openpose.ros.plumbing import master_watch; master_watch.PERIOD = 0.2; "
    "from lightweight_openpose.ros.nodes.pose_events import main; main()"
)

FORKS = """
import os, threading, time
from lightweight_openpose.ros.nodes.pose_events import PoseEventsSettings
from lightweight_openpose.ros.plumbing import params

def fork():
    copy = os.fork()
    while copy == 0:
        time.sleep(0.1)
    print(copy, flush=True)
    print("ended by", os.waitpid(copy, 0)[1], flush=True)

def make_node(settings):
    threading.Thread(target=fork, daemon=True).start()

params.run("node", PoseEventsSettings, make_node)
"""


def free_port():
    with socket.socket() as server:
        server.bind(("", 0))
        return server.getsockname()[1]


def until(condition, what, seconds=60.0):
    end = time.time() + seconds
    while not condition():
        assert time.time() < end, f"{what} did not happen"
        time.sleep(0.05)


class Masters:
    """A roscore that can be killed and started again at the same address, and its clients."""

    def __init__(self, folder):
        self.port = free_port()
        self.uri = f"http://localhost:{self.port}"
        places = {"ROS_LOG_DIR": str(folder), "ROS_HOME": str(folder), "ROS_IP": "127.0.0.1"}
        self.environment = dict(os.environ, ROS_MASTER_URI=self.uri, **places)
        self.processes = []
        self.client = rosgraph.Master("/test", master_uri=self.uri)

    def start(self, *command, **options):
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        process = subprocess.Popen(command, env=self.environment, **options)
        self.processes.append(process)
        return process

    def roscore(self):
        core = self.start("roscore", "-p", str(self.port))
        until(lambda: self.client.is_online() and self.knows("/run_id"), "a master")
        return core

    def end(self, process):
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)

    def knows(self, parameter):
        try:
            return self.client.hasParam(parameter)
        except OSError:
            return False

    def publishers(self, topic):
        return dict(self.client.getSystemState()[0])[topic]

    def has(self, node):
        try:
            return bool(self.client.lookupNode(node))
        except (OSError, rosgraph.MasterException):
            return False


@pytest.fixture
def masters(tmp_path):
    made = Masters(tmp_path)
    yield made
    for process in reversed(made.processes):
        if process.poll() is None:
            made.end(process)


def test_a_node_outlives_its_master_and_ends_when_there_is_a_new_one(masters):
    core = masters.roscore()
    arguments = ("__name:=events", "_heads:=false")
    node = masters.start(
        sys.executable,
        "-c",
        NODE,
        *arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    until(lambda: masters.has("/events"), "the node")
    time.sleep(1.0)  # some looks at the master
    masters.end(core)
    time.sleep(1.0)
    assert node.poll() is None
    masters.roscore()
    said, _ = node.communicate(timeout=60)
    assert node.returncode == 1
    lines = [line for line in said.splitlines() if line.strip()]
    assert sum("/events: the master is gone" in line for line in lines) == 1
    assert sum("the master was restarted and does not know this node" in x for x in lines) == 1
    assert "Traceback" not in said
    assert masters.client.getParam("/events/heads") is False


def test_roslaunch_starts_it_again_with_its_parameters(masters):
    core = masters.roscore()
    masters.start("roslaunch", str(LAUNCH), "heads:=false")
    until(lambda: masters.has("/pose_events"), "the node")
    time.sleep(1.0)
    masters.end(core)
    masters.roscore()
    until(lambda: masters.knows("/pose_events/heads"), "its parameters with the new master")
    until(lambda: masters.has("/pose_events"), "the node with the new master")
    assert masters.client.getParam("/pose_events/heads") is False


def test_a_copy_that_a_library_forks_and_ends_leaves_the_node_known(masters, tmp_path):
    masters.roscore()
    said = tmp_path / "said"
    with said.open("w") as stream:
        masters.start(sys.executable, "-c", FORKS, stdout=stream)
    until(lambda: said.read_text().endswith("\n"), "a copy")
    publishers = masters.publishers("/rosout")
    os.kill(int(said.read_text()), signal.SIGTERM)
    until(lambda: f"ended by {int(signal.SIGTERM)}\n" in said.read_text(), "its end")
    assert masters.publishers("/rosout") == publishers and "/node" in publishers
