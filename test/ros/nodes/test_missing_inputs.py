#!/usr/bin/env python3
"""Nodes that lack an input say which on /diagnostics, and keep no frames in flight."""

import os
import sys
import threading
import unittest

import numpy as np
import rospy
import rostest
from cv_bridge import CvBridge
from diagnostic_msgs.msg import DiagnosticStatus
from lightweight_openpose.msg import (
    HeadOrientationArray,
    HumanPose3DArray,
    HumanPoseArray,
    PersonEventsArray,
)
from sensor_msgs.msg import Image, PointCloud2

sys.path.insert(
    0, os.path.dirname(os.path.abspath(__file__))
)  # catkin runs a copy of this script elsewhere
from inbox import Inbox, wait_for_status, wait_until  # noqa: E402

OUTPUTS = {
    "/without_depth/poses_3d": HumanPose3DArray,
    "/with_a_cloud/poses_3d": HumanPose3DArray,
    "/of_equal_stamps/poses_3d": HumanPose3DArray,
    "/without_heads/image": Image,
    "/events_without_heads/events": PersonEventsArray,
    "/without_poses/heads": HeadOrientationArray,
}


class MissingInputsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rospy.init_node("missing_inputs_test")
        cls.inputs = {
            topic: rospy.Publisher(topic, kind, queue_size=1)
            for topic, kind in (
                ("/poses", HumanPoseArray),
                ("/image", Image),
                ("/depth", Image),
                ("/cloud", PointCloud2),
            )
        }
        cls.outputs = {topic: Inbox(topic, kind) for topic, kind in OUTPUTS.items()}
        cls.ended = threading.Event()
        threading.Thread(target=cls.send, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.ended.set()

    @classmethod
    def send(cls):
        """Poses, images and depth, five times a second, with a cloud where an image is wanted."""
        grey = CvBridge().cv2_to_imgmsg(np.full((48, 64, 3), 90, np.uint8), "bgr8")
        depth = CvBridge().cv2_to_imgmsg(np.full((48, 64), 2000, np.uint16), "16UC1")
        poses = HumanPoseArray(skeleton="coco18", height=48, width=64)
        while not cls.ended.wait(0.2):
            stamp = rospy.Time.now()
            for topic, msg in (
                ("/poses", poses),
                ("/image", grey),
                ("/depth", depth),
                ("/cloud", PointCloud2()),
            ):
                msg.header.stamp, msg.header.frame_id = stamp, "camera"
                cls.inputs[topic].publish(msg)

    def check(self, node, *words):
        """Its status warns with these words, and its frames end as dropped."""
        status = wait_for_status(
            lambda s: (
                s.name.startswith(node[1:] + ":")
                and not s.name.endswith(": connections")
                and s.level == DiagnosticStatus.WARN
                and (node == "/without_poses" or dropped(s) > 0)
            )
        )
        self.assertIsNotNone(status, f"{node} does not warn")
        for word in words:
            self.assertIn(word, status.message)

    def test_metres_without_depth(self):
        self.check(
            "/without_depth", "no message on /nobody/depth", "nobody publishes it", "remap depth:="
        )

    def test_metres_with_a_cloud(self):
        self.check(
            "/with_a_cloud",
            "no message on /cloud",
            "publishes it as sensor_msgs/PointCloud2, and sensor_msgs/Image is needed",
            "set ~depth",
        )

    def test_a_visualizer_without_heads(self):
        self.check("/without_heads", "no message on /nobody/heads", "set ~heads to false")

    def test_events_without_heads(self):
        self.check("/events_without_heads", "no message on /nobody/heads", "set ~heads to false")

    def test_heads_without_poses(self):
        self.check("/without_poses", "no message on /nobody/poses", "remap poses:=")

    def test_a_slop_of_zero_matches_equal_stamps(self):
        inbox = self.outputs["/of_equal_stamps/poses_3d"]
        self.assertTrue(wait_until(lambda: len(inbox.messages) > 3))


def dropped(status):
    """Frames that a status counts as dropped."""
    return int(next(value.value for value in status.values if value.key == "dropped"))


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "missing_inputs", MissingInputsTest, sys.argv)
