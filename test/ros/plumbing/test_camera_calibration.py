"""Where a calibration lies, and what it says of images of another size. Needs ROS."""

import copy
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
import rospkg
from sensor_msgs.msg import CameraInfo
from sensor_msgs.srv import SetCameraInfoRequest
from std_msgs.msg import Header

from lightweight_openpose.ros.messages.calibration_file import read_calibration
from lightweight_openpose.ros.messages.camera_info import info_at
from lightweight_openpose.ros.nodes.camera import CameraSettings, name_in
from lightweight_openpose.ros.plumbing import camera_calibration
from lightweight_openpose.ros.plumbing.camera_calibration import path_of

INFO = CameraInfo(
    width=640,
    height=480,
    distortion_model="plumb_bob",
    D=[0.1, 0.2, 0.3, 0.4, 0.5],
    K=[500, 1, 320, 0, 510, 240, 0, 0, 1],
    R=[1, 0, 0, 0, 1, 0, 0, 0, 1],
    P=[400, 0, 322, -40, 0, 410, 242, 8, 0, 0, 1, 0],
)


@pytest.mark.parametrize(
    "url, path",
    [
        ("", "/home/ros/camera_info/eye.yaml"),
        ("file:///etc/${NAME}.yaml", "/etc/eye.yaml"),
        ("file://${ROS_HOME}/x/${NAME}_${NAME}.yaml", "/home/ros/x/eye_eye.yaml"),
    ],
)
def test_urls_as_camera_info_manager_documents_them(monkeypatch, url, path):
    monkeypatch.setenv("ROS_HOME", "/home/ros")
    assert path_of(url, "eye") == path


def test_a_package_url_lies_in_the_package():
    folder = rospkg.RosPack().get_path("lightweight_openpose")
    assert path_of("package://lightweight_openpose/config/${NAME}.yaml", "eye") == (
        f"{folder}/config/eye.yaml"
    )


@pytest.mark.parametrize(
    "url, words",
    [
        ("/etc/camera.yaml", "expected file:///absolute"),
        ("file://relative.yaml", "expected file:///absolute"),
        ("http://camera/x.yaml", "expected file:///absolute"),
        ("package://rospy", "expected file:///absolute"),
        ("package://none_of_that_name/x.yaml", "no package none_of_that_name"),
        ("file:///${HOME}/x.yaml", r"has \$\{HOME\}; known are"),
        ("file:///${}/x.yaml", r"has \$\{\}; known are"),
    ],
)
def test_other_urls_are_refused(url, words):
    with pytest.raises(ValueError, match=words) as error:
        path_of(url, "eye")
    assert "camera_info_url" in str(error.value)


def test_k_and_p_follow_the_size():
    half = info_at(INFO, 320, 240)
    assert (half.width, half.height) == (320, 240)
    assert list(half.K) == [250, 0.5, 160, 0, 255, 120, 0, 0, 1]
    assert list(half.P) == [200, 0, 161, -20, 0, 205, 121, 4, 0, 0, 1, 0]
    assert (half.D, half.R, half.distortion_model) == (INFO.D, INFO.R, "plumb_bob")
    assert INFO.width == 640 and INFO.K[0] == 500
    assert info_at(INFO, 640, 480) == INFO
    double = info_at(half, 640, 480)
    assert (list(double.K), list(double.P)) == (list(INFO.K), list(INFO.P))


def test_rounded_sizes_are_of_the_same_shape_and_cut_ones_are_not():
    wide = CameraInfo(width=1280, height=720, K=INFO.K, P=INFO.P)
    assert info_at(wide, 853, 480) is not None
    for width, height in ((854, 486), (960, 720), (1280, 800)):
        assert info_at(wide, width, height) is None


@pytest.mark.parametrize("name", ["eye.ini", "ost.txt"])
def test_an_ini_is_read_and_never_written_over(tmp_path, monkeypatch, name):
    monkeypatch.setattr(camera_calibration.rospy, "Service", lambda *_: None)
    path = tmp_path / name
    path.write_text(
        "[image]\nwidth\n640\nheight\n480\n[eye]\ncamera matrix\n500 0 320\n0 510 240\n0 0 1\n"
        "distortion\n0.1 0 0 0 0\n"
    )
    before = path.read_text()
    calibration = camera_calibration.CameraCalibration(f"file://{path}", "eye")
    assert list(calibration.info(320, 240, Header()).K) == [250, 0, 160, 0, 255, 120, 0, 0, 1]
    answer = calibration._on_set(SetCameraInfoRequest(INFO))
    assert not answer.success and "set ~camera_info_url to a .yaml file" in answer.status_message
    assert path.read_text() == before


def test_of_calls_at_the_same_time_each_is_stored_and_the_last_is_sent(tmp_path, monkeypatch):
    monkeypatch.setattr(camera_calibration.rospy, "Service", lambda *_: None)
    path = tmp_path / "eye.yaml"
    calibration = camera_calibration.CameraCalibration(f"file://{path}", "eye")
    together = threading.Barrier(4)

    def call(focal_length):
        info = copy.deepcopy(INFO)
        info.K[0] = focal_length
        together.wait(30)
        return calibration._on_set(SetCameraInfoRequest(info))

    with ThreadPoolExecutor(4) as pool:
        for turn in range(20):
            lengths = [500.0 + 4 * turn + i for i in range(4)]
            answers = list(pool.map(call, lengths))
            assert [answer.status_message for answer in answers] == [f"stored in {path}"] * 4
            stored, _ = read_calibration(str(path))
            assert stored.K[0] in lengths
            assert calibration.info(640, 480, Header()).K[0] == stored.K[0]
    assert [p.name for p in tmp_path.iterdir()] == ["eye.yaml"]


@pytest.mark.parametrize(
    "namespace, name", [("/", "camera"), ("/camera/", "camera"), ("/front/eye/", "front_eye")]
)
def test_cameras_are_named_by_their_namespace(namespace, name):
    assert name_in(namespace) == name


@pytest.mark.parametrize(
    "settings, words",
    [
        (dict(image_width=640), "image_width is 640 and ~image_height 0: set both"),
        (dict(image_height=480), "set both"),
        (dict(framerate=1e-300), "framerate is 1e-300; allowed are 0 and 0.01"),
        (dict(camera_name="a/b"), "camera_name is 'a/b'; allowed are letters"),
        (dict(camera_name=".."), "allowed are letters"),
    ],
)
def test_settings_that_cannot_be(settings, words):
    with pytest.raises(ValueError, match=words):
        CameraSettings(**settings)
