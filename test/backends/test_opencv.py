"""Caffe files of OpenPose and frozen TensorFlow graphs give the maps of the same network in torch."""

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
from foreign_files import write_caffe, write_frozen_graph
from lightweight_openpose.backends.choice import installed
from lightweight_openpose.backends.contract import BackendError, BadModel
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.networks import OPENPOSE
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from openpose_networks import maps_of, narrow

IMAGE = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 3, 48, 64)).astype(np.float32)


@pytest.fixture(scope="module", params=OPENPOSE)
def caffe(request, tmp_path_factory):
    """A narrow network of OpenPose, its skeleton and its .caffemodel."""
    network, skeleton = narrow(request.param, stages=1)
    folder = tmp_path_factory.mktemp("caffe")
    write_caffe(network, folder / "pose_deploy.prototxt", folder / "pose_iter_1.caffemodel")
    return network, skeleton, folder / "pose_iter_1.caffemodel"


def close(found, expected):
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected):
        assert ours.shape == theirs.shape and np.abs(ours).max() > 0.01
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_caffe_files_give_the_maps_of_torch(caffe):
    network, skeleton, path = caffe
    backend = create_backend(path)
    assert backend.name == "opencv" and backend.skeleton == skeleton
    assert backend.layout.kind == ("heatmaps" if skeleton.name == "hand_21" else "maps")
    for image in (IMAGE, IMAGE[:, :, :32, :40], np.concatenate([IMAGE, -IMAGE])):
        close(backend(image), maps_of(network, image))


def test_the_estimator_runs_caffe_files(caffe):
    _, skeleton, path = caffe
    if skeleton.name == "hand_21":
        with pytest.raises(ValueError, match="gives heatmaps and no PAFs"):
            PoseEstimator.load(str(path))
        return
    estimator = PoseEstimator.load(str(path), input_height=64)
    assert estimator.skeleton == skeleton
    assert estimator(np.full((120, 160, 3), 90, np.uint8)).image_size == (160, 120)


@pytest.mark.parametrize("runtime", ["opencv", "openvino"])
def test_a_frozen_graph_takes_pixels_and_gives_heatmaps_before_pafs(runtime, tmp_path):
    if runtime != "opencv":
        pytest.importorskip(runtime)
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(3, 57, 8, 8)
    write_frozen_graph(layer.weight, layer.bias, tmp_path / "graph_opt.pb")
    backend = create_backend(tmp_path / "graph_opt.pb", backend=runtime)
    assert (backend.name, backend.skeleton) == (runtime, COCO18)
    assert (backend.info.spec.mean, backend.info.spec.scale) == ((0.0, 0.0, 0.0), 1.0)
    with torch.no_grad():
        for image in (IMAGE, IMAGE[:, :, :32, :40], np.concatenate([IMAGE, -IMAGE])):
            maps = layer(torch.from_numpy(image)).numpy()
            close(backend((image + 0.5) * 256), [maps[:, :19], maps[:, 19:]])


def test_the_description_beside_the_weights(caffe, tmp_path):
    weights = tmp_path / "pose_iter_2.caffemodel"
    weights.write_bytes(caffe[2].read_bytes())
    with pytest.raises(BadModel, match="no .prototxt file lies next to.*pose_iter_2.prototxt"):
        create_backend(weights)
    text = caffe[2].with_name("pose_deploy.prototxt").read_text()
    for name in ("a.prototxt", "b.prototxt"):
        (tmp_path / name).write_text(text)
    with pytest.raises(BadModel, match="2 .prototxt files lie next to"):
        create_backend(weights)
    (tmp_path / "pose_iter_2.prototxt").write_text(text)
    assert create_backend(weights).skeleton == caffe[1]


def test_damaged_and_foreign_files(caffe, tmp_path):
    _, skeleton, path = caffe
    weights = tmp_path / "damaged.caffemodel"
    weights.write_bytes(path.read_bytes()[:5000])
    prototxt = tmp_path / "damaged.prototxt"
    prototxt.write_text(path.with_name("pose_deploy.prototxt").read_text())
    with pytest.raises(BadModel, match="opencv cannot (load|run) .*damaged.caffemodel"):
        create_backend(weights)
    prototxt.write_text("layer {")
    with pytest.raises(BadModel, match="opencv cannot load"):
        create_backend(weights)
    graph = tmp_path / "damaged.pb"
    graph.write_bytes(b"no graph")
    for runtime in ("opencv", *(["openvino"] if installed("openvino") else [])):
        with pytest.raises(BadModel, match=f"{runtime} cannot load"):
            create_backend(graph, backend=runtime)
    with pytest.raises(BadModel, match="channels"):
        create_backend(path, find_skeleton("submarine"))
    with pytest.raises(BackendError, match="runs on the CPU"):
        create_backend(path, device="cuda")


@pytest.mark.parametrize("runtime", ["opencv", "openvino"])
def test_channels_that_no_network_of_openpose_has(runtime, tmp_path):
    if runtime != "opencv":
        pytest.importorskip(runtime)
    layer = torch.nn.Conv2d(3, 30, 8, 8)
    write_frozen_graph(layer.weight, layer.bias, tmp_path / "other.pb")
    with pytest.raises(BadModel, match=r"gives \[30\] channels.*57 \(coco18\).*name the skeleton"):
        create_backend(tmp_path / "other.pb", backend=runtime)


def test_an_opencv_without_caffe(caffe, monkeypatch):
    monkeypatch.delattr(cv2.dnn, "readNetFromCaffe")
    with pytest.raises(BackendError, match="no longer reads .caffemodel files.*opencv-python"):
        create_backend(caffe[2])
