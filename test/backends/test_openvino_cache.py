"""Compiled models do not become ever more, on the disk and in memory."""

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
from lightweight_openpose.files import locked, share_dir
from lightweight_openpose.networks.lightweight import LightweightOpenPose
from lightweight_openpose.networks.onnx_format import export_onnx
from lightweight_openpose.poses.skeleton import COCO18


def _network(folder, seed=0):
    torch.manual_seed(seed)
    network = LightweightOpenPose(stages=1).eval()
    return export_onnx(network, COCO18, folder / "network.onnx", describe=False)


def test_a_network_of_any_size_is_compiled_once(tmp_path):
    model, cache = _network(tmp_path), tmp_path / "cache"
    cache.mkdir()
    backend = openvino_backend.OpenVinoBackend(model, COCO18, cache=cache)
    for count, height, width in ((1, 64, 64), (1, 64, 96), (2, 128, 72), (1, 64, 64)):
        image = np.random.default_rng(width).normal(size=(count, 3, height, width))
        maps = backend(image.astype(np.float32))
        alone = openvino_backend.OpenVinoBackend(model, COCO18)(image.astype(np.float32))
        for one, other, channels in zip(maps, alone, (19, 38)):
            assert one.shape == (count, channels, height // 8, width // 8)
            np.testing.assert_allclose(one, other, atol=1e-4)
    assert len(list(cache.glob("*.blob"))) == 1


@pytest.mark.slow
def test_ever_new_sizes_take_no_more_memory():
    """Without a bound it is 6 MB for each size."""
    backend = openvino_backend.OpenVinoBackend(share_dir() / "models" / "own-int8.xml")
    sizes = [(height, width) for height in range(64, 160, 16) for width in range(64, 256, 16)]
    used = []
    for height, width in sizes:
        backend(np.zeros((1, 3, height, width), np.float32))
        used.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6)
    assert used[-1] - used[23] < 0.3 * 6 * (len(used) - 24)


def test_what_a_release_of_openvino_does_not_know_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(openvino_backend, "_REMEMBERED", {"NO_SUCH_SETTING": "1"})
    backend = openvino_backend.OpenVinoBackend(_network(tmp_path), COCO18)
    assert backend(np.zeros((1, 3, 64, 72), np.float32))[0].shape == (1, 19, 8, 9)


def test_only_the_compiled_models_used_last_are_kept_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(openvino_backend, "_KEPT_FILES", 3)
    cache = tmp_path / "cache"
    cache.mkdir()
    for number in range(1, 6):
        openvino_backend.OpenVinoBackend(_network(tmp_path, number), COCO18, cache=cache)
        assert len(list(cache.glob("*.blob"))) == min(number, 3)


def test_one_process_at_a_time_compiles_into_a_cache(tmp_path, monkeypatch):
    model, cache = _network(tmp_path), tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setattr(openvino_backend, "_PATIENCE", 20.0)
    answered = threading.Event()

    def run():
        backend = openvino_backend.OpenVinoBackend(model, COCO18, cache=cache)
        backend(np.zeros((1, 3, 64, 72), np.float32))
        answered.set()

    with locked(cache / "lock", 0.0) as alone:
        assert alone
        threading.Thread(target=run).start()
        assert not answered.wait(0.5)
    assert answered.wait(20.0)
    assert len(list(cache.glob("*.blob"))) == 1


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
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(4)]
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
