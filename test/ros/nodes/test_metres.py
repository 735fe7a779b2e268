#!/usr/bin/env python3
"""pose_3d_node with depth of a second camera, uncalibrated cameras, and people in base_link."""

import os
import sys
import unittest

import numpy as np
import rospy
import rostest
import tf2_ros
from cv_bridge import CvBridge
from geometry_msgs.msg import PoseArray, Quaternion
from lightweight_openpose.msg import HumanPose3DArray, HumanPoseArray, PersonEventsArray
from rosgraph_msgs.msg import Log
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.rigid_transform import RigidTransform
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.people import poses_to_msg
from lightweight_openpose.ros.messages.transforms import transform

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [FOLDER, os.path.join(FOLDER, "..", "..")]  # catkin runs a copy elsewhere
from inbox import Inbox, wait_for_logs, wait_for_subscribers, wait_until  # noqa: E402

from box_scene import boxes_of, rendered  # noqa: E402
from people import body, seen  # noqa: E402

COLOR = Camera(np.array([[600, 0, 319.5], [0, 600, 239.5], [0, 0, 1.0]]))
DEPTH = Camera(np.array([[210, 0, 211.5], [0, 210, 119.5], [0, 0, 1.0]]))
NODES_OF_TARGET = "/separate", "/head_orientation", "/pose_events"
HEIGHT, WIDTH = 480, 640  # px, of the colour image
DEPTH_SIZE = (240, 424)
COLOR_FRAME, DEPTH_FRAME = "camera_color_optical_frame", "camera_depth_optical_frame"
BASELINE = 0.06  # m, by which the depth camera is to the left
DISTANCE = 3.0  # m
# Where the colour camera is in base_link (x forward, y left, z up), looking forward.
MOUNT = RigidTransform(np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), np.array([0.2, 0.0, 1.0]))
MOUNT_QUATERNION = Quaternion(-0.5, 0.5, -0.5, 0.5)


class MetresTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rospy.init_node("metres_test")
        cls.logs = []
        cls.log = rospy.Subscriber("/rosout", Log, lambda m: cls.logs.append(m.msg))
        cls.joints = body(DISTANCE)
        cls.boxes = boxes_of(cls.joints)
        to_color = RigidTransform(np.eye(3), np.array([-BASELINE, 0, 0]))
        cls.depth = rendered(DEPTH, DEPTH_SIZE, to_color, cls.boxes)
        cls.image = rospy.Publisher("/depth/image_rect_raw", Image, queue_size=5)
        cls.poses = rospy.Publisher("/poses", HumanPoseArray, queue_size=5)
        cls.infos = [
            rospy.Publisher(topic, CameraInfo, queue_size=1, latch=True)
            for topic in ("/color/camera_info", "/depth/camera_info")
        ]
        cls.broadcaster = tf2_ros.StaticTransformBroadcaster()
        assert wait_for_logs(cls.log, *NODES_OF_TARGET, "/uncalibrated"), "a node does not run"

    def calibrate(self, publisher, camera, height, width):
        info = CameraInfo(height=height, width=width, D=[0.0] * 5)
        info.K = camera.matrix.ravel().tolist()
        publisher.publish(info)
        rospy.sleep(0.3)

    def send(self):
        stamp = rospy.Time.now()
        depth = CvBridge().cv2_to_imgmsg((self.depth * 1000).astype(np.uint16), "16UC1")
        depth.header = Header(stamp=stamp, frame_id=DEPTH_FRAME)
        self.image.publish(depth)
        pose = Pose(seen(self.joints, COLOR), 0.8, 4)
        header = Header(stamp=stamp, frame_id=COLOR_FRAME)
        self.poses.publish(poses_to_msg([pose], header, HEIGHT, WIDTH, COCO18))
        return stamp

    def refused(self, inbox, *said):
        """Whether a frame has no answer, and one line of the log has all that is said."""
        self.logs.clear()
        missing = inbox.wait(self.send(), 1.5) is None

        def was_said():
            if any(all(s in line for s in said) for line in self.logs):
                return True
            rospy.sleep(0.5)
            self.send()  # the line is said once in two seconds, and that of this frame may be left out
            return False

        return missing and wait_until(was_said)

    def place(self, header_frame, child, translation, quaternion):
        header = Header(stamp=rospy.Time.now(), frame_id=header_frame)
        self.broadcaster.sendTransform(transform(header, child, translation, quaternion))
        rospy.sleep(0.5)

    def test_depth_of_its_own_camera_and_people_in_base_link(self):
        color, depth = self.infos
        with Inbox("/separate/poses_3d", HumanPose3DArray) as own, Inbox(
            "/separate/target/poses_3d", HumanPose3DArray
        ) as moved, Inbox("/head_orientation/target/head_poses", PoseArray) as heads, Inbox(
            "/pose_events/events", PersonEventsArray
        ) as events:
            self.assertTrue(wait_for_subscribers(self.image, "/separate"))
            self.assertTrue(wait_for_subscribers(self.poses, *NODES_OF_TARGET))
            self.calibrate(color, COLOR, HEIGHT, WIDTH)
            no_calibration = "/depth/camera_info", DEPTH_FRAME, COLOR_FRAME, "align_depth"
            self.assertTrue(self.refused(own, *no_calibration), self.logs)
            self.calibrate(depth, DEPTH, *DEPTH_SIZE)
            no_transform = DEPTH_FRAME, COLOR_FRAME, "no transform", "align_depth"
            self.assertTrue(self.refused(own, *no_transform), self.logs)
            self.place(COLOR_FRAME, DEPTH_FRAME, (-BASELINE, 0, 0), Quaternion(w=1.0))
            self.check_joints(own.wait(self.send()))
            no_place = COLOR_FRAME, "base_link", "no transform", "~target_frame"
            self.assertTrue(self.refused(moved, *no_place), self.logs)
            self.place("base_link", COLOR_FRAME, MOUNT.translation, MOUNT_QUATERNION)
            stamp = self.send()
            self.check_moved(own.wait(stamp), moved.wait(stamp))
            self.check_heads(heads.wait(stamp))
            self.assertEqual(events.wait(stamp).header.frame_id, "base_link")

    def check_joints(self, answer):
        self.assertEqual(answer.header.frame_id, COLOR_FRAME)
        self.assertFalse(answer.estimated or answer.assumed_intrinsics)
        (person,) = answer.poses
        z = np.array([k.z for k in person.keypoints])
        self.assertGreaterEqual(np.isfinite(z).sum(), 16)
        surface = self.joints[:, 2] - 0.05
        self.assertLess(np.nanmedian(np.abs(z - surface)), 0.06)
        self.assertLess(np.nanmax(np.abs(z - surface)), 0.2)

    def check_moved(self, own, moved):
        self.assertEqual(moved.header.frame_id, "base_link")
        self.assertEqual(moved.header.stamp, own.header.stamp)
        (there,), (here,) = moved.poses, own.poses
        pairs = [(here.position, there.position), *zip(here.keypoints, there.keypoints)]
        for before, after in pairs:
            expected = MOUNT.apply(np.array([before.x, before.y, before.z]))
            np.testing.assert_allclose((after.x, after.y, after.z), expected, atol=1e-5)
        self.assertAlmostEqual(there.position.x, 0.2 + DISTANCE, delta=0.15)
        covariance = np.reshape(there.position_covariance, (3, 3))
        np.testing.assert_allclose(covariance, covariance.T)
        self.assertGreater(np.linalg.eigvalsh(covariance).min(), 0)
        own_covariance = np.reshape(here.position_covariance, (3, 3))
        self.assertAlmostEqual(covariance[0, 0], own_covariance[2, 2], places=6)

    def check_heads(self, msg):
        self.assertEqual((msg.header.frame_id, len(msg.poses)), ("base_link", 1))
        pose = msg.poses[0]
        self.assertAlmostEqual(pose.position.x, 0.2 + DISTANCE, delta=0.8)
        self.assertAlmostEqual(pose.position.z, 1.66, delta=0.2)
        x, y, z, w = (getattr(pose.orientation, name) for name in "xyzw")
        forward = np.array([1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)])
        self.assertLess(forward[0], -0.8)  # the face looks back at the robot

    def test_a_camera_that_is_not_calibrated_gives_coarse_places_that_are_marked(self):
        with Inbox("/uncalibrated/poses_3d", HumanPose3DArray) as inbox:
            self.assertTrue(wait_for_subscribers(self.poses, "/uncalibrated"))
            answer = inbox.wait(self.send())
        self.assertTrue(answer.estimated and answer.assumed_intrinsics)
        (person,) = answer.poses
        self.assertAlmostEqual(person.position.z, DISTANCE, delta=0.3 * DISTANCE)
        variance = person.position_covariance[8]
        self.assertGreater(variance, (0.2 * person.position.z) ** 2)
        warned = "uncalibrated: the camera on /nobody/camera_info is not calibrated"
        self.assertTrue(wait_until(lambda: any(warned in line for line in self.logs), 5), self.logs)


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "metres", MetresTest)
