#!/usr/bin/env python3
"""What happens on a robot: a camera unplugged, time that jumps back, silence, new settings."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import unittest

import cv2
import rosbag
import rospy
import rostest
from cv_bridge import CvBridge
from dynamic_reconfigure.client import Client
from lightweight_openpose.msg import HumanPoseArray
from rosgraph_msgs.msg import Log
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
SCRIPTS = os.path.join(ROOT, "scripts")
sys.path[:0] = [
    HERE,
    os.path.join(ROOT, "test", "video"),
]  # catkin runs a copy of this script elsewhere
from inbox import (  # noqa: E402
    TIMEOUT,
    Inbox,
    one_person,
    wait_for_logs,
    wait_for_status,
    wait_until,
)
from mjpeg_server import MjpegServer  # noqa: E402

COUNTS = ("received", "answered", "dropped", "bad frames", "in flight")  # of the diagnostics


@contextlib.contextmanager
def running(*command, **environment):
    """A process for the time of the block."""
    process = subprocess.Popen(
        command,
        env=dict(os.environ, **environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


class RobustnessTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rospy.init_node("robustness_test")
        samples = rospy.get_param("~samples")
        cls.face = one_person()
        cls.video = os.path.join(samples, "1-vtest.avi")
        cls.bridge = CvBridge()
        cls.logs = []
        cls.log = rospy.Subscriber(
            "/rosout", Log, lambda m: cls.logs.append((m.level, m.name, m.msg))
        )
        cls.image = rospy.Publisher("/camera/image_raw", Image, queue_size=2)
        rospy.wait_for_service("/pose_estimator/estimate", TIMEOUT)
        assert wait_for_logs(cls.log, "/pose_estimator"), "the node does not run"

    def send(self, inbox):
        msg = self.bridge.cv2_to_imgmsg(self.face, "bgr8")
        msg.header.stamp = rospy.Time.now()
        self.assertTrue(wait_until(lambda: self.image.get_num_connections() > 0))
        self.image.publish(msg)
        return inbox.wait(msg.header.stamp)

    def logged(self, level, node, *parts):
        return any(
            lv == level and node in name and all(p in text for p in parts)
            for lv, name, text in list(self.logs)
        )

    def test_a_stalled_camera_is_reported_and_opened_again(self):
        with MjpegServer(cv2.resize(self.face, (160, 120)), 20, stall=True) as server:
            with running(
                sys.executable,
                os.path.join(SCRIPTS, "camera_node.py"),
                "__ns:=net",
                f"_source:={server.url}",
                "_patience:=1.0",
            ) as camera, Inbox("/net/image_raw", Image) as images:
                self.assertTrue(
                    wait_until(
                        lambda: self.logged(Log.ERROR, "/net/", "gave no frame for 1 s", server.url)
                    )
                )
                before = len(images.messages)
                self.assertTrue(wait_until(lambda: len(images.messages) > before + 5))
                self.assertGreaterEqual(server.connections, 2)
                self.assertIsNone(camera.poll())

    def totals(self):
        """Counts of the estimator's diagnostics when nothing is in flight; they always add up."""

        def at_rest(status):
            if status.name != "pose_estimator: pose estimator":
                return False
            values = {v.key: v.value for v in status.values}
            received, *parts = (int(values[key]) for key in COUNTS)
            self.assertEqual(received, sum(parts))
            return parts[-1] == 0

        status = wait_for_status(at_rest)
        self.assertIsNotNone(status, "frames stay in flight")
        values = {v.key: v.value for v in status.values}
        return [int(values[key]) for key in (*COUNTS, "lost before the node")]

    def test_every_image_has_an_account(self):
        with Inbox("/pose_estimator/poses", HumanPoseArray) as poses:
            self.assertIsNotNone(self.send(poses))
            time.sleep(1.1)  # a report
            before, answers = self.totals(), len(poses.messages)
            bad = Image(height=1, width=1)
            for number in range(100):
                msg = self.bridge.cv2_to_imgmsg(self.face, "bgr8") if number % 10 else bad
                msg.header.stamp = rospy.Time.now()
                self.image.publish(msg)
                time.sleep(0.005)
            self.assertIsNotNone(self.send(poses))
            time.sleep(1.1)
            change = [now - then for now, then in zip(self.totals(), before)]
            received, answered, dropped, faulty, _, lost = change
            self.assertEqual(received + lost, 101)
            self.assertEqual(answered, len(poses.messages) - answers)
            self.assertGreater(dropped + lost, 0)
            self.assertLessEqual(faulty, 10)

    def test_thresholds_change_while_it_runs(self):
        client = Client("/pose_estimator", timeout=10)
        with Inbox("/pose_estimator/poses", HumanPoseArray) as poses:
            try:
                client.update_configuration({"min_keypoints": 18, "min_score": 1.0})
                self.assertEqual(self.send(poses).poses, [])
            finally:
                client.update_configuration({"min_keypoints": 3, "min_score": 0.0})
            self.assertEqual(len(self.send(poses).poses), 1)

    def test_it_works_only_while_somebody_subscribes(self):
        def connected():
            return self.image.get_num_connections() > 0

        with Inbox("/pose_estimator/poses", HumanPoseArray):
            self.assertTrue(wait_until(connected))
        self.assertTrue(wait_until(lambda: not connected(), 10))

    def test_silence_is_explained_once(self):
        jpeg = rospy.Publisher("/silent/image_raw/compressed", CompressedImage, queue_size=1)
        with running(
            sys.executable,
            os.path.join(SCRIPTS, "pose_estimator_node.py"),
            "__ns:=silent",
            "image:=image_raw",
        ), Inbox("/silent/pose_estimator_node/poses", HumanPoseArray):
            warning = (
                Log.WARN,
                "/silent/",
                "no image on /silent/image_raw for 5 s",
                "/silent/image_raw/compressed exists",
                "image_transport",
            )
            self.assertTrue(wait_until(lambda: self.logged(*warning), 30))
            time.sleep(3)
            self.assertEqual(
                sum(
                    "no image on /silent" in text and level == Log.WARN
                    for level, _, text in self.logs
                ),
                1,
            )
        jpeg.unregister()

    def test_a_looping_bag_starts_afresh_each_time(self):
        """replay.launch --loop: ids begin at 0 again, and poses and drawn images keep coming."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "loop.bag")
            frames = self.write_bag(path)
            # This node began on wall time and stays there; those of the replay take the bag's time.
            with running(
                "roslaunch",
                "lightweight_openpose",
                "replay.launch",
                f"bag:={path}",
                "image:=/bag/image_raw",
                "camera_info:=/bag/camera_info",
                "loop:=true",
                ROS_NAMESPACE="/replayed",
            ):
                arrived = []
                poses = rospy.Subscriber(
                    "/replayed/pose_estimator/poses", HumanPoseArray, arrived.append, queue_size=50
                )
                drawn = []
                images = rospy.Subscriber(
                    "/replayed/pose_visualizer/image", Image, drawn.append, queue_size=50
                )
                try:
                    # The first one may be heard from its middle on.
                    self.assertTrue(
                        wait_until(lambda: len(self.ids_of_loops(arrived)[1:]) >= 2, 90),
                        "ids: %s" % self.ids_of_loops(arrived),
                    )
                    self.assertTrue(
                        wait_until(lambda: self.loops(drawn) >= 3, 20),
                        "drawn: %d" % self.loops(drawn),
                    )
                finally:
                    poses.unregister()
                    images.unregister()
                    rospy.delete_param("/use_sim_time")
            self.assertLessEqual({m.header.stamp for m in arrived}, frames)
            for ids in self.ids_of_loops(arrived)[1:3]:
                self.assertIn(0, ids)

    def write_bag(self, path):
        """Four seconds of pedestrians as JPEG; the stamps."""
        capture, stamps = cv2.VideoCapture(self.video), set()
        with rosbag.Bag(path, "w") as bag:
            for i in range(40):
                stamp = rospy.Time(1000) + rospy.Duration(0.1 * i)
                msg = CompressedImage(
                    format="jpeg", data=cv2.imencode(".jpg", capture.read()[1])[1].tobytes()
                )
                msg.header.stamp, info = stamp, CameraInfo()
                info.header.stamp = stamp
                bag.write("/bag/image_raw/compressed", msg, stamp)
                bag.write("/bag/camera_info", info, stamp)
                stamps.add(stamp)
        return stamps

    @staticmethod
    def split(messages):
        """The messages cut where their stamps go back."""
        parts, last = [], None
        for msg in list(messages):
            if last is None or msg.header.stamp < last:
                parts.append([])
            parts[-1].append(msg)
            last = msg.header.stamp
        return parts

    def ids_of_loops(self, messages):
        """The track ids in each part in which somebody has one."""
        parts = self.split(messages)
        ids = [{p.track_id for m in part for p in m.poses} - {-1} for part in parts]
        return [found for found in ids if found]

    def loops(self, messages):
        return len(self.split(messages))


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "robustness", RobustnessTest, sys.argv)
