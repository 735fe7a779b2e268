"""Bags of other libraries, damaged ones, and how the new bag is compressed. Needs ROS."""

import numpy as np
import pytest

rosbag = pytest.importorskip("rosbag", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
import genpy
from std_msgs.msg import Header
from test_anonymize_bags import Knows

from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.ros.bags.job import BagJob
from lightweight_openpose.ros.bags.process import process_bag
from lightweight_openpose.ros.bags.reading import open_bag
from lightweight_openpose.ros.bags.topics import choose_topics
from lightweight_openpose.ros.messages.images import bgr_to_image

INDEPENDENT = 0x20  # flag of an LZ4 frame
PRIMES = (2654435761, 2246822519, 3266489917, 668265263, 374761393)


def write(path, compression="none", count=3):
    with rosbag.Bag(str(path), "w", compression=compression) as bag:
        for number in range(count):
            stamp = genpy.Time(100, number)
            image = np.zeros((24, 20, 3), np.uint8)
            bag.write("/eye/image_raw", bgr_to_image(image, Header(stamp=stamp)), stamp)
    return path


@pytest.mark.parametrize("compression", ["none", "bz2", "lz4"])
@pytest.mark.parametrize("how", ["off", "box"])
def test_the_new_bag_is_compressed_as_the_old_one(tmp_path, compression, how):
    source = write(tmp_path / "a.bag", compression)
    process_bag(BagJob(source, tmp_path / "b.bag", {}, anonymize=how), Knows({0: []}))
    with open_bag(tmp_path / "b.bag") as bag:
        assert bag.compression == compression
        assert bag.count(["/eye/image_raw/poses"]) == 3


def checksum(data):
    """xxHash32 of less than four bytes, with which the header of an LZ4 frame ends."""
    value = PRIMES[4] + len(data)
    for byte in data:
        value = (value + byte * PRIMES[4]) & 0xFFFFFFFF
        value = ((value << 11 | value >> 21) * PRIMES[0]) & 0xFFFFFFFF
    for shift, prime in ((15, PRIMES[1]), (13, PRIMES[2])):
        value = ((value ^ value >> shift) * prime) & 0xFFFFFFFF
    return (value ^ value >> 16) >> 8 & 0xFF


COMPRESSOR = rosbag.bag.roslz4.LZ4Compressor


class Linked:
    """Packs as ROS does, in a frame whose header says that its blocks are linked."""

    def __init__(self):
        self._compressor = COMPRESSOR()
        self._data = b""

    def compress(self, data):
        self._data += self._compressor.compress(data)
        return b""

    def flush(self):
        frame = self._data + self._compressor.flush()
        descriptor = bytes([frame[4] & ~INDEPENDENT, frame[5]])
        return frame[:4] + descriptor + bytes([checksum(descriptor)]) + frame[7:]


@pytest.fixture
def linked(tmp_path, monkeypatch):
    """A bag whose chunks the lz4 of ROS refuses."""
    with monkeypatch.context() as patch:
        patch.setattr(rosbag.bag.roslz4, "LZ4Compressor", Linked)
        return write(tmp_path / "linked.bag", "lz4")


def test_a_bag_of_linked_blocks_is_named_with_the_remedy(linked, tmp_path):
    remedy = f"lz4 .*rosbags-convert --src {linked} --dst NEW.bag --compress bz2"
    with pytest.raises(ValueError, match=remedy):
        choose_topics(linked)
    for topics in ([], ["/eye/image_raw"]):
        with pytest.raises(ValueError, match=remedy):
            process_bag(BagJob(linked, tmp_path / "b.bag", {}, topics), Knows({0: []}))
    assert not (tmp_path / "b.bag").exists()


@pytest.mark.parametrize("options", [[], ["--anonymize", "box"], ["--topics", "/eye/image_raw"]])
def test_the_next_bag_goes_on(linked, tmp_path, monkeypatch, capsys, options):
    monkeypatch.setattr(PoseEstimator, "load", classmethod(lambda cls, **_: Knows({0: []})))
    given = [str(linked), str(write(tmp_path / "good.bag"))]
    assert main(["bag", *given, *options, "--output", str(tmp_path / "out")]) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "pose bag: " in line]
    assert len(lines) == 1 and "linked.bag" in lines[0] and "rosbags-convert" in lines[0]
    assert len(list((tmp_path / "out").glob("good_*.bag"))) == 1


def test_a_damaged_chunk_is_named_with_the_bag(tmp_path):
    path = write(tmp_path / "a.bag", "bz2")
    content = path.read_bytes()
    start = content.index(b"BZh")
    path.write_bytes(content[:start] + bytes(40) + content[start + 40 :])
    with pytest.raises(ValueError, match="a.bag is damaged"):
        process_bag(BagJob(path, tmp_path / "b.bag", {}), Knows({0: []}))
