#!/usr/bin/env python3
"""CPU ms per frame of each stage of the estimator's node, and of `pose video` beside it.

One stage after the other in one process. Needs the workspace sourced.
"""

import argparse
import io
import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import rospy
from sensor_msgs.msg import Image

from lightweight_openpose.display.drawing import draw_poses
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.regions import Regions
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.messages.people import poses_to_msg
from lightweight_openpose.ros.plumbing.process_tuning import tune_for_images
from lightweight_openpose.tracking.tracker import Tracker
from lightweight_openpose.video.recorder import VideoRecorder
from lightweight_openpose.video.sources import Source

FRAMES = 120
WARM = 20  # frames that are not counted
OFFLINE = ("read", "draw", "encode")  # stages that the node does not have


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", help="clip with people in it")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--model", default="default")
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument(
        "--regions", action="store_true", help="look at parts of images as ~regions does"
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    tune_for_images()
    estimator = PoseEstimator.load(arguments.model, input_height=arguments.height)
    tracker = Tracker(estimator.skeleton)
    regions = Regions() if arguments.regions else None
    spent = defaultdict(list)
    people, pixels = [], []
    size = tuple(int(side) for side in arguments.size.split("x"))

    def stage(name, function, *values, **named):
        begin = time.process_time()
        result = function(*values, **named)
        spent[name].append(1000 * (time.process_time() - begin))
        return result

    with tempfile.TemporaryDirectory() as folder:
        recorder = VideoRecorder(Path(folder) / "out.mp4")
        shots = iter(Source(arguments.video))
        for i in range(FRAMES):
            shot = stage("read", next, shots, None)
            if shot is None:
                break
            frame = cv2.resize(shot.image, size, interpolation=cv2.INTER_AREA)
            width, height = size
            data = frame.tobytes()
            msg = Image(height=height, width=width, encoding="bgr8", step=3 * width, data=data)
            received = Image()
            msg.header.stamp = rospy.Time.from_sec(100 + i / 30)
            buffer = io.BytesIO()
            msg.serialize(buffer)
            stage("deserialize", received.deserialize, buffer.getvalue())
            image = stage("convert", image_to_bgr, received)
            given = stage("preprocess", estimator.input_of, image, regions=regions)
            seen = stage("network", estimator.look, given)
            poses = stage("decode", estimator.people, seen)
            poses = stage("track", tracker.update, poses, msg.header.stamp.to_sec(), image)
            if regions is not None:
                regions.update(poses, seen)
            answer = stage(
                "to message", poses_to_msg, poses, msg.header, height, width, estimator.skeleton
            )
            stage("serialize", answer.serialize, io.BytesIO())
            drawn = image.copy()
            stage("draw", draw_poses, drawn, poses, estimator.skeleton)
            stage("encode", recorder.write, drawn, shot.time)
            people.append(len(poses))
            pixels.append(given.tensor[0, 0].size)
        recorder.close()
    row = {name: float(np.mean(times[WARM:])) for name, times in spent.items()}
    node = [ms for name, ms in row.items() if name not in (*OFFLINE, "network")]
    row["sum of the node without network"] = sum(node)
    share = np.mean(pixels[WARM:]) / max(pixels)
    if arguments.json:
        print(json.dumps(dict(row, people=float(np.mean(people)), pixels=share)))
        return 0
    print(
        f"{np.mean(people):.1f} people, {share:.0%} of the pixels\n\n| stage | CPU ms |\n| --- | --- |"
    )
    print("\n".join(f"| {name} | {ms:.2f} |" for name, ms in row.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
