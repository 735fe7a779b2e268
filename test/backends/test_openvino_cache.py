"""Compiled models on the disk do not become ever more."""

import os

import numpy as np
import pytest

pytest.importorskip("openvino")
torch = pytest.importorskip("torch")

from lightweight_openpose.backends import openvino_backend
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.networks.lightweight import LightweightOpenPose
from lightweight_openpose.networks.onnx_format import export_onnx
from lightweight_openpose.poses.skeleton import COCO18


def test_each_input_size_is_kept_on_the_disk_but_only_the_last_used_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(openvino_backend, "_KEPT_FILES", 3)
    torch.manual_seed(0)
    network = LightweightOpenPose(stages=1).eval()
    model = export_onnx(network, COCO18, tmp_path / "network.onnx", describe=False)
    cache = tmp_path / "cache"
    cache.mkdir()
    backend = openvino_backend.OpenVinoBackend(model, COCO18, cache=cache)
    for index in range(5):
        backend(np.zeros((1, 3, 64, 64 + 8 * index), np.float32))
        kept = len(list(cache.glob("*.blob")))  # of these sizes, and of the first look
        assert 1 <= kept <= min(index + 2, 3)


def test_what_was_used_longest_ago_goes_first(tmp_path):
    for age in range(5):
        path = tmp_path / f"{age}.blob"
        path.touch()
        os.utime(str(path), (1000 - age, 1000 - age))
    (tmp_path / "else.txt").touch()
    openvino_backend._forget_oldest(tmp_path, 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0.blob", "1.blob", "else.txt"]


def test_where_no_cache_can_be_written_the_network_runs_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    torch.manual_seed(0)
    network = LightweightOpenPose(stages=1).eval()
    model = export_onnx(network, COCO18, tmp_path / "network.onnx", describe=False)
    backend = create_backend(model, COCO18, "openvino")
    assert backend(np.zeros((1, 3, 64, 64), np.float32))[0].shape == (1, 19, 8, 8)
