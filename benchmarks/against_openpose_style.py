#!/usr/bin/env python3
"""This package beside the way that the papers describe (openpose_style.py), on the same maps of the
same network: ms of decoding and tracking on a clip, and by number of people.

The maps of many people are those of the best person of a photograph, tiled.
"""

import argparse
import json
import sys
import time

import cv2
import numpy as np
import openpose_style
from decode import person_maps

from lightweight_openpose.estimation.decoding import decode
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.ros.plumbing.process_tuning import tune_for_images
from lightweight_openpose.tracking.tracker import Tracker

PEOPLE = (1, 5, 10, 30, 50)
REPEATS = 7


def milliseconds(function, *values):
    start = time.perf_counter()
    result = function(*values)
    return result, 1000 * (time.perf_counter() - start)


class Both:
    """The same maps through both ways, frame after frame."""

    def __init__(self, estimator):
        self._estimator = estimator
        self._ours = Tracker(estimator.skeleton)
        self._theirs = openpose_style.Tracker(estimator.skeleton)
        self._frames = 0

    def frame(self, heatmaps, pafs, pixel_map, image=None):
        """ms of ours, ms of theirs, people of ours, people of theirs."""
        estimator = self._estimator
        stamp = self._frames / 30
        self._frames += 1

        def ours():
            found = decode(
                heatmaps, pafs, estimator.skeleton, pixel_map, estimator.stride, estimator.config
            )
            return self._ours.update(found, stamp, image)

        def theirs():
            return self._theirs.update(openpose_style.decode(heatmaps, pafs, estimator.skeleton))

        mine, ours_ms = milliseconds(ours)
        other, theirs_ms = milliseconds(theirs)
        return ours_ms, theirs_ms, len(mine), len(other)


def clip(estimator, video, frames):
    """Medians over the frames of a clip, and of the network."""
    capture, both, rows = cv2.VideoCapture(video), Both(estimator), []
    for _ in range(frames):
        ok, image = capture.read()
        if not ok:
            break
        maps = estimator.infer(image)
        row = both.frame(*maps.on_host(), maps.pixel_map, image)
        rows.append((*row, maps.timing.network))
    return np.median(rows[3:], axis=0)


def by_people(estimator, photograph):
    """(people, ms of ours, ms of theirs, people of theirs) of tiled maps."""
    heatmaps, pafs, pixel_map = person_maps(estimator, photograph, estimator.input_height)
    for count in PEOPLE:
        columns = min(count, 10)
        grid = (1, -(-count // columns), columns)
        tiled = np.tile(heatmaps, grid), np.tile(pafs, grid)
        both = Both(estimator)
        repeats = REPEATS if count <= 10 else 3
        rows = [both.frame(*tiled, pixel_map) for _ in range(1 + repeats)]
        ours_ms, theirs_ms, ours, theirs = np.median(rows[1:], axis=0)
        yield ours, ours_ms, theirs_ms, theirs


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("video", help="clip with people in it")
    parser.add_argument("image", help="photograph with a person from head to foot")
    parser.add_argument("--model", default="default")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument("--frames", type=int, default=60, help="of the clip (default %(default)s)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    photograph = cv2.imread(arguments.image)
    if photograph is None:
        raise SystemExit(f"{arguments.image} cannot be read")
    tune_for_images()
    estimator = PoseEstimator.load(arguments.model, arguments.backend, arguments.height)
    *on_clip, network = clip(estimator, arguments.video, arguments.frames).tolist()
    rows = [(f"{on_clip[2]:.0f}, the clip", on_clip)]
    rows += [
        (f"{ours:.0f}", (ours_ms, theirs_ms, ours, theirs))
        for ours, ours_ms, theirs_ms, theirs in by_people(estimator, photograph)
    ]
    if arguments.json:
        print(json.dumps({"network_ms": network, "rows": rows}))
        return 0
    print(f"{arguments.model}, height {arguments.height} px, network {network:.1f} ms\n")
    print("| people found | ours ms | papers' way ms (people) | ratio | with the network |")
    print("| --- | --- | --- | --- | --- |")
    for people, (ours_ms, theirs_ms, _, theirs) in rows:
        whole = (network + theirs_ms) / (network + ours_ms)
        print(
            f"| {people} | {ours_ms:.1f} | {theirs_ms:.1f} ({theirs:.0f}) | "
            f"{theirs_ms / ours_ms:.0f} | {whole:.1f} |"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
