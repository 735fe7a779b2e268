"""The network that is part of the package: complete, enough by itself, and as accurate in INT8 as
in its checkpoint.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from lightweight_openpose.backends.choice import file_for, installed
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.estimation.decoding import DecoderConfig
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.preprocessing import preprocess
from lightweight_openpose.zoo import catalogue as zoo

OWN = "own"
BOTH = pytest.mark.parametrize("name", [OWN, "own-fast"])
WITHOUT_NETWORK = """
import socket, sys
def refuse(*_, **__):
    raise OSError("there is no network")
socket.getaddrinfo = socket.socket.connect = refuse
from lightweight_openpose.cli.program import main
sys.exit(main(sys.argv[1:]))
"""


ONNXRUNTIME_ALONE = (
    """
import importlib.util, sys
find = importlib.util.find_spec

def only_onnxruntime(name, *rest):
    return None if name in ("openvino", "torch") else find(name, *rest)

importlib.util.find_spec = only_onnxruntime
sys.modules["openvino"] = sys.modules["torch"] = None
"""
    + WITHOUT_NETWORK
)


def pose(cache, *arguments, program=WITHOUT_NETWORK):
    """`pose` in a process that reaches no network and knows no folder of models."""
    environment = {k: v for k, v in os.environ.items() if k != zoo.FOLDERS_VARIABLE}
    environment.update(XDG_CACHE_HOME=str(cache), PYTHONPATH=os.pathsep.join(sys.path))
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=environment,
        timeout=120,
        capture_output=True,
        text=True,
    )


def own(backend="openvino", name=OWN):
    entry, main = zoo.resolve(name)
    path = file_for(entry, main, backend)
    return entry, create_backend(path, backend=backend)


@BOTH
def test_all_files_are_in_the_package_and_small(name):
    entry, main = zoo.resolve(name)
    assert main.parent == zoo.share_dir() / "models"
    assert set(zoo.verify(entry, main).values()) == {"verified"}
    assert all(item.size <= 8e6 for item in entry.files)


def test_nothing_else_is_needed(tmp_path):
    """No folder of models, no network: the default is part of the package, nothing is fetched and
    nothing said.
    """
    cv2.imwrite(
        str(tmp_path / "image.png"),
        np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8),
    )
    fetched = pose(tmp_path / "cache", "models", "fetch", "--missing", "default")
    assert fetched.returncode == 0 and not fetched.stderr and f"model {OWN}:" in fetched.stdout, (
        fetched.stderr
    )
    shown = pose(tmp_path / "cache", "image", tmp_path / "image.png", "--output", tmp_path / "out")
    assert shown.returncode == 0 and "instead" not in shown.stderr, shown.stderr
    named = pose(
        tmp_path / "cache",
        "image",
        tmp_path / "image.png",
        "--output",
        tmp_path / "named",
        "--model",
        OWN,
    )
    assert named.returncode == 0 and "instead" not in named.stderr
    other = pose(tmp_path / "cache", "models", "fetch", "human-pose-estimation-0001")
    assert other.returncode == 1 and "there is no network" in other.stderr


def test_onnxruntime_alone_is_enough(tmp_path):
    pytest.importorskip("onnxruntime")
    cv2.imwrite(
        str(tmp_path / "image.png"),
        cv2.imread(str(Path(__file__).parents[1] / "doc" / "own_model.jpg"))[:, :400],
    )
    shown = pose(
        tmp_path / "cache",
        "image",
        tmp_path / "image.png",
        "--output",
        tmp_path / "out",
        program=ONNXRUNTIME_ALONE,
    )
    assert shown.returncode == 0, shown.stderr
    written = json.loads(next((tmp_path / "out").glob("*.json")).read_text())
    assert len(written["poses"]) == 1


@BOTH
@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_int8_gives_the_maps_of_the_checkpoint(shared, backend, name):
    pytest.importorskip("torch")
    if not installed(backend):
        pytest.skip(f"{backend} is not installed")
    entry, rounded = own(backend, name)
    _, exact = own("torch", name)
    off = energy = 0
    for path in sorted((shared / "footage").glob("*.jpg"))[::4]:
        tensor = preprocess(cv2.imread(str(path)), 256, entry.spec)[0]
        for ours, reference in zip(rounded(tensor), exact(tensor)):
            joints = slice(18 if reference.shape[1] == 19 else None)  # not the background
            off += ((ours - reference)[:, joints] ** 2).sum()
            energy += (reference[:, joints] ** 2).sum()
    assert off < 0.015 * energy


@pytest.mark.parametrize("name, least", [(OWN, 0.60), ("own-fast", 0.57)])
def test_it_finds_people_where_they_were_labelled(shared, name, least):
    """AP50 of sixty photographs at height 368 was 0.66 and 0.62 when the weights were made."""
    pytest.importorskip("pycocotools")
    from lightweight_openpose.analysis.coco_ap import coco_ap, coco_of, detect
    from lightweight_openpose.analysis.coco_file import read_coco_file

    labels = coco_of(read_coco_file(shared / "coco_val" / "person_keypoints.json"))
    for number in sorted(labels.imgs)[60:]:
        del labels.imgs[number]
    detections, unreadable = detect(
        PoseEstimator.load(name, input_height=368), labels, shared / "coco_val" / "images"
    )
    assert not unreadable and coco_ap(labels, detections)[0][1] > least  # AP50


def test_heads_of_faces_look_into_the_lens(shared):
    from lightweight_openpose.geometry.camera import Camera
    from lightweight_openpose.geometry.head import solve_head

    estimator = PoseEstimator.load(OWN, input_height=368)
    for number in (24243, 157365, 47819, 357737):  # told by looking at them
        image = cv2.imread(str(shared / "coco_val" / "images" / f"{number:012d}.jpg"))
        heads = [
            solve_head(p.keypoints, Camera.assumed_for(*image.shape[1::-1], 1.05))[0]
            for p in estimator(image)
        ]
        assert any(
            h and abs(np.degrees(h.yaw)) < 30 and abs(np.degrees(h.pitch)) < 30 for h in heads
        ), number


def test_an_estimator_says_which_model_it_runs():
    assert PoseEstimator.load(OWN).model == PoseEstimator.load().model == OWN
    assert PoseEstimator.load(str(zoo.resolve(OWN)[1])).model == OWN


def test_the_least_score_is_that_of_the_model_unless_told_otherwise():
    entries, _ = zoo.read_entries()
    assert PoseEstimator.load(OWN).config == DecoderConfig(min_score=entries[OWN].min_score)
    assert PoseEstimator.load(OWN, config=DecoderConfig(min_score=0.5)).config.min_score == 0.5
    assert all(0.04 <= entry.min_score < 0.1 for entry in entries.values())
