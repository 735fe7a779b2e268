"""Model file -> backend that runs it."""
from __future__ import annotations

from pathlib import Path

from ..paths import cache_dir
from ..skeleton import Skeleton
from . import BadModel, choose


def create_backend(path, skeleton: Skeleton, backend: str = "auto", device: str = "auto", threads: int = 0):
    """Backend for a .xml, .onnx or .pth file. Raises BackendError, BadModel or BadCheckpoint (a ValueError).

    A checkpoint runs in OpenVINO or onnxruntime through an ONNX file that is made once and kept in the user's cache.
    """
    path = Path(path)
    if path.stat().st_size == 0:
        raise BadModel(f"model file {path} is empty; fetch or copy it again")
    name = choose(path.suffix, backend)
    if path.suffix == ".pth":
        from ..networks.checkpoint import load_network
        network, _ = load_network(path, skeleton)
        if name == "torch":
            from .torch_backend import TorchBackend
            return TorchBackend(network, device, threads)
        path = _as_onnx(path, network)
    if name == "openvino":
        from .openvino_backend import OpenVinoBackend
        compiled = cache_dir() / "openvino"
        compiled.mkdir(parents=True, exist_ok=True)
        return OpenVinoBackend(path, skeleton.num_heatmaps, skeleton.num_pafs, device, threads, compiled)
    from .onnxruntime_backend import OnnxRuntimeBackend
    return OnnxRuntimeBackend(path, skeleton.num_heatmaps, skeleton.num_pafs, device, threads)


def _as_onnx(checkpoint: Path, network) -> Path:
    from ..export import export_onnx
    from ..zoo import sha256_of
    target = cache_dir() / "onnx" / f"{checkpoint.stem}-{sha256_of(checkpoint)[:16]}.onnx"
    return target if target.is_file() else export_onnx(network, target)
