"""Every format is written, says what it is, and gives the maps of the checkpoint."""
import sys
import textwrap
import types

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
from lightweight_openpose.backends.choice import choose, file_for
from lightweight_openpose.backends.contract import BackendError, BadModel
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.export.exporter import fit
from lightweight_openpose.export.quantise import edge_nodes
from lightweight_openpose.networks import build_network
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
        ("torchscript", "n.pt", [], ["torch"]), ("openvino", "n.xml", ["--dynamic"], ["openvino"]),
        ("openvino", "n.xml", ["--precision", "fp16"], ["openvino"])
    ],
)
def test_the_file_alone_is_enough_to_run_it(
    checkpoint, tmp_path, capsys, to, name, options, backends
):
    out = tmp_path / name
    assert main([
        "export", str(checkpoint), "--to", to, "--input-size", "64x96", "--output",
        str(out), *options
    ]) == 0
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


def test_edges_of_a_network_are_found(tmp_path):
    """First and last convolutions and the sum behind the latter, in a network that corrects its
    maps and one that does not.
    """
    for architecture, convolutions, sums in (("student-small", 3, 1), ("lightweight", 3, 0)):
        path = export_onnx(
            build_network(architecture, SUBMARINE), SUBMARINE, tmp_path / "n.onnx", simplify=True
        )
        names = edge_nodes(onnx.load(str(path)))
        assert sum("Conv" in n for n in names) == convolutions, names
        assert sum("Add" in n for n in names) == sums, names


def test_int8_keeps_close_to_the_checkpoint(checkpoint, tmp_path, capsys):
    pytest.importorskip("nncf")
    rng = np.random.default_rng(0)
    for i in range(6):
        cv2.imwrite(
            str(tmp_path / f"{i}.png"),
            cv2.resize(rng.integers(0, 255, (8, 8, 3), np.uint8), (96, 64)),
        )
    out = tmp_path / "int8.xml"
    assert main([
        "export", str(checkpoint), "--to", "openvino", "--precision", "int8",
        "--input-size", "64x96", "--calibrate", str(tmp_path), "--output", str(out)
    ]) == 0
    assert b'element_type="i8"' in out.read_bytes()
    tensor = rng.uniform(-0.5, 0.5, (1, 3, 64, 96)).astype(np.float32)
    ours = create_backend(out)(tensor)[0]
    theirs = create_backend(checkpoint, backend="torch")(tensor)[0]
    assert np.abs(ours - theirs).mean() < 0.1 * np.abs(theirs).mean() + 1e-3


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
    assert main([
        "export", str(checkpoint), "--to", "ascend", "--input-size", "64x96", "--output",
        str(out)
    ]) == 0
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


class FakeEngine:
    """The part of tensorrt's API that the backend uses, with recorded shapes; modern: names, else
    binding numbers.
    """

    shapes = {"image": (1, 3, 64, 96), "pafs": (1, 6, 8, 12), "heatmaps": (1, 5, 8, 12)}

    def create_execution_context(self):
        self.addresses = {}
        return self


class ModernEngine(FakeEngine):
    num_io_tensors = 3

    def get_tensor_name(self, i):
        return list(self.shapes)[i]

    def get_tensor_mode(self, name):
        return "input" if name == "image" else "output"

    def get_tensor_shape(self, name):
        return self.shapes[name]

    def get_tensor_dtype(self, name):
        return "float"

    def set_tensor_address(self, name, address):
        self.addresses[name] = address

    def execute_async_v3(self, stream):
        return set(self.addresses) == set(self.shapes)


class OldEngine(FakeEngine):
    num_bindings = 3

    def get_binding_name(self, i):
        return list(self.shapes)[i]

    def binding_is_input(self, i):
        return i == 0

    def get_binding_shape(self, i):
        return list(self.shapes.values())[i]

    def get_binding_dtype(self, i):
        return "float"

    def execute_async_v2(self, bindings, stream):
        return len(bindings) == 3


@pytest.fixture(params=[ModernEngine, OldEngine])
def tensorrt(request, monkeypatch):
    """A stand-in for tensorrt and for torch's CUDA, since neither is here: shapes and calls are
    checked, not numbers.
    """
    seen = []

    class Runtime:
        def __init__(self, logger):
            pass

        def deserialize_cuda_engine(self, content):
            seen.append(content)
            return request.param() if content.startswith(b"engine") else None

    class Logger:
        WARNING = 1

        def __init__(self, level):
            pass

    fake = types.SimpleNamespace(
        __version__="8.5",
        Runtime=Runtime,
        Logger=Logger,
        TensorIOMode=types.SimpleNamespace(INPUT="input"),
        nptype=lambda kind: np.float32,
        __spec__=object(),
    )
    monkeypatch.setitem(sys.modules, "tensorrt", fake)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    stream = types.SimpleNamespace(cuda_stream=7, synchronize=lambda: None)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: stream)
    empty = torch.empty
    monkeypatch.setattr(
        torch, "empty", lambda shape, dtype, device: empty(shape, dtype=dtype).zero_()
    )
    return seen


def test_tensorrt_engines_of_ours_and_of_torch2trt(tensorrt, tmp_path):
    from lightweight_openpose.backends.tensorrt_backend import MAGIC, TensorRtBackend
    info = ModelInfo(SUBMARINE, InputSpec(32, fixed_size=(64, 96)))
    ours = tmp_path / "n.engine"
    theirs = tmp_path / "n.pth"
    ours.write_bytes(MAGIC + info.to_json().encode() + b"\nengine\n1")
    torch.save(
        {
            "engine": bytearray(b"engine2"),
            "input_names": ["image"],
            "output_names": ["pafs", "heatmaps"],
        },
        str(theirs),
    )
    for path, skeleton in ((ours, None), (theirs, SUBMARINE)):
        backend = TensorRtBackend(path, skeleton)
        heatmaps, pafs = backend(np.zeros((1, 3, 64, 96), np.float32))
        assert (heatmaps.shape, pafs.shape) == ((1, 5, 8, 12), (1, 6, 8, 12))
        assert backend.info.spec.fixed_size == (64, 96) and backend.skeleton == SUBMARINE
    assert tensorrt == [b"engine\n1", b"engine2"]
    ours.write_bytes(MAGIC + info.to_json().encode() + b"\nother")
    with pytest.raises(BadModel, match="made by another version or for another GPU"):
        TensorRtBackend(ours)
    theirs.write_bytes(b"x")
    with pytest.raises(BadModel, match="no file that torch2trt saved"):
        TensorRtBackend(theirs)


def test_tensorrt_is_asked_for_by_package():
    if "tensorrt" not in sys.modules:
        with pytest.raises(
            BackendError, match="backend tensorrt .* needs the Python package tensorrt"
        ):
            choose(".engine", "tensorrt")


def test_a_trained_network_is_packed(checkpoint, tmp_path, capsys):
    """All runtimes find their file by one name, and the entry that is printed is one that
    models.yaml takes.
    """
    rng = np.random.default_rng(0)
    for i in range(2):
        cv2.imwrite(str(tmp_path / f"{i}.png"), rng.integers(0, 255, (64, 96, 3), np.uint8))
    out = tmp_path / "models"
    assert main([
        "pack", str(checkpoint), "--calibrate", str(tmp_path), "--output", str(out),
        "--name", "boats"
    ]) == 0
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
        ("openvino", ".xml", 0.4), ("onnxruntime", ".onnx", 0.4), ("torch", ".pth", 0.01)
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
