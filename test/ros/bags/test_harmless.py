"""What a covered bag lets through: only what cannot hold a picture of a face. Needs ROS."""

import re

import cv2
import numpy as np
import pytest

pytest.importorskip("rosbag", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
import genpy
from bag_files import of, typed
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import TransformStamped
from lightweight_openpose.msg import HeadOrientationArray, HumanPose, HumanPoseArray, Keypoint
from rosgraph_msgs.msg import Log
from sensor_msgs.msg import (
    CameraInfo,
    CompressedImage,
    Image,
    Imu,
    LaserScan,
    PointCloud2,
    PointField,
)
from std_msgs.msg import ColorRGBA, Float32, Float32MultiArray, Header, String, UInt8MultiArray
from test_anonymize_bags import Knows
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import Marker, MarkerArray

from lightweight_openpose.cli.bag_report import in_words
from lightweight_openpose.cli.program import main
from lightweight_openpose.display.labels import Box
from lightweight_openpose.ros.bags import harmless
from lightweight_openpose.ros.bags.anonymize import Gate
from lightweight_openpose.ros.bags.job import BagJob
from lightweight_openpose.ros.bags.process import process_bag
from lightweight_openpose.ros.bags.reading import Record, open_bag
from lightweight_openpose.ros.messages.covered_images import anonymize_message
from lightweight_openpose.ros.messages.images import bgr_to_image, image_to_bgr
from lightweight_openpose.video.bare_pictures import is_bare

PICTURE = np.random.default_rng(0).integers(0, 256, (24, 20, 3), np.uint8)
FOREIGN = "0" * 32
POINTS = 6


def record(msg, **changes):
    topic, datatype, md5, _, data = of(msg, "/x")
    given = {"datatype": datatype, "md5": md5, "data": data, **changes}
    return Record(topic="/x", time=genpy.Time(1), header={}, **given)


def reason(msg, **changes):
    gate = Gate()
    passed = gate.passed(record(msg, **changes))
    assert (passed is None) == bool(gate.left_out)
    return gate.left_out["/x"][1] if gate.left_out else ""


def cloud(names, step=16, count=1, data=None):
    fields = [PointField(name, 4 * i, PointField.FLOAT32, count) for i, name in enumerate(names)]
    content = np.arange(POINTS * step, dtype=np.uint8).tobytes() if data is None else data
    return PointCloud2(
        height=1, width=POINTS, fields=fields, point_step=step, row_step=POINTS * step, data=content
    )


@pytest.mark.parametrize(
    "msg",
    [
        Imu(),
        LaserScan(ranges=[1.0] * 720),
        CameraInfo(height=4),
        Float32(2.0),
        String("go"),
        TFMessage([TransformStamped(child_frame_id="eye")]),
        Log(msg="started"),
        DiagnosticArray(status=[DiagnosticStatus(values=[KeyValue("a", "b")])]),
        HumanPoseArray(poses=[HumanPose(keypoints=[Keypoint()] * 18)]),
        HeadOrientationArray(),
        MarkerArray([Marker(colors=[ColorRGBA()] * 34)]),
    ],
    ids=lambda msg: msg._type,
)
def test_what_cannot_hold_a_picture_goes_as_it_was(msg):
    assert reason(msg) == ""
    assert Gate().passed(record(msg)) == record(msg).data


@pytest.mark.parametrize(
    "msg, changes, why",
    [
        (UInt8MultiArray(), {}, "std_msgs/UInt8MultiArray may hold pictures"),
        (Float32MultiArray(), {}, "may hold pictures"),
        (String("x" * 1001), {}, "a text of more than 1000"),
        (Log(msg="x" * 5000), {}, "a text of more than 1000"),
        (TFMessage([TransformStamped(child_frame_id="x" * 1001)]), {}, "a text of more than 1000"),
        (Marker(colors=[ColorRGBA()] * 201), {}, "a marker with colours of more than 200 points"),
        (MarkerArray([Marker(), Marker(colors=[ColorRGBA()] * 201)]), {}, "a marker with colours"),
        (Imu(), {"md5": FOREIGN}, "no installed package knows this definition of sensor_msgs/Imu"),
        (Imu(), {"datatype": "nobody_msgs/Imu"}, "nobody_msgs/Imu may hold pictures"),
        (Float32(), {"data": b"\0"}, "damaged std_msgs/Float32"),
        (Float32(), {"data": bytes(4) + b"\xff\xd8\xff"}, "more bytes than a std_msgs/Float32 has"),
        (
            Image(encoding="16UC1"),
            {},
            r"pictures, distances or grey \(16UC1\) that are not anonymized",
        ),
        (Image(encoding="32FC1"), {}, r"\(32FC1\)"),
        (Image(encoding="mono16"), {}, r"\(mono16\)"),
        (
            CompressedImage(format="16UC1; compressedDepth png"),
            {},
            r"\(16UC1; compressedDepth png\)",
        ),
        (Image(), {"data": b"cut"}, "sensor_msgs/Image is damaged"),
        (Image(), {"md5": FOREIGN}, f"sensor_msgs/Image of definition {FOREIGN} is not read"),
    ],
)
def test_everything_else_stays_behind_with_its_reason(msg, changes, why):
    assert re.search(why, reason(msg, **changes))


@pytest.mark.parametrize(
    "datatype",
    [
        "vision_msgs/Detection2DArray",
        "hri_msgs/FacialLandmarksImage",
        "face_msgs/FaceDetection",
        "foxglove_msgs/CompressedVideo",
        "foxglove_msgs/CompressedImage",
        "theora_image_transport/Packet",
        "ffmpeg_image_transport_msgs/FFMPEGPacket",
        "sensor_msgs/PointCloud",
        "nav_msgs/OccupancyGrid",
        "stereo_msgs/DisparityImage",
        "rosbridge/Anything",
        "sensor_msgs/../Image",
        "",
        "Imu",
    ],
)
def test_other_types_stay_behind_whatever_they_say(datatype):
    assert reason(Imu(), datatype=datatype) == f"{datatype} may hold pictures"


@pytest.mark.parametrize(
    "names",
    [
        "rgb",
        "rgba",
        "RGB",
        "bgr",
        "r g b",
        "red green blue",
        "intensity",
        "reflectivity",
        "grey",
        "i",
        "X",
    ],
)
def test_clouds_that_say_how_their_points_look_stay_behind(names):
    coloured = cloud(["x", *names.split()])
    assert f"its points have {', '.join(names.split())}" in reason(coloured)


def test_a_cloud_keeps_its_places_and_nothing_between_them():
    gate = Gate()
    was = cloud(["x", "y"])
    now = PointCloud2().deserialize(gate.passed(record(was)))
    before, after = (np.frombuffer(c.data, np.uint8).reshape(POINTS, 16) for c in (was, now))
    assert (after[:, :8] == before[:, :8]).all() and not after[:, 8:].any()
    assert gate.left_out == {}


def test_rows_of_a_cloud_and_what_follows_them_are_cut():
    padded = cloud(["x"], step=4, data=bytes(range(POINTS * 4)) + b"a hidden picture")
    padded.row_step += 8
    now = PointCloud2().deserialize(Gate().passed(record(padded)))
    assert now.data == bytes(range(POINTS * 4)) and now.row_step == POINTS * 4


@pytest.mark.parametrize(
    "harm, why",
    [
        (cloud(["x"], count=4), "4 values of x"),
        (cloud(["x"], data=b"cut"), "damaged"),
        (PointCloud2(header=Header(frame_id="x" * 1001)), "a text of more than"),
    ],
)
def test_odd_clouds_stay_behind(harm, why):
    assert why in reason(harm)


def test_every_type_is_named_as_its_package_names_it():
    installed = [name for name in harmless.TYPES if harmless._installed(name) is not None]
    packages = {name.split("/")[0] for name in installed}
    assert {"std_msgs", "sensor_msgs", "geometry_msgs", "tf2_msgs"} <= packages
    missing = [n for n in harmless.TYPES if n.split("/")[0] in packages and n not in installed]
    assert missing == []


JPEG = cv2.imencode(".jpg", PICTURE)[1].tobytes()
PNG = cv2.imencode(".png", PICTURE)[1].tobytes()


def segment(marker, content):
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def chunk(kind, content):
    return len(content).to_bytes(4, "big") + kind + content + bytes(4)


@pytest.mark.parametrize(
    "data, bare",
    [
        (JPEG, True),
        (PNG, True),
        (cv2.imencode(".jpg", PICTURE, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes(), True),
        (cv2.imencode(".png", PICTURE[..., 0].astype(np.uint16))[1].tobytes(), True),
        (JPEG[:2] + segment(0xE1, b"Exif\0\0" + JPEG) + JPEG[2:], False),
        (JPEG[:2] + segment(0xFE, b"a text") + JPEG[2:], False),
        (JPEG + b"behind", False),
        (JPEG + JPEG, False),
        (JPEG[:-2], False),
        (JPEG[:3], False),
        (PNG + b"behind", False),
        (PNG[:33] + chunk(b"eXIf", JPEG) + PNG[33:], False),
        (PNG[:33] + chunk(b"tEXt", b"a") + PNG[33:], False),
        (PNG[:-4], False),
        (b"", False),
        (b"RIFF", False),
    ],
)
def test_a_picture_is_bare_where_it_holds_nothing_beside_itself(data, bare):
    assert is_bare(data) == bare


@pytest.mark.parametrize(
    "data",
    [
        JPEG[:2] + segment(0xE1, b"Exif\0\0" + JPEG) + JPEG[2:],
        JPEG + JPEG,
        PNG + JPEG,
    ],
)
def test_thumbnails_go_though_nobody_is_seen(data):
    msg = CompressedImage(format="jpeg", data=data)
    before = image_to_bgr(msg)
    anonymize_message(msg, [], "box")
    assert is_bare(msg.data)
    assert np.abs(image_to_bgr(msg).astype(int) - before).mean() < 10


def test_a_picture_around_the_pixels_goes():
    """An image that is a part of a larger one has the rest in the padding of its rows."""
    whole = np.random.default_rng(1).integers(1, 256, (24, 60, 3), np.uint8)
    msg = bgr_to_image(np.ascontiguousarray(whole), Header())
    msg.width = 20
    before = image_to_bgr(msg).copy()
    anonymize_message(msg, [], "box")
    assert (image_to_bgr(msg) == before).all()
    assert not np.frombuffer(msg.data, np.uint8).reshape(24, 180)[:, 60:].any()


def test_a_picture_turned_by_exif_is_covered_where_it_is_seen(tmp_path):
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    white = np.full((240, 200, 3), 255, np.uint8)
    turned = cv2.imencode(".jpg", white)[1].tobytes()
    turned = turned[:2] + segment(0xE1, exif) + turned[2:]
    msg = CompressedImage(format="jpeg", data=turned)
    assert image_to_bgr(msg).shape[:2] == (200, 240)
    anonymize_message(msg, [Box(200, 0, 40, 40)], "box")
    image = image_to_bgr(msg)
    assert image.shape[:2] == (200, 240)
    assert (image[5:35, 205:235] < 200).all() and (image[100:, :150] > 240).all()


def bag(tmp_path):
    eye = bgr_to_image(np.zeros((240, 200, 3), np.uint8), Header(stamp=genpy.Time(100)))
    depth = Image(height=1, width=1, encoding="16UC1", step=2, data=b"12")
    liar = of(String("picture" * 400), "/words")
    messages = [
        of(eye, "/eye/image_raw"),
        of(depth, "/eye/depth"),
        of(String("go"), "/words"),
        liar,
        ("/secret", "nobody_msgs/Face", FOREIGN, "uint8[] face", JPEG),
    ]
    return typed(tmp_path / "a.bag", messages)


def test_each_message_is_judged_by_itself_and_the_report_says_why(tmp_path):
    result = process_bag(
        BagJob(bag(tmp_path), tmp_path / "b.bag", {}, anonymize="box"), Knows({0: []})
    )
    assert result.left_out == {
        "/eye/depth": (1, "pictures, distances or grey (16UC1) that are not anonymized"),
        "/secret": (1, "nobody_msgs/Face may hold pictures"),
        "/words": (1, "a text of more than 1000 characters"),
    }
    lines = in_words(result).splitlines()
    assert "  without 1 message of /secret: nobody_msgs/Face may hold pictures" in lines
    assert "  --keep TOPIC lets them stay" in lines
    with open_bag(tmp_path / "b.bag") as after:
        counts = {topic: given.count for topic, given in after.topics.items()}
        assert counts == {"/eye/image_raw": 1, "/words": 1, "/eye/image_raw/poses": 1}
        headers = {name for r in after.records() for name in r.header}
    assert headers <= {"topic", "type", "md5sum", "message_definition", "callerid", "latching"}


def test_topics_that_are_kept_stay_as_they_are(tmp_path):
    source = bag(tmp_path)
    keep = ["/eye/depth", "/secret"]
    result = process_bag(
        BagJob(source, tmp_path / "b.bag", {}, anonymize="box", keep=keep), Knows({0: []})
    )
    assert list(result.left_out) == ["/words"]
    with open_bag(source) as before, open_bag(tmp_path / "b.bag") as after:
        was, now = ([(r.topic, r.data) for r in b.records(keep)] for b in (before, after))
    assert len(now) == 2 and now == was


def test_a_topic_to_keep_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match="has no topic /nose to keep; it has /eye/depth, /eye"):
        process_bag(
            BagJob(bag(tmp_path), tmp_path / "b.bag", {}, anonymize="box", keep=["/nose"]),
            Knows({0: []}),
        )


def test_keep_without_covering_is_refused(tmp_path, capsys):
    assert main(["bag", str(bag(tmp_path)), "--keep", "/secret"]) != 0
    assert "--keep goes with --anonymize" in capsys.readouterr().err
