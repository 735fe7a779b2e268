"""Bad messages to every node, and every node killed and stopped."""

import contextlib
import json
import signal
import sys
import time
import urllib.request

import rospy
from diagnostic_msgs.msg import DiagnosticArray

from .processes import ROOT, Node, script, within

TEST = ROOT / "test" / "ros"
sys.path[:0] = [str(TEST), str(TEST / "messages")]
import hostile  # noqa: E402
import interop_definitions  # noqa: E402
from lightweight_openpose.msg import (  # noqa: E402
    HeadOrientationArray,
    HumanPose3DArray,
    HumanPoseArray,
    PersonEventsArray,
)
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402
from visualization_msgs.msg import MarkerArray  # noqa: E402

POSES = ("poses", HumanPoseArray, hostile.poses, hostile.BAD_POSES)
POSES_3D = ("poses_3d", HumanPose3DArray, hostile.poses_3d, hostile.BAD_POSES_3D)
HEADS = ("heads", HeadOrientationArray, hostile.heads, hostile.BAD_HEADS)
BAD_INFO = {**hostile.BAD_CAMERA_INFO, **hostile.BAD_LENSES}
INFO = ("camera_info", CameraInfo, hostile.camera_info, BAD_INFO)
IMAGE = ("image", Image, hostile.image, hostile.BAD_IMAGES)
DEPTH = ("depth", Image, hostile.depth, hostile.BAD_DEPTH)
INTEROP = (
    f"import sys; sys.path.insert(0, {str(TEST / 'messages')!r}); import interop_definitions as d; "
    "d.install(); from lightweight_openpose.ros.nodes.interop import main; main()"
)


ANY_SKELETON = (*POSES[:3], {k: v for k, v in hostile.BAD_POSES.items() if "skeleton" not in k})
WEB_PORT = 18099
PEOPLE = f"http://127.0.0.1:{WEB_PORT}/api/people"


def nodes():
    """Name -> command, inputs, topic and type of the output."""
    detections = interop_definitions.module_of("vision_msgs").Detection2DArray
    interop = (sys.executable, "-c", INTEROP, "_outputs:=[vision, hri]")
    events = (*script("pose_events"), "_poses_3d:=true")
    arrows = (*script("pose_3d"), "_heads:=true")
    web = (*script("web_view"), f"_port:={WEB_PORT}")
    drawn = (INFO, IMAGE, POSES, HEADS)
    return {
        "pose_estimator": (script("pose_estimator"), (IMAGE,), "poses", HumanPoseArray),
        "pose_visualizer": (script("pose_visualizer"), drawn, "image", Image),
        "pose_3d": (script("pose_3d"), (INFO, DEPTH, POSES), "poses_3d", HumanPose3DArray),
        "head_arrows": (arrows, (INFO, DEPTH, POSES, HEADS), "markers", MarkerArray),
        "pose_events": (events, (POSES, HEADS, POSES_3D), "events", PersonEventsArray),
        "head_orientation": (
            script("head_orientation"),
            (INFO, POSES),
            "heads",
            HeadOrientationArray,
        ),
        "web_view": (web, (IMAGE, ANY_SKELETON, HEADS), "nothing", Image),
        "interop": (interop, (POSES, POSES_3D, HEADS), "detections", detections),
    }


class Trial:
    """A node that runs, its inputs, what it answers and what it counts as bad."""

    def __init__(self, name, inputs, topic, kind):
        self._inputs = inputs
        self._name = name
        self._answered = set()
        self.bad = {}  # title of a status -> bad messages
        self._senders = {
            t: rospy.Publisher(f"/{name}_in/{t}", k, queue_size=20) for t, k, _, _ in inputs
        }
        rospy.Subscriber(f"/{name}/{topic}", kind, self._on_answer, queue_size=50)
        rospy.Subscriber("/diagnostics", DiagnosticArray, self._on_status)

    def _on_answer(self, msg):
        markers = getattr(msg, "markers", None)
        if markers is None:
            self._answered.add(msg.header.stamp)
        else:
            self._answered.update(m.header.stamp for m in markers)

    def _on_status(self, msg):
        for status in msg.status:
            values = {v.key: v.value for v in status.values}
            if status.name.startswith(self._name + ":") and "bad frames" in values:
                self.bad[status.name] = int(values["bad frames"])

    def apart(self, topic):
        """Time [s] between a bad message and the next, which overtakes it where the newest wins."""
        return 0.3 if topic == "camera_info" or self._name == "pose_estimator" else 0.02

    def count(self):
        """Bad messages that the node counts, None where it does not say."""
        return sum(self.bad.values()) if self.bad else None

    def send(self, bad="", **harm):
        """Messages of one moment, that of topic `bad` with a harm; their stamp."""
        stamp = rospy.Time.now()
        for topic, _, make, _ in self._inputs:
            self._senders[topic].publish(make(stamp, **(harm if topic == bad else {})))
        return stamp

    def publish(self, topic, msg):
        """One message alone."""
        msg.header.stamp = rospy.Time.now()
        self._senders[topic].publish(msg)

    def answers(self, timeout=5.0):
        """Whether one of several good frames is answered."""
        sent = set()

        def answered():
            sent.add(self.send())
            return within(0.2, lambda: sent & self._answered)

        return within(timeout, answered)

    def uncounted(self, before, harms):
        """What is wrong with the count of bad messages, "" when it grew by `harms`."""
        if before is None:
            return "it counts nothing"
        within(3, lambda: self.count() >= before + harms)
        counted = self.count() - before
        return "" if counted >= harms else f"{counted} of {harms} bad messages counted"


class WebTrial(Trial):
    """The same of the web view, which answers on a page and works while that is asked for."""

    def answers(self, timeout=5.0):
        """Whether an image that is sent from now on is shown."""
        start = time.monotonic()

        def shown():
            self.send()
            time.sleep(0.1)
            with contextlib.suppress(OSError), urllib.request.urlopen(PEOPLE, timeout=2) as reply:
                silent = json.load(reply)["image_silent_s"]
                return silent is not None and silent < time.monotonic() - start
            return False

        return within(timeout, shown)


def running(name, parts):
    """A node, as `nodes` gives its parts, and what is sent to it."""
    command, inputs, topic, kind = parts
    remaps = [f"{t}:=/{name}_in/{t}" for t, _, _, _ in inputs]
    trial = WebTrial if name == "web_view" else Trial
    return Node(*command, f"__name:={name}", *remaps), trial(name, inputs, topic, kind)


def harmed(name, parts, rng, trials, pause):
    """(what was done, what happened in each trial) for one node."""
    node, trial = running(name, parts)
    with node:
        if not trial.answers(40.0):
            yield "nothing", ["no answer to good messages"]
            return
        within(3, lambda: trial.count() is not None)
        yield "bad messages", list(_bad_messages(node, trial, parts[1], trials))
        yield "SIGSTOP", [_interrupted(node, trial, rng, pause) for _ in range(trials)]
        yield "SIGKILL", [_killed(node, trial, rng) for _ in range(trials)]


def _bad_messages(node, trial, inputs, trials):
    for _ in range(trials):
        time.sleep(1.1)
        before, sent = trial.count(), 0
        for topic, _, _, harms in inputs:
            for harm, changes in harms.items():
                trial.send(topic, **changes)
                sent += 1
                time.sleep(trial.apart(topic))
                silent = "" if trial.answers() else "silent"
                yield f"{silent} after {topic} with {harm}" if silent else ""
        if node.exits:
            yield f"it ended: {node.said()[-200:]}"
        yield trial.uncounted(before, sent)


def _interrupted(node, trial, rng, pause):
    time.sleep(rng.uniform(0, 0.3))
    node.send_signal(signal.SIGSTOP)
    time.sleep(pause)
    node.send_signal(signal.SIGCONT)
    return "" if trial.answers(15.0) else "silent after it"


def _killed(node, trial, rng):
    time.sleep(rng.uniform(0, 0.3))
    node.send_signal(signal.SIGKILL)
    within(5, lambda: node.exits)
    return "" if trial.answers(60.0) else "silent after it was started again"
