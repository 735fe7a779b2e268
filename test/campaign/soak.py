#!/usr/bin/env python3
"""Many frames: resident set, file descriptors and threads stay what they were after the warm-up.

By default frames go to a real estimator's node (needs the catkin workspace sourced); with
--synthetic through the core of this process, with maps of people who come, move and go instead of
a network. Exits with 1 when something grows.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.pipeline import Pipeline, Stream
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head import solve_head
from lightweight_openpose.gestures.gesture_tracker import GestureTracker
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.tracking.per_track import PerTrack
from lightweight_openpose.tracking.tracker import Tracker
from lightweight_openpose.video.images import as_picture

GROWTH = 1.05  # of the resident set after the warm-up
WARM_UP = 0.1  # of all frames
SAMPLES = 50  # of a run
SIZE = (240, 320)  # px
FPS = 30.0  # of the stamps


class Gauge:
    """Resident set [MB], file descriptors and threads of a process, now and then."""

    def __init__(self, pid):
        self._folder = Path(f"/proc/{pid}")
        self.rows = []

    def read(self):
        status = (self._folder / "status").read_text().splitlines()
        values = dict(line.split(":", 1) for line in status)
        memory = int(values["VmRSS"].split()[0]) / 1024
        descriptors = len(list((self._folder / "fd").iterdir()))
        self.rows.append((memory, descriptors, int(values["Threads"])))

    def verdict(self):
        """Cells of the table, and whether all stayed what it was."""
        warm = np.array(self.rows[max(1, int(WARM_UP * len(self.rows))) :])
        first, last = warm[0], warm[-1]
        growth = warm[:, 0].max() / first[0]
        constant = [
            f"{name} {low:.0f} to {high:.0f}"
            for name, low, high in zip(
                ("descriptors", "threads"), warm[:, 1:].min(0), warm[:, 1:].max(0)
            )
        ]
        text = f"{first[0]:.1f} to {last[0]:.1f} MB, at most x {growth:.3f}; {', '.join(constant)}"
        # A connection that comes or goes while it is counted is no leak.
        return text, growth < GROWTH and (last[1:] <= first[1:] + 1).all()


class _Maps:
    """Stands for a network: people who come, move and go."""

    def __init__(self):
        sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
        import people

        rng = np.random.default_rng(0)
        self._maps = []
        for start in rng.uniform(-60, 120, 20):
            places = start + 90 * np.arange(rng.integers(0, 3))
            crowd = [people.person(x).keypoints for x in places]
            made = people.maps_of(crowd, size=(30, 43))
            self._maps.append(tuple(np.asarray(m, np.float32)[None] for m in made))
        self._count = 0

    def __call__(self, tensor):
        self._count += 1
        return self._maps[self._count // 15 % len(self._maps)]


class _Core(Stream):
    """All that the core does with a frame behind the network."""

    def __init__(self):
        self.done = 0
        self.error = None
        self._tracker = Tracker(COCO18)
        self._gestures = PerTrack(lambda: GestureTracker(COCO18))
        self._camera = Camera.assumed_for(SIZE[1], SIZE[0], 1.0)

    def load(self, item, size, reduction):
        return as_picture(item)

    def deliver(self, item, picture, poses, complete):
        stamp = self.done / FPS
        self._gestures.at(stamp)
        for pose in self._tracker.update(poses, stamp, picture.image, complete=complete):
            solve_head(pose.keypoints, self._camera, 0.1, None)
            if pose.track_id >= 0:
                self._gestures[pose.track_id].update(pose.keypoints, stamp, None, None)
        self.done += 1

    def fail(self, error):
        self.error = error


def synthetic(frames):
    """The gauge of this process, and how many frames went through the core until Ctrl-C."""
    gauge, core = Gauge(os.getpid()), _Core()
    pipeline = Pipeline(PoseEstimator(_Maps()))
    image = np.random.default_rng(0).integers(0, 255, (*SIZE, 3), np.uint8)
    with contextlib.suppress(KeyboardInterrupt):
        for number in range(frames):
            pipeline.put(core, image)
            while core.done <= number:
                if core.error is not None:
                    raise core.error
                time.sleep(0.0002)
            if number % max(1, frames // SAMPLES) == 0:
                gauge.read()
    pipeline.close()
    return gauge, core.done


def through_the_node(frames, port):
    """The gauge of a real estimator's process after so many frames, and their number."""
    import rospy
    from harms.processes import roscore
    from harms.stream_harms import Scene

    os.environ["ROS_MASTER_URI"] = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory() as home, roscore(port):
        os.environ["ROS_LOG_DIR"] = home
        rospy.init_node("soak", disable_signals=True)
        with Scene(np.random.default_rng(0), 0) as scene:
            if not scene.flows(60):
                raise SystemExit("no poses came")
            scene.camera.on = False
            gauge = Gauge(scene.node.process.pid)
            for number in range(frames):
                frame = scene.camera.send()
                end = time.monotonic() + 10
                while not scene.accountant.is_answered(frame):
                    if time.monotonic() > end:
                        raise SystemExit(f"frame {number} was not answered")
                    time.sleep(0.0005)
                if number % max(1, frames // SAMPLES) == 0:
                    gauge.read()
            faults = scene.accountant.take_faults()
        rospy.signal_shutdown("done")
    if faults:
        raise SystemExit(faults)
    return gauge, frames


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=20000, help="to a real node")
    parser.add_argument("--synthetic", type=int, help="frames through the core instead")
    parser.add_argument("--port", type=int, default=11398, help="of a roscore of its own")
    arguments = parser.parse_args()
    count = arguments.synthetic or arguments.frames
    start = time.monotonic()
    if arguments.synthetic:
        gauge, count = synthetic(count)
    else:
        gauge, count = through_the_node(count, arguments.port)
    happened, good = gauge.verdict()
    what = "through the core" if arguments.synthetic else "to pose_estimator"
    print(
        f"{count} frames {what} in {time.monotonic() - start:.0f} s: {happened}; "
        f"{'flat' if good else 'it GROWS'}"
    )
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
