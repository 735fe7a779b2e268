"""The two files of OpenVINO: both in place, or what was there before."""

import numpy as np
import pytest

openvino = pytest.importorskip("openvino")
from lightweight_openpose.export.openvino_format import export_openvino
from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.zoo.model_info import InputSpec, ModelInfo

INFO = ModelInfo(COCO18, InputSpec())


@pytest.fixture()
def source(tmp_path):
    """A network that adds 1."""
    try:
        from openvino import opset8
    except ImportError:  # OpenVINO before 2025
        from openvino.runtime import opset8
    image = opset8.parameter([1, 3, 8, 8], np.float32)
    model = openvino.Model([opset8.add(image, np.ones((1, 3, 8, 8), np.float32))], [image])
    openvino.save_model(model, str(tmp_path / "source.xml"))
    return tmp_path / "source.xml"


def test_both_files_are_in_place_and_nothing_else(source):
    path = export_openvino(source, source.parent / "out" / "n.xml", INFO)
    assert sorted(p.name for p in path.parent.iterdir()) == ["n.bin", "n.xml"]
    compiled = openvino.Core().compile_model(str(path), "CPU")
    image = np.full((1, 3, 8, 8), 2, np.float32)
    np.testing.assert_array_equal(compiled(image)[compiled.output(0)], image + 1)


def test_an_error_leaves_what_was_there(source, monkeypatch):
    folder = source.parent / "out"
    path = export_openvino(source, folder / "n.xml", INFO)
    before = [(p.name, p.read_bytes()) for p in sorted(folder.iterdir())]
    save = openvino.save_model

    def full(*arguments, **options):
        save(*arguments, **options)
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(openvino, "save_model", full)
    with pytest.raises(RuntimeError, match="full"):
        export_openvino(source, path, INFO)
    assert [(p.name, p.read_bytes()) for p in sorted(folder.iterdir())] == before
