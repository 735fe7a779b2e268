"""Checkpoints of others that are not read: each is told what is in it and what to do."""

import argparse
import collections
import zipfile

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from lightweight_openpose.backends.contract import BadModel
from lightweight_openpose.backends.torch2trt_file import read_torch2trt
from lightweight_openpose.backends.torch_backend import load_torchscript
from lightweight_openpose.networks.checkpoint import BadCheckpoint, read_checkpoint

LAYER = torch.nn.Linear(2, 2)
STATE = LAYER.state_dict()
OPTIONS = argparse.Namespace(lr=1)
ALONE = "save the state dict alone: torch.save"


class Net(torch.nn.Linear):
    """A network of somebody's own."""


def message(content, tmp_path, **how):
    path = tmp_path / "c.pth"
    torch.save(content, str(path), **how)
    with pytest.raises(BadCheckpoint) as error:
        read_checkpoint(path)
    said = str(error.value)
    assert str(path) in said and "\n" not in said and "truncated" not in said
    assert "two options" not in said
    return said


@pytest.mark.parametrize(
    "content, entry, way",
    [
        (
            {"state_dict": STATE, "best": np.float64(0.3)},
            "entry best is no tensor (numpy.",
            "['state_dict']}",
        ),
        (
            {"state_dict": STATE, "history": np.zeros(3)},
            "entry history is no tensor (numpy.",
            "['state_dict']}",
        ),
        (
            {"state_dict": STATE, "args": OPTIONS},
            "entry args is no tensor (argparse.Namespace)",
            "['state_dict']}",
        ),
        (
            {"state_dict": STATE, "a": {"b": [1, {"c": (2, OPTIONS)}]}},
            "entry a / b / c is no tensor (argparse.Namespace)",
            "['state_dict']}",
        ),
        (
            {"state_dict": STATE, "queue": collections.deque([1])},
            "entry queue is no tensor (collections.deque)",
            "['state_dict']}",
        ),
        ({"model": STATE, "args": OPTIONS}, "entry args", "['model']}"),
        ({"model": Net(2, 2), "epoch": 3}, "entry model is no tensor", "['model'].state_dict()}"),
        (
            {"weights_of_mine": STATE, "args": OPTIONS},
            "entry args",
            "[one of weights_of_mine, args]",
        ),
        (LAYER, "it is no tensor (torch.nn.modules.linear.Linear)", ".state_dict()}"),
    ],
)
@pytest.mark.parametrize("how", [{}, {"_use_new_zipfile_serialization": False}])
def test_the_entry_that_is_no_tensor_is_named_with_the_way_out(content, entry, way, how, tmp_path):
    said = message(content, tmp_path, **how)
    assert entry in said and ALONE in said and way in said


def zipped(path, megabytes):
    """A checkpoint of so many megabytes of zeros whose archive was compressed anew."""
    zeros = torch.zeros(megabytes << 18)
    torch.save({"state_dict": {**STATE, "zeros": zeros}}, str(path) + ".stored")
    with zipfile.ZipFile(str(path) + ".stored") as stored:
        with zipfile.ZipFile(str(path), "w", zipfile.ZIP_DEFLATED) as archive:
            for entry in stored.infolist():
                archive.writestr(entry.filename, stored.read(entry))
    return path


def test_an_archive_far_larger_than_its_file_is_refused_before_it_is_unpacked(
    tmp_path, monkeypatch
):
    path = zipped(tmp_path / "c.pth", 70)
    assert path.stat().st_size < 1 << 20
    monkeypatch.setattr(torch, "load", None)
    monkeypatch.setattr(torch.jit, "load", None)
    for read, error in (
        (read_checkpoint, BadCheckpoint),
        (read_torch2trt, BadModel),
        (load_torchscript, BadModel),
    ):
        with pytest.raises(error, match=r"c\.pth of \d+ bytes would be 734\d+ unpacked"):
            read(path)


def test_an_archive_that_is_compressed_as_usual_is_read(tmp_path):
    assert read_checkpoint(zipped(tmp_path / "c.pth", 1))["state_dict"].keys() > STATE.keys()


def test_a_tensor_that_is_larger_than_what_is_stored_of_it_is_refused(tmp_path):
    grown = {**STATE, "bias": torch.zeros(1).expand(1 << 40)}
    assert "a tensor bias of which not all" in message({"state_dict": grown}, tmp_path)


def test_an_entry_is_found_in_later_pickles_too(tmp_path):
    content = {"state_dict": STATE, "args": OPTIONS}
    assert "entry args is no tensor" in message(content, tmp_path, pickle_protocol=4)
    assert "pickle_protocol above 2" in message({"state_dict": STATE}, tmp_path, pickle_protocol=4)


def test_what_training_code_keeps_beside_the_weights_is_read(tmp_path):
    """MultiStepLR keeps a Counter, as in the checkpoints of Lightweight OpenPose's train.py."""
    optimiser = torch.optim.Adam(LAYER.parameters())
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimiser, [100, 200])
    content = {
        "state_dict": {"module." + k: v for k, v in STATE.items()},
        "iter": 1,
        "optimizer": optimiser.state_dict(),
    }
    torch.save(content, str(tmp_path / "a.pth"))
    assert read_checkpoint(tmp_path / "a.pth")["state_dict"].keys() == STATE.keys()
    torch.save({**content, "scheduler": scheduler.state_dict()}, str(tmp_path / "b.pth"))
    try:
        read_checkpoint(tmp_path / "b.pth")
    except BadCheckpoint as error:  # before PyTorch 2.5
        assert "scheduler / milestones is no tensor (collections.Counter)" in str(error)


@pytest.mark.parametrize(
    "content, said",
    [
        ({"model": STATE, "epoch": 3}, "its keys are model, epoch; model is one: save it alone"),
        ({"a": 1, "epoch": 3}, "holds no state_dict; its keys are a, epoch"),
        ([STATE], "no state dict of tensors but a list"),
        (torch.zeros(3), "no state dict of tensors but a Tensor"),
        ({}, "no state dict of tensors but an empty dict"),
        ({"state_dict": {}}, "no state dict of tensors but an empty dict"),
        ({**STATE, "count": 3}, "an entry count in its state dict that is no tensor"),
        ({"state_dict": {**STATE, 5: STATE["bias"]}}, "an entry 5 in its state dict"),
    ],
)
def test_a_file_without_a_state_dict_is_told_its_keys(content, said, tmp_path):
    assert said in message(content, tmp_path)


def test_the_way_out_leads_to_a_file_that_is_read(tmp_path):
    said = message({"model": STATE, "epoch": 3}, tmp_path)
    assert "torch.load(FILE, weights_only=True)['model']" in said
    content = torch.load(str(tmp_path / "c.pth"), weights_only=True)["model"]
    torch.save({"state_dict": content}, str(tmp_path / "weights.pth"))
    assert read_checkpoint(tmp_path / "weights.pth")["state_dict"].keys() == STATE.keys()


def test_torchscript_is_told_from_a_checkpoint(tmp_path):
    torch.jit.save(torch.jit.script(LAYER), str(tmp_path / "c.pth"))
    with pytest.raises(BadCheckpoint, match="is a TorchScript network, no checkpoint"):
        read_checkpoint(tmp_path / "c.pth")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"no checkpoint",
        lambda data: data[: len(data) // 2],
        lambda data: b"\x80\x02c",
        lambda data: b"\x80\x02}q\x00(",
        lambda data: b"PK" * 40,
    ],
)
def test_damaged_files_are_told_as_before(damage, tmp_path):
    torch.save({"state_dict": STATE, "args": OPTIONS}, str(tmp_path / "a.pth"))
    path = tmp_path / "b.pth"
    path.write_bytes(damage((tmp_path / "a.pth").read_bytes()))
    with pytest.raises(BadCheckpoint, match="b.pth .*not a readable PyTorch checkpoint, it may be"):
        read_checkpoint(path)
