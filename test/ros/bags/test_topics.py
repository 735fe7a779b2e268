"""Which images of a bag are a camera's, and what is said of the others; needs ROS."""

import cv2
import numpy as np
import pytest

rosbag = pytest.importorskip("rosbag", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
import genpy
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header
from test_anonymize_bags import Knows

from lightweight_openpose.cli.bag_report import in_words
from lightweight_openpose.ros.bags import topics
from lightweight_openpose.ros.bags.extract import extract_images
from lightweight_openpose.ros.bags.job import BagJob
from lightweight_openpose.ros.bags.process import process_bag
from lightweight_openpose.ros.bags.topics import choose_topics
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


@pytest.mark.parametrize(
    "topic, node",
    [
        ("/pose_visualizer/image", ""),
        ("/front/pose_visualizer/image", "/front/pose_visualizer"),
        ("/shown", "/pose_visualizer"),
        ("/humans/faces/f1/cropped", ""),
        ("/darknet_ros/detection_image", "/darknet_ros"),
        ("/openpose_ros/detected_poses_image", "/openpose_ros"),
        ("/camera/Image_Annotated", "/somebody"),
        ("/tracker/debug_image", "/tracker"),
    ],
)
def test_what_nodes_drew_is_left_out_and_said(tmp_path, topic, node):
    bag = write(tmp_path / "a.bag", {**EYE, topic: node})
    chosen = choose_topics(bag)
    assert chosen.posed == choose_topics(bag, anonymize=True).read == ["/eye/image_raw"]
    assert list(chosen.left_out) == [topic]
    result = process_bag(BagJob(bag, tmp_path / "b.bag", {}), Knows({0: []}))
    assert result.images == 2 and list(result.no_poses) == [topic]
    assert f"no poses of {topic}: {chosen.left_out[topic]}; --topics takes them" in in_words(result)
    with rosbag.Bag(str(tmp_path / "b.bag")) as out:
        names = out.get_type_and_topic_info().topics
    assert topic in names and "/eye/image_raw/poses" in names
    assert sum(name.endswith("/poses") for name in names) == 1


def test_what_nodes_drew_is_taken_where_it_is_asked_for(tmp_path):
    bag = write(tmp_path / "a.bag", {**EYE, "/pose_visualizer/image": "/pose_visualizer"})
    result = process_bag(
        BagJob(bag, tmp_path / "b.bag", {}, ["/pose_visualizer/image"]), Knows({0: []})
    )
    assert result.images == 2 and result.no_poses == {}
    assert "drawn" not in in_words(result)


def test_covered_bags_are_without_what_nodes_drew_and_say_it_once(tmp_path):
    bag = write(tmp_path / "a.bag", {**EYE, "/shown": "/pose_visualizer"})
    result = process_bag(BagJob(bag, tmp_path / "b.bag", {}, anonymize="box"), Knows({0: []}))
    assert list(result.left_out) == ["/shown"] and in_words(result).count("/shown") == 1


def test_a_bag_of_drawn_images_alone_says_what_it_has(tmp_path):
    bag = write(tmp_path / "a.bag", {"/shown": "/pose_visualizer"})
    fault = r"no images of a camera; --topics takes what it has: /shown \(drawn by a node\)"
    with pytest.raises(ValueError, match=fault):
        process_bag(BagJob(bag, tmp_path / "b.bag", {}), Knows({}))
    with pytest.raises(ValueError, match=fault):
        extract_images(bag, tmp_path / "images")


@pytest.mark.parametrize("node", ["", "/usb_cam", "/camera/realsense2_camera_manager"])
def test_cameras_are_taken_whoever_publishes_them(tmp_path, node):
    bag = write(tmp_path / "a.bag", {"/usb_cam/image_raw": node, "/camera/color/image_raw": node})
    chosen = choose_topics(bag)
    assert chosen.posed == ["/camera/color/image_raw", "/usb_cam/image_raw"]
    assert chosen.left_out == {}


PICTURE = np.zeros((24, 20, 3), np.uint8)


def raw(encoding, channels=1, itemsize=1):
    step = 20 * channels * itemsize
    return Image(height=24, width=20, encoding=encoding, step=step, data=bytes(24 * step))


def packed(kind, picture, form=None):
    return CompressedImage(format=form or kind, data=cv2.imencode("." + kind, picture)[1].tobytes())


def of_topics(path, messages):
    """Bag with some messages on each topic: topic -> message, or how many of which."""
    with rosbag.Bag(str(path), "w") as bag:
        for topic, given in messages.items():
            count, msg = given if isinstance(given, tuple) else (2, given)
            for number in range(count):
                msg.header.stamp = genpy.Time(100, number)
                bag.write(topic, msg, msg.header.stamp)
    return path


@pytest.mark.parametrize(
    "topic",
    [
        "/iris_0/realsense/depth_camera/color/image_raw",
        "/depth_cam/rgb/image_raw",
        "/infrastructure/cam1/image_raw",
        "/camera/infra1/image_rect_raw",
        "/robot/ir/image_raw",
        "/disparity_rig/left/image_raw",
        "/detection_unit/image_raw",
        "/results/cam0/image_raw",
    ],
)
@pytest.mark.parametrize(
    "msg",
    [
        raw("bgr8", 3),
        raw("mono8"),
        raw("8UC3", 3),
        raw("bayer_rggb8"),
        raw("yuv422", 2),
        raw("mono16", itemsize=2),
    ],
)
def test_cameras_are_told_by_their_encoding_not_by_words_in_their_name(tmp_path, topic, msg):
    bag = of_topics(tmp_path / "a.bag", {topic: msg})
    chosen = choose_topics(bag)
    assert (chosen.posed, chosen.left_out) == ([topic], {})


@pytest.mark.parametrize(
    "msg, reason",
    [
        (raw("16UC1", itemsize=2), "16UC1: distances"),
        (raw("32FC1", itemsize=4), "32FC1: distances"),
        (raw("32SC1", itemsize=4), "32SC1: distances, or other numbers"),
        (raw("8UC2", 2), "8UC2: distances, or other numbers"),
        (
            CompressedImage(format="16UC1; compressedDepth png", data=b"x"),
            "compressedDepth: distances",
        ),
        (CompressedImage(format="16UC1; png compressed ", data=b"x"), "16UC1: distances"),
        (packed("png", np.zeros((24, 20), np.uint16)), "PNG of 16 bits: distances"),
    ],
)
def test_what_is_no_picture_is_left_out_with_its_encoding_whatever_its_name(tmp_path, msg, reason):
    bag = of_topics(tmp_path / "a.bag", {"/eye/color/image_raw": msg, "/eye/image": raw("rgb8", 3)})
    chosen = choose_topics(bag)
    assert chosen.posed == ["/eye/image"] and list(chosen.left_out) == ["/eye/color/image_raw"]
    assert chosen.left_out["/eye/color/image_raw"].startswith(reason)
    assert choose_topics(bag, ["/eye/color/image_raw"]).posed == ["/eye/color/image_raw"]
    alone = of_topics(tmp_path / "b.bag", {"/eye/color/image_raw": msg})
    fault = f"--topics takes what it has: /eye/color/image_raw .{reason}"
    with pytest.raises(ValueError, match=fault):
        process_bag(BagJob(alone, tmp_path / "c.bag", {}), Knows({}))


@pytest.mark.parametrize(
    "msg",
    [
        packed("jpeg", PICTURE, "bgr8; jpeg compressed bgr8"),
        packed("png", PICTURE),
        packed("png", np.zeros((24, 20), np.uint16), "mono16; png compressed "),
        CompressedImage(format="jpeg", data=b"damaged"),
    ],
)
def test_compressed_pictures_are_a_cameras(tmp_path, msg):
    bag = of_topics(tmp_path / "a.bag", {"/depth_cam/compressed": msg})
    assert choose_topics(bag).posed == ["/depth_cam/compressed"]


RAW, PACKED = "/eye/image_raw", "/eye/image_raw/compressed"


@pytest.mark.parametrize("raws, packets, taken", [(3, 3, RAW), (1, 3, PACKED), (3, 2, RAW)])
@pytest.mark.parametrize("wanted", [[], [RAW, PACKED], [PACKED, RAW]])
@pytest.mark.parametrize("how", ["off", "box"])
def test_raw_and_compressed_are_one_camera(tmp_path, raws, packets, taken, wanted, how):
    messages = {RAW: (raws, raw("bgr8", 3)), PACKED: (packets, packed("jpeg", PICTURE))}
    bag = of_topics(tmp_path / "a.bag", messages)
    chosen = choose_topics(bag, wanted, anonymize=how != "off")
    assert chosen.posed == [taken]
    (other,) = {RAW, PACKED} - {taken}
    assert chosen.left_out == {other: f"the images of {taken} in another form"}
    result = process_bag(BagJob(bag, tmp_path / "b.bag", {}, wanted, anonymize=how), Knows({0: []}))
    with rosbag.Bag(str(tmp_path / "b.bag")) as out:
        stamps = [m.header.stamp for _, m, _ in out.read_messages("/eye/image_raw/poses")]
        assert out.get_message_count(RAW) == raws and out.get_message_count(PACKED) == packets
    assert len(stamps) == len(set(stamps)) == max(raws, packets)
    assert result.left_out == {}


def test_one_form_alone_is_taken_where_it_is_asked_for(tmp_path):
    messages = {RAW: raw("bgr8", 3), PACKED: packed("jpeg", PICTURE)}
    bag = of_topics(tmp_path / "a.bag", messages)
    assert choose_topics(bag, [PACKED]).posed == [PACKED]


def test_cameras_beside_each_other_stay_apart(tmp_path):
    messages = {}
    for side in ("left", "right"):
        messages[f"/{side}/image_raw"] = raw("bgr8", 3)
        messages[f"/{side}/image_raw/compressed"] = packed("jpeg", PICTURE)
    bag = of_topics(tmp_path / "a.bag", messages)
    assert choose_topics(bag).posed == ["/left/image_raw", "/right/image_raw"]


def test_an_image_recorded_twice_has_one_message_of_poses(tmp_path):
    """Unlike one that has only the stamp, or only the picture, of the one before."""
    with rosbag.Bag(str(tmp_path / "a.bag"), "w") as bag:
        for number, (stamp, value) in enumerate([(1, 0), (1, 0), (2, 0), (2, 10), (0, 0), (0, 0)]):
            msg = bgr_to_image(PICTURE + value, Header(stamp=genpy.Time(stamp)))
            bag.write(RAW, msg, genpy.Time(100, number))
    process_bag(BagJob(tmp_path / "a.bag", tmp_path / "b.bag", {}), Knows({0: [], 1: []}))
    with rosbag.Bag(str(tmp_path / "b.bag")) as out:
        stamps = [m.header.stamp.secs for _, m, _ in out.read_messages("/eye/image_raw/poses")]
    assert stamps == [1, 2, 2, 0, 0]


def test_a_topic_without_a_message_is_left_out():
    class Bag:
        pass

    assert topics._why_no_camera(Bag(), "/eye/image_raw", 0) == "without a message"
