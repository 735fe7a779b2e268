"""OpenPose's networks: the layers of the public files, and the same maps in every runtime."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.networks import OPENPOSE, architecture_of, build_network
from lightweight_openpose.networks.checkpoint import BadCheckpoint, load_network
from lightweight_openpose.networks.onnx_format import export_onnx
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.poses.skeleton_file import find_skeleton
from openpose_networks import maps_of, narrow


@pytest.fixture()
def image():
    return np.random.default_rng(0).uniform(-0.5, 0.5, (1, 3, 64, 48)).astype(np.float32)


@pytest.mark.parametrize(
    "architecture, parameters, tensors, first, last, layers",
    [
        (
            "openpose-vgg",
            52_311_446,
            184,
            "model0.conv1_1.weight",
            "model6_2.Mconv7_stage6_L2.bias",
            {
                "model0.conv4_4_CPM.weight": (128, 256, 3, 3),
                "model1_1.conv5_5_CPM_L1.weight": (38, 512, 1, 1),
                "model2_2.Mconv1_stage2_L2.weight": (128, 185, 7, 7),
                "model6_1.Mconv7_stage6_L1.bias": (38,),
            },
        ),
        (
            "openpose-body25",
            26_166_084,
            327,
            "conv1_1.weight",
            "Mconv7_stage1_L1.bias",
            {
                "prelu4_2.weight": (512,),
                "Mconv1_stage0_L2_0.weight": (96, 128, 3, 3),
                "Mconv2_stage3_L2_0.weight": (128, 384, 3, 3),
                "Mprelu6_stage0_L1.weight": (256,),
                "Mconv1_stage1_L1_0.weight": (128, 206, 3, 3),
                "Mconv7_stage3_L2.weight": (52, 512, 1, 1),
            },
        ),
        (
            "openpose-hand",
            36_832_324,
            104,
            "model1_0.conv1_1.weight",
            "model6.Mconv7_stage6.bias",
            {
                "model1_0.conv5_3_CPM.weight": (128, 512, 3, 3),
                "model1_1.conv6_2_CPM.weight": (22, 512, 1, 1),
                "model2.Mconv1_stage2.weight": (128, 150, 7, 7),
            },
        ),
    ],
)
def test_the_layers_are_those_of_the_public_files(
    architecture, parameters, tensors, first, last, layers
):
    state = OPENPOSE[architecture]().state_dict()
    names = list(state)
    assert (names[0], names[-1], len(names)) == (first, last, tensors)
    assert sum(tensor.numel() for tensor in state.values()) == parameters
    assert {name: tuple(state[name].shape) for name in layers} == layers


@pytest.mark.parametrize(
    "architecture, channels",
    [("openpose-vgg", [19, 38]), ("openpose-body25", [26, 52]), ("openpose-hand", [22])],
)
def test_maps_lie_at_stride_eight(architecture, channels, image):
    stages = narrow(architecture)[0](torch.from_numpy(image))
    for stage in stages:
        assert [tuple(maps.shape) for maps in stage] == [(1, c, 8, 6) for c in channels]
    assert len(stages) == (2 if architecture == "openpose-body25" else 3)


@pytest.mark.parametrize(
    "architecture, before",
    [
        ("openpose-vgg", "own"),
        ("openpose-vgg", ""),
        ("openpose-body25", "own"),
        ("openpose-body25", "module.net."),
        ("openpose-hand", "own"),
        ("openpose-hand", ""),
    ],
)
def test_a_public_file_loads_whatever_stands_before_the_layers_names(
    architecture, before, tmp_path, image
):
    """Architecture, stages, widths and skeleton come from the tensors alone."""
    network, _ = narrow(architecture)
    state = network.state_dict()
    if before != "own":
        state = {before + ".".join(name.split(".")[-2:]): value for name, value in state.items()}
    torch.save(state, str(tmp_path / "public.pth"))
    loaded, skeleton = load_network(tmp_path / "public.pth")
    assert architecture_of(loaded) == architecture
    assert skeleton.name == OPENPOSE[architecture].skeleton
    for ours, theirs in zip(maps_of(loaded, image), maps_of(network, image)):
        assert np.abs(theirs).max() > 0.02
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("architecture", OPENPOSE)
def test_another_layout_is_an_error_that_names_the_first_tensors(architecture, tmp_path):
    state = narrow(architecture)[0].state_dict()
    lost = next(name for name in state if "conv3_1" in name)
    state["conv9_9.weight"] = state.pop(lost)
    torch.save(state, str(tmp_path / "other.pth"))
    with pytest.raises(BadCheckpoint) as caught:
        load_network(tmp_path / "other.pth")
    said = str(caught.value)
    assert f"1 missing (first: {lost})" in said and "1 unexpected (first: conv9_9.weight)" in said


def test_a_body_network_is_not_loaded_for_another_skeleton(tmp_path):
    torch.save(narrow("openpose-vgg")[0].state_dict(), str(tmp_path / "body.pth"))
    with pytest.raises(BadCheckpoint, match="with skeleton body_25.*of another shape"):
        load_network(tmp_path / "body.pth", find_skeleton("body_25"))


@pytest.mark.parametrize("architecture", OPENPOSE)
@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_other_runtimes_give_the_same_maps(architecture, backend, tmp_path, image, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    network, skeleton = narrow(architecture)
    runner = create_backend(
        export_onnx(network, skeleton, tmp_path / "network.onnx"), None, backend
    )
    assert runner.skeleton == skeleton and not runner.layout.detects
    expected = maps_of(network, image)
    found = runner(image)
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_every_weight_of_a_narrow_network_learns():
    for architecture in ("openpose-vgg", "openpose-body25"):
        network, _ = narrow(architecture, stages=1)
        stages = network(torch.rand(2, 3, 32, 32) - 0.5)
        sum((maps**2).mean() for stage in stages for maps in stage).backward()
        dead = [k for k, p in network.named_parameters() if p.grad is None or not p.grad.any()]
        assert dead == []


def test_a_width_that_the_architecture_does_not_have():
    with pytest.raises(ValueError, match="student-small has one width"):
        build_network("student-small", COCO18, width=0.5)
