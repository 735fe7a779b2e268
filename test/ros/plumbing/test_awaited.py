"""Inputs that do not come are named, and nothing waits for them for ever; needs ROS."""

import time

import pytest

rospy = pytest.importorskip("rospy", reason="ROS is not sourced")
message_filters = pytest.importorskip("message_filters")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import DiagnosticStatusWrapper
from lightweight_openpose.msg import HumanPoseArray
from std_msgs.msg import Header

from lightweight_openpose.ros.plumbing import awaited, diagnostics
from lightweight_openpose.ros.plumbing.awaited import await_inputs, why_silent
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.sync import NearStampSynchronizer, StampSynchronizer


class Topic(message_filters.SimpleFilter):
    """A subscription of a topic that nobody has to publish."""

    def __init__(self, name, kind="lightweight_openpose/HumanPoseArray"):
        super().__init__()
        self.sub = self
        self.name, self.type, self.impl = name, kind, object()

    def send(self, stamp):
        header = Header(stamp=rospy.Time.from_sec(stamp))
        self.signalMessage(HumanPoseArray(header=header, height=1, width=1))


class Node:
    """A node with two inputs, as the report of its messages sees it."""

    def __init__(self, monkeypatch, kind=StampSynchronizer, *arguments):
        self.now = 1000.0
        self.late = False
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(awaited, "why_silent", lambda *_: ("nobody publishes it", self.late))
        self.said = []
        monkeypatch.setattr(rospy, "logwarn", lambda text, *more: self.said.append(text % more))
        fills = []
        monkeypatch.setattr(
            diagnostics, "publish_diagnostics", lambda name, fill: fills.append(fill)
        )
        rospy.rostime.set_rostime_initialized(True)
        self.health, self.answers = StreamHealth(), []
        self.wanted = True
        self.topics = Topic("/poses"), Topic("/depth")
        synchronizer = kind(list(self.topics), 60, *arguments)
        synchronizer.registerCallback(guarded(self.health, lambda *both: self.answers.append(both)))
        await_inputs(self.health, dict(zip(self.topics, ("start it", "remap depth"))), synchronizer)
        diagnostics.report("node", self.health, lambda: self.wanted)
        self.fill = fills[0]

    def run(self, seconds, *stamps):
        """One message a second on the topics that have stamps, later by a second each time."""
        for count in range(seconds):
            for topic, stamp in zip(self.topics, stamps):
                if stamp is not None:
                    topic.send(stamp + (count if stamp else 0))
            self.now += 1
            status = self.fill(DiagnosticStatusWrapper())
        return status


@pytest.fixture
def node(monkeypatch):
    return Node(monkeypatch)


def test_nothing_is_said_while_all_comes(node):
    status = node.run(20, 10, 10)
    assert status.level == DiagnosticStatus.OK and node.said == [] and len(node.answers) == 20


def test_an_input_that_does_not_come_is_named_with_its_remedy_once(node):
    assert node.run(5, 10).level == DiagnosticStatus.OK
    status = node.run(20, 15)
    assert status.level == DiagnosticStatus.WARN
    assert status.message == "no message on /depth for 25 s: nobody publishes it; remap depth"
    assert len(node.said) == 1 and "no message on /depth for 6 s" in node.said[0]
    totals = node.health.account.totals()
    assert (totals.received, totals.dropped, totals.in_flight) == (25, 25, 0)


def test_frames_wait_for_an_input_that_is_late_at_the_start(node):
    """As poses are while the estimator begins."""
    node.late = True
    assert node.run(17).level == DiagnosticStatus.WARN
    node.run(3, 10)
    for stamp in (10, 11, 12):
        node.topics[1].send(stamp)
    assert len(node.answers) == 3 and node.health.account.totals().dropped == 0


def test_frames_wait_a_minute_for_a_network_that_takes_long(node):
    """As images do for their poses on a weak processor."""
    node.late = True
    node.run(2, 10, 10)
    node.run(20, 12)
    assert node.health.account.totals().in_flight == 20
    for stamp in range(12, 32):
        node.topics[1].send(stamp)
    assert len(node.answers) == 22 and node.health.account.totals().dropped == 0
    node.run(100, 32)
    totals = node.health.account.totals()
    assert totals.in_flight == 59 and totals.dropped == 41  # a minute of them


def test_it_is_well_when_the_input_comes_and_said_again_when_it_goes(node):
    node.run(8, 10)
    status = node.run(3, 20, 20)
    assert status.level == DiagnosticStatus.OK and len(node.answers) == 3
    assert node.run(8, 30).level == DiagnosticStatus.WARN and len(node.said) == 2


def test_each_input_has_its_own_age(node):
    status = node.run(6)
    assert len(node.said) == 1
    assert "/poses for 6 s" in status.message and "start it" in status.message
    assert "/depth for 6 s" in status.message
    assert "/poses" not in node.run(1, 10).message


def test_nobody_is_warned_of_what_nobody_wants(node):
    node.wanted = False
    assert node.run(9).level == DiagnosticStatus.OK
    node.wanted = True
    node.topics[1].impl = None  # as after unregister(): the inputs are just connected anew
    assert node.run(9).level == DiagnosticStatus.OK and node.said == []


def test_messages_that_never_belong_together_are_told(node):
    status = node.run(10, 100, 100.5)
    assert status.level == DiagnosticStatus.WARN and len(node.said) == 1
    assert "/poses and /depth, but none belong together for 10 s" in status.message
    assert "0.500 s apart; remap them to nodes" in status.message


@pytest.mark.parametrize(
    "stamps, topics", [((0, 5), "/poses"), ((5, 0), "/depth"), ((0, 0), "/poses, /depth")]
)
def test_stamps_of_zero_are_told(stamps, topics, node):
    status = node.run(2, *stamps)
    assert status.level == DiagnosticStatus.WARN and len(node.said) == 1
    assert status.message.startswith(f"the stamps on {topics} are 0")


@pytest.mark.parametrize(
    "slop, apart, answers",
    [
        (0.0, 0.0, 10),
        (0.0, 0.001, 0),
        (0.03, 0.03, 10),
        (0.03, 0.031, 0),
        (0.5, 0.25, 10),
    ],
)
def test_a_slop_counts_itself_in(slop, apart, answers, monkeypatch):
    node = Node(monkeypatch, NearStampSynchronizer, slop)
    node.run(10, 100, 100 + apart)
    assert len(node.answers) == answers


def test_the_remedy_of_a_slop_is_a_larger_one(monkeypatch):
    node = Node(monkeypatch, NearStampSynchronizer, 0.01)
    assert "or raise ~slop" in node.run(9, 100, 100.1).message


class Master:
    """A ROS master that knows these topics: name -> (type, nodes)."""

    def __init__(self, monkeypatch, topics):
        self._topics = topics
        monkeypatch.setattr(rospy, "get_published_topics", self._published)
        monkeypatch.setattr(rospy, "get_master", lambda: self)

    def _published(self):
        return [[name, kind] for name, (kind, _) in self._topics.items()]

    def getSystemState(self):  # noqa: N802, as in xmlrpc
        return 1, "", [[[name, nodes] for name, (_, nodes) in self._topics.items()], [], []]


@pytest.mark.parametrize(
    "topics, said",
    [
        ({}, "nobody publishes it"),
        (
            {"/depth": ("sensor_msgs/PointCloud2", ["/camera"])},
            "/camera publishes it as sensor_msgs/PointCloud2, and sensor_msgs/Image is needed",
        ),
        (
            {"/depth": ("sensor_msgs/Image", ["/a", "/b"])},
            "/a, /b publishes it, but nothing arrives",
        ),
        (
            {"/depth/compressedDepth": ("sensor_msgs/CompressedImage", ["/camera"])},
            "nobody publishes it, but /depth/compressedDepth exists",
        ),
    ],
)
def test_why_a_topic_is_silent(topics, said, monkeypatch):
    Master(monkeypatch, topics)
    why, late = why_silent("/depth", "sensor_msgs/Image")
    assert why.startswith(said) and late == ("arrives" in said)


@pytest.mark.parametrize("error", awaited.UNREACHABLE)
def test_a_master_that_is_gone_is_no_fault_of_the_report(error, monkeypatch):
    def fail():
        raise error("gone")

    monkeypatch.setattr(rospy, "get_published_topics", fail)
    assert why_silent("/depth", "sensor_msgs/Image")[0] == "the ROS master does not answer"
