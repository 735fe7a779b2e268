#!/usr/bin/env python3
"""camera_node gives each frame of a file when the last one was answered; a stream does not wait."""

import os
import sys

import cv2
import numpy as np
import rospy
import rostest
from lightweight_openpose.msg import HumanPoseArray
from rosgraph_msgs.msg import Log
from sensor_msgs.msg import CameraInfo, Image

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
VIDEO = os.path.join(ROOT, "test", "video")
sys.path[:0] = [HERE, VIDEO]  # catkin runs a copy of this script elsewhere
from camera_process import NOISE, CameraCase  # noqa: E402
from inbox import Inbox, wait_for_status, wait_until  # noqa: E402
from mjpeg_server import MjpegServer  # noqa: E402

RATE = 50  # frames/s
IMPATIENT = (
    "import lightweight_openpose.ros.nodes.camera_answers as answers\n"
    "answers.FIRST_PATIENCE = answers.PATIENCE = answers._REMIND_EVERY = 0.5\n"
    "from lightweight_openpose.ros.nodes.camera import main\nmain()"
)


class Answerer:
    """Stands for an estimator at /fake: empty poses for each image, but for those left out."""

    def __init__(self, left_out=()):
        self.stamps, self.ages, self._left_out = [], [], left_out
        self._poses = rospy.Publisher("/fake/poses", HumanPoseArray, queue_size=5)
        self._images = rospy.Subscriber("/fake/image_raw", Image, self._on_image, queue_size=50)

    def _on_image(self, msg):
        self.ages.append((rospy.Time.now() - msg.header.stamp).to_sec())
        self.stamps.append(msg.header.stamp)
        if len(self.stamps) - 1 not in self._left_out:
            self._poses.publish(HumanPoseArray(header=msg.header))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._images.unregister()
        self._poses.unregister()


class ClipTest(CameraCase):
    def clip(self, count):
        """A photograph that is moved about."""
        photograph = cv2.imread(os.path.join(ROOT, "doc", "own_model.jpg"))[60:400, 980:1400]
        path = self.path("clip.avi")
        size = (photograph.shape[1], photograph.shape[0])
        writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), RATE, size)
        for i in range(count):
            writer.write(np.roll(photograph, 2 * i, axis=1))
        writer.release()
        return path

    def assert_at_the_pace_of_the_clip(self, stamps):
        gaps = np.diff([stamp.to_nsec() for stamp in stamps])
        np.testing.assert_allclose(gaps, 1e9 / RATE, atol=1e3)

    def test_every_frame_is_answered_once_with_stamps_of_the_clip(self):
        answers, said = [], []
        log = rospy.Subscriber("/rosout", Log, lambda msg: said.append(msg.msg), queue_size=100)
        poses = rospy.Subscriber("/clip/poses", HumanPoseArray, answers.append, queue_size=100)
        with self.play("/clip", source=self.clip(60), realtime=False) as camera:
            self.assertEqual(camera.ended(120), 0, camera.log())
            self.assertEqual(camera.said("no poses for a frame"), 0)
        self.assertTrue(wait_until(lambda: len(answers) >= 60, 5))
        poses.unregister()
        log.unregister()
        self.assertEqual(sum("ready for images of 368x340 px after" in line for line in said), 1)
        self.assertEqual(len(answers), 60)
        self.assert_at_the_pace_of_the_clip([msg.header.stamp for msg in answers])

    def test_no_frame_comes_before_it_is_due_and_a_loop_goes_on_in_time(self):
        with Answerer() as fake:
            with self.play("/fake", source=self.clip(20), realtime=False, loop=True) as camera:
                self.assertTrue(wait_until(lambda: len(fake.stamps) > 50, 30), camera.log())
        self.assert_at_the_pace_of_the_clip(fake.stamps)
        self.assertGreater(min(fake.ages), -0.005)

    def test_a_frame_without_an_answer_is_said_and_the_next_one_comes(self):
        with Answerer(left_out=(0, 7)) as fake:
            clip = self.clip(12)
            with self.play("/fake", code=IMPATIENT, source=clip, realtime=False) as camera:
                self.assertEqual(camera.ended(), 0)
                self.assertEqual(camera.said("no poses for a frame within"), 2)
                self.assertEqual(camera.said("(2 so far)"), 1)
        self.assertEqual(len(fake.stamps), 12)
        self.assert_at_the_pace_of_the_clip(fake.stamps)

    def test_the_first_frame_waits_for_somebody_to_answer_it(self):
        clip = self.clip(5)
        with self.play("/fake", code=IMPATIENT, source=clip, realtime=False) as camera:
            waiting = "waiting for a node that takes /fake/image_raw and gives /fake/poses"
            self.assertTrue(wait_until(lambda: camera.said(waiting) > 1, 20), camera.log())
            with Answerer() as fake:
                self.assertEqual(camera.ended(), 0)
        self.assertEqual(len(fake.stamps), 5)

    def test_the_estimator_is_ready_for_a_camera_before_its_first_image(self):
        """The camera names its size, and sends no image; nobody wants poses."""
        camera = rospy.Publisher("/sized/camera_info", CameraInfo, queue_size=1, latch=True)
        camera.publish(CameraInfo(width=424, height=240))

        def ready(status):
            values = {pair.key: pair.value for pair in status.values}
            return (
                status.name == "sized_estimator: pose estimator"
                and values["ready for images of [px]"] == "424x240"
            )

        status = wait_for_status(ready)
        self.assertIsNotNone(status)
        self.assertEqual((status.level, status.message), (0, "idle: nobody subscribes"))
        values = {pair.key: pair.value for pair in status.values}
        self.assertEqual(values["received"], "0")
        self.assertTrue(wait_until(lambda: camera.get_num_connections() == 0, 10))

    def test_a_stream_does_not_wait(self):
        with MjpegServer(NOISE, 10**6) as server:
            with self.play("/stream", source=server.url, realtime=False) as camera:
                with Inbox("/stream/image_raw", Image) as images:
                    self.assertTrue(wait_until(lambda: len(images.messages) > 5, 20), camera.log())


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "clip", ClipTest, sys.argv)
