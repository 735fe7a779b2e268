#!/usr/bin/env python3
"""What a user of the estimator's node meets beside its speed: start, memory, several cameras, other
nodes beside it.

Needs the catkin workspace sourced, and two cores for `beside`. Each figure is a ratio or a time of
one run on this machine.
"""

import argparse
import json
import os
import sys
import time

import numpy as np
from nodes import HERE, Listener, cpu_ms, memory_mb, ros, running
from tqdm import tqdm

from lightweight_openpose.poses.pose import Pose

SCRIPTS = HERE.parent / "scripts"
PEOPLE = 10  # in `transport`


def estimator(arguments, cameras="", threads=0, prefix=()):
    return running(
        *prefix,
        sys.executable,
        SCRIPTS / "pose_estimator_node.py",
        "__ns:=bench",
        "__name:=pose_estimator",
        f"_model:={arguments.model}",
        f"_input_height:={arguments.height}",
        f"_cameras:=[{cameras}]",
        f"_threads:={threads}",
    )


def player(arguments, rate, seconds, topic="image", size=None, prefix=()):
    return running(
        *prefix,
        sys.executable,
        HERE / "player.py",
        arguments.video,
        "--size",
        size or arguments.size,
        "--rate",
        rate,
        "--seconds",
        seconds,
        "__ns:=bench",
        f"image:={topic}",
        f"__name:={topic.replace('/', '_')}_player",
    )


def start(arguments):
    """Seconds from the start of the process to the first poses: the first time, and once its model
    is in the cache.
    """
    seconds = []
    for _ in range(3):
        listener = Listener()
        with player(arguments, 30, 60):
            time.sleep(2)
            begin = time.monotonic()
            with estimator(arguments):
                listener.wait(1)
                seconds.append(listener.arrivals[0] - begin)
        listener.subscriber.unregister()
    return {"start_s": min(seconds[1:]), "first_start_s": seconds[0]}


def memory(arguments):
    """Resident memory at frame 1,000 and at the last one (640x480)."""
    listener = Listener()
    with estimator(arguments) as process, player(arguments, 80, 3600, size="640x480"):
        marks = {}
        for count in tqdm(range(1000, arguments.frames + 1, 1000), unit="k frames"):
            listener.wait(count, 600)
            marks[count] = memory_mb(process.pid)
    return {
        "frames": arguments.frames,
        "mb_at_1000": marks[1000],
        "mb_at_end": marks[max(marks)],
        "ratio": marks[max(marks)] / marks[1000],
    }


def rate(listeners, seconds):
    """Poses per second and camera."""
    for listener in listeners:
        listener.wait(10)
        listener.clear()
    time.sleep(seconds)
    rates = [len(listener.arrivals) / seconds for listener in listeners]
    for listener in listeners:
        listener.subscriber.unregister()
    return rates


def cameras(arguments):
    """Throughput of three cameras over that of one, all offered at the same rate in total; share of
    the slowest camera.
    """
    with estimator(arguments), player(arguments, 60, 60):
        (one,) = rate([Listener()], arguments.seconds)
    names = ["front", "left", "rear"]
    topics = [f"/bench/pose_estimator/{name}/poses" for name in names]
    with estimator(arguments, ", ".join(names)) as process, player(
        arguments, 20, 60, "front/image"
    ), player(arguments, 20, 60, "left/image"), player(arguments, 20, 60, "rear/image"):
        three = rate([Listener(topic) for topic in topics], arguments.seconds)
        used = memory_mb(process.pid)
    return {
        "one_per_s": one,
        "three_per_s": sum(three),
        "ratio": sum(three) / one,
        "slowest_share": min(three) / sum(three) * 3,
        "mb": used,
    }


def beside(arguments):
    """Throughput with the visualizer and the recorder over that without, the estimator on a core of
    its own.
    """
    first = ("taskset", "-c", "0")
    second = ("taskset", "-c", "1")
    rates = []
    for with_visualizer in (False, True):
        with estimator(arguments, threads=1, prefix=first), player(
            arguments, 60, 60, prefix=second
        ):
            if not with_visualizer:
                rates += rate([Listener()], arguments.seconds)
                continue
            recording = f"_record:={os.path.join(arguments.scratch, 'beside.mp4')}"
            with running(
                *second,
                sys.executable,
                SCRIPTS / "pose_visualizer_node.py",
                "__ns:=bench",
                recording,
                "_heads:=false",
                "poses:=pose_estimator/poses",
            ):
                rates += rate([Listener()], arguments.seconds)
    return {"alone_per_s": rates[0], "with_per_s": rates[1], "ratio": rates[1] / rates[0]}


def transport(arguments):
    """CPU ms that rospy takes of the estimator's process to receive an image and to publish poses
    of ten people.
    """
    listener = Listener()
    with running(
        sys.executable, __file__, arguments.video, "--echo", "__ns:=bench", "__name:=pose_estimator"
    ) as process, player(arguments, 30, 60):
        listener.wait(30)
        before = cpu_ms(process.pid)
        count = len(listener.arrivals)
        time.sleep(arguments.seconds)
        spent = cpu_ms(process.pid) - before
        frames = len(listener.arrivals) - count
    return {"cpu_ms": spent / frames, "people": float(np.median(listener.people))}


def echo():
    """The estimator's node with an estimator that does nothing and finds ten people."""
    from lightweight_openpose.estimation.estimator import PoseEstimator
    from lightweight_openpose.estimation.seen import Maps, Timing
    from lightweight_openpose.ros.nodes.pose_estimator import (
        PoseEstimatorNode,
        PoseEstimatorSettings,
    )
    from lightweight_openpose.ros.plumbing import params

    class Nothing(PoseEstimator):
        def input_of(self, image, input_height=None, reduction=1, regions=None):
            return None

        def look(self, given, backend=None):
            return Maps(None, None, None, Timing(0.0, 0.0))

        def people(self, maps):
            return [Pose(np.full((18, 3), 0.5, np.float32), 0.5) for _ in range(PEOPLE)]

        def two_streams(self, width=640, height=480):
            return None

    params.run(
        "pose_estimator",
        PoseEstimatorSettings,
        lambda settings: PoseEstimatorNode(Nothing.load(settings.model), settings),
    )


FIGURES = {f.__name__: f for f in (start, memory, cameras, beside, transport)}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("video", help="clip with people in it")
    parser.add_argument("--only", nargs="+", choices=FIGURES, default=list(FIGURES))
    parser.add_argument("--model", default="default")
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument("--size", default="1280x720", help="of the images")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--frames", type=int, default=20000, help="of `memory`")
    parser.add_argument("--scratch", default="/tmp", help="folder for a recording")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--echo", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args([a for a in sys.argv[1:] if ":=" not in a])
    if arguments.echo:
        echo()
        return 0
    with ros():
        figures = {}
        for name in arguments.only:
            values = figures[name] = FIGURES[name](arguments)
            if not arguments.json:  # at once: a later one may fail
                what = " ".join(FIGURES[name].__doc__.split())
                shown = ", ".join(f"{k} {v:.4g}" for k, v in values.items())
                print(f"{name}: {what}\n  {shown}", flush=True)
    if arguments.json:
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
