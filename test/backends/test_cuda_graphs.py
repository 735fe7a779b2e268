"""What a GPU gets, as far as a CPU can tell: the network in its form, and the book of graphs."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lightweight_openpose.backends import cuda_graphs
from lightweight_openpose.backends.cuda_graphs import MAX_GRAPHS, CudaGraphs
from lightweight_openpose.backends.torch_backend import fused
from lightweight_openpose.networks import build_network
from lightweight_openpose.poses.skeleton import COCO18


def doubled(tensor):
    return (2 * tensor, -tensor)


@pytest.fixture
def captured(monkeypatch):
    """Shapes captured by a stand-in that keeps its buffers, as a CUDA graph does."""
    shapes = []

    def capture(function, example):
        shapes.append(tuple(example.shape))
        static = example.clone()
        outputs = function(static)

        def replay():
            for output, value in zip(outputs, function(static)):
                output.copy_(value)

        return static, outputs, replay

    monkeypatch.setattr(cuda_graphs, "capture", capture)
    return shapes


def test_each_shape_is_captured_once_and_no_more_than_a_few(captured):
    graphs = CudaGraphs(doubled)
    for width in [*range(1, MAX_GRAPHS + 4), *range(1, MAX_GRAPHS + 4)]:
        twice, negative = graphs(torch.full((1, width), float(width)), "cpu")
        assert twice.tolist() == [[2 * width] * width] and negative[0, 0] == -width
    assert captured == [(1, width) for width in range(1, MAX_GRAPHS + 1)]


def test_outputs_stay_when_the_next_input_comes(captured):
    graphs = CudaGraphs(doubled)
    first, _ = graphs(torch.ones(2), "cpu")
    graphs(torch.zeros(2), "cpu")
    assert first.tolist() == [2, 2] and captured == [(2,)]


def test_a_capture_that_fails_is_said_once_and_costs_no_results(monkeypatch):
    def capture(function, example):
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing\n...")

    monkeypatch.setattr(cuda_graphs, "capture", capture)
    graphs = CudaGraphs(doubled)
    with pytest.warns(UserWarning, match="no CUDA graph .*is capturing$"):
        assert graphs(torch.ones(2), "cpu")[0].tolist() == [2, 2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert graphs(torch.ones(3), "cpu")[0].tolist() == [2, 2, 2]


@pytest.mark.parametrize("name", ["lightweight", "student-base"])
def test_a_network_without_its_batch_norms_and_in_fp16_sees_the_same(name):
    torch.manual_seed(0)
    network = build_network(name, COCO18)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 2)
    network.train()
    quick = fused(network)
    assert network.training and not quick.training
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in quick.modules())
    x = torch.rand(1, 3, 64, 96) - 0.5
    with torch.inference_mode():
        for maps, wanted in zip(quick(x)[-1], network.eval()(x)[-1]):
            np.testing.assert_allclose(maps, wanted, atol=1e-4 * float(wanted.abs().max()))
        for maps, wanted in zip(quick.half()(x.half())[-1], network(x)[-1]):
            np.testing.assert_allclose(maps, wanted, atol=0.01 * float(wanted.abs().max()))
