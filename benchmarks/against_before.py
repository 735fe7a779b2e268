#!/usr/bin/env python3
"""Speed, age, memory and start of this tree over those of another commit, real nodes, in one run.

Rounds in which both take turns; medians, and ratios of them. VIDEO shows people at any place; for
~regions a film of two people before a still camera is made of labelled photographs. Faces are not
looked for, since earlier commits cannot. Needs this tree's workspace built, and a machine that does
nothing else.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
from cutouts import backgrounds, good_cutouts
from other_tree import ROOT, built, checked_out, sourced
from tqdm import tqdm
from walking_cutouts import FPS, camera_path, film, shots

SIZE = (1280, 720)  # width, height [px] of the images
FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_tile")
OFFERED = 1.1, 1.6  # images over those that the bare network could take: whole, with regions
WARM = 2.0  # s of images before those that count
NODE = {
    "start": "s to the first poses",
    "cpu": "CPU ms a frame at 30 Hz",
    "p95": "age p95 ms",
    "rate": "poses/s",
    "mb": "peak MB",
}


def node_figures(arguments):
    """Figures of the estimator's node of the workspace that is sourced, one process for all."""
    from nodes import Listener, cpu_ms, memory_mb, ros, running

    tree, clip, rate, settings = json.loads(arguments.node)
    found = {}

    def player(hertz, seconds):
        return running(
            sys.executable,
            ROOT / "benchmarks" / "player.py",
            clip,
            "--size",
            "{}x{}".format(*SIZE),
            "--rate",
            hertz,
            "--seconds",
            seconds,
            "__ns:=bench",
        )

    with ros(), ExitStack() as stack:
        listener = Listener()
        feed = stack.enter_context(player(30, 3600))
        time.sleep(3)
        begin = time.monotonic()
        process = stack.enter_context(
            running(
                sys.executable,
                Path(tree) / "scripts" / "pose_estimator_node.py",
                "__ns:=bench",
                "__name:=pose_estimator",
                f"_model:={arguments.model}",
                f"_input_height:={arguments.height}",
                *settings,
            )
        )
        listener.wait(1)
        found["start"] = listener.arrivals[0] - begin
        time.sleep(WARM)
        listener.clear()
        before = cpu_ms(process.pid)
        time.sleep(arguments.seconds)
        frames = len(listener.arrivals)
        found["cpu"] = (cpu_ms(process.pid) - before) / frames
        found["p95"] = float(np.percentile(listener.ages[:frames], 95))
        feed.terminate()
        feed.wait(10)
        with player(rate, 3600):
            listener.clear()
            listener.wait(10)
            time.sleep(WARM)
            listener.clear()
            time.sleep(arguments.seconds)
            found["rate"] = len(listener.arrivals) / arguments.seconds
        found["mb"] = memory_mb(process.pid, "VmHWM")
    print(json.dumps(found))


def film_of_two(arguments, path):
    """A clip of two people who walk over a still picture, about half as tall as it."""
    document = json.loads(arguments.labels.read_text())

    def read(name):
        return cv2.imread(str(arguments.images / name))

    place = backgrounds(document, read, 1)[0]
    walkers = film("cross", good_cutouts(document, read), 0)[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), FPS // 2, SIZE)
    for number, shot in enumerate(shots(walkers, place, camera_path("cross", 0))):
        if number % 2 == 0:
            writer.write(cv2.resize(shot.image, SIZE))
    writer.release()


def bags_of(video, folder, count=200):
    """Bags with the first images of a clip: raw, compressed."""
    import rosbag
    import rospy
    from sensor_msgs.msg import CompressedImage, Image

    paths = folder / "raw.bag", folder / "compressed.bag"
    capture = cv2.VideoCapture(str(video))
    with rosbag.Bag(str(paths[0]), "w") as raw, rosbag.Bag(str(paths[1]), "w") as small:
        for number in range(count):
            frame = cv2.resize(capture.read()[1], SIZE)
            stamp = rospy.Time.from_sec(1000 + number / 30)
            msg = Image(
                height=SIZE[1],
                width=SIZE[0],
                encoding="bgr8",
                step=3 * SIZE[0],
                data=frame.tobytes(),
            )
            packed = CompressedImage(format="jpeg", data=cv2.imencode(".jpg", frame)[1].tobytes())
            msg.header.stamp = packed.header.stamp = stamp
            raw.write("/camera/image", msg, stamp)
            small.write("/camera/image/compressed", packed, stamp)
    return paths


def bare_ms(arguments):
    """Median time of the network alone on an input of a whole image."""
    from lightweight_openpose.estimation.estimator import PoseEstimator

    estimator = PoseEstimator.load(arguments.model, input_height=arguments.height)
    tensor = estimator.input_of(np.full((*SIZE[::-1], 3), 90, np.uint8)).tensor
    times = []
    for _ in range(60):
        start = time.perf_counter()
        estimator.backend(tensor)
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times[20:]))


class Sides:
    """This tree and the other one."""

    def __init__(self, arguments, other):
        self._arguments = arguments
        self.trees = {"before": other, "now": ROOT}
        self._environments = {"before": built(other), "now": sourced(ROOT / ".ws")}

    def node(self, side, clip, rate, settings):
        """node_figures() of a side."""
        given = json.dumps([str(self.trees[side]), str(clip), rate, settings])
        arguments = self._arguments
        done = subprocess.run(
            [
                sys.executable,
                __file__,
                "-",
                clip,
                "--node",
                given,
                "--model",
                arguments.model,
                "--height",
                str(arguments.height),
                "--seconds",
                str(arguments.seconds),
            ],
            env=self._environments[side],
            check=True,
            stdout=subprocess.PIPE,
        )
        return json.loads(done.stdout.decode().splitlines()[-1])

    def offline(self, side, command):
        """Seconds that `pose` takes for a command, {} in which is a folder for what it writes."""
        with tempfile.TemporaryDirectory() as folder:
            filled = [part.format(folder) for part in command]
            begin = time.monotonic()
            subprocess.run(
                [sys.executable, str(self.trees[side] / "scripts" / "pose"), *filled],
                env=self._environments[side],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            return time.monotonic() - begin


def measured(arguments, sides, scratch):
    """{(row, side): [figures of each round]}."""
    whole, parts = OFFERED
    bare = bare_ms(arguments)
    two = scratch / "two.avi"
    film_of_two(arguments, two)
    raw, compressed = bags_of(arguments.video, scratch)
    common = ["--model", arguments.model, "--height", str(arguments.height)]
    commands = {
        "pose video": ["video", arguments.video, "--output", "{}/out.mp4", "--max-frames", "200"],
        "pose bag, raw": ["bag", str(raw), "--output", "{}/out.bag"],
        "pose bag, compressed": ["bag", str(compressed), "--output", "{}/out.bag"],
    }
    nodes = {
        ("whole", "before"): (arguments.video, 1000 * whole / bare, []),
        ("whole", "now"): (arguments.video, 1000 * whole / bare, ["_face:=off"]),
        ("regions", "before"): (two, 1000 * parts / bare, []),
        ("regions", "now"): (two, 1000 * parts / bare, ["_face:=off", "_regions:=true"]),
    }
    found = {}
    for _ in tqdm(range(arguments.rounds), unit="round"):
        for (row, side), given in nodes.items() if "node" in arguments.figures else ():
            found.setdefault((row, side), []).append(sides.node(side, *given))
        for row, command in commands.items() if "offline" in arguments.figures else ():
            for side in sides.trees:
                seconds = sides.offline(side, command + common)
                found.setdefault((row, side), []).append({"seconds": seconds})
    return bare, found


def report(arguments, bare, found):
    """Tables of medians."""
    flags = Path("/proc/cpuinfo").read_text().split()
    features = ", ".join(name for name in FEATURES if name in flags)
    print(
        f"{arguments.model} at {arguments.height}, {SIZE[0]}x{SIZE[1]}, {os.cpu_count()} cores "
        f"with {features}; bare network {bare:.1f} ms; medians of {arguments.rounds} rounds\n"
    )
    print("| figure | before | now | now over before |\n| --- | --- | --- | --- |")
    rows = {row for row, _ in found}
    for row in sorted(rows, key=lambda r: [r for r, _ in found].index(r)):
        for key in found[row, "now"][0]:
            before, now = (
                float(np.median([one[key] for one in found[row, side]]))
                for side in ("before", "now")
            )
            name = f"{row}: {NODE[key]}" if key in NODE else f"{row}, s"
            print(f"| {name} | {before:.4g} | {now:.4g} | {now / before:.2f} |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="to compare with")
    parser.add_argument("video", help="clip with people in it")
    parser.add_argument("--labels", type=Path, help="COCO keypoint annotations")
    parser.add_argument("--images", type=Path, help="their photographs")
    parser.add_argument("--model", default="own")
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each figure of a node")
    parser.add_argument(
        "--figures", nargs="+", choices=("node", "offline"), default=("node", "offline")
    )
    parser.add_argument("--json", type=Path, help="where all figures go, too")
    parser.add_argument("--node", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.node:
        node_figures(arguments)
        return 0
    with checked_out(arguments.commit) as other, tempfile.TemporaryDirectory() as scratch:
        bare, found = measured(arguments, Sides(arguments, other), Path(scratch))
    if arguments.json:
        rows = [[row, side, figures] for (row, side), figures in found.items()]
        arguments.json.write_text(json.dumps({"bare_ms": bare, "rows": rows}))
    report(arguments, bare, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
