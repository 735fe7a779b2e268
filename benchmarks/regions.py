#!/usr/bin/env python3
"""What ~regions costs in accuracy and spares in work: films of known people, looked at in parts.

Films as those of track_ids.py, of so many people, at 25 frames a second. Each is looked at twice:
every frame as a whole, and with regions whose choices know the frame before the last, as in the
node. HOTA, IDF1 and MOTA [%], ids that switched, people missed and false ones by trackeval; people
who were found [% of those to be seen], how far joints lie from where the whole frames have them [%
of a person's height], pixels that the network saw and the CPU time of its runs [% of whole frames].
Needs trackeval from PyPI.
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
from cutouts import backgrounds, good_cutouts
from track_ids import Answer, Seen, as_sequence, boxes_of, iou_table
from walking_cutouts import FPS, KINDS, camera_path, film, shots

from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.regions import WHOLE_EVERY, Regions
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.tracking.tracker import Tracker, TrackerConfig

STEP = 2  # of the films' frames one is taken: 25 a second
FOUND = 0.3  # IoU of a person's box with that of a pose


def frames_of(document, images, kind, seed, people):
    """Seen of each frame of a film, without poses."""

    def read(name):
        return cv2.imread(str(images / name))

    places = backgrounds(document, read, 2 * len(KINDS))
    place = places[(KINDS.index(kind) + len(KINDS) * seed) % len(places)]
    walkers = film(kind, good_cutouts(document, read), seed)[:people]
    made = shots(walkers, place, camera_path(kind, seed), seed)
    for number, shot in enumerate(made):
        if number % STEP == 0:
            boxes = np.array(list(shot.boxes.values()), float).reshape(-1, 4)
            yield Seen(number / FPS, shot.image, [], np.array(list(shot.boxes), int), boxes)


class Run:
    """Answers to a film, and what they took."""

    def __init__(self, estimator, frames, regions=None):
        self.answers, self.poses, self.pixels, self.cpu = [], [], 0, 0.0
        tracker = Tracker(COCO18, TrackerConfig(smoothing=False))
        before = None
        for frame in frames:
            given = estimator.input_of(frame.image, regions=regions)
            if before is not None and regions is not None:
                regions.update(*before)  # one frame later, as a pipeline does
            self.pixels += given.tensor[0, 0].size
            start = time.process_time()
            seen = estimator.look(given)
            self.cpu += time.process_time() - start
            poses = tracker.update(estimator.decode(seen), frame.time, frame.image)
            before = poses, seen
            sure = [pose for pose in poses if pose.track_id >= 0]
            ids = np.array([pose.track_id for pose in sure], int)
            self.answers.append(Answer(ids, boxes_of(sure)))
            self.poses.append(poses)


def figures(films, runs):
    """HOTA, IDF1, MOTA [%], switched ids, people found [%]."""
    from trackeval.metrics import CLEAR, HOTA, Identity

    sequences = {i: as_sequence(f, r.answers) for i, (f, r) in enumerate(zip(films, runs))}
    found = {}
    for metric in (HOTA(), Identity({"PRINT_CONFIG": False}), CLEAR({"PRINT_CONFIG": False})):
        each = {i: metric.eval_sequence(data) for i, data in sequences.items()}
        found.update(metric.combine_sequences(each))
    seen = there = 0
    for frames, run in zip(films, runs):
        for frame, poses in zip(frames, run.poses):
            there += len(frame.boxes)
            if poses and len(frame.boxes):
                seen += int((iou_table(frame.boxes, boxes_of(poses)).max(1) >= FOUND).sum())
    parts = {name: 100 * float(np.mean(found[name])) for name in ("HOTA", "IDF1", "MOTA")}
    counts = {name: int(found[name]) for name in ("IDSW", "CLR_FN", "CLR_FP")}
    return {**parts, **counts, "found": 100 * seen / max(there, 1)}


def apart(one, other):
    """Distances of the joints of the same people in two runs, [% of a person's height]."""
    found = []
    for first, second in zip(one.poses, other.poses):
        if not first or not second:
            continue
        table = iou_table(boxes_of(first), boxes_of(second))
        for pose, row in zip(first, table):
            twin = second[int(row.argmax())]
            both = pose.found & twin.found
            if row.max() < 0.5 or not both.any():
                continue
            step = np.linalg.norm(pose.keypoints[both, :2] - twin.keypoints[both, :2], axis=1)
            found.extend(100 * step / max(pose.bbox[3], 1.0))
    return np.array(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", type=Path, help="COCO keypoint annotations")
    parser.add_argument("images", type=Path, help="their photographs")
    parser.add_argument("--model", default="own")
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument("--people", type=int, default=2)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--kinds", choices=KINDS, nargs="+", default=KINDS)
    parser.add_argument("--whole-every", type=int, nargs="+", default=[WHOLE_EVERY])
    arguments = parser.parse_args()
    document = json.loads(arguments.labels.read_text())
    estimator = PoseEstimator.load(arguments.model, input_height=arguments.height)
    films = [
        list(frames_of(document, arguments.images, kind, seed, arguments.people))
        for kind in arguments.kinds
        for seed in arguments.seeds
    ]
    whole = [Run(estimator, frames) for frames in films]
    _say("each frame whole", figures(films, whole))
    for every in arguments.whole_every:
        regions = [Regions(every) for _ in films]
        parts = [Run(estimator, f, r) for f, r in zip(films, regions)]
        _say(f"whole every {every}", figures(films, parts))
        far = np.concatenate([apart(*pair) for pair in zip(whole, parts)])
        shares = [
            100 * sum(getattr(r, what) for r in parts) / sum(getattr(r, what) for r in whole)
            for what in ("pixels", "cpu")
        ]
        looks = sum(r.looks["whole"] for r in regions), sum(r.looks["parts"] for r in regions)
        print(
            f"  joints apart: median {np.median(far):.2f} %, p95 {np.percentile(far, 95):.2f} %; "
            f"{looks[0]} whole looks, {looks[1]} at parts; {shares[0]:.0f} % of the pixels, "
            f"{shares[1]:.0f} % of the network's CPU time",
            flush=True,
        )


def _say(name, found):
    figures = "  ".join(f"{key} {found[key]:5.1f}" for key in ("HOTA", "IDF1", "MOTA"))
    figures += f"  switched {found['IDSW']}  missed {found['CLR_FN']}  false {found['CLR_FP']}"
    figures += f"  found {found['found']:.1f} %"
    print(f"{name:18s} {figures}", flush=True)


if __name__ == "__main__":
    main()
