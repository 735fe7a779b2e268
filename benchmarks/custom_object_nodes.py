#!/usr/bin/env python3
"""The submarine of custom_object.py through the nodes: pose_estimator_node and
head_orientation_node with skeleton:=submarine.

Run custom_object.py first and source the catkin workspace. Prints the rms of the angles; exits with
1 above 5 degrees.
"""

import argparse
import glob
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import rospy
from cv_bridge import CvBridge
from lightweight_openpose.msg import HeadOrientationArray
from sensor_msgs.msg import CameraInfo, Image
from submarine import CAMERA, HEIGHT, WIDTH, write

LIMIT = 5.0  # deg
LAUNCH = """<launch>
  <include file="$(find lightweight_openpose)/launch/pose_estimator.launch">
    <arg name="model" value="{model}"/>
    <arg name="skeleton" value="submarine"/>
    <arg name="backend" value="torch"/>
    <arg name="input_height" value="192"/>
  </include>
  <include file="$(find lightweight_openpose)/launch/head_orientation.launch">
    <arg name="skeleton" value="submarine"/>
  </include>
</launch>"""


def ask(folder: Path, names) -> dict:
    """Publish each picture until its answer is there: name -> HeadOrientationArray."""
    answers = {}
    bridge = CvBridge()

    def note(msg):
        answers[msg.header.frame_id] = msg

    rospy.Subscriber("/head_orientation/heads", HeadOrientationArray, note)
    images = rospy.Publisher("/camera/image_raw", Image, queue_size=1)
    infos = rospy.Publisher("/camera/camera_info", CameraInfo, queue_size=1, latch=True)
    infos.publish(
        CameraInfo(
            width=WIDTH,
            height=HEIGHT,
            K=CAMERA.matrix.ravel().tolist(),
            distortion_model="plumb_bob",
        )
    )
    end = time.time() + 60
    while images.get_num_connections() == 0 and time.time() < end:
        time.sleep(0.1)
    time.sleep(2)
    for i, name in enumerate(names):
        msg = bridge.cv2_to_imgmsg(cv2.imread(str(folder / name)), "bgr8")
        msg.header.frame_id = name
        # one second is no neighbour of the next
        msg.header.stamp = rospy.Time.now() - rospy.Duration(10 * (len(names) - i))
        images.publish(msg)
        end = time.time() + 5
        while name not in answers and time.time() < end:
            time.sleep(0.01)
    return answers


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("out/submarine"), help="of custom_object.py"
    )
    arguments = parser.parse_args()
    checkpoints = glob.glob(str(arguments.folder / "run/train/checkpoint_iter_*.pth"))
    if not checkpoints:
        raise SystemExit(f"no checkpoint in {arguments.folder}; run custom_object.py first")
    truth = write(arguments.folder / "test", 100, seed=2)
    with tempfile.NamedTemporaryFile("w", suffix=".launch") as launch:
        launch.write(LAUNCH.format(model=os.path.abspath(checkpoints[0])))
        launch.flush()
        nodes = subprocess.Popen(
            ["roslaunch", launch.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            rospy.init_node("custom_object")
            answers = ask(arguments.folder / "test", sorted(truth))
        finally:
            nodes.terminate()
            nodes.wait(20)
    errors = [
        np.degrees([m.heads[0].yaw, m.heads[0].pitch, m.heads[0].roll]) - truth[name]["angles"]
        for name, m in answers.items()
        if m.heads
    ]
    if not errors:
        print(f"{len(answers)} answers, none with an object", file=sys.stderr)
        return 1
    rms = np.sqrt(np.mean(np.square((np.array(errors) + 180) % 360 - 180), 0))
    print(
        f"{len(answers)} of {len(truth)} pictures answered, {len(errors)} with an orientation; "
        f"yaw, pitch, roll rms {', '.join(f'{v:.1f}' for v in rms)} deg (target {LIMIT})"
    )
    return int(rms.max() > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
