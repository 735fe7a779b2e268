"""The same image through every backend gives the same maps; damaged and foreign models are named."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lightweight_openpose.backends.choice import choose
from lightweight_openpose.backends.contract import BackendError, BadModel
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.estimation.preprocessing import preprocess
from lightweight_openpose.networks.checkpoint import BadCheckpoint, load_network, read_checkpoint
from lightweight_openpose.networks.lightweight import LightweightOpenPose
from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from lightweight_openpose.zoo.model_info import InputSpec


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("model") / "network.pth"
    torch.save({"state_dict": LightweightOpenPose().state_dict()}, str(path))
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("size", [(96, 160), (64, 40)])
def test_parity_with_torch(checkpoint, name, size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    tensor, _ = preprocess(image, size[0], InputSpec())
    reference = create_backend(checkpoint, COCO18, "torch", "cpu")(tensor)
    for ours, theirs in zip(create_backend(checkpoint, COCO18, name)(tensor), reference):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
def test_parity_of_the_public_checkpoint_on_a_photograph(shared, name):
    path = shared / "models/lightweight-openpose/lightweight_openpose.pth"
    tensor, _ = preprocess(
        cv2.imread(str(shared / "coco_val/images/000000000885.jpg")), 256, InputSpec()
    )
    reference = create_backend(path, COCO18, "torch", "cpu")(tensor)
    assert reference[0][0, :18].max() > 0.5
    for ours, theirs in zip(create_backend(path, COCO18, name)(tensor), reference):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
def test_two_frames_side_by_side_have_the_maps_of_each_alone(checkpoint, name, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1}, raising=False)
    alone = create_backend(checkpoint, COCO18, name)
    parallel = alone.two_streams()
    images = np.random.default_rng(0).uniform(-0.5, 0.5, (8, 1, 3, 64, 96)).astype(np.float32)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(parallel, images))
    for maps, image in zip(found, images):
        for ours, theirs in zip(maps, alone(image)):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    assert create_backend(checkpoint, COCO18, name, threads=1).two_streams() is None


@pytest.mark.parametrize("stages", [1, 3])
def test_stages_are_read_from_the_checkpoint(tmp_path, stages):
    path = tmp_path / "n.pth"
    torch.save(LightweightOpenPose(stages=stages).state_dict(), str(path))
    assert len(load_network(path, COCO18)[0].refinement_stages) == stages


def test_a_checkpoint_that_does_not_fit_the_skeleton(checkpoint):
    other = Skeleton("fish", ("head", "fin", "tail"), ((0, 1), (1, 2)), (0.1,) * 3)
    with pytest.raises(BadCheckpoint, match="fish.*4 heatmaps.*another shape"):
        load_network(checkpoint, other)


def test_truncated_and_empty_files(checkpoint, tmp_path):
    for suffix in (".pth", ".onnx", ".xml"):
        damaged = tmp_path / ("damaged" + suffix)
        damaged.write_bytes(checkpoint.read_bytes()[:1000])
        with pytest.raises(ValueError, match="damaged"):
            create_backend(damaged, COCO18)
        damaged.write_bytes(b"")
        with pytest.raises(BadModel, match="empty"):
            create_backend(damaged, COCO18)


def test_a_checkpoint_never_runs_code(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    path = tmp_path / "evil.pth"
    torch.save({"state_dict": Evil()}, str(path))
    with pytest.raises(BadCheckpoint):
        read_checkpoint(path)
    assert not (tmp_path / "ran").exists()


def test_choices_that_cannot_be():
    with pytest.raises(BackendError, match="unknown backend 'tpu'"):
        choose(".onnx", "tpu")
    with pytest.raises(BackendError, match="does not read .xml"):
        choose(".xml", "torch")
    with pytest.raises(BackendError, match="ends in"):
        choose(".h5")
