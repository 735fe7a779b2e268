"""Damaged bags: one line each, and the next bag is done. Needs ROS."""

import bz2
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

rosbag = pytest.importorskip("rosbag", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
import genpy
from bag_files import of
from std_msgs.msg import Header, String
from test_anonymize_bags import Knows

from lightweight_openpose.cli.bag import process
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.ros.bags import rosbag_patch
from lightweight_openpose.ros.bags.job import BagJob
from lightweight_openpose.ros.bags.process import process_bag
from lightweight_openpose.ros.bags.reading import open_bag
from lightweight_openpose.ros.messages.images import bgr_to_image


def write(path, compression="none"):
    with rosbag.Bag(str(path), "w", compression=compression) as bag:
        for number in range(3):
            stamp = genpy.Time(100, number)
            image = np.zeros((24, 20, 3), np.uint8)
            bag.write("/eye/image_raw", bgr_to_image(image, Header(stamp=stamp)), stamp)
            bag.write("/words", String("go"), stamp)
    return path


def field(name, value):
    return struct.pack("<I", len(name) + 1 + len(value)) + name + b"=" + value


def harm_no_text(data):
    return data.replace(b"type=std_msgs/String", b"type=\xff\xfe\xfd\xfc" + b"x" * 11)


def harm_no_type(data):
    return data.replace(b"type=", b"tipe=")


def harm_no_topic(data):
    return data.replace(b"topic=/words", b"topik=/words")


def harm_connections(data):
    return data.replace(
        field(b"conn_count", struct.pack("<I", 2)),
        field(b"conn_count", struct.pack("<I", 2**32 - 1)),
    )


def harm_chunks(data):
    return data.replace(
        field(b"chunk_count", struct.pack("<I", 1)),
        field(b"chunk_count", struct.pack("<I", 2**32 - 1)),
    )


def harm_index(data):
    """A message lies behind the end of its chunk."""
    at = data.index(struct.pack("<II", 100, 0), data.index(field(b"op", b"\4"))) + 8
    return data[:at] + struct.pack("<I", 2**30) + data[at + 4 :]


def harm_place(data):
    """The chunk is said to lie where there is none."""
    at = data.rindex(b"chunk_pos=") + len(b"chunk_pos=")
    return data[:at] + struct.pack("<Q", 2**40) + data[at + 8 :]


def harm_image(data):
    """An image says that it has less bytes than its size takes."""
    size = struct.pack("<I", 24 * 60)
    at = data.index(size + bytes(24 * 60))
    return data[:at] + struct.pack("<I", 100) + data[at + 4 :]


def harm_nothing(data):
    return b""


def harm_cut(data):
    return data[:-100]


def harm_version(data):
    return data.replace(b"#ROSBAG V2.0", b"#ROSBAG V9.9")


HARMS = [value for name, value in sorted(globals().items()) if name.startswith("harm_")]


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("options", [[], ["--anonymize", "box"], ["--workers", "2"]])
def test_a_damaged_bag_is_one_line_and_the_next_is_done(
    tmp_path, monkeypatch, capfd, harm, options
):
    monkeypatch.setattr(PoseEstimator, "load", classmethod(lambda cls, **_: Knows({0: []})))
    whole = write(tmp_path / "whole.bag")
    bad = tmp_path / "bad.bag"
    bad.write_bytes(harm(whole.read_bytes()))
    assert bad.read_bytes() != whole.read_bytes()
    code = main(["bag", str(bad), str(whole), *options, "--output", str(tmp_path / "out")])
    said = capfd.readouterr()
    lines = [line for line in said.err.splitlines() if "pose bag: " in line]
    assert "Traceback" not in said.err
    assert len(list((tmp_path / "out").glob("whole_*.bag"))) == 1
    if harm is harm_image:
        assert code == 0 and "3 images, 1 of them bad" in said.out
    else:
        assert code == 1 and len(lines) == 1 and "bad.bag" in lines[0]
        assert not list((tmp_path / "out").glob("bad_*"))


def test_a_worker_answers_with_the_error(tmp_path, monkeypatch):
    """Exceptions of the bag library cannot be pickled with what led to them, as Dask does."""
    monkeypatch.setattr(PoseEstimator, "load", classmethod(lambda cls, **_: Knows({0: []})))
    bad = tmp_path / "bad.bag"
    bad.write_bytes(harm_version(write(tmp_path / "a.bag").read_bytes()))
    report = process(BagJob(bad, tmp_path / "b.bag", {}))
    assert report.error == f"{bad} cannot be read as a bag: unknown bag version 909"
    assert (report.bag, report.output) == (bad, tmp_path / "b.bag")


def test_a_bag_that_is_not_there_is_said_plainly(tmp_path, capfd):
    path = tmp_path / "nowhere.bag"
    assert main(["tracks", str(path)]) == 1
    fault = f"{path} cannot be read as a bag: No such file or directory"
    assert capfd.readouterr().err == f"pose tracks: {fault}\n"


def test_whatever_a_bag_raises_is_its_line_alone(tmp_path, monkeypatch, capfd):
    class Broken:
        def __init__(self):
            raise KeyError("of the library")

    monkeypatch.setattr(PoseEstimator, "load", classmethod(lambda cls, **_: Knows({0: []})))
    monkeypatch.setattr("lightweight_openpose.ros.bags.process.Journal", lambda *_: Broken())
    bags = [str(write(tmp_path / name)) for name in ("a.bag", "b.bag")]
    assert main(["bag", *bags]) == 1
    lines = [line for line in capfd.readouterr().err.splitlines() if "pose bag: " in line]
    fault = "KeyError 'of the library'"
    assert lines == [f"pose bag: {path}: {fault}" for path in bags]


@pytest.mark.parametrize("compression", ["bz2", "lz4"])
def test_a_chunk_that_unpacks_to_too_much_is_told(tmp_path, monkeypatch, compression):
    source = write(tmp_path / "a.bag", compression)
    monkeypatch.setattr(rosbag_patch, "MAX_CHUNK", 3000)
    with open_bag(source) as bag, pytest.raises(ValueError, match="damaged .a chunk of more than"):
        list(bag.records())


def test_a_chunk_is_not_unpacked_any_further_than_it_may(monkeypatch):
    monkeypatch.setattr(rosbag_patch, "MAX_CHUNK", 1 << 20)
    with pytest.raises(rosbag_patch.ChunkTooLarge):
        rosbag_patch._unpack_bz2(bz2.compress(bytes(rosbag_patch.MAX_CHUNK + 10)))
    with pytest.raises(EOFError, match="cut off"):
        rosbag_patch._unpack_bz2(bz2.compress(b"some text")[:-4])
    assert rosbag_patch._unpack_bz2(bz2.compress(b"some text")) == b"some text"


def test_an_index_that_names_a_message_again_and_again_is_told(tmp_path):
    """A hundred words of the index are the one image."""
    source = tmp_path / "a.bag"
    with rosbag.Bag(str(source), "w") as bag:
        image = bgr_to_image(np.zeros((24, 20, 3), np.uint8), Header(stamp=genpy.Time(100)))
        bag.write("/eye/image_raw", image, genpy.Time(100))
        for number in range(100):
            bag.write("/words", String("go"), genpy.Time(101, number))
    data = source.read_bytes()
    index = data.index(field(b"op", b"\4"))
    at = data.index(struct.pack("<II", 100, 0), index)
    offset = data[at + 8 : at + 12]
    for number in range(100):
        at = data.index(struct.pack("<II", 101, number), index) + 8
        data = data[:at] + offset + data[at + 4 :]
    source.write_bytes(data)
    with open_bag(source) as bag, pytest.raises(ValueError, match="names messages again and again"):
        list(bag.records())


def test_a_large_message_passes(tmp_path):
    with rosbag.Bag(str(tmp_path / "a.bag"), "w") as bag:
        image = bgr_to_image(np.zeros((1200, 1600, 3), np.uint8), Header(stamp=genpy.Time(1)))
        bag.write("/eye/image_raw", image, genpy.Time(1))
    assert (
        process_bag(BagJob(tmp_path / "a.bag", tmp_path / "b.bag", {}), Knows({0: []})).images == 1
    )
    with open_bag(tmp_path / "b.bag") as bag:
        (record,) = bag.records(["/eye/image_raw"])
    assert record.data == of(image, "/eye/image_raw")[4]


def test_fuzzed_bags(tmp_path):
    """The short form of test/campaign/fuzz_bags.py, in processes of its own."""
    script = Path(__file__).resolve().parents[3] / "test" / "campaign" / "fuzz_bags.py"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), "--trials", "2"],
        cwd=str(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0 and "16 bags, 0 unexpected" in done.stdout, done.stdout
