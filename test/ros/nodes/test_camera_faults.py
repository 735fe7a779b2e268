#!/usr/bin/env python3
"""camera_node and a camera that fails: it is said once, and the frames come again."""

import os
import sys
import threading
import time

import cv2
import rostest
from sensor_msgs.msg import CameraInfo, Image

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
VIDEO = os.path.join(ROOT, "test", "video")
sys.path[:0] = [HERE, VIDEO]  # catkin runs a copy of this script elsewhere
from camera_process import NOISE, CameraCase  # noqa: E402
from inbox import Inbox, wait_until  # noqa: E402
from mjpeg_server import MjpegServer  # noqa: E402


class CameraFaultsTest(CameraCase):
    def test_whatever_ends_the_frames_ends_the_node(self):
        code = (
            "import lightweight_openpose.ros.nodes.camera as camera\n"
            "camera.CameraNode._publish = lambda *_: 1 / 0\ncamera.main()"
        )
        with self.play("/dead", code=code, loop=True) as camera:
            self.assertEqual(camera.ended(), 1)
            self.assertEqual(camera.said("[FATAL]"), 1)
            self.assertEqual(camera.said("division by zero"), 1)

    def test_a_source_that_ends_is_no_fault(self):
        with self.play("/end", hold=0.3, pixel_format="mjpeg") as camera:
            self.assertEqual(camera.ended(), 0)
            self.assertEqual(camera.said("ignored for"), 1)

    def test_a_looped_folder_with_a_broken_file_goes_on(self):
        os.mkdir(self.path("photos"))
        self.picture("photos/1.png", NOISE[1])
        with open(self.path("photos", "2.jpg"), "wb") as stream:
            stream.write(b"no jpeg")
        with self.play("/photos", source=self.path("photos"), loop=True, hold=0.1) as camera:
            with Inbox("/photos/image_raw", Image) as images:
                self.assertTrue(wait_until(lambda: len(images.messages) > 15, 20), camera.log())
            self.assertIsNone(camera.process.poll())
            self.assertEqual(camera.said("2.jpg is no image or video"), 1)

    def test_a_looped_file_that_is_taken_away_and_put_back(self):
        with self.play("/gone", loop=True, hold=0.1) as camera:
            with Inbox("/gone/image_raw", Image) as images:
                self.assertTrue(wait_until(lambda: len(images.messages) > 5, 20), camera.log())
                os.rename(self.still, self.still + ".away")
                self.assertTrue(wait_until(lambda: camera.said("Trying again"), 10), camera.log())
                os.rename(self.still + ".away", self.still)
                before = len(images.messages)
                self.assertTrue(wait_until(lambda: len(images.messages) > before + 5, 20))
            self.assertEqual(camera.said("Trying again"), 1)
            self.assertEqual(camera.said("gives frames again"), 1)

    def test_a_server_that_goes_away_and_comes_back(self):
        with MjpegServer(NOISE, 10**6) as server:
            camera = self.play("/net", source=server.url, patience=1.0)
            self.addCleanup(camera.__exit__)
            images = Inbox("/net/image_raw", Image)
            self.assertTrue(wait_until(lambda: len(images.messages) > 5, 20), camera.log())
        self.assertTrue(wait_until(lambda: camera.said("Trying again"), 20), camera.log())
        time.sleep(1.5)  # it tries in vain
        before = len(images.messages)
        with MjpegServer(NOISE, 10**6, port=server.port):
            self.assertTrue(wait_until(lambda: len(images.messages) > before + 5, 30), camera.log())
            self.assertEqual(
                (camera.said("Trying again"), camera.said("gives frames again")), (1, 1)
            )
        self.assertIsNone(camera.process.poll())
        images.subscriber.unregister()

    def test_a_pipe_that_closes_and_is_written_again(self):
        pipe = self.path("camera.mjpeg")
        os.mkfifo(pipe)
        with self.play("/pipe", source=pipe) as camera:
            with Inbox("/pipe/image_raw", Image) as images:
                for round_ in (1, 2):
                    before = len(images.messages)
                    writer = threading.Thread(target=self.write, args=(pipe, 100))
                    writer.start()
                    self.assertTrue(
                        wait_until(lambda: len(images.messages) > before + 5, 30), camera.log()
                    )
                    writer.join()
                    self.assertTrue(
                        wait_until(lambda: camera.said("stopped giving") == round_, 10),
                        camera.log(),
                    )
            self.assertIsNone(camera.process.poll())

    @staticmethod
    def write(pipe, count):
        with open(pipe, "wb") as stream:
            for number in range(count):
                stream.write(cv2.imencode(".jpg", NOISE[number % len(NOISE)])[1].tobytes())
                stream.flush()
                time.sleep(0.01)

    def test_a_picture_that_stands_still_and_moves_again(self):
        pictures = NOISE + [NOISE[0]] * 50 + NOISE
        with MjpegServer(pictures, 10**6) as server:
            with self.play("/frozen", source=server.url, patience=1.0) as camera:
                self.assertTrue(wait_until(lambda: camera.said("moves again"), 30), camera.log())
                self.assertEqual(camera.said("the same picture for more than 1 s"), 1)

    def test_another_resolution_in_mid_stream(self):
        wide = [cv2.resize(image, (240, 180)) for image in NOISE]
        with MjpegServer(NOISE * 2 + wide * 50, 10**6) as server:
            with self.play("/sizes", source=server.url) as camera:
                with Inbox("/sizes/camera_info", CameraInfo) as infos:
                    with Inbox("/sizes/image_raw", Image) as images:
                        self.assertTrue(
                            wait_until(
                                lambda: (
                                    {m.width for m in list(images.messages.values())} == {160, 240}
                                ),
                                30,
                            ),
                            camera.log(),
                        )
                        for stamp, image in list(images.messages.items())[1:]:
                            info = infos.wait(stamp, 5)
                            self.assertEqual((info.width, info.height), (image.width, image.height))
                self.assertEqual(camera.said("now sends 240x180 px instead of 160x120"), 1)


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "camera_faults", CameraFaultsTest, sys.argv)
