"""Networks of others: people that are known come out again, or one line says what a file is."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

import other_networks as made
from lightweight_openpose.backends import choice, opening
from lightweight_openpose.backends.contract import BackendError, BadModel, Unreadable, reason_in
from lightweight_openpose.backends.foreign import Seen, detections_of
from lightweight_openpose.backends.image_port import ImagePort
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.estimator import PoseEstimator
from other_networks import SIZE, person, ultralytics, write, yolo, yolo_end, yolov7

IMAGE = np.full((SIZE, SIZE, 3), 90, np.uint8)
TWO = [(person(60, 0.6), 0), (person(180, 0.9), 0)]
OF_TWO_CLASSES = ultralytics(classes=("rider", "person"))
DYNAMIC = ("batch", 3, "height", "width")
runtimes = pytest.mark.parametrize(
    "runtime", [name for name in ("onnxruntime", "openvino") if choice.installed(name)]
)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def found(path, runtime):
    """Rounded scores and middles of the joints [px] of the people in IMAGE, best first."""
    estimator = PoseEstimator.load(str(path), runtime, SIZE, skeleton="coco17")
    return estimator, [
        (round(pose.score, 2), round(float(pose.keypoints[:, 0].mean())))
        for pose in estimator(IMAGE)
    ]


@runtimes
@pytest.mark.parametrize(
    "outputs, options, kind",
    [
        ([yolo(TWO)], {}, "yolo"),
        ([yolo(TWO)], {"kind": made.HALF}, "yolo"),
        ([yolo(TWO)], {"shape": (1, SIZE, SIZE, 3)}, "yolo"),
        ([yolo(TWO)], {"shape": ("n", SIZE, SIZE, 3), "kind": made.HALF}, "yolo"),
        ([yolo(TWO)], {"shape": DYNAMIC, "shapes": [("batch", "Concat_dim_1", "anchors")]}, "yolo"),
        ([yolo(TWO).repeat(4, 0)], {"shape": (4, 3, SIZE, SIZE)}, "yolo"),
        ([yolo(TWO).repeat(2, 0)], {"shape": (2, SIZE, SIZE, 3), "kind": made.HALF}, "yolo"),
        ([yolo(TWO, 2)], {"metadata": OF_TWO_CLASSES}, "yolo"),
        ([yolo_end(TWO)], {}, "yolo-end"),
        ([yolo_end(TWO)], {"kind": made.HALF, "metadata": ultralytics()}, "yolo-end"),
        ([yolo_end(TWO)], {"shape": DYNAMIC, "shapes": [("batch", "m", 57)]}, "yolo-end"),
        ([yolo_end(TWO).repeat(4, 0)], {"shape": (4, 3, SIZE, SIZE)}, "yolo-end"),
        ([yolo_end([(TWO[0][0], 1), (TWO[1][0], 1)])], {"metadata": OF_TWO_CLASSES}, "yolo-end"),
        ([yolov7([(TWO[0][0], 1), (TWO[1][0], 1)])], {}, "yolov7"),
        ([yolov7([(TWO[0][0], 1), (TWO[1][0], 1)], 4032)], {}, "yolov7"),
        (
            [yolov7([(person(60, 0.8), 0.75), (person(180, 1), 0.9)], 40)],
            {"shapes": [("batch", "n", 57)]},
            "yolov7",
        ),
        ([yolov7([(person(60, 0.8), 0.75), (person(180, 1), 0.9)])], {"kind": made.HALF}, "yolov7"),
    ],
)
def test_known_people_come_out_again(outputs, options, kind, runtime, tmp_path, recwarn):
    named = {f"output{i}": array for i, array in enumerate(outputs)}
    estimator, people = found(write(tmp_path / "n.onnx", named, **options), runtime)
    assert estimator.layout == kind
    assert people == [(0.9, 180), (0.6, 60)]


@runtimes
def test_sizes_of_rtmo_that_have_names(runtime, tmp_path):
    _, score, joints = person(60)
    outputs = {"dets": np.array([[[10, 20, 110, 220, score]]]), "keypoints": joints[None, None]}
    shapes = [("b", "n", "d"), ("b", "n", "k", "t")]
    estimator, people = found(write(tmp_path / "n.onnx", outputs, shapes=shapes), runtime)
    assert estimator.layout == "rtmo" and people == [(0.9, 60)]


@runtimes
def test_yolov7_says_a_person_by_objectness_times_class_and_once(runtime, tmp_path):
    people = [
        (person(60, 0.9), 1),
        (person(61, 0.85), 1),  # the same one twice
        (person(180, 0.8), 0.9),
        (person(181, 0.9), 0.01),  # the second is no person
    ]
    path = write(tmp_path / "n.onnx", {"output": yolov7(people)})
    assert found(path, runtime)[1] == [(0.9, 60), (0.72, 180)]


def test_people_that_a_network_has_chosen_all_stay(tmp_path):
    """NMS-free networks and those with suppression of their own: their programs do the same."""
    near = [(person(60, 0.9), 0), (person(63, 0.8), 0)]
    path = write(tmp_path / "end.onnx", {"output0": yolo_end(near)})
    assert found(path, "auto")[1] == [(0.9, 60), (0.8, 63)]
    path = write(tmp_path / "plain.onnx", {"output0": yolo(near)})
    assert found(path, "auto")[1] == [(0.9, 60)]


def test_people_of_two_classes_do_not_suppress_each_other(tmp_path):
    near = [(person(60, 0.9), 0), (person(61, 0.8), 1), (person(62, 0.7), 1)]
    path = write(tmp_path / "n.onnx", {"output0": yolo(near, 2)}, metadata=OF_TWO_CLASSES)
    assert found(path, "auto")[1] == [(0.9, 60), (0.8, 61)]


@pytest.mark.parametrize("stride", ["32", "64"])
def test_the_multiple_of_the_input_is_what_the_metadata_says(stride, tmp_path):
    path = write(
        tmp_path / "n.onnx",
        {"output0": yolo(TWO)},
        DYNAMIC,
        metadata={**ultralytics(), "stride": stride},
    )
    assert PoseEstimator.load(str(path), "auto", SIZE).spec.multiple == int(stride)


@runtimes
def test_a_fixed_batch_of_maps_is_no_matter(runtime, tmp_path):
    maps = {"heatmaps": np.ones((4, 19, 32, 32)), "pafs": np.ones((4, 38, 32, 32))}
    path = write(tmp_path / "n.onnx", maps, (4, 3, SIZE, SIZE))
    estimator = PoseEstimator.load(str(path), runtime, SIZE, notify=str)
    seen = estimator.infer(np.zeros((SIZE // 2, SIZE, 3), np.uint8))
    assert seen.heatmaps.shape == (19, 32, 32) and seen.pafs.shape == (38, 32, 32)


def test_what_a_fixed_batch_costs_is_said(tmp_path):
    path = write(tmp_path / "n.onnx", {"output0": yolo(TWO).repeat(8, 0)}, (8, 3, SIZE, SIZE))
    said = []
    PoseEstimator.load(str(path), "auto", notify=said.append)
    assert len(said) == 1 and "n.onnx takes 8 images at a time" in said[0]


@pytest.mark.parametrize("count", [1, 3, 4, 7])
def test_images_go_in_by_as_many_as_the_network_takes(count):
    images = np.arange(count * 3 * 2 * 2, dtype=np.float32).reshape(count, 3, 2, 2)
    taken = []

    def network(array):
        taken.append(array.shape)
        return [array.sum((1, 2, 3)), array]

    sums, same = ImagePort(batch=3, channels_last=True).run(network, images)
    assert set(taken) == {(3, 2, 2, 3)} and len(taken) == -(-count // 3)
    np.testing.assert_array_equal(sums, images.sum((1, 2, 3)))
    np.testing.assert_array_equal(same.transpose(0, 3, 1, 2), images)


REFUSED = {
    "RTMPose": (
        {"simcc_x": np.zeros((1, 17, 384)), "simcc_y": np.zeros((1, 17, 512))},
        {"shape": (1, 3, 256, 192)},
        "RTMPose, a top-down network",
    ),
    "simcc": (
        {"a": np.zeros((1, 133, 384)), "b": np.zeros((1, 133, 512))},
        {"shape": (1, 3, 256, 192)},
        "top-down network with SimCC",
    ),
    "ViTPose": (
        {"heatmaps": np.zeros((1, 17, 64, 48))},
        {"shape": (1, 3, 256, 192)},
        "17 heatmaps without PAFs, such as ViTPose",
    ),
    "MoveNet": (
        {"output_0": np.zeros((1, 1, 17, 3))},
        {"shape": (1, 192, 192, 3), "kind": made.WHOLE},
        "is MoveNet, .*one person",
    ),
    "MoveNet of floats": (
        {"output_0": np.zeros((1, 1, 17, 3))},
        {"shape": (1, 3, 192, 192)},
        "is MoveNet",
    ),
    "MultiPose": ({"output_0": np.zeros((1, 6, 56))}, {}, "is MoveNet MultiPose"),
    "trt_pose": (
        {"a": np.zeros((1, 18, 56, 56)), "b": np.zeros((1, 42, 56, 56))},
        {"shape": (1, 3, 224, 224)},
        "is trt_pose, whose maps",
    ),
    "detector": ({"output0": np.zeros((1, 84, 1344))}, {}, "a YOLO for boxes"),
    "named detector": (
        {"output0": np.zeros((1, 84, 1344))},
        {"metadata": ultralytics("detect")},
        "for the task 'detect', as its metadata says",
    ),
    "5 joints": ({"output0": np.zeros((1, 20, 1344))}, {}, "5 joints"),
    "no scores": ({"output0": np.zeros((1, 39, 1344))}, {}, "17 joints without scores"),
    "named 5": (
        {"output0": np.zeros((1, 20, 1344))},
        {"metadata": ultralytics(kpt_shape=(5, 3))},
        r"keypoints of shape \[5, 3\]",
    ),
    "suppressed boxes": ({"output0": np.zeros((1, 300, 6))}, {}, "a detector of boxes"),
    "RTMDet": (
        {"dets": np.zeros((1, 9, 5)), "labels": np.zeros((1, 9))},
        {},
        "a detector of boxes without joints",
    ),
    "RTMO of CrowdPose": (
        {"dets": np.zeros((1, 9, 5)), "keypoints": np.zeros((1, 9, 14, 3))},
        {},
        "with 14 joints",
    ),
    "raw grids": ({"a": np.zeros((1, 3, 32, 32, 57))}, {}, "raw grids: .*--grid"),
    "rows": ({"output0": np.zeros((1, 1344, 56))}, {}, "a person a row"),
    "YOLO-NAS": (
        {"pred_boxes": np.zeros((1, 9, 4)), "pred_joints": np.zeros((1, 9, 17, 3))},
        {},
        "is YOLO-NAS",
    ),
    "plug-in": (
        {"num_dets": np.zeros((1, 1)), "det_boxes": np.zeros((1, 9, 4))},
        {},
        "plug-in of TensorRT",
    ),
    "whole numbers": ({"output0": yolo(TWO)}, {"kind": made.WHOLE}, "takes images as int32"),
    "one channel": ({"output0": yolo(TWO)}, {"shape": (1, 1, SIZE, SIZE)}, "of 1 channels"),
    "two inputs": ({"output0": yolo(TWO)}, {"inputs": 2}, "not a batch of images alone"),
    "one side": ({"output0": yolo(TWO)}, {"shape": (1, 3, SIZE, "w")}, "both sides fixed, or none"),
    "52 classes": (
        {"output0": np.concatenate([yolo(TWO)[:, :5], np.full((1, 51, 1344), 0.1)], 1)},
        {},
        "positions are not in pixels",
    ),
    "52 named": ({"output0": yolo(TWO)}, {"metadata": ultralytics("detect")}, "task 'detect'"),
    "YOLOv5 of 52": (
        {"output0": np.concatenate([yolov7(TWO, 4032)[..., :6], np.full((1, 4032, 51), 0.1)], 2)},
        {},
        "not in pixels",
    ),
    "raw scores": ({"output0": yolo(TWO) * [[[4.0]]]}, {}, "scores are outside of 0..1"),
    "shares": ({"output0": yolo(TWO) / SIZE}, {}, "positions are not in pixels"),
    "not a number": ({"output0": yolo(TWO) * np.nan}, {}, "scores are outside of 0..1"),
    "something else": ({"a": np.zeros((1, 1000))}, {}, "has no output with 19 heatmap channels"),
}


@runtimes
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_named(name, runtime, tmp_path):
    outputs, options, said = REFUSED[name]
    path = write(tmp_path / "n.onnx", outputs, **options)
    with pytest.raises(BadModel, match=f"n.onnx .*{said}"):
        PoseEstimator.load(str(path), runtime)


def test_a_network_of_maps_with_as_many_heatmaps_as_pafs_is_told_by_names(tmp_path):
    from lightweight_openpose.poses.skeleton import Skeleton

    fish = Skeleton("fish", ("a", "b", "c", "d", "e"), ((0, 1), (1, 2), (2, 3)), (0.1,) * 5)
    maps = {"pafs": np.full((1, 6, 32, 32), 0.25), "heatmaps": np.full((1, 6, 32, 32), 0.5)}
    path = write(tmp_path / "n.onnx", maps)
    heatmaps, pafs = create_backend(path, fish)(np.zeros((1, 3, SIZE, SIZE), np.float32))
    assert heatmaps.max() == 0.5 and pafs.max() == 0.25


def test_shapes_alone_decide_where_nobody_can_look():
    size = Seen(size=(640, 640))
    assert detections_of([(1, 25500, 57)], size) == ("yolov7", (0,))
    assert detections_of([(1, 25200, 57)], size) == ("yolov7", (0,))
    assert detections_of([(1, 300, 57)], size) == ("yolo-end", (0,))
    assert detections_of([(1, 56, 8400)], size) == ("yolo", (0,))


@pytest.fixture()
def network(tmp_path):
    return write(tmp_path / "n.onnx", {"output0": yolo(TWO)})


def _without(*broken):
    """opening._open_file where some runtimes cannot open any file."""
    whole = opening._open_file

    def open_file(path, runtime, wanted):
        name = runtime.name
        if name in broken:
            raise broken[name] if isinstance(broken, dict) else Unreadable(f"{name} cannot: why")
        return whole(path, runtime, wanted)

    return open_file


def test_the_next_runtime_is_tried_and_said(network, monkeypatch):
    if not (choice.installed("openvino") and choice.installed("onnxruntime")):
        pytest.skip("needs both")
    monkeypatch.setattr(opening, "_open_file", _without("openvino"))
    said = []
    estimator = PoseEstimator.load(str(network), notify=said.append)
    assert estimator.backend.name == "onnxruntime" and len(estimator(IMAGE)) == 2
    assert said == ["openvino cannot: why; onnxruntime runs it instead"]


def test_where_one_runtime_is_asked_for_the_other_is_the_remedy(network, monkeypatch):
    monkeypatch.setattr(opening, "_open_file", _without("openvino", "onnxruntime"))
    monkeypatch.setattr(choice, "installed", lambda name: True)
    with pytest.raises(
        Unreadable, match="openvino cannot: why; onnxruntime may run it: take backend onnxruntime"
    ):
        create_backend(network, backend="openvino")
    monkeypatch.setattr(choice, "installed", lambda name: name == "openvino")
    with pytest.raises(Unreadable, match=r"install it \(.*onnxruntime\) and take backend"):
        create_backend(network)
    monkeypatch.setattr(choice, "installed", lambda name: True)
    with pytest.raises(Unreadable, match="^openvino cannot: why$"):
        create_backend(network)


def test_a_network_that_is_refused_for_what_it_is_is_not_tried_elsewhere(tmp_path):
    path = write(tmp_path / "n.onnx", *REFUSED["RTMPose"][:1])
    said = []
    with pytest.raises(BadModel, match="RTMPose"):
        create_backend(path, notify=said.append)
    assert said == []


def test_a_runtime_that_cannot_be_imported_is_one_line(network, monkeypatch):
    def broken(*_):
        raise ImportError("libtbb.so.12:\n no such file")

    monkeypatch.setattr(opening, "_open_file", broken)
    with pytest.raises(BackendError, match="cannot be imported .libtbb.so.12: no such file"):
        create_backend(network)


def _of_one_size_that_says_any(path):
    """A network that fails on every size but SIZE, though it says that it takes any."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("Reshape", ["images", "shape"], ["flat"]),
        helper.make_node("ReduceMean", ["flat"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["constant", "nothing"], ["output0"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([1, 3, 256 * 320]), "shape"),
        numpy_helper.from_array(np.array(0, np.float32), "zero"),
        numpy_helper.from_array(yolo(TWO).astype(np.float32), "constant"),
    ]
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, DYNAMIC)
    end = helper.make_tensor_value_info("output0", TensorProto.FLOAT, (1, 56, 1344))
    graph = helper.make_graph(nodes, "g", [images], [end], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


@runtimes
def test_a_fault_of_a_runtime_in_a_frame_is_one_line(runtime, tmp_path, capsys):
    import cv2

    path = _of_one_size_that_says_any(tmp_path / "n.onnx")
    estimator = PoseEstimator.load(str(path), runtime, 256)
    with pytest.raises(BackendError, match=f"^{runtime} cannot run .*n.onnx on 256x256 px: .+"):
        estimator(IMAGE)
    cv2.imwrite(str(tmp_path / "p.png"), IMAGE)
    command = ["image", str(tmp_path / "p.png"), "--model", str(path), "--backend", runtime]
    assert main([*command, "--height", "256", "--output", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"{runtime} cannot run" in said and len(said) < 500


def test_the_places_in_a_runtimes_source_are_left_out():
    error = RuntimeError(
        "Exception from src/core.cpp:117:\nException from src/dev/plugin.cpp:5:\n"
        "Check 'x' failed\nat somewhere"
    )
    assert reason_in(error) == "Check 'x' failed at somewhere"
    assert reason_in(KeyError()) == "KeyError"
