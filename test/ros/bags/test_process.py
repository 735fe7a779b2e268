"""Bags with images to bags with poses; needs ROS."""

import csv
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

rosbag = pytest.importorskip("rosbag", reason="ROS is not sourced")
import genpy
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header, String

from lightweight_openpose.cli import bag as command
from lightweight_openpose.cli.bag_cluster import on_cluster
from lightweight_openpose.cli.bag_report import in_words
from lightweight_openpose.cli.program import main
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.ros.bags.job import BagJob
from lightweight_openpose.ros.bags.process import process_bag
from lightweight_openpose.ros.bags.topics import choose_topics
from lightweight_openpose.ros.messages.images import bgr_to_image

sys.path.append(str(Path(__file__).resolve().parents[2]))  # of who imports this file elsewhere
from people import InHalves

FRAMES = 12
SETTINGS = {"model": "none"}


class Spot(InHalves):
    """Stands for a PoseEstimator: one person on the brightest pixel."""

    skeleton = COCO18
    model = "spot"

    def __init__(self, fail_at=None):
        self.calls, self.fail_at = 0, fail_at

    def __call__(self, image):
        if self.calls == self.fail_at:
            raise MemoryError
        self.calls += 1
        y, x = np.unravel_index(np.argmax(image[..., 0]), image.shape[:2])
        angle = np.arange(18)
        xy = np.column_stack([x + 10 * np.cos(angle), y + 20 * np.sin(angle), np.full(18, 0.7)])
        return [Pose(xy.astype(np.float32), 0.6)]


def frame(i):
    image = np.full((60, 80, 3), 30, np.uint8)
    image[20 + i, 30 + i] = 255
    return image


def write(path, compressed=False, broken=()):
    with rosbag.Bag(str(path), "w") as bag:
        for i in range(FRAMES):
            time = genpy.Time(100, i * 10**8)
            header = Header(stamp=time - genpy.Duration(0, 10**7), frame_id="eye")
            msg = bgr_to_image(frame(i), header)
            if compressed:
                msg = CompressedImage(
                    header=header, format="png", data=cv2.imencode(".png", frame(i))[1].tobytes()
                )
            if i in broken:
                msg.data = msg.data[:10]
            bag.write("/eye/image" + ("/compressed" if compressed else ""), msg, time)
            bag.write("/chatter", String(f"message {i}"), time)
            bag.write(
                "/eye/depth", Image(height=1, width=1, encoding="16UC1", step=2, data=b"12"), time
            )
    return path


def contents(path):
    """(topic, time, message as text) of a bag."""
    with rosbag.Bag(str(path)) as bag:
        return [(topic, time.to_nsec(), str(msg)) for topic, msg, time in bag.read_messages()]


@pytest.mark.parametrize("compressed", [False, True])
def test_everything_is_copied_and_poses_stand_beside_their_images(tmp_path, compressed):
    source, output = write(tmp_path / "a.bag", compressed), tmp_path / "out" / "a_poses.bag"
    seen = []
    result = process_bag(BagJob(source, output, SETTINGS), Spot(), on_image=lambda: seen.append(1))
    assert (result.images, result.bad, len(seen)) == (FRAMES, 0, FRAMES)
    got = contents(output)
    assert sorted(r for r in got if not r[0].endswith("/poses")) == sorted(contents(source))
    with rosbag.Bag(str(output)) as bag:
        poses = [(msg, time) for _, msg, time in bag.read_messages("/eye/image/poses")]
    assert len(poses) == FRAMES
    for i, (msg, time) in enumerate(poses):
        assert time == genpy.Time(100, i * 10**8)
        assert (msg.header.stamp, msg.header.frame_id) == (time - genpy.Duration(0, 10**7), "eye")
        assert (msg.height, msg.width, msg.model, len(msg.poses)) == (60, 80, "spot", 1)
    assert [msg.poses[0].track_id for msg, _ in poses] == [-1] + [0] * (FRAMES - 1)
    assert [p.name for p in output.parent.iterdir()] == [output.name]


def test_poses_of_an_earlier_run_are_replaced(tmp_path):
    process_bag(BagJob(write(tmp_path / "a.bag"), tmp_path / "b.bag", SETTINGS), Spot())
    process_bag(BagJob(tmp_path / "b.bag", tmp_path / "c.bag", SETTINGS), Spot())
    assert contents(tmp_path / "c.bag") == contents(tmp_path / "b.bag")


@pytest.mark.parametrize("cut", [0, 5])
def test_a_run_that_died_goes_on_to_the_same_result(tmp_path, cut):
    source = write(tmp_path / "a.bag")
    process_bag(BagJob(source, tmp_path / "whole.bag", SETTINGS), Spot())
    output = tmp_path / "resumed.bag"
    with pytest.raises(MemoryError):
        process_bag(BagJob(source, output, SETTINGS), Spot(fail_at=7))
    assert not output.exists()
    journal = output.with_suffix(".journal")
    if cut:  # it was killed while it wrote
        journal.write_bytes(journal.read_bytes()[:-cut])
    spot = Spot()
    process_bag(BagJob(source, output, SETTINGS), spot)
    assert spot.calls == FRAMES - 7 + bool(cut)
    assert contents(output) == contents(tmp_path / "whole.bag")
    again = Spot()
    assert process_bag(BagJob(source, output, SETTINGS), again).skipped and again.calls == 0


def test_other_settings_do_not_go_on_with_an_old_journal(tmp_path):
    source = write(tmp_path / "a.bag")
    with pytest.raises(MemoryError):
        process_bag(BagJob(source, tmp_path / "b.bag", SETTINGS), Spot(fail_at=3))
    with pytest.raises(ValueError, match="other settings.*delete it"):
        process_bag(BagJob(source, tmp_path / "b.bag", {"model": "another"}), Spot())


def test_bad_images_are_counted_and_the_others_done(tmp_path):
    source = write(tmp_path / "a.bag", broken=(2, 5))
    result = process_bag(BagJob(source, tmp_path / "b.bag", SETTINGS), Spot())
    assert (result.images, result.bad) == (FRAMES, 2)
    assert (
        sum(topic == "/eye/image/poses" for topic, *_ in contents(tmp_path / "b.bag")) == FRAMES - 2
    )


def test_topics(tmp_path):
    source = write(tmp_path / "a.bag")
    assert choose_topics(source).posed == ["/eye/image"]
    assert choose_topics(source, ["/eye/depth"]).posed == ["/eye/depth"]
    with pytest.raises(ValueError, match="no images on /nose; it has /eye/depth, /eye/image"):
        choose_topics(source, ["/nose"])


def test_bags_that_are_none(tmp_path):
    bad = tmp_path / "bad.bag"
    bad.write_bytes(b"no bag at all")
    with pytest.raises(ValueError, match="bad.bag cannot be read"):
        choose_topics(bad)
    whole = write(tmp_path / "a.bag").read_bytes()
    bad.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="bad.bag"):
        choose_topics(bad)


def test_tables(tmp_path):
    source = write(tmp_path / "a.bag")
    pyarrow = pytest.importorskip("pyarrow.parquet")
    process_bag(BagJob(source, tmp_path / "b.bag", SETTINGS, tables=("csv", "parquet")), Spot())
    with open(str(tmp_path / "b.csv"), newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert (
        len(rows) == FRAMES
        and rows[3]["topic"] == "/eye/image/poses"
        and rows[3]["track_id"] == "0"
    )
    assert float(rows[0]["nose_x"]) == pytest.approx(40, abs=0.01) and float(
        rows[0]["stamp"]
    ) == pytest.approx(99.99)
    table = pyarrow.read_table(str(tmp_path / "b.parquet")).to_pydict()
    assert table["nose_x"] == pytest.approx([float(r["nose_x"]) for r in rows])


class SpotWithHand(Spot):
    """The same; in every other image with a right hand of which the wrist was found."""

    def __call__(self, image):
        (pose,) = super().__call__(image)
        if self.calls % 2:
            return [pose]
        hand = missing_keypoints(21)
        hand[0] = (12.5, 7.25, 0.5)
        return [Pose(pose.keypoints, pose.score, right_hand=hand)]


def test_hands_are_in_the_tables_and_empty_where_there_are_none(tmp_path):
    source = write(tmp_path / "a.bag")
    pyarrow = pytest.importorskip("pyarrow.parquet")
    for name, spot in (("hands", SpotWithHand()), ("none", Spot())):
        output = tmp_path / f"{name}.bag"
        process_bag(BagJob(source, output, SETTINGS, tables=("csv", "parquet")), spot)
    with open(str(tmp_path / "hands.csv"), newline="") as stream:
        without, with_hand, *_ = csv.DictReader(stream)
    assert {without[k] for k in without if k.startswith(("left_hand", "right_hand"))} == {""}
    cells = [with_hand[f"right_hand_wrist_{part}"] for part in ("x", "y", "score")]
    assert list(map(float, cells)) == [12.5, 7.25, 0.5]
    assert (with_hand["right_hand_little_4_x"], with_hand["left_hand_wrist_x"]) == ("nan", "")
    table = pyarrow.read_table(str(tmp_path / "hands.parquet"))
    assert table["right_hand_wrist_x"].to_pylist() == [None, 12.5] * (FRAMES // 2)
    assert table["left_hand_wrist_x"].to_pylist() == [None] * FRAMES
    assert table.schema.equals(pyarrow.read_table(str(tmp_path / "none.parquet")).schema)
    with open(str(tmp_path / "none.csv"), newline="") as stream:
        assert list(next(csv.reader(stream))) == table.column_names


def test_tables_of_another_skeleton_have_its_joints_alone_and_a_file_of_their_own(tmp_path):
    source, output = write(tmp_path / "a.bag"), tmp_path / "b.bag"
    pyarrow = pytest.importorskip("pyarrow.parquet")
    whole = find_skeleton("body_hands")
    process_bag(BagJob(source, output, SETTINGS, tables=("csv",)), SpotWithHand())
    result = process_bag(
        BagJob(source, output, SETTINGS, tables=("csv", "parquet"), table_skeleton=whole),
        SpotWithHand(),
    )
    paths = [tmp_path / f"b.body_hands.{kind}" for kind in ("csv", "parquet")]
    assert (result.skipped, result.tables) == (True, paths)
    with open(str(tmp_path / "b.csv"), newline="") as stream:
        plain = list(csv.DictReader(stream))
    with open(str(paths[0]), newline="") as stream:
        rows = list(csv.DictReader(stream))
    joints = [f"{name}_{part}" for name in whole.keypoints for part in ("x", "y", "score")]
    assert len(rows) == FRAMES and list(rows[0])[6:] == joints and len(joints) == 180
    assert [{name: row[name] for name in rows[0]} for row in plain] == rows
    table = pyarrow.read_table(str(paths[1]))
    assert table.column_names == list(rows[0])
    assert table["right_hand_wrist_x"].to_pylist() == [None, 12.5] * (FRAMES // 2)
    assert {str(table.schema.field(name).type) for name in joints} == {"double"}


def test_tables_of_a_skeleton_without_its_joints_are_refused(tmp_path):
    with pytest.raises(ValueError, match="submarine has no joint of skeleton coco18"):
        process_bag(
            BagJob(
                write(tmp_path / "a.bag"),
                tmp_path / "b.bag",
                SETTINGS,
                tables=("csv",),
                table_skeleton=find_skeleton("submarine"),
            ),
            Spot(),
        )
    assert not (tmp_path / "b.bag").exists()


@pytest.mark.parametrize(
    "options, said",
    [
        (["--output-skeleton", "body_hands"], "goes with --csv or --parquet"),
        (["--csv", "--output-skeleton", "whale"], "no skeleton named 'whale'"),
    ],
)
def test_an_output_skeleton_that_cannot_be_is_one_line(options, said, tmp_path, capsys):
    assert main(["bag", str(write(tmp_path / "a.bag")), *options]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


class SpotWithFace(Spot):
    """The same, with a face in every second picture."""

    def __call__(self, image):
        (pose,) = super().__call__(image)
        if self.calls % 2:
            return [pose]
        face = missing_keypoints(32)
        face[0] = (12.5, 7.25, 0.5)
        return [replace(pose, face=face)]


def test_faces_are_in_the_bag_and_its_tables_and_empty_where_there_are_none(tmp_path):
    pyarrow = pytest.importorskip("pyarrow.parquet")
    output = tmp_path / "b.bag"
    tables = ("csv", "parquet")
    process_bag(BagJob(write(tmp_path / "a.bag"), output, SETTINGS, tables=tables), SpotWithFace())
    with rosbag.Bag(str(output)) as bag:
        faces = [msg.poses[0].face for _, msg, _ in bag.read_messages("/eye/image/poses")]
    assert [len(face) for face in faces] == [0, 32] * (FRAMES // 2) and faces[1][0].y == 7.25
    with open(str(tmp_path / "b.csv"), newline="") as stream:
        without, with_face, *_ = csv.DictReader(stream)
    columns = [name for name in without if name.startswith("face_")]
    assert len(columns) == 3 * 32 and {without[name] for name in columns} == {""}
    cells = [with_face[f"face_upper_lip_{part}"] for part in ("x", "y", "score")]
    assert list(map(float, cells)) == [12.5, 7.25, 0.5]
    assert (with_face["face_chin_x"], with_face["face_chin_score"]) == ("nan", "0.0")
    table = pyarrow.read_table(str(tmp_path / "b.parquet"))
    assert table["face_upper_lip_x"].to_pylist() == [None, 12.5] * (FRAMES // 2)


def test_a_bag_that_cannot_be_read_holds_no_other_up(tmp_path, monkeypatch, capsys):
    from lightweight_openpose.estimation.estimator import PoseEstimator

    monkeypatch.setattr(PoseEstimator, "load", classmethod(lambda cls, **_: Spot()))
    (tmp_path / "bad.bag").write_bytes(b"no bag")
    given = [str(tmp_path / "bad.bag"), str(write(tmp_path / "good.bag"))]
    assert main(["bag", *given, "--output", str(tmp_path / "out")]) == 1
    assert "bad.bag cannot be read as a bag" in capsys.readouterr().err
    assert len(list((tmp_path / "out").glob("good*.bag"))) == 1


def test_a_finished_run_gets_the_tables_that_it_lacks(tmp_path):
    source, spot = write(tmp_path / "a.bag"), Spot()
    options = {"tables": ("csv",)}
    process_bag(BagJob(source, tmp_path / "whole.bag", SETTINGS, **options), spot)
    process_bag(BagJob(source, tmp_path / "b.bag", SETTINGS), spot)
    done = (tmp_path / "b.bag").read_bytes()
    calls = spot.calls
    result = process_bag(BagJob(source, tmp_path / "b.bag", SETTINGS, **options), spot)
    assert (tmp_path / "b.csv").read_text() == (tmp_path / "whole.csv").read_text()
    assert result.skipped and result.tables == [tmp_path / "b.csv"]
    assert "b.bag is there already\n  table " in in_words(result)
    assert spot.calls == calls and (tmp_path / "b.bag").read_bytes() == done
    (tmp_path / "b.csv").write_text("mine")
    assert process_bag(BagJob(source, tmp_path / "b.bag", SETTINGS, **options), spot).tables == []
    assert (tmp_path / "b.csv").read_text() == "mine"


DEADLY = """
import os
import sys

def dask_setup(worker):
    sys.path.insert(0, {here!r})
    import test_process
    from lightweight_openpose.estimation import PoseEstimator

    class Deadly(test_process.Spot):
        def __call__(self, image):
            if self.calls == 5 and not os.path.exists({mark!r}):
                open({mark!r}, "w").close()
                os._exit(9)
            return super().__call__(image)

    PoseEstimator.load = classmethod(lambda cls, **_: Deadly())
"""


def jobs(tmp_path, count):
    found = []
    for i in range(count):
        source = write(tmp_path / f"{i}.bag")
        found.append(BagJob(source, tmp_path / f"{i}_poses.bag", SETTINGS))
    return found


def check_outputs(tmp_path, count):
    process_bag(
        BagJob(write(tmp_path / "whole.bag"), tmp_path / "whole_poses.bag", SETTINGS), Spot()
    )
    for i in range(count):
        assert contents(tmp_path / f"{i}_poses.bag") == contents(tmp_path / "whole_poses.bag")


def test_a_process_that_dies_loses_no_bag(tmp_path, monkeypatch):
    from lightweight_openpose.estimation.estimator import PoseEstimator

    mark = tmp_path / "died"

    class Deadly(Spot):
        def __call__(self, image):
            if self.calls == 5 and not mark.exists():
                mark.touch()
                os._exit(9)
            return super().__call__(image)

    monkeypatch.setattr(PoseEstimator, "load", classmethod(lambda cls, **_: Deadly()))
    results = list(command._in_processes(jobs(tmp_path, 3), 2, 3 * FRAMES))
    assert mark.exists() and sorted(r.images for r in results) == [FRAMES] * 3
    check_outputs(tmp_path, 3)


def test_a_cluster_whose_worker_dies_loses_no_bag(tmp_path):
    distributed = pytest.importorskip("distributed")
    setup = tmp_path / "preload.py"
    setup.write_text(DEADLY.format(here=str(Path(__file__).parent), mark=str(tmp_path / "died")))
    address = "tcp://127.0.0.1:18786"
    scheduler = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "distributed.cli.dask_scheduler",
            "--port",
            "18786",
            "--no-dashboard",
            "--host",
            "127.0.0.1",
        ],
        stderr=subprocess.DEVNULL,
    )
    workers = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "distributed.cli.dask_worker",
                address,
                "--nthreads",
                "1",
                "--preload",
                str(setup),
                "--no-dashboard",
            ],
            stderr=subprocess.DEVNULL,
            cwd=str(tmp_path),
        )
        for _ in range(2)
    ]
    try:
        with distributed.Client(address, timeout=30) as client:
            client.wait_for_workers(2, timeout=30)
        given = jobs(tmp_path, 4)
        results = list(on_cluster(command.process, given, address, 3, lambda: command._bar(0)))
    finally:
        for process in [*workers, scheduler]:
            process.terminate()
            process.wait(20)
    assert (tmp_path / "died").exists(), "no worker died"
    assert sorted(r.error or r.images for r in results) == [FRAMES] * 4
    check_outputs(tmp_path, 4)


@pytest.mark.parametrize("listening", [False, True])
def test_no_scheduler(listening, monkeypatch):
    """Nobody is there, or somebody who says nothing."""
    pytest.importorskip("distributed")
    monkeypatch.setattr("lightweight_openpose.cli.bag_cluster.ANSWER", 1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if listening:
            other.listen(5)
        address = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(RuntimeError, match=f"no Dask scheduler answers at {address}"):
            list(on_cluster(command.process, [], address, 3, lambda: command._bar(0)))
