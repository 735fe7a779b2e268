#!/usr/bin/env python3
"""camera_node: its calibration and names, and starts that cannot be."""

import os
import sys
import time
import unittest

import cv2
import numpy as np
import rospy
import rostest
from sensor_msgs.msg import CameraInfo
from sensor_msgs.srv import SetCameraInfo

try:
    from camera_calibration import calibrator
    from camera_calibration.camera_calibrator import CalibrationNode
except ImportError:
    calibrator = None

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
VIDEO = os.path.join(ROOT, "test", "video")
sys.path[:0] = [HERE, VIDEO]  # catkin runs a copy of this script elsewhere
import bombs  # noqa: E402
from camera_process import CameraCase  # noqa: E402
from inbox import wait_until  # noqa: E402


def calibration(**changes):
    """As camera_calibration sends it on COMMIT."""
    info = CameraInfo(width=160, height=120, distortion_model="plumb_bob")
    info.D = [0.125, -0.25, 0.001, -0.002, 0.03]
    info.K = [150.5, 0, 80.25, 0, 151.5, 59.75, 0, 0, 1]
    info.R = [1, 0, 0, 0, 1, 0, 0, 0, 1]
    info.P = [148.5, 0, 80.5, -3, 0, 149.5, 60.5, 0, 0, 0, 1, 0]
    for field, value in changes.items():
        setattr(info, field, value)
    return info


def chessboards(matrix, size):
    """Views of a board of 9x7 squares of 30 mm by an ideal camera of this matrix (3, 3) [px]."""
    square = 40
    board = np.full((9 * square, 11 * square), 255, np.uint8)
    for row in range(7):
        for column in range(row % 2, 9, 2):
            board[(row + 1) * square :, (column + 1) * square :][:square, :square] = 0
    metres = np.array([[0.03 / square, 0, -0.165], [0, 0.03 / square, -0.135], [0, 0, 1]])
    views = []
    for turn in ((0.4, 0, 0), (-0.4, 0, 0.1), (0, 0.5, 0), (0, -0.5, 0.2), (0.3, 0.3, 0)):
        rotation = cv2.Rodrigues(np.array(turn, float))[0]
        plane = np.column_stack([rotation[:, :2], [0.01, -0.01, 0.45]])
        homography = matrix @ plane @ metres
        views.append(cv2.warpPerspective(board, homography, size, borderValue=255))
    return views


def without_header(info):
    """Its other fields; arrays that came over a topic are tuples."""
    values = {name: getattr(info, name) for name in info.__slots__ if name != "header"}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


class CameraTest(CameraCase):
    def commit(self, namespace, info):
        rospy.wait_for_service(f"{namespace}/set_camera_info", 30)
        return rospy.ServiceProxy(f"{namespace}/set_camera_info", SetCameraInfo)(info)

    def test_a_committed_calibration_is_sent_at_once_and_after_the_next_start(self):
        sent = calibration()
        with self.play("/front/eye", loop=True):
            self.assertEqual(self.first("/front/eye").K[0], 0)
            self.assertTrue(self.commit("/front/eye", sent).success)
            self.assertTrue(wait_until(lambda: self.first("/front/eye").K[0] != 0, 10))
            got = self.first("/front/eye")
            self.assertEqual(without_header(got), without_header(sent))
            self.assertEqual(got.header.frame_id, "front_eye_optical_frame")
            bad = self.commit("/front/eye", calibration(K=[float("nan")] * 9))
            self.assertFalse(bad.success)
            self.assertIn("not finite", bad.status_message)
        self.assertEqual(os.listdir(self.path("camera_info")), ["front_eye.yaml"])
        with self.play("/front/eye", loop=True):
            self.assertEqual(without_header(self.first("/front/eye")), without_header(sent))

    @unittest.skipIf(calibrator is None, "no camera_calibration")
    def test_commit_of_camera_calibration(self):
        """Its own calibration of a camera with a focal length of 300 px, by its own upload."""
        matrix = np.array([[300.0, 0, 160], [0, 300, 120], [0, 0, 1]])
        found = calibrator.MonoCalibrator([calibrator.ChessboardInfo(n_cols=8, n_rows=6, dim=0.03)])
        found.cal(chessboards(matrix, (320, 240)))
        node = CalibrationNode.__new__(CalibrationNode)
        node.c = found
        with self.play("/lab", loop=True, image_width=320, image_height=240):
            service = "/lab/set_camera_info"
            rospy.wait_for_service(service, 30)
            node.set_camera_info_service = rospy.ServiceProxy(service, SetCameraInfo)
            self.assertTrue(node.do_upload())
        with self.play("/lab", loop=True, image_width=320, image_height=240):
            info = self.first("/lab")
        self.assertEqual(without_header(info), without_header(found.as_message()))
        np.testing.assert_allclose(info.K, matrix.ravel(), atol=3)

    def test_the_url_and_the_name_say_where_a_calibration_lies(self):
        url = "file://${ROS_HOME}/lenses/${NAME}.yaml"
        with self.play("/url", loop=True, camera_name="C920_7", camera_info_url=url) as camera:
            self.assertTrue(self.commit("/url", calibration(width=320, height=240)).success)
            self.assertEqual(camera.said("no calibration in"), 1)
        self.assertTrue(os.path.isfile(self.path("lenses", "C920_7.yaml")))
        url = f"file://{self.path('lenses', 'C920_7.yaml')}"
        with self.play("/url", loop=True, camera_info_url=url) as camera:
            half = self.first("/url")
            self.assertEqual((half.width, half.height), (160, 120))
            self.assertEqual((half.K[0], half.K[5]), (75.25, 29.875))
            self.assertEqual((half.P[0], half.P[3], half.P[10], half.D[0]), (74.25, -1.5, 1, 0.125))
            self.assertEqual(camera.said("is of camera C920_7, not of url"), 1)

    def test_a_calibration_of_another_shape_is_left_out_and_that_is_said_once(self):
        with self.play("/shape", loop=True, image_width=160, image_height=90) as camera:
            self.assertTrue(self.commit("/shape", calibration()).success)
            self.assertTrue(wait_until(lambda: camera.said("another shape"), 10))
            time.sleep(0.5)
            info = self.first("/shape")
            self.assertEqual((info.width, info.height, info.K[0]), (160, 90, 0))
            self.assertEqual(camera.said("images are 160x90, but the calibration"), 1)

    def test_what_cannot_be_stored_is_told_to_the_calibrator(self):
        with self.play("/proc", loop=True, camera_info_url="file:///proc/none/x.yaml"):
            answer = self.commit("/proc", calibration())
            self.assertFalse(answer.success)
            self.assertIn("cannot write /proc/none/x.yaml", answer.status_message)
            self.assertEqual(self.first("/proc").K[0], 0)

    def test_a_start_that_cannot_be_ends_with_1_and_one_line(self):
        text = (
            "{image_width: 640, image_height: 480, distortion_model: plumb_bob, camera_matrix: "
            "{data: [500, 0, 320, 0, 500, 240, 0, 0, 1]}, distortion_coefficients: {data: []}, "
            "rectification_matrix: {data: [1, 0, 0, 0, 1, 0, 0, 0, 1]}, projection_matrix: {data: "
            "[500, 0, 320, 0, 0, 500, 240, 0, 0, 0, 1, 0]}}"
        )
        bomb = self.path("bomb.jpg")
        with open(bomb, "wb") as stream:
            stream.write(bombs.jpeg(40000, 40000))
        narrow = self.yaml("narrow", text.replace("640", "-1", 1))
        wide = self.yaml("wide", text.replace("640", "1000000000000", 1))
        model = self.yaml("model", text.replace("plumb_bob", "5"))
        cases = [
            (dict(camera_info_url=narrow), "of -1x480"),
            (dict(camera_info_url=wide), "of 1000000000000x480"),
            (dict(camera_info_url=model), "model is 5"),
            (dict(camera_info_url="/plain/path.yaml"), "expected file:///absolute"),
            (dict(camera_info_url="file://${USER}/x.yaml"), "has ${USER}; known are"),
            (dict(camera_info_url="package://no_such_package/x.yaml"), "no package no_such"),
            (dict(camera_name="../x"), "allowed are letters"),
            (dict(hold=".inf"), "hold is inf; allowed are 0..86400 [s]"),
            (dict(hold=".nan"), "hold is nan; allowed are"),
            (dict(image_width=100000, image_height=100000), "image_width is 100000; allowed"),
            (dict(image_width=640), "set both"),
            (dict(framerate=0.001), "allowed are 0 and 0.01"),
            (dict(pixel_format="h265"), "allowed are auto, mjpeg"),
            (dict(source=bomb), "40000x40000 px: expected"),
            (dict(source=self.path("none.mp4")), "does not exist"),
        ]
        for parameters, words in cases:
            with self.play("/broken", **parameters) as camera:
                self.assertEqual(camera.ended(), 1, (parameters, camera.log()))
                log = camera.log()
                lines = [line for line in log.splitlines() if "[FATAL]" in line or "Trace" in line]
                self.assertEqual(len(lines), 1, log)
                self.assertIn(words, lines[0])

    def yaml(self, name, text):
        with open(self.path(f"{name}.yaml"), "w") as stream:
            stream.write(text)
        return f"file://{self.path(name)}.yaml"


if __name__ == "__main__":
    rostest.rosrun("lightweight_openpose", "camera", CameraTest, sys.argv)
