"""Bags whose images leave with heads covered; needs ROS."""

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

rosbag = pytest.importorskip("rosbag", reason="ROS is not sourced")
import genpy
from sensor_msgs.msg import CompressedImage, Image, PointCloud2, PointField
from std_msgs.msg import Header

from lightweight_openpose.cli.bag import output_of
from lightweight_openpose.display.labels import Box
from lightweight_openpose.estimation.decoding import DecoderConfig
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.bags.anonymize import Gate
from lightweight_openpose.ros.bags.job import BagJob
from lightweight_openpose.ros.bags.journal import Journal
from lightweight_openpose.ros.bags.new_bag import write_bag
from lightweight_openpose.ros.bags.process import process_bag
from lightweight_openpose.ros.bags.topics import choose_topics
from lightweight_openpose.ros.messages.covered_images import anonymize_message
from lightweight_openpose.ros.messages.images import bgr_to_image, image_to_bgr
from lightweight_openpose.video.images import BadImage
from people import InHalves, person

PACKED = "16UC1; compressedDepth png"
FRAMES = 8
FAINT, MISSED, EMPTY = 2, 3, 5  # frames
HEAD = np.s_[25:55, 90:110]  # of who stands there
FEET = np.s_[180:230, 70:130]


@dataclass
class Knows(InHalves):
    """Stands for a PoseEstimator: people by the number that the image's first pixel holds."""

    known: dict
    config: DecoderConfig = field(default_factory=DecoderConfig)
    skeleton = COCO18
    model = ""

    def __call__(self, image):
        found = self.known[round(float(image[0, 0, 0]) / 10)]
        return [p for p in found if p.score >= self.config.min_score]


def picture(i):
    image = np.random.default_rng(i).integers(0, 256, (240, 200, 3), np.uint8)
    image[:8, :8] = 10 * i
    return image


def compressed(i, kind, header):
    data = cv2.imencode("." + kind, picture(i), [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    return CompressedImage(header, kind, data)


def write(path):
    cloud = PointCloud2(fields=[PointField("rgb", 0, PointField.FLOAT32, 1)])
    with rosbag.Bag(str(path), "w") as bag:
        for i in range(FRAMES):
            time = genpy.Time(100 + i // 5, i % 5 * 2 * 10**8)
            header = Header(stamp=time, frame_id="eye")
            bag.write("/eye/image", bgr_to_image(picture(i), header), time)
            bag.write("/eye/image/compressed", compressed(i, "jpeg", header), time)
            bag.write("/eye/infra1", bgr_to_image(picture(i), header), time)
            bag.write("/pose_visualizer/image", bgr_to_image(picture(i), header), time)
            bag.write("/eye/points", cloud, time)
            bag.write("/lidar", PointCloud2(fields=[PointField("x", 0, 7, 1)], height=1), time)
            depth = Image(header, 1, 1, "16UC1", 0, 2, b"2\0")
            bag.write("/eye/depth", depth, time)
            bag.write("/range", depth, time)
            bag.write("/eye/depth/compressedDepth", CompressedImage(header, PACKED, b"12"), time)
            # Colour in the view of a depth camera.
            bag.write("/rgb_to_depth/image_raw", bgr_to_image(picture(i), header), time)
            bag.write("/rgb_to_depth/image_raw/compressed", compressed(i, "jpeg", header), time)
    return path


def estimator():
    people = {i: [person()] for i in range(FRAMES)}
    people[FAINT] = [person(score=0.01)]
    people[MISSED] = []
    people.update(dict.fromkeys(range(EMPTY + 1, FRAMES), []))
    people[EMPTY] = []
    return Knows(people)


def read(path):
    found = {}
    with rosbag.Bag(str(path)) as bag:
        for topic, msg, time in bag.read_messages():
            found.setdefault(topic, []).append((msg, time))
    return found


@pytest.mark.parametrize("how", ["blur", "box"])
def test_heads_leave_covered_raw_and_compressed_alike(tmp_path, how):
    source, output = write(tmp_path / "a.bag"), tmp_path / "a_anonymized.bag"
    result = process_bag(BagJob(source, output, {}, anonymize=how), estimator())
    before, after = read(source), read(output)
    for topic in (
        "/eye/image",
        "/eye/image/compressed",
        "/eye/infra1",
        "/rgb_to_depth/image_raw",
        "/rgb_to_depth/image_raw/compressed",
    ):
        assert len(after[topic]) == FRAMES
        for i, ((old, then), (new, now)) in enumerate(zip(before[topic], after[topic])):
            assert (new.header, now) == (old.header, then)
            kept = "encoding" if hasattr(old, "encoding") else "format"
            assert getattr(new, kept) == getattr(old, kept)
            was, image = image_to_bgr(old).astype(int), image_to_bgr(new).astype(int)
            # The last head is found in EMPTY - 1; half a second later, from i = 7 on, it is gone.
            if i == FRAMES - 1:
                assert new == old
            else:
                assert image[HEAD].std() < 0.3 * was[HEAD].std(), (topic, i)
                assert np.abs(image[FEET] - was[FEET]).mean() < 16, (topic, i)
    assert list(result.left_out) == [
        "/eye/depth",
        "/eye/depth/compressedDepth",
        "/eye/points",
        "/pose_visualizer/image",
        "/range",
    ]
    assert {count for count, _ in result.left_out.values()} == {FRAMES}
    assert not set(result.left_out) & set(after)
    assert [msg for msg, _ in after["/lidar"]] == [msg for msg, _ in before["/lidar"]]


def test_poses_are_those_of_a_bag_that_is_not_covered(tmp_path):
    source = write(tmp_path / "a.bag")
    process_bag(BagJob(source, tmp_path / "b.bag", {}, ["/eye/image"]), estimator())
    process_bag(
        BagJob(source, tmp_path / "c.bag", {}, ["/eye/image"], anonymize="box"), estimator()
    )
    plain, anonymized = (read(tmp_path / name) for name in ("b.bag", "c.bag"))
    assert str(plain["/eye/image/poses"]) == str(anonymized["/eye/image/poses"])
    assert len(plain["/eye/image/poses"][FAINT][0].poses) == 0
    assert "/eye/image/compressed" in plain and "/eye/image/compressed" not in anonymized


def test_an_image_that_cannot_be_read_is_left_out(tmp_path):
    source = tmp_path / "a.bag"
    with rosbag.Bag(str(source), "w") as bag:
        for i in range(2):
            msg = bgr_to_image(picture(i), Header(stamp=genpy.Time(100, i)))
            msg.data = msg.data if i else msg.data[:10]
            bag.write("/eye/image", msg, genpy.Time(100, i))
    process_bag(BagJob(source, tmp_path / "b.bag", {}, anonymize="box"), estimator())
    assert [msg.header.stamp.nsecs for msg, _ in read(tmp_path / "b.bag")["/eye/image"]] == [1]


def test_a_gate_without_an_anonymizer_lets_no_image_through(tmp_path):
    source, gate = write(tmp_path / "a.bag"), Gate()
    journal = Journal(tmp_path / "b.journal", {})
    topics = choose_topics(source, ["/eye/image"])
    write_bag(source, tmp_path / "b.bag", topics, estimator(), journal, "", gate=gate)
    journal.close()
    assert set(read(tmp_path / "b.bag")) == {"/eye/image/poses", "/lidar"}
    assert gate.left_out["/eye/image"][0] == FRAMES


@pytest.mark.parametrize("data", [b"\xff\xd8 no picture", b"\x89PNG\r\n\x1a\n"])
def test_a_compressed_image_that_cannot_be_decoded_cannot_be_covered(data):
    with pytest.raises(BadImage, match="cannot be decoded"):
        anonymize_message(CompressedImage(Header(), "jpeg", data), [Box(0, 0, 9, 9)], "box")


@pytest.mark.parametrize(
    "encoding, channels, depth",
    [
        ("rgb8", 3, "u1"),
        ("mono8", 1, "u1"),
        ("mono16", 1, ">u2"),
        ("bgra8", 4, "u1"),
        ("yuv422", 2, "u1"),
        ("yuyv", 2, "u1"),
        ("bayer_rggb8", 1, "u1"),
        ("bayer_gbrg16", 1, "<u2"),
    ],
)
def test_every_encoding_stays_and_its_padding_is_empty(encoding, channels, depth):
    row = 40 * channels * np.dtype(depth).itemsize
    data = np.random.default_rng(0).integers(0, 256, (30, row + 6), np.uint8)
    big = depth.startswith(">")
    msg = Image(Header(), 30, 40, encoding, big, row + 6, data.tobytes())
    anonymize_message(msg, [Box(10, 5, 20, 20)], "box")
    rows = np.frombuffer(msg.data, np.uint8).reshape(30, row + 6)
    same = np.ones(rows.shape, bool)
    same[5:25, row // 4 : 3 * row // 4] = False
    same[:, row:] = False
    assert (rows[same] == data[same]).all() and (rows[:, row:] == 0).all()
    grey = np.ascontiguousarray(rows[5:25, row // 4 : 3 * row // 4]).view(depth)
    assert (grey == np.iinfo(depth).max // 2 + 1).all()


@pytest.mark.parametrize("encoding", ["nv12", "nv21", "nv24"])
def test_brightness_and_colour_that_lie_apart_are_both_covered(encoding):
    shared = 1 if encoding == "nv24" else 2
    step, colour_step = 46, 92 // shared
    data = np.random.default_rng(0).integers(0, 256, 30 * step + 30 // shared * colour_step)
    data = data.astype(np.uint8)
    msg = Image(Header(), 30, 40, encoding, 0, step, data.tobytes())
    anonymize_message(msg, [Box(10, 6, 20, 20)], "box")
    anonymized = np.frombuffer(msg.data, np.uint8)
    same = np.ones(len(data), bool)
    same[: 30 * step].reshape(30, step)[6:26, 10:30] = False
    rows = slice(6 // shared, 26 // shared)
    columns = slice(20 // shared, 60 // shared)
    same[30 * step :].reshape(-1, colour_step)[rows, columns] = False
    padding = np.zeros(len(data), bool)
    padding[: 30 * step].reshape(30, step)[:, 40:] = True
    padding[30 * step :].reshape(-1, colour_step)[:, 80 // shared :] = True
    assert (anonymized[padding] == 0).all()
    assert (anonymized[same & ~padding] == data[same & ~padding]).all()
    assert (anonymized[~same & ~padding] == 128).all()
    assert np.abs(image_to_bgr(msg)[8:24, 12:28].astype(int) - 130).max() < 2


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_grey_is_in_the_range_that_a_16_bit_image_uses(bits):
    """Brighter than the sensor can be, it would make the rest of the images black."""
    values = np.random.default_rng(0).integers(0, 1 << bits, (30, 40)).astype(np.uint16)
    msg = Image(Header(), 30, 40, "mono16", 0, 80, values.tobytes())
    anonymize_message(msg, [Box(10, 5, 20, 20)], "box")
    anonymized = np.frombuffer(msg.data, np.uint16).reshape(30, 40)
    assert (anonymized[5:25, 10:30] == 1 << bits - 1).all()


def test_a_format_that_cannot_be_covered_is_refused():
    with pytest.raises(BadImage, match="format 'webp' is neither JPEG nor PNG"):
        anonymize_message(CompressedImage(format="webp", data=b"RIFF"), [Box(0, 0, 9, 9)], "box")


def test_a_covered_bag_never_has_the_name_of_one_that_is_not(tmp_path):
    bag = tmp_path / "a.bag"
    assert output_of(bag, None, anonymized=True) != output_of(bag, None)
