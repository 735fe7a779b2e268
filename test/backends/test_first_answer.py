"""Networks that never end, and what runtimes raise: one clear line, in time."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from lightweight_openpose.backends import first_answer, opening
from lightweight_openpose.backends.contract import BackendError, BadModel, Unreadable
from lightweight_openpose.backends.first_answer import NoAnswer, in_time
from lightweight_openpose.backends.layout import MAPS, layout_of
from lightweight_openpose.backends.runtimes import RUNTIMES
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.poses.skeleton import COCO18

PAGES = "[ONNXRuntimeError] : 1 : FAIL :\n  at one place\n  at another\n" + "x" * 5000


class Fail(Exception):
    """As onnxruntime's: of no class that says whose it is."""


@pytest.fixture
def blocked():
    """What waits until the test is over."""
    over = threading.Event()
    yield lambda *_: over.wait(60)
    over.set()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(first_answer, "ON_CPU", 0.05)
    monkeypatch.setattr(first_answer, "COMPILED", 60.0)


class Network:
    """A backend whose calls take as long as they are told to."""

    name, device, layout = "onnxruntime", "CPUExecutionProvider", MAPS
    path = "m.onnx"

    def __init__(self, wait):
        self.wait, self.threads = wait, []

    def __call__(self, tensor):
        self.threads.append(threading.current_thread())
        self.wait()
        cells = [side // 8 for side in tensor.shape[2:]]
        return [np.zeros((1, count, *cells), np.float32) for count in (19, 38)]


def test_what_ends_is_what_it_would_be():
    def fail():
        raise TimeoutError("its own")

    assert in_time("cpu", "it", divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        in_time("cpu", "it", divmod, 7, 0)
    with pytest.raises(TimeoutError, match="its own"):
        in_time("cpu", "it", fail)


def opened_by(monkeypatch, name, function):
    """The runtime of this name opens files by function(path, wanted)."""
    monkeypatch.setitem(RUNTIMES, name, replace(RUNTIMES[name], open=function))


def test_a_file_that_a_runtime_never_opens_is_named_and_no_other_runtime_is_tried(
    tmp_path, monkeypatch, blocked, impatient
):
    tried = []

    for name in ("openvino", "onnxruntime"):
        opened_by(monkeypatch, name, lambda *_, name=name: (tried.append(name), blocked()))
    monkeypatch.setattr(opening, "choices", lambda *_: ["openvino", "onnxruntime"])
    (tmp_path / "m.onnx").write_bytes(b"\x08")
    with pytest.raises(
        NoAnswer, match="openvino, which opens .*m.onnx, has not ended after 0 s: take another file"
    ) as error:
        opening.create_backend(tmp_path / "m.onnx")
    assert tried == ["openvino"] and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "raised",
    [
        Fail(PAGES),
        RuntimeError(PAGES),
        KeyError("bf16"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
    ],
)
def test_whatever_a_runtime_raises_at_opening_is_one_line(raised, tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")

    def open_here(*_):
        raise raised

    opened_by(monkeypatch, "onnxruntime", open_here)
    monkeypatch.setattr(opening, "choices", lambda *_: ["onnxruntime"])
    (tmp_path / "m.onnx").write_bytes(b"\x08")
    with pytest.raises(Unreadable, match="^onnxruntime cannot open .*m.onnx: ") as error:
        opening.create_backend(tmp_path / "m.onnx", backend="onnxruntime")
    assert "\n" not in str(error.value) and len(str(error.value)) < 500


def test_a_network_that_never_answers_is_an_error_at_the_warm_up(blocked, impatient):
    said = "onnxruntime, which runs m.onnx on 344x256 px, has not ended after 0 s"
    with pytest.raises(NoAnswer, match=said):
        PoseEstimator(Network(blocked)).warm_up()


def test_a_device_that_compiles_has_more_time(impatient):
    network = Network(lambda: threading.Event().wait(0.3))
    network.device = "CUDAExecutionProvider"
    PoseEstimator(network).warm_up()
    assert len(network.threads) == 1  # it answered, six times later than a CPU may
    network.device, network.threads = "CPUExecutionProvider", []
    with pytest.raises(NoAnswer):
        PoseEstimator(network).warm_up()


def test_only_the_first_answer_is_waited_for_elsewhere():
    network = Network(lambda: None)
    estimator = PoseEstimator(network)
    for _ in range(2):
        estimator.warm_up()
    own = threading.current_thread()
    assert [thread is own for thread in network.threads] == [False, True]


def test_the_program_leaves_a_runtime_that_goes_on_behind(monkeypatch, capsys):
    from lightweight_openpose.cli import image, program

    def never(_):
        raise NoAnswer("m.onnx has not ended")

    left = []
    monkeypatch.setattr(image, "run", never)
    monkeypatch.setattr(first_answer, "leave", left.append)
    assert program.main(["image", "a.png"]) == 1
    assert left == [1] and capsys.readouterr().err == "pose image: m.onnx has not ended\n"


def test_what_torch_raises_in_a_frame_is_one_line():
    torch = pytest.importorskip("torch")
    from lightweight_openpose.backends.torch_backend import TorchBackend

    class Broken(torch.nn.Module):
        def forward(self, tensor):
            raise RuntimeError(PAGES)

    with pytest.raises(BackendError, match="torch cannot run the network on 40x32 px: ") as error:
        TorchBackend(Broken(), "cpu")(np.zeros((1, 3, 32, 40), np.float32))
    assert "\n" not in str(error.value) and len(str(error.value)) < 500


def test_heatmaps_and_pafs_of_different_sizes_are_refused():
    said = "gives heatmaps of 8x6 and PAFs of 4x6 cells"
    with pytest.raises(BadModel, match="m.onnx " + said):
        layout_of([(1, 19, 6, 8), (1, 38, 6, 4)], COCO18, "m.onnx")
    for varies in (None, "w"):
        layout_of([(1, 19, 6, 8), (1, 38, 6, varies)], COCO18, "m.onnx")
    with pytest.raises(BadModel, match="the network " + said):
        MAPS.arrange([np.zeros((1, *shape), np.float32) for shape in ((19, 6, 8), (38, 6, 4))])


def test_a_script_that_gives_maps_of_different_sizes_is_refused(tmp_path):
    torch = pytest.importorskip("torch")
    from lightweight_openpose.backends.torch_backend import load_torchscript

    class Uneven(torch.nn.Module):
        def forward(self, tensor):
            return torch.zeros(1, 19, 8, 8), torch.zeros(1, 38, 8, 4)

    path = str(tmp_path / "m.pt")
    torch.jit.trace(Uneven(), torch.zeros(1, 3, 64, 64)).save(path)
    with pytest.raises(BadModel, match="heatmaps of 8x8 and PAFs of 4x8 cells"):
        load_torchscript(path)
