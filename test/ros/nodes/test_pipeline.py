#!/usr/bin/env python3
"""Real nodes in processes of their own, on real photographs and footage."""

import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import cv2
import numpy as np
import rosbag
import rospy
import rostest
from cv_bridge import CvBridge
from geometry_msgs.msg import PoseArray
from lightweight_openpose.msg import HeadOrientationArray, HumanPoseArray
from lightweight_openpose.srv import Estimate
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from tf2_msgs.msg import TFMessage

sys.path.insert(
    0, os.path.dirname(os.path.abspath(__file__))
)  # catkin runs a copy of this script elsewhere
from inbox import TIMEOUT, Inbox, one_person, wait_for_status  # noqa: E402


class PipelineTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rospy.init_node("pipeline_test")
        cls.face = one_person()
        cls.nobody = cv2.GaussianBlur(
            np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8), (0, 0), 9
        )
        cls.image = rospy.Publisher("/camera/image_raw", Image, queue_size=5)
        cls.compressed = rospy.Publisher(
            "/camera/image_raw/compressed", CompressedImage, queue_size=5
        )
        cls.info = rospy.Publisher("/camera/camera_info", CameraInfo, queue_size=5, latch=True)
        cls.bridge = CvBridge()
        rospy.wait_for_service("/pose_estimator/estimate", TIMEOUT)
        rospy.wait_for_service("/compressed_estimator/estimate", TIMEOUT)
        rospy.wait_for_service("/slow_estimator/estimate", TIMEOUT)

    def message(self, image, encoding="bgr8", frame_id="some_camera"):
        msg = self.bridge.cv2_to_imgmsg(image, encoding)
        msg.header.stamp, msg.header.frame_id = rospy.Time.now(), frame_id
        return msg

    def send(self, publisher, msg, inbox, timeout=TIMEOUT):
        """Publish when the estimator listens; what the inbox got for that stamp."""
        end = time.time() + TIMEOUT
        while publisher.get_num_connections() == 0 and time.time() < end:
            time.sleep(0.05)
        publisher.publish(msg)
        return inbox.wait(msg.header.stamp, timeout)

    def assert_astronaut(self, poses):
        self.assertEqual(len(poses.poses), 1)
        person = poses.poses[0]
        self.assertEqual(
            (poses.skeleton, poses.height, poses.width, len(person.keypoints)),
            ("coco18", 512, 512, 18),
        )
        nose = person.keypoints[person.NOSE]
        self.assertLess(np.hypot(nose.x - 224, nose.y - 122), 15)
        self.assertGreater(
            person.keypoints[person.LEFT_EYE].x, person.keypoints[person.RIGHT_EYE].x
        )
        self.assertTrue(0 < person.score <= 1)
        for k in person.keypoints:
            self.assertEqual(np.isnan(k.x), k.score == 0)

    def test_every_output_has_the_header_of_the_image(self):
        with Inbox("/pose_estimator/poses", HumanPoseArray) as poses, Inbox(
            "/head_orientation/heads", HeadOrientationArray
        ) as heads, Inbox("/head_orientation/head_poses", PoseArray) as head_poses, Inbox(
            "/pose_visualizer/image", Image
        ) as drawn:
            transforms = []
            tf = rospy.Subscriber("/tf", TFMessage, transforms.append)
            time.sleep(2)  # the visualiser connects when the first subscriber of its image is there
            msg = self.message(self.face)
            self.assert_astronaut(self.send(self.image, msg, poses))
            for inbox in (poses, heads, head_poses, drawn):
                got = inbox.wait(msg.header.stamp)
                self.assertIsNotNone(got)
                self.assertEqual(
                    (got.header.stamp, got.header.frame_id), (msg.header.stamp, "some_camera")
                )
            head = heads.wait(msg.header.stamp)
            self.assertTrue(head.assumed_intrinsics)
            self.assertEqual(len(head.heads), 1)
            self.assertLess(np.degrees(np.abs([head.heads[0].yaw, head.heads[0].roll])).max(), 15)
            self.assertTrue(np.isfinite(head.heads[0].pose.position.z))
            self.assertFalse(
                np.array_equal(self.bridge.imgmsg_to_cv2(drawn.wait(msg.header.stamp)), self.face)
            )
            time.sleep(0.5)
            tf.unregister()
            self.assertTrue(
                any(
                    t.header.stamp == msg.header.stamp
                    and t.header.frame_id == "some_camera"
                    and t.child_frame_id.startswith("head_")
                    for m in transforms
                    for t in m.transforms
                )
            )

    def test_nobody_gives_an_empty_array(self):
        with Inbox("/pose_estimator/poses", HumanPoseArray) as poses:
            got = self.send(self.image, self.message(self.nobody), poses)
            self.assertIsNotNone(got)
            self.assertEqual((got.poses, got.height, got.width), ([], 240, 320))

    def test_encodings(self):
        grey = cv2.cvtColor(self.face, cv2.COLOR_BGR2GRAY)
        with Inbox("/pose_estimator/poses", HumanPoseArray) as poses:
            for image, encoding in (
                (self.face[..., ::-1].copy(), "rgb8"),
                (grey, "mono8"),
                (grey.astype(np.uint16) * 257, "mono16"),
                (grey.astype(np.uint16) * 257, "16UC1"),
            ):
                with self.subTest(encoding):
                    got = self.send(self.image, self.message(image, encoding), poses, 10)
                    self.assertIsNotNone(got)
                    self.assert_astronaut(got)

    def test_bad_frames_are_survived_and_counted(self):
        with Inbox("/pose_estimator/poses", HumanPoseArray) as poses:
            for change in (
                {"step": 10},
                {"data": b"abc"},
                {"height": 0},
                {"encoding": "nonsense"},
                {"encoding": "32FC4"},
            ):
                bad = self.message(self.face)
                for name, value in change.items():
                    setattr(bad, name, value)
                self.assertIsNone(self.send(self.image, bad, poses, 0.7), change)
            self.assert_astronaut(self.send(self.image, self.message(self.face), poses))
        status = wait_for_status(lambda status: status.name == "pose_estimator: pose estimator")
        self.assertIsNotNone(status)
        values = {v.key: v.value for v in status.values}
        self.assertGreaterEqual(int(values["bad frames"]), 5)
        self.assertTrue(values["last error"])

    def test_compressed_images_and_a_corrupt_one(self):
        with Inbox("/compressed_estimator/poses", HumanPoseArray) as poses:
            data = cv2.imencode(".jpg", self.face)[1].tobytes()
            for corrupt in (b"", b"no jpeg at all"):
                msg = CompressedImage(format="jpeg", data=corrupt)
                msg.header.stamp = rospy.Time.now()
                self.assertIsNone(self.send(self.compressed, msg, poses, 0.7))
            msg = CompressedImage(format="jpeg", data=data)
            msg.header.stamp, msg.header.frame_id = rospy.Time.now(), "jpeg_camera"
            got = self.send(self.compressed, msg, poses)
            self.assert_astronaut(got)
            self.assertEqual(got.header.frame_id, "jpeg_camera")

    def test_service(self):
        estimate = rospy.ServiceProxy("/pose_estimator/estimate", Estimate)
        msg = self.message(self.face)
        answer = estimate(msg).poses
        self.assert_astronaut(answer)
        self.assertEqual((answer.header.stamp, answer.poses[0].track_id), (msg.header.stamp, -1))
        msg.step = 1
        with self.assertRaisesRegex(rospy.ServiceException, "step 1 is less"):
            estimate(msg)

    def test_nan_in_camera_info_is_taken_as_uncalibrated(self):
        self.info.publish(CameraInfo(K=[float("nan")] * 9, width=512, height=512))
        with Inbox("/pose_estimator/poses", HumanPoseArray) as poses, Inbox(
            "/head_orientation/heads", HeadOrientationArray
        ) as heads:
            msg = self.message(self.face)
            self.send(self.image, msg, poses)
            head = heads.wait(msg.header.stamp)
            self.assertTrue(head.assumed_intrinsics and np.isfinite(head.heads[0].yaw))

    def test_poses_of_a_slow_estimator_are_never_old(self):
        fast = rospy.Publisher("/fast/image_raw", Image, queue_size=1)
        image = cv2.resize(self.face, (640, 480))
        with Inbox("/slow_estimator/poses", HumanPoseArray) as poses:
            while fast.get_num_connections() == 0:
                time.sleep(0.05)
            # Two frames are in work at a time: however fast the machine is, more come than it
            # takes.
            interval = min(1 / 30, self.seconds_of_one_frame("/slow_estimator", image) / 5)
            rate, end = rospy.Rate(1 / interval), time.time() + 12
            # Where other programs have the processor it takes longer to see enough of them.
            while time.time() < end or len(poses.ages) <= 5 and time.time() < end + 60:
                fast.publish(self.message(image))
                rate.sleep()
            self.assertGreater(len(poses.ages), 5)
            # The estimator is never idle: from one message to the next.
            processing = np.diff(poses.arrivals)
            self.assertGreater(np.median(processing), 1.5 * interval, "frames came too slowly")
            # Two frames are in work at a time; messages that arrive in a burst took no less than
            # the others to make.
            slowest = [
                max(np.median(processing), processing[max(0, i - 1) : i + 2].max())
                for i in range(len(processing))
            ]
            late = [(age, p) for age, p in zip(poses.ages[1:], slowest) if age > 2 * p + 0.05]
            self.assertEqual(late, [])
            self.assertLess(np.median(poses.ages), 1.5 * np.median(processing) + 0.05)

    def seconds_of_one_frame(self, node, image):
        estimate = rospy.ServiceProxy(node + "/estimate", Estimate)
        estimate(self.message(image))  # the first one prepares the network for its size
        begin = time.time()
        for _ in range(3):
            estimate(self.message(image))
        return (time.time() - begin) / 3

    def test_a_replayed_bag_gives_the_same_poses(self):
        frames = [np.roll(self.face, 4 * i, axis=1) for i in range(6)]
        messages = [self.message(f) for f in frames]
        start = rospy.Time.now()
        for i, msg in enumerate(messages):
            msg.header.stamp = start - rospy.Duration(
                100 - 0.4 * i
            )  # before all that was sent: the tracker resets
        with Inbox(
            "/pose_estimator/poses", HumanPoseArray
        ) as poses, tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "live.bag")
            with rosbag.Bag(path, "w") as bag:
                for msg in messages:
                    self.assert_astronaut_count(self.send(self.image, msg, poses))
                    bag.write("/camera/image_raw", msg, msg.header.stamp)
            live = dict(poses.messages)
            poses.messages.clear()
            subprocess.run(
                ["rosbag", "play", "--quiet", "--delay", "1", path],
                check=True,
                timeout=60,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
            for msg in messages:
                again = poses.wait(msg.header.stamp, 10)
                self.assertIsNotNone(again)
                self.assertEqual(str(again.poses), str(live[msg.header.stamp].poses))

    def assert_astronaut_count(self, poses):
        self.assertEqual(len(poses.poses), 1)

    def test_camera_node_plays_footage_in_time_order(self):
        # camera_info first: every image that arrives then has its own
        with Inbox("/played/camera_info", CameraInfo) as infos, Inbox(
            "/played/image_raw", Image
        ) as images:
            time.sleep(2)
            stamps = list(images.messages)
            self.assertTrue(10 <= len(stamps) <= 30, len(stamps))  # 10 fps
            self.assertEqual(stamps, sorted(stamps))
            for stamp in stamps[:-1]:
                info = infos.wait(stamp, 5)
                self.assertEqual((info.K[0], info.width, info.height), (0, 768, 576))

    def test_a_start_that_cannot_be_gives_one_reason(self):
        package = str(Path(__file__).resolve().parents[3])
        command = os.path.join(package, "scripts", "pose_estimator_node.py")
        result = subprocess.run(
            [sys.executable, command, "__name:=broken", "_model:=/nonexistent.xml"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
        )
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"no model named '/nonexistent.xml' and no such file", result.stdout)
        # What rospy 1.15.9 itself says at exit on Python 3.9 is not ours.
        self.assertNotIn(b"Traceback", result.stdout.split(b"Error in atexit")[0])


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "pipeline", PipelineTest, sys.argv)
