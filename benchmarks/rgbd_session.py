#!/usr/bin/env python3
"""rgbd.launch on the bag of rgbd_bag.py: how far joints and bodies are from where they were put.
Needs the workspace sourced.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import rospy
from lightweight_openpose.msg import HumanPose, HumanPose3DArray
from nodes import ros, running

ORDER = (
    "NOSE",
    "LEFT_EYE",
    "RIGHT_EYE",
    "LEFT_EAR",
    "RIGHT_EAR",
    "LEFT_SHOULDER",
    "RIGHT_SHOULDER",
    "LEFT_ELBOW",
    "RIGHT_ELBOW",
    "LEFT_WRIST",
    "RIGHT_WRIST",
    "LEFT_HIP",
    "RIGHT_HIP",
    "LEFT_KNEE",
    "RIGHT_KNEE",
    "LEFT_ANKLE",
    "RIGHT_ANKLE",
)
JOINTS = [getattr(HumanPose, name) for name in ORDER]
TORSO = [
    ORDER.index(f"{side}_{part}") for side in ("LEFT", "RIGHT") for part in ("SHOULDER", "HIP")
]


def compare(messages, truth):
    """Joint errors, body errors [m], depth errors of all joints [m] and how many people were found
    of those there.
    """
    joints = []
    bodies = []
    depths = []
    found = 0
    wanted = 0
    for msg in messages:
        people = np.array(truth[str(msg.header.stamp.to_nsec())], float)
        wanted += len(people)
        for person in msg.poses:
            got = np.array([[k.x, k.y, k.z] for k in person.keypoints])[JOINTS]
            errors = np.linalg.norm(people - got, axis=2)
            if np.isnan(errors).all():
                continue
            i = int(np.argmin(np.nanmedian(np.where(np.isnan(errors), 9, errors), axis=1)))
            found += 1
            joints += errors[i][np.isfinite(errors[i])].tolist()
            depths += np.abs(people[i, :, 2] - got[:, 2])[np.isfinite(errors[i])].tolist()
            middle = people[i, TORSO].mean(0)
            position = np.array([person.position.x, person.position.y, person.position.z])
            if np.isfinite(middle).all() and np.isfinite(position).all():
                bodies.append(float(np.linalg.norm(position - middle)))
    return np.array(joints), np.array(bodies), np.array(depths), found, wanted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bag")
    parser.add_argument("--model", default="default")
    parser.add_argument("--height", type=int, default=368)
    parser.add_argument("--rate", type=float, default=0.5, help="speed of the replay")
    parser.add_argument("--picture", help="PNG of rviz to take half-way (needs a display)")
    arguments = parser.parse_args()
    truth = json.loads(Path(arguments.bag).with_suffix(".json").read_text())
    messages = []
    with ros():
        rviz = "true" if arguments.picture else "false"
        with running(
            "roslaunch",
            "lightweight_openpose",
            "rgbd.launch",
            f"input_height:={arguments.height}",
            f"model:={arguments.model}",
            f"rviz:={rviz}",
        ):
            rospy.Subscriber("/pose_3d/poses_3d", HumanPose3DArray, messages.append, queue_size=100)
            time.sleep(12 if arguments.picture else 8)
            with running(
                "rosbag", "play", "--quiet", "--rate", arguments.rate, arguments.bag
            ) as play:
                if arguments.picture:
                    time.sleep(15)
                    subprocess.run(["import", "-window", "root", arguments.picture], check=True)
                play.wait()
            time.sleep(2)
    if not messages:
        raise SystemExit("no poses in metres came")
    joints, bodies, depths, found, wanted = compare(messages, truth)
    print(f"{len(messages)} of {len(truth)} frames; people found {found} of {wanted}")
    median, most = 100 * np.percentile(joints, (50, 90))
    along, along_most = 100 * np.percentile(depths, (50, 99))
    print(
        f"joints: median {median:.1f} cm, 90th percentile {most:.1f} cm; along the optical axis "
        f"{along:.1f} and {along_most:.1f} cm (99th)"
    )
    median, most, largest = 100 * np.percentile(bodies, (50, 90, 100))
    print(
        f"bodies: median {median:.1f} cm, 90th percentile {most:.1f} cm, largest {largest:.1f} cm"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
