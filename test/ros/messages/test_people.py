"""Messages <-> core types; needs the generated messages."""

import numpy as np
import pytest

pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.messages.camera_info import camera_of
from lightweight_openpose.ros.messages.people import msg_to_pose, poses_to_msg
from lightweight_openpose.ros.nodes.camera import read_calibration

CALIBRATION = """image_width: 640
image_height: 480
camera_name: test
camera_matrix: {rows: 3, cols: 3, data: [500, 0, 320, 0, 510, 240, 0, 0, 1]}
distortion_model: plumb_bob
distortion_coefficients: {rows: 1, cols: 5, data: [0.1, 0, 0, 0, 0]}
rectification_matrix: {rows: 3, cols: 3, data: [1, 0, 0, 0, 1, 0, 0, 0, 1]}
projection_matrix: {rows: 3, cols: 4, data: [400, 0, 320, 0, 0, 400, 240, 0, 0, 0, 1, 0]}
"""


def test_poses_make_the_round_trip():
    keypoints = missing_keypoints(18)
    keypoints[:5] = [[10.25, 20.5, 0.5]] * 4 + [[700, -3, 0.9]]
    pose = Pose(keypoints, 0.625, 7)
    msg = poses_to_msg([pose], Header(frame_id="cam"), 480, 640, COCO18)
    back = msg_to_pose(msg.poses[0])
    np.testing.assert_array_equal(back.keypoints, keypoints)
    assert (back.score, back.track_id, msg.header.frame_id, msg.skeleton) == (
        0.625,
        7,
        "cam",
        "coco18",
    )
    box = msg.poses[0].bbox
    assert (box.x_offset, box.y_offset, box.x_offset + box.width, box.y_offset + box.height) == (
        10,
        0,
        640,
        22,
    )


def test_calibration_is_read_scaled_and_rectified(tmp_path):
    path = tmp_path / "camera.yaml"
    path.write_text(CALIBRATION)
    info = read_calibration(str(path))
    camera = camera_of(info, 480, 640, 1.0, rectified=False)
    assert (camera.matrix[0, 0], camera.matrix[1, 1]) == (500, 510)
    assert camera.distortion[0] == 0.1 and not camera.assumed
    half = camera_of(info, 240, 320, 1.0, rectified=False)
    assert (half.matrix[0, 0], half.matrix[1, 2]) == (250, 120)
    rectified = camera_of(info, 480, 640, 1.0, rectified=True)
    assert rectified.matrix[0, 0] == 400 and not rectified.distortion.any()


@pytest.mark.parametrize("info", [None, CameraInfo(), CameraInfo(K=[float("nan")] * 9)])
def test_uncalibrated_cameras_are_said_to_be(info):
    camera = camera_of(info, 480, 640, np.radians(90), rectified=False)
    assert camera.assumed and camera.matrix[0, 0] == pytest.approx(320)


@pytest.mark.parametrize(
    "text, words",
    [
        ("camera_matrix: {}", "no field 'image_width'"),
        ("[", "no camera_info_manager"),
        (CALIBRATION.replace("510, ", ""), "camera_matrix has 8 numbers"),
    ],
)
def test_broken_calibrations_are_named(tmp_path, text, words):
    path = tmp_path / "camera.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        read_calibration(str(path))
    with pytest.raises(ValueError, match="cannot be read"):
        read_calibration(str(tmp_path / "none.yaml"))
