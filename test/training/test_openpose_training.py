"""`pose distill` trains a narrow variant of OpenPose's body network by name, as it does a student."""

import csv
from pathlib import Path

import cv2
import pytest

torch = pytest.importorskip("torch")
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.networks import architecture_of
from lightweight_openpose.networks.checkpoint import load_network
from lightweight_openpose.poses.skeleton import COCO18

PHOTOGRAPHS = Path(__file__).parents[2] / "doc" / "own_model.jpg"


def test_a_narrow_network_of_openpose_learns(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    cv2.imwrite(str(photos / "astronaut.png"), cv2.imread(str(PHOTOGRAPHS))[:300, :300])
    settings = [
        "architecture=openpose-vgg",
        "width=0.125",
        "workers=0",
        "batch=1",
        "device=cpu",
        "learning_rate=2e-2",
        "augmentation.size=64",
        "augmentation.person=[1,1.1]",
        "augmentation.shift=0.1",
        "steps=[{name: narrow, epochs: 30}]",
    ]
    command = ["distill", "--teacher", "own", "--images", str(photos), "--output", str(tmp_path)]
    assert main(command + [part for s in settings for part in ("--set", s)]) == 0
    with open(str(tmp_path / "narrow" / "losses.csv")) as stream:
        losses = [float(row["loss_1"]) for row in csv.DictReader(stream)]
    assert losses[0] > 0.9 > losses[-1], losses
    last = tmp_path / "narrow" / "checkpoint_iter_30.pth"
    network, skeleton = load_network(last)
    assert (architecture_of(network), skeleton) == ("openpose-vgg", COCO18)
    assert PoseEstimator.load(str(last), "torch").skeleton == COCO18


def test_a_width_of_an_architecture_that_has_one(tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "a.png"), cv2.imread(str(PHOTOGRAPHS))[:300, :300])
    command = ["distill", "--teacher", "own", "--images", str(tmp_path), "--output", str(tmp_path)]
    assert main([*command, "--set", "width=0.5", "--set", "workers=0"]) == 1
    assert "student-small has one width" in capsys.readouterr().err
