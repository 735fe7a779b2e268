"""Learning from a robot's bag; needs ROS."""

from pathlib import Path

import cv2
import numpy as np
import pytest

rosbag = pytest.importorskip("rosbag", reason="ROS is not sourced")
torch = pytest.importorskip("torch")
import genpy
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.ros.bags.extract import extract_images
from lightweight_openpose.ros.messages.images import bgr_to_image
from lightweight_openpose.training.adaptation import Agreement, unpacked

COUNT = 8


@pytest.fixture()
def bag(tmp_path, astronaut):
    path = tmp_path / "night.bag"
    with rosbag.Bag(str(path), "w") as out:
        for i in range(COUNT):
            header = Header(stamp=genpy.Time(100 + i))
            out.write(
                "/camera/image_raw",
                bgr_to_image(np.roll(astronaut, 4 * i, 1), header),
                header.stamp,
            )
            depth = Image(header, 400, 400, "16UC1", 0, 800, bytes(400 * 800))
            out.write("/camera/depth/image_raw", depth, header.stamp)
        out.write(
            "/camera/image_raw",
            Image(header=header, height=4, width=4, encoding="bgr8", step=12, data=b"short"),
            header.stamp,
        )
    return path


@pytest.fixture()
def astronaut():
    image = cv2.imread(str(Path(__file__).parents[2] / "doc" / "own_model.jpg"))
    return np.ascontiguousarray(image[:400, :400])


def test_two_bags_of_one_name_are_refused(bag, tmp_path):
    other = tmp_path / "other" / bag.name
    other.parent.mkdir()
    other.write_bytes(bag.read_bytes())
    with pytest.raises(ValueError, match="2 bags are named night.bag.*give them other names"):
        unpacked([str(bag), str(other)], tmp_path / "out", 0.25)


def test_the_end_of_a_bag_is_held_back_and_what_is_damaged_left_out(
    bag, tmp_path, astronaut, capsys
):
    learn, held = extract_images(bag, tmp_path / "out", 0.33)
    assert [p.name for p in sorted(learn.iterdir())] == [f"{i:06}.jpg" for i in range(6)]
    assert [p.name for p in sorted(held.iterdir())] == ["000006.jpg", "000007.jpg"]
    assert "1 of 9 images are damaged" in capsys.readouterr().out
    written = cv2.imread(str(held / "000006.jpg")).astype(int)
    assert np.abs(written - np.roll(astronaut, 24, 1)).mean() < 4
    bag.unlink()
    # a run goes on without the bag
    assert extract_images(bag, tmp_path / "out", 0.33) == (learn, held)


def test_shares_and_bags_that_cannot_be(bag, tmp_path):
    with pytest.raises(ValueError, match="between 0 and 0.9, not 1.5"):
        extract_images(bag, tmp_path / "out", 1.5)
    (tmp_path / "no.bag").write_bytes(b"no bag")
    with pytest.raises(ValueError, match="no.bag cannot be read as a bag"):
        extract_images(tmp_path / "no.bag", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_teacher_agrees_with_itself_and_not_with_one_who_sees_nobody(tmp_path, astronaut):
    pytest.importorskip("pycocotools")
    cv2.imwrite(str(tmp_path / "a.jpg"), astronaut)
    teacher = PoseEstimator.load("own", input_height=256)
    agreement = Agreement(teacher, [tmp_path / "a.jpg"])
    assert agreement(teacher) == pytest.approx(1)
    assert agreement(lambda image: []) == 0
    cv2.imwrite(str(tmp_path / "b.jpg"), np.zeros_like(astronaut))
    with pytest.raises(ValueError, match="finds nobody"):
        Agreement(teacher, [tmp_path / "b.jpg"])


def test_distilling_from_a_bag_says_how_far_student_and_teacher_agree(bag, tmp_path, capsys):
    pytest.importorskip("pycocotools")
    command = [
        "distill",
        "--teacher",
        "own",
        "--images",
        str(bag),
        "--config",
        str(Path(__file__).parents[2] / "config" / "adapt.yaml"),
        "--hold-back",
        "0.3",
        "--output",
        str(tmp_path / "run"),
        "--set",
        "batch=2",
        "--set",
        "workers=0",
        "--set",
        "augmentation.size=128",
        "--set",
        "device=cpu",
        "--set",
        "val_height=256",
        "--set",
        "steps=[{name: adapted, init: own, epochs: 1}]",
    ]
    assert main(command) == 0
    out = capsys.readouterr().out
    before, after = (
        float(line.split("AP ")[1].split()[0]) for line in out.splitlines() if "agreement" in line
    )
    assert before > 0.8 and after > 0.5  # the student begins at the teacher's own weights
    assert (tmp_path / "run" / "adapted" / "checkpoint_iter_3.pth").is_file()
