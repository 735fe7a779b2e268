#!/usr/bin/env python3
"""People of skeleton body_25, with feet and hands, through every node of people.launch.

The networks see the same person in every image, so that all answers are known.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

import numpy as np
import rospy
import rostest
from lightweight_openpose.msg import (
    HandGesture,
    HeadOrientationArray,
    HumanPose3DArray,
    HumanPoseArray,
    PersonEventsArray,
)
from sensor_msgs.msg import CameraInfo, Image
from visualization_msgs.msg import MarkerArray

from lightweight_openpose.poses import find_skeleton
from lightweight_openpose.ros.messages.images import bgr_to_image, image_to_bgr
from lightweight_openpose.ros.messages.people import read_people

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(os.path.dirname(HERE))]  # catkin runs a copy elsewhere
from inbox import Inbox, wait_for_status, wait_until  # noqa: E402

from constant_network import write_constant_network  # noqa: E402
from people import hand as made_hand  # noqa: E402
from people import maps_of, standing_on_feet  # noqa: E402

BODY, HAND = find_skeleton("body_25"), find_skeleton("hand_21")
SIDE = 256  # [px] of image and network's input: neither is scaled
PORT = 28083  # of the page
DISTANCE = 2.0  # [m] of everything
FOCAL = 300.0  # px
PERSON = standing_on_feet(25, 10)
# Of 368 px: the back of a right hand that points upwards.
JOINTS = made_hand(("index",), back=True, scale=1.6)[:, :2] - 400 + (184, 320)
FEET = [i for i, name in enumerate(BODY.keypoints) if name.endswith(("toe", "heel"))]


def _values(status):
    return {item.key: item.value for item in status.values}


class FeetAndHandsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rospy.init_node("feet_and_hands_test")
        cls.folder = tempfile.TemporaryDirectory()
        folder = Path(cls.folder.name)
        maps = maps_of([PERSON], BODY, (SIDE // 8, SIDE // 8))
        body = write_constant_network(folder / "body.onnx", maps, BODY, (SIDE, SIDE))
        hand = write_constant_network(folder / "hand.onnx", maps_of([JOINTS], HAND, (46, 46))[:1])
        cls.nodes = subprocess.Popen(
            [
                "roslaunch",
                "lightweight_openpose",
                "people.launch",
                "image:=/eye/image_raw",
                "depth:=/eye/depth",
                f"model:={body}",
                f"hands:={hand}",
                "skeleton:=body_25",
                "events:=true",
                "web:=true",
                f"web_port:={PORT}",
            ]
        )
        cls.image = rospy.Publisher("/eye/image_raw", Image, queue_size=2)
        cls.depth = rospy.Publisher("/eye/depth", Image, queue_size=2)
        cls.info = rospy.Publisher("/eye/camera_info", CameraInfo, queue_size=2)
        cls.timer = rospy.Timer(rospy.Duration(0.2), cls.send)

    @classmethod
    def tearDownClass(cls):
        cls.timer.shutdown()
        cls.nodes.terminate()
        cls.nodes.wait(30)
        cls.folder.cleanup()

    @classmethod
    def send(cls, _):
        """A grey image, depth and calibration of one moment."""
        image = bgr_to_image(np.full((SIDE, SIDE, 3), 60, np.uint8), rospy.Header())
        image.header.stamp, image.header.frame_id = rospy.Time.now(), "eye"
        millimetres = np.full((SIDE, SIDE), 1000 * DISTANCE, "<u2").tobytes()
        depth = Image(image.header, SIDE, SIDE, "16UC1", 0, 2 * SIDE, millimetres)
        middle = (SIDE - 1) / 2
        info = CameraInfo(header=image.header, width=SIDE, height=SIDE, D=[0.0] * 5)
        info.K = [FOCAL, 0, middle, 0, FOCAL, middle, 0, 0, 1]
        info.P = [FOCAL, 0, middle, 0, 0, FOCAL, middle, 0, 0, 0, 1, 0]
        for publisher, msg in ((cls.info, info), (cls.depth, depth), (cls.image, image)):
            publisher.publish(msg)

    def received(self, topic, kind, wanted):
        """A message of a topic for which wanted(msg) is true."""
        found = []
        with Inbox(topic, kind) as inbox:

            def look():
                found.extend(msg for msg in list(inbox.messages.values()) if wanted(msg))
                return bool(found)

            self.assertTrue(wait_until(look), f"no such message on {topic}")
        return found[0]

    def test_the_message_has_25_joints_feet_by_name_and_hands(self):
        msg = self.received("/pose_estimator/poses", HumanPoseArray, lambda msg: msg.poses)
        self.assertEqual((msg.skeleton, len(msg.poses)), ("body_25", 1))
        pose = read_people(msg).poses[0]
        self.assertEqual(msg.poses[0].num_keypoints, 25)
        np.testing.assert_allclose(pose.keypoints[:, :2], PERSON[:, :2], atol=1.0)
        toe = pose.keypoints[BODY.index("left_big_toe"), :2]
        np.testing.assert_allclose(toe, PERSON[BODY.index("left_big_toe"), :2], atol=1.0)
        for hand in (pose.left_hand, pose.right_hand):
            self.assertEqual(hand.shape, (21, 3))
            self.assertTrue((hand[:, 2] > 0.8).all())
        self.assertLess(pose.left_hand[20, 0], pose.left_hand[0, 0])  # mirrored
        self.assertGreater(pose.right_hand[20, 0], pose.right_hand[0, 0])

    def test_diagnostics_say_how_many_hands_were_left_out(self):
        status = wait_for_status(lambda status: "hands left out" in _values(status))
        self.assertIsNotNone(status)
        self.assertEqual(_values(status)["hands left out"], "0")

    def test_feet_have_places_in_metres(self):
        msg = self.received("/pose_3d/poses_3d", HumanPose3DArray, lambda msg: msg.poses)
        self.assertEqual(msg.skeleton, "body_25")
        points = np.array([(k.x, k.y, k.z) for k in msg.poses[0].keypoints])
        expected = (PERSON[FEET, :2] - (SIDE - 1) / 2) / FOCAL * DISTANCE
        np.testing.assert_allclose(points[FEET, 2], DISTANCE, atol=1e-3)
        np.testing.assert_allclose(points[FEET, :2], expected, atol=0.01)

    def test_hands_have_places_in_metres_and_lines_in_rviz(self):
        msg = self.received("/pose_3d/poses_3d", HumanPose3DArray, lambda msg: msg.poses)
        (person,) = msg.poses
        for hand in (person.left_hand, person.right_hand):
            z = np.array([k.z for k in hand])
            self.assertEqual(len(z), 21)
            self.assertTrue(np.isfinite(z).any())  # but for joints beside the image
            np.testing.assert_allclose(z[np.isfinite(z)], DISTANCE, atol=1e-3)
        shown = rospy.wait_for_message("/pose_3d/markers", MarkerArray, 60)
        self.assertLess({"left_hands", "right_hands"}, {marker.ns for marker in shown.markers})

    def test_the_page_is_sent_the_hands(self):
        page = f"http://127.0.0.1:{PORT}/events"
        with urllib.request.urlopen(page, timeout=60) as events:
            sent = (json.loads(line[5:]) for line in events if line.startswith(b"data:"))
            people = next(state["people"] for state in sent if state["people"])
        for side in ("left_hand", "right_hand"):
            self.assertEqual([len(joint) for joint in people[0][side]], [3] * 21)
            self.assertGreater(people[0][side][0][2], 0.8)

    def test_the_head_is_solved_for_by_name(self):
        msg = self.received("/head_orientation/heads", HeadOrientationArray, lambda msg: msg.heads)
        (head,) = msg.heads
        self.assertEqual(head.num_keypoints, 5)
        self.assertLess(abs(head.yaw), 0.3)

    def test_events_are_told_of_the_person(self):
        topic = "/pose_events/events"
        msg = self.received(topic, PersonEventsArray, lambda msg: msg.people)
        self.assertFalse(msg.people[0].fallen)

    def test_hands_point_in_the_image_and_in_metres(self):
        def both_point(msg):
            hands = [hand for p in msg.people for hand in (p.left_hand, p.right_hand)]
            return hands and all(hand.gesture == HandGesture.POINTING for hand in hands)

        msg = self.received("/pose_events/events", PersonEventsArray, both_point)
        (person,) = msg.people
        for hand in (person.left_hand, person.right_hand):
            self.assertEqual(hand.fingers, 1)
            self.assertAlmostEqual(hand.pointing_angle, -np.pi / 2, delta=0.5)
            self.assertAlmostEqual(hand.pointing_origin.z, DISTANCE, places=2)
            direction = hand.pointing_direction
            self.assertLess(direction.y, -0.8)
            self.assertAlmostEqual(direction.z, 0, places=2)

    def test_feet_and_hands_are_drawn(self):
        drawn = image_to_bgr(self.received("/pose_visualizer/image", Image, lambda _: True))
        places = [PERSON[i, :2] for i in FEET]
        for x, y in np.round(places).astype(int):
            around = drawn[y - 1 : y + 2, x - 1 : x + 2].astype(int)
            self.assertGreater(np.abs(around - 60).max(), 40)


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "feet_and_hands", FeetAndHandsTest, sys.argv)
