#!/usr/bin/env python3
"""How steady and how prompt the angles of heads are.

Of a photograph: the head of a person who faces the camera is turned by known angles, by the depth
of the canonical face and a skull around it, and every frame has noise of its own. Estimator,
tracker and solver see it at 25 frames per second. The deviation of an angle at rest is its jitter;
the lag has the best correlation with the true angle; the error is the mean of its absolute value
without that lag and without the constant by which the photograph itself errs.

Of a clip: the median of the absolute second differences of angles, for each id that stays.
"""

import argparse
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from tqdm import tqdm
from turned_head import TurnedHead

from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head_tracker import HeadTracker
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.tracking.tracker import Tracker
from lightweight_openpose.video.images import IMAGE_SUFFIXES
from lightweight_openpose.video.sources import Source

FPS = 25
SECONDS = 6.0
AMPLITUDE, PERIOD = 20.0, 2.0  # deg and s, of the sines
SMALL, SLOW = 8.0, 3.0  # deg and s, of the slow one
FAST = 0.25  # s, in which the fast turn takes twice the amplitude
NAMES = ("yaw", "pitch", "roll")
FEWEST = 50  # frames of an id in a clip that counts


class Motion(NamedTuple):
    """Angles of a head over time."""

    name: str
    axis: int  # of NAMES that moves; None: none
    turns: np.ndarray  # (N, 3) yaw, pitch, roll [deg] against the photograph


def motions(first):
    """A head at rest, sines of each angle, a slow one, and a head that turns fast and rests.

    first: yaw, pitch, roll [deg] of the photograph; the angle that moves does so about 0.
    """
    times = np.arange(0, SECONDS, 1 / FPS)
    still = np.zeros((len(times), 3))
    yield Motion("still", None, still)
    for axis, name in enumerate(NAMES):
        angles = still.copy()
        angles[:, axis] = AMPLITUDE * np.sin(2 * np.pi * times / PERIOD) - first[axis]
        yield Motion(f"sine of {name}", axis, angles)
    angles = still.copy()
    angles[:, 0] = SMALL * np.sin(2 * np.pi * times / SLOW) - first[0]
    yield Motion("slow sine of yaw", 0, angles)
    angles = still.copy()
    sides = np.clip((times % 2.0) / FAST, 0, 1)  # a turn every two seconds, to the other side
    to_left = np.where(times // 2 % 2 == 0, 1, -1)
    angles[:, 0] = AMPLITUDE * to_left * (2 * sides - 1) - first[0]
    yield Motion("fast turn", 0, angles)


def without_face(poses):
    return [replace(pose, face=None) for pose in poses]


# What is compared: name, frames with a face (every n-th; 0: none), with the filter.
WAYS = [
    ("joints", 0, False),
    ("joints, filter", 0, True),
    ("face", 1, False),
    ("face, filter", 1, True),
    ("face in every 3rd frame", 3, False),
    ("face in every 3rd frame, filter", 3, True),
]


def solved(frames, camera, network, every, smoothing):
    """[{track id: Orientation}] of each frame, frames: [(poses, stamp [s])]."""
    heads = HeadTracker(COCO18, smoothing=smoothing)
    found = []
    for number, (poses, stamp) in enumerate(frames):
        seen = poses if every and number % every == 0 else without_face(poses)
        answers = heads.update(seen, camera, stamp, network)
        pairs = zip(poses, answers)
        found.append({p.track_id: h for p, (h, _) in pairs if h is not None and p.track_id >= 0})
    return found


def lag_of(times, truth, angles):
    """[ms] by which angles come behind the truth, by the best correlation."""
    fine = np.arange(0.5, times[-1] - 0.5, 0.001)
    lags = np.arange(-100, 400)
    measured = np.interp(fine, times, angles)
    return lags[
        np.argmax(
            [
                np.corrcoef(np.interp(fine - lag / 1000, times, truth), measured)[0, 1]
                for lag in lags
            ]
        )
    ]


def row_of(head, motion, times, found):
    """Cells of a table: deviation, lag, error, stated deviation, constant, and number of frames."""
    use = np.array([number for number, heads in enumerate(found) if heads and times[number] > 1])
    heads = [next(iter(found[number].values())) for number in use]
    angles = np.degrees([(h.yaw, h.pitch, h.roll) for h in heads])
    truth = np.array([head.angles(turn) for turn in motion.turns])
    lag = (
        0
        if motion.axis is None
        else lag_of(times[use], truth[use, motion.axis], angles[:, motion.axis])
    )
    late = np.stack([np.interp(times[use] - lag / 1000, times, column) for column in truth.T], 1)
    apart = angles - late
    constant = np.median(apart, axis=0)
    error = np.abs(apart - constant).mean(0)
    stated = np.degrees([h.angle_stddev for h in heads]).mean(0)
    columns = angles.std(0), lag, error, stated, constant, len(use)
    return [text_of(v) if isinstance(v, np.ndarray) else str(v) for v in columns]


def text_of(values):
    return " / ".join(f"{v:.2f}" for v in values)


def photograph(options, estimator):
    photo = cv2.imread(str(options.source))
    if photo is None:
        raise SystemExit(f"{options.source} is no image")
    photo = cv2.resize(
        photo, None, fx=options.scale, fy=options.scale, interpolation=cv2.INTER_AREA
    )
    camera = Camera.assumed_for(*photo.shape[1::-1], np.radians(options.fov))
    faces = [pose.face for pose in estimator(photo) if pose.face is not None]
    if not faces:
        raise SystemExit(f"{options.source}: no face is found in it")
    largest = max(faces, key=lambda face: np.ptp(face[:, :2], axis=0).max())
    head = TurnedHead(photo, largest, camera)
    side = np.ptp(largest[:, :2], axis=0).max()
    first = head.angles((0, 0, 0))
    print(f"face of {side:.0f} px, yaw / pitch / roll of the photograph {text_of(first)} deg")
    cv2.setRNGSeed(0)
    print(
        "| motion | heads from | deviation yaw / pitch / roll [deg] | lag [ms] | error [deg] | "
        "stated deviation [deg] | constant [deg] | frames |\n" + 8 * "| --- " + "|"
    )
    for motion in motions(first):
        frames = []
        tracker = Tracker(COCO18)
        for number, turn in enumerate(tqdm(motion.turns, desc=motion.name)):
            noise = cv2.randn(np.empty(photo.shape, np.int16), 0, options.noise)
            image = cv2.add(head.picture(turn), noise, dtype=cv2.CV_8U)
            if options.out and number % 10 == 0:
                options.out.mkdir(parents=True, exist_ok=True)
                name = f"{motion.name.replace(' ', '_')}_{number:03d}.png"
                cv2.imwrite(str(options.out / name), image)
            poses = tracker.update(estimator(image), number / FPS, image)
            frames.append((nearest(poses, largest), number / FPS))
        times = np.array([stamp for _, stamp in frames])
        for name, every, smoothing in WAYS:
            found = solved(frames, camera, estimator.model, every, smoothing)
            cells = row_of(head, motion, times, found)
            print(f"| {motion.name} | {name} | {' | '.join(cells)} |")


def nearest(poses, face):
    """The one pose whose head is nearest to where the face of the photograph is."""

    def distance(pose):
        away = pose.keypoints[pose.found, :2] - face[:, :2].mean(0)
        return np.linalg.norm(away, axis=1).min() if len(away) else np.inf

    return sorted(poses, key=distance)[:1]


def clip(options, estimator):
    tracker = Tracker(COCO18)
    frames = []
    camera = None
    for number, frame in enumerate(tqdm(Source(str(options.source)), unit="frame")):
        if number == options.frames:
            break
        image = frame.image
        camera = camera or Camera.assumed_for(*image.shape[1::-1], np.radians(options.fov))
        frames.append((tracker.update(estimator(image), frame.time, image), frame.time))
    print(
        "| heads from | second difference of yaw / pitch / roll [deg] | their 95th percentile | "
        "frames | ids |\n" + 5 * "| --- " + "|"
    )
    for name, every, smoothing in WAYS:
        found = solved(frames, camera, estimator.model, every, smoothing)
        rotations = defaultdict(dict)
        for number, heads in enumerate(found):
            for track_id, head in heads.items():
                rotations[track_id][number] = (head.yaw, head.pitch, head.roll)
        long = {i: r for i, r in rotations.items() if len(r) >= FEWEST}
        bends = np.abs([bend for r in long.values() for bend in second_differences(r)])
        if not len(bends):
            raise SystemExit(f"{options.source}: no head stays for {FEWEST} frames")
        print(
            f"| {name} | {text_of(np.median(bends, axis=0))} | "
            f"{text_of(np.percentile(bends, 95, axis=0))} | {len(bends)} | {len(long)} |"
        )


def second_differences(angles):
    """(3,) [deg] for each three frames in a row of {frame: angles [rad]}."""
    for number in angles:
        if number + 1 in angles and number + 2 in angles:
            three = np.unwrap([angles[number + i] for i in range(3)], axis=0)
            yield np.degrees(three[0] - 2 * three[1] + three[2])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, help="photograph of a frontal face, or a clip")
    parser.add_argument("--face", default="auto", help="network of faces (default %(default)s)")
    parser.add_argument("--model", default="own")
    parser.add_argument("--height", type=int, default=256, help="px of the network's input")
    parser.add_argument("--fov", type=float, default=60.0, help="deg, of the camera, horizontal")
    parser.add_argument("--scale", type=float, default=1.0, help="of the photograph")
    parser.add_argument("--noise", type=float, default=3.0, help="of 255, of each frame's pixels")
    parser.add_argument("--frames", type=int, default=0, help="of the clip; 0: all")
    parser.add_argument("--out", type=Path, help="folder for every 10th frame of a turned head")
    options = parser.parse_args()
    estimator = PoseEstimator.load(options.model, input_height=options.height, face=options.face)
    is_photo = options.source.suffix.lower() in IMAGE_SUFFIXES
    (photograph if is_photo else clip)(options, estimator)


if __name__ == "__main__":
    main()
