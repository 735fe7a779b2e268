"""Which runtime takes which file."""

from pathlib import Path

import pytest

from lightweight_openpose.backends import choice
from lightweight_openpose.backends.contract import BackendError
from lightweight_openpose.zoo.catalogue import resolve

torch = pytest.importorskip("torch")
from lightweight_openpose.backends.torch2trt_file import write_torch2trt
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.zoo.model_info import ModelInfo


@pytest.fixture()
def jetson(monkeypatch):
    monkeypatch.setattr(choice, "installed", lambda name: True)


def test_a_checkpoint_is_no_engine_of_torch2trt(jetson, tmp_path):
    entry, path = resolve("own")
    assert not choice.reads(path.with_name("own.pth"), "tensorrt")
    assert choice.reads(path.with_name("own.pth"), "torch")
    engine = tmp_path / "people.pth"
    write_torch2trt(engine, b"engine", ["x"], ["y"], ModelInfo(COCO18))
    assert choice.reads(engine, "tensorrt")
    found = choice.file_for(entry, path, "tensorrt")
    with pytest.raises(BackendError, match="pose export MODEL --to tensorrt"):
        choice.choose(found.suffix, "tensorrt")


def test_a_missing_file_is_read_by_nothing_of_tensorrt(jetson):
    assert not choice.reads(Path("none.pth"), "tensorrt")
