#!/usr/bin/env python3
"""Bad messages to running nodes: what was done, what was expected, what happened.

Needs the catkin workspace sourced. Each node runs in a process of its own against a roscore of the
campaign's. A bad message comes among good ones; the good ones after it have to be answered.
Exits with 1 when a node does not.
"""
import argparse
import os
import sys
import time

import rospy
from nodes import HERE, running

TEST = HERE.parent / "test" / "ros"
SCRIPTS = HERE.parent / "scripts"
sys.path[:0] = [str(TEST), str(TEST / "messages")]
import hostile  # noqa: E402
from lightweight_openpose.msg import (  # noqa: E402
    HeadOrientationArray,
    HumanPose3DArray,
    HumanPoseArray,
    PersonEventsArray,
)
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402

POSES = ("poses", HumanPoseArray, hostile.poses, hostile.BAD_POSES)
POSES_3D = ("poses_3d", HumanPose3DArray, hostile.poses_3d, hostile.BAD_POSES_3D)
HEADS = ("heads", HeadOrientationArray, hostile.heads, hostile.BAD_HEADS)
INFO = ("camera_info", CameraInfo, hostile.camera_info, hostile.BAD_CAMERA_INFO)
IMAGE = ("image", Image, hostile.image, hostile.BAD_IMAGES)
DEPTH = ("depth", Image, hostile.depth, hostile.BAD_DEPTH)
INTEROP = (
    f"import sys; sys.path.insert(0, {str(TEST / 'messages')!r}); import interop_definitions as d; "
    "d.install(); from lightweight_openpose.ros.nodes.interop import main; main()"
)


def _script(name):
    return (sys.executable, str(SCRIPTS / f"{name}_node.py"))


def _nodes():
    """Name -> command, inputs, topic and type of the output."""
    import interop_definitions

    events = ("_poses_3d:=true",)
    detections = interop_definitions.module_of("vision_msgs").Detection2DArray
    interop = (sys.executable, "-c", INTEROP, "_outputs:=[vision, hri]")
    return {
        "pose_visualizer": (_script("pose_visualizer"), (INFO, IMAGE, POSES, HEADS), "image",
                            Image),
        "pose_3d": (_script("pose_3d"), (INFO, DEPTH, POSES), "poses_3d", HumanPose3DArray),
        "pose_events": (_script("pose_events") + events, (POSES, HEADS, POSES_3D), "events",
                        PersonEventsArray),
        "head_orientation": (_script("head_orientation"), (INFO, POSES), "heads",
                             HeadOrientationArray),
        "interop": (interop, (POSES, POSES_3D, HEADS), "detections", detections),
    }


class Trial:
    """A node that runs, its inputs and what it answers."""

    def __init__(self, name, inputs, topic, kind):
        self._inputs = inputs
        self._answered = set()
        self._senders = {t: rospy.Publisher(f"/{name}_in/{t}", k, queue_size=20)
                         for t, k, _, _ in inputs}
        rospy.Subscriber(f"/{name}/{topic}", kind, lambda m: self._answered.add(m.header.stamp))

    def connected(self, timeout=30.0):
        senders = self._senders.values()
        return _within(timeout, lambda: all(p.get_num_connections() for p in senders))

    def send(self, bad="", **harm):
        """Messages of one moment, that of topic `bad` with a harm; their stamp."""
        stamp = rospy.Time.now()
        for topic, _, make, _ in self._inputs:
            self._senders[topic].publish(make(stamp, **(harm if topic == bad else {})))
        return stamp

    def answers(self, timeout=5.0):
        """Whether one of several good frames is answered."""
        sent = set()
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            sent.add(self.send())
            if _within(0.2, lambda: sent & self._answered):
                return True
        return False


def _within(timeout, condition):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def campaign(name, command, inputs, topic, kind):
    """Rows of the table for one node."""
    remaps = [f"{t}:=/{name}_in/{t}" for t, _, _, _ in inputs]
    with running(*command, f"__name:={name}", *remaps) as process:
        trial = Trial(name, inputs, topic, kind)
        if not (trial.connected() and trial.answers(20.0)):
            yield name, "a good frame", "no answer"
            return
        for bad, _, _, harms in inputs:
            for harm, changes in harms.items():
                trial.send(bad, **changes)
                time.sleep(0.05)
                happened = "answered" if trial.answers() else "silent"
                if process.poll() is not None:
                    happened = "ended"
                yield name, f"{bad}: {harm}", happened


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=11398, help="of the campaign's own roscore")
    parser.add_argument("--only", nargs="+", help="names of nodes")
    arguments = parser.parse_args()
    os.environ["ROS_MASTER_URI"] = f"http://localhost:{arguments.port}"
    wrong = 0
    print("| node | done | expected | happened |\n| --- | --- | --- | --- |")
    with running("roscore", "-p", arguments.port):
        time.sleep(3)
        rospy.init_node("faults", disable_signals=True)
        for name, parts in _nodes().items():
            if arguments.only and name not in arguments.only:
                continue
            for node, done, happened in campaign(name, *parts):
                wrong += happened != "answered"
                print(f"| {node} | {done} | answered | {happened} |", flush=True)
        rospy.signal_shutdown("done")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
