#!/usr/bin/env python3
"""HOTA, IDF1 and MOTA of the tracker, ByteTrack and OC-SORT on the same detections.

Films of known people (walking_cutouts.py) are made of labelled photographs, and the network looks
at each frame of 50 a second once; its poses and the frames stay in --cache. 25 and 10 frames a
second leave frames out; "dropped" is 25 with gaps. The boxes around the poses are what the others
get, with the better of two thresholds of the score for each rate; the tracker has its defaults, but
for the smoothing, so that the boxes are the same. Needs trackeval, trackers and supervision from
PyPI, in an environment of its own.
"""

import argparse
import itertools
import json
from pathlib import Path
from typing import List, NamedTuple

import cv2
import numpy as np
from cutouts import backgrounds, good_cutouts
from walking_cutouts import FPS, KINDS, camera_path, film, shots

from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.tracking.tracker import Tracker, TrackerConfig

RATES = {"50": 1, "25": 2, "10": 5, "dropped": 2}  # name -> every how many frames of a film
DROPPED = 0.3  # share of the frames of "dropped" that are missing
BURSTS, BURST = 2, 10  # gaps of so many frames besides
GRID = dict(high=(0.1, 0.2), iou=(0.1,), lost=(90,))  # scores, overlap, frames of 1/30 s


class Seen(NamedTuple):
    """A frame that the network has seen."""

    time: float  # s
    image: np.ndarray  # BGR
    poses: List[Pose]
    ids: np.ndarray  # (G,) of the people who can be seen
    boxes: np.ndarray  # (G, 4) theirs, x0, y0, x1, y1 [px]


class Answer(NamedTuple):
    """What a tracker says of a frame."""

    ids: np.ndarray  # (D,) int
    boxes: np.ndarray  # (D, 4) x0, y0, x1, y1 [px]


def seen_films(arguments):
    """A list of Seen per film, of the cache where it has them."""
    made = []
    for kind, seed in itertools.product(arguments.kinds, arguments.seeds):
        folder = arguments.cache / f"{arguments.model}_{arguments.height}" / f"{kind}_{seed}"
        if not (folder / "seen.json").exists():
            _look(arguments, kind, seed, folder)
        made.append(_read(folder))
    return made


def _look(arguments, kind, seed, folder):
    from lightweight_openpose.estimation.estimator import PoseEstimator

    folder.mkdir(parents=True, exist_ok=True)
    document = json.loads(arguments.labels.read_text())

    def read(name):
        return cv2.imread(str(arguments.images / name))

    estimator = PoseEstimator.load(arguments.model, input_height=arguments.height)
    places = backgrounds(document, read, 2 * len(KINDS))
    place = places[(KINDS.index(kind) + len(KINDS) * seed) % len(places)]
    walkers = film(kind, good_cutouts(document, read), seed)
    rows = []
    for number, shot in enumerate(shots(walkers, place, camera_path(kind, seed), seed)):
        path = str(folder / f"{number:04d}.jpg")
        cv2.imwrite(path, shot.image, [cv2.IMWRITE_JPEG_QUALITY, 85])
        poses = estimator(cv2.imread(path))
        rows.append(
            {
                "boxes": {i: list(map(float, box)) for i, box in shot.boxes.items()},
                "poses": [[float(pose.score), pose.keypoints.tolist()] for pose in poses],
            }
        )
    (folder / "seen.json").write_text(json.dumps(rows))
    print(f"{folder}: {len(rows)} frames", flush=True)


def _read(folder):
    film = []
    for number, row in enumerate(json.loads((folder / "seen.json").read_text())):
        poses = [Pose(np.array(k, np.float32), score) for score, k in row["poses"]]
        ids = np.array([int(i) for i in row["boxes"]], int)
        boxes = np.array(list(row["boxes"].values()), float).reshape(-1, 4)
        image = cv2.imread(str(folder / f"{number:04d}.jpg"))
        film.append(Seen(number / FPS, image, poses, ids, boxes))
    return film


def at_rate(film, rate):
    """The frames of a film that are left at one of RATES."""
    left = film[:: RATES[rate]]
    if rate != "dropped":
        return left
    rng = np.random.default_rng(len(film))
    kept = rng.random(len(left)) >= DROPPED
    for start in rng.integers(len(left) // 5, len(left) - BURST, BURSTS):
        kept[start : start + BURST] = False
    return [frame for frame, keep in zip(left, kept) if keep]


def boxes_of(poses):
    """(P, 4) x0, y0, x1, y1 [px]."""
    boxes = np.array([pose.bbox for pose in poses], float).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def ours(film):
    """Answers of the package's tracker to a film."""
    tracker = Tracker(COCO18, TrackerConfig(smoothing=False))
    for frame in film:
        poses = tracker.update(frame.poses, frame.time, frame.image)
        sure = [pose for pose in poses if pose.track_id >= 0]
        yield Answer(np.array([pose.track_id for pose in sure], int), boxes_of(sure))


def others(make, film):
    """Answers of a tracker of the package trackers. make: makes it."""
    import supervision

    tracker = make()
    for frame in film:
        boxes = boxes_of(frame.poses)
        scores = np.array([pose.score for pose in frame.poses], float)
        found = supervision.Detections(
            xyxy=boxes, confidence=scores, class_id=np.zeros(len(boxes), int)
        )
        answer = tracker.update(found, timestamp=frame.time)
        ids = np.asarray(answer.tracker_id, int)
        yield Answer(ids[ids >= 0], answer.xyxy[ids >= 0])


def choices(name, fps):
    """Every setting of ByteTrack or OC-SORT in the grid, as functions that make the tracker."""
    from trackers import ByteTrackTracker, OCSORTTracker

    for high, iou, lost in itertools.product(*GRID.values()):
        common = dict(
            lost_track_buffer=lost,
            frame_rate=fps,
            minimum_consecutive_frames=2,
            minimum_iou_threshold=iou,
            high_conf_det_threshold=high,
        )
        if name == "ByteTrack":
            yield lambda c=common, h=high: ByteTrackTracker(track_activation_threshold=h, **c)
        else:
            yield lambda c=common: OCSORTTracker(**c)


def iou_table(a, b):
    """(N, M) intersection over union of boxes (N, 4) and (M, 4)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    common = np.maximum(high - low, 0).prod(-1)
    areas = [np.maximum(boxes[:, 2:] - boxes[:, :2], 0).prod(-1) for boxes in (a, b)]
    return common / np.maximum(areas[0][:, None] + areas[1] - common, 1e-9)


def as_sequence(film, answers):
    """Truth and answers of a film as trackeval's metrics take them."""
    numbers = {}
    tracker_ids = [
        np.array([numbers.setdefault(i, len(numbers)) for i in answer.ids.tolist()], int)
        for answer in answers
    ]
    known = sorted({int(i) for frame in film for i in frame.ids})
    gt_ids = [np.searchsorted(known, frame.ids) for frame in film]
    return {
        "num_timesteps": len(film),
        "num_gt_ids": len(known),
        "num_tracker_ids": len(numbers),
        "num_gt_dets": sum(map(len, gt_ids)),
        "num_tracker_dets": sum(map(len, tracker_ids)),
        "gt_ids": gt_ids,
        "tracker_ids": tracker_ids,
        "similarity_scores": [iou_table(f.boxes, a.boxes) for f, a in zip(film, answers)],
    }


def figures(films, track):
    """HOTA, IDF1, MOTA [%] and switched ids of all films together. track: film -> answers."""
    from trackeval.metrics import CLEAR, HOTA, Identity

    sequences = {i: as_sequence(film, list(track(film))) for i, film in enumerate(films)}
    found = {}
    for metric in (HOTA(), Identity({"PRINT_CONFIG": False}), CLEAR({"PRINT_CONFIG": False})):
        each = {i: metric.eval_sequence(data) for i, data in sequences.items()}
        found.update(metric.combine_sequences(each))
    parts = {name: 100 * float(np.mean(found[name])) for name in ("HOTA", "IDF1", "MOTA")}
    return {**parts, "IDSW": int(found["IDSW"])}


def best(films, name, rate):
    """Figures of the setting with the highest HOTA."""
    fps = FPS / RATES[rate]
    every = [figures(films, lambda film, m=make: others(m, film)) for make in choices(name, fps)]
    return max(every, key=lambda f: f["HOTA"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", type=Path, help="COCO keypoint annotations")
    parser.add_argument("images", type=Path, help="their photographs")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/track_ids"))
    parser.add_argument("--model", default="own")
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--kinds", choices=KINDS, nargs="+", default=KINDS)
    parser.add_argument("--only-ours", action="store_true", help="not ByteTrack and OC-SORT")
    parser.add_argument("--by-kind", action="store_true", help="a line per kind of film as well")
    arguments = parser.parse_args()
    films = seen_films(arguments)
    kinds = [kind for kind in arguments.kinds for _ in arguments.seeds]
    for rate in RATES:
        left = [at_rate(film, rate) for film in films]
        _say(rate, "this tracker", figures(left, ours))
        if arguments.by_kind:
            for kind in arguments.kinds:
                part = [film for film, of in zip(left, kinds) if of == kind]
                _say(rate, f"  {kind}", figures(part, ours))
        for name in () if arguments.only_ours else ("ByteTrack", "OC-SORT"):
            _say(rate, name, best(left, name, rate))


def _say(rate, name, found):
    print(
        f"{rate:8s} {name:14s} HOTA {found['HOTA']:5.1f}  IDF1 {found['IDF1']:5.1f}  "
        f"MOTA {found['MOTA']:5.1f}  switched {found['IDSW']}",
        flush=True,
    )


if __name__ == "__main__":
    main()
