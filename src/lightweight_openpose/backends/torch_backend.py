"""PyTorch on the CPU or a CUDA device."""
from __future__ import annotations

import torch

from . import BackendError


class TorchBackend:
    name = "torch"

    def __init__(self, network, device: str = "auto", threads: int = 0):
        """network: a module that returns a list of (heatmaps, pafs); device: auto, cpu, cuda, cuda:N; threads: 0 all."""
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if device.startswith("cuda") and not torch.cuda.is_available():
            raise BackendError(f"device {device} was asked for, but PyTorch {torch.__version__} sees no CUDA device; "
                               "use device cpu or install a CUDA build of torch")
        if threads > 0:
            torch.set_num_threads(threads)
        self.device = device
        self._network = network.eval().to(device, memory_format=torch.channels_last)

    def __call__(self, tensor):
        with torch.inference_mode():
            x = torch.from_numpy(tensor).to(self.device).contiguous(memory_format=torch.channels_last)
            heatmaps, pafs = self._network(x)[-1]
        return tuple(m.float().contiguous().cpu().numpy() for m in (heatmaps, pafs))
