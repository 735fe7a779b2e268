"""CUDA graphs: all kernels of a network in one launch.

One by one they take longer to launch than to run.
"""

from __future__ import annotations

import threading
import warnings
from typing import Any, Callable, Tuple

import torch

Function = Callable[[torch.Tensor], Tuple[torch.Tensor, ...]]

MAX_GRAPHS = 8  # input shapes that have a graph; each holds the memory of one run
_WARM = 3  # runs before a capture, in which cuDNN and the allocator make their choices


class CudaGraphs:
    """A function of one tensor that runs from a CUDA graph per shape of its input.

    The first MOST shapes have one; the others, and all after a capture that failed, call the
    function. Two threads may call it at once.
    """

    def __init__(self, function: Function):
        """function: tensor -> tuple of tensors, on one device, without branches on values."""
        self._function = function
        self._graphs: dict = {}  # shape -> (input, outputs, replay)
        self._lock = threading.Lock()
        self._left = MAX_GRAPHS  # captures

    def __call__(self, tensor: torch.Tensor, device: Any) -> Tuple[torch.Tensor, ...]:
        """The function's outputs for a tensor that lies anywhere, in memory of their own."""
        shape = tuple(tensor.shape)
        with self._lock:
            if shape not in self._graphs and self._left:
                self._try_to_capture(shape, tensor.to(device))
            if shape in self._graphs:
                static, outputs, replay = self._graphs[shape]
                static.copy_(tensor)
                replay()
                return tuple(output.clone() for output in outputs)
        return self._function(tensor.to(device))

    def _try_to_capture(self, shape: tuple, example: torch.Tensor) -> None:
        self._left -= 1
        try:
            self._graphs[shape] = capture(self._function, example)
        except (RuntimeError, TypeError) as error:  # TypeError: of torch before 2.1
            self._left = 0
            reason = str(error).splitlines()[0][:160]
            warnings.warn(
                f"no CUDA graph of the network, which runs slower without: {reason}", stacklevel=2
            )


def capture(
    function: Function, example: torch.Tensor
) -> Tuple[torch.Tensor, Tuple[torch.Tensor, ...], Callable[[], None]]:
    """(input, outputs, replay): replay() fills the outputs from what the input holds."""
    static = example.clone(memory_format=torch.contiguous_format)
    with torch.cuda.device(static.device), torch.backends.cudnn.flags(benchmark=True, enabled=True):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_WARM):
                function(static)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        # Other threads may go on with what they do on the device.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            outputs = function(static)
    return static, outputs, graph.replay
