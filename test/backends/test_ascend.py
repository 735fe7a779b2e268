"""Ascend's .om files, through a stand-in for pyACL that moves real bytes and gives known maps."""

import gc
import sys
import types

import numpy as np
import pytest

from lightweight_openpose.backends.choice import choose
from lightweight_openpose.backends.contract import BackendError, BadModel
from lightweight_openpose.backends.opening import create_backend
from lightweight_openpose.cli.devices import devices_of
from lightweight_openpose.poses import COCO18, find_skeleton

SUBMARINE = find_skeleton("submarine")
MAPS = [("pafs", (1, 6, 8, 12)), ("heatmaps", (1, 5, 8, 12))]


class FakeAcl(types.ModuleType):
    """The part of pyACL that the backend calls: one device, and a model of one input.

    Output i of the model is filled with i + 1 times the input's mean, in its own type.
    """

    def __init__(self, image=(1, 3, 64, 96), outputs=MAPS, kind=0):
        super().__init__("acl")
        self.__spec__ = types.SimpleNamespace(name="acl")
        self.memory = {}  # address -> bytes held, on the host and the device alike
        self.tensors = {"input": [("image", image)], "output": list(outputs)}
        self.kind = kind  # aclDataType of the outputs
        self.buffers, self.datasets, self.calls, self.next = {}, {}, [], 1000
        self.rt = types.SimpleNamespace(
            set_device=lambda i: 0 if i == 0 else 107001,
            get_device_count=lambda: (1, 0),
            create_context=lambda i: (77, 0),
            set_context=self._set_context,
            malloc=lambda size, policy: (self._new(bytearray(size)), 0),
            malloc_host=lambda size: (self._new(bytearray(size)), 0),
            memcpy=self._memcpy,
            free=self._free,
            free_host=self._free,
            destroy_context=lambda context: 0,
        )
        self.util = types.SimpleNamespace(
            bytes_to_ptr=lambda data: self._new(bytearray(data)),
            ptr_to_bytes=lambda address, size: bytes(self.memory[address][:size]),
        )
        self.mdl = types.SimpleNamespace(
            load_from_file=lambda p: (5, 0) if open(p, "rb").read(2) == b"om" else (0, 500002),
            create_desc=lambda: 9,
            get_desc=lambda description, model: 0,
            create_dataset=self._create_dataset,
            add_dataset_buffer=self._add,
            execute=self._execute,
            destroy_dataset=lambda dataset: 0,
            unload=lambda model: self.calls.append("unload") or 0,
            destroy_desc=lambda d: 0,
        )
        for end in ("input", "output"):
            self._describe(end)

    def _describe(self, end):
        tensors = self.tensors[end]
        kind = self.kind if end == "output" else 0
        size = {0: 4, 1: 2, 4: 1}[kind]
        for name, answer in (
            (f"get_num_{end}s", lambda d: len(tensors)),
            (
                f"get_{end}_dims",
                lambda d, i: (
                    {"name": tensors[i][0], "dims": tensors[i][1], "dimCount": len(tensors[i][1])},
                    0,
                ),
            ),
            (f"get_{end}_data_type", lambda d, i: kind),
            (f"get_{end}_size_by_index", lambda d, i: size * int(np.prod(tensors[i][1]))),
        ):
            setattr(self.mdl, name, answer)

    def init(self):
        self.calls.append("init")
        return 0 if self.calls.count("init") == 1 else 100002

    def create_data_buffer(self, address, size):
        assert len(self.memory[address]) == size
        return self._new(address)

    def destroy_data_buffer(self, buffer):
        del self.memory[buffer]
        return 0

    def _new(self, value):
        self.next += 1
        self.memory[self.next] = value
        return self.next

    def _free(self, address):
        del self.memory[address]
        return 0

    def _set_context(self, context):
        assert context == 77
        return 0

    def _memcpy(self, target, room, source, size, kind):
        assert size <= room and kind in (1, 2)
        self.memory[target][:size] = self.memory[source][:size]
        return 0

    def _create_dataset(self):
        self.datasets[len(self.datasets)] = []
        return len(self.datasets) - 1

    def _add(self, dataset, buffer):
        self.datasets[dataset].append(self.memory[buffer])
        return dataset, 0

    def _execute(self, model, inputs, outputs):
        assert model == 5
        (address,) = self.datasets[inputs]
        image = np.frombuffer(bytes(self.memory[address]), np.float32)
        for i, address in enumerate(self.datasets[outputs], 1):
            kind = {0: np.float32, 1: np.float16}[self.kind]
            count = len(self.memory[address]) // np.dtype(kind).itemsize
            self.memory[address][:] = np.full(count, i * image.mean(), kind).tobytes()
        return 0


@pytest.fixture
def om(tmp_path):
    path = tmp_path / "network.om"
    path.write_bytes(b"om of a network")
    return path


@pytest.fixture
def device(monkeypatch):
    """Puts a stand-in in the place of pyACL."""

    def put(**options):
        fake = FakeAcl(**options)
        monkeypatch.setitem(sys.modules, "acl", fake)
        monkeypatch.delitem(
            sys.modules, "lightweight_openpose.backends.ascend_backend", raising=False
        )
        return fake

    return put


@pytest.mark.parametrize("kind, tolerance", [(0, 1e-6), (1, 1e-3)])
def test_the_maps_of_a_model(device, om, kind, tolerance):
    device(kind=kind)
    backend = create_backend(om, SUBMARINE)
    assert (backend.name, backend.device) == ("ascend", "npu:0")
    assert backend.info.spec.fixed_size == (64, 96) and backend.skeleton == SUBMARINE
    for value in (0.25, 0.5):
        heatmaps, pafs = backend(np.full((1, 3, 64, 96), value, np.float32))
        assert heatmaps.dtype == pafs.dtype == np.float32
        assert heatmaps.shape == (1, 5, 8, 12) and pafs.shape == (1, 6, 8, 12)
        np.testing.assert_allclose(pafs, value, rtol=tolerance)
        np.testing.assert_allclose(heatmaps, 2 * value, rtol=tolerance)


def test_a_frozen_graph_of_tensorflow_keeps_its_order_of_axes(device, om):
    device(image=(1, 64, 96, 3), outputs=[("Openpose/concat_stage7", (1, 8, 12, 57))])
    backend = create_backend(om)
    assert backend.info.spec.fixed_size == (64, 96) and backend.info.spec.scale == 1
    heatmaps, pafs = backend(np.full((1, 3, 64, 96), 0.5, np.float32))
    assert heatmaps.shape == (1, COCO18.num_heatmaps, 8, 12)
    assert pafs.shape == (1, COCO18.num_pafs, 8, 12)
    np.testing.assert_allclose(pafs, 0.5)


def test_a_second_backend_starts_too_and_memory_is_given_back(device, om):
    fake = device()
    first, second = create_backend(om, SUBMARINE), create_backend(om, SUBMARINE)
    first(np.zeros((1, 3, 64, 96), np.float32))
    assert fake.calls == ["init", "init"]
    assert len(fake.memory) > 10
    del first, second
    gc.collect()
    assert fake.calls.count("unload") == 2
    copies = 1  # of the one image that went to the device, which Python itself holds
    assert len(fake.memory) == copies


@pytest.mark.parametrize("name", ["cuda:0", "npu:1", "gpu"])
def test_a_device_that_is_not_there_is_named(device, om, name):
    device()
    with pytest.raises(BackendError, match="npu"):
        create_backend(om, SUBMARINE, device=name)


def test_models_that_do_not_fit(device, om):
    device()
    with pytest.raises(BadModel, match="no output with 19 heatmap channels"):
        create_backend(om)
    with pytest.raises(RuntimeError, match="takes an input of"):
        create_backend(om, SUBMARINE)(np.zeros((1, 3, 64, 64), np.float32))
    device(image=(1, 4, 64, 96))
    with pytest.raises(BadModel, match="not one image of three channels"):
        create_backend(om, SUBMARINE)
    device(kind=4)
    with pytest.raises(BadModel, match="has Ascend's type 4; compile it without AIPP"):
        create_backend(om, SUBMARINE)
    om.write_bytes(b"no model")
    device()
    with pytest.raises(BadModel, match="cannot load .*network.om .error 500002.*--soc_version"):
        create_backend(om, SUBMARINE)


def test_the_toolkit_is_named_where_it_is_missing(device):
    if "acl" not in sys.modules:
        with pytest.raises(BackendError, match="part of Ascend's CANN toolkit; source"):
            choose(".om", "ascend")
        with pytest.raises(BackendError, match="no runtime for .om files.*CANN"):
            choose(".om")
    device()
    assert choose(".om") == "ascend" and devices_of("ascend") == ["npu:0"]
