#!/usr/bin/env python3
"""The campaign of faults: harm to running nodes, what was expected, and what happened.

Needs the catkin workspace sourced. Each node runs in a process of its own against a roscore of the
campaign's, is harmed at random moments while messages flow, and has to answer afterwards; every
frame has to have an account. Exits with 1 when anything else happened.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import rospy
from harms import (
    camera_harms,
    disk_harms,
    download_harms,
    load_harms,
    master_harms,
    message_harms,
    recording_harms,
    size_harms,
)
from harms.processes import roscore
from harms.stream_harms import STREAM_HARMS, Scene, trials_of

from lightweight_openpose.ros.plumbing.params import mend_shutdown

MESSAGES = "messages"  # name of all harms to all nodes behind the estimator
OTHERS = (
    camera_harms,
    load_harms,
    size_harms,
    disk_harms,
    recording_harms,
    download_harms,
    master_harms,
)


def stream_rows(wanted, rng, trials, pause):
    """Harms to the estimator and its camera."""
    names = [name for name in STREAM_HARMS if wanted(name)]
    if not names:
        return
    with Scene(rng, pause) as scene:
        for name in names:
            harm, expected, keeps = STREAM_HARMS[name]
            happened = list(trials_of(scene, harm, trials, keeps))
            yield f"pose_estimator: {name} ({scene.accountant.sums})", expected, happened


def message_rows(wanted, rng, trials, pause):
    """Bad messages, SIGSTOP and SIGKILL to each node."""
    expected = "the next good one is answered"
    for name, parts in message_harms.nodes().items():
        if wanted(MESSAGES) or wanted(name):
            for done, happened in message_harms.harmed(name, parts, rng, trials, pause):
                also = ", each bad one counted" if done == "bad messages" else ""
                yield f"{name}: {done}", expected + also, happened


def other_rows(wanted, rng, trials, pause):
    """Cameras, load, a looping bag, disks, downloads and masters."""
    for module in OTHERS:
        for name, (harm, expected) in module.HARMS.items():
            if wanted(name):
                yield name, expected, list(harm(rng, trials))


def summary(happened):
    """What happened, in one cell."""
    wrong = Counter(reason for reason in happened if reason)
    told = "; ".join(f"{count} times: {reason}" for reason, count in wrong.most_common(3))
    return told or "as expected"


def names():
    """All that --only takes."""
    others = [name for module in OTHERS for name in module.HARMS]
    return [*STREAM_HARMS, MESSAGES, *message_harms.nodes(), *others]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--port",
        type=int,
        default=11398,
        help="of the campaign's own roscore; the one after it is used, too",
    )
    parser.add_argument("--trials", type=int, default=10, help="of each harm")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--pause", type=float, default=5.0, help="seconds of SIGSTOP")
    parser.add_argument("--only", nargs="+", choices=names(), metavar="NAME", help=str(names()))
    arguments = parser.parse_args()
    os.environ["ROS_MASTER_URI"] = f"http://localhost:{arguments.port}"
    rng = np.random.default_rng(arguments.seed)
    wrong = 0
    print("| harm | trials | expected | happened | ok |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as home, roscore(arguments.port):
        os.environ["ROS_LOG_DIR"] = str(Path(home) / "log")
        rospy.init_node("faults", disable_signals=True)
        for rows in (stream_rows, other_rows, message_rows):
            for name, expected, happened in rows(
                lambda n: not arguments.only or n in arguments.only,
                rng,
                arguments.trials,
                arguments.pause,
            ):
                unexpected = any(happened) or not happened
                wrong += unexpected
                cells = (name, len(happened), expected, summary(happened))
                verdict = "no" if unexpected else "yes"
                print("|", " | ".join(map(str, cells)), "|", verdict, "|", flush=True)
        mend_shutdown()
    rospy.signal_shutdown("done")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
