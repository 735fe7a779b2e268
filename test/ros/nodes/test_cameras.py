#!/usr/bin/env python3
"""Several cameras through one estimator, and an input height that follows the machine."""

import os
import sys
import unittest

import numpy as np
import rospy
import rostest
from cv_bridge import CvBridge
from diagnostic_msgs.msg import DiagnosticArray
from lightweight_openpose.msg import HumanPoseArray
from sensor_msgs.msg import Image

sys.path.insert(
    0, os.path.dirname(os.path.abspath(__file__))
)  # catkin runs a copy of this script elsewhere
from inbox import TIMEOUT, Inbox, one_person, wait_until  # noqa: E402


class CamerasTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rospy.init_node("cameras_test")
        cls.face = one_person()
        cls.bridge, cls.status = CvBridge(), {}
        cls.front = rospy.Publisher("/front/image", Image, queue_size=2)
        cls.left = rospy.Publisher("/rear_left/image_raw", Image, queue_size=2)
        cls.diagnostics = rospy.Subscriber("/diagnostics", DiagnosticArray, cls.on_diagnostics)
        for node in ("pose_estimator", "hurried_estimator"):
            rospy.wait_for_service(f"/{node}/estimate", TIMEOUT)

    @classmethod
    def on_diagnostics(cls, msg):
        cls.status.update({s.name: {v.key: v.value for v in s.values} for s in msg.status})

    def send(self, publisher, image, frame_id):
        msg = self.bridge.cv2_to_imgmsg(image, "bgr8")
        msg.header.stamp, msg.header.frame_id = rospy.Time.now(), frame_id
        publisher.publish(msg)
        return msg.header.stamp

    def test_each_camera_has_its_own_poses_ids_and_diagnostics(self):
        empty = np.full_like(self.face, 90)
        with Inbox("/pose_estimator/front/poses", HumanPoseArray) as front, Inbox(
            "/pose_estimator/left/poses", HumanPoseArray
        ) as left:
            self.assertTrue(
                wait_until(
                    lambda: self.front.get_num_connections() and self.left.get_num_connections()
                )
            )
            for _ in range(4):
                stamps = [
                    self.send(self.front, self.face, "front_optical"),
                    self.send(self.left, empty, "left_optical"),
                ]
                answers = [inbox.wait(stamp) for inbox, stamp in zip((front, left), stamps)]
            self.assertEqual(
                [a.header.frame_id for a in answers], ["front_optical", "left_optical"]
            )
            self.assertEqual([len(a.poses) for a in answers], [1, 0])
            self.assertEqual(answers[0].poses[0].track_id, 0)
            stamp = self.send(self.left, self.face, "left_optical")
            self.assertEqual(
                left.wait(stamp).poses[0].track_id, -1
            )  # its tracker has not met this person yet
            names = [f"pose_estimator: pose estimator: {camera}" for camera in ("front", "left")]
            self.assertTrue(
                wait_until(lambda: all(n in self.status for n in names)), str(list(self.status))
            )
            self.assertEqual(self.status[names[1]]["image topic"], "/rear_left/image_raw")

    def test_a_busy_camera_leaves_the_other_its_turn(self):
        stop = []
        with Inbox("/pose_estimator/front/poses", HumanPoseArray) as front, Inbox(
            "/pose_estimator/left/poses", HumanPoseArray
        ) as left:
            self.assertTrue(
                wait_until(
                    lambda: self.front.get_num_connections() and self.left.get_num_connections()
                )
            )
            timer = rospy.Timer(
                rospy.Duration(0.01),
                lambda _: stop or self.send(self.front, self.face, "front_optical"),
            )
            try:
                for _ in range(10):
                    stamp = self.send(self.left, np.full_like(self.face, 90), "left_optical")
                    self.assertIsNotNone(left.wait(stamp))
            finally:
                stop.append(True)
                timer.shutdown()
            self.assertGreaterEqual(len(front.messages), 8)

    def test_input_height_gives_way_to_the_target_rate(self):
        name = "hurried_estimator: pose estimator"
        with Inbox("/hurried_estimator/poses", HumanPoseArray) as poses:
            self.assertTrue(wait_until(lambda: self.front.get_num_connections() > 0))

            def lower():
                poses.wait(self.send(self.front, self.face, "front_optical"), 5)
                return self.status.get(name, {}).get("input height [px]") == "128"

            self.assertTrue(wait_until(lower), str(self.status.get(name)))
            self.assertEqual(self.status[name]["target fps"], "1000")


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "cameras", CamerasTest)
