"""Which images of a bag are a camera's, and what is said of the others; needs ROS."""

import numpy as np
import pytest

rosbag = pytest.importorskip("rosbag", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
import genpy
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from test_covering import Knows

from lightweight_openpose.cli.bag_report import report
from lightweight_openpose.ros.bags.extract import extract_images
from lightweight_openpose.ros.bags.process import process_bag
from lightweight_openpose.ros.bags.topics import drawn_topics, image_topics
from lightweight_openpose.ros.messages.images import bgr_to_image


def write(path, publishers):
    """Bag with two images on each topic; publishers: topic -> name of the node, "" unknown."""
    image = np.zeros((240, 200, 3), np.uint8)
    with rosbag.Bag(str(path), "w") as bag:
        for number in range(2):
            time = genpy.Time(100, number)
            for topic, node in publishers.items():
                header = {
                    "topic": topic, "type": Image._type, "md5sum": Image._md5sum,
                    "message_definition": Image._full_text, "callerid": node,
                }  # fmt: skip
                bag.write(
                    topic, bgr_to_image(image, Header(stamp=time)), time,
                    connection_header=header if node else None,
                )  # fmt: skip
    return path


EYE = {"/eye/image_raw": "/eye_driver"}


@pytest.mark.parametrize("topic, node", [
    ("/pose_visualizer/image", ""),
    ("/front/pose_visualizer/image", "/front/pose_visualizer"),
    ("/shown", "/pose_visualizer"),
    ("/humans/faces/f1/cropped", ""),
    ("/darknet_ros/detection_image", "/darknet_ros"),
    ("/openpose_ros/detected_poses_image", "/openpose_ros"),
    ("/camera/Image_Annotated", "/somebody"),
    ("/tracker/debug_image", "/tracker"),
])
def test_what_nodes_drew_is_left_out_and_said(tmp_path, topic, node):
    bag = write(tmp_path / "a.bag", {**EYE, topic: node})
    assert image_topics(bag) == image_topics(bag, to_cover=True) == ["/eye/image_raw"]
    assert drawn_topics(bag) == [topic]
    result = process_bag(bag, tmp_path / "b.bag", Knows({0: []}), {})
    assert result["images"] == 2 and result["drawn"] == [topic]
    assert f"no poses of {topic}: drawn by nodes; --topics takes them" in report(result)
    with rosbag.Bag(str(tmp_path / "b.bag")) as out:
        topics = out.get_type_and_topic_info().topics
    assert topic in topics and "/eye/image_raw/poses" in topics
    assert sum(name.endswith("/poses") for name in topics) == 1


def test_what_nodes_drew_is_taken_where_it_is_asked_for(tmp_path):
    bag = write(tmp_path / "a.bag", {**EYE, "/pose_visualizer/image": "/pose_visualizer"})
    result = process_bag(bag, tmp_path / "b.bag", Knows({0: []}), {}, ["/pose_visualizer/image"])
    assert result["images"] == 2 and result["drawn"] == []
    assert "drawn" not in report(result)


def test_covered_bags_are_without_what_nodes_drew_and_say_it_once(tmp_path):
    bag = write(tmp_path / "a.bag", {**EYE, "/shown": "/pose_visualizer"})
    result = process_bag(bag, tmp_path / "b.bag", Knows({0: []}), {}, anonymize="box")
    assert result["left_out"] == ["/shown"] and report(result).count("/shown") == 1


def test_a_bag_of_drawn_images_alone_says_what_it_has(tmp_path):
    bag = write(tmp_path / "a.bag", {"/shown": "/pose_visualizer"})
    fault = "no images of a camera; --topics takes what nodes drew: /shown"
    with pytest.raises(ValueError, match=fault):
        process_bag(bag, tmp_path / "b.bag", Knows({}), {})
    with pytest.raises(ValueError, match=fault):
        extract_images(bag, tmp_path / "images")


@pytest.mark.parametrize("node", ["", "/usb_cam", "/camera/realsense2_camera_manager"])
def test_cameras_are_taken_whoever_publishes_them(tmp_path, node):
    bag = write(tmp_path / "a.bag", {"/usb_cam/image_raw": node, "/camera/color/image_raw": node})
    assert image_topics(bag) == ["/camera/color/image_raw", "/usb_cam/image_raw"]
    assert drawn_topics(bag) == []
