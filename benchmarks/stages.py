#!/usr/bin/env python3
"""CPU ms per frame of each stage of the estimator's node, one after the other in one process. Needs
the workspace sourced.
"""

import argparse
import io
import json
import sys
import time
from collections import defaultdict

import cv2
import numpy as np
import rospy
from sensor_msgs.msg import Image

from lightweight_openpose.estimation.decoding import decode
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.preprocessing import preprocess
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.messages.people import poses_to_msg
from lightweight_openpose.ros.plumbing.process_tuning import tune_for_images
from lightweight_openpose.tracking.tracker import Tracker

FRAMES = 120
WARM = 20  # frames that are not counted


def frames(video, width, height):
    capture = cv2.VideoCapture(video)
    images = []
    for _ in range(FRAMES):
        ok, image = capture.read()
        if not ok:
            break
        images.append(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA))
    return images


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", help="clip with people in it")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--model", default="default")
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    tune_for_images()
    estimator = PoseEstimator.load(arguments.model, input_height=arguments.height)
    tracker = Tracker(estimator.skeleton)
    spent = defaultdict(list)
    people = []

    def stage(name, function, *values):
        begin = time.process_time()
        result = function(*values)
        spent[name].append(1000 * (time.process_time() - begin))
        return result

    for i, frame in enumerate(frames(arguments.video, *map(int, arguments.size.split("x")))):
        height, width = frame.shape[:2]
        data = frame.tobytes()
        msg = Image(height=height, width=width, encoding="bgr8", step=3 * width, data=data)
        received = Image()
        msg.header.stamp = rospy.Time.from_sec(100 + i / 30)
        buffer = io.BytesIO()
        msg.serialize(buffer)
        stage("deserialize", received.deserialize, buffer.getvalue())
        image = stage("convert", image_to_bgr, received)
        tensor, pixel_map = stage(
            "preprocess", preprocess, image, estimator.input_height, estimator.spec
        )
        heatmaps, pafs = stage("network", estimator.backend, tensor)
        poses = stage(
            "decode", decode, heatmaps[0], pafs[0], estimator.skeleton, pixel_map, estimator.stride
        )
        poses = stage("track", tracker.update, poses, msg.header.stamp.to_sec(), image)
        answer = stage(
            "to message", poses_to_msg, poses, msg.header, height, width, estimator.skeleton
        )
        stage("serialize", answer.serialize, io.BytesIO())
        people.append(len(poses))
    row = {name: float(np.mean(times[WARM:])) for name, times in spent.items()}
    row["sum without network"] = sum(row.values()) - row["network"]
    if arguments.json:
        print(json.dumps(dict(row, people=float(np.mean(people)))))
        return 0
    print(f"{np.mean(people):.1f} people\n\n| stage | CPU ms |\n| --- | --- |")
    print("\n".join(f"| {name} | {ms:.2f} |" for name, ms in row.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
