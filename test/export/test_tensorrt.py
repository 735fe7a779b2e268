"""TensorRT engines of ours and of torch2trt, through a stand-in for its API."""

import sys
import types

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
from lightweight_openpose.backends.choice import choose
from lightweight_openpose.backends.contract import BackendError, BadModel
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.backends.tensorrt_backend import TensorRtBackend, pack_engine
from lightweight_openpose.backends.torch2trt_file import read_torch2trt, write_torch2trt
from lightweight_openpose.cli.program import main
from lightweight_openpose.export.tensorrt_format import export_tensorrt
from lightweight_openpose.networks import build_network
from lightweight_openpose.poses.skeleton_file import find_skeleton, skeleton_to_dict
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo

SUBMARINE = find_skeleton("submarine")
INFO = ModelInfo(SUBMARINE, InputSpec(32, fixed_size=(64, 96)))


class FakeEngine:
    """The part of tensorrt's API that the backend uses, with recorded shapes."""

    shapes = {"image": (1, 3, 64, 96), "pafs": (1, 6, 8, 12), "heatmaps": (1, 5, 8, 12)}

    def create_execution_context(self):
        self.addresses = {}
        return self


class ModernEngine(FakeEngine):
    """Tensors with names, from TensorRT 8.5 on."""

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
    """Tensors with numbers."""

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


class ImplicitEngine(OldEngine):
    """Shapes without N, as TensorRT 7 builds them; 8.5 gives their tensors names, too."""

    shapes = {"image": (3, 64, 96), "pafs": (6, 8, 12), "heatmaps": (5, 8, 12)}
    has_implicit_batch_dimension = True
    num_io_tensors = 3
    execute_async_v2 = None

    def execute_async(self, batch_size, bindings, stream):
        return batch_size == 1 and len(bindings) == 3


class Builder:
    """Builds the engine that the test's stand-in reads, and keeps the flags that were set."""

    flags = []
    num_inputs, num_outputs = 1, 2

    def __init__(self, logger):
        pass

    def create_network(self, flags):
        return self

    def get_input(self, i):
        return types.SimpleNamespace(name="image")

    def get_output(self, i):
        return types.SimpleNamespace(name=["pafs", "heatmaps"][i])

    def create_builder_config(self):
        return self

    def create_optimization_profile(self):
        return self

    def set_shape(self, name, least, usual, most):
        assert (name, least, usual, most) == ("image", *[(1, 3, 64, 96)] * 3)

    def set_memory_pool_limit(self, pool, size):
        pass

    def add_optimization_profile(self, profile):
        pass

    def set_flag(self, flag):
        self.flags.append(flag)

    def build_serialized_network(self, network, config):
        return b"engine that was built"


@pytest.fixture(params=[ModernEngine, OldEngine, ImplicitEngine])
def tensorrt(request, monkeypatch):
    """A stand-in for tensorrt and for torch's CUDA, since neither is here: shapes and calls are
    checked, not numbers. The engines that were read.
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
        Builder=Builder,
        OnnxParser=lambda network, logger: types.SimpleNamespace(parse=lambda content: True),
        NetworkDefinitionCreationFlag=types.SimpleNamespace(EXPLICIT_BATCH=0),
        MemoryPoolType=types.SimpleNamespace(WORKSPACE="workspace"),
        BuilderFlag=types.SimpleNamespace(FP16="fp16", INT8="int8"),
        __spec__=object(),
    )
    monkeypatch.setitem(sys.modules, "tensorrt", fake)
    monkeypatch.setattr(Builder, "flags", [])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    stream = types.SimpleNamespace(cuda_stream=7, synchronize=lambda: None)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: stream)
    empty = torch.empty

    def on_cpu(*shape, device=None, **options):
        return empty(*shape, **options).zero_()

    monkeypatch.setattr(torch, "empty", on_cpu)
    return seen


def check(backend):
    heatmaps, pafs = backend(np.zeros((1, 3, 64, 96), np.float32))
    assert (heatmaps.shape, pafs.shape) == ((1, 5, 8, 12), (1, 6, 8, 12))
    assert backend.info.spec.fixed_size == (64, 96) and backend.skeleton == SUBMARINE


def test_engines_of_ours_and_of_torch2trt(tensorrt, tmp_path):
    ours = tmp_path / "n.engine"
    theirs = tmp_path / "n.pth"
    ours.write_bytes(pack_engine(b"engine\n1", INFO))
    torch.save(
        {
            "engine": bytearray(b"engine2"),
            "input_names": ["image"],
            "output_names": ["pafs", "heatmaps"],
        },
        str(theirs),
    )
    for path, skeleton in ((ours, None), (theirs, SUBMARINE)):
        check(TensorRtBackend(path, skeleton))
    assert tensorrt == [b"engine\n1", b"engine2"]
    ours.write_bytes(pack_engine(b"other", INFO))
    with pytest.raises(BadModel, match="made by another version or for another GPU"):
        TensorRtBackend(ours)
    theirs.write_bytes(b"x")
    with pytest.raises(BadModel, match="no file that torch2trt saved"):
        TensorRtBackend(theirs)


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "boat.pth"
    network = build_network("student-small", SUBMARINE)
    content = {"state_dict": network.state_dict(), "skeleton": skeleton_to_dict(SUBMARINE)}
    torch.save(content, str(path))
    return path


@pytest.mark.parametrize("tensorrt", [ModernEngine], indirect=True)
def test_an_export_is_what_torch2trt_saves(tensorrt, checkpoint, tmp_path, capsys):
    out = tmp_path / "n_trt.pth"
    assert (
        main(
            [
                "export",
                str(checkpoint),
                "--to",
                "tensorrt",
                "--input-size",
                "64x96",
                "--precision",
                "fp16",
                "--output",
                str(out),
            ]
        )
        == 0
    )
    assert "loaded back" in capsys.readouterr().out
    assert Builder.flags == ["fp16"] and tensorrt == [b"engine that was built"]
    check(create_backend(out, backend="tensorrt"))
    state = torch.load(str(out), weights_only=True)
    assert state["engine"] == bytearray(b"engine that was built")
    assert (state["input_names"], state["output_names"]) == (["image"], ["pafs", "heatmaps"])


def test_an_engine_is_built_with_its_description(tensorrt, tmp_path):
    source, out = tmp_path / "n.onnx", tmp_path / "n.engine"
    source.write_bytes(b"a network")
    export_tensorrt(source, out, ModelInfo(SUBMARINE, InputSpec(32)), (64, 96), "int8")
    assert Builder.flags == ["fp16", "int8"]
    check(create_backend(out))


@pytest.mark.parametrize("tensorrt", [ModernEngine], indirect=True)
def test_the_checkpoint_is_not_written_over(tensorrt, checkpoint, capsys):
    before = checkpoint.read_bytes()
    assert (
        main(
            [
                "export",
                str(checkpoint),
                "--to",
                "tensorrt",
                "--input-size",
                "64x96",
                "--output",
                str(checkpoint),
            ]
        )
        == 1
    )
    assert "would be overwritten by what is made of it" in capsys.readouterr().err
    assert checkpoint.read_bytes() == before


def test_the_package_is_asked_for():
    if "tensorrt" not in sys.modules:
        with pytest.raises(
            BackendError, match="backend tensorrt .* needs the Python package tensorrt"
        ):
            choose(".engine", "tensorrt")


def forget_bytearray(monkeypatch):
    """Make torch's reader that of PyTorch 2.4 and before, which refuses a bytearray."""
    allowed = torch._weights_only_unpickler._get_allowed_globals()
    for name in ("builtins.bytearray", "__builtin__.bytearray", "_codecs.encode"):
        monkeypatch.delitem(allowed, name, raising=False)
    monkeypatch.delattr(torch.serialization, "safe_globals", raising=False)


@pytest.mark.parametrize("old", [True, False])
def test_a_bytearray_is_read_by_every_torch_and_nothing_more(monkeypatch, tmp_path, old):
    if old:
        forget_bytearray(monkeypatch)
    path = tmp_path / "n.pth"
    write_torch2trt(path, b"engine\x00\xff", ["image"], ["pafs"], INFO)
    assert read_torch2trt(path) == (b"engine\x00\xff", INFO)
    if old:
        with pytest.raises(Exception, match="bytearray"):
            torch.load(str(path), weights_only=True)

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    torch.save({"engine": Evil()}, str(path))
    with pytest.raises(BadModel, match="no file that torch2trt saved"):
        read_torch2trt(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("state", [{}, [], {"engine": 10**9}, {"engine": "text"}])
def test_other_state_dicts_are_one_line(tmp_path, state):
    path = tmp_path / "n.pth"
    torch.save(state, str(path))
    with pytest.raises(BadModel, match="n.pth is no file that torch2trt saved"):
        read_torch2trt(path)
