"""Transforms at the time of an image; needs ROS."""

import numpy as np
import pytest

rospy = pytest.importorskip("rospy", reason="ROS is not sourced")
tf2_ros = pytest.importorskip("tf2_ros")
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import Quaternion
from std_msgs.msg import Header

from lightweight_openpose.ros.messages.transforms import transform
from lightweight_openpose.ros.nodes.target_frame import place_of
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth
from lightweight_openpose.ros.plumbing.frames import Frames
from lightweight_openpose.ros.plumbing.guard import guarded
from lightweight_openpose.ros.plumbing.reasons import NoTransform


@pytest.fixture
def frames():
    """Of a camera that goes 1 m forward from 10 s to 11 s."""
    rospy.rostime.set_rostime_initialized(True)
    frames = Frames(StreamHealth())
    frames._buffer = tf2_ros.Buffer(debug=False)
    for second in (0, 1):
        header = Header(stamp=rospy.Time(10 + second), frame_id="map")
        msg = transform(header, "camera", (second, 0, 0), Quaternion(w=1.0))
        frames._buffer.set_transform(msg, "test")
    return frames


def test_the_transform_is_that_of_the_stamp(frames):
    place = frames.transform("map", "/camera", rospy.Time(10, 250000000), "")
    np.testing.assert_allclose(place.apply(np.zeros(3)), (0.25, 0, 0))
    back = frames.transform("camera", "map", rospy.Time(11), "")
    np.testing.assert_allclose(back.apply(np.zeros(3)), (-1, 0, 0))


def test_a_frame_is_where_it_is_without_any_transform(frames):
    place = frames.transform("lens", "/lens", rospy.Time(10), "")
    np.testing.assert_allclose(place.apply(np.ones(3)), np.ones(3))


@pytest.mark.parametrize("source", ["elsewhere", ""])
def test_frames_that_are_not_there_are_named_with_the_remedy(frames, source):
    with pytest.raises(NoTransform, match=f"no transform from '{source}' to 'map': publish it"):
        frames.transform("map", source, rospy.Time(10), "publish it")


@pytest.mark.parametrize("stamp", [9, 12])
def test_a_time_that_is_not_known_is_named_with_the_frames(frames, stamp):
    with pytest.raises(NoTransform, match="from 'camera' to 'map' for the time of the image"):
        frames.transform("map", "camera", rospy.Time(stamp), "")


def test_a_frame_without_a_transform_is_dropped_and_counted_and_not_bad(frames):
    health = frames._health

    def on_message(msg):
        frames.transform("map", msg, rospy.Time(10), "publish it")

    callback = guarded(health, on_message)
    for source in ("elsewhere", "elsewhere", "camera"):
        callback(source)
    assert health.account.totals() == (3, 1, 2, 0, 0) and health.without_transform == 2
    assert health.last_error == "no transform from 'elsewhere' to 'map': publish it"
    assert health.outcomes.trouble() is None


def test_a_status_says_so_while_no_frame_has_a_transform(frames):
    health = frames._health
    with pytest.raises(NoTransform):
        frames.transform("map", "elsewhere", rospy.Time(10), "publish it")
    health.answer("a frame, in the frame of its camera")
    level, text = health.outcomes.trouble()
    assert level == DiagnosticStatus.ERROR
    assert text == "no transform from 'elsewhere' to 'map': publish it"
    frames.transform("map", "camera", rospy.Time(10), "")
    assert health.outcomes.trouble() is None


def test_what_goes_to_a_target_frame_is_left_out_without_a_transform(frames):
    header = Header(stamp=rospy.Time(10), frame_id="elsewhere")
    assert place_of(frames, "map", header) is None
    header.frame_id = "camera"
    np.testing.assert_allclose(place_of(frames, "map", header).translation, np.zeros(3))
