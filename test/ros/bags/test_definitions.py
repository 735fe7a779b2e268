"""Nothing that a bag says is run: its definitions, names and types are bytes. Needs ROS."""

import sys

import numpy as np
import pytest

rosbag = pytest.importorskip("rosbag", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
import genpy
import genpy.dynamic
from bag_files import of, typed
from lightweight_openpose.msg import HumanPose, HumanPoseArray, Keypoint
from std_msgs.msg import Header
from test_anonymize_bags import Knows

from lightweight_openpose.cli.program import main
from lightweight_openpose.ros.bags.job import BagJob
from lightweight_openpose.ros.bags.process import process_bag
from lightweight_openpose.ros.bags.read_poses import read_frames
from lightweight_openpose.ros.bags.reading import open_bag
from lightweight_openpose.ros.messages.images import bgr_to_image

IMAGE = bgr_to_image(np.zeros((24, 20, 3), np.uint8), Header(stamp=genpy.Time(100)))
UNKNOWN = ("/x", "nobody_msgs/Thing", "0" * 32, "uint8[] data\nstring name", b"\1\0\0\0\7\0\0\0\0")


@pytest.mark.parametrize("how", ["off", "box"])
def test_no_module_is_made_of_a_definition(tmp_path, monkeypatch, how):
    """As rosbag does, which this test would see."""
    made = []

    def generate(datatype, definition):
        made.append(definition)
        return {datatype: type("Kind", (), {"_md5sum": UNKNOWN[2]})}

    monkeypatch.setattr(genpy.dynamic, "generate_dynamic", generate)
    monkeypatch.setattr(rosbag.bag, "_message_types", {})
    poses = of(HumanPoseArray(), "/poses")
    given = [of(IMAGE, "/eye/image_raw"), UNKNOWN, poses, (*poses[:2], "3" * 32, *poses[3:])]
    source = typed(tmp_path / "a.bag", given)
    process_bag(BagJob(source, tmp_path / "b.bag", {}, anonymize=how), Knows({0: []}))
    list(read_frames(tmp_path / "b.bag"))
    assert made == []
    with rosbag.Bag(str(source)) as bag:
        list(bag.read_messages("/x", raw=True))
    assert made == [UNKNOWN[3]]


@pytest.mark.parametrize("how", ["off", "box"])
def test_no_module_is_imported_by_the_name_of_a_type(tmp_path, how):
    """genpy imports the package of a type, whatever the name."""
    named = ("/x", "this/Thing", *UNKNOWN[2:])
    source = typed(tmp_path / "a.bag", [of(IMAGE, "/eye/image_raw"), named])
    sys.modules.pop("this", None)
    process_bag(BagJob(source, tmp_path / "b.bag", {}, anonymize=how), Knows({0: []}))
    assert "this" not in sys.modules


def test_rosbag_for_others_stays_as_it_is():
    open_bag  # is imported
    assert rosbag.bag.bz2.__name__ == "bz2" and hasattr(rosbag.bag.roslz4, "__file__")
    assert rosbag.bag._get_message_type.__module__ == "rosbag.bag"


def test_unknown_types_are_copied_with_all_that_was_said_of_them(tmp_path):
    """Also two types on one topic, and two publishers of it."""
    other = ("/x", "nobody_msgs/Other", "1" * 32, "float64 y", bytes(8))
    given = [of(IMAGE, "/eye/image_raw"), UNKNOWN, other, UNKNOWN, other]
    source = typed(tmp_path / "a.bag", given, callerids=("/p", "/q", "/r"))
    process_bag(BagJob(source, tmp_path / "b.bag", {}), Knows({0: []}))
    with open_bag(source) as before, open_bag(tmp_path / "b.bag") as after:
        was = list(before.records())
        now = [record for record in after.records() if record.topic != "/eye/image_raw/poses"]
    assert now == was
    assert {r.header["callerid"] for r in now if r.topic == "/x"} == {b"/p", b"/q", b"/r"}
    assert all(record.header["latching"] == b"1" for record in now)


def test_an_image_of_another_definition_is_no_image(tmp_path):
    topic, kind, _, text, data = of(IMAGE, "/eye/image_raw")
    source = typed(tmp_path / "a.bag", [(topic, kind, "2" * 32, text + "\nuint8 more", data)])
    with pytest.raises(ValueError, match="another definition of sensor_msgs/Image"):
        process_bag(BagJob(source, tmp_path / "b.bag", {}), Knows({0: []}))


def test_poses_of_another_version_name_the_remedy(tmp_path):
    topic, kind, _, text, data = of(HumanPoseArray(), "/eye/image_raw/poses")
    source = typed(tmp_path / "a.bag", [(topic, kind, "2" * 32, text, data)])
    with pytest.raises(ValueError, match=f"another version: `rosbag fix {source} NEW.bag`"):
        list(read_frames(source))


def test_a_damaged_message_of_poses_is_left_out(tmp_path, capsys):
    whole = of(HumanPoseArray(width=4, height=3), "/poses")
    source = typed(tmp_path / "a.bag", [whole, (*whole[:4], whole[4][:-3]), whole])
    assert [frame.width for frame in read_frames(source)] == [4, 4]
    assert "damaged messages of poses: 1, left out" in capsys.readouterr().err


def test_a_foreign_topic_where_poses_go_is_kept(tmp_path):
    foreign = ("/eye/image_raw/poses", *UNKNOWN[1:])
    source = typed(tmp_path / "a.bag", [of(IMAGE, "/eye/image_raw"), foreign])
    process_bag(BagJob(source, tmp_path / "b.bag", {}), Knows({0: []}))
    with open_bag(tmp_path / "b.bag") as bag:
        assert bag.topics["/eye/image_raw/poses"].datatype == "nobody_msgs/Thing"
        assert bag.topics["/eye/image_raw/human_poses"].datatype == HumanPoseArray._type
    process_bag(BagJob(tmp_path / "b.bag", tmp_path / "c.bag", {}), Knows({0: []}))
    with open_bag(tmp_path / "c.bag") as bag:
        assert bag.count(["/eye/image_raw/human_poses"]) == 1 and len(bag.topics) == 3


def test_plot_reads_a_bag_with_unknown_types(tmp_path):
    source = typed(tmp_path / "a.bag", [UNKNOWN, of(HumanPoseArray(width=4, height=3), "/poses")])
    assert len(list(read_frames(source))) == 1


def test_tracks_are_read_from_a_bag_as_from_lines(tmp_path, capsys):
    messages = []
    for second in range(12):
        keypoints = [Keypoint(x=20.0 + k, y=30.0 + 2 * k, score=0.9) for k in range(18)]
        pose = HumanPose(track_id=4, score=0.9, num_keypoints=18, keypoints=keypoints)
        msg = HumanPoseArray(width=640, height=480, skeleton="coco18", poses=[pose])
        msg.header.stamp.secs = second + 1
        messages.append(of(msg, "/poses"))
    source = typed(tmp_path / "a.bag", messages)
    assert main(["tracks", str(source)]) == 0
    assert "1 ids of 10 frames or more, 0 shorter" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["plot", "tracks"])
def test_the_program_names_what_a_bag_lacks(command, tmp_path, capsys):
    source = typed(tmp_path / "a.bag", [UNKNOWN])
    assert main([command, str(source)]) == 1
    assert "has no poses" in capsys.readouterr().err
