"""Networks of hands of MediaPipe: told by their outputs, opened from their files."""

import zipfile

import numpy as np
import pytest

from lightweight_openpose.backends.contract import BadModel
from lightweight_openpose.backends.first_look import look
from lightweight_openpose.backends.foreign import Seen
from lightweight_openpose.backends.image_port import Port
from lightweight_openpose.backends.layout import layout_of
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.backends.task_file import unpacked
from lightweight_openpose.backends.tflite_file import check_tflite
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton

HAND = find_skeleton("hand_21")
SHAPES = [(1, 63), (1, 1), (1, 1), (1, 63)]
PX, METRES = np.arange(63.0)[None], np.arange(63.0)[None] / 1000
OUTPUTS = [PX, np.array([[0.9]]), np.array([[0.2]]), METRES]
NAMES = ["Identity", "Identity_1", "Identity_2", "Identity_3"]


def test_joints_presence_and_side_come_as_those_of_a_closeup():
    layout = layout_of(SHAPES, HAND, "file")
    assert (layout.kind, layout.outputs, layout.of_crop) == ("mediapipe-hand", (0, 1, 2), True)
    joints, presence, right = layout.arrange([OUTPUTS[i] for i in layout.outputs])
    np.testing.assert_array_equal(joints[0, :, :2], PX.reshape(21, 3)[:, :2])
    assert np.isnan(joints[..., 2]).all() and PX[0, 2] == 2
    assert (presence, right) == (0.9, 0.2)


def test_outputs_are_told_by_their_names_and_values():
    order = [3, 2, 0, 1]
    layout = layout_of([SHAPES[i] for i in order], HAND, "file", Seen([NAMES[i] for i in order]))
    assert [order[i] for i in layout.outputs] == [0, 1, 2]
    seen = Seen([], (224, 224), {}, OUTPUTS[::-1])  # metres come first
    assert layout_of(SHAPES, HAND, "file", seen).outputs[0] == 3


def test_its_input_is_said_by_its_kind():
    port = Port("input_1", (1, 224, 224, 3))
    outputs = [Port(name, shape) for name, shape in zip(NAMES, SHAPES)]

    def run(port, images):
        assert images.shape == (1, 3, 224, 224) and port.channels_last
        return OUTPUTS

    network = look([port], outputs, {}, HAND, "file", run)
    spec = network.info.spec
    assert network.layout.kind == "mediapipe-hand" and network.skeleton == HAND
    assert (spec.rgb, spec.mean, spec.scale) == (True, (0, 0, 0), pytest.approx(1 / 255))
    assert spec.fixed_size == (224, 224)


def test_it_finds_no_people():
    with pytest.raises(BadModel, match="file is MediaPipe's network of hands: give it as --hands"):
        layout_of(SHAPES, COCO18, "file")


def task(path, names, size=100, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(str(path), "w", method) as archive:
        for name in names:
            archive.writestr(name, bytes(size))
    return path


def test_a_task_file_is_unpacked_once(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    names = ["hand_detector.tflite", "hand_landmarks_detector.tflite"]
    path = task(tmp_path / "hand_landmarker.task", names)
    found = unpacked(path)
    assert found.suffix == ".tflite" and found.read_bytes() == bytes(100)
    before = found.stat().st_mtime_ns
    assert unpacked(path) == found and found.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "names, size, said",
    [
        (["pose_landmarks_detector.tflite"], 100, "holds no hand_landmarks_detector.tflite"),
        (["hand_landmarks_detector.tflite"], 80 << 20, "would be 83886080 unpacked"),
        (None, 0, "cannot be read as MediaPipe's .task file"),
    ],
)
def test_a_task_file_that_is_none_is_one_line(tmp_path, monkeypatch, names, size, said):
    pytest.importorskip("openvino")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = tmp_path / "hand.task"
    if names is None:
        path.write_bytes(b"no zip at all")
    else:
        task(path, names, size, zipfile.ZIP_DEFLATED)
    with pytest.raises(BadModel, match=said) as caught:
        create_backend(path, HAND)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("*.tflite"))


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "it does not begin as one"),
        (b"no network at all", "it does not begin as one"),
        (b"\x1c\x00\x00\x00TFL3" + bytes(1000), "a table has no list of fields"),
        (b"\xf0\xff\xff\xffTFL3" + bytes(1000), "it ends too soon"),
    ],
)
def test_a_damaged_tflite_file_is_one_line_before_openvino_reads_it(tmp_path, content, said):
    path = tmp_path / "hand.tflite"
    path.write_bytes(content)
    with pytest.raises(BadModel, match=f"cannot be read as a TFLite .*: {said}") as caught:
        check_tflite(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["hand_landmark_full", "hand_landmark_lite"])
def test_a_tflite_file_that_is_cut_is_one_line(shared, tmp_path, name):
    whole = (shared / "models" / "mediapipe-hands" / f"{name}.tflite").read_bytes()
    path = tmp_path / "hand.tflite"
    path.write_bytes(whole)
    check_tflite(path)
    for tenth in range(10):
        path.write_bytes(whole[: tenth * len(whole) // 10])
        with pytest.raises(BadModel, match="it may be damaged"):
            check_tflite(path)


@pytest.mark.parametrize("name", ["hand_landmark_full", "hand_landmark_lite"])
def test_the_files_of_mediapipe_run_in_batches(shared, tmp_path, name):
    pytest.importorskip("openvino")
    folder = shared / "models" / "mediapipe-hands"
    path = tmp_path / "hand_landmarker.task"
    with zipfile.ZipFile(str(path), "w") as archive:
        archive.write(str(folder / f"{name}.tflite"), "hand_landmarks_detector.tflite")
    images = np.random.default_rng(0).uniform(0, 1, (2, 3, 224, 224)).astype(np.float32)
    outputs = []
    for file in (folder / f"{name}.tflite", path):
        backend = create_backend(file, HAND)
        outputs.append([np.concatenate(each) for each in zip(backend(images), backend(images[:1]))])
    for one, other in zip(*outputs):
        np.testing.assert_allclose(one, other)
        np.testing.assert_allclose(one[0], one[2], atol=0.05, rtol=1e-2)
    joints, presence, right = outputs[0]
    assert joints.shape == (3, 21, 3) and presence.shape == right.shape == (3, 1)
