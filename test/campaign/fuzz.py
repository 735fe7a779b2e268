#!/usr/bin/env python3
"""Random messages: what the core and the nodes make of them.

Needs the catkin workspace sourced. In this process each is used or refused by name, and the
resident set does not grow; with --ros some of each kind go to real nodes, which have to answer the
next good message. Exits with 1 when anything else happened.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rospy
from harms import message_harms
from harms.processes import Node, memory_mb, roscore
from rosgraph_msgs.msg import Log

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ros"))
import random_messages  # noqa: E402
from fuzzing import KINDS, outcome  # noqa: E402

GROWTH = 16.0  # MB, of the resident set after half of the messages: a few images, no leak
NETWORKS = 100.0  # MB, likewise of the estimator, which keeps its network for four input sizes
LINES = 20  # errors of one node that may be said in two seconds
RANDOM = {  # topic -> maker of its random messages
    "image": random_messages.image,
    "depth": random_messages.depth,
    "camera_info": random_messages.camera_info,
    "poses": random_messages.poses,
}


def in_process(kind, count, rng):
    """Cells of the table, and whether all is as it should be."""
    used, slowest, early, fault = 0, 0.0, 0.0, ""
    for number in range(count):
        start = time.perf_counter()
        try:
            used += outcome(kind, rng)
        except Exception as error:  # the campaign tells of it and goes on
            fault = fault or f"{type(error).__name__}: {str(error)[:100]}"
        slowest = max(slowest, time.perf_counter() - start)
        if number == count // 2:
            early = memory_mb(os.getpid())
    growth = memory_mb(os.getpid()) - early
    good = not fault and growth < GROWTH
    happened = f"{used} used, {count - used} refused, slowest {1000 * slowest:.0f} ms"
    return f"{happened}, memory {growth:+.1f} MB; {fault or 'no crash'}", good


def over_ros(name, parts, count, rng):
    """The same for a real node."""
    command, inputs, topic, kind = parts
    said = []
    log = rospy.Subscriber("/rosout", Log, lambda m: m.name == f"/{name}" and said.append(m))
    remaps = [f"{t}:=/{name}_in/{t}" for t, _, _, _ in inputs]
    with Node(*command, f"__name:={name}", *remaps) as node:
        trial = message_harms.Trial(name, inputs, topic, kind)
        if not trial.answers(40):
            return "no answer to a good message", False
        start, early, silent = time.monotonic(), 0.0, 0
        for number in range(count):
            for bad in (i[0] for i in inputs if i[0] in RANDOM):
                trial.publish(bad, RANDOM[bad](rng))
            time.sleep(0.01)
            silent += number % 20 == 19 and not trial.answers()
            if number == count // 2:
                early = memory_mb(node.process.pid)
        growth = memory_mb(node.process.pid) - early
        seconds = time.monotonic() - start
        good = not silent and not node.exits and len(said) <= LINES * (seconds / 2 + 1)
    log.unregister()
    happened = f"silent {silent} times, ended {len(node.exits)} times, {len(said)} lines of log"
    good = good and growth < (NETWORKS if name == "pose_estimator" else GROWTH)
    return f"{happened} in {seconds:.0f} s, memory {growth:+.1f} MB", good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10000, help="messages of each kind")
    parser.add_argument("--ros", type=int, default=300, help="of each kind to real nodes; 0: none")
    parser.add_argument("--port", type=int, default=11398, help="of the campaign's own roscore")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    wrong = 0
    print("| random messages | count | happened | ok |\n| --- | --- | --- | --- |")

    def tell(what, count, happened, good):
        nonlocal wrong
        wrong += not good
        print(f"| {what} | {count} | {happened} | {'yes' if good else 'no'} |", flush=True)

    for kind in KINDS:
        tell(kind, arguments.count, *in_process(kind, arguments.count, rng))
    if arguments.ros:
        os.environ["ROS_MASTER_URI"] = f"http://localhost:{arguments.port}"
        with tempfile.TemporaryDirectory() as home, roscore(arguments.port):
            os.environ["ROS_LOG_DIR"] = home
            rospy.init_node("fuzz", disable_signals=True)
            for name, parts in message_harms.nodes().items():
                if name != "web_view":
                    tell(f"to {name}", arguments.ros, *over_ros(name, parts, arguments.ros, rng))
            rospy.signal_shutdown("done")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
