"""Networks that give whole people: their files are recognised, and their people come out again."""

import inspect

import numpy as np
import pytest

from people import standing

torch = pytest.importorskip("torch")
from lightweight_openpose.backends.contract import BadModel
from lightweight_openpose.backends.layout import layout_of
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.decoding import DecoderConfig
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.multiscale import AveragingEstimator
from lightweight_openpose.estimation.preprocessing import PixelMap
from lightweight_openpose.estimation.single_stage import (
    decode_detections,
    suppress,
)
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.poses.skeleton_map import convert_keypoints

COCO17 = find_skeleton("coco17")
KINDS = ("yolo", "yolo-end", "yolov7", "rtmo")
SIZE = (320, 320)  # [px] of the networks' input
IMAGE = np.full((480, 640, 3), 90, np.uint8)
SCALE = 0.5  # of IMAGE in a network of SIZE
# Channel, and 1 over its most.
RED = {"yolo": (0, 1.0), "yolo-end": (0, 1.0), "yolov7": (0, 1.0), "rtmo": (2, 1 / 255)}


class Detector(torch.nn.Module):
    """Says the same of every image; scores are times the redness of the image where `red`."""

    def __init__(self, kind, people, red=False):
        super().__init__()
        self.kind = kind
        self.red = RED[kind] if red else None
        corners, scores, joints = (torch.tensor(np.array(part)) for part in people)
        centre, size = (corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]
        boxes = torch.cat([centre, size], 1) if kind in ("yolo", "yolov7") else corners
        self.register_buffer("boxes", boxes.float())
        self.register_buffer("scores", scores.float()[:, None])
        self.register_buffer("joints", joints.float())

    def forward(self, image):
        channel, share = self.red or (0, 0.0)
        redness = image[:, channel].mean() * share + (0.0 if self.red else 1.0)
        boxes, scores = self.boxes, self.scores * redness
        flat = self.joints.flatten(1)
        if self.kind == "rtmo":
            return torch.cat([boxes, scores], 1)[None], self.joints[None] + 0 * redness
        if self.kind == "yolo":
            return torch.cat([boxes, scores, flat], 1).T[None]
        if self.kind == "yolov7":
            return torch.cat([boxes, scores / 0.95, torch.full_like(scores, 0.95), flat], 1)[None]
        return torch.cat([boxes, scores, torch.zeros_like(scores), flat], 1)[None]


def export(network, path, dynamic=False):
    legacy = "dynamo" in inspect.signature(torch.onnx.export).parameters
    torch.onnx.export(
        network,
        (torch.zeros(1, 3, *SIZE),),
        str(path),
        input_names=["images"],
        opset_version=13,
        dynamic_axes={"images": {0: "batch", 2: "height", 3: "width"}} if dynamic else None,
        **({"dynamo": False} if legacy else {}),
    )
    return path


def given(poses, scores, scale=SCALE, above=40):
    """Corners, scores and joints in the network of COCO18 poses in px of the image.

    above: [px] in the network's input before the content.
    """
    joints = np.stack([convert_keypoints(pose, COCO18, COCO17) for pose in poses])
    joints[..., :2] = joints[..., :2] * scale + (0, above)
    corners = [np.concatenate([np.nanmin(j[:, :2], 0), np.nanmax(j[:, :2], 0)]) for j in joints]
    return np.stack(corners), np.array(scores), np.nan_to_num(joints)


PEOPLE = [standing(40, 100), standing(300, 80, size=1.5)]


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dynamic", [False, True])
def test_known_people_come_out_again(kind, backend, dynamic, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    above = 0 if kind == "rtmo" else (8 if dynamic else 40)  # YOLO's content lies in the middle
    people = given(PEOPLE, [0.6, 0.9], above=above)
    path = export(Detector(kind, people), tmp_path / "n.onnx", dynamic)
    estimator = PoseEstimator.load(str(path), backend, 240)  # a height for the dynamic one alone
    assert estimator.layout == kind and estimator.skeleton == COCO18
    assert estimator.spec.fixed_size == (None if dynamic else SIZE)
    poses = estimator(IMAGE)
    assert [round(pose.score, 3) for pose in poses] == [0.9, 0.6]
    for pose, expected in zip(poses, reversed(PEOPLE)):
        np.testing.assert_allclose(pose.keypoints[:, 2], 0.8, atol=1e-5)
        others = [i for i, name in enumerate(COCO18.keypoints) if name != "neck"]
        np.testing.assert_allclose(pose.keypoints[others, :2], expected[others, :2], atol=0.01)
        shoulders = [COCO18.index(f"{side}_shoulder") for side in ("left", "right")]
        np.testing.assert_allclose(
            pose.keypoints[1, :2], expected[shoulders, :2].mean(0), atol=0.01
        )


@pytest.mark.parametrize("kind", KINDS)
def test_the_network_sees_the_colors_that_it_was_trained_on(kind, tmp_path):
    """RGB in [0, 1] for YOLO, BGR in [0, 255] for RTMO."""
    detector = Detector(kind, given([standing(40, 60)], [0.8], 1.0, 0), red=True)
    path = export(detector, tmp_path / "n.onnx")
    estimator = PoseEstimator.load(str(path), "onnxruntime")
    image = np.zeros((*SIZE, 3), np.uint8)
    image[..., 2] = 255
    (pose,) = estimator(image)
    assert pose.score == pytest.approx(0.8, abs=1e-3)
    assert estimator(image[..., ::-1].copy()) == []


def test_of_overlapping_boxes_the_best_stays_and_faint_people_and_joints_go(tmp_path):
    people = [standing(40, 100), standing(43, 101), standing(300, 100), standing(420, 100)]
    corners, scores, joints = given(people, [0.7, 0.8, 0.9, 0.1])
    joints[2, COCO17.index("nose"), 2] = 0.4
    path = export(Detector("yolo", (corners, scores, joints)), tmp_path / "n.onnx")
    estimator = PoseEstimator.load(str(path), "onnxruntime")
    assert estimator.model == ""  # a file that models.yaml does not know
    poses = estimator(IMAGE)
    assert [round(pose.score, 3) for pose in poses] == [0.9, 0.8]
    assert np.isnan(poses[0].keypoints[0, :2]).all() and poses[0].num_keypoints == 17
    estimator.config = DecoderConfig(min_score=0.05, max_people=2)
    assert len(estimator(IMAGE)) == 2
    estimator.config = DecoderConfig(min_score=0.95)
    assert estimator(IMAGE) == []


def plain_suppression(corners, scores, min_score, max_overlap):
    """Non-maximum suppression as its definition reads."""
    kept = []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        if scores[i] < min_score:
            continue
        for j in kept:
            low = np.maximum(corners[i, :2], corners[j, :2])
            high = np.minimum(corners[i, 2:], corners[j, 2:])
            common = np.prod(np.maximum(high - low, 0))
            areas = [np.prod(corners[k, 2:] - corners[k, :2]) for k in (i, j)]
            if common / (sum(areas) - common) > max_overlap:
                break
        else:
            kept.append(i)
    return kept


@pytest.mark.parametrize("max_overlap", [0.4, 0.65, 0.7])
@pytest.mark.parametrize("seed", range(5))
def test_suppression_is_that_of_the_definition(seed, max_overlap):
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 60, (200, 2))
    corners = np.concatenate([corner, corner + rng.uniform(40, 80, (200, 2))], 1)
    scores = rng.permutation(200) / 200
    kept = suppress(corners, scores, 0.3, max_overlap).tolist()
    assert kept == plain_suppression(corners, scores, 0.3, max_overlap)
    assert 5 < len(kept) < 100


def test_no_person_at_all(tmp_path):
    assert suppress(np.zeros((0, 4)), np.zeros(0), 0.1, 0.65).tolist() == []
    path = export(Detector("rtmo", given([standing()], [0.01])), tmp_path / "n.onnx")
    assert PoseEstimator.load(str(path), "onnxruntime")(IMAGE) == []


def test_numbers_that_are_none_are_people_and_joints_that_were_not_found():
    corners, scores, joints = given([standing(40, 100), standing(300, 100)], [0.9, 0.8], 1.0, 0)
    joints[0, COCO17.index("left_knee"), 0] = np.nan
    joints[0, COCO17.index("right_knee"), 2] = np.nan
    corners[1, 2] = np.inf
    boxes = np.concatenate([corners, scores[:, None]], 1)
    (pose,) = decode_detections((boxes, joints), "rtmo", COCO18, PixelMap((1.0, 1.0)))
    assert pose.num_keypoints == 16
    for name in ("left_knee", "right_knee"):
        np.testing.assert_array_equal(pose.keypoints[COCO18.index(name)], (np.nan, np.nan, 0))


def test_other_joints_by_the_skeleton_that_is_asked_for(tmp_path):
    path = export(Detector("yolo", given(PEOPLE, [0.6, 0.9])), tmp_path / "n.onnx")
    estimator = PoseEstimator.load(str(path), "onnxruntime", skeleton="body_25")
    pose, _ = estimator(IMAGE)
    assert pose.keypoints.shape == (25, 3) and pose.num_keypoints == 19


@pytest.mark.parametrize(
    "shapes, kind, outputs",
    [
        ([(1, 56, 8400)], "yolo", (0,)),
        ([("batch", 56, "anchors")], "yolo", (0,)),
        ([(1, 300, 57)], "yolo-end", (0,)),
        ([(None, None, 5), (None, None, 17, 3)], "rtmo", (0, 1)),
        ([(1, 40, 17, 3), (1, 40, 5)], "rtmo", (1, 0)),
        ([(1, 19, 32, 32), (1, 38, 32, 32)], "maps", (0, 1)),
        ([(1, 38, 32, 32), (1, 19, 32, 32)], "maps", (1, 0)),
        ([(1, 57, 32, 32)], "maps", (0,)),
        ([(1, 19, 32, 32)], "heatmaps", (0,)),
    ],
)
def test_layouts_by_shape(shapes, kind, outputs):
    layout = layout_of(shapes, COCO18, "n.onnx")
    assert (layout.kind, layout.outputs) == (kind, outputs)


def test_one_output_of_heatmaps_and_pafs_is_split():
    body_25 = find_skeleton("body_25")
    layout = layout_of([(1, 78, "h", "w")], body_25, "n.onnx")
    maps = np.arange(78.0).reshape(1, 78, 1, 1)
    heatmaps, pafs = layout.arrange([maps])
    assert heatmaps.ravel().tolist() == list(range(26))
    assert pafs.ravel().tolist() == list(range(26, 78))


def test_outputs_of_something_else():
    with pytest.raises(BadModel, match="n.onnx has no output with 19 heatmap channels"):
        layout_of([(1, 18, 32, 32), (1, 38, 32, 32)], COCO18, "n.onnx")


def test_a_teacher_needs_maps(tmp_path, capsys):
    path = export(Detector("yolo", given(PEOPLE, [0.6, 0.9])), tmp_path / "n.onnx")
    command = ["distill", "--teacher", str(path), "--images", str(tmp_path)]
    assert main([*command, "--backend", "onnxruntime", "--output", str(tmp_path / "run")]) == 1
    assert "the teacher gives the detections of yolo" in capsys.readouterr().err


def test_several_scales_need_maps(tmp_path):
    path = export(Detector("yolo", given(PEOPLE, [0.6, 0.9])), tmp_path / "n.onnx")
    with pytest.raises(ValueError, match="need a network that gives heatmaps and PAFs"):
        AveragingEstimator(PoseEstimator.load(str(path), "onnxruntime"), flip=True)
