#!/usr/bin/env python3
"""rgbd.launch on a photograph with depth made for it."""

import os
import sys
import unittest

import numpy as np
import rospy
import rostest
import tf2_ros
from cv_bridge import CvBridge
from lightweight_openpose.msg import (
    HumanPose,
    HumanPose3DArray,
    HumanPoseArray,
    PersonEvents,
    PersonEventsArray,
)
from rosgraph_msgs.msg import Log
from sensor_msgs.msg import CameraInfo, Image
from visualization_msgs.msg import Marker, MarkerArray

sys.path.insert(
    0, os.path.dirname(os.path.abspath(__file__))
)  # catkin runs a copy of this script elsewhere
from inbox import TIMEOUT, Inbox, one_person, wait_for_logs, wait_until  # noqa: E402

FRAME, FOCAL, BODY, WALL = "camera_color_optical_frame", 600.0, 1.2, 3.0
POSES = "/pose_3d/poses_3d"


class DepthTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rospy.init_node("depth_test")
        cls.face = one_person()
        cls.bridge, cls.logs, cls.markers = CvBridge(), [], []
        height, width = cls.face.shape[:2]
        cls.centre = np.array([(width - 1) / 2, (height - 1) / 2])
        cls.depth = np.full((height, width), 1000 * WALL, np.uint16)
        cls.depth[int(0.05 * height) :, int(0.15 * width) : int(0.75 * width)] = (
            1000 * BODY
        )  # she sits left of the middle
        topics = "/camera/color/image_raw", "/camera/aligned_depth_to_color/image_raw"
        cls.image, cls.registered = (rospy.Publisher(t, Image, queue_size=5) for t in topics)
        cls.info = rospy.Publisher(
            "/camera/color/camera_info", CameraInfo, queue_size=1, latch=True
        )
        cls.log = rospy.Subscriber("/rosout", Log, lambda m: cls.logs.append(m.msg))
        cls.marker_subscriber = rospy.Subscriber(
            "/pose_3d/markers", MarkerArray, cls.markers.append
        )
        cls.tf = tf2_ros.Buffer()
        cls.listener = tf2_ros.TransformListener(cls.tf)
        rospy.wait_for_service("/pose_estimator/estimate", TIMEOUT)
        assert wait_for_logs(cls.log, "/pose_3d", "/guessed"), "a node does not run"

    def setUp(self):
        self.calibrate(FOCAL)

    def calibrate(self, focal):
        info = CameraInfo(
            height=self.face.shape[0],
            width=self.face.shape[1],
            distortion_model="plumb_bob",
            D=[0.0] * 5,
        )
        info.K = [focal, 0, self.centre[0], 0, focal, self.centre[1], 0, 0, 1 if focal else 0]
        info.header.frame_id = FRAME
        self.info.publish(info)
        rospy.sleep(0.3)

    def send(self, image=None, depth=None, frame=FRAME, late=0.0):
        stamp = rospy.Time.now()
        for publisher, values, encoding, name, delay in (
            (self.registered, self.depth if depth is None else depth, "16UC1", frame, late),
            (self.image, self.face if image is None else image, "bgr8", FRAME, 0),
        ):
            msg = self.bridge.cv2_to_imgmsg(values, encoding)
            msg.header.stamp, msg.header.frame_id = stamp + rospy.Duration(delay), name
            publisher.publish(msg)
        return stamp

    def connected(self):
        return self.image.get_num_connections() and self.registered.get_num_connections()

    def test_joints_are_where_the_depth_says(self):
        with Inbox(POSES, HumanPose3DArray) as inbox, Inbox(
            "/pose_estimator/poses", HumanPoseArray
        ) as flat:
            self.assertTrue(wait_until(self.connected))
            for _ in range(4):
                stamp = self.send(late=0.01)
                answer = inbox.wait(stamp)
            self.assertEqual(
                (answer.header.frame_id, answer.estimated, len(answer.poses)), (FRAME, False, 1)
            )
            person = answer.poses[0]
            joints = np.array([[k.x, k.y, k.z] for k in person.keypoints])
            known = np.isfinite(joints[:, 2])
            self.assertEqual((person.track_id, person.num_keypoints), (0, known.sum()))
            self.assertGreaterEqual(known.sum(), 6)
            np.testing.assert_allclose(joints[known, 2], BODY, atol=0.001)
            left, right = joints[HumanPose.LEFT_SHOULDER], joints[HumanPose.RIGHT_SHOULDER]
            self.assertGreater(left[0], right[0])  # she faces the camera: her left is on the right
            pixels = np.array([[k.x, k.y] for k in flat.wait(stamp).poses[0].keypoints])
            np.testing.assert_allclose(
                joints[known, :2], (pixels[known] - self.centre) * BODY / FOCAL, atol=0.001
            )
            self.assertAlmostEqual(person.velocity.x, 0, delta=0.05)
            self.assertTrue(
                all(np.isnan([k.x, k.y, k.z]).all() for k in person.keypoints if k.score == 0)
            )

    def test_nobody_and_markers_that_go_away(self):
        with Inbox(POSES, HumanPose3DArray) as inbox:
            self.assertTrue(wait_until(self.connected))
            self.assertEqual(len(inbox.wait(self.send()).poses), 1)
            self.assertEqual(inbox.wait(self.send(np.full_like(self.face, 90))).poses, [])
            self.assertTrue(
                wait_until(
                    lambda: any(m.action == Marker.DELETE for a in self.markers for m in a.markers),
                    5,
                )
            )
        shown = [m for a in self.markers for m in a.markers if m.action == Marker.ADD]
        self.assertEqual({m.ns for m in shown}, {"limbs", "joints", "labels"})
        for marker in shown:
            self.assertEqual(marker.pose.orientation.w, 1)
            self.assertEqual(marker.header.frame_id, FRAME)
            self.assertTrue(marker.points or marker.type == Marker.TEXT_VIEW_FACING)
            self.assertGreater(marker.lifetime.to_sec(), 0)

    def test_view_frame_stands_upright(self):
        with Inbox(POSES, HumanPose3DArray) as inbox:
            self.assertTrue(wait_until(self.connected))
            inbox.wait(self.send())
        self.assertTrue(
            wait_until(lambda: self.tf.can_transform(FRAME, "people_view", rospy.Time(0)), 10)
        )
        q = self.tf.lookup_transform(FRAME, "people_view", rospy.Time(0)).transform.rotation
        x, y, z, w = q.x, q.y, q.z, q.w
        up = np.array([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)])
        np.testing.assert_allclose(up, (0, -1, 0), atol=1e-9)

    def test_what_is_wrong_is_said_and_the_node_goes_on(self):
        small = np.full((self.face.shape[0] // 2, self.face.shape[1]), 1000, np.uint16)
        with Inbox(POSES, HumanPose3DArray) as inbox:
            self.assertTrue(wait_until(self.connected))
            for wrong, said in (
                ({"frame": "camera_depth_optical_frame"}, "align_depth"),
                ({"depth": small}, "not registered"),
            ):
                self.logs.clear()
                stamp = self.send(**wrong)
                self.assertIsNone(
                    inbox.wait(stamp, 2.5)
                )  # the log is throttled to one line in two seconds
                self.assertTrue(
                    wait_until(lambda: any(said in text for text in self.logs), 5), str(self.logs)
                )
            self.assertEqual(len(inbox.wait(self.send()).poses), 1)

    def test_without_a_calibration_places_are_coarse_and_marked(self):
        with Inbox(POSES, HumanPose3DArray) as inbox:
            self.assertTrue(wait_until(self.connected))
            self.calibrate(0.0)
            answer = inbox.wait(self.send())
            self.assertTrue(answer.assumed_intrinsics and not answer.estimated)
            self.assertEqual(len(answer.poses), 1)
            self.assertAlmostEqual(answer.poses[0].position.z, BODY, delta=0.001)
            self.assertTrue(
                wait_until(
                    lambda: any(
                        "camera on /camera/color/camera_info is not calibrated" in t
                        for t in self.logs
                    ),
                    5,
                )
            )
            self.calibrate(FOCAL)
            self.assertFalse(inbox.wait(self.send()).assumed_intrinsics)

    def test_without_depth_distances_are_estimates(self):
        with Inbox("/guessed/poses_3d", HumanPose3DArray) as inbox:
            self.assertTrue(wait_until(lambda: self.image.get_num_connections()))
            answer = inbox.wait(self.send())
            self.assertTrue(answer.estimated)
            self.assertEqual(len(answer.poses), 1)

    def test_the_arrow_of_a_head_is_as_far_away_as_its_body(self):
        arrows = []

        def keep(msg):
            arrows.extend(m for m in msg.markers if (m.ns, m.action) == ("heads", Marker.ADD))

        subscriber = rospy.Subscriber("/guessed/markers", MarkerArray, keep)
        with Inbox("/guessed/poses_3d", HumanPose3DArray) as inbox:
            self.assertTrue(wait_until(lambda: self.image.get_num_connections()))
            for _ in range(4):
                answer = inbox.wait(self.send())
            stamp = answer.header.stamp
            self.assertTrue(wait_until(lambda: any(m.header.stamp == stamp for m in arrows), 10))
        subscriber.unregister()
        (arrow,) = [m for m in arrows if m.header.stamp == stamp]
        (person,) = answer.poses
        self.assertEqual((arrow.id, arrow.header.frame_id), (person.track_id, FRAME))
        nose = person.keypoints[HumanPose.NOSE]
        at = arrow.pose.position
        self.assertAlmostEqual(at.z, nose.z, places=4)
        self.assertLess(np.hypot(at.x - nose.x, at.y - nose.y), 0.12)

    def test_events_of_heads_poses_and_metres_together(self):
        with Inbox("/pose_events/events", PersonEventsArray) as inbox:
            self.assertTrue(wait_until(self.connected))
            inbox.wait(self.send(np.full_like(self.face, 90)))
            for _ in range(8):
                answer = inbox.wait(self.send())
                rospy.sleep(0.1)
        self.assertEqual((len(answer.people), answer.header.frame_id), (1, FRAME))
        person = answer.people[0]
        self.assertTrue(person.facing)
        self.assertFalse(person.fallen or person.left_arm_raised or person.right_arm_raised)
        self.assertEqual(person.pointing_arm, PersonEvents.NO_ARM)
        self.assertTrue(np.isnan(person.pointing_angle) and np.isnan(person.pointing_direction.x))


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "depth", DepthTest)
