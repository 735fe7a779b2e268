#!/usr/bin/env python3
"""CPU ms of decoding, tracking and the message against the number of people: the maps of one
photograph, tiled.

With --against, another commit takes turns with this tree, so that other work on the machine slows
both, and the ratio of the two is printed. Needs the workspace sourced.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from other_tree import ROOT, checked_out

PEOPLE = (1, 8, 20, 50)
COLUMNS = 10  # of people beside each other, at most
STEPS = ("decode", "track", "message")
WARM = 3  # frames of a round that do not count
FRAMES = 20  # frames of a round that do


def scenes(photograph, model, people):
    """Maps, pixel map and image of each number of people; the estimator's skeleton and stride."""
    from decode import person_maps

    from lightweight_openpose.estimation.estimator import PoseEstimator

    estimator = PoseEstimator.load(model)
    image = cv2.imread(photograph)
    if image is None:
        raise SystemExit(f"{photograph} cannot be read")
    heatmaps, pafs, pixel_map = person_maps(estimator, image, 256)
    made = []
    for count in people:
        columns = min(count, COLUMNS)
        grid = (1, -(-count // columns), columns)
        maps = np.tile(heatmaps, grid), np.tile(pafs, grid)
        size = np.ceil(np.multiply(maps[0].shape[:0:-1], estimator.stride) / pixel_map.scale)
        repeats = np.ceil(size[::-1] / image.shape[:2]).astype(int)
        picture = np.tile(image, (*repeats, 1))[: int(size[1]), : int(size[0])]
        made.append((*maps, pixel_map, np.ascontiguousarray(picture)))
    return made, estimator.skeleton, estimator.stride


def medians(scene, skeleton, stride):
    """Number of people, and median CPU ms of each of STEPS for one scene."""
    from std_msgs.msg import Header

    from lightweight_openpose.estimation.decoding import decode
    from lightweight_openpose.ros.messages.people import poses_to_msg
    from lightweight_openpose.tracking.tracker import Tracker

    *maps, pixel_map, image = scene
    tracker = Tracker(skeleton)
    height, width = image.shape[:2]
    rows = []
    for i in range(WARM + FRAMES):
        times = [time.thread_time()]
        poses = decode(*maps, skeleton, pixel_map, stride)
        times.append(time.thread_time())
        poses = tracker.update(poses, i / 30, image)
        times.append(time.thread_time())
        poses_to_msg(poses, Header(), height, width, skeleton)
        times.append(time.thread_time())
        rows.append(np.diff(times))
    return len(poses), (1000 * np.median(rows[WARM:], axis=0)).tolist()


def serve(arguments):
    """Measure a round whenever a line comes in, until there are no more."""
    import lightweight_openpose

    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the same core for both trees

    # Before the workspace's, which the messages come from.
    lightweight_openpose.__path__.insert(0, str(Path(arguments.tree, "src/lightweight_openpose")))
    made, skeleton, stride = scenes(arguments.image, arguments.model, arguments.people)
    for _ in sys.stdin:
        print(json.dumps([medians(scene, skeleton, stride) for scene in made]), flush=True)


def asked(worker):
    """A worker's answer to being asked for a round."""
    worker.stdin.write("\n")
    worker.stdin.flush()
    return json.loads(worker.stdout.readline())


def measured(trees, arguments):
    """(trees, people, STEPS) medians over the rounds, and the number of people found."""
    command = [sys.executable, __file__, arguments.image, "--model", arguments.model]
    command += ["--people", *map(str, arguments.people)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([*command, "--tree", str(tree)], **pipes) for tree in trees]
    rounds = []
    for number in range(arguments.rounds):
        # Who comes second finds other things in the processor's caches: each does every other time.
        turn = 1 if number % 2 else -1
        rows = [asked(worker) for worker in workers[::turn]]
        rounds.append(rows[::turn])
    for worker in workers:
        worker.stdin.close()
        worker.wait()
    found = [row[0] for row in rounds[0][-1]]
    times = [[[ms for _, ms in rows] for rows in each] for each in rounds]
    return np.median(times, axis=0), found


def print_table(times, found):
    """Milliseconds of this tree, the last, and where there is another its ratio to that."""
    print("| people | " + " | ".join(STEPS) + " | sum |")
    print("| --- " * (len(STEPS) + 2) + "|")
    with_sum = np.concatenate([times, times.sum(-1, keepdims=True)], axis=-1)
    for i, people in enumerate(found):
        ours = with_sum[-1, i]
        cells = [f"{ms:.2f}" for ms in ours]
        if len(times) > 1:
            theirs = with_sum[0, i]
            cells = [f"{old:.2f} -> {new:.2f} ({new / old:.2f})" for old, new in zip(theirs, ours)]
        print(f"| {people} | " + " | ".join(cells) + " |")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", help="photograph with a person from head to foot")
    parser.add_argument("--against", metavar="COMMIT", help="to take turns with")
    parser.add_argument("--model", default="own")
    parser.add_argument("--people", type=int, nargs="+", default=PEOPLE)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--tree", help=argparse.SUPPRESS)  # of the worker that this one starts
    arguments = parser.parse_args()
    if arguments.tree:
        serve(arguments)
        return 0
    if not arguments.against:
        print_table(*measured([ROOT], arguments))
        return 0
    with checked_out(arguments.against) as other:
        print_table(*measured([other, ROOT], arguments))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
