"""The recipe for a runtime in doc/development.md: one entry, and every part of the package has it."""

import importlib.util

import numpy as np
import pytest

from lightweight_openpose.backends.choice import choose
from lightweight_openpose.backends.contract import BackendError
from lightweight_openpose.backends.layout import MAPS
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.backends.precision import NoPrecision, Precision
from lightweight_openpose.backends.runtimes import RUNTIMES, Runtime, register
from lightweight_openpose.cli import options
from lightweight_openpose.cli.devices import check_device
from lightweight_openpose.cli.program import main
from lightweight_openpose.estimation import settings
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.zoo.model_info import ModelInfo

CHANNELS = COCO18.num_heatmaps + COCO18.num_pafs


class ConvolutionBackend:
    """Runs one convolution with a kernel of the network's stride, kept in an .npz file."""

    name = "numpy"
    precision = "f32"
    layout = MAPS

    def __init__(self, path, wanted):
        self.skeleton = wanted.skeleton or COCO18
        self.info = wanted.info or ModelInfo(self.skeleton)
        self.device = "cpu"
        self.path = path
        self._kernel = np.load(str(path))["kernel"]  # (channels, 3 * 8 * 8)

    def __call__(self, tensor):
        n, c, height, width = tensor.shape
        tiles = tensor.reshape(n, c, height // 8, 8, width // 8, 8)
        maps = np.einsum("nchawb,kcab->nkhw", tiles, self._kernel.reshape(-1, c, 8, 8))
        split = self.skeleton.num_heatmaps
        return maps[:, :split].astype(np.float32), maps[:, split:].astype(np.float32)


@pytest.fixture()
def runtime():
    entry = Runtime(
        name="numpy",
        package="numpy",
        suffixes=(".npz",),
        open=ConvolutionBackend,
        devices=lambda: ["cpu", "abacus:0"],
        computes={"f32": "on a CPU"},
    )
    register(entry)
    yield entry
    del RUNTIMES[entry.name]


@pytest.fixture()
def model(tmp_path):
    path = tmp_path / "network.npz"
    kernel = np.random.default_rng(0).normal(0, 0.01, (CHANNELS, 3 * 8 * 8))
    np.savez(str(path), kernel=kernel.astype(np.float32))
    return path


def test_its_files_are_run_by_it(runtime, model):
    assert choose(".npz") == "numpy"
    tensor = np.full((1, 3, 16, 24), 0.5, np.float32)
    heatmaps, pafs = create_backend(model)(tensor)
    assert heatmaps.shape == (1, 19, 2, 3) and pafs.shape == (1, 38, 2, 3)
    kernel = np.load(str(model))["kernel"]
    assert heatmaps[0, 4, 1, 2] == pytest.approx(kernel[4].sum() / 2, abs=1e-6)
    estimator = PoseEstimator.load(str(model), "numpy", input_height=64)
    assert estimator.backend.name == "numpy"
    assert estimator(np.full((96, 128, 3), 90, np.uint8)).image_size == (128, 96)


def test_errors_know_it(runtime, model):
    with pytest.raises(BackendError, match="known: auto, openvino, .*, ascend, numpy$"):
        choose(".npz", "banana")
    with pytest.raises(BackendError, match="torch does not read .npz files; numpy does$"):
        choose(".npz", "torch")
    with pytest.raises(BackendError, match=r"ends in .*\.npz.*, not '.zip'"):
        choose(".zip")
    with pytest.raises(NoPrecision, match="; openvino.* and numpy compute in f32 on a CPU$"):
        Precision("f32").chosen((), "f16", "it")
    with pytest.raises(ValueError, match="there is a runtime numpy already"):
        register(runtime)


def test_the_command_line_knows_it(runtime, model, capsys, monkeypatch):
    # The settings are made on import, before this test.
    afresh = importlib.util.module_from_spec(settings.__spec__)
    afresh.__spec__.loader.exec_module(afresh)
    monkeypatch.setattr(options, "EstimatorSettings", afresh.EstimatorSettings)
    with pytest.raises(SystemExit):
        main(["image", "--help"])
    assert "ascend, numpy" in " ".join(capsys.readouterr().out.split())
    main(["check"])
    row = next(line for line in capsys.readouterr().out.splitlines() if "runtime numpy" in line)
    assert row.startswith("ok") and row.endswith("devices cpu, abacus:0")
    check_device(str(model), "numpy", "abacus")
    with pytest.raises(
        ValueError, match="numpy has no such device here; it has auto, cpu, abacus:0"
    ):
        check_device(str(model), "numpy", "cuda:0")
