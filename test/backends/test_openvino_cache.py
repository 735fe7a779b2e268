"""Compiled models on the disk do not become ever more."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("openvino")
torch = pytest.importorskip("torch")

from lightweight_openpose.backends import openvino_backend
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.files import locked
from lightweight_openpose.networks.lightweight import LightweightOpenPose
from lightweight_openpose.networks.onnx_format import export_onnx
from lightweight_openpose.poses.skeleton import COCO18


def _network(folder):
    torch.manual_seed(0)
    network = LightweightOpenPose(stages=1).eval()
    return export_onnx(network, COCO18, folder / "network.onnx", describe=False)


def test_each_input_size_is_kept_on_the_disk_but_only_the_last_used_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(openvino_backend, "_KEPT_FILES", 3)
    model = _network(tmp_path)
    cache = tmp_path / "cache"
    cache.mkdir()
    backend = openvino_backend.OpenVinoBackend(model, COCO18, cache=cache)
    for index in range(5):
        backend(np.zeros((1, 3, 64, 64 + 8 * index), np.float32))
        kept = len(list(cache.glob("*.blob")))  # of these sizes, and of the first look
        assert 1 <= kept <= min(index + 2, 3)


def test_one_process_at_a_time_compiles_into_a_cache(tmp_path, monkeypatch):
    model, cache = _network(tmp_path), tmp_path / "cache"
    cache.mkdir()
    backend = openvino_backend.OpenVinoBackend(model, COCO18, cache=cache)
    monkeypatch.setattr(openvino_backend, "_PATIENCE", 20.0)
    before = len(list(cache.glob("*.blob")))
    answered = threading.Event()

    def run():
        backend(np.zeros((1, 3, 64, 72), np.float32))
        answered.set()

    with locked(cache / "lock", 0.0) as alone:
        assert alone
        threading.Thread(target=run).start()
        assert not answered.wait(0.5)
    assert answered.wait(20.0)
    assert len(list(cache.glob("*.blob"))) == before + 1


def test_who_waits_for_too_long_does_without_the_cache(tmp_path, monkeypatch):
    model, cache = _network(tmp_path), tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setattr(openvino_backend, "_PATIENCE", 0.0)
    with locked(cache / "lock", 0.0):
        backend = openvino_backend.OpenVinoBackend(model, COCO18, cache=cache)
        assert backend(np.zeros((1, 3, 64, 72), np.float32))[0].shape == (1, 19, 8, 9)
    assert not list(cache.glob("*.blob"))


BEGIN = """
import sys
import numpy as np
from lightweight_openpose.backends.openvino_backend import OpenVinoBackend
backend = OpenVinoBackend(sys.argv[1], cache=sys.argv[2])
print(*(float(backend(np.full((1, 3, 64, w), 0.25, np.float32))[0].sum()) for w in (64, 96, 128)))
"""


def test_processes_that_begin_together_on_an_empty_cache_all_answer_alike(tmp_path):
    model, cache = _network(tmp_path), tmp_path / "cache"
    cache.mkdir()
    src = Path(openvino_backend.__file__).resolve().parents[2]
    command = [sys.executable, "-c", BEGIN, str(model), str(cache)]
    environment = dict(os.environ, PYTHONPATH=str(src))
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(4)
    ]
    answers = [process.communicate(timeout=300)[0] for process in started]
    assert [process.returncode for process in started] == [0] * 4
    assert len(set(answers)) == 1


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
    model = _network(tmp_path)
    backend = create_backend(model, COCO18, "openvino")
    assert backend(np.zeros((1, 3, 64, 64), np.float32))[0].shape == (1, 19, 8, 8)
