"""`--anonymize`: heads are covered in what is written, and nothing else changes."""

import json

import cv2
import numpy as np
import pytest

from lightweight_openpose.backends.choice import installed
from lightweight_openpose.cli.program import main
from lightweight_openpose.display.head_boxes import FACE
from lightweight_openpose.poses.skeleton import COCO18

pytestmark = pytest.mark.skipif(
    not (installed("openvino") or installed("onnxruntime")), reason="no runtime"
)


def faces(document):
    """Regions of the faces of which several joints were found."""
    for pose in document["poses"]:
        joints = [pose["keypoints"][COCO18.index(name)] for name in FACE]
        found = np.array([joint[:2] for joint in joints if joint], int)
        if len(found) > 2 and np.ptp(found[:, 0]) > 8:
            (left, top), (right, bottom) = found.min(0), found.max(0)
            yield np.s_[top - 8 : bottom + 8, left:right]


@pytest.mark.parametrize("how", ["blur", "box"])
def test_photographs_leave_with_heads_covered_and_the_same_poses(shared, tmp_path, how):
    names = [f"COCO_val2014_000000000{n}" for n in (241, 328)]
    call = ["image", *(str(shared / "footage" / f"{name}.jpg") for name in names), "--output"]
    assert main([*call, str(tmp_path / "plain")]) == 0
    assert main([*call, str(tmp_path / "covered"), "--anonymize", how]) == 0
    heads = 0
    for name in names:
        texts = [(tmp_path / kind / f"{name}.json").read_text() for kind in ("plain", "covered")]
        assert texts[0] == texts[1]
        plain, anonymized = (
            cv2.imread(str(tmp_path / kind / f"{name}.png")).astype(float)
            for kind in ("plain", "covered")
        )
        for face in faces(json.loads(texts[0])):
            heads += 1
            assert detail(anonymized[face]) < 0.6 * detail(plain[face])
    assert heads >= 3


def detail(part):
    """How much is left that is finer than a few pixels; the drawn joints are in both."""
    return np.median(np.abs(np.diff(part, axis=0)))


def test_a_video_leaves_with_heads_covered_and_the_same_lines(shared, tmp_path):
    clip = str(shared / "footage" / "video.avi")
    for name, how in (("plain", "off"), ("covered", "box")):
        call = ["video", clip, "--output", str(tmp_path / f"{name}.mp4"), "--max-frames", "3"]
        assert main([*call, "--anonymize", how]) == 0
    lines = [(tmp_path / f"{name}.jsonl").read_text() for name in ("plain", "covered")]
    assert lines[0] == lines[1]
    frames = []
    for name in ("plain", "covered"):
        capture = cv2.VideoCapture(str(tmp_path / f"{name}.mp4"))
        frames.append([capture.read()[1] for _ in range(3)])
    for plain, anonymized in zip(*frames):
        grey = np.abs(anonymized.astype(int) - 128).max(2) < 8
        assert 0.002 < (grey & (np.abs(plain.astype(int) - anonymized).max(2) > 30)).mean() < 0.2
