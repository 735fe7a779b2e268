#!/usr/bin/env python3
"""Heads are covered in what the visualizer and the page show of a camera, frame by frame."""

import os
import sys
import unittest
import urllib.request

import cv2
import numpy as np
import rospy
import rostest
from diagnostic_msgs.msg import DiagnosticStatus
from lightweight_openpose.msg import HumanPoseArray
from sensor_msgs.msg import CompressedImage, Image

from lightweight_openpose.display.colors import SIDE_COLORS
from lightweight_openpose.display.drawing import WHITE, id_color
from lightweight_openpose.display.head_boxes import head_boxes
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.images import image_to_bgr
from lightweight_openpose.ros.messages.people import read_people

sys.path.insert(
    0, os.path.dirname(os.path.abspath(__file__))
)  # catkin runs a copy of this script elsewhere
from inbox import Inbox, wait_for_status, wait_until  # noqa: E402

HEADS = 60
SIZES = 2  # images of the samples differ in size: more than one was seen
GREY = 128  # of a covered pixel
COVERED = 0.001  # share of such areas in an image with people
# BGR of limbs and dots.
DRAWN = [*SIDE_COLORS.values(), WHITE, *(id_color(track_id) for track_id in range(100))]
PAGE = "http://127.0.0.1:28083/stream"


class AnonymizeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rospy.init_node("anonymize_test")

    def test_every_head_that_was_found_is_covered_in_every_image(self):
        heads = []
        with Inbox("/pose_visualizer/image", Image) as drawn, Inbox(
            "/camera/image_raw", Image
        ) as taken, Inbox("/pose_estimator/poses", HumanPoseArray) as found:

            def enough():
                self.take(drawn, taken, found, heads)
                return len(heads) >= HEADS and len({shape for shape, _ in heads}) >= SIZES

            self.assertTrue(wait_until(enough, 90), f"{len(heads)} heads")
        self.assertLess(max(shown for _, shown in heads), 0.001)

    def test_the_page_covers_heads_in_the_images_of_the_camera_itself(self):
        with Inbox("/camera/image_raw", Image) as taken, Inbox(
            "/pose_estimator/poses", HumanPoseArray
        ) as found:
            pictures = page_images(50)
            self.assertTrue(wait_until(lambda: any(m.poses for m in found.messages.values())))
            raw = [image_to_bgr(msg) for msg in taken.messages.values()]
        covered = [picture for picture in pictures if grey_share(picture) > COVERED]
        self.assertGreater(len(covered), len(pictures) / 4)
        self.assertLess(max(grey_share(image) for image in raw), COVERED)

    def test_the_drawing_is_there_as_jpeg_too_while_somebody_wants_it(self):
        with Inbox("/pose_visualizer/image", Image) as raw, Inbox(
            "/pose_visualizer/image/compressed", CompressedImage
        ) as jpegs:
            self.assertTrue(wait_until(lambda: len(raw.messages.keys() & jpegs.messages) > 2, 60))
            stamps = sorted(raw.messages.keys() & jpegs.messages.keys())
        for stamp in stamps:
            picture, jpeg = image_to_bgr(raw.messages[stamp]), jpegs.messages[stamp]
            self.assertEqual(jpeg.header.frame_id, raw.messages[stamp].header.frame_id)
            self.assertLess(len(jpeg.data), picture.size / 4)
            self.assertLess(np.abs(image_to_bgr(jpeg).astype(int) - picture).mean(), 8)

    def test_the_camera_is_on_diagnostics(self):
        name = "camera/camera_node: camera frames"
        status = wait_for_status(lambda s: s.name == name and s.message.endswith("frames/s"))
        self.assertIsNotNone(status)
        self.assertEqual(status.level, DiagnosticStatus.OK)

    def take(self, drawn, taken, found, heads):
        """Move what has come into (shape of the image, share of a head that is to be seen)."""
        for stamp in list(drawn.messages):
            if stamp not in taken.messages or stamp not in found.messages:
                continue
            covered = image_to_bgr(drawn.messages.pop(stamp)).astype(int)
            original = image_to_bgr(taken.messages.pop(stamp)).astype(int)
            for pose in read_people(found.messages.pop(stamp)).poses:
                for box in head_boxes(pose, COCO18):
                    part = inside(box, original.shape)
                    if original[part].size:
                        heads.append((original.shape, shown(covered[part], original[part])))


def page_images(count):
    """So many pictures that the page shows one after the other."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    pictures = []
    data = b""
    with direct.open(PAGE, timeout=60) as stream:
        while len(pictures) < count:
            data += stream.read(1 << 14)
            end = data.find(b"\xff\xd9")
            if end >= 0:
                jpeg = data[data.index(b"\xff\xd8") : end + 2]
                data = data[end + 2 :]
                pictures.append(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))
    return pictures


def grey_share(image) -> float:
    """Share of the image in areas that are as grey as a cover."""
    grey = (np.abs(image.astype(int) - GREY).max(axis=2) <= 2).astype(np.uint8)
    return float(cv2.erode(grey, np.ones((7, 7), np.uint8)).mean())


def inside(box, shape):
    """The pixels of a box that are in an image."""
    x, y = max(0, int(box.x)), max(0, int(box.y))
    return np.s_[y : min(shape[0], int(box.y + box.height)), x : max(0, int(box.x + box.width))]


def shown(covered, original) -> float:
    """Share of the pixels that are as they were, and not by being as grey as a cover.

    Nor by having a color in which lines and dots are drawn on a cover, such as white. Alone among
    others a pixel is so by chance, where a line ends.
    """
    same = np.abs(covered - original).max(axis=2) <= 2
    told = np.abs(original - GREY).max(axis=2) > 20
    for color in DRAWN:
        told &= np.abs(covered - color).max(axis=2) > 2
    # What lies outside of the box does not count as shown: else one pixel in its corner would.
    outside = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}
    whole = cv2.erode((same & told).astype(np.uint8), np.ones((2, 2), np.uint8), **outside)
    return float(whole.mean())


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "anonymize", AnonymizeTest, sys.argv)
