#!/usr/bin/env python3
"""head_orientation_node with people who are made up, so that their angles are known."""

import os
import sys
import unittest

import numpy as np
import rospy
import rostest
from lightweight_openpose.msg import HeadOrientationArray, HumanPoseArray
from std_msgs.msg import Header

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.ros.messages.people import poses_to_msg

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [FOLDER, os.path.join(FOLDER, "..", "..")]  # catkin runs a copy elsewhere
from inbox import Inbox, wait_until  # noqa: E402

from people import face, placed, seen  # noqa: E402

HEIGHT, WIDTH = 480, 640
CAMERA = Camera.assumed_for(WIDTH, HEIGHT, 1.0472)  # as the node assumes
PLACE, ANGLES = (0.1, 0.0, 1.5), (20, 5, -3)
ID = 6


class HeadsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rospy.init_node("heads_test")
        cls.poses = rospy.Publisher("/poses", HumanPoseArray, queue_size=5)
        topics = "/smooth/heads", "/plain/heads"
        cls.inboxes = [Inbox(topic, HeadOrientationArray) for topic in topics]
        assert wait_until(lambda: cls.poses.get_num_connections() >= 2), "no node listens"
        cls.start = rospy.Time.now()

    def answers(self, poses):
        """For each pose, sent 25 times a second by their stamps, the heads of both nodes."""
        type(self).start += rospy.Duration(100)  # no track is known any more
        for i, pose in enumerate(poses):
            header = Header(stamp=self.start + rospy.Duration(i / 25), frame_id="eye")
            self.poses.publish(poses_to_msg([pose], header, HEIGHT, WIDTH, COCO18))
            yield [inbox.wait(header.stamp).heads for inbox in self.inboxes]

    def noisy(self, track_id, count=60):
        rng = np.random.default_rng(0)
        for _ in range(count):
            noise = rng.normal(0, 1, (5, 2))
            yield Pose(face(ANGLES, PLACE, CAMERA, noise=noise), 0.9, track_id)

    def test_heads_with_an_id_are_steadier(self):
        heads = list(self.answers(self.noisy(ID)))[20:]
        smooth, plain = (np.array([h[which][0].yaw for h in heads]) for which in (0, 1))
        self.assertLess(np.diff(smooth).std(), 0.4 * np.diff(plain).std())
        self.assertLess(abs(smooth.mean() - plain.mean()), 0.02)
        for (filtered,), (solved,) in heads:
            self.assertEqual((filtered.track_id, filtered.num_keypoints), (ID, 5))
            self.assertEqual(filtered.pose.position, solved.pose.position)
            np.testing.assert_allclose(filtered.angle_stddev, solved.angle_stddev, rtol=0.3)

    def test_heads_without_an_id_are_as_solved_for(self):
        for smooth, plain in self.answers(self.noisy(-1, 10)):
            self.assertEqual((smooth[0].yaw, smooth[0].pose), (plain[0].yaw, plain[0].pose))

    def test_the_landmarks_of_the_face_count(self):
        points = find_skeleton("face_32").points
        known = [i for i, point in enumerate(points) if point is not None]
        landmarks = missing_keypoints(32)
        landmarks[known] = seen(placed([points[i] for i in known], ANGLES, PLACE), CAMERA)
        pose = Pose(face((0, 0, 0), PLACE, CAMERA), 0.9, ID, face=landmarks)
        for answer in self.answers([pose]):
            for (head,) in answer:
                self.assertEqual(head.num_keypoints, len(known))
                angles = np.degrees([head.yaw, head.pitch, head.roll])
                np.testing.assert_allclose(angles, ANGLES, atol=0.5)


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "heads", HeadsTest)
