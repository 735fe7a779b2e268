"""Every format is written, says what it is, and gives the maps of the checkpoint."""

import sys
import textwrap

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
from lightweight_openpose.backends.choice import file_for
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.export.exporter import fit
from lightweight_openpose.export.quantise import exact_nodes, quantise_onnx
from lightweight_openpose.networks import build_network
from lightweight_openpose.networks.checkpoint import info_of, load_network
from lightweight_openpose.networks.onnx_format import export_onnx
from lightweight_openpose.poses.skeleton_file import find_skeleton, skeleton_to_dict
from lightweight_openpose.zoo import catalogue as zoo
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo

SUBMARINE = find_skeleton("submarine")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    network = build_network("student-small", SUBMARINE)
    for head in (network.head1, network.head2):
        torch.nn.init.normal_(head[-1].weight, 0, 0.1)
    path = tmp_path_factory.mktemp("model") / "submarine.pth"
    torch.save(
        {"state_dict": network.state_dict(), "skeleton": skeleton_to_dict(SUBMARINE)}, str(path)
    )
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.parametrize(
    "to, name, options, backends",
    [
        ("onnx", "n.onnx", ["--dynamic"], ["onnxruntime", "openvino"]),
        ("torchscript", "n.pt", [], ["torch"]),
        ("openvino", "n.xml", ["--dynamic"], ["openvino"]),
        ("openvino", "n.xml", ["--precision", "fp16"], ["openvino"]),
    ],
)
def test_the_file_alone_is_enough_to_run_it(
    checkpoint, tmp_path, capsys, to, name, options, backends
):
    out = tmp_path / name
    assert (
        main(
            [
                "export",
                str(checkpoint),
                "--to",
                to,
                "--input-size",
                "64x96",
                "--output",
                str(out),
                *options,
            ]
        )
        == 0
    )
    assert "loaded back: its maps differ from PyTorch's by" in capsys.readouterr().out
    image = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)
    reference = PoseEstimator.load(str(checkpoint), "torch", 64)
    for backend in backends:
        estimator = PoseEstimator.load(str(out), backend, 64)
        assert estimator.skeleton == SUBMARINE and estimator.spec.multiple == 32
        tensor = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 3, 64, 96)).astype(np.float32)
        tolerance = {"rtol": 1e-3, "atol": 1e-4} if "fp16" not in options else {"atol": 0.02}
        for ours, theirs in zip(estimator.backend(tensor), reference.backend(tensor)):
            np.testing.assert_allclose(ours, theirs, **tolerance)
        assert isinstance(estimator(image), list)


def test_only_corrected_maps_and_points_of_crops_stay_exact(tmp_path):
    """The sum that makes maps and the convolutions before it, nothing where no sum makes them; the
    convolutions that give the points of crops.
    """
    for architecture, convolutions, sums in (
        ("student-small", 2, 1),
        ("lightweight", 0, 0),
        ("closeup-hand", 3, 0),
    ):
        path = export_onnx(
            build_network(architecture, SUBMARINE), SUBMARINE, tmp_path / "n.onnx", simplify=True
        )
        names = exact_nodes(onnx.load(str(path)))
        assert sum("Conv" in n for n in names) == convolutions, names
        assert sum("Add" in n for n in names) == sums, names


@pytest.fixture(scope="module", params=["lightweight", "student-small"])
def floats(request, tmp_path_factory):
    """A checkpoint in FP32 of networks whose maps are sums, and of some whose are not."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("floats") / "floats.pth"
    network = build_network(request.param, SUBMARINE)
    torch.save(
        {"state_dict": network.state_dict(), "skeleton": skeleton_to_dict(SUBMARINE)}, str(path)
    )
    return path


@pytest.mark.parametrize("to, suffix", [("onnx", ".onnx"), ("openvino", ".xml")])
def test_int8_of_every_architecture_runs(floats, to, suffix, tmp_path):
    pytest.importorskip("nncf")
    noise = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "0.png"), noise)
    out = tmp_path / f"int8{suffix}"
    assert (
        main(
            [
                "export",
                str(floats),
                "--to",
                to,
                "--precision",
                "int8",
                "--input-size",
                "64x96",
                "--calibrate",
                str(tmp_path),
                "--output",
                str(out),
            ]
        )
        == 0
    )
    assert isinstance(PoseEstimator.load(str(out), input_height=64)(noise), list)


def test_int8_for_tensorrt_is_signed_and_around_zero(floats, tmp_path):
    """Its parser takes no unsigned values and no other zero points."""
    pytest.importorskip("nncf")
    network, skeleton = load_network(floats)
    path = export_onnx(network, skeleton, tmp_path / "n.onnx", simplify=True)
    inputs = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 1, 3, 64, 96)).astype(np.float32)
    out = quantise_onnx(
        path, tmp_path / "int8.onnx", info_of(network, skeleton), inputs, signed=True
    )
    model = onnx.load(str(out))
    values = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    points = [
        values[node.input[2]] for node in model.graph.node if node.op_type == "QuantizeLinear"
    ]
    assert points and {(str(p.dtype), p.any()) for p in points} == {("int8", np.bool_(False))}


@pytest.fixture(scope="module")
def int8(checkpoint, tmp_path_factory):
    """The checkpoint as INT8 IR."""
    pytest.importorskip("nncf")
    folder = tmp_path_factory.mktemp("int8")
    rng = np.random.default_rng(0)
    for i in range(6):
        cv2.imwrite(
            str(folder / f"{i}.png"),
            cv2.resize(rng.integers(0, 255, (8, 8, 3), np.uint8), (96, 64)),
        )
    out = folder / "int8.xml"
    assert (
        main(
            [
                "export",
                str(checkpoint),
                "--to",
                "openvino",
                "--precision",
                "int8",
                "--input-size",
                "64x96",
                "--calibrate",
                str(folder),
                "--output",
                str(out),
            ]
        )
        == 0
    )
    return out


def test_int8_keeps_close_to_the_checkpoint(checkpoint, int8):
    rng = np.random.default_rng(0)
    out = int8
    assert b'element_type="i8"' in out.read_bytes()
    tensor = rng.uniform(-0.5, 0.5, (1, 3, 64, 96)).astype(np.float32)
    ours = create_backend(out)(tensor)[0]
    theirs = create_backend(checkpoint, backend="torch")(tensor)[0]
    assert np.abs(ours - theirs).mean() < 0.1 * np.abs(theirs).mean() + 1e-3


def test_int8_reaches_depthwise_convolutions(int8):
    """Their weights are integers in the file, so that the runtime does not compute in floats."""
    import openvino

    depthwise = [
        op
        for op in openvino.Core().read_model(str(int8)).get_ordered_ops()
        if op.get_type_name() == "GroupConvolution"
    ]
    assert depthwise
    for op in depthwise:
        node = op.input_value(1).get_node()
        while node.get_type_name() != "Constant":
            node = node.input_value(0).get_node()
        assert node.get_element_type() == openvino.Type.i8, op.get_friendly_name()


@pytest.mark.parametrize(
    "options, message",
    [
        (["--to", "onnx", "--precision", "fp16"], "onnx is written as fp32 or int8, not fp16"),
        (["--to", "ascend", "--precision", "int8"], "atc chooses the precision"),
        (
            ["--to", "onnx", "--input-size", "100x100"],
            "--input-size 100x100: this network needs multiples of 32 px",
        ),
        (["--to", "onnx", "--input-size", "big"], "expected HEIGHTxWIDTH"),
        (["--to", "onnx", "--precision", "int8"], "int8 needs --calibrate FOLDER"),
        (
            ["--to", "onnx", "--precision", "int8", "--calibrate", "/nonexistent"],
            "/nonexistent is no folder with images",
        ),
        (["--to", "ascend", "--dynamic"], "ascend takes one input size only"),
        (["--to", "openvino", "--output", "x.onnx"], "a file for openvino ends in .xml"),
        (
            ["--to", "onnx", "--skeleton", "coco18"],
            "does not fit StudentSmall with skeleton coco18",
        ),
    ],
)
def test_what_cannot_be_is_one_line(checkpoint, tmp_path, capsys, options, message):
    assert main(["export", str(checkpoint), "--output", str(tmp_path / "n.onnx"), *options]) == 1
    assert message in capsys.readouterr().err


def test_only_checkpoints_can_be_exported(checkpoint, tmp_path, capsys):
    out = tmp_path / "n.onnx"
    assert (
        main(
            [
                "export",
                str(checkpoint),
                "--to",
                "ascend",
                "--input-size",
                "64x96",
                "--output",
                str(out),
            ]
        )
        == 0
    )
    assert '--input_shape="image:1,3,64,96"' in capsys.readouterr().out
    assert main(["export", str(out), "--to", "onnx"]) == 1
    assert "is no checkpoint (.pth)" in capsys.readouterr().err


def test_a_description_survives_json_and_a_damaged_one_is_named():
    info = ModelInfo(SUBMARINE, InputSpec(32, (1.0, 2.0, 3.0), 0.5, True, (64, 96)), 4)
    assert ModelInfo.from_json(info.to_json(), "x") == info and ModelInfo.from_json("", "x") is None
    with pytest.raises(ValueError, match="description inside x.onnx cannot be read"):
        ModelInfo.from_json("{}", "x.onnx")


def test_calibration_inputs_are_cut_or_filled():
    assert (
        fit(np.ones((1, 3, 4, 9), np.float32), (6, 5))[0, 0].tolist()
        == [[1] * 5] * 4 + [[0] * 5] * 2
    )


def test_a_trained_network_is_packed(checkpoint, tmp_path, capsys):
    """All runtimes find their file by one name, and the entry that is printed is one that
    models.yaml takes.
    """
    rng = np.random.default_rng(0)
    for i in range(2):
        cv2.imwrite(str(tmp_path / f"{i}.png"), rng.integers(0, 255, (64, 96, 3), np.uint8))
    out = tmp_path / "models"
    assert (
        main(
            [
                "pack",
                str(checkpoint),
                "--calibrate",
                str(tmp_path),
                "--output",
                str(out),
                "--name",
                "boats",
            ]
        )
        == 0
    )
    printed = capsys.readouterr().out
    listing = tmp_path / "models.yaml"
    listing.write_text(
        "default: [boats]\nmodels:\n" + textwrap.indent(printed.split("under models:\n\n")[1], "  ")
    )
    entry = zoo.read_entries(listing)[0]["boats"]
    assert set(zoo.verify(entry, out / entry.file).values()) == {"verified"}
    assert (out / "boats.pth").stat().st_size < 0.6 * checkpoint.stat().st_size
    reference = create_backend(checkpoint, backend="torch")
    tensor = rng.uniform(-0.5, 0.5, (1, 3, 64, 96)).astype(np.float32)
    for backend, suffix, tolerance in (
        ("openvino", ".xml", 0.4),
        ("onnxruntime", ".onnx", 0.4),
        ("torch", ".pth", 0.01),
    ):
        path = file_for(entry, out / entry.file, backend)
        assert path.suffix == suffix
        for ours, theirs in zip(create_backend(path, backend=backend)(tensor), reference(tensor)):
            assert np.abs(ours - theirs).max() < tolerance * np.abs(theirs).max()


def test_what_cannot_be_packed_is_named_and_leaves_nothing(
    checkpoint, tmp_path, capsys, monkeypatch
):
    out = tmp_path / "models"
    command = ["--output", str(out), "--calibrate"]
    assert main(["pack", str(tmp_path / "n.onnx"), *command, str(tmp_path)]) == 1
    assert "n.onnx is no checkpoint (.pth)" in capsys.readouterr().err
    assert main(["pack", str(checkpoint), *command, "/nonexistent"]) == 1
    assert "/nonexistent is no folder with images" in capsys.readouterr().err
    (tmp_path / "0.png").write_bytes(b"no image")
    assert main(["pack", str(checkpoint), *command, str(tmp_path)]) == 1
    assert f"none of the images in {tmp_path} can be read" in capsys.readouterr().err
    cv2.imwrite(str(tmp_path / "0.png"), np.zeros((64, 96, 3), np.uint8))
    monkeypatch.setitem(sys.modules, "nncf", None)
    assert main(["pack", str(checkpoint), *command, str(tmp_path)]) == 1
    assert "-m pip install nncf" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    "architecture, opset",
    [("student-small", 10), ("student-small", 11), ("lightweight", 10), ("openpose-body25", 10)],
)
def test_old_opsets_run_in_onnxruntime(architecture, opset, tmp_path, capsys):
    """The file has the opset that was asked for, and the maps of the checkpoint (exporter.compare)."""
    torch.manual_seed(0)
    width = 0.125 if architecture.startswith("openpose") else 1.0
    network = build_network(architecture, SUBMARINE, 1, width)
    for name, parameter in network.named_parameters():
        if name.startswith("head") and parameter.dim() == 4:
            torch.nn.init.normal_(parameter, 0, 0.1)
    checkpoint = tmp_path / "n.pth"
    content = {"state_dict": network.state_dict(), "skeleton": skeleton_to_dict(SUBMARINE)}
    torch.save(content, str(checkpoint))
    out = tmp_path / "n.onnx"
    assert (
        main(
            [
                "export",
                str(checkpoint),
                "--to",
                "onnx",
                "--input-size",
                "64x96",
                "--opset",
                str(opset),
                "--output",
                str(out),
            ]
        )
        == 0
    )
    assert "loaded back" in capsys.readouterr().out
    assert onnx.load(str(out)).opset_import[0].version == opset
    tensor = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 3, 64, 96)).astype(np.float32)
    reference = create_backend(checkpoint, backend="torch")(tensor)
    for ours, theirs in zip(create_backend(out, backend="onnxruntime")(tensor), reference):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)
