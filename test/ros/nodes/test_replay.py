#!/usr/bin/env python3
"""replay.launch: from the first frame on, with depth, and the time is as it was after it."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import unittest

import cv2
import numpy as np
import rosbag
import rosgraph
import rospy
import rostest
from cv_bridge import CvBridge
from lightweight_openpose.msg import HumanPose3DArray
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, CompressedImage

sys.path.insert(
    0, os.path.dirname(os.path.abspath(__file__))
)  # catkin runs a copy of this script elsewhere
from inbox import Inbox, one_person, wait_until  # noqa: E402

FRAMES = 20
DISTANCE = 2.0  # m
MARK = np.s_[8:40, 8:40]  # of an image, as bright as its number
STEP = 10  # of brightness from number to number
BEGIN = rospy.Time(1000)
ENDS = 100  # s that a launch may take to end


class ReplayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rospy.init_node("replay_test")
        cls.folder = tempfile.TemporaryDirectory()
        cls.bag = os.path.join(cls.folder.name, "walk.bag")
        write_bag(cls.bag)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.forget_sim_time()

    def forget_sim_time(self):
        if rospy.has_param("/use_sim_time"):
            rospy.delete_param("/use_sim_time")

    @contextlib.contextmanager
    def replay(self, *arguments):
        """The launch for the time of the block; what it says is a file."""
        command = ["roslaunch", "lightweight_openpose", "replay.launch", f"bag:={self.bag}"]
        command += ["image:=/bag/image_raw", "camera_info:=/bag/camera_info", *arguments]
        with open(os.path.join(self.folder.name, "said"), "w+") as self.said:
            process = subprocess.Popen(
                command,
                env=dict(os.environ, ROS_NAMESPACE="/replayed"),
                stdin=subprocess.DEVNULL,
                stdout=self.said,
                stderr=subprocess.STDOUT,
            )
            try:
                yield process
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(ENDS)

    def words(self):
        self.said.seek(0)
        return self.said.read()

    def test_the_first_frame_is_answered_and_the_launch_ends_with_the_bag(self):
        movie = os.path.join(self.folder.name, "walk.mp4")
        with self.replay("rate:=0.5", f"record:={movie}") as process:
            self.assertTrue(wait_until(lambda: rospy.has_param("/use_sim_time")))
            self.assertIs(rospy.get_param("/use_sim_time"), True)
            process.wait(ENDS)
            said = self.words()
        recorded = numbers_in(movie)
        self.assertEqual(recorded[:1], [0], said)
        self.assertEqual(recorded, sorted(set(recorded)))
        self.assertGreater(len(recorded), FRAMES / 2)
        self.assertFalse(rospy.has_param("/use_sim_time"))
        self.assertEqual(self.replayed(), [])

    def test_use_sim_time_is_what_it_was_also_after_an_interrupt(self):
        for former in (True, False):
            rospy.set_param("/use_sim_time", former)
            with self.replay("loop:=true"):
                clock = []
                subscriber = rospy.Subscriber("/clock", Clock, clock.append)
                self.assertTrue(wait_until(lambda: clock), self.words())
                subscriber.unregister()
                self.assertIs(rospy.get_param("/use_sim_time"), True)
            self.assertIs(rospy.get_param("/use_sim_time"), former)
            self.assertEqual(self.replayed(), [])

    def replayed(self):
        """Nodes of the replay that are still there."""
        state = rosgraph.Master("/replay_test").getSystemState()
        nodes = {node for part in state for _, names in part for node in names}
        return sorted(node for node in nodes if node.startswith("/replayed/"))

    def test_with_depth_people_are_in_metres(self):
        with self.replay("depth:=/bag/depth", "loop:=true"), Inbox(
            "/replayed/pose_3d/poses_3d", HumanPose3DArray
        ) as inbox:
            self.assertTrue(wait_until(lambda: any(m.poses for m in inbox.messages.values())))
            person = next(m.poses[0] for m in inbox.messages.values() if m.poses)
            self.assertAlmostEqual(person.position.z, DISTANCE, delta=0.3)

    def test_an_estimator_that_cannot_start_ends_the_launch(self):
        with self.replay("model:=/nonexistent.xml") as process:
            process.wait(ENDS)
            self.assertIn("no model named '/nonexistent.xml'", self.words())
        self.assertFalse(rospy.has_param("/use_sim_time"))

    def test_a_bag_that_is_none_is_told(self):
        with self.replay("bag:=/nonexistent.bag") as process:
            process.wait(ENDS)
            self.assertIn("there is no bag '/nonexistent.bag' to play", self.words())
        self.assertFalse(rospy.has_param("/use_sim_time"))

    def test_a_bag_without_an_index_is_told(self):
        cut = os.path.join(self.folder.name, "cut.bag")
        with open(self.bag, "rb") as whole, open(cut, "wb") as part:
            head = whole.read(4117)  # the version, and the header of the bag with its padding
            place = head.index(b"index_pos=") + len(b"index_pos=")
            part.write(head[:place] + bytes(8) + head[place + 8 :] + whole.read(20000))
        with self.replay(f"bag:={cut}") as process:
            process.wait(ENDS)
            self.assertIn(f"{cut} has no index", self.words())
            self.assertIn(f"rosbag reindex {cut}", self.words())
        self.assertFalse(rospy.has_param("/use_sim_time"))

    def test_a_player_that_dies_ends_the_launch_with_its_last_line(self):
        with self.replay("play_args:=--no-such-option") as process:
            process.wait(ENDS)
            failed = [line for line in self.words().splitlines() if "rosbag play failed: " in line]
            self.assertEqual(len(failed), 1, self.words())
            self.assertIn("no-such-option", failed[0])
        self.assertFalse(rospy.has_param("/use_sim_time"))


def write_bag(path):
    """Somebody who stands two metres away, ten frames a second that show their numbers."""
    bridge = CvBridge()
    image = one_person()
    depth = np.full(image.shape[:2], 1000 * DISTANCE, np.uint16)
    height, width = image.shape[:2]
    info = CameraInfo(height=height, width=width, distortion_model="plumb_bob", D=[0.0] * 5)
    info.K = [width, 0, width / 2, 0, width, height / 2, 0, 0, 1]
    with rosbag.Bag(path, "w") as bag:
        for number in range(FRAMES):
            stamp = BEGIN + rospy.Duration(0.1 * number)
            image[MARK] = STEP * number
            jpeg = cv2.imencode(".jpg", image)[1].tobytes()
            picture = CompressedImage(format="jpeg", data=jpeg)
            distances = bridge.cv2_to_imgmsg(depth, "16UC1")
            for topic, msg in (
                ("/bag/camera_info", info),
                ("/bag/image_raw/compressed", picture),
                ("/bag/depth", distances),
            ):
                msg.header.stamp, msg.header.frame_id = stamp, "eye_optical"
                bag.write(topic, msg, stamp)


def numbers_in(path):
    """The numbers that the frames of a video show."""
    capture = cv2.VideoCapture(path)
    numbers = []
    while True:
        ok, image = capture.read()
        if not ok:
            return numbers
        numbers.append(int(round(image[MARK].mean() / STEP)))


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "replay", ReplayTest, sys.argv)
